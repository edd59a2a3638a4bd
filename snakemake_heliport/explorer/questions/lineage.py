"""All that a thing came from, or that came of it, over all runs: where that begins or ends, and the tree between."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.pages.common import digests_of
from snakemake_heliport.explorer.parts import Cell, Section, called, link, table
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.lineage import Trace, flowing, trace
from snakemake_heliport.lineage.tree import Line, counts, lines, verb
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import FLOW_KINDS

MAX_BRANCHES, MAX_LINES, MAX_DEPTH = 200, 1_500, 40
# More take minutes to load, and nobody reads them on a page.
MAX_THINGS = 50_000
# A thing that data flows through, or that stands for such things.
ASKED = frozenset((*FLOW_KINDS, Kind.SOURCE, Kind.CONFIG, Kind.RULE, Kind.RUN))
DIGITS, SHOWN, MAX_ENDS = 12, 12, 1_000
DIRECTIONS = (("What it came from", True), ("What came of it", False))
NOTHING = {
    True: "No recorded job tells what it came from: here the record begins.",
    False: "No recorded job used it, and nothing was made of it.",
}


@dataclass(slots=True)
class Branch:
    """A line of the tree with what hangs from it.

    Attributes:
        verb: How it relates to the line above.
        made: How it relates to what made it, where both stand on one line.
        note: What is said of it beside that.
    """

    verb: str
    cell: Cell
    made: str = ""
    maker: Cell | None = None
    note: str = ""
    branches: list["Branch"] = field(default_factory=list)


def lineage_page(item: DigitalObject, context: Context, *, upward: bool) -> str:
    """Return the page of what a thing came from (or of what came of it)."""
    store, site = context.source.asked, context.site
    starts = flowing(store, [item], upward=upward)
    is_cut = store.comes_to(starts, upward=upward, most=MAX_THINGS)
    found = trace(store, starts, upward=upward, most=MAX_THINGS if is_cut else None)
    others = [(words, site.lineage(item.iri, upward=way)) for words, way in DIRECTIONS if way is not upward]
    return render(
        "lineage.html",
        site,
        title=f"What {called(item)} came from" if upward else f"What came of {called(item)}",
        others=[(words, address) for words, address in others if address],
        counts=counts(found.found()),
        ends=_cut(upward=upward) if is_cut else _ends(found, context),
        tree=_tree(found, site),
        empty=NOTHING[upward] if not found.found() else "",
        here="",
    )


def _cut(*, upward: bool) -> Section:
    """Tell that there is more than can be told; what lies farthest is not known then."""
    many = f"more than {MAX_THINGS:,} things"
    told = f"It came from {many}." if upward else f"{many.capitalize()} came of it."
    rest = "Those nearest to it are told here, and not what lies beyond them; `snakemake-heliport lineage` tells all."
    return Section("Too many for a page", cells=[Cell(f"{told} {rest}")], warning=True)


def _ends(found: Trace, context: Context) -> Section:
    """Tell where the record begins, or in what it ends: for most who ask this is the answer."""
    known = sorted(found.ends(), key=lambda thing: (thing.kind is Kind.JOB, called(thing), thing.iri))
    ends = known[:MAX_ENDS]
    digests = digests_of(context, ends)
    rows = [
        (
            link(end, context.site, "reads nothing" if found.upward and end.kind is Kind.JOB else ""),
            Cell(digests.get(end.iri, "")[:DIGITS], code=True),
        )
        for end in ends
    ]
    title = "The record begins with" if found.upward else "It ends in"
    lead = f"The first {MAX_ENDS:,}." if len(known) > MAX_ENDS else ""
    return Section(title, lead, table=table(("", "SHA-256"), rows), count=len(known), shown=SHOWN)


def _tree(found: Trace, site: Site) -> list[Branch]:
    """Return the tree; of one that is too large to be read, the rest is told by how much it is."""
    roots: list[Branch] = []
    # The last branch of each depth: what comes next hangs from one of them.
    open_: list[Branch] = []
    hidden = 0
    for count, line in enumerate(lines(found, MAX_BRANCHES)):
        if count >= MAX_LINES or line.depth > MAX_DEPTH:
            hidden += 1
            continue
        branch = _branch(found, line, site)
        del open_[line.depth :]
        (open_[-1].branches if open_ else roots).append(branch)
        open_.append(branch)
    return [*roots, *_rest(hidden)]


def _rest(hidden: int) -> Iterator[Branch]:
    if hidden:
        yield Branch("", Cell(f"… and {hidden:,} more lines, which the pages of the things above go on with"))


def _branch(found: Trace, line: Line, site: Site) -> Branch:
    words = "" if line.link is None else verb(found, line.link)
    if line.thing is None:
        return Branch(words, Cell(f"… and {line.left_out:,} more, which `snakemake-heliport lineage --all` tells"))
    note = "told above" if line.told_above else ""
    if line.maker is None:
        return Branch(words, link(line.thing, site, _state(line.thing)), note=note)
    maker = found.things[found.next(line.maker)]
    return Branch(words, link(line.thing, site), verb(found, line.maker), link(maker, site, _state(maker)), note)


def _state(thing: DigitalObject) -> str:
    state = thing.attributes.get("status")
    return "" if state in (None, "finished") else str(state)
