"""deploy/ without a container engine: units and compose file agree with the code and each other."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml
from huey.consumer_options import OptionParserHandler

from tests.portal import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("newsportal-*"))
NGINX = (DEPLOY / "nginx" / "newsportal.conf").read_text("utf-8")
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SETTINGS = "".join(
    (ROOT / "newsportal" / name).read_text("utf-8") for name in ("settings.py", "buckets.py")
)
FIGURES = "".join(
    (ROOT / "newsportal" / name).read_text("utf-8") for name in ("metrics.py", "counters.py")
)
# Read by the Procfile and the units, not by Django.
NOT_DJANGOS = {"WEB_CONCURRENCY"}


def procfile(name):
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    (command,) = (line.partition("exec ")[2] for line in lines if line.startswith(f"{name}:"))
    return command


def without_places(command):
    """A command without where it listens and how many it is: these differ by design."""
    command = re.sub(r"--(host|port|workers) \S+ ?", "", command)
    return re.sub(r"^\S*/", "", command).strip()


def unit(name):
    return (DEPLOY / "systemd" / f"newsportal-{name}.service").read_text("utf-8")


@pytest.mark.parametrize("name", ["web", "worker"])
def test_units_and_containers_start_what_the_procfile_starts(name):
    (started,) = re.findall(r"^ExecStart=(.*)$", unit(name), re.MULTILINE)
    assert without_places(started) == without_places(procfile(name))
    if name == "web":
        (words,) = re.findall(r"^CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE)
        contained = yaml.safe_load(words)[-1].removeprefix("exec ")
    else:
        contained = " ".join(COMPOSE["services"]["worker"]["command"])
    assert without_places(contained) == without_places(procfile(name))


def test_a_worker_that_is_told_to_stop_ends_its_jobs():
    # systemd, containers and bin/serve tell it with SIGTERM.
    options = procfile("worker").partition("run_huey ")[2].split()
    parsed = OptionParserHandler().get_option_parser().parse_args(options)[0]
    assert parsed.graceful_signal == "TERM"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze in PATH")
def test_systemd_takes_the_units(tmp_path):
    for path in UNITS:
        text = path.read_text("utf-8")
        # Neither the program nor its user is on this machine.
        text = re.sub(r"/opt/newsportal/\.venv/bin/\w+", "/bin/true", text)
        text = re.sub(r"^(User|Group)=.*\n|^Documentation=.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.glob("newsportal-*"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_unit_that_runs_code_is_boxed_in():
    services = [path for path in UNITS if path.suffix == ".service"]
    assert len(services) == 4
    for path in services:
        text = path.read_text("utf-8")
        for line in ("User=newsportal", "NoNewPrivileges=yes", "ProtectSystem=strict"):
            assert line in text, path.name
        # A backup holds the hashes of passwords: not even the group may read it.
        assert ("UMask=0077" if "backup" in path.name else "UMask=0027") in text
    # Whoever drops nginx's pages must be able to.
    assert "ReadWritePaths=/run/newsportal" in unit("web")


def test_the_example_names_settings_that_exist():
    text = (DEPLOY / "env.example").read_text("utf-8")
    named = set(re.findall(r"^([A-Z0-9_]+)=", text, re.MULTILINE))
    known = set(re.findall(r'env_\w+\(\s*"([A-Z0-9_]+)"', SETTINGS)) | NOT_DJANGOS
    assert named <= known
    assert {"SECRET_KEY", "TRUSTED_PROXIES", "NGINX_CACHE_DIR", "REDIS_URL"} <= named
    # systemd would take what follows a value for a part of it.
    assert not re.search(r"^[A-Z_]+=.* #", text, re.MULTILINE)


def test_all_agree_on_where_things_are():
    example = (DEPLOY / "env.example").read_text("utf-8")
    for var, pages in (("VAR_DIR=/var/lib/newsportal", "NGINX_CACHE_DIR=/run/newsportal"),):
        assert var in example
        assert pages in example
    assert "root /var/lib/newsportal;" in NGINX
    assert "proxy_cache_path /run/newsportal/pages " in NGINX
    assert "/run/newsportal/pages " in (DEPLOY / "systemd" / "tmpfiles.conf").read_text("utf-8")
    web = COMPOSE["services"]["web"]
    assert web["environment"]["NGINX_CACHE_DIR"] == "/run/newsportal"
    assert web["environment"]["TRUSTED_PROXIES"] == "1"


def test_nothing_that_a_page_is_bounded_by_is_overruled():
    """Directives with which nginx would show withdrawn pages (docs/decisions/0007)."""
    said = re.sub(r"#.*", "", NGINX)
    for directive in ("proxy_cache_use_stale", "proxy_cache_valid", "levels="):
        assert directive not in said
    assert re.findall(r"open_file_cache \w+;", said) == ["open_file_cache off;"]
    # A location with a field of its own would lose Host and X-Forwarded-For.
    for location in re.findall(r"location [^{]+\{([^}]*)\}", said):
        assert "proxy_set_header" not in location


def test_the_compose_file_names_what_exists():
    services = COMPOSE["services"]
    assert set(services) == {"prepare", "web", "worker", "nginx", "postgres", "redis"}
    volumes = set(COMPOSE["volumes"])
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).is_file(), source
            else:
                assert source in volumes
    assert services["redis"]["command"][-2:] == ["--appendfsync", "always"]
    # One user on both sides of the folder of pages.
    assert services["nginx"]["user"] == "10001:10001"
    assert "useradd --uid 10001 --gid 10001" in CONTAINERFILE


def test_the_image_holds_what_runs():
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE))
    sources = {word for line in copied for word in line.split()}
    assert {"newsportal", "articles", "rankings", "templates", "locale", "manage.py"} <= sources
    assert all((ROOT / source).exists() for source in sources)
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8")
    assert {f"!{source}" for source in sources} <= set(ignored.splitlines())


def test_the_guide_names_what_exists():
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for path in re.findall(r"\bdeploy/[\w./*-]*\w", guide):
        if path not in {"deploy/env", "deploy/.env"}:
            assert list(ROOT.glob(path)), path
    for command in re.findall(r"`(?:newsportal |manage\.py\s+)?(\w+_\w+)(?: --all)?`", guide):
        folders = ("newsportal", "articles", "rankings")
        places = [ROOT / f / "management" / "commands" / f"{command}.py" for f in folders]
        is_setting = command in SETTINGS or command in NGINX
        if command.startswith("newsportal_"):
            assert command.removeprefix("newsportal_").removesuffix("_total") in FIGURES, command
            continue
        assert is_setting or any(place.exists() for place in places), command
