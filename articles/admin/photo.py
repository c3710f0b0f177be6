"""The photo library: upload, captions and rights, where a photo is used, its original."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.fields import PictureField
from articles.admin.thumbnails import thumbnail, thumbnail_url
from articles.admin.times import desk_time
from articles.caching import HOME, RANKING, TOPICS, article_key, invalidate
from articles.models import Article, ArticlePhoto, Photo
from articles.publishing import problems_of_photo
from articles.renditions import UnreadablePhotoError, make_first, order_renditions

_OUT = (Article.Status.PUBLISHED, Article.Status.WITHDRAWN)


class PhotoForm(forms.ModelForm[Photo]):
    original = PictureField(
        label="ファイル", help_text="JPEG・PNG・WebP・AVIF。位置情報は読者に渡しません。"
    )

    class Meta:
        model = Photo
        fields = "__all__"
        widgets = {"caption": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("maxlength", None)

    def clean_original(self) -> Any:
        picture = self.fields["original"].picture  # type: ignore[attr-defined]
        if picture is not None:
            same = Photo.objects.filter(sha256=picture.sha256).first()
            if same is not None:
                raise ValidationError(
                    f"同じ写真がすでにあります：写真{same.pk}「{same}」。そちらを選んでください。",
                    code="duplicate",
                )
            self.instance.sha256 = picture.sha256
        return self.cleaned_data["original"]


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin[Photo]):
    form = PhotoForm
    list_display: tuple[Any, ...] = (
        "thumbnail_column",
        "name_column",
        "credit_column",
        "taken_on",
        "rights_column",
        "uses",
        "added",
    )
    list_display_links = ("name_column",)
    list_select_related = ("agency",)
    list_filter = ("agency", "rights_web", "rights_syndication", "rights_social", "taken_on")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("caption", "alt", "credit", "agency__name", "place")
    search_help_text = "説明・代替テキスト・撮影者・配信元・撮影地から探します。"
    autocomplete_fields = ("agency",)
    ordering = ("-id",)

    class Media:
        js = ["articles/admin.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        uses = ArticlePhoto.objects.filter(photo=OuterRef("pk")).order_by().values("photo")
        count = Subquery(uses.annotate(size=Count("pk")).values("size"))
        return super().get_queryset(request).annotate(use_count=Coalesce(count, 0))

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
        first = "original" if obj is None else "picture"
        fieldsets = [
            (None, {"fields": [first, "alt", "caption", ("credit", "agency")]}),
            ("撮影", {"fields": [("taken_on", "place")]}),
            (
                "権利",
                {
                    "fields": [
                        ("rights_web", "rights_syndication", "rights_social"),
                        "rights_until",
                    ]
                },
            ),
            ("切り抜きの焦点", {"fields": [("focal_x", "focal_y")], "classes": ["collapse"]}),
        ]
        if obj is not None:
            fieldsets.append(("使われている記事", {"fields": ["used_in"]}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Photo | None = None) -> Any:
        return ("picture", "used_in") if obj is not None else ()

    def get_form(self, request: Any, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        if obj is not None:
            # A photo stays the picture that it is; another picture is another photo.
            form.base_fields.pop("original", None)
            form.declared_fields.pop("original", None)
        return form

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<int:photo_id>/original/", wrap(self.original_view), name="articles_photo_original"
            ),
            path("<int:photo_id>/preview/", wrap(self.preview_view), name="articles_photo_preview"),
        ]
        return own + super().get_urls()

    def save_model(self, request: Any, obj: Photo, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)
        if not change:
            _make_pictures(obj)
        elif {"focal_x", "focal_y"} & set(form.changed_data):
            order_renditions(obj)
        uses = obj.article_photos.values_list("article_id", flat=True)
        keys = [article_key(pk) for pk in uses]
        if keys:
            invalidate([*keys, HOME, RANKING, TOPICS])

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

    def describe_choice(self, photo: Photo) -> dict[str, str]:
        """What the search field of an article's photos shows of this one."""
        return {"text": f"{photo.pk}　{photo}", "thumbnail": thumbnail_url(photo)}

    @admin.display(description="")
    def thumbnail_column(self, photo: Photo) -> SafeString:
        return thumbnail(photo)

    @admin.display(description="写真", ordering="caption")
    def name_column(self, photo: Photo) -> str:
        return f"{photo.pk}　{photo}"

    @admin.display(description="クレジット", ordering="credit")
    def credit_column(self, photo: Photo) -> str:
        return photo.credit_line

    @admin.display(description="ウェブ", boolean=True)
    def rights_column(self, photo: Photo) -> bool:
        return photo.is_showable

    @admin.display(description="使用", ordering="use_count")
    def uses(self, photo: Photo) -> str:
        return f"{photo.use_count}件"  # type: ignore[attr-defined]

    @admin.display(description="登録", ordering="id")
    def added(self, photo: Photo) -> str:
        return desk_time(photo.created_at)

    @admin.display(description="写真")
    def picture(self, photo: Photo) -> SafeString:
        name = f"{self.admin_site.name}:articles_photo_original"
        return format_html(
            '{} <span class="quiet">{} × {}</span> <a href="{}">原本をダウンロード</a>',
            thumbnail(photo),
            photo.width,
            photo.height,
            reverse(name, args=[photo.pk]),
        )

    @admin.display(description="記事")
    def used_in(self, photo: Photo) -> SafeString | str:
        name = f"{self.admin_site.name}:articles_article_change"
        articles = Article.objects.live().filter(
            pk__in=ArticlePhoto.objects.filter(photo=photo).values("article_id")
        )
        rows = [
            (reverse(name, args=[article.pk]), article.headline, article.state)
            for article in articles[:50]
        ]
        links = format_html_join("", '<li><a href="{}">{}</a>（{}）</li>', rows)
        return format_html("<ul class='plain'>{}</ul>", links) if rows else "まだ使われていません。"


def _make_pictures(photo: Photo) -> None:
    # The upload was read a moment ago; should it fail now, the task behind it tells the operator.
    with suppress(UnreadablePhotoError):
        make_first(photo)
    order_renditions(photo)
