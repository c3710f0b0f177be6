"""The addresses of readers' pages. They stay."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from articles import archive_views, feeds, page_views, review_views, sitemaps, views


class YearConverter(IntConverter):
    regex = "[0-9]{4}"


class TwoDigitsConverter(IntConverter):
    regex = "[0-9]{2}"


register_converter(YearConverter, "year")
register_converter(TwoDigitsConverter, "two")

urlpatterns = [
    path("", views.home, name="home"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("articles/<int:pk>/photos/<int:photo_pk>/", views.article_photo, name="article_photo"),
    path("sections/<slug:slug>/", views.section, name="section"),
    path("topics/", views.topics, name="topics"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path("authors/<slug:slug>/", views.author, name="author"),
    path("archive/", archive_views.archive_index, name="archive"),
    path("archive/<year:year>/", archive_views.archive_year, name="archive_year"),
    path("archive/<year:year>/<two:month>/", archive_views.archive_month, name="archive_month"),
    path(
        "archive/<year:year>/<two:month>/<two:day>/",
        archive_views.archive_day,
        name="archive_day",
    ),
    path("search/", views.search, name="search"),
    path("corrections/", page_views.corrections, name="corrections"),
    path("saved/", page_views.saved, name="saved"),
    path("about/", page_views.about, name="about"),
    path("about/<slug:slug>/", page_views.about_page, name="about_page"),
    path("review/<str:token>/", review_views.review, name="review"),
    path("api/articles/", page_views.articles_json, name="api_articles"),
    path("feeds/<str:form>/", feeds.site, name="feed"),
    path("feeds/corrections/<str:form>/", feeds.corrections, name="corrections_feed"),
    path("feeds/sections/<slug:slug>/<str:form>/", feeds.section, name="section_feed"),
    path("feeds/topics/<slug:slug>/<str:form>/", feeds.topic, name="topic_feed"),
    path("feeds/tags/<str:slug>/<str:form>/", feeds.tag, name="tag_feed"),
    path("feeds/authors/<slug:slug>/<str:form>/", feeds.author, name="author_feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap_pages"),
    path("sitemap-<int:year>-<int:month>-<int:part>.xml", sitemaps.month, name="sitemap_month"),
    path("sitemap-tags-<int:part>.xml", sitemaps.tags, name="sitemap_tags"),
    path("sitemap-authors-<int:part>.xml", sitemaps.authors, name="sitemap_authors"),
    path("sitemap-news.xml", sitemaps.news, name="sitemap_news"),
    path("sitemap-news-<int:part>.xml", sitemaps.news, name="sitemap_news_part"),
]
