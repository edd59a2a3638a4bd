"""What was seen of a server's API: resources and their fields, from whatever described them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

# What kind of value a field takes, as far as that is told.
Form = Literal["text", "number", "flag", "time", "list", "mapping", "any"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a resource.

    Attributes:
        form: The kind of its values.
        children: The fields of the mapping that it is, or of those that it is a list of.
        element: The form of the elements of a list.
        open: Whether the mapping takes any key.
        format: What kind of text it is, in the words of JSON Schema.
        iri: What it means, by the JSON-LD context.
        about: What the server says of it.
    """

    name: str
    form: Form = "any"
    children: Mapping[str, "Field"] = field(default_factory=dict)
    element: Form = "any"
    open: bool = False
    choices: tuple[Any, ...] = ()
    longest: int | None = None
    required: bool = False
    read_only: bool = False
    format: str = ""
    iri: str | None = None
    about: str = ""

    def with_(self, other: "Field") -> "Field":
        """Return this field with what another description adds to it."""
        return replace(
            self,
            form=other.form if self.form == "any" else self.form,
            children=together(self.children, other.children),
            element=other.element if self.element == "any" else self.element,
            open=self.open or other.open,
            choices=self.choices or other.choices,
            longest=self.longest or other.longest,
            required=self.required or other.required,
            read_only=self.read_only or other.read_only,
            format=self.format or other.format,
            iri=self.iri or other.iri,
            about=self.about or other.about,
        )

    def meaning(self, of: Callable[[str], str | None]) -> "Field":
        """Return this field, and those below it, with what they mean by their names."""
        children = {name: child.meaning(of) for name, child in self.children.items()}
        return replace(self, children=children, iri=self.iri or of(self.name))


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter of a list."""

    name: str
    several: bool = False
    separator: str | None = None
    maximum: int | None = None
    about: str = ""


@dataclass(slots=True)
class Resource:
    """A list of things that a server has.

    Attributes:
        name: What the server calls it.
        item: The path of one of them, with `{id}`.
        key: The field that the path of one of them takes.
        methods: What can be done with the list; `item_methods` with one of them.
        below: The last parts of paths below one of them, with what can be done there.
        bulk: How many can be created at once.
        described: What described it.
        records: Some of what is in it.
        page: A page of the list as it came.
    """

    path: str
    name: str = ""
    item: str | None = None
    key: str | None = None
    methods: set[str] = field(default_factory=set)
    item_methods: set[str] = field(default_factory=set)
    below: dict[str, set[str]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    bulk: int = 0
    described: list[str] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)
    page: Any = None
    asked: bool = False

    def add(self, other: "Resource") -> None:
        """Add what another description tells of the same resource; what was told first counts."""
        self.name = self.name or other.name
        self.item = self.item or other.item
        self.key = self.key or other.key
        self.methods |= other.methods
        self.item_methods |= other.item_methods
        self.below = {**other.below, **self.below}
        self.fields = dict(together(self.fields, other.fields))
        self.filters = {**other.filters, **self.filters}
        self.bulk = self.bulk or other.bulk
        self.described += [by for by in other.described if by not in self.described]

    def writable(self) -> dict[str, Field]:
        """Return the fields that can be sent; of one that nobody described, those that it shows."""
        return {
            name: found
            for name, found in self.fields.items()
            if not found.read_only and (name[:1] != "@" or (self.described and name != "@context"))
        }

    def words(self) -> Iterator[str]:
        """Yield the parts of its path, and its name, in one spelling."""
        for part in (*self.path.split("/"), self.name):
            if part:
                yield spelling(part)


def together(first: Mapping[str, Field], second: Mapping[str, Field]) -> Mapping[str, Field]:
    """Return the fields of two descriptions."""
    found = dict(first)
    for name, other in second.items():
        found[name] = found[name].with_(other) if name in found else other
    return found


def spelling(name: str) -> str:
    """Return a name without what only tells spellings apart: `sameAs`, `same_as` and `same-as` are one."""
    return "".join(character for character in name.lower() if character.isalnum())


def fields_of(records: list[Mapping[str, Any]], depth: int = 0) -> dict[str, Field]:
    """Return the fields that some records show."""
    found: dict[str, Field] = {}
    for record in records:
        for name, value in record.items():
            if name != "@context":
                seen = _field_of(str(name), value, depth)
                found[name] = found[name].with_(seen) if name in found else seen
    return found


def _field_of(name: str, value: Any, depth: int) -> Field:
    below = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    mappings = [item for item in below if isinstance(item, Mapping)]
    children = fields_of(mappings, depth + 1) if depth < 2 else {}
    element = form_of(below[0]) if isinstance(value, list) and below else "any"
    return Field(name, form_of(value), children, element)


def form_of(value: Any) -> Form:
    """Return the form of a value."""
    match value:
        case bool():
            return "flag"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case Mapping():
            return "mapping"
        case _:
            return "any"
