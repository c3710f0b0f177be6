"""Working copies (差し替え稿): a published article is rewritten aside and swapped in whole."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from copy import copy as copy_row
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from articles.auditing import record
from articles.caching import keys_of
from articles.checklist import problems_before_publishing
from articles.correcting import correct
from articles.document import CONTENT, RESTORED, article_document, rewrite
from articles.front import show_by_terms
from articles.models import Article, Swap
from articles.publishing import refuse_unapproved, save_article, shown_from, update
from articles.scope import require

log = logging.getLogger(__name__)


class ConflictError(ValidationError):
    """The article was changed after its working copy was made."""


class Terms(NamedTuple):
    """What a swap brings along beside the text."""

    is_material: bool = False
    reason: str = ""
    correction: str = ""
    # Why a section that asks for an approval does not wait for one (速報).
    urgent_reason: str = ""


_NO_TERMS = Terms()


class Merge(NamedTuple):
    """How a copy and its article went apart since the copy was made; names of fields."""

    base: dict[str, Any] | None
    live: dict[str, Any]
    copy: dict[str, Any]
    # Changed at the article alone: the copy takes them over.
    theirs: list[str]
    # Changed on both sides, or nobody knows: a person decides.
    both: list[str]


@transaction.atomic
def make_copy(original: Article, *, by: Any) -> Article:
    """A working copy with everything that hangs on the article.

    Raises PermissionDenied, and ValidationError when the article is not published or has one.
    """
    stored = _lock(original.pk)
    _require(by, "change", stored)
    if stored.replaces_id is not None or stored.status != Article.Status.PUBLISHED:
        raise ValidationError("差し替え稿は公開・予約中の記事にだけ作れます。")
    if Article.objects.filter(replaces=stored).exists():
        raise ValidationError("この記事にはすでに差し替え稿があります。")
    document = article_document(stored)
    copy = Article(replaces=stored, section=stored.section, version=0, created_by=by)
    for name in CONTENT:
        setattr(copy, name, document[name])
    copy.save()
    rewrite(copy, document)
    save_article(copy, by=by, reason=f"第{stored.version}版から差し替え稿を作成")
    Swap.objects.create(copy=copy, base_version=stored.version)
    record("make_copy", stored, by=by, values=({}, {"copy": copy.pk, "version": stored.version}))
    return copy


@transaction.atomic
def swap(copy: Article, *, by: Any, terms: Terms = _NO_TERMS) -> Article:
    """Puts the copy's content into its article, which keeps its number, address and times.

    The copy is gone afterwards. Raises PermissionDenied, ConflictError when the article was
    changed meanwhile, and ValidationError by field when the copy is not fit to be public.
    """
    plan = _plan(copy)
    original = _lock(plan.copy.replaces_id)
    _require(by, "publish", plan.copy, original)
    _refuse_swap(plan, original)
    _refuse_unfit(plan.copy, timezone.now())
    pages = keys_of(original)
    if gone := rewrite(original, article_document(plan.copy)):
        raise ValidationError(f"見つからないものがあります：{'、'.join(gone)}")
    # What was approved of the copy is approved of the article.
    plan.copy.review_steps.update(article=original)
    words = f"差し替え稿を公開：{terms.reason}" if terms.reason else "差し替え稿を公開"
    update(
        original,
        by=by,
        is_material=terms.is_material,
        reason=words[:200],
        pages_before=pages,
        urgent_reason=terms.urgent_reason,
    )
    if terms.correction:
        correct(original, by=by, text=terms.correction)
    plan.copy.delete()
    return original


@transaction.atomic
def schedule_swap(copy: Article, *, by: Any, at: datetime, terms: Terms = _NO_TERMS) -> None:
    """Sets the time of a swap. Raises as `swap()` does, and when the time has passed.

    The copy is judged as it will be at that time. A reason not to wait for an approval is good
    for the text as it is now: a later change of the copy needs an approval, or another reason.
    """
    plan = _plan(copy)
    original = _lock(plan.copy.replaces_id)
    _require(by, "publish", plan.copy, original)
    if at <= timezone.now():
        raise ValidationError({"at": "差し替え日時が過ぎています。"})
    _refuse_swap(plan, original)
    _refuse_unfit(plan.copy, shown_from(original, at))
    written = plan.copy.revisions.latest("version")
    refuse_unapproved(plan.copy, written, original, by=by, urgent_reason=terms.urgent_reason)
    old = _time(plan)
    plan.at, plan.by, plan.problem = at, by, ""
    plan.is_material, plan.reason = terms.is_material, terms.reason
    plan.correction = terms.correction
    plan.save()
    values = ({"swap_at": old}, {"swap_at": _time(plan)})
    said = terms.urgent_reason or terms.reason
    record("schedule_swap", original, by=by, values=values, reason=said)


@transaction.atomic
def unschedule_swap(copy: Article, *, by: Any) -> None:
    """Takes the time of a swap away; the copy stays. Raises PermissionDenied."""
    plan = _plan(copy)
    _require(by, "publish", plan.copy)
    if plan.at is None:
        raise ValidationError("差し替えは予約されていません。")
    values = ({"swap_at": _time(plan)}, {"swap_at": None})
    plan.at, plan.problem = None, ""
    plan.save()
    record("unschedule_swap", _original(plan.copy), by=by, values=values)


@transaction.atomic
def discard_copy(copy: Article, *, by: Any) -> None:
    """Deletes a working copy; the log keeps its text. Raises PermissionDenied."""
    plan = _plan(copy)
    _require(by, "change", plan.copy)
    if plan.at is not None:
        # Whoever may not publish must not stop what others have set.
        _require(by, "publish", plan.copy)
    record("discard_copy", _original(plan.copy), by=by, values=(article_document(plan.copy), {}))
    plan.copy.delete()


def apply_due_swaps(at: datetime | None = None) -> int:
    """Swaps whose time has come, in their order; how many articles have new content.

    One that is refused keeps its time and says why; it is not tried again until somebody has
    looked at it. Safe to run late, twice and by several at once.
    """
    at = at or timezone.now()
    due = Swap.objects.filter(at__lte=at, problem="").order_by("at", "id")
    done = 0
    for pk in list(due.values_list("copy_id", flat=True)):
        try:
            done += _apply(pk, at)
        except (ValidationError, PermissionDenied) as error:
            problem = _words(error)
            log.warning("the working copy %s was not swapped in: %s", pk, problem)
            Swap.objects.filter(copy_id=pk, problem="").update(problem=problem)
    return done


def swapped_until(at: datetime) -> list[Article]:
    """Articles as the swaps planned until a time will leave them; not to be saved.

    One that will be refused, because its article was changed or withdrawn, is not among them.
    """
    plans = Swap.objects.filter(
        at__lte=at,
        problem="",
        base_version=F("copy__replaces__version"),
        copy__replaces__status=Article.Status.PUBLISHED,
        copy__trashed_at=None,
    )
    copies = [
        plan.copy
        for plan in plans.select_related("copy__section", "copy__lead_photo", "copy__replaces")
    ]
    show_by_terms(copies, at)
    return [in_place(copy) for copy in copies]


def in_place(copy: Article) -> Article:
    """A working copy as it will stand in the place of its article; not to be saved."""
    shown, original = copy_row(copy), copy.replaces
    if original is None:
        return shown
    for name in ("pk", "status", "publish_at", "unpublish_at", "embargo_until", "updated_at"):
        setattr(shown, name, getattr(original, name))
    shown.replaces = None
    return shown


def late_swaps(at: datetime) -> list[str]:
    """What should have been swapped in and was not, each in a sentence."""
    rows = Swap.objects.filter(at__lte=at).select_related("copy__replaces")
    return [
        f"記事{row.copy.replaces_id}の差し替えがまだです"
        f"（予定 {timezone.localtime(row.at):%m月%d日 %H:%M}）。{row.problem}"
        for row in rows.order_by("at", "id")[:20]
    ]


def compare(copy: Article) -> Merge:
    """How a copy and its article went apart since the copy was made."""
    original = _original(copy)
    live, own = article_document(original), article_document(copy)
    made_of = original.revisions.filter(version=copy.swap.base_version).first()
    base: dict[str, Any] | None = made_of.document if made_of else None
    theirs: list[str] = []
    both: list[str] = []
    for name in RESTORED:
        if live[name] == own[name]:
            continue
        # Without the version that the copy was made of nobody knows who changed it.
        if base is None or name not in base or base[name] not in (live[name], own[name]):
            both.append(name)
        elif live[name] != base[name]:
            theirs.append(name)
    return Merge(base, live, own, theirs, both)


@transaction.atomic
def merge_live(copy: Article, *, by: Any, version: int, take_live: Iterable[str]) -> list[str]:
    """Takes over into the copy what changed at its article; what is gone, in words.

    Of the fields that changed on both sides, those in `take_live` become the article's; the
    others stay the copy's. `version` is the article's that the person has seen. Raises
    ConflictError when it has moved on again, and PermissionDenied.
    """
    plan = _plan(copy)
    _require(by, "change", plan.copy)
    original = _lock(plan.copy.replaces_id)
    _require(by, "change", plan.copy)
    if original.version != version:
        raise ConflictError(
            "見ている間に、公開中の記事がまた変わりました。もう一度確かめてください。"
        )
    found = compare(plan.copy)
    names = [*found.theirs, *(name for name in found.both if name in set(take_live))]
    gone = rewrite(plan.copy, {name: found.live[name] for name in names})
    reason = f"公開中の第{original.version}版を取り込み"
    save_article(plan.copy, by=by, reason=reason)
    plan.base_version, plan.problem = original.version, ""
    plan.save()
    record("merge_copy", original, by=by, values=({}, {"fields": names}), reason=reason)
    return gone


def _apply(copy_id: int, at: datetime) -> int:
    with transaction.atomic():
        rows = Swap.objects.select_for_update(of=("self",)).select_related("copy", "by")
        plan = rows.filter(copy_id=copy_id, at__lte=at, problem="").first()
        if plan is None:
            return 0
        swap(plan.copy, by=plan.by, terms=Terms(plan.is_material, plan.reason, plan.correction))
        return 1


def _plan(copy: Article) -> Swap:
    """The row of a copy, locked, with the copy as stored."""
    plan = (
        Swap.objects.select_for_update(of=("self",))
        .select_related("copy__replaces", "copy__section", "copy__agency")
        .filter(copy_id=copy.pk)
        .first()
    )
    if plan is None or plan.copy.replaces_id is None:
        raise ValidationError("この差し替え稿はもうありません。")
    return plan


def _lock(article_id: Any) -> Article:
    rows = Article.objects.select_for_update(of=("self",))
    return rows.select_related("section", "agency").get(pk=article_id)


def _original(copy: Article) -> Article:
    number: Any = copy.replaces_id
    return Article.objects.select_related("section", "agency").get(pk=number)


def _refuse_swap(plan: Swap, original: Article) -> None:
    if original.status != Article.Status.PUBLISHED:
        raise ValidationError("元の記事は取り下げられています。差し替えられません。")
    if original.version != plan.base_version:
        raise ConflictError(
            f"差し替え稿を作ったあとに、公開中の記事が直されました（第{plan.base_version}版→"
            f"第{original.version}版）。「公開中の変更を取り込む」で確かめてください。",
            code="conflict",
        )


def _refuse_unfit(copy: Article, at: datetime) -> None:
    problems = problems_before_publishing(copy, at)
    if problems:
        raise ValidationError(problems)


def _words(error: ValidationError | PermissionDenied) -> str:
    if isinstance(error, PermissionDenied):
        return "差し替えを決めた人に、公開の権限がありません。"
    return " ".join(error.messages)


def _time(plan: Swap) -> str | None:
    return plan.at.isoformat() if plan.at else None


def _require(by: Any, verb: str, *articles: Article) -> None:
    require(by, f"articles.{verb}_article", *(article.section_id for article in articles))
