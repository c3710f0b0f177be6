"""What responses tell browsers, and what `check --deploy` says of a site with https."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.template.loader import get_template

from newsportal import policies
from newsportal.roles import Role
from tests.articles.desk import person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def policy(response):
    """The Content-Security-Policy of a response, directive to sources."""
    parts = response["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("path", ["/", "/articles/{}/", "/search/?q=x", "/nowhere/", "/healthz"])
def test_readers_pages_allow_no_inline_script_and_no_other_host(client, path):
    response = client.get(path.format(ArticleFactory().pk))
    found = policy(response)
    assert found["default-src"] == found["base-uri"] == "'none'"
    assert found["script-src"] == found["connect-src"] == found["img-src"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "nonce" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_readers_pages_hold_no_inline_script_and_no_style(client):
    article = ArticleFactory()
    for path in ("/", f"/articles/{article.pk}/", "/ranking/", "/topics/", "/search/?q=灯台"):
        html = words(client.get(path))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html), path
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all("src=" in script or "ld+json" in script for script in scripts), path


def test_the_page_for_faults_may_show_its_own_style():
    source = Path(get_template("_bare.html").origin.name)
    [allowed] = policies.style_hashes(source)
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", allowed)


def test_pictures_and_files_may_come_from_their_own_host():
    found = policies.site_policy(
        bare_page=ROOT / "templates/_bare.html",
        files=["/static/", "https://files.example.jp/media/"],
        is_secure=True,
    )
    assert found["img-src"] == ["'self'", "https://files.example.jp"]
    assert found["upgrade-insecure-requests"] is True


def test_the_desk_has_a_nonce_of_its_own_each_time(client):
    client.force_login(person(Role.EDITOR))
    address = "/admin/articles/article/add/"
    nonces = set()
    for _ in range(2):
        response = client.get(address)
        [nonce] = re.findall(r"'nonce-([^']+)'", policy(response)["script-src"])
        assert re.search(
            rf'<script type="importmap"[^>]* nonce="{re.escape(nonce)}"', words(response)
        )
        assert "unsafe" not in response["Content-Security-Policy"]
        assert policy(response)["frame-ancestors"] == "'none'"
        nonces.add(nonce)
    assert len(nonces) == 2


def test_https_is_insisted_on_where_the_site_has_it(client, settings):
    assert "Strict-Transport-Security" not in client.get("/")
    settings.SECURE = True
    settings.SECURE_HSTS_SECONDS = 600
    # Asked without https too: the page cache keeps one page for all.
    assert client.get("/")["Strict-Transport-Security"] == "max-age=600"
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    expected = "max-age=600; includeSubDomains; preload"
    assert client.get("/", secure=True)["Strict-Transport-Security"] == expected


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "TRUSTED_PROXIES": "1", **environment},
    )


def test_deployment_is_clean_with_https(tmp_path):
    done = run(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING",
        SITE_URL="https://news.example.jp", ALLOWED_HOSTS="news.example.jp",
        SECRET_KEY="Zk3-".join("qwertyuiopasdfghjklz"), VAR_DIR=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    plain = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path))
    assert plain.returncode == 1
    assert "SESSION_COOKIE_SECURE" in plain.stderr


def test_forms_of_the_desk_are_believed_behind_a_proxy_with_https(tmp_path):
    code = (
        "import newsportal.settings as s;"
        "print(s.CSRF_TRUSTED_ORIGINS, s.SECURE_PROXY_SSL_HEADER, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS)"
    )
    done = run("-c", code, SITE_URL="https://news.example.jp/", VAR_DIR=str(tmp_path))
    assert done.stdout.split("\n")[0] == (
        "['https://news.example.jp'] ('HTTP_X_FORWARDED_PROTO', 'https') True True 31536000"
    )


@pytest.mark.parametrize(
    ("path", "known"), [("", "admin/"), ("desk", "desk/"), ("/n8s/desk/", "n8s/desk/")]
)
def test_the_desk_answers_where_the_operator_wants_it(tmp_path, path, known):
    code = (
        "import django; django.setup();"
        "from django.urls import reverse; print(reverse('admin:login'))"
    )
    done = run(
        "-c", code, ADMIN_PATH=path, VAR_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="newsportal.settings",
    )  # fmt: skip
    assert done.stdout == f"/{known}login/\n", done.stderr


@pytest.mark.parametrize("path", ["a b", "../x", "日本", "a" * 101, "."])
def test_no_path_that_is_none_is_taken(tmp_path, path):
    done = run("-c", "import newsportal.settings", ADMIN_PATH=path, VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "ADMIN_PATH must be a path" in done.stderr


def test_a_session_ends_when_the_password_changes(client):
    user = User.objects.create_superuser("root", password="むかしの合言葉-1234")
    other = type(client)()
    for one in (client, other):
        one.force_login(user)
    page = {
        "old_password": "むかしの合言葉-1234",
        "new_password1": "あたらしい合言葉-5678",
        "new_password2": "あたらしい合言葉-5678",
    }
    assert other.get("/admin/").status_code == 200
    assert client.post("/admin/password_change/", page).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
