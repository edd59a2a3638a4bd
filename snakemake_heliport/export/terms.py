"""Make the texts of objects from JSON values."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from snakemake_heliport.export.syntax import Syntax
from snakemake_heliport.export.text import lexical, valid_iri
from snakemake_heliport.model import JsonValue
from snakemake_heliport.vocabulary import OURS, Form, Property, Vocabulary

Term: TypeAlias = Callable[[JsonValue], str]

NATURAL = ("xsd:string", "xsd:boolean", "xsd:integer", "xsd:double")
# What of JSON a datatype takes; a value that does not fit is written with its own datatype.
FITTING: dict[str, tuple[type, ...]] = {
    "json": (),
    "xsd:boolean": (bool,),
    "xsd:integer": (int,),
    "xsd:nonNegativeInteger": (int,),
    "xsd:double": (int, float),
}
# Numbers as texts, and as XML Schema writes those that are none.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NOT_FINITE = {"NaN": "NaN", "Infinity": "INF", "-Infinity": "-INF"}


class Terms:
    """Makes functions from a JSON value to the text of an object, for one syntax."""

    def __init__(self, vocabulary: Vocabulary, syntax: Syntax) -> None:
        self._vocabulary = vocabulary
        self._syntax = syntax
        self._natural = {datatype: syntax.literal(datatype) for datatype in NATURAL}

    def literal(self, datatype: str, suffix: str = "") -> Term:
        """Return what writes literals of a datatype; `json` stands for the natural one of each value."""
        if suffix:
            write = self._syntax.literal(datatype)
            return lambda value: write(lexical(value)[0] + suffix)
        if datatype == "xsd:double":
            return self._double()
        return self._declared(datatype) if datatype not in FITTING else self._fitting(datatype)

    def resource(self, rule: Property) -> Term:
        """Return what writes IRIs; a value that is none becomes a literal."""
        reference, literal, iri_in = self._syntax.reference, self._natural["xsd:string"], self.iri(rule)

        def term(value: JsonValue) -> str:
            iri = iri_in(value)
            return literal(self._expanded(lexical(value)[0])) if iri is None else reference(iri)

        return term

    def iri(self, rule: Property) -> Callable[[JsonValue], str | None]:
        """Return what makes an IRI of a value, or None where the value is none."""
        prefix = self._vocabulary.prefixes[OURS] if rule.form is Form.TERM else rule.prefix

        def iri(value: JsonValue) -> str | None:
            text = self._expanded(lexical(value)[0])
            return valid_iri(text) or (valid_iri(prefix + text) if prefix else None)

        return iri

    def _declared(self, datatype: str) -> Term:
        write = self._syntax.literal(datatype)
        return lambda value: write(value if isinstance(value, str) else lexical(value)[0])

    def _fitting(self, datatype: str) -> Term:
        fitting, natural = FITTING[datatype], self._natural
        write = self._syntax.literal(datatype) if fitting else natural["xsd:string"]
        least: Any = 0 if datatype == "xsd:nonNegativeInteger" else float("-inf")

        def term(value: Any) -> str:
            form, own = lexical(value)
            return write(form) if type(value) in fitting and value >= least else natural[own](form)

        return term

    def _double(self) -> Term:
        """Return what writes numbers, also those that JSON or a tracker can tell as text only."""
        fitting, write = self._fitting("xsd:double"), self._syntax.literal("xsd:double")

        def term(value: JsonValue) -> str:
            if isinstance(value, str) and (value in NOT_FINITE or NUMBER.fullmatch(value)):
                return write(NOT_FINITE.get(value, value))
            return fitting(value)

        return term

    def _expanded(self, text: str) -> str:
        prefix, colon, name = text.partition(":")
        known = self._vocabulary.prefixes
        return known[prefix] + name if colon and prefix in known and not name.startswith("//") else text
