from pathlib import Path

import pytest

from newsportal.checks import check_settings


def ids(settings):
    return [message.id for message in check_settings(None)]


def test_default_settings_are_clean(settings):
    assert ids(settings) == []


def test_public_host_with_local_site_url(settings):
    settings.ALLOWED_HOSTS = ["news.example.jp"]
    assert ids(settings) == ["newsportal.W001"]
    assert "https://news.example.jp" in check_settings(None)[0].hint


def test_https_without_trusted_proxies(settings):
    settings.SECURE = True
    assert ids(settings) == ["newsportal.W002"]
    settings.TRUSTED_PROXIES = 1
    assert ids(settings) == []


def test_debug_on_a_public_host(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["news.example.jp"]
    assert ids(settings) == ["newsportal.W003"]


def test_pages_in_nginx_that_nobody_would_drop(settings, tmp_path):
    settings.NGINX_CACHE_DIR = tmp_path
    assert ids(settings) == []
    settings.PAGE_CACHE_PAGES = 0
    assert ids(settings) == ["newsportal.E002"]


@pytest.mark.parametrize("message", ["newsportal.E001"])
def test_var_dir_that_cannot_be_written(settings, monkeypatch, message):
    # The superuser may write everywhere, so the answer of the system is set.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != settings.VAR_DIR)
    assert ids(settings) == [message]
