"""Reads the process environment and refuses nonsense before Django starts."""

from __future__ import annotations

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def env_text(name: str, default: str, *, max_length: int = 200) -> str:
    """A one-line text; refuses line breaks and more than `max_length` characters."""
    value = os.environ.get(name, "").strip() or default
    if len(value) > max_length or "\n" in value or "\r" in value:
        raise ImproperlyConfigured(f"{name} must be one line of at most {max_length} characters.")
    return value


def env_bool(name: str, *, default: bool = False) -> bool:
    """1/0, true/false, yes/no, on/off; anything else is refused instead of meaning False."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def env_int(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name} must be from {low} to {high}, not {number}.")
    return number


def env_list(name: str, default: list[str]) -> list[str]:
    """Values separated by commas; blanks around them do not count."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def env_lines(name: str) -> list[str]:
    """The lines of a small text file; in one line they are separated by `|`. None by default."""
    lines = re.split(r"[|\r\n]+", os.environ.get(name, ""))
    return [line.strip() for line in lines if line.strip()]


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks (192.0.2.0/24, 2001:db8::/32) separated by commas; none by default."""
    try:
        return [ip_network(value) for value in env_list(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses or networks: {error}.") from None


def env_path(name: str, default: str) -> str:
    """Where in the site something answers: `desk/` for /desk/; letters, digits and -_ only."""
    value = os.environ.get(name, "").strip().strip("/") or default.strip("/")
    if re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", value) is None or len(value) > 100:
        raise ImproperlyConfigured(f"{name} must be a path of letters, digits, - and _.")
    return f"{value}/"


def env_secret(name: str, path: Path) -> str:
    """The variable, or a key kept in `path`, made there at random on the first start."""
    value = os.environ.get(name, "")
    if value:
        if len(value) < 32:
            raise ImproperlyConfigured(f"{name} must have at least 32 characters.")
        return value
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: of two processes that start together only one makes the key.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(name, path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key cannot be written to {path} ({error.strerror}). "
            f"Make its folder writable or set {name}."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return _read_secret(name, path)


def _read_secret(name: str, path: Path) -> str:
    try:
        value = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read ({error.strerror}).") from error
    if len(value) < 32:
        raise ImproperlyConfigured(f"{path} holds no key. Delete it or set {name}.")
    return value
