"""IRIs as qualified names: a prefix that the document declares, and the rest of the IRI."""

import re
from collections.abc import Iterable

from snakemake_heliport.identity import CONTENT_PREFIX
from snakemake_heliport.vocabulary import Vocabulary

# What many names start with, wherever they go on.
STEMS = {
    "uuid": "urn:uuid:",
    "ni": CONTENT_PREFIX,
    "swh": "https://archive.softwareheritage.org/swh:1:",
    "heliport": "urn:x-heliport:",
}
# Where people, organisations and packages have their names from.
PLACES = {
    "orcid": "https://orcid.org/",
    "ror": "https://ror.org/",
    "pypi": "pkg:pypi/",
    "conda": "pkg:conda/",
}
# Every document knows these two without a declaration, and PROV-JSON reads `default` as the absence of a prefix.
PREDECLARED = ("prov", "xsd")
RESERVED = ("default",)
# In PROV-N: what a backslash must precede anywhere, and what may not stand bare at an end of a local name.
_ESCAPED = re.compile(r"[='(),:;\[\]]")
_ENDS = re.compile(r"\A[-.]|\.\Z")


class Names:
    """Makes qualified names, and remembers which prefixes they need."""

    def __init__(self, vocabulary: Vocabulary, parts: Iterable[tuple[str, str]] = ()) -> None:
        """Take the terms of a vocabulary, and prefixes for the parts of things: `("run", iri)` for `iri#…`."""
        self._expand = vocabulary.expand
        self._namespaces: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._fixed: dict[str, str] = {}
        self._terms: dict[str, str] = {}
        self._used: dict[str, None] = {}
        for prefix, namespace in (*vocabulary.prefixes.items(), *STEMS.items(), *PLACES.items()):
            self._declare(prefix, namespace)
        for prefix, iri in parts:
            self._declare(prefix, f"{iri}#")
        self._stems = [(self._prefixes[stem], stem) for stem in STEMS.values()]
        self._fixed = self._prefixes.copy()

    def prefixes(self) -> dict[str, str]:
        """Return the prefixes of the names made so far, in an order that does not depend on theirs."""
        used = (prefix for prefix in self._namespaces if prefix in self._used)
        return {prefix: self._namespaces[prefix] for prefix in used if prefix not in PREDECLARED}

    def term(self, term: str) -> str:
        """Return the name of a term of the vocabulary."""
        if (name := self._terms.get(term)) is None:
            prefix, _, local = term.partition(":")
            namespace = self._expand(f"{prefix}:")
            name = self._terms[term] = self._name(self._prefixes[namespace], local)
        return name

    def of(self, iri: str) -> str:
        """Return the name of a thing; a namespace that nobody knows gets a number."""
        if (name := self.known(iri)) is not None:
            return name
        namespace, local = _split(iri)
        if namespace not in self._prefixes:
            self._declare("ns1", namespace)
        return self._name(self._prefixes[namespace], local)

    def known(self, iri: str) -> str | None:
        """Return the name of an IRI in a namespace that has a prefix of its own, else None."""
        head, hash_, local = iri.partition("#")
        if hash_ and (prefix := self._fixed.get(head + hash_)) is not None:
            return self._name(prefix, local)
        for prefix, stem in self._stems:
            if iri.startswith(stem):
                return self._name(prefix, iri[len(stem) :])
        namespace, local = _split(iri)
        return None if (prefix := self._fixed.get(namespace)) is None else self._name(prefix, local)

    def _name(self, prefix: str, local: str) -> str:
        self._used[prefix] = None
        return f"{prefix}:{local}"

    def _declare(self, wanted: str, namespace: str) -> None:
        if namespace in self._prefixes:
            return
        stem, number, prefix = wanted.rstrip("0123456789"), 1, wanted
        while prefix in self._namespaces or prefix in RESERVED:
            number += 1
            prefix = f"{stem}{number}"
        self._namespaces[prefix] = namespace
        self._prefixes[namespace] = prefix


def _split(iri: str) -> tuple[str, str]:
    """Return a namespace and what follows it, which is only nothing where the IRI is a scheme alone."""
    last = len(iri) - 1
    cuts = (iri.find("#", 0, last), iri.rfind("/", 0, last), iri.find(":", 0, last))
    end = next((cut for cut in cuts if cut >= 0), last)
    return iri[: end + 1], iri[end + 1 :]


def escaped(name: str) -> str:
    """Return a qualified name as PROV-N writes it; a valid IRI has no other characters than these need."""
    prefix, colon, local = name.partition(":")
    if local.isalnum():
        return name
    return prefix + colon + _ENDS.sub(r"\\\g<0>", _ESCAPED.sub(r"\\\g<0>", local))
