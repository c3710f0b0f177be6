"""The house's rules of language: its dictionary, how strict a rule is, what was ignored."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from articles.models.fields import LineField, ProseField
from articles.models.taxonomy import Section
from articles.proofreading import Entry, Level, Style
from articles.proofreading.words import stem_of

LONGEST_FORM = 40
_BETWEEN_FORMS = re.compile(r"[、，,\r\n]+")
LEVELS = [
    (Level.BLOCKING.value, "公開を止める"),
    (Level.ADVISORY.value, "知らせる"),
    (Level.OFF.value, "調べない"),
]
STYLES = [
    (Style.ANY.value, "記事の中でそろえる"),
    (Style.HALF.value, "半角"),
    (Style.FULL.value, "全角"),
    (Style.SINGLE_FULL.value, "一つなら全角、二つ以上なら半角"),
]


class DictionaryEntry(models.Model):
    """A word of the house: what not to write, and what to write instead."""

    class Kind(models.TextChoices):
        SPELLING = "spelling", "社の表記"
        BANNED = "banned", "使わない語"

    kind = models.CharField("種類", max_length=10, choices=Kind, default=Kind.SPELLING)
    wrong = ProseField(
        "避ける書き方", max_length=400, help_text="いくつもあるときは「、」か改行で区切ります。"
    )
    right = LineField(
        "社の書き方",
        max_length=LONGEST_FORM,
        blank=True,
        help_text="使わない語で、言い換えを決められないときは空欄にします。",
    )
    inflects = models.BooleanField(
        "活用する",
        default=False,
        help_text="「磨き込む」で「磨き込まれた」「磨き込んで」も見つけます。",
    )
    in_quotations = models.BooleanField(
        "「」の中も調べる",
        default=False,
        help_text="使わない語は、印がなくても「」の中まで調べます。",
    )
    note = LineField("注記", max_length=120, blank=True, help_text="理由や例外。指摘に出ます。")
    section = models.ForeignKey(
        Section,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="分野",
        help_text="空欄ならすべての分野。",
    )
    level = models.CharField(
        "強さ",
        max_length=10,
        choices=LEVELS,
        blank=True,
        help_text="空欄なら「表記の決まり」のとおり。",
    )

    class Meta:
        verbose_name = "表記辞書の語"
        verbose_name_plural = "表記辞書"
        ordering = ["wrong", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="banned") | ~Q(right=""),
                name="spelling_has_right_form",
                violation_error_message="「社の書き方」を書いてください。",
            ),
        ]

    def __str__(self) -> str:
        return f"{'、'.join(self.forms)} → {self.right or '（使わない）'}"

    def clean(self) -> None:
        if not self.forms:
            raise ValidationError({"wrong": "避ける書き方を書いてください。"})
        if self.kind == self.Kind.SPELLING and not self.right:
            raise ValidationError({"right": "「社の書き方」を書いてください。"})
        for form in self.forms:
            if len(form) > LONGEST_FORM:
                raise ValidationError(
                    {"wrong": f"「{form[:10]}…」が長すぎます。{LONGEST_FORM}字までです。"}
                )
            if form == self.right:
                raise ValidationError({"right": "避ける書き方と同じです。"})
            if self.inflects:
                self._refuse_other_endings(form)
        self.wrong = "、".join(self.forms)

    def _refuse_other_endings(self, form: str) -> None:
        if not stem_of(form)[1]:
            raise ValidationError({"inflects": f"「{form}」は活用する語の終わりではありません。"})
        if self.right and self.right[-1] != form[-1]:
            raise ValidationError(
                {"right": f"活用する語なので、「{form[-1]}」で終わる形にしてください。"}
            )

    @property
    def forms(self) -> tuple[str, ...]:
        parts = (part.strip() for part in _BETWEEN_FORMS.split(self.wrong))
        return tuple(dict.fromkeys(part for part in parts if part))

    @property
    def entry(self) -> Entry:
        return Entry(
            wrong=self.forms,
            right=self.right,
            is_banned=self.kind == self.Kind.BANNED,
            inflects=self.inflects,
            in_quotations=self.in_quotations,
            note=self.note,
            level=self.level,
        )


class CheckRule(models.Model):
    """How strict a rule or an item of the checklist is, where it is not the default."""

    # A name of `articles.checklist.NAMED`, which knows the words and the default of each.
    rule = models.CharField("決まり", max_length=20)
    section = models.ForeignKey(
        Section,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="分野",
        help_text="空欄ならすべての分野。分野を選んだ決まりが優先します。",
    )
    level = models.CharField("強さ", max_length=10, choices=LEVELS)
    style = models.CharField(
        "社の書き方",
        max_length=12,
        choices=STYLES,
        blank=True,
        default=Style.ANY.value,
        help_text="数字と英字だけ。",
    )

    class Meta:
        verbose_name = "表記と公開の決まり"
        verbose_name_plural = "表記と公開の決まり"
        ordering = ["rule", "section", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "section"],
                name="check_rule_once_per_section",
                violation_error_message="この決まりは、この分野ではもう決めてあります。",
            ),
            models.UniqueConstraint(
                fields=["rule"],
                name="check_rule_once_for_all",
                condition=Q(section=None),
                violation_error_message="この決まりは、すべての分野についてもう決めてあります。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.section or ''}".strip()


class IgnoredFinding(models.Model):
    """A finding that somebody let stand in an article, and why.

    Tied to the rule and the exact words, not to the place, so that edits elsewhere keep it.
    """

    article = models.ForeignKey(
        "articles.Article",
        models.CASCADE,
        related_name="ignored_findings",
        verbose_name="記事",
    )
    rule = models.CharField("決まり", max_length=20)
    # Not a LineField: the words may be characters that no text of ours keeps.
    words = models.CharField("語句", max_length=200)
    reason = LineField("理由", max_length=200)
    created_at = models.DateTimeField("日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="無視した人",
    )

    class Meta:
        verbose_name = "無視した指摘"
        verbose_name_plural = "無視した指摘"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "rule", "words"], name="finding_ignored_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}「{self.words}」：{self.reason}"
