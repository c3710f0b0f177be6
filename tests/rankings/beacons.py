"""Readers' browsers at the door for views, and the drain behind it."""

from __future__ import annotations

import io
from urllib.parse import urlencode

from django.core.management import call_command

from rankings.beacon import BeaconLayer, view_token
from rankings.visitors import Salts

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
OTHER_PHONE = PHONE.replace("iPhone", "Android")
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FORM = "application/x-www-form-urlencoded"


def django_behind(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Django"]


class Answer:
    def __init__(self, status, headers, body):
        self.status = int(status[:3])
        self.headers = dict(headers)
        # As wsgiref does it: the list now belongs to the server.
        headers.append(("Server", "test"))
        self.body = b"".join(body)


class Door:
    """A beacon layer of its own, as a web process has one."""

    def __init__(self, *, salts=None, intake=None, **options):
        salts = salts or Salts(lambda day: b"the salt of day %d" % day)
        self.layer = BeaconLayer(django_behind, salts=salts, intake=intake, **options)

    def request(self, body=b"", *, method="POST", path="/v/", content_type=FORM, **environ):
        answer = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_USER_AGENT": PHONE,
            **environ,
        }
        found = self.layer(environ, lambda status, headers: answer.extend([status, headers]))
        return Answer(*answer, found)

    def view(self, article, *, address="192.0.2.1", agent=PHONE, **environ):
        """Posts a view; returns the status."""
        return self._post(article, {}, address, agent, environ)

    def leave(self, article, seconds, depth, *, address="192.0.2.1", agent=PHONE, **environ):
        return self._post(article, {"s": seconds, "d": depth}, address, agent, environ)

    def _post(self, article, more, address, agent, environ):
        pk = getattr(article, "pk", article)
        body = urlencode({"a": pk, "t": view_token(pk), **more}).encode()
        environ = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent, **environ}
        return self.request(body, **environ).status


def drain():
    """Runs the command and returns its sentence."""
    out = io.StringIO()
    call_command("drain_views", stdout=out)
    return out.getvalue().strip()
