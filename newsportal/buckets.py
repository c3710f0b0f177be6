"""Pictures in S3 instead of a folder: the settings of the two buckets, from the environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from newsportal.environment import env_text

_BACKEND = "storages.backends.s3.S3Storage"
_YEAR = "public, max-age=31536000, immutable"


def public_url() -> str:
    """Where readers load renditions from, with a slash at the end; empty without a bucket."""
    if not env_text("MEDIA_S3_BUCKET", ""):
        return ""
    url = env_text("MEDIA_S3_PUBLIC_URL", "").rstrip("/")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ImproperlyConfigured(
            "MEDIA_S3_PUBLIC_URL must be the address at which readers find the files of "
            "MEDIA_S3_BUCKET, for example https://media.example.jp."
        )
    return f"{url}/"


def bucket_storages() -> dict[str, dict[str, Any]]:
    """STORAGES of renditions and originals; nothing without MEDIA_S3_BUCKET.

    Raises ImproperlyConfigured when one of them is missing or both are the same.
    """
    bucket = env_text("MEDIA_S3_BUCKET", "")
    originals = env_text("MEDIA_S3_ORIGINALS_BUCKET", "")
    if not bucket:
        if originals:
            raise ImproperlyConfigured("MEDIA_S3_ORIGINALS_BUCKET needs MEDIA_S3_BUCKET too.")
        return {}
    if originals in {"", bucket}:
        raise ImproperlyConfigured(
            "MEDIA_S3_ORIGINALS_BUCKET must name a bucket of its own: originals hold places and "
            "devices, and readers may load whatever lies in MEDIA_S3_BUCKET."
        )
    url = urlsplit(public_url())
    return {
        "default": {
            "BACKEND": _BACKEND,
            "OPTIONS": {
                **_connection(),
                "bucket_name": bucket,
                "custom_domain": f"{url.netloc}{url.path}".rstrip("/"),
                "url_protocol": f"{url.scheme}:",
                "querystring_auth": False,
                # A name is made of the content: writing it again changes nothing.
                "file_overwrite": True,
                "object_parameters": {"CacheControl": _YEAR},
            },
        },
        "originals": {
            "BACKEND": _BACKEND,
            "OPTIONS": {
                **_connection(),
                "bucket_name": originals,
                "file_overwrite": False,
                "object_parameters": {"CacheControl": "private, no-store"},
            },
        },
    }


def _connection() -> dict[str, Any]:
    from botocore.config import Config  # noqa: PLC0415 (large; only for who has a bucket)

    endpoint = env_text("MEDIA_S3_ENDPOINT_URL", "")
    return {
        # Without keys boto3 asks the machine's role and its own variables.
        "access_key": env_text("MEDIA_S3_ACCESS_KEY_ID", "") or None,
        "secret_key": env_text("MEDIA_S3_SECRET_ACCESS_KEY", "") or None,
        "region_name": env_text("MEDIA_S3_REGION", "") or None,
        "endpoint_url": endpoint or None,
        "client_config": Config(
            # Other makers' servers know buckets by path, and not every checksum of Amazon's.
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 4, "mode": "standard"},
        ),
    }
