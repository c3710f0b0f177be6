"""The forms of the photo library."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.forms.models import BaseModelFormSet

from articles.admin.fields import PictureField
from articles.intake import KINDS
from articles.library import apply_agency_rights, same_picture
from articles.models import Agency, Article, Photo

if TYPE_CHECKING:
    _PhotoFormSet = BaseModelFormSet[Photo, "CaptionForm"]
else:
    _PhotoFormSet = BaseModelFormSet

_WORDS = ("alt", "caption", "credit", "agency_id", "copyright", "taken_on", "place")


def seen_token(photo: Photo) -> str:
    """Names the words of a photo as a form shows them; other words have another token."""
    words = json.dumps([str(getattr(photo, name) or "") for name in _WORDS])
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class KeepsWords(forms.ModelForm[Photo]):
    """Refuses to write over what somebody else wrote meanwhile, and to unmake public pages."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A browser cuts what is pasted at this length without a word; the form says it.
            field.widget.attrs.pop("maxlength", None)
        if "seen" in self.fields:
            self.fields["seen"].initial = seen_token(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and self.has_changed():
            self._refuse_stale(cleaned.get("seen") or "")
            self._refuse_unfit(cleaned)
        return cleaned

    def _refuse_stale(self, seen: str) -> None:
        stored = Photo.objects.select_related("agency").get(pk=self.instance.pk)
        now = seen_token(stored)
        if seen == now:
            return
        self.add_error(
            None,
            f"開いている間に別の人が直しました。今の説明：「{stored.caption}」"
            f"代替テキスト：「{stored.alt}」クレジット：「{stored.credit_line}」。"
            "確かめてからもう一度保存すると、この画面の内容に替わります。",
        )
        # Whoever read this and saves again does so knowingly.
        data: Any = self.data
        self.data = data.copy()
        self.data[self.add_prefix("seen")] = now  # type: ignore[index]

    def _refuse_unfit(self, cleaned: dict[str, Any]) -> None:
        """What readers see now must keep its credit and its alternative text."""
        agency = cleaned.get("agency", self.instance.agency)
        lacks_credit = not Photo(agency=agency, credit=cleaned.get("credit", "")).has_full_credit
        lacks_alt = "alt" in cleaned and not cleaned["alt"]
        if not (lacks_credit or lacks_alt) or not self._is_public():
            return
        if lacks_credit:
            self.add_error(
                "credit",
                f"公開中の記事にあるので、{agency}のクレジット（撮影者・提供）が要ります。",
            )
        if lacks_alt:
            self.add_error("alt", "公開中の記事にあるので、代替テキストが要ります。")

    def _is_public(self) -> bool:
        published = Article.Status.PUBLISHED
        return self.instance.article_photos.filter(article__status=published).exists()


class PhotoForm(KeepsWords):
    original = PictureField(label="ファイル", help_text=f"{KINDS}。位置情報は読者に渡しません。")
    follows_agency = forms.BooleanField(
        label="権利を配信元の初期値にする",
        required=False,
        initial=True,
        help_text="印があると、配信元を選んだときに下の権利と期限は配信元の決まりに従います。",
    )
    # Which fields the script filled from the file: they were seen, and are not filled again.
    prefilled = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Photo
        fields = "__all__"
        widgets = {"caption": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["follows_agency"].initial = False
        for name in ("focal_x", "focal_y"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"step": "0.01", "min": "0", "max": "1"}

    def clean_original(self) -> Any:
        picture = self.fields["original"].picture  # type: ignore[attr-defined]
        if picture is not None:
            same = same_picture(picture.sha256)
            if same is not None:
                raise ValidationError(
                    f"同じ写真がすでにあります：写真{same.pk}「{same}」。そちらを選んでください。",
                    code="duplicate",
                )
            self.instance.sha256 = picture.sha256
        return self.cleaned_data["original"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        agency = cleaned.get("agency")
        if agency is not None and cleaned.get("follows_agency"):
            model = Photo(created_at=self.instance.created_at)
            apply_agency_rights(model, agency)
            for name in ("rights_web", "rights_syndication", "rights_social", "rights_until"):
                cleaned[name] = getattr(model, name)
        return cleaned


class BatchForm(forms.Form):
    """What many photos that come in together have in common. What is empty comes from each file."""

    agency = forms.ModelChoiceField(
        label="配信元",
        queryset=Agency.objects.all(),
        required=False,
        help_text="権利と期限は、配信元の初期値になります。",
    )
    credit = forms.CharField(label="撮影者・提供", max_length=80, required=False)
    place = forms.CharField(label="撮影地", max_length=80, required=False)
    taken_on = forms.DateField(
        label="撮影日", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class CaptionForm(KeepsWords):
    """The words of one of many photos."""

    class Meta:
        model = Photo
        fields = ["alt", "caption", "credit", "agency", "taken_on", "place"]
        widgets = {
            "alt": forms.Textarea(attrs={"rows": 2}),
            "caption": forms.Textarea(attrs={"rows": 2}),
            "taken_on": AdminDateWidget,
        }

    def __init__(self, *args: Any, agencies: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Until it is published a photo may wait for its words.
        self.fields["alt"].required = False
        self.fields["taken_on"].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        # The same for every row: asked once.
        self.fields["agency"].choices = agencies  # type: ignore[attr-defined]


class ReplaceForm(forms.Form):
    original = PictureField(label="新しいファイル", help_text=f"{KINDS}。")

    def __init__(self, *args: Any, photo: Photo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.photo = photo

    def clean_original(self) -> Any:
        picture = self.fields["original"].picture  # type: ignore[attr-defined]
        same = same_picture(picture.sha256)
        if same is not None:
            which = (
                "今のファイルと同じです。"
                if same == self.photo
                else f"写真{same.pk}「{same}」と同じです。"
            )
            raise ValidationError(f"選んだファイルは、{which}", code="duplicate")
        return self.cleaned_data["original"]
