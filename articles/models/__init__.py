"""The newsroom's nouns, one module a concept; import them from here."""

from articles.models.article import Article, ArticleAuthor, ArticleQuerySet, RelatedArticle
from articles.models.invalidation import Invalidation
from articles.models.people import Agency, Author
from articles.models.photo import (
    ArticlePhoto,
    Photo,
    PhotoLikeness,
    PhotoQuerySet,
    Rendition,
    RetiredFile,
)
from articles.models.revision import AuditEntry, Correction, Revision
from articles.models.taxonomy import Section, Tag, TaggedArticle, Topic, TopicTeaser

__all__ = [
    "Agency",
    "Article",
    "ArticleAuthor",
    "ArticlePhoto",
    "ArticleQuerySet",
    "AuditEntry",
    "Author",
    "Correction",
    "Invalidation",
    "Photo",
    "PhotoLikeness",
    "PhotoQuerySet",
    "RelatedArticle",
    "Rendition",
    "RetiredFile",
    "Revision",
    "Section",
    "Tag",
    "TaggedArticle",
    "Topic",
    "TopicTeaser",
]
