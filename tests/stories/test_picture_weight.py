"""How much a phone loads: the article page with a photograph, in a real browser."""

from __future__ import annotations

import pytest

from tests.portal import running

pytestmark = pytest.mark.browser

# The bench's picture: as hard to compress as a photograph with foliage or a crowd.
SET_UP = """
import sys
sys.path.insert(0, "bench")
from io import BytesIO
from django.core.files.base import ContentFile
from django.utils import timezone
from articles.models import Article, ArticlePhoto, Photo, Section
from articles.renditions import make_all, make_first
from photos import camera_picture
section = Section.objects.create(name="社会", slug="society")
out = BytesIO()
camera_picture(2400, 1600).save(out, "JPEG", quality=92)
photo = Photo(alt="岬に立つ灯台", credit="高井 悠人")
photo.original.save("p.jpg", ContentFile(out.getvalue(), name="p.jpg"))
make_first(photo)
make_all(photo)
for number in range(8):
    article = Article.objects.create(
        headline=f"夜明けの港に六十年、灯台を守り続けた手の記憶その{number}",
        teaser="北の岬に立つ灯台が来春、遠隔管理に移る。", section=section,
        body="<p>潮の匂いがまだ冷たい午前五時、階段を上る足音が響いた。</p>" * 8,
        status="published", publish_at=timezone.now(), lead_photo=photo,
    )
    ArticlePhoto.objects.create(article=article, photo=photo)
"""
IN_SIGHT = """() => {
  const seen = new Set([...document.images]
    .filter(image => image.getBoundingClientRect().top < innerHeight && image.currentSrc)
    .map(image => image.currentSrc));
  return performance.getEntriesByType('resource')
    .filter(entry => seen.has(entry.name))
    .map(entry => [entry.name, entry.encodedBodySize]);
}"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.mark.parametrize("density", [1, 2, 2.625, 3])
def test_pictures_in_sight_are_light_on_a_phone(portal, browser, density):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=density, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{portal.url}/articles/1/", wait_until="networkidle")
    loaded = page.evaluate(IN_SIGHT)
    context.close()
    assert loaded
    # The lead photo at least, and nothing wider than the phone can show.
    assert all(name.endswith(".avif") or "-192" in name or "-96" in name for name, _ in loaded)
    assert sum(size for _, size in loaded) <= 120_000


def test_the_picture_is_there_before_its_files_are(portal, browser):
    """Place is kept by width and height, and a colour stands in: nothing moves when it comes."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.route("**/media/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{portal.url}/articles/1/")
    lead = page.locator("figure.lead-photo img")
    box = lead.bounding_box()
    assert box["height"] == pytest.approx(box["width"] * 2 / 3, abs=2)
    assert lead.evaluate("image => getComputedStyle(image).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert lead.get_attribute("fetchpriority") == "high"
    assert lead.get_attribute("loading") is None
    lazy = page.locator('main img[loading="lazy"], aside img[loading="lazy"]').count()
    assert lazy == page.locator("img").count() - 1
    context.close()
