"""What stands for the site in tabs, on home screens and where its pages are shared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

STATIC = "/static/newsportal/"


def drawn(name):
    """Width and height of a picture among the static files."""
    path = finders.find(f"newsportal/{name}")
    assert path, name
    with Image.open(path) as image:
        return image.size


def test_the_manifest_names_the_newsroom_and_icons_that_exist(client, settings):
    settings.SITE_NAME = "ことのは新報"
    response = client.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert manifest["name"] == manifest["short_name"] == "ことのは新報"
    assert manifest["lang"] == "ja"
    assert manifest["start_url"] == "/"
    assert [icon["purpose"] for icon in manifest["icons"]].count("maskable") == 1
    for icon in manifest["icons"]:
        name = icon["src"].removeprefix(STATIC)
        if icon["sizes"] != "any":
            assert "x".join(map(str, drawn(name))) == icon["sizes"]
        else:
            assert finders.find(f"newsportal/{name}")


def test_the_colours_of_the_manifest_are_those_of_the_page(client):
    manifest = json.loads(client.get("/site.webmanifest").content)
    css = Path(finders.find("newsportal/base.css")).read_text("utf-8")
    paper = css.split("--paper: ")[1].split(";")[0]
    assert paper == "#fff"
    assert manifest["background_color"] == manifest["theme_color"] == "#ffffff"


@pytest.mark.parametrize("name", ["favicon.ico", "apple-touch-icon.png"])
def test_what_browsers_ask_for_unasked_is_there(client, name):
    response = client.get(f"/{name}")
    assert response.status_code == 302
    assert response["Location"] == STATIC + name
    assert "max-age" in response["Cache-Control"]
    assert min(drawn(name)) >= 32
    assert client.post(f"/{name}").status_code == 405


@pytest.mark.django_db
def test_every_page_links_them(client):
    html = client.get("/nowhere/").content.decode()
    for name in ("favicon.ico", "icon.svg", "apple-touch-icon.png"):
        assert f'href="{STATIC}{name}"' in html
    assert '<link rel="manifest" href="/site.webmanifest">' in html


def test_the_picture_for_shared_links_is_as_wide_as_networks_want():
    assert drawn("og.png") == (1200, 630)
