"""What a server calls predicates and properties, both ways: full IRIs, `prov:used`, `used`, or words of its own."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from urllib.parse import unquote

from snakemake_heliport.upload.contract.parts import Word
from snakemake_heliport.upload.contract.rows import PredicateStyle
from snakemake_heliport.vocabulary import load, rules_of, terms_of

LAST_PART = re.compile(r"[^/#]*$")


class Names:
    """Names of one contract.

    Args:
        style: How names are made.
        words: The server's own words, by IRI or by prefix and name.
        prefixes: Those of our prefixes that the server knows; None is all.
    """

    def __init__(
        self, style: PredicateStyle, words: Mapping[str, Word], prefixes: Collection[str] | None = None
    ) -> None:
        self._style = style
        self._prefixes = prefixes
        self._words = {expanded(name): word for name, word in words.items()}
        self._iris = {str(word): iri for iri, word in self._words.items()}

    def knows(self, iri: str) -> bool:
        """Return whether there is a word of the server's own for an IRI."""
        return iri in self._words

    def learn(self, iri: str, word: Word) -> None:
        """Take a word of the server for an IRI."""
        self._words[iri] = word
        self._iris[str(word)] = iri

    def word(self, iri: str) -> Word:
        """Return what the server calls an IRI."""
        if iri in self._words:
            return self._words[iri]
        if self._style == "curie":
            return compact(iri, self._prefixes)
        if self._style == "local":
            return local(iri)
        return iri

    def iri(self, word: object) -> str:
        """Return the IRI that a word of the server stands for, or the word itself where that is not known."""
        text = str(word)
        if text in self._iris:
            return self._iris[text]
        if ":" in text:
            return expanded(text)
        return known_locals().get(text, text) if self._style == "local" else text


def expanded(name: str) -> str:
    """Return the IRI behind a name with one of our prefixes, or the name as it stands."""
    prefix, colon, rest = name.partition(":")
    namespace = load().prefixes.get(prefix) if colon and not rest.startswith("//") else None
    return name if namespace is None else namespace + rest


def compact(iri: str, prefixes: Collection[str] | None = None) -> str:
    """Return an IRI as prefix and name, where a prefix of ours (and among these) fits."""
    known = ((prefix, base) for prefix, base in load().prefixes.items() if prefixes is None or prefix in prefixes)
    fitting = [(prefix, base) for prefix, base in known if iri.startswith(base) and iri != base]
    if not fitting:
        return iri
    prefix, base = max(fitting, key=lambda pair: len(pair[1]))
    return f"{prefix}:{iri.removeprefix(base)}"


def local(iri: str) -> str:
    """Return the last part of an IRI."""
    found = LAST_PART.search(iri.rstrip("/#"))
    return unquote(found[0]) if found and found[0] else iri


@cache
def known_locals() -> Mapping[str, str]:
    """Return the IRIs of our predicates and properties by their last part; of several, the first of the table."""
    found: dict[str, str] = {}
    for term in _terms():
        iri = expanded(term)
        found.setdefault(local(iri), iri)
    return found


@cache
def predicate_iris() -> tuple[str, ...]:
    """Return the IRIs of all predicates of our vocabulary."""
    statements = (statement for statements in load().predicates.values() for statement in statements)
    return tuple(dict.fromkeys(expanded(term) for statement in statements for term in terms_of(statement.property)))


def _terms() -> Iterator[str]:
    vocabulary = load()
    for statements in vocabulary.predicates.values():
        for statement in statements:
            yield from (*terms_of(statement.property), *terms_of(statement.inverse))
    for rules in (*vocabulary.common.values(), *vocabulary.attributes.values()):
        for rule in rules:
            yield from terms_of(rule.property)
            for inner in rule.fields.values():
                for field in rules_of(inner):
                    yield from terms_of(field.property)
