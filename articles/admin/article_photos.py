"""The photos beside the form: how those of the article are cut, and the library to choose from."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from articles.admin.article_screen import Screen
from articles.admin.crops import Crop, crops_of
from articles.admin.thumbnails import thumbnail_url, whole_url
from articles.checklist import problems_of_photo
from articles.models import Article, Photo
from articles.search import matching_photos

MOST_OF_ARTICLE = 50
MOST_FOUND = 12
PICTURE_WIDTH = 320


class Card(NamedTuple):
    photo: Photo
    picture: str
    crops: list[Crop]
    problems: list[str]


class Photos(Screen):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("photos-beside/", wrap(self.photos_view), name="articles_article_photos"),
        ]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        context = super().screen_context(request, article)
        if request.user.has_perm("articles.view_photo"):
            name = f"{self.admin_site.name}:articles_article_photos"
            context |= {"photos_url": reverse(name)}
        return context

    def photos_view(self, request: HttpRequest) -> HttpResponse:
        """`?ids=3,1` the photos that stand in the form; `?q=` or `?new=` those of the library."""
        if not request.user.has_perm("articles.view_photo"):
            raise PermissionDenied
        if "ids" in request.GET:
            context: dict[str, Any] = {"cards": _cards(_numbers(request.GET["ids"]))}
            return render(request, "admin/articles/article/_photo_cards.html", context)
        photos = Photo.objects.select_related("agency")
        term = request.GET.get("q", "").strip()
        if term:
            photos = matching_photos(photos, term)
        found = list(photos.order_by("-pk")[:MOST_FOUND])
        context = {
            "term": term,
            "found": [(photo, thumbnail_url(photo), problems_of_photo(photo)) for photo in found],
        }
        return render(request, "admin/articles/article/_photo_search.html", context)


def _cards(numbers: list[int]) -> list[Card]:
    rows = Photo.objects.select_related("agency").in_bulk(numbers)
    photos = [rows[number] for number in numbers if number in rows]
    return [
        Card(
            photo,
            whole_url(photo, PICTURE_WIDTH),
            # The whole picture stands above its crops.
            crops_of(photo)[:-1],
            problems_of_photo(photo),
        )
        for photo in photos
    ]


def _numbers(text: str) -> list[int]:
    parts = text.split(",")[:MOST_OF_ARTICLE]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 16]
