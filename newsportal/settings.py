"""Settings of the whole site, all from the environment. README.md lists them in a table."""

from __future__ import annotations

import mimetypes
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django_prose_editor.config import html_tags
from huey import RedisHuey, SqliteHuey
from js_asset import static_lazy

from newsportal import policies
from newsportal.buckets import bucket_storages, public_url
from newsportal.environment import (
    env,
    env_bool,
    env_int,
    env_lines,
    env_list,
    env_networks,
    env_path,
    env_secret,
    env_text,
)

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything a run makes lives here: a backup is this folder, a factory reset deletes it.
VAR_DIR = Path(env_text("VAR_DIR", str(BASE_DIR / "var"), max_length=1000)).resolve()

DEBUG = env_bool("DEBUG")
SECRET_KEY = env_secret("SECRET_KEY", VAR_DIR / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
# Below which path the desk answers.
ADMIN_PATH = env_path("ADMIN_PATH", "admin/")
# From where; empty means from everywhere.
ADMIN_NETWORKS = env_networks("ADMIN_NETWORKS")

# --- the newspaper's own face
SITE_NAME = env_text("SITE_NAME", "ことのは新報", max_length=40)
SITE_TAGLINE = env_text("SITE_TAGLINE", "毎日を、ことばで照らす。", max_length=80)
# Absolute addresses in feeds, canonical links and commands; no slash at the end.
SITE_URL = env_text("SITE_URL", "http://localhost:8000").rstrip("/")
if not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("SITE_URL must begin with http:// or https://.")
SECURE = SITE_URL.startswith("https://")

# --- applications
INSTALLED_APPS = [
    "newsportal.apps.NewsportalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "taggit",
    "adminsortable2",
    "django_prose_editor",
    "django_tasks",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "huey.contrib.djhuey",
    "articles.apps.ArticlesConfig",
    "rankings.apps.RankingsConfig",
    "newsportal.apps.NewsportalConfig",
]
MIDDLEWARE = [
    "newsportal.watching.RenderClock",
    "newsportal.headers.HeadersMiddleware",
    "newsportal.maintenance.middleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "newsportal.gate.GateMiddleware",
    "newsportal.gate.GuessedLinksMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # Also for what the page cache never sees, and where it is turned off.
    "django.middleware.http.ConditionalGetMiddleware",
    "newsportal.redirects.OneHopMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "newsportal.urls"
WSGI_APPLICATION = "newsportal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "newsportal.context_processors.masthead",
            ],
        },
    },
]

# Lets templates/ override the widgets of forms as well.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data
DATABASE_URL = env_text("DATABASE_URL", f"sqlite:///{VAR_DIR}/newsportal.sqlite3", max_length=1000)
DATABASES: dict[str, Any] = {"default": env.db_url_config(DATABASE_URL)}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 600
_database["CONN_HEALTH_CHECKS"] = True
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on while one writes; IMMEDIATE makes writers queue up at BEGIN
    # instead of failing in the middle of a transaction.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000;"
        ),
    }
elif _database["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgres://.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env_text("REDIS_URL", "", max_length=500)
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")

# --- jobs: huey runs them, code enqueues them through django_tasks
TASKS = {"default": {"BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend"}}
if REDIS_URL:
    HUEY: Any = RedisHuey("newsportal", url=REDIS_URL, results=False)
else:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    HUEY = SqliteHuey("newsportal", filename=str(VAR_DIR / "jobs.sqlite3"), results=False)

# --- files
# Python learns these from the system's list, which a bare machine has not.
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("image/avif", ".avif")
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = public_url() or "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    # Renditions: public, named by their content.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"allow_overwrite": True},
    },
    # What photographers handed in: never served to readers.
    "originals": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "originals", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
    # MEDIA_S3_* put both kinds of pictures into buckets.
    **bucket_storages(),
}
WHITENOISE_USE_FINDERS = DEBUG
# Names without a hash are never asked for; compressing them too would double the work.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
PHOTO_MAX_PIXELS = env_int("PHOTO_MAX_PIXELS", 80_000_000, low=1_000_000, high=500_000_000)
PHOTO_MAX_BYTES = env_int("PHOTO_MAX_BYTES", 40_000_000, low=100_000, high=1_000_000_000)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# --- language and time
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語")]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "newsportal.formats"

# --- people
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Who guesses a password is stopped for a while: this name from this address, nobody else.
LOGIN_FAILURES = env_int("LOGIN_FAILURES", 5, low=2, high=100)
LOGIN_LOCK_MINUTES = env_int("LOGIN_LOCK_MINUTES", 15, low=1, high=1440)
AXES_FAILURE_LIMIT = LOGIN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "newsportal.gate.address_for_lock"
AXES_LOCKOUT_CALLABLE = "newsportal.gate.locked_out"
AXES_RESET_ON_SUCCESS = True
# Trying on while locked does not lengthen the lock, or it would have no end.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True

# The second step of a login, a code from an app: off, optional (who has set it up is asked), or
# required of everybody.
ADMIN_OTP = env_text("ADMIN_OTP", "optional", max_length=10)
if ADMIN_OTP not in {"off", "optional", "required"}:
    raise ImproperlyConfigured("ADMIN_OTP must be off, optional or required.")
OTP_TOTP_ISSUER = SITE_NAME

# --- tags
TAGGIT_CASE_INSENSITIVE = True
TAGGIT_TAGS_FROM_STRING = "articles.text.split_tags"
TAGGIT_STRING_FROM_TAGS = "articles.text.join_tags"

# --- the text editor: what it does not bring itself
DJANGO_PROSE_EDITOR_EXTENSIONS = [
    {
        "js": [static_lazy("articles/ruby.js")],
        "extensions": {"Ruby": html_tags(["ruby", "rt", "rp"])},
    },
    {
        "js": [static_lazy("articles/foreign.js")],
        "extensions": {"Foreign": html_tags(["i"], {"i": ["lang"]})},
    },
    {"js": [static_lazy("articles/cite.js")], "extensions": {"Cite": html_tags(["cite"])}},
    {
        "js": [static_lazy("articles/photo_place.js")],
        "extensions": {"PhotoPlace": html_tags(["hr"], {"hr": ["data-photo"]})},
    },
    {"js": [static_lazy("articles/embed.js")], "extensions": {"Embed": html_tags([])}},
    {"js": [static_lazy("articles/paste.js")], "extensions": {"CleanPaste": html_tags([])}},
    {
        "js": [static_lazy("articles/findings.js")],
        "extensions": {"Findings": html_tags([])},
    },
]

# --- found and shared
# Do feeds carry whole articles, or their leads alone?
FEEDS_FULL_TEXT = env_bool("FEEDS_FULL_TEXT")
# Further rules for robots.txt and the whole of ads.txt, a line each.
ROBOTS_RULES = env_lines("ROBOTS_RULES")
ADS_TXT = env_lines("ADS_TXT")
# Where to tell of weaknesses, for security.txt: addresses with mailto:, https: or tel:.
SECURITY_CONTACT = env_list("SECURITY_CONTACT", [])
if not all(each.startswith(("mailto:", "https:", "tel:")) for each in SECURITY_CONTACT):
    raise ImproperlyConfigured("SECURITY_CONTACT must begin with mailto:, https: or tel:.")

# --- the two sidebars
RANKING_SIDEBAR_ITEMS = env_int("RANKING_SIDEBAR_ITEMS", 5, low=1, high=20)
TOPIC_SIDEBAR_ITEMS = env_int("TOPIC_SIDEBAR_ITEMS", 8, low=1, high=20)
# May a story stand in this list although it stands elsewhere on the page?
RANKING_SIDEBAR_ALLOW_REPEATS = env_bool("RANKING_SIDEBAR_ALLOW_REPEATS")
TOPIC_SIDEBAR_ALLOW_REPEATS = env_bool("TOPIC_SIDEBAR_ALLOW_REPEATS")

# --- counting
SPOOL_DIR = VAR_DIR / "spool"
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0, low=0, high=10)
VIEW_REPEAT_MINUTES = env_int("VIEW_REPEAT_MINUTES", 30, low=0, high=1440)
# A picture in <noscript> counts readers without JavaScript.
VIEW_PIXEL = env_bool("VIEW_PIXEL")
VIEW_NETWORK_CAP = env_int("VIEW_NETWORK_CAP", 20, low=1, high=1_000_000)
# As how many more views a read to the end ranks. What is shown and counted stays the views.
RANKING_READ_WEIGHT = env_int("RANKING_READ_WEIGHT", 0, low=0, high=100)

# --- pages that each web process keeps ready; 0 has Django answer every request
PAGE_CACHE_PAGES = env_int("PAGE_CACHE_PAGES", 0 if DEBUG else 2000, low=0, high=100_000)

PAGE_CACHE_BELL = VAR_DIR / "invalidated"
PAGE_CACHE_HANDOFF = VAR_DIR / "pages"

# While this file exists, the site says that it is closed: newsportal/maintenance.py.
MAINTENANCE_FILE = VAR_DIR / "maintenance"

# The folder in which nginx keeps pages on this host (see newsportal/nginx.py); none: no nginx.
_nginx_cache = env_text("NGINX_CACHE_DIR", "", max_length=500)
NGINX_CACHE_DIR = Path(_nginx_cache) if _nginx_cache else None

# --- a CDN that is told what changed: newsportal/cdn.py
CDN = env_text("CDN", "", max_length=20)
if CDN not in {"", "fastly", "cloudflare"}:
    raise ImproperlyConfigured("CDN must be fastly, cloudflare or empty.")
# Fastly's service or Cloudflare's zone, and a token that may purge it.
CDN_SERVICE = env_text("CDN_SERVICE", "", max_length=100)
CDN_TOKEN = env_text("CDN_TOKEN", "", max_length=500)
CDN_API_URL = env_text("CDN_API_URL", "", max_length=500).rstrip("/")
if CDN and not (CDN_SERVICE and CDN_TOKEN):
    raise ImproperlyConfigured("CDN needs CDN_SERVICE and CDN_TOKEN.")
if CDN == "cloudflare":
    MIDDLEWARE.append("newsportal.cdn.cache_tags")

# --- weather: the Japan Meteorological Agency's AMeDAS station observations
WEATHER_BASE_URL = env_text("WEATHER_BASE_URL", "https://www.jma.go.jp/bosai/amedas/data")
if not WEATHER_BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("WEATHER_BASE_URL must begin with http:// or https://.")
WEATHER_STATION = env_text("WEATHER_STATION", "44132", max_length=10)
WEATHER_PLACE = env_text("WEATHER_PLACE", "東京", max_length=20)
WEATHER_ENABLED = env_bool("WEATHER_ENABLED", default=True)
# Older observations are not shown.
WEATHER_MAX_AGE_MINUTES = env_int("WEATHER_MAX_AGE_MINUTES", 90, low=10, high=1440)

# --- security
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": policies.site_policy(
        bare_page=BASE_DIR / "templates/_bare.html",
        files=[STATIC_URL, MEDIA_URL],
        is_secure=SECURE,
    )
}
DESK_SECURITY_POLICY = policies.desk_policy(CONTENT_SECURITY_POLICY["DIRECTIVES"])
PERMISSIONS_POLICY = policies.PERMISSIONS_POLICY
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 31_536_000, low=0, high=63_072_000) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env_bool("HSTS_PRELOAD")
if SECURE:
    # The address that the operator gave is where the desk's forms come from.
    CSRF_TRUSTED_ORIGINS = [*CSRF_TRUSTED_ORIGINS, "/".join(SITE_URL.split("/")[:3])]
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    # The proxy that ends TLS sends http on to https; here it would loop without its header.
    "security.W008",
    # What binds every other host of the domain for years is the operator's choice.
    "security.W005",
    "security.W021",
]

# --- watching: /metrics answers whoever sends this as a bearer token; empty turns it off
METRICS_TOKEN = env_text("METRICS_TOKEN", "")

# Not shown by error pages with DEBUG, nor in reports: passwords in addresses.
DEFAULT_EXCEPTION_REPORTER_FILTER = "newsportal.redaction.ReportFilter"

# Reports of faults: newsportal/reporting.py
SENTRY_DSN = env_text("SENTRY_DSN", "", max_length=500)

LOG_FORMAT = env_text("LOG_FORMAT", "text", max_length=10)
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT must be text or json.")
# A line for each request that Django answers and for each job of the worker.
LOG_ACCESS = env_bool("LOG_ACCESS", default=LOG_FORMAT == "json")
_access_level = "INFO" if LOG_ACCESS else "WARNING"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "newsportal.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "newsportal.logs.JsonFormatter"},
    },
    "filters": {
        "quiet_refusals": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://newsportal.logs.quiet_refusals",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env_text("LOG_LEVEL", "WARNING", max_length=10)},
    "loggers": {
        "django.request": {"filters": ["quiet_refusals"]},
        "newsportal.access": {"level": _access_level},
        "newsportal.jobs": {"level": _access_level},
        # Without a level of its own run_huey would add a handler with a format of its own.
        "huey": {"handlers": ["console"], "propagate": False},
    },
}
