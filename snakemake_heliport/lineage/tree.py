"""A trace as the lines of a tree: what several branches share is told once, where it comes first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from snakemake_heliport.lineage.tracing import HOME, Link, Trace
from snakemake_heliport.model import Attributes, DigitalObject, Kind, Predicate
from snakemake_heliport.wording import counted, kind_in_words, sure

WORKING = (Kind.JOB, Kind.TRAINING_RUN)
# In the order in which they are counted.
COUNTED = (
    Kind.JOB,
    Kind.TRAINING_RUN,
    Kind.MODEL,
    Kind.MODEL_VERSION,
    Kind.DATASET,
    Kind.FILE,
    Kind.DIRECTORY,
    Kind.LOG,
)
# What a thing has to do with what it came from, and the other way round.
UP: Mapping[Predicate, str] = {
    Predicate.USED: "read",
    Predicate.USED_DATASET: "used the dataset",
    Predicate.WAS_GENERATED_BY: "made by",
    Predicate.WAS_DERIVED_FROM: "derived from",
    Predicate.HAS_SOURCE: "taken from",
    Predicate.HAD_MEMBER: "holds",
    Predicate.SPECIALIZATION_OF: "a version of",
    Predicate.REVEALED_BY: "known only after",
    Predicate.ALTERNATE_OF: "the same bytes as",
}
DOWN: Mapping[Predicate, str] = {
    Predicate.USED: "read by",
    Predicate.USED_DATASET: "used by",
    Predicate.WAS_GENERATED_BY: "made",
    Predicate.WAS_DERIVED_FROM: "became",
    Predicate.HAS_SOURCE: "logged as",
    Predicate.HAD_MEMBER: "part of",
    Predicate.SPECIALIZATION_OF: "registered as",
    Predicate.REVEALED_BY: "revealed",
    Predicate.ALTERNATE_OF: "the same bytes as",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a tree.

    Attributes:
        depth: How many lines above it lead to it; 0 for what was asked about.
        is_last: Whether nothing follows below the same line above.
        thing: What the line is about; None where it only says how many more there are.
        link: How that relates to the line above, None at depth 0.
        maker: The link to what made it, where that is all that leads on from it: both stand on one line.
        told_above: Whether what follows from it stands further up.
        left_out: How many branches are not told here.
    """

    depth: int
    is_last: bool
    thing: DigitalObject | None
    link: Link | None = None
    maker: Link | None = None
    told_above: bool = False
    left_out: int = 0


def lines(found: Trace, limit: int | None = None) -> Iterator[Line]:
    """Yield the lines of a tree, each after the one that it hangs from.

    Args:
        limit: How many branches of one thing to tell; None for all.
    """
    seen: set[str] = set()
    # Chains can be longer than Python may nest calls.
    stack: list[tuple[int, bool, Link | str | int]] = [(0, True, start) for start in reversed(found.starts)]
    while stack:
        depth, is_last, entry = stack.pop()
        if isinstance(entry, int):
            yield Line(depth, is_last, None, left_out=entry)
            continue
        link, iri = (None, entry) if isinstance(entry, str) else (entry, found.next(entry))
        if iri in seen:
            if link is not None:
                yield Line(depth, is_last, found.things[iri], link, told_above=bool(found.ahead.get(iri)))
            continue
        seen.add(iri)
        maker = _maker(found, iri)
        tip = iri if maker is None else found.next(maker)
        told_above = tip in seen and tip != iri
        seen.add(tip)
        yield Line(depth, is_last, found.things[iri], link, maker, told_above and bool(found.ahead.get(tip)))
        if not told_above:
            stack += _branches(found, tip, depth + 1, limit)


def _maker(found: Trace, iri: str) -> Link | None:
    """Return the link to what made a thing, if the trace goes up and nothing else leads on from it."""
    links = found.ahead.get(iri, ())
    if not found.upward or found.things[iri].kind in WORKING or len(links) != 1:
        return None
    return links[0] if links[0].predicate is Predicate.WAS_GENERATED_BY else None


def _branches(found: Trace, iri: str, depth: int, limit: int | None) -> list[tuple[int, bool, Link | str | int]]:
    """Return what hangs from a thing, the last one first."""
    links = found.ahead.get(iri, ())
    # To leave out a single one would take as much room as to tell it.
    shown: list[Link | str | int] = [*(links if limit is None or len(links) <= limit + 1 else links[:limit])]
    if len(shown) < len(links):
        shown.append(len(links) - len(shown))
    return [(depth, place == len(shown) - 1, entry) for place, entry in enumerate(shown)][::-1]


def counts(things: Iterable[DigitalObject]) -> list[str]:
    """Return how many there are of each kind, in words."""
    number = Counter(thing.kind for thing in things)
    return [counted(number[kind], kind_in_words(kind)) for kind in COUNTED if number[kind]]


def verb(found: Trace, link: Link) -> str:
    """Return how what a link starts at relates to what it leads to, in the direction of the trace."""
    if link.predicate in HOME:
        inner = found.things[found.next(link)].kind is Kind.TRAINING_RUN
        nested = inner and found.things[link.thing].kind is found.things[link.origin].kind
        words = "nested in it" if nested else "in it ran" if inner else "ran in"
        return words + sure(link.attributes.get("confidence"))
    words = (UP if found.upward else DOWN)[link.predicate]
    if link.predicate is Predicate.WAS_GENERATED_BY and found.things[link.origin].kind is Kind.TRAINING_RUN:
        words = "logged by" if found.upward else "logged"
    roles = roles_of(link.attributes)
    return f"{words} ({roles})" if roles and link.predicate is Predicate.USED_DATASET else words


def roles_of(attributes: Attributes) -> str:
    """Return the part that something plays for something else, nothing where it is not told."""
    said = attributes.get("role")
    values = said if isinstance(said, list) else [said]
    return ", ".join(str(value) for value in values if value)
