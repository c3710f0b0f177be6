"""The settings are read in a process of their own, as a start does."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(var, **environment):
    """Runs the settings' module; returns what it printed and how it ended."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import newsportal.settings as s; print(s.SITE_NAME, s.DEBUG, len(s.SECRET_KEY))",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_defaults(tmp_path):
    done = start(tmp_path)
    assert done.stdout.split() == ["ことのは新報", "False", "64"]


def test_secret_key_is_made_once_and_private(tmp_path):
    start(tmp_path)
    key = (tmp_path / "secret_key").read_text()
    start(tmp_path)
    assert (tmp_path / "secret_key").read_text() == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEBUG", "maybe", "DEBUG must be true or false"),
        ("SECRET_KEY", "short", "SECRET_KEY must have at least 32"),
        ("SITE_URL", "example.jp", "SITE_URL must begin with"),
        ("SITE_NAME", "長" * 41, "SITE_NAME must be one line of at most 40"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must begin with"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with"),
        ("WEATHER_BASE_URL", "file:///etc", "WEATHER_BASE_URL must begin with"),
        ("TOPIC_SIDEBAR_ITEMS", "0", "TOPIC_SIDEBAR_ITEMS must be from 1 to 20"),
        ("MEDIA_S3_BUCKET", "pictures", "MEDIA_S3_PUBLIC_URL must be the address"),
        ("MEDIA_S3_ORIGINALS_BUCKET", "originals", "needs MEDIA_S3_BUCKET"),
        ("CDN", "akamai", "CDN must be fastly, cloudflare or empty"),
        ("CDN", "fastly", "CDN needs CDN_SERVICE and CDN_TOKEN"),
        ("SECURITY_CONTACT", "security@example.jp", "SECURITY_CONTACT must begin with mailto:"),
        ("TRUSTED_PROXIES", "one", "TRUSTED_PROXIES must be a whole number"),
    ],
)
def test_nonsense_is_refused(tmp_path, name, value, words):
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_every_setting_stands_in_the_readme(page):
    code = (ROOT / "newsportal/settings.py").read_text()
    names = set(re.findall(r'env_(?:text|bool|int|list|lines|secret)\(\s*"([A-Z0-9_]+)"', code))
    assert len(names) > 15
    readme = (ROOT / page).read_text()
    assert [name for name in sorted(names) if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("originals", ["", "pictures"])
def test_originals_never_share_the_bucket_that_readers_load_from(tmp_path, originals):
    bucket = {"MEDIA_S3_BUCKET": "pictures", "MEDIA_S3_PUBLIC_URL": "https://media.example.jp"}
    done = start(tmp_path, **bucket, MEDIA_S3_ORIGINALS_BUCKET=originals)
    assert done.returncode == 1
    assert "a bucket of its own" in done.stderr
    assert start(tmp_path, **bucket, MEDIA_S3_ORIGINALS_BUCKET="originals").returncode == 0
