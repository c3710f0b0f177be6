"""What the desk's pages cost in a large archive: processor time of the process, and queries.

    DATABASE_URL=... python manage.py loaddemo --articles 100000 --days 30
    DATABASE_URL=... python bench/desk.py [--rounds 9]

Runs on a database that is filled already and adds its part to `desk.json`. Asked through Django's
test client, as an editor: the list of articles, searches in it, the form of an article with ten
photos and its saving (an article of the script's own, deleted at the end), the first page and the
page of what readers see. The time of PostgreSQL's own process is not in it; the wall time is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from grounds import RESULTS, ROOT, write_results

WORDS = ("住民", "渡し", "朝市 住民", "路線バス", "鯱鯢")
PHOTOS = 10


def measured(call: Callable[[], Any], rounds: int) -> dict[str, float]:
    from django.db import connection

    queries = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    call()
    with connection.execute_wrapper(count):
        call()
    processor, walls = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        call()
        processor.append((time.process_time() - used) * 1000)
        walls.append((time.perf_counter() - began) * 1000)
    return {
        "queries": len(queries),
        "cpu_ms": round(statistics.median(processor), 1),
        "best_cpu_ms": round(min(processor), 1),
        "median_ms": round(statistics.median(walls), 1),
        "best_ms": round(min(walls), 1),
    }


def measure(rounds: int) -> dict[str, Any]:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from articles.models import Article, ArticlePhoto, Author, Photo, Section, Tag
    from newsportal import roles
    from newsportal.roles import Role
    from tests.articles.desk import fields, person

    settings.ALLOWED_HOSTS = ["*"]
    User.objects.filter(username="desk-bench").delete()
    roles.set_up()
    editor = person(Role.PUBLISHER, "desk-bench")
    client = Client()
    client.force_login(editor)
    section, author = Section.objects.first(), Author.objects.first()
    tag = Tag.objects.first()
    article = Article.objects.create(
        headline="夜明けの港に六十年、灯台を守る手の記憶",
        teaser="北の岬に立つ灯台が来春、遠隔管理に移る。",
        body="<p>潮の匂いがまだ冷たい午前五時、階段を上る足音が響いた。</p>" * 60,
        section=section,
        created_by=editor,
    )
    for number, photo in enumerate(Photo.objects.order_by("-id")[:PHOTOS]):
        ArticlePhoto.objects.create(article=article, photo=photo, order=number)
    listed, form = "/admin/articles/article/", f"/admin/articles/article/{article.pk}/change/"

    def get(path: str, **query: Any) -> Callable[[], Any]:
        def call() -> None:
            assert client.get(path, query).status_code == 200, path

        return call

    pages: dict[str, Callable[[], Any]] = {
        "list": get(listed),
        "list, page 100": get(listed, p=100),
        "list, drafts": get(listed, state="draft"),
        "list, section and dates": get(
            listed, section__id__exact=section.pk, **{"from": "2026-01-01", "to": "2026-11-30"}
        ),
        "list, writer": get(listed, authors__id__exact=author.pk),
        "list, tag": get(listed, tag=tag.name),
        **{f"search {word}": get(listed, q=word) for word in WORDS},
        "search 住民, section": get(listed, q="住民", section__id__exact=section.pk),
        "find everything 住民": get("/admin/find/", q="住民"),
        "form of an article with 10 photos": get(form),
        "first page": get("/admin/"),
        "front page's slots": get("/admin/articles/frontslot/"),
        "what readers see": get("/admin/screen/"),
    }
    found: dict[str, Any] = {"articles": Article.objects.count(), "pages": {}}
    try:
        for name, call in pages.items():
            found["pages"][name] = measured(call, rounds)
            print(name, json.dumps(found["pages"][name]), file=sys.stderr)

        def save() -> None:
            data = fields(client.get(form)) | {"_save": "1"}
            began, used = time.perf_counter(), time.process_time()
            assert client.post(form, data).status_code == 302
            saves.append((time.process_time() - used, time.perf_counter() - began))

        saves: list[tuple[float, float]] = []
        for _ in range(rounds):
            save()
        found["save with 10 photos"] = {
            "cpu_ms": round(statistics.median(one[0] for one in saves) * 1000, 1),
            "best_cpu_ms": round(min(one[0] for one in saves) * 1000, 1),
            "median_ms": round(statistics.median(one[1] for one in saves) * 1000, 1),
        }
        print("save", json.dumps(found["save with 10 photos"]), file=sys.stderr)
    finally:
        article.delete()
        editor.delete()
    found["most_queries"] = max(one["queries"] for one in found["pages"].values())
    found["most_cpu_ms"] = max(one["cpu_ms"] for one in found["pages"].values())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
    os.environ.setdefault("DEBUG", "1")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.DEBUG = False
    path = RESULTS / "desk.json"
    results = json.loads(path.read_text())["results"] if path.exists() else {}
    results[connection.vendor] = measure(options.rounds)
    write_results("desk", results)


if __name__ == "__main__":
    main()
