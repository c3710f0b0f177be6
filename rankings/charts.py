"""Small charts as SVG, drawn on the server. The numbers stand in a table beside each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rankings.past import RankPoint

WIDTH, HEIGHT = 720, 120
LOWEST_RANK = 50


def bars(counted: Sequence[int], raw: Sequence[int], title: str) -> SafeString:
    """A bar of what was counted before a paler one of all that came in, for each period."""
    top = max([*counted, *raw, 1])
    step = WIDTH / max(1, len(counted))
    pairs = [
        (name, index * step, value)
        for name, values in (("raw", raw), ("counted", counted))
        for index, value in enumerate(values)
    ]
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                name,
                round(x + 1, 1),
                round(HEIGHT - value / top * HEIGHT, 1),
                round(step - 2, 1),
                round(value / top * HEIGHT, 1),
            )
            for name, x, value in pairs
            if value > 0
        ),
    )
    return _svg(drawn, title)


def rank_line(points: Sequence[RankPoint], until: datetime, title: str) -> SafeString:
    """A stepped line of ranks, the first on top; where the article is outside there is none."""
    since = points[0].at
    span = max(1.0, (until - since).total_seconds())
    runs: list[list[str]] = [[]]
    ends = [*(point.at for point in points[1:]), until]
    for point, end in zip(points, ends, strict=True):
        if point.rank is None:
            runs.append([])
            continue
        y = round((min(point.rank, LOWEST_RANK) - 1) / (LOWEST_RANK - 1) * (HEIGHT - 4) + 2, 1)
        for moment in (point.at, end):
            x = round((moment - since).total_seconds() / span * WIDTH, 1)
            runs[-1].append(f"{x},{y}")
    lines = format_html_join(
        "", '<polyline points="{}"/>', ((" ".join(run),) for run in runs if run)
    )
    return _svg(lines, title)


def _svg(content: SafeString, title: str) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" preserveAspectRatio="none">'
        "<title>{}</title>{}</svg>",
        WIDTH,
        HEIGHT,
        title,
        content,
    )
