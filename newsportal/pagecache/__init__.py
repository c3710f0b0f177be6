"""The page cache: finished pages in memory, outside Django, dropped when what they show changes."""
