"""The verbs of the photo library: take in, replace a file, carry captions, end terms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from articles.caching import invalidate, keys_of_photo
from articles.models import Agency, Article, AuditEntry, Photo
from articles.publishing import leading_photo, save_article

# What a copy of the library's row reads as one step; memory stays bounded for a much used photo.
_AT_A_TIME = 200
_OUT = (Article.Status.PUBLISHED, Article.Status.WITHDRAWN)


def apply_agency_rights(photo: Photo, agency: Agency | None) -> None:
    """Gives a photo the rights that its agency's contract allows. Does not save.

    The days of use count from the day the photo came in.
    """
    if agency is None:
        return
    photo.rights_web = agency.rights_web
    photo.rights_syndication = agency.rights_syndication
    photo.rights_social = agency.rights_social
    since = photo.created_at or timezone.now()
    days = agency.rights_days
    photo.rights_until = since + timedelta(days=days) if days is not None else None


@transaction.atomic
def renew_uses(photo: Photo) -> None:
    """Makes every page that shows a photo new; its articles choose their lead photo again.

    Call it in the transaction that changes what readers see of the photo.
    """
    articles = Article.objects.filter(article_photos__photo=photo)
    for article in articles.only("lead_photo").iterator(chunk_size=_AT_A_TIME):
        lead = leading_photo(article)
        if lead is not None and lead.pk != article.lead_photo_id:
            Article.objects.filter(pk=article.pk).update(lead_photo=lead)
    invalidate(keys_of_photo(photo))


def expire_photos(now: datetime | None = None) -> int:
    """Gives the places of photos whose term ended to others; how many photos ended.

    Readers' pages ask for the rights when they are read, so nothing shows too long without
    this; it ends the pages that caches keep and moves the next photo up in lists. Several at
    once do no harm: each photo is taken by one of them.
    """
    now = now or timezone.now()
    over = Photo.objects.filter(rights_until__lte=now, taken_off_at=None)
    return sum(_expire(photo, now) for photo in over.iterator(chunk_size=_AT_A_TIME))


@transaction.atomic
def _expire(photo: Photo, now: datetime) -> bool:
    mine = Photo.objects.filter(pk=photo.pk, rights_until__lte=now, taken_off_at=None)
    if not mine.update(taken_off_at=now):
        return False
    renew_uses(photo)
    _audit("expire", photo, by=None, old={"rights_until": _text(photo.rights_until)})
    return True


@transaction.atomic
def carry_caption(photo: Photo, items: Iterable[int], *, by: Any) -> int:
    """Has chosen uses of a photo say what the library says; how many changed.

    `items` are ids of the photo's ArticlePhoto rows. Each changed article gets a version.
    Raises PermissionDenied when one of the articles is out and `by` may not publish; then
    nothing changes.
    """
    chosen = photo.article_photos.filter(pk__in=list(items)).exclude(caption="")
    changed = 0
    for item in chosen.select_related("photo").order_by("pk"):
        article = Article.objects.select_for_update(of=("self",)).get(pk=item.article_id)
        _require(by, article)
        old = item.caption
        item.caption = ""
        item.save(update_fields=["caption"])
        save_article(article, by=by, reason=f"写真{photo.pk}の説明を反映")
        _audit(
            "carry_caption",
            photo,
            by=by,
            old={"caption": old, "article": article.pk},
            new={"caption": photo.caption, "article": article.pk},
        )
        changed += 1
    return changed


def _require(by: Any, article: Article) -> None:
    needed = "publish" if article.status in _OUT else "change"
    if by is not None and not by.has_perm(f"articles.{needed}_article"):
        raise PermissionDenied


def _audit(
    action: str,
    photo: Photo,
    *,
    by: Any,
    old: dict[str, Any],
    new: dict[str, Any] | None = None,
) -> None:
    AuditEntry.objects.create(
        actor=by,
        action=action,
        model="articles.photo",
        object_id=str(photo.pk),
        label=str(photo),
        old=old,
        new=new or {},
    )


def _text(at: date | datetime | None) -> str | None:
    return at.isoformat() if at else None
