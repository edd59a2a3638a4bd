"""Print a trace as a tree; what several branches share is told once."""

from collections.abc import Iterator

from rich.markup import escape

from snakemake_heliport.cli.linked import told, verb
from snakemake_heliport.lineage import Link, Trace
from snakemake_heliport.model import Kind, Predicate

MAX_BRANCHES = 12
BRANCH, LAST, LINE, SPACE = "├─ ", "└─ ", "│  ", "   "


def branches(found: Trace, *, limit: int | None = MAX_BRANCHES) -> Iterator[str]:
    """Yield the lines of a tree, as markup.

    Args:
        limit: How many branches of one thing to print; None for all.
    """
    seen: set[str] = set()
    for start in found.starts:
        if start in seen:
            continue
        seen.add(start)
        line, tip = _grown(found, start, seen)
        yield told(found.things[start]) + line
        # Chains can be longer than Python may nest calls.
        stack = [("", *entry) for entry in _entries(found, tip, limit)]
        while stack:
            indent, link, is_last, hidden = stack.pop()
            edge = escape(indent + (LAST if is_last else BRANCH))
            if link is None:
                yield f"[dim]{edge}… and {hidden:,} more; --all shows them[/]"
                continue
            other = found.next(link)
            words = f"[dim]{edge}[/]{verb(found, link)} {told(found.things[other], in_short=True)}"
            if other in seen:
                yield words + _above(found, other)
                continue
            seen.add(other)
            line, tip = _grown(found, other, seen)
            yield words + line
            below = indent + (SPACE if is_last else LINE)
            stack += [(below, *entry) for entry in _entries(found, tip, limit)]


def _grown(found: Trace, iri: str, seen: set[str]) -> tuple[str, str | None]:
    """Return what is told on the same line of a thing, which is what made it, and what the branches start at."""
    links = found.ahead.get(iri, ())
    if found.things[iri].kind in (Kind.JOB, Kind.TRAINING_RUN) or len(links) != 1 or not found.upward:
        return "", iri
    (link,) = links
    maker = found.next(link)
    if link.predicate is not Predicate.WAS_GENERATED_BY:
        return "", iri
    words = f", {verb(found, link)} {told(found.things[maker], in_short=True)}"
    if maker in seen:
        return f"{words}{_above(found, maker)}", None
    seen.add(maker)
    return words, maker


def _above(found: Trace, iri: str) -> str:
    return "  [dim](told above)[/]" if found.ahead.get(iri) else ""


def _entries(found: Trace, iri: str | None, limit: int | None) -> list[tuple[Link | None, bool, int]]:
    """Return the branches of a thing, the last one first: link, whether it is the last, how many are left out."""
    links = () if iri is None else found.ahead.get(iri, ())
    shown = links if limit is None or len(links) <= limit + 1 else links[:limit]
    left_out = len(links) - len(shown)
    entries: list[tuple[Link | None, bool, int]] = [(link, False, 0) for link in shown]
    if left_out:
        entries.append((None, False, left_out))
    if entries:
        entries[-1] = (entries[-1][0], True, left_out)
    return entries[::-1]
