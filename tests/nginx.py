"""A real nginx with the configuration of deploy/, in a scratch folder on a free port."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_connection

from tests.portal import ROOT, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = ROOT / "deploy" / "nginx"


def configure(folder, port, web_ports, var, cache):
    """Writes deploy/nginx/ into a folder with this machine's paths and ports; the main file."""
    scratch = folder / "nginx"
    scratch.mkdir(parents=True)
    servers = "".join(rf"    server 127.0.0.1:{web}\1;" + "\n" for web in web_ports)
    changes = {
        "nginx.conf": [
            # As root nginx would take another user for its workers; here all are one.
            (r"pid /tmp/nginx\.pid;", f"{_user()}pid {scratch}/nginx.pid;"),
            (r"error_log stderr warn;", f"error_log {scratch}/error.log info;"),
            (r"(http \{)", rf"\1\n    {_temporary(scratch)}"),
            (r"/etc/nginx/conf\.d/", f"{scratch}/"),
        ],
        "newsportal.conf": [
            (r"/etc/nginx/newsportal/", f"{scratch}/"),
            (r"/var/lib/newsportal", str(var)),
            (r"/run/newsportal/", f"{cache}/"),
            (r"listen 80 default_server;", f"listen 127.0.0.1:{port};"),
            (r"    listen \[::\]:80 default_server;\n", ""),
        ],
        "upstream.conf": [(r"    server 127\.0\.0\.1:8000( [^;]*);\n", servers)],
    }
    for name, substitutions in changes.items():
        text = (CONFIGURATION / name).read_text("utf-8")
        for pattern, replacement in substitutions:
            text, times = re.subn(pattern, replacement, text)
            assert times, f"{name}: nothing like {pattern}"
        (scratch / name).write_text(text, "utf-8")
    return scratch / "nginx.conf"


def _user():
    return "user root;\n" if os.geteuid() == 0 else ""


def _temporary(scratch):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {scratch}/{kind};" for kind in kinds)


def checked(configuration):
    """What `nginx -t` says of a configuration, with its exit code."""
    done = subprocess.run(
        [NGINX, "-t", "-e", "stderr", "-c", str(configuration)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@contextmanager
def running(folder, web_ports, var, cache):
    """The address of an nginx in front of these ports of 127.0.0.1."""
    port = free_port()
    configuration = configure(folder, port, web_ports, var, cache)
    server = subprocess.Popen(
        [NGINX, "-e", "stderr", "-c", str(configuration), "-g", "daemon off;"],
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=20)


def wait_for(port, process, timeout=60):
    """Returns once a port answers; raises when its process ends before."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"it ended at once: {process.stderr and process.stderr.read()}")
        try:
            with closing(create_connection(("127.0.0.1", port), timeout=1)):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}")


def pages_folder(folder: Path):
    """A folder for nginx's pages as an operator makes it before the first start."""
    (folder / "pages-0").mkdir(parents=True)
    (folder / "pages").symlink_to("pages-0")
    return folder
