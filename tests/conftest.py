"""What every test has: a folder of its own under var, plain static files, the cast."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def scratch_settings(settings, tmp_path, monkeypatch):
    """Each test has its own media, originals and spool, and static files without a manifest."""
    # The addresses of pictures are made when this is first read: with the settings as they are,
    # not as the first test has set them.
    import_module("newsportal.urls")
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.STORAGES = {
        **settings.STORAGES,
        "originals": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "originals"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Django is not set up yet when this module is read.
    from django.core.files.storage import storages  # noqa: PLC0415

    from articles.models import Photo  # noqa: PLC0415
    from newsportal import masthead  # noqa: PLC0415

    # A field asks for its storage once, when the model is made.
    monkeypatch.setattr(Photo._meta.get_field("original"), "storage", storages["originals"])
    masthead.forget()


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The end of a request does not end the connection, in whose transaction the test is.

    Django's test client keeps to that, unless a test closes a response or asks the WSGI
    application itself. SQLite in memory does not notice; PostgreSQL does.
    """
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415

    monkeypatch.setattr(
        BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda connection: None
    )


def _left_out():
    """Markers whose tests cannot run here, with the reason."""
    reasons = {}
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        reasons["browser"] = "no Chromium in PATH"
    if not Path(__file__).with_name("pagecheck").joinpath("node_modules").exists():
        reasons["pagecheck"] = "npm ci was not run in tests/pagecheck"
    if not os.environ.get("TEST_REDIS_URL"):
        reasons["redis"] = "TEST_REDIS_URL is not set"
    if os.environ.get("RUN_SLOW") != "1":
        reasons["slow"] = "RUN_SLOW=1 is not set"
    return reasons


def pytest_collection_modifyitems(items):
    _keep_together(items)
    if os.environ.get("REQUIRE_ALL") == "1":
        _give_a_second_try(items)
    for marker, reason in _left_out().items():
        for item in items:
            if marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


def _keep_together(items):
    """Where several processes run the suite: one portal a file, one user of the Redis server."""
    for item in items:
        if "redis" in item.keywords:
            item.add_marker(pytest.mark.xdist_group("redis"))
        elif "browser" in item.keywords:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


def _give_a_second_try(items):
    """At the gate, what waits for a browser or a clock may fail once; the summary names it.

    At a developer's machine it fails at once: whoever wrote the race should see it.
    """
    for item in items:
        if "browser" in item.keywords or "slow" in item.keywords:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter):
    """Names every test that was left out and why, or that passed only at the second try."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_line(f"second try: {report.nodeid}")
        terminalreporter.write_line(str(report.longrepr)[-1500:])
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"left out: {report.nodeid} ({reason})")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REQUIRE_ALL") == "1" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
