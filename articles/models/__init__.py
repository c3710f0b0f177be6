"""The newsroom's nouns, one module a concept; import them from here."""

from articles.models.addresses import FormerSlug
from articles.models.article import Article, ArticleAuthor, ArticleQuerySet, RelatedArticle
from articles.models.banner import Banner, BannerQuerySet
from articles.models.front import FrontArrangement, FrontSlot, FrontSlotQuerySet
from articles.models.invalidation import Invalidation
from articles.models.notes import ArticleNote, NoteMention
from articles.models.pages import AboutPage
from articles.models.people import Agency, Author
from articles.models.photo import (
    ArticlePhoto,
    Photo,
    PhotoLikeness,
    PhotoQuerySet,
    Rendition,
    RetiredFile,
)
from articles.models.proofreading import CheckRule, DictionaryEntry, IgnoredFinding
from articles.models.review_link import ReviewLink, ReviewOpening
from articles.models.revision import AuditEntry, Correction, Revision
from articles.models.search_entry import SearchEntry
from articles.models.shift import Duty, ShiftNote
from articles.models.swap import Swap
from articles.models.taxonomy import (
    Section,
    Tag,
    TaggedArticle,
    Topic,
    TopicTeaser,
    TopicTeaserQuerySet,
)
from articles.models.workflow import ReviewStep, SectionScope
from articles.models.writing import ArticleTemplate, Autosave, EditingSession

__all__ = [
    "AboutPage",
    "Agency",
    "Article",
    "ArticleAuthor",
    "ArticleNote",
    "ArticlePhoto",
    "ArticleQuerySet",
    "ArticleTemplate",
    "AuditEntry",
    "Author",
    "Autosave",
    "Banner",
    "BannerQuerySet",
    "CheckRule",
    "Correction",
    "DictionaryEntry",
    "Duty",
    "EditingSession",
    "FormerSlug",
    "FrontArrangement",
    "FrontSlot",
    "FrontSlotQuerySet",
    "IgnoredFinding",
    "Invalidation",
    "NoteMention",
    "Photo",
    "PhotoLikeness",
    "PhotoQuerySet",
    "RelatedArticle",
    "Rendition",
    "RetiredFile",
    "ReviewLink",
    "ReviewOpening",
    "ReviewStep",
    "Revision",
    "SearchEntry",
    "Section",
    "SectionScope",
    "ShiftNote",
    "Swap",
    "Tag",
    "TaggedArticle",
    "Topic",
    "TopicTeaser",
    "TopicTeaserQuerySet",
]
