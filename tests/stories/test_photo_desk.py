"""Photos through a browser: many at once, hostile ones among them, focal point, an ended term."""

from __future__ import annotations

import re
import time
from io import BytesIO

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.articles.hard_pictures import bomb, iptc
from tests.portal import running

pytestmark = pytest.mark.browser

PASSWORD = "ことのは-for-tests-only"
SET_UP = f"""
from django.contrib.auth.models import Group, User
from articles.models import Agency, Section
from newsportal import roles
Section.objects.create(name="社会", slug="society")
Agency.objects.create(name="AFP通信", slug="afp", credit_pattern="／AFP通信")
editor = User.objects.create_user("editor", password="{PASSWORD}", is_staff=True)
editor.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
"""
HOSTILE = {
    "爆弾.png": (bomb, "画素数が多すぎます"),
    "絵.svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVGは使えません"),
    "写真.jpg": (lambda: b"<script>alert(1)</script>" * 50, "画像として読めません"),
    "途中.jpg": (lambda: picture(900)[:-300], "壊れています"),
}


def picture(seed, size=(240, 160)):
    """A picture that looks like no other seed's."""
    image = Image.new("RGB", size, (seed * 37 % 256, seed * 11 % 256, 120))
    draw = ImageDraw.Draw(image)
    for number in range(8):
        x, y = (seed * (number + 3) * 29) % 200, (seed * (number + 5) * 17) % 130
        draw.rectangle((x, y, x + 40, y + 30), fill=(number * 31, seed % 256, 255 - number * 20))
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.fixture
def desk(browser, portal):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{portal.url}/admin/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.locator("input[type=submit]").click()
    yield page
    context.close()


def shell(portal, code):
    return portal.manage("shell", "-v0", "-c", f"from articles.models import *\n{code}").strip()


def count(portal):
    return int(shell(portal, "print(Photo.objects.count())"))


def write(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in files]


def send(desk, portal, paths, *, seconds=60):
    """Chooses files on the upload page and waits for the last answer."""
    desk.goto(f"{portal.url}/admin/articles/photo/upload/")
    desk.set_input_files("#id_files", paths)
    answered = f".results .is-done, .results .is-refused >> nth={len(paths) - 1}"
    desk.locator(answered).wait_for(timeout=seconds * 1000)


def test_hostile_files_are_refused_with_words_while_the_others_go_on(portal, desk, tmp_path):
    before = count(portal)
    files = {f"港{number}.jpg": picture(number + 300) for number in range(4)}
    paths = write(tmp_path, files | {name: make() for name, (make, _) in HOSTILE.items()})
    send(
        desk,
        portal,
        [paths[4], paths[0], paths[5], paths[1], paths[6], paths[2], *paths[7:], paths[3]],
    )
    assert desk.locator(".results .is-done").count() == 4
    for name, (_, message) in HOSTILE.items():
        row = desk.locator(".results .is-refused", has_text=name)
        assert message in row.inner_text()
    assert (
        "8枚のうち4枚を登録しました。4枚は登録できませんでした" in desk.locator(".sum").inner_text()
    )
    assert count(portal) == before + 4
    desk.get_by_role("link", name="登録した写真の説明をまとめて書く").click()
    assert desk.locator(".caption-row").count() == 4


def test_the_same_file_several_times_at_one_moment_comes_in_once(portal, desk, tmp_path):
    before = count(portal)
    send(desk, portal, write(tmp_path, {f"同じ{n}.jpg": picture(450) for n in range(6)}))
    assert desk.locator(".results .is-done").count() == 1
    refused = desk.locator(".results .is-refused", has_text="同じ写真がすでにあります")
    assert refused.count() == 5
    assert count(portal) == before + 1


def test_files_are_dropped_and_the_session_that_ended_is_said(portal, desk, tmp_path):
    desk.goto(f"{portal.url}/admin/articles/photo/upload/")
    data = desk.evaluate_handle(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], '落とした.jpg', {type: 'image/jpeg'}));
            return data;
        }""",
        list(picture(500)),
    )
    desk.dispatch_event(".drop", "drop", {"dataTransfer": data})
    desk.locator(".results .is-done", has_text="落とした.jpg").wait_for()
    desk.context.clear_cookies()
    desk.set_input_files("#id_files", write(tmp_path, {"後.jpg": picture(501)}))
    refused = desk.locator(".results .is-refused", has_text="後.jpg")
    refused.wait_for()
    assert "ログインし直して" in refused.inner_text()
    assert refused.get_by_role("button", name="もう一度送る").is_visible()


@pytest.mark.slow
def test_two_hundred_photos_come_in_at_once(portal, desk, tmp_path):
    before = count(portal)
    paths = write(tmp_path, {f"写真{n:03}.jpg": picture(n + 1000) for n in range(200)})
    send(desk, portal, paths, seconds=400)
    assert desk.locator(".results .is-done").count() == 200
    assert "200枚のうち200枚を登録しました。" in desk.locator(".sum").inner_text()
    assert count(portal) == before + 200
    assert shell(portal, "print(Photo.objects.filter(ladder=[]).count())") == "0"


def test_the_file_fills_the_form_but_not_over_what_was_typed(portal, desk, tmp_path):
    fields = {120: "灯台守の高井さん(左)", 80: "久保田 澄江", 110: "AFP通信", 90: "北岬"}
    file = iptc(
        [(number, text.encode()) for number, text in fields.items()],
        charset=b"\x1b%G",
        image=picture(600),
    )
    desk.goto(f"{portal.url}/admin/articles/photo/add/")
    desk.fill("#id_place", "汐崎")
    desk.set_input_files("#id_original", write(tmp_path, {"a.jpg": file})[0])
    desk.locator(".from-file").first.wait_for()
    assert desk.input_value("#id_caption") == "灯台守の高井さん(左)"
    assert desk.input_value("#id_credit") == "久保田 澄江"
    assert desk.input_value("#id_place") == "汐崎"
    assert desk.locator("#select2-id_agency-container").inner_text().strip(" ×\n") == "AFP通信"
    assert desk.locator('label[for="id_caption"] .from-file').inner_text() == "ファイルから"
    assert desk.locator('label[for="id_place"] .from-file').count() == 0
    desk.fill("#id_alt", "灯台の前に立つ二人")
    desk.locator("input[name=_save]").click()
    desk.wait_for_selector(".messagelist .success")
    assert "/change/" in desk.url


def crop(desk, ratio):
    style = desk.locator(f'.crop[data-ratio="{ratio}"] img').evaluate("i => i.style.objectPosition")
    return [float(number) for number in re.findall(r"[\d.]+", style)]


def test_the_focal_point_is_set_by_a_click_and_by_the_keyboard(portal, desk, tmp_path):
    send(desk, portal, write(tmp_path, {"広い.jpg": picture(700, size=(1200, 400))}))
    desk.locator(".results .is-done a").first.click()
    desk.wait_for_selector(".focal-mark:not([hidden])")
    box = desk.locator(".focal-picture img").bounding_box()
    desk.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    assert abs(float(desk.locator("#id_focal_x").input_value()) - 0.25) < 0.01
    # 400 of 1200 pixels stay: the middle at 300 leaves out 100 of 800 at the left.
    assert abs(crop(desk, "1/1")[0] - 12.5) < 1.5
    mark = desk.locator(".focal-mark")
    assert mark.evaluate("m => m === document.activeElement")
    for _ in range(5):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Shift+ArrowDown")
    x, y = (float(desk.locator(f"#id_focal_{axis}").input_value()) for axis in "xy")
    assert abs(x - 0.30) < 0.01
    assert abs(y - 0.60) < 0.01
    assert "横30%、縦60%" in mark.get_attribute("aria-label")
    assert abs(crop(desk, "1/1")[0] - 20) < 1.5
    desk.fill("#id_alt", "広い写真")
    desk.locator("input[name=_save]").click()
    desk.wait_for_selector(".messagelist .success")
    assert shell(portal, "print(Photo.objects.get(alt='広い写真').focal_x)") == str(x)


def test_an_upload_works_without_the_script(portal, browser, desk, tmp_path):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(desk.context.cookies())
    page = context.new_page()
    page.goto(f"{portal.url}/admin/articles/photo/upload/")
    files = {"a.jpg": picture(800), "b.jpg": b"x" * 99, "c.jpg": picture(801)}
    page.set_input_files("#id_files", write(tmp_path, files))
    page.locator("input[type=submit]").click()
    page.locator(".results li").nth(2).wait_for()
    assert page.locator(".results .is-done").count() == 2
    assert "画像として読めません" in page.locator(".results .is-refused").inner_text()
    context.close()


ENDING = """
from datetime import timedelta
from django.utils import timezone
photo = Photo.objects.exclude(ladder=[]).first()
photo.caption, photo.rights_until = "契約の写真", timezone.now() + timedelta(seconds=12)
photo.save()
section = Section.objects.get()
article = Article.objects.create(
    headline="期限のある記事", teaser="リード。", body="<p>本文。</p>", section=section,
    status="published", publish_at=timezone.now(), lead_photo=photo,
)
article.article_photos.create(photo=photo)
print(article.pk, photo.pk, " ".join(entry["name"] for entry in photo.ladder))
"""


@pytest.mark.slow
def test_an_ended_term_empties_the_running_site_within_a_minute(portal, desk, tmp_path):
    send(desk, portal, write(tmp_path, {"契約.jpg": picture(990)}))
    number, photo, *names = shell(portal, ENDING).split()
    paths = [
        "/",
        f"/articles/{number}/",
        f"/articles/{number}/photos/{photo}/",
        "/sections/society/",
    ]

    def shows():
        texts = [httpx.get(portal.url + path).text for path in paths]
        return [
            path
            for path, text in zip(paths, texts, strict=True)
            if "契約の写真" in text or any(name in text for name in names)
        ]

    assert set(shows()) == set(paths)
    deadline = time.monotonic() + 12 + 60
    while shows() and time.monotonic() < deadline:
        time.sleep(1)
    assert shows() == []
    done = f"print(Photo.objects.get(pk={photo}).taken_off_at is not None)"
    while shell(portal, done) != "True" and time.monotonic() < deadline:
        time.sleep(1)
    assert shell(portal, done) == "True"
    keys = shell(
        portal, f"print(Invalidation.objects.filter(keys__contains='article-{number}').count())"
    )
    assert keys != "0"
