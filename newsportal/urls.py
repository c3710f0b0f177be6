"""The map of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from newsportal import views
from rankings.urls import api_urlpatterns

handler404 = "newsportal.views.page_not_found"
handler500 = "newsportal.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("articles.urls")),
    path("ranking/", include("rankings.urls")),
    path("api/", include(api_urlpatterns)),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("robots.txt", views.robots, name="robots"),
    path("ads.txt", views.ads, name="ads"),
    path(".well-known/security.txt", views.security, name="security"),
    path("site.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.icon, {"name": "favicon.ico"}, name="favicon"),
    path("apple-touch-icon.png", views.icon, {"name": "apple-touch-icon.png"}, name="touch_icon"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics_text, name="metrics"),
]
if prefix := views.local_media_prefix():
    urlpatterns.append(path(f"{prefix}/<path:path>", views.media, name="media"))
