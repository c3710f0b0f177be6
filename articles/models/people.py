"""Who writes and who delivers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from articles.models.addresses import Addressed
from articles.models.fields import LineField, ProseField


class Author(Addressed):
    name = LineField("名前", max_length=60)
    kana = LineField("読み", max_length=80, blank=True)
    slug = models.SlugField(
        "URLの名前", max_length=60, unique=True, help_text="半角の英数字とハイフン。"
    )
    role = LineField("所属・肩書", max_length=60, blank=True)
    bio = ProseField("紹介", max_length=600, blank=True)
    email = models.EmailField(
        "連絡先のメール", blank=True, default="", db_default="", help_text="読者に公開されます。"
    )
    website = models.URLField(
        "ウェブサイト", blank=True, default="", db_default="", help_text="読者に公開されます。"
    )
    photo = models.ForeignKey(
        "articles.Photo", models.SET_NULL, null=True, blank=True, verbose_name="写真"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name="アカウント",
    )
    is_active = models.BooleanField("在籍中", default=True)

    class Meta:
        verbose_name = "筆者"
        verbose_name_plural = "筆者"
        ordering = ["kana", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("author", args=[self.slug])


class Agency(models.Model):
    """A news or photo agency with the credit that its contract asks for."""

    name = LineField("名称", max_length=60, unique=True)
    slug = models.SlugField("識別名", max_length=60, unique=True)
    credit_pattern = LineField(
        "クレジットの形",
        max_length=80,
        help_text="例：「／AFP通信」「写真：時事」。{credit} の所に撮影者などが入ります。",
    )
    rights_web = models.BooleanField("ウェブ掲載可", default=True)
    rights_syndication = models.BooleanField("外部配信可", default=False)
    rights_social = models.BooleanField("SNS掲載可", default=False)
    rights_days = models.PositiveIntegerField(
        "利用できる日数", null=True, blank=True, help_text="空欄は期限なし。"
    )

    class Meta:
        verbose_name = "配信元"
        verbose_name_plural = "配信元"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def credit_line(self, credit: str) -> str:
        """The credit as printed, with the photographer where the pattern has a place for one."""
        return self.credit_pattern.replace("{credit}", credit).strip()
