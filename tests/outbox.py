"""What was marked as out of date."""

from articles.models import Invalidation


def invalidated():
    """All keys in the outbox."""
    rows = Invalidation.objects.values_list("keys", flat=True)
    return {key for keys in rows for key in keys.split()}
