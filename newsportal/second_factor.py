"""The second step of a login: a code from an app, or one of the recovery codes.

django-otp keeps the devices, checks codes, takes none twice and slows down who guesses. Here is
who has to show one (ADMIN_OTP), and the desk's pages for it.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from base64 import b32encode
from typing import Any

import segno
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import devices_for_user, login, verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles.auditing import record
from newsportal.gate import locked_out

RECOVERY_CODES = 10
# 80 bits each, sixteen letters: too many to be tried against what is stored of them, and what is
# stored fits django-otp's column exactly.
_CODE_BYTES = 10
_OFF, _ON = {"second_factor": False}, {"second_factor": True}
_WRONG = (
    "コードが違います。続けて間違えると、しばらくのあいだ正しいコードも受け付けません。"
    "アプリに新しいコードが出てから、もう一度お試しください。"
)


def missing_step(user: Any) -> str | None:
    """The name of the page that this person has to pass before the desk; None for no further."""
    if settings.ADMIN_OTP == "off" or user.is_verified():
        return None
    if not hasattr(user, "has_device"):
        # A page of the desk asks several times.
        user.has_device = has_device(user)
    if user.has_device:
        return "otp_code"
    return "otp_setup" if settings.ADMIN_OTP == "required" else None


def has_device(user: Any) -> bool:
    return bool(TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists())


def reset(user: Any, actor: Any) -> bool:
    """Takes away somebody's devices and codes; whether there were any."""
    with transaction.atomic():
        devices = list(devices_for_user(user, confirmed=None))
        for device in devices:
            device.delete()
        if devices:
            action = "otp_reset" if actor != user else "otp_off"
            record(action, user, by=actor, values=(_ON, _OFF))
    return bool(devices)


class CodeForm(forms.Form):
    code = forms.CharField(
        label="確認コード",
        max_length=64,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autofocus": True, "class": "vTextField"}
        ),
    )

    def clean_code(self) -> str:
        """As people type it: full-width digits, blanks between groups, capital letters."""
        typed: str = self.cleaned_data["code"]
        return "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "").lower()


# --- pages. The desk calls them for people with a password; `more` is what its pages show.


def show(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    """Whether it is on, and what can be done about it."""
    is_on = has_device(request.user)
    left = StaticToken.objects.filter(device__user_id=request.user.pk).count()
    more |= {"title": "二段階認証", "is_on": is_on, "codes_left": left}
    return render(request, "admin/otp.html", more)


def ask(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    """Asks for the code after the password."""
    if missing_step(request.user) != "otp_code":
        return _onward(request)
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        credentials = {"username": request.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            return locked_out(request, None, credentials)
        device = _proved(request.user, form.cleaned_data["code"])
        if device is not None:
            request.session.cycle_key()
            login(request, device)
            return _onward(request)
        # Guessing codes locks out like guessing passwords (newsportal/gate.py).
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        form.add_error("code", _WRONG)
    return render(request, "admin/otp_code.html", more | {"title": "確認コード", "form": form})


def set_up(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    """Shows the key and takes the first code. Never a second device beside one not shown."""
    if has_device(request.user):
        return redirect("admin:otp_code" if missing_step(request.user) else "admin:otp")
    user: Any = request.user
    device, _ = TOTPDevice.objects.get_or_create(
        user_id=user.pk, confirmed=False, defaults={"name": "app"}
    )
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        if verify_token(request.user, device.persistent_id, form.cleaned_data["code"]):
            with transaction.atomic():
                TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
                codes = _new_codes(user)
                record("otp_on", user, by=user, values=(_OFF, _ON))
            login(request, device)
            return _show_codes(request, more, codes)
        form.add_error("code", _WRONG)
    qr = segno.make(device.config_url, error="m").matrix
    key = b32encode(device.bin_key).decode().rstrip("=")
    more |= {
        "title": "二段階認証を始める",
        "form": form,
        "qr_size": len(qr),
        "qr_path": "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(qr) for x, dark in enumerate(row) if dark
        ),
        "key": _in_fours(key),
    }
    return render(request, "admin/otp_setup.html", more)


def renew_codes(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    """Ten new recovery codes in the place of the old."""
    if request.method != "POST" or not has_device(request.user):
        return redirect("admin:otp")
    user: Any = request.user
    with transaction.atomic():
        codes = _new_codes(user)
        record("otp_codes", user, by=user)
    return _show_codes(request, more, codes)


def remove(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and reset(request.user, request.user):
        messages.success(request, "二段階認証をやめました。")
    return redirect("admin:otp")


def _show_codes(request: HttpRequest, more: dict[str, Any], codes: list[str]) -> HttpResponse:
    shown = [_in_fours(code) for code in codes]
    return render(request, "admin/otp_codes.html", more | {"title": "回復用コード", "codes": shown})


def _proved(user: Any, code: str) -> Any:
    """The device that takes the code, if any. Six digits are never a recovery code."""
    is_from_app = len(code) == 6 and code.isdigit()
    kind = TOTPDevice if is_from_app else StaticDevice
    if not is_from_app:
        code = _kept(user, code)
    for device in kind.objects.filter(user_id=user.pk, confirmed=True):
        if proved := verify_token(user, device.persistent_id, code):
            return proved
    return None


def _new_codes(user: Any) -> list[str]:
    # The device stays: who is logged in by an old code stays so.
    device, _ = StaticDevice.objects.get_or_create(user_id=user.pk, name="recovery")
    device.token_set.all().delete()
    codes = [_letters(secrets.token_bytes(_CODE_BYTES)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_kept(user, code)) for code in codes
    )
    return codes


def _kept(user: Any, code: str) -> str:
    """What the database knows of a recovery code: enough to know it again, not to type it.

    Not keyed with SECRET_KEY: codes on paper outlive a change of the key.
    """
    digest = hashlib.sha256(f"recovery code of {user.pk}: {code}".encode()).digest()
    return _letters(digest[:_CODE_BYTES])


def _letters(data: bytes) -> str:
    return b32encode(data).decode().lower()


def _in_fours(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _onward(request: HttpRequest) -> HttpResponseRedirect:
    """To where the person wanted to go, on this site."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse("admin:index"))
