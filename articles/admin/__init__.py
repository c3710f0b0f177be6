"""The desk's pages for what editors make, one module a noun."""

from articles.admin.article import ArticleAdmin
from articles.admin.people import AgencyAdmin, AuthorAdmin
from articles.admin.photo import PhotoAdmin
from articles.admin.records import AuditEntryAdmin, CorrectionAdmin, RevisionAdmin
from articles.admin.taxonomy import SectionAdmin, TagAdmin
from articles.admin.topic import TopicAdmin

__all__ = [
    "AgencyAdmin",
    "ArticleAdmin",
    "AuditEntryAdmin",
    "AuthorAdmin",
    "CorrectionAdmin",
    "PhotoAdmin",
    "RevisionAdmin",
    "SectionAdmin",
    "TagAdmin",
    "TopicAdmin",
]
