"""Loads the demo newsroom, or a large site for measuring."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles.models import Article
from articles.progress import ProgressBar
from newsportal.demo import accounts, crowd, newsroom, readership
from rankings import ranking
from rankings.models import HourBucket

# Long enough to hold waking hours: in a night the leading five would stand still.
FIRST_RANKING_AGO = timedelta(hours=10)


class Command(BaseCommand):
    help = "Loads the demo newsroom: 48 articles, photos, topics, accounts and 30 days of views."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there are articles already"
        )
        parser.add_argument(
            "--articles", type=int, default=0, help="fill up to this number with made-up articles"
        )
        parser.add_argument("--days", type=int, default=30, help="days of made-up views")
        parser.add_argument(
            "--force", action="store_true", help="load although there are articles of your own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Article.objects.exists():
            self.stdout.write("demo newsroom is not needed: there are articles")
            return
        self._refuse_real_articles(force=options["force"])
        if not 0 <= options["articles"] <= 1_000_000 or not 1 <= options["days"] <= 365:
            raise CommandError("--articles goes up to 1000000, --days from 1 to 365.")
        accounts.make(settings.VAR_DIR)
        now = timezone.now()
        articles = newsroom.load(now, progress=ProgressBar(self.stderr, "articles").show)
        new = self._write_views(articles, now)
        made_up = max(0, options["articles"] - Article.objects.count())
        if made_up:
            crowd.load(made_up, options["days"], now, stderr=self.stderr)
            call_command("analyze")
        if new or made_up:
            ranking.rebuild(now)
        self.stdout.write(f"demo newsroom loaded: {Article.objects.count():,} articles")

    def _refuse_real_articles(self, *, force: bool) -> None:
        real = Article.objects.exclude(external_id__startswith=newsroom.PREFIX).count()
        if real and not force:
            raise CommandError(
                f"This database holds {real:,} articles that are not of the demo. "
                "Nothing was changed. Use --force to load the demo beside them."
            )

    def _write_views(self, articles: list[Article], now: Any) -> bool:
        """Views of the articles that have none; True when there were such articles.

        Rankings are computed for an earlier hour first, so that ranks have moved and arrows
        show it.
        """
        if HourBucket.objects.filter(article_id__in=[a.pk for a in articles]).exists():
            return False
        earlier = now - FIRST_RANKING_AGO
        readership.write(articles, earlier)
        ranking.rebuild(earlier)
        HourBucket.objects.all().delete()
        readership.write(articles, now)
        return True
