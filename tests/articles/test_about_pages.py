"""The pages about the paper, and the table of what is sent to whom."""

from __future__ import annotations

import json
import re

import pytest
from django.core.management import call_command
from django.test.utils import override_settings

from articles.models import AboutPage, Invalidation
from newsportal import masthead, policies, transmissions
from newsportal.roles import Role
from newsportal.transmissions import Transmission
from tests.articles.desk import person, words
from tests.factories import ArticleFactory, SectionFactory
from tests.pagecheck.browsing import WIDTHS
from tests.portal import ROOT

pytestmark = pytest.mark.django_db
SLUGS = ["company", "policy", "corrections", "privacy", "accessibility", "contact"]
ANALYTICS = Transmission(
    origin="https://stats.example.jp",
    directives=("script-src", "connect-src"),
    receiver="例の解析株式会社",
    sent="見たページのアドレス",
    purpose="読まれ方を知るため",
    receivers_purpose="自社の統計のため",
)


def test_a_new_site_has_its_pages_from_the_start(client, django_assert_num_queries):
    html = client.get("/about/").content.decode()
    for slug in SLUGS:
        assert f'href="/about/{slug}/"' in html
        with django_assert_num_queries(3):
            page = client.get(f"/about/{slug}/")
        title = AboutPage.objects.get(slug=slug).title
        assert f"<h1>{title}</h1>" in page.content.decode()
        assert "site" in page["Surrogate-Key"].split()


@pytest.mark.parametrize("has_sections", [True, False])
def test_every_page_leads_to_them_and_asks_no_further_query(
    client, has_sections, django_assert_num_queries
):
    if has_sections:
        SectionFactory()
    html = client.get("/saved/").content.decode()
    foot = html[html.index("<footer") :]
    assert re.findall(r'href="/about/([a-z]+)/"', foot) == SLUGS
    assert 'href="/corrections/"' in foot
    assert 'href="/feeds/rss/">RSS</a>' in foot
    masthead.forget()
    # Masthead and foot together (two without a section), and the two sidebars.
    with django_assert_num_queries(3 if has_sections else 4):
        client.get("/saved/")


def test_what_is_not_shown_is_nowhere(client):
    SectionFactory()
    AboutPage.objects.filter(slug="policy").update(is_shown=False)
    AboutPage.objects.filter(slug="contact").update(in_footer=False)
    masthead.forget()
    html = client.get("/about/").content.decode()
    assert 'href="/about/policy/"' not in html
    assert html.count('href="/about/contact/"') == 1
    assert client.get("/about/policy/").status_code == 404
    assert client.get("/about/nothing/").status_code == 404


def test_an_editor_writes_them_and_every_page_is_made_anew(client):
    client.force_login(person(Role.PUBLISHER))
    page = AboutPage.objects.get(slug="company")
    form = {
        "title": "発行元", "slug": "company", "summary": "", "order": "0", "is_shown": "on",
        "in_footer": "on", "body": "<p>ことのは社<script>alert(1)</script></p>",
    }  # fmt: skip
    response = client.post(f"/admin/articles/aboutpage/{page.pk}/change/", form)
    assert response.status_code == 302
    assert Invalidation.objects.latest("id").keys == "site"
    masthead.forget()
    html = client.get("/about/company/").content.decode()
    assert "ことのは社" in html
    assert "alert(1)" not in html
    form["slug"] = "発行元"
    refused = client.post(f"/admin/articles/aboutpage/{page.pk}/change/", form)
    assert refused.status_code == 200
    assert AboutPage.objects.get(pk=page.pk).slug == "company"


def test_a_body_is_cleaned_whatever_way_it_came_in(client):
    AboutPage.objects.filter(slug="company").update(body="<p onclick=x>甲</p><script>y</script>")
    html = client.get("/about/company/").content.decode()
    body = html[html.index('class="body"') : html.index("最終更新")]
    assert "<p>甲</p>" in body
    assert "onclick" not in body
    assert "<script" not in body


def test_readers_are_told_how_the_site_was_tested(client):
    """In the words of what is run: another version or width is another result."""
    tools = json.loads((ROOT / "tests/pagecheck/package.json").read_text())["devDependencies"]
    html = words(client.get("/about/accessibility/"))
    tested = html[html.index("試験の結果") :]
    for name, version in tools.items():
        assert f"{name} {version}" in tested
    assert f"幅{'、'.join(map(str, WIDTHS))}ピクセル" in tested
    assert "編集部の方へ" not in html


# --- what is sent to whom


def policy_with(files=("/static/", "/media/")):
    return policies.site_policy(
        bare_page=ROOT / "templates/_bare.html", files=files, is_secure=True
    )


def test_nothing_goes_to_third_parties_and_readers_are_told_so(client):
    assert transmissions.THIRD_PARTIES == ()
    html = words(client.get("/about/privacy/"))
    assert "第三者へ情報を送りません" in html
    assert "48時間" in html


def test_what_is_declared_is_allowed_and_told(client, monkeypatch):
    monkeypatch.setattr(transmissions, "THIRD_PARTIES", (ANALYTICS,))
    found = policy_with()
    assert found["script-src"] == ["'self'", ANALYTICS.origin]
    assert found["connect-src"] == ["'self'", ANALYTICS.origin]
    assert found["img-src"] == ["'self'"]
    html = words(client.get("/about/privacy/"))
    for text in ANALYTICS:
        if isinstance(text, str):
            assert text in html
    assert "第三者へ情報を送りません" not in html


@override_settings(MEDIA_URL="https://files.example.jp/media/")
def test_a_host_of_our_own_pictures_is_told_as_well(client):
    html = words(client.get("/about/privacy/"))
    assert "https://files.example.jp" in html
    assert policy_with(["https://files.example.jp/media/"])["img-src"][1:] == [
        "https://files.example.jp"
    ]


def test_every_host_of_the_policy_is_in_the_table(settings):
    """The policy that readers' browsers get holds no host that the table does not."""
    declared = transmissions.declared([settings.STATIC_URL, settings.MEDIA_URL])
    known = {item.origin for item in declared}
    for name, sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items():
        if isinstance(sources, list):
            hosts = {source for source in sources if not source.startswith("'")}
            assert hosts <= known, name


def test_no_page_asks_another_host_for_anything(client):
    article = ArticleFactory()
    article.tags.add("灯台")
    call_command("compute_rankings")
    paths = [
        "/", article.get_absolute_url(), "/ranking/", "/topics/", "/saved/", "/search/",
        "/tags/灯台/", "/archive/", "/corrections/", "/about/privacy/", "/nowhere/",
    ]  # fmt: skip
    loads = re.compile(
        r"<(?:script|img|source|iframe|video|audio|embed|object|form)\b[^>]*>"
        r'|<link\b[^>]*rel="(?:stylesheet|icon|preload|manifest)"[^>]*>'
    )
    for path in paths:
        for element in loads.findall(words(client.get(path))):
            assert not re.search(r'(?:src|href|action|data|srcset)="(?:[a-z]+:)?//', element), path
