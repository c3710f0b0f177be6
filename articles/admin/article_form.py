"""The form of an article and of the rows that hang on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adminsortable2.admin import CustomInlineFormSet
from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from taggit.forms import TagWidget

from articles.admin.fields import UrgentReasonField, give_loaded
from articles.admin.headline_question import HeadlineQuestion, words_of
from articles.layout import settled_body
from articles.models import Article, RelatedArticle, TopicTeaser
from articles.publishing import StaleVersionError, refuse_stale

if TYPE_CHECKING:
    _InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    _InlineFormSet = BaseInlineFormSet

MAX_TAGS = 20
MAX_TAG_LENGTH = 50


class ArticleForm(HeadlineQuestion, forms.ModelForm[Article]):
    # Which version of the article the form shows; a save of an older one is refused.
    version_token = forms.IntegerField(
        widget=forms.HiddenInput,
        required=False,
        error_messages={"invalid": "画面を読み直してください。"},
    )
    is_material = forms.BooleanField(
        label="更新日時を進める",
        required=False,
        help_text="内容が変わる直しのときに。読者の画面に「更新」の時刻が出ます。",
    )
    urgent_reason = UrgentReasonField()

    save_reason = forms.CharField(
        label="保存の理由",
        max_length=200,
        required=False,
        help_text="版の一覧に出ます。書かなくてもかまいません。",
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    # Set on the class that the admin makes for each request.
    wants_publish = False
    refusal: ValidationError | None = None
    editor: Any = None

    class Meta:
        model = Article
        fields = "__all__"
        widgets = {
            "teaser": forms.Textarea(attrs={"rows": 2, "data-count": 80, "data-count-from": 40}),
            "headline": forms.Textarea(attrs={"rows": 1, "data-count": 32}),
            "short_headline": forms.TextInput(attrs={"data-count": 15, "class": "vTextField"}),
            "tags": TagWidget(attrs={"class": "vTextField", "placeholder": "東京、灯台"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.publish_now = False
        self.fields["version_token"].initial = self.instance.version
        if self.instance.pk and "body" in self.fields:
            self.initial["body"] = settled_body(self.instance)
        for field in self.fields.values():
            # A browser cuts what is pasted at this length without a word; the form says it.
            field.widget.attrs.pop("maxlength", None)
        if "publish_at" in self.fields and self.has_begun:
            self.fields["publish_at"].disabled = True
            self.fields["publish_at"].help_text = "公開した記事の公開日時は変えられません。"

    @property
    def has_begun(self) -> bool:
        """Was the article published, as the database knows it, and is its time past?"""
        return (
            self.instance.status == Article.Status.PUBLISHED
            and self.instance.publish_at is not None
            and self.instance.publish_at <= timezone.now()
        )

    def clean_tags(self) -> list[str]:
        names: list[str] = self.cleaned_data["tags"]
        if len(names) > MAX_TAGS:
            raise ValidationError(f"タグは{MAX_TAGS}個までです（今は{len(names)}個）。")
        for name in names:
            if len(name) > MAX_TAG_LENGTH:
                raise ValidationError(
                    f"タグ「{name[:15]}…」が長すぎます。{MAX_TAG_LENGTH}字までです。"
                    "「、」で区切り忘れていませんか。"
                )
        return names

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk:
            self._refuse_stale(cleaned.get("version_token"))
        if self.has_begun and "publish_at" in cleaned:
            # The field shows whole seconds; the time itself must not change by their parts.
            cleaned["publish_at"] = self.instance.publish_at
        if self.wants_publish and "publish_at" in cleaned and cleaned["publish_at"] is None:
            self.publish_now = True
            cleaned["publish_at"] = timezone.now()
        self._refuse_times(cleaned)
        if self.has_begun and "headline" in cleaned:
            # What readers have seen, and not what this page was opened with.
            rows = Article.objects.filter(pk=self.instance.pk)
            seen = rows.values("headline", "teaser", "body").get()
            told = self._has_new_correction()
            self.ask_about_headline(seen["headline"], cleaned["headline"], has_correction=told)
            self.ask_about_facts(words_of(seen), words_of(seen | cleaned), has_correction=told)
        if self.refusal is not None:
            self._show_refusal(self.refusal)
        return cleaned

    @property
    def reason_of_save(self) -> str:
        """Why this was saved, in the editor's words; empty when none were given."""
        said = [self.cleaned_data.get("save_reason") or "", self.wording_reason]
        return "　".join(part for part in said if part)[:200]

    def _has_new_correction(self) -> bool:
        """Is a correction written in the rows below, by which readers are told?"""
        return any(
            name.startswith("corrections-") and name.endswith("-text") and str(value).strip()
            for name, value in self.data.items()
        )

    def _refuse_stale(self, token: int | None) -> None:
        if token is None:
            self.add_error(None, "どの版を直したか分かりません。画面を読み直してください。")
            return
        try:
            refuse_stale(self.instance.pk, token, by=self.editor)
        except StaleVersionError as error:
            text = f"{error.message}入力した内容はこの画面に残っています。"
            self.add_error(None, ValidationError(text, code="stale"))

    def _refuse_times(self, cleaned: dict[str, Any]) -> None:
        begin, end = cleaned.get("publish_at"), cleaned.get("unpublish_at")
        if begin and end and end <= begin:
            self.add_error("unpublish_at", "公開終了日時は公開日時より後にしてください。")
        scheduled = self.instance.status == Article.Status.PUBLISHED
        if scheduled and "publish_at" in cleaned and begin is None:
            self.add_error(
                "publish_at",
                "予約中です。予約をやめるなら「予約を取り消す」を、"
                "今すぐ公開するなら「公開・予約」を押してください。",
            )

    def _show_refusal(self, refusal: ValidationError) -> None:
        if not hasattr(refusal, "error_dict"):
            self.add_error(None, refusal)
            return
        for name, messages in refusal.message_dict.items():
            # What is wrong with photos is said above the photos, by their formset.
            if name != "article_photos":
                self.add_error(name if name in self.fields else None, messages)


class OnceEach(_InlineFormSet):
    """Rows of which no two may name the same thing; says so in the newsroom's words."""

    duplicate_message = "同じものが二度入っています。"

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {"label_suffix": "", **super().get_form_kwargs(index)}

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        give_loaded(form)
        if "DELETE" in form.fields:
            # In a table its label is the head of the column alone.
            form.fields["DELETE"].widget.attrs["aria-label"] = "削除"

    def get_unique_error_message(self, unique_check: Any) -> str:
        return self.duplicate_message

    def get_form_error(self) -> str:
        return self.duplicate_message


class AuthorFormSet(OnceEach, CustomInlineFormSet):
    duplicate_message = "同じ筆者が二度入っています。"


class RelatedFormSet(OnceEach, CustomInlineFormSet):
    duplicate_message = "同じ関連記事が二度入っています。"


class TeaserFormSet(OnceEach):
    duplicate_message = "この記事は同じトピックに一度だけ入れられます。"


class PhotoFormSet(OnceEach, CustomInlineFormSet):
    duplicate_message = "同じ写真が二度入っています。"

    def __init__(self, *args: Any, refusal: ValidationError | None = None, **kwargs: Any) -> None:
        self.refusal = refusal
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self.refusal is not None and hasattr(self.refusal, "error_dict"):
            messages = self.refusal.message_dict.get("article_photos")
            if messages:
                raise ValidationError(messages)


class RelatedForm(forms.ModelForm[RelatedArticle]):
    def clean_other(self) -> Article:
        other: Article = self.cleaned_data["other"]
        if other.pk is not None and other.pk == self.instance.article_id:
            raise ValidationError("記事自身は関連記事にできません。")
        # One that was withdrawn later stays: it keeps nobody from saving, and no reader sees it.
        if "other" in self.changed_data and other.status == Article.Status.WITHDRAWN:
            raise ValidationError("取り下げた記事は読者に出ません。外してください。")
        return other


class TeaserForm(forms.ModelForm[TopicTeaser]):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if begin and end and end <= begin:
            self.add_error("ends_at", "掲載終了は掲載開始より後にしてください。")
        return cleaned
