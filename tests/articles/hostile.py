"""Headlines that break what is careless with them: markup, quotes, emoji, controls."""

from __future__ import annotations

from django.db import connection

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script> ]]> 終わり",
    "\"引用\" と 'もう一つ' & &amp; &#x3c;",
    "絵文字👨‍👩‍👧‍👦と🇯🇵、サロゲートの外𠮷野家",
    "制御\x00文字\x0b\x1f\x7f\u2028改行\u2029と\ufffe\uffff",
    "右から左\u202eabc\u202c",
    "{{ 7|add:7 }} {% now 'Y' %} %s %(x)s",
]


def write_raw_headline(article, headline):
    """Past all that cleans on the way in; PostgreSQL itself takes no NUL."""
    with connection.cursor() as cursor:
        statement = "UPDATE articles_article SET headline = %s WHERE id = %s"
        cursor.execute(statement, [headline.replace("\0", ""), article.pk])
