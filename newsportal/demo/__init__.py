"""The demo newsroom: articles, people and pictures made by code."""
