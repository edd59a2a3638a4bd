"""What pages are composed of: cells, facts, tables and sections, as plain data that one template shows."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from snakemake_heliport.explorer.site import Site
from snakemake_heliport.lineage.near import TRACKED
from snakemake_heliport.model import DigitalObject, JsonValue, Kind

Entry = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text, perhaps a link.

    Attributes:
        soft: What is said beside it, in a paler tone.
        state: It is the state of something, and drawn as one.
        kind: What it names; its shape stands before it.
        code: It is to be read letter by letter.
        others: What stands under it, or behind it.
        between: What stands between it and the others; if nothing, each has a line of its own.
    """

    text: str | Markup = ""
    href: str = ""
    soft: str = ""
    state: bool = False
    kind: Kind | None = None
    code: bool = False
    others: tuple["Cell", ...] = ()
    between: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name, what is known under it, and the property that says so in linked data."""

    name: str
    cells: Sequence[Cell]
    iri: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings.

    Attributes:
        numbers: The places of the columns that hold numbers.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric over its steps, drawn."""

    name: str
    drawing: Markup
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under a heading of its own; what is empty in it is not shown.

    Attributes:
        lead: A sentence before everything else.
        pre: Text as it stands.
        warning: It tells of what went wrong.
        shown: How many rows of the table are seen at once.
    """

    title: str
    lead: str = ""
    facts: Sequence[Fact] = ()
    table: Table | None = None
    cells: Sequence[Cell] = ()
    pre: str = ""
    image: str = ""
    drawing: Markup = field(default_factory=Markup)
    curves: Sequence[Curve] = ()
    count: int | None = None
    warning: bool = False
    shown: int = 25

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        rows = self.table is not None and bool(self.table.rows)
        return not (rows or self.facts or self.cells or self.pre or self.image or self.drawing or self.curves)


def fact(name: str, *cells: Cell | str | Markup) -> Fact:
    """Return a fact of cells and texts, without those that are empty."""
    made = (cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)
    return Fact(name, [cell for cell in made if cell.text])


def told(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts under which something is known."""
    return [fact for fact in facts if fact.cells]


def called(thing: DigitalObject) -> str:
    """Return what a thing is called: a file by its path; what a tracker keeps, without the id of its run or model."""
    path = thing.attributes.get("path")
    if not isinstance(path, str) or not path:
        return thing.label
    return path.split("/", 2)[-1] if path.startswith(TRACKED) else path


def started(thing: DigitalObject) -> tuple[str, str]:
    """Return what things are put in order by: when they began, and their names."""
    return str(thing.attributes.get("started", "~")), thing.label


def link(thing: DigitalObject, site: Site, soft: str = "") -> Cell:
    """Return a thing by its name, with a link to its page."""
    title = thing.label if called(thing) != thing.label and not thing.label.startswith(TRACKED) else ""
    return Cell(called(thing), site.url(thing.iri), " · ".join(filter(None, (title, soft))), kind=thing.kind)


def links(things: Iterable[DigitalObject], site: Site) -> list[Cell]:
    """Return things by their names, with links to their pages."""
    return [link(thing, site) for thing in things]


def several(cells: Sequence[Cell], between: str = "") -> Cell:
    """Return cells as one, without those that are empty.

    Args:
        between: What stands between them; if nothing, each has a line of its own.
    """
    found = [cell for cell in cells if cell.text]
    return replace(found[0], others=tuple(found[1:]), between=between) if found else Cell()


def table(
    columns: Sequence[str], things: Iterable[Sequence[Cell | str | Markup]], numbers: Iterable[int] = ()
) -> Table:
    """Return a table of cells and texts, without the columns that are empty."""
    rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in things]
    used = [place for place in range(len(columns)) if any(row[place].text for row in rows)]
    wanted = frozenset(numbers)
    return Table(
        [columns[place] for place in used],
        [[row[place] for place in used] for row in rows],
        frozenset(new for new, place in enumerate(used) if place in wanted),
    )


def entries(value: JsonValue) -> Iterator[Entry]:
    """Yield the entries of an attribute that holds a list of named things."""
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry


def items(value: JsonValue) -> list[JsonValue]:
    """Return an attribute as a list, an empty one where it is none."""
    return value if isinstance(value, list) else []


def plain(value: JsonValue) -> str:
    """Return any value as text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
