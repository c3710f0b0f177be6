"""Real picture files made in the test, and photos of them."""

from __future__ import annotations

from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image

from articles import renditions
from articles.models import ArticlePhoto, Photo


def jpeg(size=(960, 640), color=(40, 90, 160), mode="RGB", **options):
    out = BytesIO()
    image = Image.new(mode, size, color if mode == "RGB" else 0)
    image.save(out, "JPEG", quality=80, **options)
    return out.getvalue()


def make_photo(content=None, *, name="photo.jpg", with_files=True, **fields):
    photo = Photo(alt=fields.pop("alt", "岬に立つ灯台"), **fields)
    photo.original.save(name, ContentFile(content or jpeg(), name=name))
    if with_files:
        renditions.make_first(photo)
    return photo


def add_photo(article, photo=None, *, order=0, **fields):
    """Puts a photo into an article; the first one is its lead photo."""
    photo = photo or make_photo()
    item = ArticlePhoto.objects.create(article=article, photo=photo, order=order, **fields)
    if order == 0:
        article.lead_photo = photo
        article.save()
    return item
