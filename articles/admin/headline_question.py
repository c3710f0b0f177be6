"""Whether a changed headline, number or name of a public article needs a correction."""

from __future__ import annotations

from typing import Any

from django import forms

from articles.correcting import correct
from articles.facts import changed_facts
from articles.markup import plain_text
from articles.models import Article

CORRECTION, WORDING = "correction", "wording"


class HeadlineQuestion(forms.Form):
    """Asked when readers have seen something else and nobody has written a correction."""

    headline_answer = forms.ChoiceField(
        label="訂正を出しますか",
        choices=[
            (CORRECTION, "訂正を書く（記事と訂正の一覧に出ます）"),
            (WORDING, "字句の直しだけ（読者には出さず、理由を記録します）"),
        ],
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "どちらかを選んでください。"},
    )
    headline_words = forms.CharField(
        label="訂正の文、または直した理由",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="訂正なら、何がどう誤っていたかを読者に向けて書きます。",
    )

    # The headlines before and after, once the question has to be asked.
    headlines_asked: tuple[str, str] | None = None
    # The numbers and names before and after, in the same way.
    facts_asked: tuple[list[str], list[str]] | None = None

    def ask_about_headline(self, old: str, new: str, *, has_correction: bool = False) -> None:
        """Adds an error while the question is open. Call it in `clean()`."""
        if old == new or not old or has_correction:
            return
        self.headlines_asked = (old, new)
        self._ask("公開した見出しが変わっています。訂正を出すかどうかを選んでください。")

    def ask_about_facts(self, old: str, new: str, *, has_correction: bool = False) -> None:
        """The same for numbers and names; one question for both."""
        gone, come = changed_facts(old, new)
        if not gone or has_correction:
            return
        self.facts_asked = (gone, come)
        if self.headlines_asked is None:
            self._ask("公開した数字か名前が変わっています。訂正を出すかどうかを選んでください。")

    def _ask(self, question: str) -> None:
        answer = self.cleaned_data.get("headline_answer")
        words = (self.cleaned_data.get("headline_words") or "").strip()
        if not answer:
            self.add_error("headline_answer", question)
        elif not words:
            wanted = "訂正の文" if answer == CORRECTION else "直した理由"
            self.add_error("headline_words", f"{wanted}を書いてください。")

    @property
    def correction_text(self) -> str:
        """What readers are to be told; empty when nothing is."""
        return self._words_for(CORRECTION)

    @property
    def wording_reason(self) -> str:
        """Why readers need not be told, for the record."""
        words = self._words_for(WORDING)
        return f"字句の直し：{words}"[:200] if words else ""

    def write_correction(self, article: Article, *, by: Any) -> None:
        if self.correction_text:
            correct(article, by=by, text=self.correction_text)

    def _words_for(self, answer: str) -> str:
        values = self.cleaned_data
        is_asked = self.headlines_asked is not None or self.facts_asked is not None
        if not is_asked or values.get("headline_answer") != answer:
            return ""
        return str(values.get("headline_words") or "").strip()


def words_of(values: Any) -> str:
    """Headline, lead and body as readers read them, of a form, a row or a document."""
    parts = [str(values.get(name) or "") for name in ("headline", "teaser")]
    return "\n".join([*parts, plain_text(str(values.get("body") or ""))])
