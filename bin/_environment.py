"""Shared by the scripts in bin/: Python's version, the virtual environment, plain messages.

Only the standard library, and nothing that an older Python 3 could not at least parse.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
WANTED = (3, 11)


def fail(message):
    """Ends the script with one line that says what is wrong and what to do."""
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(1)


def require_python():
    """Goes on in a Python that is new enough, or says that there is none."""
    if sys.version_info >= WANTED:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])
    fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")


def _stamp_of(requirements):
    digest = hashlib.sha256(sys.version.encode())
    for name in ("requirements.txt", requirements):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _only_one():
    """Two scripts started together make the environment one after the other."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(requirements, say=lambda line: None):
    """Makes .venv and installs a requirements file into it, unless both are there already."""
    stamp = VENV / f"installed-{requirements}"
    wanted = _stamp_of(requirements)
    with _only_one():
        if stamp.exists() and Path(PYTHON).exists() and stamp.read_text() == wanted:
            return
        if not Path(PYTHON).exists():
            say("making .venv")
            made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
            if made.returncode:
                shutil.rmtree(VENV, ignore_errors=True)
                fail("venv could not be made (on Debian: apt-get install python3-venv).")
        say(f"installing {requirements}")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        installed = subprocess.run([*pip, "-r", str(ROOT / requirements)], check=False)
        if installed.returncode:
            fail(f"{requirements} could not be installed; see pip's words above.")
        stamp.write_text(wanted)
        if requirements != "requirements.txt":
            # What tests need includes what runs.
            (VENV / "installed-requirements.txt").write_text(_stamp_of("requirements.txt"))


def go_on_inside():
    """Goes on in the Python of .venv, for a script that needs what is installed there."""
    if Path(sys.prefix) != VENV:
        os.execv(PYTHON, [PYTHON, *sys.argv])


def environment(**more):
    """The process environment with .venv first in PATH."""
    path = str(VENV / "bin") + os.pathsep + os.environ.get("PATH", "")
    return dict(os.environ, PATH=path, VIRTUAL_ENV=str(VENV), PYTHONUNBUFFERED="1", **more)
