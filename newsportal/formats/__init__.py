"""How dates and times may be typed at the desk, by language."""
