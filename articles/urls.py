"""The addresses of readers' pages. They stay."""

from __future__ import annotations

from django.urls import path

from articles import views

urlpatterns = [
    path("", views.home, name="home"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("articles/<int:pk>/photos/<int:photo_pk>/", views.article_photo, name="article_photo"),
    path("sections/<slug:slug>/", views.section, name="section"),
    path("topics/", views.topics, name="topics"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path("authors/<slug:slug>/", views.author, name="author"),
    path("search/", views.search, name="search"),
]
