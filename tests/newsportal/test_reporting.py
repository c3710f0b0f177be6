"""Reports of faults, sent by a real process to a server that stands in for Sentry's."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest

from newsportal import reporting
from tests.portal import ROOT

FAULT = """
import os, sys
from newsportal.wsgi import application
from django.test import RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from newsportal import urls

@csrf_exempt
def broken(request):
    inside = "a local " + "variable"
    raise RuntimeError("no database at " + os.environ["DATABASE_URL"])

urls.urlpatterns.append(path("broken/", broken))
request = RequestFactory(REMOTE_ADDR="203.0.113.7").post(
    "/broken/?q=" + sys.argv[1], {"field": sys.argv[2]}
)
environ = request.environ | {"HTTP_COOKIE": "sessionid=" + sys.argv[3]}
answers = []
application(environ, lambda status, *_: answers.append(status))
assert answers[0].startswith("500"), answers
if "sentry_sdk" in sys.modules:
    sys.modules["sentry_sdk"].flush(10)
"""
TYPED = ["illness", "typed-by-somebody", "cookie-of-somebody"]


class Sentry(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        coding = self.headers.get("Content-Encoding", "")
        body = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(body)
        self.server.received.append(body.decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def sentry():
    server = HTTPServer(("127.0.0.1", 0), Sentry)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def fail(tmp_path, **environment):
    done = subprocess.run(
        [sys.executable, "-c", FAULT, *TYPED],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "newsportal.settings",
            "ALLOWED_HOSTS": "testserver",
            "DATABASE_URL": "postgres://news:word-of-the-database@127.0.0.1:9/news",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_fault_is_reported_without_people_and_secrets(tmp_path, sentry):
    dsn = f"http://public-key@127.0.0.1:{sentry.server_port}/1"
    log = fail(tmp_path, SENTRY_DSN=dsn)
    (report,) = sentry.received
    event = json.loads(report.splitlines()[2])
    (fault,) = event["exception"]["values"]
    assert fault["type"] == "RuntimeError"
    assert fault["value"].startswith("no database at postgres://news:********@127.0.0.1")
    assert event["request"] == {"method": "POST", "url": "http://testserver/broken/"}
    for private in ("word-of-the-database", *TYPED, "203.0.113.7", "a local variable"):
        assert private not in report
    assert re.fullmatch("[0-9a-f]{28}", event["tags"]["work_id"])
    assert "word-of-the-database" not in log


def test_without_the_setting_nothing_is_sent(tmp_path, sentry):
    fail(tmp_path, SENTRY_DSN="")
    assert sentry.received == []


def test_a_package_that_is_missing_is_named(monkeypatch, settings):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    settings.SENTRY_DSN = "https://key@sentry.example/1"
    with pytest.raises(Exception, match="needs the package sentry-sdk"):
        reporting.start()


def test_the_guide_names_the_version_that_is_tested():
    pin = re.search(r"^sentry-sdk==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pin[0] in (ROOT / "docs" / "operations.md").read_text()
