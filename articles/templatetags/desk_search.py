"""The search bar of the desk's list of articles: words, states, dates and names in one place."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR

from articles.admin.article_search import MOST_COUNTED
from articles.admin.filters import DatesFilter, PeriodFilter, StateFilter

register = template.Library()

CHIPS = (StateFilter, PeriodFilter)


@register.inclusion_tag("admin/articles/article/_search.html")
def article_search(cl: Any) -> dict[str, Any]:
    """Made of the list's own filters, so that each stays where it is declared."""
    specs = list(cl.filter_specs)
    chosen = cl.params | {name: value[-1] for name, value in cl.filter_params.items() if value}
    chips = [(spec.title, list(spec.choices(cl))) for spec in specs if isinstance(spec, CHIPS)]
    selects = [
        {
            "name": spec.lookup_kwarg,
            "title": spec.title,
            "value": _last(spec.lookup_val),
            "options": [(str(value), label) for value, label in spec.lookup_choices],
        }
        for spec in specs
        if hasattr(spec, "lookup_choices") and hasattr(spec, "lookup_kwarg")
    ]
    # What the chips have chosen stays when the form is sent.
    kept = [spec.parameter_name for spec in specs if isinstance(spec, CHIPS)] + [ORDER_VAR]
    return {
        "cl": cl,
        "search_var": SEARCH_VAR,
        "chips": chips,
        "selects": selects,
        "tag": chosen.get("tag", ""),
        "dates": {f"{name}_day": chosen.get(name, "") for name in DatesFilter.names},
        "kept": [(name, chosen[name]) for name in kept if chosen.get(name)],
        "has_more": cl.result_count >= MOST_COUNTED,
        "is_narrowed": bool(cl.query or cl.has_active_filters),
    }


def _last(value: Any) -> str:
    if isinstance(value, list):
        value = value[-1] if value else ""
    return str(value or "")
