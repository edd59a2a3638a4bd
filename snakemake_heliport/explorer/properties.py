"""The semantic properties of an object: what is known of it, under the property that says so in linked data."""

from collections.abc import Collection, Iterator
from functools import cache

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.parts import Cell, Fact, called, plain
from snakemake_heliport.export import Selection
from snakemake_heliport.model import DigitalObject, JsonValue, Kind
from snakemake_heliport.vocabulary import Vocabulary, terms_of
from snakemake_heliport.wording import size

TIMES = frozenset(("started", "ended", "modified", "created"))
# What stands at the head of every page, or beside it.
SHOWN = frozenset(("status", "keywords", "license", "title"))
NONE: tuple[JsonValue, ...] = (None, "", [], {})


@cache
def vocabulary() -> Vocabulary:
    """Return the mapping to linked data, read once."""
    return Selection().vocabulary


@cache
def _properties(kind: Kind) -> dict[str, tuple[str, str]]:
    """Return the term and the IRI of the property of each attribute that objects of a kind have."""
    words_ = vocabulary()
    found = {}
    for name, rules in {**words_.general(), **words_.special(kind)}.items():
        terms = [term for rule in rules for term in terms_of(rule.property)]
        if terms:
            found[name] = terms[0], words_.expand(terms[0]) if words_.is_term(terms[0]) else ""
    return found


def property_of(kind: Kind, name: str) -> tuple[str, str]:
    """Return the compact term and the IRI of the property that tells an attribute, empty texts where there is none."""
    return _properties(kind).get(name, ("", ""))


def attribute(item: DigitalObject, name: str, called_: str = "", *cells: Cell) -> Fact:
    """Return what an attribute of an object says, under the property that says so in linked data.

    Args:
        called_: What it is called on the page; if nothing, as it is recorded.
        cells: How its value is shown, if not as it is.
    """
    term, iri = property_of(item.kind, name)
    value = item.attributes.get(name)
    shown = cells or (() if value in NONE else _cells(name, value))
    return Fact(called_ or name.replace("_", " "), [cell for cell in shown if cell.text], iri, term)


def properties(item: DigitalObject, skipped: Collection[str]) -> Iterator[Fact]:
    """Yield the attributes of an object that are not told elsewhere on its page."""
    titles = item.label, item.description, called(item)
    for name, value in item.attributes.items():
        if name not in SHOWN and name not in skipped and value not in NONE and value not in titles:
            yield attribute(item, name)


def _cells(name: str, value: JsonValue) -> list[Cell]:
    if name in TIMES:
        return [Cell(words.moment(value))]
    if name == "size":
        return [Cell(size(value))]
    if isinstance(value, bool):
        return [Cell("yes" if value else "no")]
    if isinstance(value, list):
        return [Cell(entry_text(entry)) for entry in value]
    if isinstance(value, dict):
        return [Cell(f"{key.replace('_', ' ')}: {plain(said)}") for key, said in value.items()]
    return [Cell(plain(value), href=str(value) if _is_address(value) else "")]


def entry_text(entry: JsonValue) -> str:
    """Return an entry of a list: what has a name, with its value, and what else is said of it."""
    if not isinstance(entry, dict):
        return plain(entry)
    name = next((key for key in ("name", "slot") if key in entry), None)
    value = next((key for key in ("value", "pattern", "type") if key in entry), None)
    head = " = ".join(plain(entry[key]) for key in (name, value) if key is not None)
    rest = ", ".join(f"{key} {plain(said)}" for key, said in entry.items() if key not in (name, value))
    return f"{head}  ({rest})" if head and rest else head or rest


def _is_address(value: JsonValue) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://")) and " " not in value


def classes_of(item: DigitalObject) -> list[str]:
    """Return the IRIs of the classes of an object in linked data."""
    known = vocabulary()
    return [known.expand(term) for term in known.kinds[item.kind] if known.is_term(term)]
