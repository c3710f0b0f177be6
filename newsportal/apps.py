from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class NewsportalConfig(AppConfig):
    name = "newsportal"
    verbose_name = "サイト"

    def ready(self) -> None:
        from newsportal import checks, reporting  # noqa: F401, PLC0415  (checks register themselves)

        reporting.start()


class NewsportalAdminConfig(AdminConfig):
    """Puts the desk's own AdminSite in the place of Django's."""

    default_site = "newsportal.desk.Desk"
