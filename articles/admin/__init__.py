"""The desk's pages for what editors make, one module a noun."""

from articles.admin.article import ArticleAdmin
from articles.admin.article_templates import ArticleTemplateAdmin
from articles.admin.audit_log import AuditEntryAdmin
from articles.admin.banner import BannerAdmin
from articles.admin.front import FrontSlotAdmin
from articles.admin.pages import AboutPageAdmin
from articles.admin.people import AgencyAdmin, AuthorAdmin
from articles.admin.photo import PhotoAdmin
from articles.admin.proofreading import CheckRuleAdmin, DictionaryEntryAdmin
from articles.admin.records import CorrectionAdmin, RevisionAdmin
from articles.admin.shift import DutyAdmin, ShiftNoteAdmin
from articles.admin.taxonomy import SectionAdmin, TagAdmin
from articles.admin.topic import TopicAdmin

__all__ = [
    "AboutPageAdmin",
    "AgencyAdmin",
    "ArticleAdmin",
    "ArticleTemplateAdmin",
    "AuditEntryAdmin",
    "AuthorAdmin",
    "BannerAdmin",
    "CheckRuleAdmin",
    "CorrectionAdmin",
    "DictionaryEntryAdmin",
    "DutyAdmin",
    "FrontSlotAdmin",
    "PhotoAdmin",
    "RevisionAdmin",
    "SectionAdmin",
    "ShiftNoteAdmin",
    "TagAdmin",
    "TopicAdmin",
]
