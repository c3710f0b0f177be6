"""The photo library: the list, and the form of one photo."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles import library
from articles.admin.crops import crops_of
from articles.admin.photo_filters import (
    AddedFilter,
    LacksFilter,
    RightsFilter,
    TakenFilter,
    UseFilter,
)
from articles.admin.photo_forms import PhotoForm
from articles.admin.photo_pages import PhotoPages, labels_of
from articles.admin.thumbnails import thumbnail_url, whole, whole_url
from articles.admin.times import desk_time
from articles.auditing import record_change, values_of
from articles.likeness import photos_like
from articles.metadata import read
from articles.models import Article, Photo
from articles.models.photo import ENDS_SOON
from articles.search import matching_photos

_OUT = (Article.Status.PUBLISHED, Article.Status.WITHDRAWN)
USES_ON_FORM = 20
# A search shows the newest so many; who looks further narrows it by a word or a filter.
MOST_FOUND = 2000


class Library(ChangeList):
    """The list of photos as tiles, or with `?view=rows` as rows."""

    def get_filters_params(self, params: Any = None) -> Any:
        params = super().get_filters_params(params)
        self.shows_rows = params.pop("view", [""])[-1:] == ["rows"]
        return params


@admin.register(Photo)
class PhotoAdmin(PhotoPages, admin.ModelAdmin[Photo]):
    form = PhotoForm
    list_display: tuple[Any, ...] = (
        "picture_column",
        "name_column",
        "credit_column",
        "taken",
        "rights_column",
        "uses",
        "added",
    )
    list_display_links = ("name_column",)
    list_filter = (
        "agency",
        RightsFilter,
        UseFilter,
        LacksFilter,
        TakenFilter,
        AddedFilter,
    )
    list_per_page = 48
    show_full_result_count = False
    # Counting each filter reads the whole library.
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("search_text",)
    search_help_text = (
        "説明・代替テキスト・クレジット・配信元・撮影地から探します。"
        "2文字から。全角半角、かなカナは問いません。新しい2,000枚まで出ます。"
    )
    autocomplete_fields = ("agency",)
    ordering = ("-id",)
    empty_value_display = "なし"
    sortable_by = ("taken", "added")
    actions = ("write_captions",)

    class Media:
        js = ["articles/admin.js", "articles/photo_focal.js", "articles/photo_prefill.js"]

    # --- the list

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        self.delete_queryset(request, Photo.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        for photo in queryset:
            record_change(photo, by=request.user, old=values_of(photo), new={})
        library.delete_photos(queryset)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Library

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # Numbers first: whole rows of a large library are read for one page only.
        page = list(changelist.result_list.values_list("pk", flat=True))
        found = (
            Photo.objects.select_related("agency")
            .annotate(use_count=Count("article_photos"))
            .in_bulk(page)
        )
        changelist.result_list = [found[pk] for pk in page if pk in found]
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Photo], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        # The filters are in the queryset already. The text is read once and no further than for
        # this many; the count, the order and the page then ask for numbers only.
        found = matching_photos(queryset, term).order_by("-pk").values_list("pk", flat=True)
        numbers = list(found[:MOST_FOUND])
        if term.isdecimal() and len(term) < 15:
            numbers.append(int(term))
        return queryset.filter(pk__in=numbers), False

    def describe_choice(self, photo: Photo) -> dict[str, str]:
        """What the search field of an article's photos shows of this one."""
        return {"text": f"{photo.pk}　{photo}", "thumbnail": thumbnail_url(photo)}

    @admin.display(description="")
    def picture_column(self, photo: Photo) -> SafeString:
        return whole(photo)

    @admin.display(description="写真")
    def name_column(self, photo: Photo) -> str:
        return f"{photo.pk}　{photo.caption or photo.alt or '（説明なし）'}"

    @admin.display(description="クレジット")
    def credit_column(self, photo: Photo) -> str:
        return photo.credit_line

    @admin.display(description="権利と不足", empty_value="")
    def rights_column(self, photo: Photo) -> SafeString:
        return format_html_join("", '<span class="state {}">{}</span>', _marks(photo))

    @admin.display(description="使用")
    def uses(self, photo: Photo) -> SafeString | str:
        count = photo.use_count  # type: ignore[attr-defined]
        if not count:
            return "なし"
        return format_html('<a href="{}">{}件</a>', self._address("uses", photo), count)

    @admin.display(description="撮影日", ordering="taken_on", empty_value="")
    def taken(self, photo: Photo) -> str:
        return date_format(photo.taken_on, "Y年n月j日") if photo.taken_on else ""

    @admin.display(description="登録", ordering="id")
    def added(self, photo: Photo) -> str:
        return desk_time(photo.created_at)

    # --- the form

    def has_change_permission(self, request: HttpRequest, obj: Photo | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        # A caption on a published page is published text: who may not publish may not change it.
        return (
            obj is None
            or request.user.has_perm("articles.publish_article")
            or not obj.article_photos.filter(article__status__in=_OUT).exists()
        )

    def get_fieldsets(self, request: HttpRequest, obj: Photo | None = None) -> Any:
        hidden = []
        if self.has_change_permission(request, obj):
            hidden = ["prefilled"] if obj is None else ["seen"]
        first = ["original"] if obj is None else []
        rights: list[Any] = [
            ("rights_web", "rights_syndication", "rights_social"),
            "rights_until",
        ]
        if hidden:
            rights.insert(0, "follows_agency")
        words = [*first, "caption", "alt", ("credit", "agency"), "copyright", *hidden]
        numbers = {"fields": [("focal_x", "focal_y")], "classes": ["focal", "collapse"]}
        focal = [("切り抜きの焦点を数字で決める", numbers)]
        return [
            *(focal if obj is not None else []),
            (None, {"fields": words}),
            ("撮影", {"fields": [("taken_on", "place")]}),
            ("権利", {"fields": rights}),
        ]

    def get_form(self, request: Any, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        # Another file has a page of its own, that says what hangs on it.
        gone = ("original", "prefilled") if obj is not None else ("seen",)
        for name in gone:
            form.base_fields.pop(name, None)
            form.declared_fields.pop(name, None)
        return form

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Photo | None = None,
    ) -> HttpResponse:
        context["read_url"] = self._address("read")
        if obj is not None:
            uses = self.uses_of(obj, USES_ON_FORM)
            context |= {
                "uses": uses,
                "use_count": obj.article_photos.count(),
                "differing": sum(use.differs for use in uses),
                "alike": photos_like(obj.phash, apart_from=obj.pk),
                "preview_url": whole_url(obj, 640),
                "marks": _marks(obj),
                "crops": crops_of(obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: Any, obj: Photo, form: Any, change: bool) -> None:
        if not change:
            picture = form.fields["original"].picture
            obj.created_by = request.user
            obj.width, obj.height = picture.width, picture.height
            if not form.cleaned_data.get("prefilled"):
                self._prefill(request, obj, form)
        else:
            # The clock looks again at a term that was changed.
            obj.taken_off_at = None
        super().save_model(request, obj, form, change)
        if not change:
            library.make_pictures(obj, picture)
            record_change(obj, by=request.user, old={}, new=values_of(obj))
            self._warn_of_likeness(request, obj, picture)
        elif form.changed_data:
            self.renew(request, obj, form)

    def _prefill(self, request: HttpRequest, photo: Photo, form: Any) -> None:
        """Without the script: the fields left empty take what the file says, and it is said."""
        words = library.words_from(read(form.cleaned_data["original"]))
        filled = library.prefill(photo, words)
        if "agency" in filled and form.cleaned_data.get("follows_agency"):
            library.apply_agency_rights(photo, photo.agency)
        if filled:
            names = "、".join(labels_of(filled))
            self.message_user(
                request, f"空欄をファイルの情報から入れました：{names}。確かめてください。"
            )

    def _warn_of_likeness(self, request: HttpRequest, photo: Photo, picture: Any) -> None:
        alike = photos_like(picture.phash, apart_from=photo.pk)
        if not alike:
            return
        links = format_html_join(
            "、",
            '<a href="{}">写真{}「{}」</a>',
            [(self._address("change", other), other.pk, other) for other in alike],
        )
        text = format_html("よく似た写真がすでにあります：{}。", links)
        self.message_user(request, text, messages.WARNING)

    def response_add(
        self, request: HttpRequest, obj: Photo, post_url_continue: str | None = None
    ) -> HttpResponse:
        if post_url_continue is None and "_popup" not in request.POST and "_save" in request.POST:
            # Focal point and crops are on the form of the photo that now is.
            self.message_user(
                request, "写真を登録しました。焦点を確かめてください。", messages.SUCCESS
            )
            name = f"{self.admin_site.name}:articles_photo_change"
            return HttpResponseRedirect(reverse(name, args=[obj.pk]))
        return super().response_add(request, obj, post_url_continue)


def _marks(photo: Photo) -> list[tuple[str, str]]:
    """What the desk must know of a photo at a glance, as class and words."""
    marks = []
    if photo.is_over:
        marks.append(("is-over", "期限切れ"))
    elif not photo.rights_web:
        marks.append(("is-over", "ウェブ不可"))
    elif photo.rights_until is not None:
        soon = "is-soon" if photo.rights_until <= timezone.now() + ENDS_SOON else ""
        marks.append((soon, f"{desk_time(photo.rights_until)}まで"))
    if not photo.alt:
        marks.append(("is-lacking", "代替テキストなし"))
    if not photo.has_full_credit:
        marks.append(("is-lacking", "クレジットなし"))
    return marks
