"""Web hosts for a test: granian as the Procfile starts it, each host with a var/ of its own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.nginx import wait_for
from tests.portal import ROOT, free_port

# Evaluates what it is told, line by line: a start of Django costs a second.
_DESK = """
import json, sys, django
from datetime import timedelta
django.setup()
from django.db import close_old_connections
from articles import publishing
from articles.models import Article
from django.utils import timezone
from rankings import health
from rankings.beacon import view_token
from rankings.counting import drain
from rankings.models import *
from django.db.models import Sum
from tests.factories import ArticleFactory
for line in sys.stdin:
    close_old_connections()
    print(json.dumps(eval(line)), flush=True)
"""


class Host:
    """One web host: its address, its folder, its environment."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = kept | {
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "newsportal.settings",
            "SECRET_KEY": "the same on every host, of more than thirty-two characters",
            "PYTHONPATH": str(ROOT),
            "WEATHER_ENABLED": "0",
            "TRUSTED_PROXIES": "1",
            "PORT": str(self.port),
            **environment,
        }
        self.process = None

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self):
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def start(self):
        (line,) = (
            line.removeprefix("web: exec ")
            for line in (ROOT / "Procfile").read_text().splitlines()
            if line.startswith("web:")
        )
        command = line.replace("${HOST:-127.0.0.1}", "127.0.0.1")
        command = command.replace("${PORT:-8000}", str(self.port))
        command = command.replace("${WEB_CONCURRENCY:-2}", "2")
        granian = str(Path(sys.executable).parent / "granian")
        with (self.folder / "web.log").open("a") as log:
            self.process = subprocess.Popen(
                [granian, *shlex.split(command)[1:]],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(self.port, self.process)
        except AssertionError:
            self.stop()
            raise

    def desk(self):
        return desk(self.environment)


@contextmanager
def desk(environment):
    """A function that evaluates a line of Python with these settings, with the models at hand."""
    with subprocess.Popen(
        [sys.executable, "-c", _DESK],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def evaluate(line):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, f"the desk ended at: {line}"
            return json.loads(answer)

        try:
            yield evaluate
        finally:
            # It may have ended before.
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(20)


@contextmanager
def all_running(hosts):
    with ExitStack() as stack:
        for host in hosts:
            stack.enter_context(host.running())
        yield
