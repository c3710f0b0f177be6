from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from rankings.models import CountingState, WindowTotal
from rankings.ranking import rebuild
from tests.factories import ArticleFactory
from tests.rankings.beacons import Door
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy():
    read(ArticleFactory(), 3)
    rebuild()


def test_all_is_well(healthy):
    assert call_command("doctor") == "異常はありません。"


def test_nothing_computed_yet():
    with pytest.raises(CommandError, match="まだ集計されていません"):
        call_command("doctor")


def test_a_view_that_nobody_drains(healthy):
    Door().view(ArticleFactory())
    assert call_command("doctor") == "異常はありません。"

    later = time_machine.travel(timezone.now() + timedelta(minutes=6))
    with later, pytest.raises(CommandError) as refused:
        call_command("doctor")

    assert "6分前の閲覧がまだ集計されていません" in str(refused.value)
    assert "集計が6分前から止まっています" in str(refused.value)


def test_windows_that_do_not_roll(healthy):
    CountingState.objects.update(newest_hour=CountingState.objects.get().newest_hour - 5)

    with pytest.raises(CommandError, match="5時間前のまま"):
        call_command("doctor", "--quick")


def test_sums_that_disagree(healthy):
    WindowTotal.objects.update(total=99)

    assert call_command("doctor", "--quick") == "異常はありません。"
    with pytest.raises(CommandError, match="rebuild_rankings"):
        call_command("doctor")


def test_a_file_without_a_reader(healthy, settings):
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    (settings.SPOOL_DIR / "left.over").write_bytes(b"x" * 32)

    with pytest.raises(CommandError, match="読み手のないファイル"):
        call_command("doctor")
