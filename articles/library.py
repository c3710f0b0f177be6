"""The verbs of the photo library: take in, replace a file, carry captions, end terms."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from articles.auditing import record, record_change, values_of
from articles.caching import invalidate, keys_of_photo
from articles.holding import hold_with_photos
from articles.intake import Picture
from articles.locking import one_at_a_time
from articles.metadata import Facts
from articles.models import Agency, Article, Photo, RetiredFile
from articles.publishing import leading_photo, save_article
from articles.renditions import UnreadablePhotoError, make_first, order_renditions
from articles.retiring import retire
from articles.text import fold

# What a copy of the library's row reads as one step; memory stays bounded for a much used photo.
_AT_A_TIME = 200
_OUT = (Article.Status.PUBLISHED, Article.Status.WITHDRAWN)


def same_picture(sha256: str) -> Photo | None:
    """The photo of the library whose file has these very bytes."""
    return Photo.objects.filter(sha256=sha256).order_by("pk").first()


def take_in(photo: Photo, upload: File[bytes], picture: Picture, *, by: Any) -> None:
    """Adds a new photo with its words and rights to the library, with its first pictures.

    Raises ValidationError when the library has the same file already, also when both come in
    at the same moment.
    """
    with one_at_a_time(f"sha256-{picture.sha256}"):
        same = same_picture(picture.sha256)
        if same is not None:
            raise ValidationError(
                f"同じ写真がすでにあります：写真{same.pk}「{same}」。",
                code="duplicate",
                params={"photo": same},
            )
        photo.created_by = by
        _set_file(photo, upload, picture)
        with transaction.atomic():
            photo.save()
            make_pictures(photo, picture)
            record_change(photo, by=by, old={}, new=values_of(photo))


def words_from(facts: Facts) -> dict[str, Any]:
    """What a file says of itself, by the library's fields; empty ones are left out.

    The agency is the one of which the name stands in the file's credit.
    """
    delivered = fold(facts.credit)
    agency = next(
        (agency for agency in Agency.objects.all() if delivered and fold(agency.name) in delivered),
        None,
    )
    words = {
        "caption": facts.caption,
        "alt": facts.alt,
        "credit": facts.byline or ("" if agency else facts.credit),
        "agency": agency,
        "copyright": facts.copyright,
        "taken_on": facts.taken_on,
        "place": facts.place,
    }
    return {name: value for name, value in words.items() if value}


def prefill(photo: Photo, words: dict[str, Any]) -> list[str]:
    """Writes words into the fields that are empty, never over others; the names of those."""
    filled = [name for name in words if not getattr(photo, name)]
    for name in filled:
        setattr(photo, name, words[name])
    return filled


def make_pictures(photo: Photo, picture: Picture | None = None) -> None:
    """What shows a photo from the first second; the rest is made by a job after the commit."""
    # The upload was read a moment ago; should it fail now, the job behind it tells the operator.
    with suppress(UnreadablePhotoError):
        make_first(photo, picture.preview if picture else None)
    order_renditions(photo)


@transaction.atomic
def replace_file(photo: Photo, upload: File[bytes], picture: Picture, *, by: Any) -> None:
    """Gives a photo another file; its words, rights and uses stay, and every use shows it.

    The old original is kept for as long as retired files are.
    """
    stored = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    old = str(stored.original.name)
    _set_file(photo, upload, picture)
    photo.save(update_fields=["original", "sha256", "width", "height"])
    make_pictures(photo, picture)
    retire(RetiredFile.Shelf.ORIGINALS, [old])
    renew_uses(photo)
    values = ({"sha256": stored.sha256}, {"sha256": photo.sha256})
    record("replace", photo, by=by, values=values)


@transaction.atomic
def delete_photos(photos: Iterable[Photo]) -> None:
    """Deletes photos that nothing shows; their files go with other retired ones, 30 days later.

    Raises ProtectedError for one that an article shows.
    """
    for photo in photos:
        files = photo.renditions.values_list("file", flat=True)
        retire(RetiredFile.Shelf.RENDITIONS, list(files))
        retire(RetiredFile.Shelf.ORIGINALS, [str(photo.original.name)])
        photo.delete()


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
    hold_with_photos([photo.pk])
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
    record("expire", photo, by=None, values=({"rights_until": _text(photo.rights_until)}, {}))
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
        values = (
            {"caption": old, "article": article.pk},
            {"caption": photo.caption, "article": article.pk},
        )
        record("carry_caption", photo, by=by, values=values)
        changed += 1
    return changed


def _set_file(photo: Photo, upload: File[bytes], picture: Picture) -> None:
    photo.original.save(f"photo{picture.suffix}", upload, save=False)
    photo.sha256 = picture.sha256
    # As people see it: Django reads what the camera stored, and nothing of some kinds.
    photo.width, photo.height = picture.width, picture.height


def _require(by: Any, article: Article) -> None:
    needed = "publish" if article.status in _OUT else "change"
    if by is not None and not by.has_perm(f"articles.{needed}_article"):
        raise PermissionDenied


def _text(at: date | datetime | None) -> str | None:
    return at.isoformat() if at else None
