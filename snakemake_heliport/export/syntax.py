"""What differs between the syntaxes of RDF: how a property, an IRI and a literal are written.

The compiler writes each statement about a subject as the text of its property followed by the text of its object; a
syntax makes both, and its module frames the statements of one subject.
"""

import re
from collections.abc import Callable
from typing import Protocol

from snakemake_heliport.export.text import representable
from snakemake_heliport.vocabulary import Vocabulary


class Syntax(Protocol):
    """Makes the texts of terms. A `term` is compact (`prov:used`); an `iri` is data, absolute and valid."""

    def subject(self, iri: str) -> str:
        """Return what opens the statements about a thing."""

    def type(self, term: str) -> str:
        """Return a whole statement that gives a class."""

    def property(self, term: str) -> str:
        """Return what precedes the object of a statement."""

    def term(self, term: str) -> str:
        """Return an object that is a term of the vocabulary."""

    def reference(self, iri: str) -> str:
        """Return an object that is a thing."""

    def literal(self, datatype: str) -> Callable[[str], str]:
        """Return the function that makes an object of the lexical forms of a datatype."""


_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def quoted(text: str) -> str:
    """Return a quoted string of N-Triples and Turtle."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{_SPECIAL.sub(_escape, representable(text))}"'


class NTriplesSyntax:
    """All IRIs in full."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def subject(self, iri: str) -> str:
        return f"<{iri}>"

    def reference(self, iri: str) -> str:
        return f"<{iri}>"

    def type(self, term: str) -> str:
        return f"{self.property('rdf:type')}{self.term(term)}"

    def property(self, term: str) -> str:
        return f"{self.term(term)} "

    def term(self, term: str) -> str:
        return f"<{self._vocabulary.expand(term)}>"

    def literal(self, datatype: str) -> Callable[[str], str]:
        if datatype == "xsd:string":
            return quoted
        suffix = f"^^{self.term(datatype)}"
        return lambda text: f"{quoted(text)}{suffix}"


class TurtleSyntax(NTriplesSyntax):
    """Terms of the vocabulary by prefix."""

    def type(self, term: str) -> str:
        return f"a {term}"

    def term(self, term: str) -> str:
        return term
