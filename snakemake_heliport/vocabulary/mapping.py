"""The types of the mapping tables, and how they are read."""

import re
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from snakemake_heliport.model import Kind, Predicate

OURS = "smk"
_NAMESPACE = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]+)?/(?:[A-Za-z0-9.\-_~/]*/)?(?:[A-Za-z0-9.\-_~]+#|#)?")


class Form(StrEnum):
    """How the value of an attribute is written."""

    LITERAL = "literal"
    EACH = "each"
    IRI = "iri"
    TERM = "term"
    STATUS = "status"
    NODE = "node"
    SLOTS = "slots"
    CHECKSUM = "checksum"


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one attribute becomes; which fields count depends on the form."""

    property: str = ""
    kinds: dict[Kind, str] = {}
    subject: str | None = None
    form: Form = Form.LITERAL
    datatype: str = "xsd:string"
    prefix: str = ""
    values: dict[str, str] = {}
    also: str | None = None
    link: tuple[str, ...] = ()
    fragment: str = ""
    key: str | tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    fields: dict[str, "Property"] = {}

    def links(self) -> tuple[str, ...]:
        """Return the properties that lead from the subject to a node."""
        return self.link or (self.property,)

    def keys(self) -> tuple[str, ...]:
        """Return the names of the fields that tell the nodes of one subject apart."""
        return (self.key,) if isinstance(self.key, str) else self.key


class Qualified(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"class_": "class"}):
    """The node that carries what is known of a relation itself."""

    by: str
    class_: str
    fragment: str
    toward: str
    fields: dict[str, Property]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one predicate becomes; `inverse` is stated from the object back to the subject."""

    property: str
    also: str | None = None
    inverse: str | None = None
    qualified: Qualified | None = None


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole mapping: compact terms (`prov:used`) throughout, and the prefixes that expand them."""

    prefixes: dict[str, str]
    common: dict[str, Property]
    kinds: dict[Kind, tuple[str, ...]]
    variants: dict[Kind, dict[str, tuple[str, ...]]]
    attributes: dict[str, Property]
    predicates: dict[Predicate, Statement]

    def special(self, kind: Kind) -> dict[str, Property]:
        """Return the attributes that are written otherwise for objects of a kind."""
        return {
            name: msgspec.structs.replace(rule, property=rule.kinds[kind])
            for name, rule in self.attributes.items()
            if kind in rule.kinds
        }

    def expand(self, term: str) -> str:
        """Return the IRI of a compact term.

        Raises:
            KeyError: The prefix is not one of ours.
        """
        prefix, _, name = term.partition(":")
        return self.prefixes[prefix] + name


@cache
def load(base: str | None = None) -> Vocabulary:
    """Return the core mapping.

    Args:
        base: The namespace of our own terms, where another one than the published is wanted.

    Raises:
        ValueError: The base is no namespace.
    """
    if base is not None and not _NAMESPACE.fullmatch(base):
        raise ValueError(
            f"base {base!r}: give an absolute IRI that ends with '#' or '/', such as https://example.org/terms#"
        )
    text = files(__package__).joinpath("core.yaml").read_text(encoding="utf-8")
    vocabulary = msgspec.convert(yaml.safe_load(text), Vocabulary)
    if base is None:
        return vocabulary
    return msgspec.structs.replace(vocabulary, prefixes={**vocabulary.prefixes, OURS: base})
