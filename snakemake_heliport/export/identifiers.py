"""Persistent identifiers: which kind a text is, and the form in which DataCite takes it. Nothing is made up here."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from snakemake_heliport.export.text import valid_iri

DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
HANDLE = re.compile(r"(?:hdl:|https?://hdl\.handle\.net/)(\S+/\S+)", re.IGNORECASE)
SWHID = re.compile(r"(?:https?://archive\.softwareheritage\.org/)?(swh:1:(?:cnt|dir|rev|rel|snp):[0-9a-f]{40}\S*)")
ARK = re.compile(r"(?:https?://\S+?/)?(ark:/?\d{5,9}/\S+)")
ARXIV = re.compile(r"(arXiv:\S+)", re.IGNORECASE)
URN = re.compile(r"(urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:\S+)")
# Addresses that say the same on every machine; `file:` does not.
URL = re.compile(r"((?:https?|ftps?|sftp|s3|gs|git|ssh|docker|oci|oras)://[^/\s]\S*)")
# Words of users and passwords have no place in what is published.
_LOGIN = re.compile(r"(?<=://)[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier, and what DataCite calls its kind."""

    kind: str
    value: str


def _as_it_stands(value: str) -> str:
    return value


def _software_heritage(value: str) -> str:
    return f"https://archive.softwareheritage.org/{value}"


_KINDS: tuple[tuple[re.Pattern[str], str, Callable[[str], str]], ...] = (
    (DOI, "DOI", _as_it_stands),
    (HANDLE, "Handle", _as_it_stands),
    # Version 4.5 of the schema has no SWHID: there it is the address at which the archive resolves it.
    (SWHID, "URL", _software_heritage),
    (ARK, "ARK", _as_it_stands),
    (ARXIV, "arXiv", _as_it_stands),
    (URN, "URN", _as_it_stands),
    (URL, "URL", _as_it_stands),
)


def identifier(text: str) -> Identifier | None:
    """Return the identifier that a text is, or None where it is none that others could resolve or compare."""
    for pattern, kind, form in _KINDS:
        found = pattern.fullmatch(text.strip())
        if found is not None:
            value = form(found[1])
            address = valid_iri(_LOGIN.sub("", value)) if kind == "URL" else value
            return None if address is None else Identifier(kind, address)
    return None


def doi_among(texts: tuple[str, ...] | list[str]) -> str | None:
    """Return the first DOI among some identifiers, as `10.…/…`."""
    found = (identifier(text) for text in texts)
    return next((item.value for item in found if item is not None and item.kind == "DOI"), None)
