import articles.models.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0008_working_copies_and_trash"),
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Banner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "text",
                    articles.models.fields.LineField(
                        help_text="全角40字ほどまで。「速報」の字は付きます。",
                        max_length=60,
                        verbose_name="文",
                    ),
                ),
                (
                    "url",
                    models.URLField(
                        blank=True,
                        help_text="記事がまだないとき。https:// から書きます。",
                        max_length=300,
                        verbose_name="ほかのアドレス",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="掲載開始"
                    ),
                ),
                ("ends_at", models.DateTimeField(verbose_name="掲載終了")),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        help_text="公開されている間だけ、文がこの記事へのリンクになります。",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="articles.article",
                        verbose_name="記事",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="作った人",
                    ),
                ),
            ],
            options={
                "verbose_name": "速報",
                "verbose_name_plural": "速報",
                "ordering": ["-starts_at", "-id"],
                "indexes": [
                    models.Index(fields=["starts_at"], name="banner_starts"),
                    models.Index(fields=["ends_at"], name="banner_ends"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="banner_ends_after_start",
                        violation_error_message="掲載終了は掲載開始より後にしてください。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "recipient",
                    articles.models.fields.LineField(max_length=60, verbose_name="見てもらう人"),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="控えです。送信はしません。",
                        max_length=254,
                        verbose_name="メールアドレス",
                    ),
                ),
                ("version", models.PositiveIntegerField(blank=True, null=True, verbose_name="版")),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="作成日時")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="無効にした日時"),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_links",
                        to="articles.article",
                        verbose_name="記事",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="作った人",
                    ),
                ),
            ],
            options={
                "verbose_name": "確認用リンク",
                "verbose_name_plural": "確認用リンク",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewOpening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="日時")),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="articles.reviewlink",
                    ),
                ),
            ],
            options={
                "verbose_name": "確認用リンクの閲覧",
                "verbose_name_plural": "確認用リンクの閲覧",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["link", "-at"], name="opening_of_link")],
            },
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("submit", "レビュー依頼"),
                            ("approve", "承認"),
                            ("return", "差し戻し"),
                            ("take_back", "依頼の取り消し"),
                            ("drop", "承認の失効"),
                            ("urgent", "速報で公開"),
                            ("comment", "社外からの意見"),
                            ("agree", "社外の了承"),
                        ],
                        max_length=12,
                        verbose_name="種類",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="日時")),
                (
                    "guest",
                    articles.models.fields.LineField(
                        blank=True, max_length=60, verbose_name="社外の人"
                    ),
                ),
                (
                    "words",
                    articles.models.fields.ProseField(
                        blank=True, max_length=1000, verbose_name="ひとこと"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="版")),
                ("digest", models.CharField(blank=True, editable=False, max_length=64)),
                ("is_independent", models.BooleanField(default=False, editable=False)),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="事後確認の日時"),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_steps",
                        to="articles.article",
                        verbose_name="記事",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="した人",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="事後確認した人",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="頼む人",
                    ),
                ),
            ],
            options={
                "verbose_name": "確認の記録",
                "verbose_name_plural": "確認の記録",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("checked_at", None), ("kind", "urgent")),
                        fields=["id"],
                        name="urgent_not_checked",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SectionScope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sections",
                    models.ManyToManyField(
                        blank=True,
                        help_text="選ばなければ、すべての分野です。ほかの分野の記事は読むだけになります。",
                        related_name="+",
                        to="articles.section",
                        verbose_name="担当の分野",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="section_scope",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人",
                    ),
                ),
            ],
            options={
                "verbose_name": "担当の分野",
                "verbose_name_plural": "担当の分野",
            },
        ),
        migrations.AlterModelOptions(
            name="article",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("publish_article", "記事を公開・予約できる"),
                    ("withdraw_article", "記事を取り下げられる"),
                    ("take_over_article", "ほかの人が編集中の記事を引き継げる"),
                    ("approve_article", "記事を承認・差し戻しできる"),
                    ("publish_urgently", "承認を待たずに速報として公開できる"),
                ],
                "verbose_name": "記事",
                "verbose_name_plural": "記事",
            },
        ),
        migrations.AlterModelOptions(
            name="section",
            options={
                "ordering": ["order", "id"],
                "permissions": [("set_review_rules", "分野の承認の決まりを変えられる")],
                "verbose_name": "分野",
                "verbose_name_plural": "分野",
            },
        ),
        migrations.AddField(
            model_name="article",
            name="held_reason",
            field=articles.models.fields.LineField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=300,
                verbose_name="保留の理由",
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="four_eyes",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="書いた人と最後に直した人は承認できません。承認も要るようになります。",
                verbose_name="二人で確かめる",
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="needs_review",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="承認された内容だけが公開・予約できます。",
                verbose_name="公開には承認が要る",
            ),
        ),
        # Choices stand in no database.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="article",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("draft", "下書き"),
                            ("in_review", "確認待ち"),
                            ("approved", "承認済み"),
                            ("published", "公開"),
                            ("held", "予約（保留）"),
                            ("withdrawn", "取り下げ"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="状態",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(
                    ("publish_at__isnull", False),
                    ("status__in", ["draft", "in_review", "approved", "held"]),
                ),
                fields=["publish_at"],
                name="article_planned",
            ),
        ),
    ]
