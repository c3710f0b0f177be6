"""Nothing that must stay inside gets out by a fault: not to readers, not into the log."""

from __future__ import annotations

import logging

import pytest

from newsportal import metrics
from tests.articles.desk import words

pytestmark = pytest.mark.django_db
TOKEN = "metrics-token-of-the-newsroom"
PASSWORD = "password-of-the-database"
KEY = "the-secret-key-of-this-test-is-long-enough"


@pytest.fixture
def faulty(settings, client, monkeypatch):
    """A page that fails while it has every secret at hand."""

    def fail(pages):
        secret = TOKEN + PASSWORD  # noqa: F841  (what a frame holds)
        raise RuntimeError("it broke")

    settings.METRICS_TOKEN = TOKEN
    settings.SECRET_KEY = KEY
    settings.DATABASE_URL = f"postgres://news:{PASSWORD}@db.example/news"
    settings.REDIS_URL = f"redis://:{PASSWORD}@redis.example/0"
    monkeypatch.setattr(metrics, "text", fail)
    client.raise_request_exception = False
    return lambda: client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})


def test_the_page_for_faults_says_nothing_of_the_inside(faulty, caplog):
    caplog.set_level(logging.DEBUG)
    response = faulty()
    assert response.status_code == 500
    page = words(response)
    for secret in (TOKEN, PASSWORD, KEY, "it broke", "Traceback"):
        assert secret not in page
    assert "it broke" in caplog.text
    for secret in (TOKEN, PASSWORD, KEY):
        assert secret not in caplog.text
    assert "Content-Security-Policy" in response


def test_the_developers_page_hides_what_settings_hold(faulty, settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(metrics, "text", lambda pages: 1 / 0)
    page = words(faulty())
    assert "ZeroDivisionError" in page
    assert "DATABASE_URL" in page
    for secret in (PASSWORD, KEY):
        assert secret not in page
