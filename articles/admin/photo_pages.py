"""The library's own pages: many files at once, many captions at once, uses, another file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import modelformset_factory
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from articles import library
from articles.admin.fields import PictureField
from articles.admin.photo_forms import BatchForm, CaptionForm, ReplaceForm
from articles.admin.thumbnails import thumbnail_url, whole
from articles.auditing import record
from articles.checklist import problems_of_photo
from articles.intake import ACCEPT
from articles.likeness import photos_like
from articles.metadata import read
from articles.models import Agency, Article, Photo
from articles.renditions import order_renditions

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Photo]
else:
    _Base = object

# On one page of captions; what was chosen beyond it comes on the next.
CAPTIONS_AT_ONCE = 50
MOST_USES = 200
_OUT = (Article.Status.PUBLISHED, Article.Status.WITHDRAWN)
# What readers see of the words; the rest of a form's fields is for the desk.
_IN_FILES = {"credit", "agency", "copyright", "focal_x", "focal_y"}


class PhotoPages(_Base):
    """The half of the photo's admin that Django has no page for."""

    def get_urls(self) -> list[URLPattern]:
        one = "<int:photo_id>/"
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("upload/", self.upload_view, "upload"),
            ("read/", require_POST(self.read_view), "read"),
            ("captions/", self.captions_view, "captions"),
            (f"{one}uses/", self.uses_view, "uses"),
            (f"{one}replace/", self.replace_view, "replace"),
            (f"{one}original/", self.original_view, "original"),
            (f"{one}preview/", self.preview_view, "preview"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(way, wrap(view), name=f"articles_photo_{name}") for way, view, name in pages]
        return own + super().get_urls()

    # --- many files at once

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """One file a request from the script, with JSON back; many from a plain form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BatchForm(request.POST if request.method == "POST" else None)
        results = []
        if request.method == "POST" and form.is_valid():
            files = request.FILES.getlist("files")
            results = [self._take_in(request, form, file) for file in files]
            if not files:
                form.add_error(None, "写真のファイルを選んでください。")
        if request.method == "POST" and "application/json" in request.headers.get("Accept", ""):
            return _as_json(form, results)
        taken = [result["id"] for result in results if result["ok"]]
        context = {
            "title": "写真をまとめて登録",
            "form": form,
            "results": results,
            "taken": taken,
            "accept": ACCEPT,
            "captions_query": _ids(taken),
        }
        return self._page(request, "upload", context)

    def _take_in(self, request: HttpRequest, form: BatchForm, file: Any) -> dict[str, Any]:
        name = PurePath(str(file.name)).name
        field = PictureField()
        try:
            upload = field.clean(file)
            picture = field.picture
            if picture is None:
                raise ValidationError("ファイルを読めません。")
            typed = form.cleaned_data
            photo = Photo(**{key: typed[key] for key in ("agency", "credit", "place", "taken_on")})
            filled = library.prefill(photo, library.words_from(read(upload)))
            library.apply_agency_rights(photo, photo.agency)
            library.take_in(photo, upload, picture, by=request.user)
        except ValidationError as error:
            same = (getattr(error, "params", None) or {}).get("photo")
            return {
                "ok": False,
                "name": name,
                "errors": error.messages,
                "same": self._brief(same) if same else None,
            }
        alike = photos_like(picture.phash, apart_from=photo.pk)
        return {
            "ok": True,
            "name": name,
            **self._brief(photo),
            "prefilled": labels_of(filled),
            "alike": [self._brief(other) for other in alike],
        }

    def _brief(self, photo: Photo) -> dict[str, Any]:
        return {
            "id": photo.pk,
            "text": f"写真{photo.pk}" + (f"「{photo}」" if photo.caption or photo.alt else ""),
            "address": self._address("change", photo),
            "thumbnail": thumbnail_url(photo),
        }

    def read_view(self, request: HttpRequest) -> JsonResponse:
        """What the script fills into the form of a new photo before it is saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        field = PictureField()
        try:
            upload = field.clean(request.FILES.get("original"))
            picture = field.picture
            if picture is None:
                raise ValidationError("ファイルを読めません。")
        except ValidationError as error:
            return JsonResponse({"errors": error.messages}, status=422)
        facts = read(upload)
        words = library.words_from(facts)
        agency = words.pop("agency", None)
        answer: dict[str, Any] = {name: str(value) for name, value in words.items()}
        if agency is not None:
            answer["agency"] = {"id": agency.pk, "text": str(agency)}
        same = library.same_picture(picture.sha256)
        return JsonResponse(
            {
                "words": answer,
                "has_location": facts.has_location,
                "same": self._brief(same) if same else None,
                "alike": [self._brief(other) for other in photos_like(picture.phash)],
            }
        )

    # --- many captions at once

    @admin.action(description="説明をまとめて書く", permissions=["change"])
    def write_captions(self, request: HttpRequest, queryset: QuerySet[Photo]) -> HttpResponse:
        chosen = list(queryset.order_by("-pk").values_list("pk", flat=True)[:1000])
        return HttpResponseRedirect(f"{self._address('captions')}?{_ids(chosen)}")

    def captions_view(self, request: HttpRequest) -> HttpResponse:
        """The words of many photos on one page. All are saved, or none and everything stays."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        chosen = _numbers(request.GET.get("ids", ""))
        here, rest = chosen[:CAPTIONS_AT_ONCE], chosen[CAPTIONS_AT_ONCE:]
        photos, refused = self._changeable(request, here)
        data = request.POST.copy() if request.method == "POST" else None
        common = BatchForm(data, prefix="common")
        fills = data is not None and "_fill" in data
        if data is not None and fills and common.is_valid():
            _fill_blanks(data, common)
        formset = self._formset(photos, data)
        # Filling in is no saving: what is still wrong is said when it is to be saved.
        if data is not None and not fills and formset.is_valid():
            changed = self._save_captions(request, formset)
            self.message_user(request, f"{changed}枚の写真の説明を保存しました。", messages.SUCCESS)
            if rest:
                return HttpResponseRedirect(f"{self._address('captions')}?{_ids(rest)}")
            return HttpResponseRedirect(self._address("changelist"))
        context = {
            "title": "写真の説明をまとめて書く",
            "common": common,
            "formset": formset,
            "refused": refused,
            "rest": len(rest),
            "fills": fills,
            "shows_errors": data is not None and not fills,
        }
        return self._page(request, "captions", context)

    def _changeable(self, request: HttpRequest, ids: list[int]) -> tuple[QuerySet[Photo], int]:
        """Those of the photos that this person may change, and how many not."""
        photos = Photo.objects.filter(pk__in=ids).select_related("agency").order_by("-pk")
        if request.user.has_perm("articles.publish_article"):
            return photos, 0
        mine = photos.exclude(article_photos__article__status__in=_OUT)
        return mine, photos.count() - mine.count()

    def _formset(self, photos: QuerySet[Photo], data: Any) -> Any:
        factory = modelformset_factory(Photo, form=CaptionForm, extra=0, max_num=CAPTIONS_AT_ONCE)
        agencies = [("", "なし"), *((agency.pk, str(agency)) for agency in Agency.objects.all())]
        formset: Any = factory(data, queryset=photos, form_kwargs={"agencies": agencies})
        for form in formset:
            form.picture = whole(form.instance, 320)
        return formset

    @transaction.atomic
    def _save_captions(self, request: HttpRequest, formset: Any) -> int:
        changed = [form for form in formset.forms if _changed_words(form)]
        for form in changed:
            photo = form.save()
            self.renew(request, photo, form)
        return len(changed)

    def renew(self, request: HttpRequest, photo: Photo, form: Any) -> None:
        """What follows from a change of a photo's words, rights or focal point."""
        names = set(_changed_words(form))
        if names & _IN_FILES:
            order_renditions(photo)
        library.renew_uses(photo)
        old = {name: _plain(form.initial.get(name)) for name in sorted(names)}
        new = {name: _plain(form.cleaned_data.get(name)) for name in sorted(names)}
        record("caption", photo, by=request.user, values=(old, new))

    # --- where it is used

    def uses_view(self, request: HttpRequest, photo_id: int) -> HttpResponse:
        """Every use with its caption; those chosen take the library's again."""
        photo = self._viewable(request, photo_id)
        if request.method == "POST":
            if not self.has_change_permission(request, photo):
                raise PermissionDenied
            chosen = _numbers(",".join(request.POST.getlist("use")))
            changed = library.carry_caption(photo, chosen, by=request.user)
            self.message_user(
                request, f"{changed}件の記事に写真の説明を反映しました。", messages.SUCCESS
            )
            return HttpResponseRedirect(self._address("uses", photo))
        context = {
            "title": "写真が使われている記事",
            "photo": photo,
            "picture": whole(photo, 640),
            "uses": self.uses_of(photo, MOST_USES),
            "count": photo.article_photos.count(),
            "most": MOST_USES,
            "may_carry": self.has_change_permission(request, photo),
        }
        return self._page(request, "uses", context)

    def uses_of(self, photo: Photo, most: int) -> list[Any]:
        """The newest uses of a photo, each with its article."""
        uses = photo.article_photos.select_related("article", "photo").order_by("-article_id")
        return list(uses.defer("article__body", "article__search_text")[:most])

    # --- another file

    def replace_view(self, request: HttpRequest, photo_id: int) -> HttpResponse:
        photo = self._viewable(request, photo_id)
        if not self.has_change_permission(request, photo):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = ReplaceForm(data, request.FILES or None, photo=photo)
        if request.method == "POST" and form.is_valid():
            upload: Any = form.cleaned_data["original"]
            picture: Any = form.fields["original"].picture  # type: ignore[attr-defined]
            library.replace_file(photo, upload, picture, by=request.user)
            self.message_user(
                request,
                "ファイルを差し替えました。使っている記事すべてに出ます。焦点を確かめてください。",
                messages.SUCCESS,
            )
            return HttpResponseRedirect(self._address("change", photo))
        context = {
            "title": "写真のファイルの差し替え",
            "photo": photo,
            "picture": whole(photo, 640),
            "form": form,
            "count": photo.article_photos.count(),
        }
        return self._page(request, "replace", context)

    def original_view(self, request: HttpRequest, photo_id: int) -> HttpResponseBase:
        """The original as a download: never inline, whatever its bytes pretend to be."""
        photo = self._viewable(request, photo_id)
        try:
            file = photo.original.open("rb")
        except OSError as error:
            raise Http404 from error
        name = f"photo-{photo.pk}{PurePath(photo.original.name or '').suffix}"
        return FileResponse(
            file,
            as_attachment=True,
            filename=name,
            content_type="application/octet-stream",
            headers={"Cache-Control": "private, no-store"},
        )

    def preview_view(self, request: HttpRequest, photo_id: int) -> JsonResponse:
        """What the article's form shows beside a chosen photo."""
        photo = self._viewable(request, photo_id)
        return JsonResponse(
            {
                "thumbnail": thumbnail_url(photo),
                "caption": photo.caption,
                "credit": photo.credit_line,
                "problems": problems_of_photo(photo),
            }
        )

    def _viewable(self, request: HttpRequest, photo_id: int) -> Photo:
        if not self.has_view_permission(request):
            raise PermissionDenied
        photo = Photo.objects.select_related("agency").filter(pk=photo_id).first()
        if photo is None:
            raise Http404
        return photo

    def _address(self, page: str, photo: Photo | None = None) -> str:
        name = f"{self.admin_site.name}:articles_photo_{page}"
        return reverse(name, args=[photo.pk] if photo else [])

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"admin/articles/photo/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                **context,
            },
        )


def labels_of(names: Iterable[str]) -> list[str]:
    """Fields of a photo in the desk's words."""
    return [str(getattr(Photo, name).field.verbose_name) for name in names]


def _as_json(form: BatchForm, results: list[dict[str, Any]]) -> JsonResponse:
    if not results:
        errors = [message for messages in form.errors.values() for message in messages]
        return JsonResponse({"ok": False, "errors": errors}, status=422)
    return JsonResponse(results[0], status=200 if results[0]["ok"] else 422)


def _changed_words(form: Any) -> list[str]:
    return [
        name for name in form.changed_data if name in form.instance.__dict__ or name == "agency"
    ]


def _fill_blanks(data: Any, common: BatchForm) -> None:
    """Writes the common values into the rows' empty fields, never over what is typed."""
    for number in range(int(data.get("form-TOTAL_FORMS") or 0)):
        for name in ("agency", "credit", "place", "taken_on"):
            value = data.get(f"common-{name}", "")
            if value and not data.get(f"form-{number}-{name}"):
                data[f"form-{number}-{name}"] = value


def _numbers(text: str) -> list[int]:
    """Ids in what stands in an address; anything else there is left out."""
    parts = [part.strip() for part in text.split(",")]
    return [int(part) for part in parts if part.isdecimal() and len(part) < 15]


def _ids(numbers: list[int]) -> str:
    return f"ids={','.join(map(str, numbers))}"


def _plain(value: object) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value.pk if isinstance(value, Agency) else value)
