"""The addresses of rankings: pages under ranking/, JSON under api/. They stay."""

from __future__ import annotations

from django.urls import path

from rankings import views

urlpatterns = [
    path("", views.ranking, name="ranking"),
    path("<slug:window>/", views.ranking, name="ranking_window"),
    path("<slug:window>/<slug:section>/", views.ranking, name="ranking_section"),
]
api_urlpatterns = [
    path("rankings/<slug:window>/", views.ranking_json, name="api_ranking"),
    path("topics/", views.topics_json, name="api_topics"),
]
