from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.template import Context, Template
from PIL import Image

from articles import renditions
from articles.models import Invalidation, Photo
from articles.templatetags.articles import picture
from tests.articles.pictures import add_photo, jpeg, make_photo
from tests.factories import ArticleFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db


def widths(photo, crop, format_="jpeg"):
    return [
        entry["width"]
        for entry in sorted(photo.ladder, key=lambda entry: entry["width"])
        if entry["crop"] == crop and entry["format"] == format_
    ]


def opened(photo, crop, width, format_="jpeg"):
    (entry,) = [
        entry
        for entry in photo.ladder
        if (entry["crop"], entry["width"], entry["format"]) == (crop, width, format_)
    ]
    with storages["default"].open(entry["name"]) as file:
        image = Image.open(BytesIO(file.read()))
    assert image.size == (entry["width"], entry["height"])
    return image


def render(photo, arguments=""):
    template = Template("{% load articles %}{% picture photo " + arguments + " %}")
    return template.render(Context({"photo": photo}))


def test_makes_the_ladder_in_three_formats():
    photo = make_photo(jpeg((2000, 1400)), with_files=False)
    number = renditions.make_all(photo)
    photo.refresh_from_db()
    assert number == len(photo.ladder) == photo.renditions.count()
    for format_ in ("avif", "webp"):
        assert widths(photo, "free", format_) == [320, 640, 960, 1280, 1920]
        assert widths(photo, "4x3", format_) == [320, 640, 960]
    for format_ in ("avif", "webp", "jpeg"):
        assert widths(photo, "16x9", format_) == [1280]
    assert widths(photo, "free") == [640, 1280]
    assert widths(photo, "1x1", "webp") == [96, 192]
    assert opened(photo, "4x3-big", 1200).height == 900
    assert opened(photo, "1x1-big", 1200).height == 1200
    assert opened(photo, "free", 640).height == 448
    assert opened(photo, "4x3", 320, "avif").format == "AVIF"
    assert opened(photo, "16x9", 1280, "webp").format == "WEBP"
    assert re.fullmatch("#[0-9a-f]{6}", photo.color)
    assert renditions.is_complete(photo)


def test_large_crops_are_for_others_and_on_no_page():
    photo = make_photo(jpeg((2000, 1400)), with_files=False)
    renditions.make_all(photo, ("jpeg",))
    assert "1200w" not in render(photo, 'crop="4x3"') + render(photo, 'crop="1x1"')
    # Others take nothing smaller than they ask for.
    small = make_photo(jpeg((1600, 1100)), with_files=False)
    renditions.make_all(small, ("jpeg",))
    assert widths(small, "4x3-big") == [1200]
    assert widths(small, "1x1-big") == []
    assert renditions.is_complete(small) is False
    assert not renditions.missing(small, ("jpeg",))


def test_the_first_files_are_enough_to_show_a_photo():
    photo = make_photo()
    assert widths(photo, "free") == [640]
    assert widths(photo, "1x1") == [192]
    html = render(photo)
    assert "<source" not in html
    assert " 640w" in html
    assert not renditions.is_complete(photo)


def test_a_small_photo_is_never_enlarged():
    photo = make_photo(jpeg((200, 100)), with_files=False)
    renditions.make_all(photo)
    assert widths(photo, "free") == [200]
    assert max(entry["width"] for entry in photo.ladder) == 200
    assert renditions.is_complete(photo)


@pytest.mark.parametrize(
    ("focal_x", "color"), [(0.0, (200, 0, 0)), (0.5, (0, 200, 0)), (1.0, (0, 0, 200))]
)
def test_crops_keep_the_focal_point(focal_x, color):
    image = Image.new("RGB", (900, 300), (200, 0, 0))
    image.paste((0, 200, 0), (300, 0, 600, 300))
    image.paste((0, 0, 200), (600, 0, 900, 300))
    out = BytesIO()
    image.save(out, "PNG")
    photo = make_photo(out.getvalue(), name="wide.png", with_files=False, focal_x=focal_x)
    renditions.make_all(photo)
    middle = opened(photo, "1x1", 192).convert("RGB").getpixel((96, 96))
    assert all(abs(one - other) < 12 for one, other in zip(middle, color, strict=True))


def test_a_camera_held_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = make_photo(jpeg((800, 600), exif=exif), with_files=False)
    renditions.make_all(photo)
    image = opened(photo, "free", 600)
    assert image.height > image.width
    assert 0x0112 not in image.getexif()
    assert renditions.is_complete(photo)


def test_print_colours_become_screen_colours():
    photo = make_photo(jpeg((400, 300), mode="CMYK"), with_files=False)
    renditions.make_all(photo)
    assert opened(photo, "free", 400).mode == "RGB"


def test_transparency_stands_on_white():
    out = BytesIO()
    Image.new("RGBA", (400, 300), (0, 0, 0, 0)).save(out, "PNG")
    photo = make_photo(out.getvalue(), name="clear.png", with_files=False)
    renditions.make_all(photo)
    assert opened(photo, "free", 400).getpixel((10, 10)) == (255, 255, 255)


def test_names_are_contents():
    one, other = make_photo(), make_photo()
    assert [entry["name"] for entry in one.ladder] == [entry["name"] for entry in other.ladder]
    moved = make_photo(jpeg(color=(1, 2, 3)))
    assert moved.ladder[0]["name"] not in [entry["name"] for entry in one.ladder]


def test_pages_that_show_the_photo_are_made_anew():
    article = ArticleFactory()
    item = add_photo(article)
    Invalidation.objects.all().delete()
    renditions.make_renditions.func(item.photo.pk)
    assert f"article-{article.pk}" in invalidated()


def test_the_job_of_a_deleted_photo_is_done():
    renditions.make_renditions.func(999_999)


@pytest.mark.parametrize("damage", ["cut", "text", "gone"])
def test_a_bad_original_is_reported_and_the_rest_goes_on(capsys, damage):
    good, bad = make_photo(with_files=False), make_photo(with_files=False)
    storage = bad.original.storage
    content = jpeg()
    storage.delete(bad.original.name)
    if damage != "gone":
        with storage.open(bad.original.name, "wb") as file:
            file.write(content[: len(content) // 3] if damage == "cut" else b"not a picture")
    with pytest.raises(CommandError, match="写真1枚の画像を作りました。1枚は作れませんでした。"):
        call_command("make_renditions")
    assert Photo.objects.get(pk=good.pk).ladder
    assert not Photo.objects.get(pk=bad.pk).ladder
    assert f"写真 {bad.pk}：" in capsys.readouterr().err


def test_too_many_pixels_are_refused(settings):
    photo = make_photo(with_files=False)
    settings.PHOTO_MAX_PIXELS = 1000
    with pytest.raises(renditions.UnreadablePhotoError, match="画素"):
        renditions.make_first(photo)


def test_a_picture_too_high_for_webp_is_reported(capsys):
    out = BytesIO()
    Image.new("1", (640, 16_400)).save(out, "PNG")
    photo = make_photo(out.getvalue(), name="strip.png")
    with pytest.raises(CommandError, match="1枚は作れませんでした"):
        call_command("make_renditions")
    assert f"写真 {photo.pk}：webpにできません" in capsys.readouterr().err


def test_the_command_makes_only_what_is_missing(capsys):
    make_photo()
    call_command("make_renditions")
    assert "写真1枚" in capsys.readouterr().out
    call_command("make_renditions")
    assert "写真0枚" in capsys.readouterr().out
    call_command("make_renditions", "--all")
    assert "写真1枚" in capsys.readouterr().out


def test_the_tag_lists_what_exists():
    photo = make_photo(jpeg((700, 500)), with_files=False)
    renditions.make_all(photo)
    html = render(photo, 'crop="4x3" sizes="7rem"')
    assert 'type="image/webp"' in html
    assert " 320w" in html
    assert " 960w" not in html
    assert 'sizes="7rem"' in html
    assert 'alt="岬に立つ灯台"' in html
    assert 'loading="lazy"' in html
    assert f'class="tone-{tone_of(photo.color)}"' in html
    assert "style=" not in html
    assert 'alt=""' in render(photo, 'alt=""')
    first = render(photo, "priority=True")
    assert 'fetchpriority="high"' in first
    assert "lazy" not in first


def tone_of(color):
    return "".join(str(int(value * 5 / 256)) for value in bytes.fromhex(color[1:]))


def test_every_tone_has_its_colour(settings):
    css = (settings.BASE_DIR / "newsportal/static/newsportal/base.css").read_text()
    tones = dict(re.findall(r"img\.tone-(\d{3}) \{ background: (#[0-9a-f]{6});", css))
    assert len(tones) == 125
    for tone, color in tones.items():
        shown = picture(make_photo_of(color), sizes="1px", crop="free")
        assert shown["tone"] == tone


def make_photo_of(color):
    photo = Photo(color=color, rights_web=True)
    photo.ladder = [{"crop": "free", "format": "jpeg", "name": "x.jpg", "width": 1, "height": 1}]
    return photo


def test_the_tag_shows_nothing_without_files_or_rights():
    assert render(None).strip() == ""
    assert render(make_photo(with_files=False)).strip() == ""
    assert render(make_photo(rights_web=False)).strip() == ""


def test_a_crop_not_made_yet_falls_back_on_the_whole():
    assert picture(make_photo(), crop="4x3")["width"] == 640


def test_files_are_served_for_ever(client):
    photo = make_photo()
    renditions.make_all(photo)
    assert {entry["format"] for entry in photo.ladder} == {"jpeg", "webp", "avif"}
    for entry in photo.ladder:
        response = client.get(storages["default"].url(entry["name"]))
        assert response.status_code == 200
        assert response["Content-Type"] == f"image/{entry['format']}"
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert len(b"".join(response.streaming_content)) == entry["bytes"]


def test_avif_has_to_be_lighter_to_be_listed():
    photo = make_photo()
    renditions.make_all(photo)
    weights = {"avif": 900, "webp": 1000, "jpeg": 2000}
    photo.ladder = [entry | {"bytes": weights[entry["format"]]} for entry in photo.ladder]
    html = render(photo)
    assert html.index("image/avif") < html.index("image/webp") < html.index("<img")
    weights["avif"] = 1001
    photo.ladder = [entry | {"bytes": weights[entry["format"]]} for entry in photo.ladder]
    assert "image/avif" not in render(photo)


@pytest.mark.parametrize(
    "path", ["photos/none.jpg", "../originals/x.jpg", "%2e%2e/secret_key", "photos/", "notes.txt"]
)
def test_nothing_else_is_served(client, settings, path):
    make_photo()
    (settings.MEDIA_ROOT / "notes.txt").write_text("not a picture")
    assert client.get(f"/media/{path}").status_code == 404


def test_an_article_links_only_to_files_that_exist(client):
    article = ArticleFactory()
    add_photo(article)
    html = client.get(article.get_absolute_url()).content.decode()
    sources = set(re.findall(r"/media/\S+?\.(?:jpg|webp)", html))
    assert sources
    for source in sources:
        assert b"".join(client.get(source).streaming_content)
    assert Photo.objects.count() == 1
