"""The types of the mapping tables: what a file of this folder may say, and what all files in force say together."""

import re
from enum import StrEnum
from typing import TypeAlias

import msgspec

from snakemake_heliport.model import Kind, Predicate

OURS = "smk"
# What all syntaxes can write behind a prefix as it stands, also as the name of an XML element.
LOCAL_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9_\-])?")


class Form(StrEnum):
    """How the value of an attribute is written."""

    LITERAL = "literal"
    EACH = "each"
    IRI = "iri"
    TERM = "term"
    STATUS = "status"
    NODE = "node"
    SLOTS = "slots"
    CONCEPT = "concept"
    CHECKSUM = "checksum"


# What several rules may say of the same node; all other forms write an object of their own.
SHARED = (Form.NODE, Form.SLOTS, Form.CONCEPT)

Names: TypeAlias = str | tuple[str, ...]


def terms_of(terms: Names) -> tuple[str, ...]:
    """Return one term, several, or none (the empty text) as a tuple."""
    return ((terms,) if terms else ()) if isinstance(terms, str) else terms


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said in addition of a node whose `field` matches the whole pattern; without a field, of any node."""

    field: str = ""
    match: str = ""
    classes: tuple[str, ...] = ()
    fields: dict[str, "Entry"] = {}


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one attribute becomes; which fields count depends on the form. `core.yaml` says what each is for."""

    property: Names = ""
    only: tuple[Kind, ...] = ()
    kinds: dict[Kind, str] = {}
    subject: str | None = None
    form: Form | None = None
    datatype: str | None = None
    prefix: str = ""
    suffix: str = ""
    values: dict[str, str] = {}
    state: str | None = None
    inverse: Names = ""
    fragment: str = ""
    key: Names = ""
    classes: tuple[str, ...] = ()
    fields: dict[str, "Entry"] = {}
    cases: tuple[Case, ...] = ()

    def after(self, first: "Property") -> "Property":
        """Return this rule with what it leaves open as in the first rule of the same attribute."""
        if self.form is not None and self.form is not first.form:
            return self
        return msgspec.structs.replace(
            self,
            # The node of a checksum is made once.
            form=Form.LITERAL if first.form is Form.CHECKSUM and self is not first else first.form,
            datatype=self.datatype or first.datatype,
            prefix=self.prefix or first.prefix,
            values=self.values or first.values,
            fragment=self.fragment or first.fragment,
            key=self.key or first.key,
        )


# One rule, or several for the same value.
Entry: TypeAlias = Property | tuple[Property, ...]


def rules_of(entry: Entry) -> tuple[Property, ...]:
    """Return the rules of an entry."""
    return (entry,) if isinstance(entry, Property) else entry


class Qualified(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"class_": "class"}):
    """The node that carries what is known of a relation itself."""

    by: str
    class_: str
    fragment: str
    toward: str
    fields: dict[str, Property]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one predicate becomes; `inverse` is stated from the object back to the subject, `classes` of the object."""

    property: Names = ""
    only: tuple[Kind, ...] = ()
    inverse: Names = ""
    classes: tuple[str, ...] = ()
    qualified: Qualified | None = None


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: the core, or what a layer says in addition to it."""

    prefixes: dict[str, str] = {}
    common: dict[str, Entry] = {}
    kinds: dict[Kind, tuple[str, ...]] = {}
    variants: dict[Kind, dict[str, tuple[str, ...]]] = {}
    attributes: dict[str, Entry] = {}
    predicates: dict[Predicate, Statement | tuple[Statement, ...]] = {}
    statements: dict[str, dict[str, tuple[str, ...]]] = {}


class Vocabulary(msgspec.Struct, frozen=True):
    """The core and the layers in force: compact terms (`prov:used`) throughout, and the prefixes that expand them.

    Of several rules for an attribute, or statements for a predicate, the first is that of the core; all are written.
    """

    prefixes: dict[str, str]
    common: dict[str, tuple[Property, ...]]
    kinds: dict[Kind, tuple[str, ...]]
    variants: dict[Kind, dict[str, tuple[str, ...]]]
    attributes: dict[str, tuple[Property, ...]]
    predicates: dict[Predicate, tuple[Statement, ...]]
    statements: dict[str, dict[str, tuple[str, ...]]]

    def general(self) -> dict[str, tuple[Property, ...]]:
        """Return how attributes are written for objects of most kinds."""
        general = {name: tuple(rule for rule in rules if not rule.only) for name, rules in self.attributes.items()}
        return {name: rules for name, rules in general.items() if rules}

    def special(self, kind: Kind) -> dict[str, tuple[Property, ...]]:
        """Return the attributes that are written otherwise for objects of a kind."""
        return {
            name: tuple(_for(rule, kind) for rule in rules if not rule.only or kind in rule.only)
            for name, rules in self.attributes.items()
            if any(kind in rule.kinds or kind in rule.only for rule in rules)
        }

    def stated(self, kind: Kind) -> dict[Predicate, tuple[Statement, ...]]:
        """Return what the relations of objects of a kind become."""
        return {
            predicate: tuple(rule for rule in rules if not rule.only or kind in rule.only)
            for predicate, rules in self.predicates.items()
        }

    def is_term(self, text: str) -> bool:
        """Return whether a text is a compact term that can be expanded."""
        prefix, colon, name = text.partition(":")
        return bool(colon) and prefix in self.prefixes and LOCAL_NAME.fullmatch(name) is not None

    def expand(self, term: str) -> str:
        """Return the IRI of a compact term.

        Raises:
            KeyError: The prefix is not one of ours.
        """
        prefix, _, name = term.partition(":")
        return self.prefixes[prefix] + name


def _for(rule: Property, kind: Kind) -> Property:
    return msgspec.structs.replace(rule, property=rule.kinds[kind]) if kind in rule.kinds else rule
