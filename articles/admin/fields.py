"""Form fields of the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from articles.intake import ACCEPT, Picture, examine


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
