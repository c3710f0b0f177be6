"""The form of the front page's slots: as many rows as the desk has put on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.formsets import BaseFormSet

from articles.admin.fields import MomentField
from articles.front import PLACES
from articles.models import Article, FrontSlot

if TYPE_CHECKING:
    _FormSet = BaseFormSet["SlotForm"]
else:
    _FormSet = BaseFormSet

MOST_SLOTS = 60
WHERE = [
    (f"{area}-{place}", FrontSlot(area=area, place=place).place_name) for area, place in PLACES
]


class SlotForm(forms.Form):
    # The row's own number, when it has one.
    slot = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    article = forms.IntegerField(
        min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput, label="記事"
    )
    where = forms.ChoiceField(
        choices=WHERE, label="場所", error_messages={"invalid_choice": "その場所はありません。"}
    )
    headline = forms.CharField(
        required=False,
        label="ここでの見出し",
        max_length=60,
        error_messages={
            "max_length": "見出しは%(limit_value)d字までです（今は%(show_value)d字）。"
        },
    )
    starts_at = MomentField(required=False, label="掲載開始")
    ends_at = MomentField(required=False, label="掲載終了")

    # The article's row, when there is one: set by the formset, which reads all at once.
    row: Article | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A browser cuts what is pasted at this length without a word; the form says it.
        self.fields["headline"].widget.attrs.pop("maxlength", None)
        self.fields["headline"].widget.attrs["placeholder"] = "空欄なら記事の見出し"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begin, end = values.get("starts_at"), values.get("ends_at")
        if begin and end and end <= begin:
            self.add_error("ends_at", "掲載終了は掲載開始より後にしてください。")
        return values

    def is_kept(self) -> bool:
        """Neither taken away nor left empty; for a row without errors."""
        return self.has_changed() and not self.cleaned_data.get("DELETE")

    def as_slot(self) -> FrontSlot:
        values = self.cleaned_data
        area, place = values["where"].split("-")
        return FrontSlot(
            pk=values["slot"],
            area=area,
            place=int(place),
            article=self.row,
            headline=values["headline"],
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
        )

    def shown_headline(self) -> str:
        """What readers would see here."""
        typed = str(self["headline"].value() or "")
        return typed or (self.row.headline if self.row else "記事がありません")

    def standing_where(self) -> str:
        """The place as it was sent or as it is stored, whatever else is wrong in the row."""
        value = str(self["where"].value() or "")
        return value if value in dict(WHERE) else WHERE[0][0]


class _SlotFormSet(_FormSet):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = [_number(form["article"].value()) for form in self.forms]
        found = (
            Article.objects.live()
            .select_related("section", "lead_photo")
            .defer("body", "search_text")
            .in_bulk([number for number in numbers if number])
        )
        for form, number in zip(self.forms, numbers, strict=True):
            form.row = found.get(number)

    def clean(self) -> None:
        for form in self.forms:
            if form.errors or not form.is_kept():
                continue
            problem = _problem(form.row)
            if problem:
                form.add_error("article", problem)

    def slots(self) -> list[FrontSlot]:
        """What the rows say; call it when they are valid."""
        return [form.as_slot() for form in self.forms if form.is_kept()]

    def by_place(self) -> list[tuple[str, str, list[SlotForm]]]:
        """Every place with its name and the rows that stand in it."""
        return [
            (value, name, [form for form in self.forms if form.standing_where() == value])
            for value, name in WHERE
        ]


SlotFormSet: Any = forms.formset_factory(
    SlotForm,
    formset=_SlotFormSet,
    extra=0,
    max_num=MOST_SLOTS,
    absolute_max=MOST_SLOTS,
    validate_max=True,
    can_delete=True,
)


def initial_of(slots: list[FrontSlot]) -> list[dict[str, Any]]:
    return [
        {
            "slot": slot.pk,
            "article": slot.article_id,
            "where": f"{slot.area}-{slot.place}",
            "headline": slot.headline,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
        }
        for slot in slots
    ]


def _problem(article: Article | None) -> str:
    if article is None:
        return "その記事はありません。"
    if article.status == Article.Status.WITHDRAWN:
        return f"「{article.headline}」は取り下げた記事なので置けません。"
    return ""


def _number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
