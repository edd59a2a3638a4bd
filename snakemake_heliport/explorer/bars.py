"""Runs over time as bars: how long each took, and how it ended, told by pattern and in words as well as by colour."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from snakemake_heliport.explorer.looks import state_class
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.words import minute
from snakemake_heliport.store import RunRow
from snakemake_heliport.wording import duration, seconds_between

MAX_BARS, WIDE, NARROW, HIGH, LEFT, TOP, BOTTOM, LEAST, WIDEST = 60, 900, 190, 150, 62, 10, 22, 4, 38
# Seconds at which a line may stand.
MARKS = (1, 10, 60, 600, 3_600, 36_000, 86_400, 864_000)
PATTERNS = Markup(
    '<defs><pattern id="failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="paper" width="6" height="6"/><path class="stroke-failed" d="M0 3h6" stroke-width="3"/></pattern>'
    '<pattern id="interrupted" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="paper" width="6" height="6"/><path class="stroke-interrupted" d="M0 3h6" stroke-width="2.5"/>'
    "</pattern></defs>"
)
PATTERNED = ("failed", "interrupted")


def bars(rows: Sequence[RunRow], site: Site) -> Markup:
    """Draw the latest runs, the newest at the right; heights grow with the logarithm of the duration."""
    shown = rows[-MAX_BARS:]
    if not shown:
        return Markup()
    taken = [seconds_between(row.started, row.ended) for row in shown]
    most = max(10.0, *(seconds or 0.0 for seconds in taken))
    step = min(WIDEST + 10, (WIDE - LEFT - 10) / len(shown))
    # A few runs need no more room than their bars.
    wide = round(max(NARROW, LEFT + 16 + step * len(shown)))
    parts = [PATTERNS, *_lines(most, wide)]
    for place, (row, seconds) in enumerate(zip(shown, taken, strict=True)):
        high = _height(seconds or 0.0, most)
        parts.append(_bar(row, seconds, site, LEFT + 8 + place * step, high, max(3.0, step * 0.78)))
    ends = (LEFT + 8, "start", shown[0]), (LEFT + 8 + len(shown) * step, "end", shown[-1])
    for x, anchor, row in ends if len(shown) > 5 else ends[:1]:
        text = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')
        parts.append(text.format(round(x, 1), HIGH - 5, anchor, minute(row.started)))
    form = Markup('<svg class="bars" viewBox="0 0 {0} {1}" width="{0}" height="{1}">{2}</svg>')
    svg = form.format(wide, HIGH, Markup().join(parts))
    return Markup('<div role="group" aria-label="Durations of the latest runs">{}</div>').format(svg)


def _bar(row: RunRow, seconds: float | None, site: Site, x: float, high: float, wide: float) -> Markup:
    state = state_class(row.state)
    took = duration(seconds) or "duration not known"
    title = f"{row.label}: {row.state}, {took}, {sum(row.jobs.values()):,} jobs"
    fill = Markup(' fill="url(#{})"').format(state) if state in PATTERNED else Markup()
    place = (round(x, 1), round(HIGH - BOTTOM - high, 1), round(wide, 1), round(high, 1))
    rect = Markup('<rect class="bar {}"{} x="{}" y="{}" width="{}" height="{}" rx="1.5"/>').format(state, fill, *place)
    href = site.url(row.iri)
    inside = Markup("<title>{}</title>{}").format(title, rect)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(href, title, inside) if href else inside


def _lines(most: float, wide: int) -> list[Markup]:
    line = '<path class="grid" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>'
    made = []
    for seconds in (0, *(mark for mark in MARKS if mark <= most * 1.05)):
        y = round(HIGH - BOTTOM - _height(seconds, most), 1) if seconds else HIGH - BOTTOM
        made.append(Markup(line).format(LEFT, y, wide, LEFT - 6, y + 4, _short(seconds)))
    return made


def _height(seconds: float, most: float) -> float:
    share = math.log1p(seconds) / math.log1p(most)
    return LEAST + share * (HIGH - TOP - BOTTOM - LEAST)


def _short(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s" if seconds else "0"
