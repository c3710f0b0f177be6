"""Form fields of the desk."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models

from articles.intake import ACCEPT, Picture, examine

# Nothing is published outside these years; at the ends of the calendar arithmetic fails.
_YEARS = range(1900, 3000)


class DeskTimeField(forms.SplitDateTimeField):
    """A day and a time of day as people type them, in full-width digits too."""

    default_error_messages = {
        "invalid_date": "日付は「2026-11-23」か「2026/11/23」のように入れてください。",
        "invalid_time": "時刻は「13:50」のように入れてください。",
    }

    def clean(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            value = [unicodedata.normalize("NFKC", part or "").strip() for part in value]
        return super().clean(value)

    def compress(self, data_list: Any) -> Any:
        day = data_list[0] if data_list else None
        if day and day.year not in _YEARS:
            raise ValidationError(f"{_YEARS[0]}年から{_YEARS[-1]}年までの日付にしてください。")
        return super().compress(data_list)


class UrgentReasonField(forms.CharField):
    """Why a section that asks for an approval does not wait for one (速報)."""

    def __init__(self, **kwargs: Any) -> None:
        values: dict[str, Any] = {
            "label": "承認を待たずに公開する理由（速報）",
            "required": False,
            "max_length": 300,
            "widget": forms.TextInput(attrs={"class": "vTextField"}),
            "help_text": "この分野の公開には承認が要ります。待てないときだけ書きます。"
            "記録に残り、翌朝ほかの人が確認します。",
        }
        super().__init__(**values | kwargs)


class MomentField(forms.DateTimeField):
    """A day and a time in one field of the browser, for rows with little room."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        )
        kwargs.setdefault(
            "error_messages", {"invalid": "日時は「2026-11-23 13:50」のように入れてください。"}
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            if value[:4].isdecimal() and int(value[:4]) not in _YEARS:
                raise ValidationError(f"{_YEARS[0]}年から{_YEARS[-1]}年までの日付にしてください。")
        return super().to_python(value)


class LoadedSelect(AutocompleteSelect):
    """A search field of a row that was read together with what it has chosen.

    Django's own asks the database again for each field of each row.
    """

    loaded: models.Model | None = None

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        if self.loaded is None or [str(one) for one in value] != [str(self.loaded.pk)]:
            return super().optgroups(name, value, attr)
        choices: Any = self.choices
        label = choices.field.label_from_instance(self.loaded)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        options.append(self.create_option(name, self.loaded.pk, label, True, len(options)))
        return [(None, options, 0)]


def give_loaded(form: forms.ModelForm[Any]) -> None:
    """Hands each search field of a row what the row has loaded for it."""
    for name, field in form.fields.items():
        widget: Any = getattr(field.widget, "widget", field.widget)
        if isinstance(widget, LoadedSelect):
            widget.loaded = form.instance._state.fields_cache.get(name)


TIMES: Any = {models.DateTimeField: {"form_class": DeskTimeField}}


class PictureField(forms.FileField):
    """An uploaded picture, refused before anything decodes it when it is not fit to be kept."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": ACCEPT}))
        super().__init__(**kwargs)
        self.picture: Picture | None = None

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload: Any = super().clean(data, initial)
        if isinstance(upload, UploadedFile) and upload.file is not None:
            self.picture = examine(upload.file)
            # The bytes name the kind, not the name that the file came with.
            upload.name = f"photo{self.picture.suffix}"
        return upload
