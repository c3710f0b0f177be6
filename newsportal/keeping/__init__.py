"""Backup and restore: database, views that are not counted yet, and what belongs to pictures."""
