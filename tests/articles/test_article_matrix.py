"""Role by action by state by scope, at every address of the article's admin.

One table says what may happen; each case has the same article and differs in who comes.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from articles import publishing
from articles.models import Article, ReviewStep, Section, SectionScope
from newsportal import roles
from newsportal.roles import Role
from tests.articles.desk import change, fields, person
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db

DRAFT, IN_REVIEW, APPROVED = "draft", "in_review", "approved"
SCHEDULED, PUBLIC, HELD, WITHDRAWN = "scheduled", "public", "held", "withdrawn"
STATES = [DRAFT, IN_REVIEW, APPROVED, SCHEDULED, PUBLIC, HELD, WITHDRAWN]
W, E, P, A = "writer", "editor", "publisher", "administrator"
# Action: by state, who may. What is not named here is refused to everybody.
DESK, EVERYBODY = frozenset({E, P, A}), frozenset({W, E, P, A})
WAITING, AHEAD = (DRAFT, IN_REVIEW, APPROVED), (SCHEDULED, HELD)
TABLE: dict[str, dict[str, frozenset[str]]] = {
    "view": dict.fromkeys(STATES, EVERYBODY),
    "save": dict.fromkeys(STATES, DESK) | dict.fromkeys(WAITING, EVERYBODY),
    "delete": dict.fromkeys(WAITING, DESK),
    "submit": {DRAFT: EVERYBODY},
    "approve": {IN_REVIEW: DESK},
    "return": {IN_REVIEW: DESK, APPROVED: DESK},
    "take_back": {IN_REVIEW: EVERYBODY, APPROVED: EVERYBODY},
    # The section asks for an approval.
    "publish": dict.fromkeys((APPROVED, *AHEAD), DESK),
    "publish_urgently": dict.fromkeys((APPROVED, *AHEAD), DESK)
    | dict.fromkeys((DRAFT, IN_REVIEW), frozenset({P, A})),
    "publish_chosen": dict.fromkeys((APPROVED, *AHEAD), DESK),
    "unschedule": dict.fromkeys(AHEAD, DESK),
    "withdraw": dict.fromkeys((*AHEAD, PUBLIC), DESK),
    "withdraw_chosen": dict.fromkeys((*AHEAD, PUBLIC), DESK),
    "restore": {WITHDRAWN: DESK},
    "retag_chosen": dict.fromkeys(STATES, DESK) | dict.fromkeys(WAITING, EVERYBODY),
    "move_chosen": dict.fromkeys(STATES, DESK) | dict.fromkeys(WAITING, EVERYBODY),
}
LIST = "/admin/articles/article/"
PEOPLE = ["anonymous", *(role.value for role in Role)]
# Who comes, and with which sections: administrators and strangers have none.
VISITORS = [
    ("anonymous", "all"),
    (A, "all"),
    *((who, scoped) for who in (W, E, P) for scoped in ("all", "own", "other")),
]


def is_allowed(action, state, who, scoped):
    if scoped == "other" and action != "view":
        return False
    return who in TABLE[action].get(state, set())


@pytest.fixture
def owner():
    return person(Role.WRITER, "owner")


@pytest.fixture
def article(owner):
    section = SectionFactory(name="政治", slug="politics", four_eyes=True)
    found = ArticleFactory(section=section, status="draft", publish_at=None, created_by=owner)
    publishing.save_article(found, by=owner)
    return found


def bring(article, state):
    """The article in a state, as the desk's own way would have brought it there."""
    now, hour = timezone.now(), timedelta(hours=1)
    if state != DRAFT:
        kind = "submit" if state == IN_REVIEW else "approve"
        publishing.add_step(
            article,
            ReviewStep.Kind(kind),
            by=None,
            revision=article.revisions.get(),
            is_independent=True,
        )
    rows = Article.objects.filter(pk=article.pk)
    if state in {PUBLIC, WITHDRAWN}:
        revision = article.revisions.get()
        revision.document["status"] = "published"
        revision.save()
    rows.update(
        status={SCHEDULED: "published", PUBLIC: "published"}.get(state, state),
        publish_at={SCHEDULED: now + hour, HELD: now + hour, PUBLIC: now - hour}.get(
            state, now - hour if state == WITHDRAWN else None
        ),
        withdrawn_at=now if state == WITHDRAWN else None,
    )
    article.refresh_from_db()


def act(client, action, article):  # noqa: PLR0911 (one for each door)
    """Does it as a browser would; for forms that are not shown, as a forger would."""
    own = f"{LIST}{article.pk}/"
    if action == "view":
        return client.get(change(article))
    if action in {"submit", "return"}:
        return client.post(f"{own}{action}/", {"words": "数字を確かめてください。"})
    if action in {"withdraw", "restore"}:
        return client.post(f"{own}{action}/", {"reason": "事実の確認"})
    if action == "delete":
        return client.post(f"{own}delete/", {"post": "yes"})
    if action in {"move_chosen", "retag_chosen"}:
        target, _ = Section.objects.get_or_create(slug="sea", defaults={"name": "海"})
        words = {"section": target.pk} if action == "move_chosen" else {"add": "灯台"}
        data = {"action": action, "_selected_action": [article.pk], "_confirmed": "1"}
        return client.post(LIST, data | words)
    if action.endswith("_chosen"):
        data = {"action": action, "_selected_action": [article.pk], "reason": "事実の確認"}
        data |= {"_confirmed": "1"} if action == "publish_chosen" else {}
        return client.post(LIST, data)
    page = client.get(change(article))
    data = fields(page) if page.status_code == 200 else {}
    # Who sees no form may have kept an old one.
    data = {"version_token": str(article.version), "headline": article.headline, **data}
    if action == "save":
        return client.post(change(article), data | {"headline": "別の見出し", "_save": ""})
    typed = {"publish_at_0": "", "publish_at_1": ""} if action.startswith("publish") else {}
    if action == "publish_urgently":
        typed["urgent_reason"] = "津波警報の発表"
    button = "_publish" if action.startswith("publish") else f"_{action}"
    return client.post(change(article), data | typed | {button: ""})


def trace(article):
    """What an action leaves behind."""
    names = ("status", "headline", "version", "trashed_at")
    row = Article.objects.filter(pk=article.pk).values(*names).first()
    return row, article.review_steps.count()


def come(client, who, scoped, article):
    """Logs somebody in, with the sections that the case says."""
    client.logout()
    if who == "anonymous":
        return
    # Not person(): it makes the four roles anew each time.
    user = User.objects.create_user(f"{who}-{scoped}", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.group_name(Role(who))))
    client.force_login(user)
    if scoped != "all":
        other = SectionFactory(name="暮らし", slug="life")
        mine = article.section if scoped == "own" else other
        SectionScope.objects.create(user=user).sections.add(mine)


# Two minutes of processor time.
@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", TABLE)
def test_the_table_is_what_happens(client, article, action, state):
    bring(article, state)
    wrong = []
    for who, scoped in VISITORS:
        # Each comes to the same article.
        mark = transaction.savepoint()
        before = trace(article)
        come(client, who, scoped, article)
        response = act(client, action, article)
        expected = is_allowed(action, state, who, scoped)
        if action == "view":
            happened = response.status_code == 200
        else:
            happened = trace(article) != before
            # A public article changes with another approval only: the form says so.
            expected &= state != PUBLIC or action not in {"save", "move_chosen", "retag_chosen"}
            # Whoever is limited to a section may not put an article into another one.
            expected &= (action, scoped) != ("move_chosen", "own")
        if happened != expected or response.status_code not in {200, 302, 403}:
            wrong.append((who, scoped, response.status_code))
        transaction.savepoint_rollback(mark)
    assert wrong == []


def test_every_action_of_the_page_is_in_the_table():
    """A new address, action or button needs a row."""
    from django.contrib import admin  # noqa: PLC0415

    model_admin = admin.site._registry[Article]
    assert set(model_admin.actions) <= set(TABLE)


@pytest.mark.parametrize("scoped", [True, False])
def test_the_choices_of_sections_are_ones_own(client, article, scoped):
    other = SectionFactory(name="暮らし", slug="life")
    user = person(Role.EDITOR)
    if scoped:
        SectionScope.objects.create(user=user).sections.add(article.section)
    client.force_login(user)
    page = client.get(change(article))
    assert (
        "暮らし" in page.content.decode().split('id="id_section"')[1].split("</select>")[0]
    ) != (scoped)
    data = fields(page) | {"section": str(other.pk), "_save": ""}
    response = client.post(change(article), data)
    assert (response.status_code == 302) != scoped
    assert (Article.objects.get().section == other) != scoped


def test_many_at_once_each_for_itself(client, article):
    user = person(Role.EDITOR)
    mine = ArticleFactory(status="draft", publish_at=None, section=SectionFactory())
    SectionScope.objects.create(user=user).sections.add(mine.section)
    bring(article, APPROVED)
    client.force_login(user)
    data = {
        "action": "publish_chosen",
        "_selected_action": [article.pk, mine.pk],
        "_confirmed": "1",
    }
    page = client.post(LIST, data, follow=True).content.decode()
    assert "担当ではない分野の記事です" in page
    assert "1件を公開・予約しました" in page
    assert list(Article.objects.public()) == [mine]
