"""Many articles at once in a browser: moved to another section, one refusal told by its name."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.portal import running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "ことのは-for-tests-only"
SET_UP = f"""
from django.contrib.auth.models import Group, User
from django.utils import timezone
from articles.models import Article, Section
from newsportal import roles
roles.set_up()
society = Section.objects.create(name="社会", slug="society")
Section.objects.create(name="国際", slug="world")
for number in range(3):
    Article.objects.create(
        headline=f"港の記事{{number}}", teaser="リード", body="<p>本文</p>", section=society,
        status="published", publish_at=timezone.now(),
    )
editor = User.objects.create_user("editor", password="{PASSWORD}", is_staff=True, last_name="高井")
editor.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
"""
SAVED_BY_ANOTHER = """
from articles.models import Article
from articles.publishing import update
update(Article.objects.get(headline="港の記事1"), by=None)
"""
SECTIONS = """
from articles.models import Article
print(*Article.objects.order_by("id").values_list("section__name", flat=True))
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


def test_two_are_moved_and_the_one_saved_meanwhile_is_named(browser, portal):
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 390, "height": 900}
    )
    desk = context.new_page()
    desk.goto(f"{portal.url}/admin/")
    desk.fill("#id_username", "editor")
    desk.fill("#id_password", PASSWORD)
    desk.locator("input[type=submit]").click()
    desk.goto(f"{portal.url}/admin/articles/article/")
    desk.locator("#action-toggle").check()
    desk.locator("select[name=action]").select_option(label="分野を移す")
    desk.get_by_role("button", name="実行").click()
    expect(desk.get_by_role("heading", name="3件の記事")).to_be_visible()
    portal.manage("shell", "-v0", "-c", SAVED_BY_ANOTHER)
    desk.get_by_label("移す先の分野").select_option(label="国際")
    desk.get_by_role("button", name="移す").click()
    said = desk.locator(".messagelist")
    expect(said).to_contain_text("2件を移しました。")
    expect(said).to_contain_text("「港の記事1」：開いている間に")
    assert portal.manage("shell", "-v0", "-c", SECTIONS).split() == ["国際", "社会", "国際"]
    context.close()
