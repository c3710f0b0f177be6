from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from rankings.models import DayBucket, HourBucket, SnapshotItem, WindowTotal
from rankings.rebuilding import disagreements
from rankings.turns import epoch_hour
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-11-23T12:30:00+09:00")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def take_over(tmp_path, capsys):
    def run(text: str | bytes) -> tuple[str, list[str]]:
        file = tmp_path / "views.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        said = call_command("import_views", str(file))
        return said, capsys.readouterr().err.splitlines()

    return run


def test_hours_and_days_are_taken_over(take_over):
    article = ArticleFactory(publish_at="2026-01-01T00:00:00Z")
    old = ArticleFactory(external_id="https://old.example.jp/news/77.html")

    said, bad = take_over(
        "article,time,views\n"
        f"{article.pk},2026-11-23 11:00,5\n"
        f"/articles/{article.pk}/,2026-11-21,30\n"
        f"{article.pk},2026-01-05,100\n"
        "https://old.example.jp/news/77.html,2026-11-23T01:00:00Z,7\n"
    )

    assert bad == []
    assert said == "4行を取り込み、閲覧数を142足しました。"
    total = WindowTotal.objects.get(article_id=article.pk)
    assert (total.last_24_hours, total.last_7_days, total.last_30_days) == (5, 35, 35)
    assert total.total == 135
    assert WindowTotal.objects.get(article_id=old.pk).last_24_hours == 7
    assert sum(HourBucket.objects.values_list("views", flat=True)) == 42
    assert sum(DayBucket.objects.values_list("views", flat=True)) == 142
    assert disagreements(epoch_hour(NOW.timestamp())) == []
    listed = SnapshotItem.objects.filter(snapshot__window="daily", snapshot__section=None)
    assert [item.article_id for item in listed.order_by("rank")] == [old.pk, article.pk]


def test_the_same_file_twice_adds_nothing(take_over):
    article = ArticleFactory()
    text = f"{article.pk},2026-11-23 11:00,5\n{article.pk},2026-11-20,9\n"
    take_over(text)

    said, _ = take_over(text)

    assert said == "2行を取り込み、閲覧数を0足しました。"
    assert WindowTotal.objects.get().total == 14


def test_a_corrected_line_corrects(take_over):
    article = ArticleFactory()
    take_over(f"{article.pk},2026-11-20,9\n")

    take_over(f"{article.pk},2026-11-20,4\n")

    assert WindowTotal.objects.get().total == 4
    assert disagreements(epoch_hour(NOW.timestamp())) == []


def test_bad_lines_are_named_and_the_rest_goes_on(take_over):
    article = ArticleFactory()

    said, bad = take_over(
        b"\xef\xbb\xbf"
        + (
            f"{article.pk},2026-11-20,many\n"
            "999999,2026-11-20,3\n"
            f"{article.pk},yesterday,3\n"
            f"{article.pk},2026-11-24,3\n"
            f"{article.pk},2026-11-20\n"
            f"{article.pk},2026-11-20,-3\n"
            "\n"
            f"{article.pk},2026/11/20,3\n"
            ",2026-11-20,3\n"
        ).encode()
        + b"\xff\xfe,2026-11-20,3\n"
    )

    assert said == "1行を取り込み、閲覧数を3足しました。8行は取り込めませんでした。"
    numbers = sorted(int(line.split("行目")[0]) for line in bad)
    assert numbers == [1, 2, 3, 4, 5, 6, 9, 10]
    assert WindowTotal.objects.get().total == 3


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="読めません"):
        call_command("import_views", str(tmp_path / "none.csv"))


def test_a_day_of_today_does_not_go_into_hours_to_come(take_over):
    article = ArticleFactory()
    with time_machine.travel("2026-11-23T08:00:00+09:00", tick=False):
        take_over(f"{article.pk},2026-11-23,3\n")

        assert WindowTotal.objects.get().last_24_hours == 3
        assert disagreements(epoch_hour(datetime.now().timestamp())) == []  # noqa: DTZ005
