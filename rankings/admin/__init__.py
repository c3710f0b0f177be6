"""The ranking desk: the lists as readers see them, the rules, and what articles' readers did."""

from __future__ import annotations

from rankings.admin.articles import ArticleWithViewsAdmin
from rankings.admin.lists import SnapshotAdmin
from rankings.admin.rules import RankingRuleAdmin

__all__ = ["ArticleWithViewsAdmin", "RankingRuleAdmin", "SnapshotAdmin"]
