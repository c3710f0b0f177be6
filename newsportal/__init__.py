"""How the site is put together: settings, urls, masthead, weather, health, the desk."""
