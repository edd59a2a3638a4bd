"""Terms of RDF that are the same in all syntaxes: IRIs made valid, strings made representable, numbers written out."""

import json
import math
import re
from functools import lru_cache
from urllib.parse import quote

from snakemake_heliport.model import JsonValue

_PATH = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-._~!$&'()*+,;=:@/]*)*"
_QUERY = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*)*"
_HOST = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
_AUTHORITY = rf"(?:{_HOST}(?::{_HOST})*@)?{_HOST}(?::[0-9]*)?"
_ABSOLUTE = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?=[/?#]|\Z)|(?!//)){_PATH}(?:\?{_QUERY})?(?:\#{_QUERY})?"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What Unicode has no character for; XML cannot carry it, and UTF-8 not the surrogates.
_UNREPRESENTABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def valid_iri(text: str) -> str | None:
    """Return the text as a valid absolute IRI, percent-encoded where it must be; None where it has no scheme."""
    if _ABSOLUTE.fullmatch(text):
        return text
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    head, hash_, tail = text[scheme.end() :].partition("#")
    encoded = scheme.group() + _encoded(head) + (hash_ and "#" + _encoded(tail))
    if _ABSOLUTE.fullmatch(encoded):
        return encoded
    # The authority is none; without its slashes the rest is a path.
    return encoded.replace("//", "%2F%2F", 1)


def _encoded(text: str) -> str:
    return _BARE_PERCENT.sub("%25", quote(text, safe="/?:@!$&'()*+,;=-._~%", errors="surrogatepass"))


@lru_cache(maxsize=50_000)
def iri_of(text: str) -> str:
    """Return a valid IRI for the subject or object of a relation, whatever the text is."""
    return valid_iri(text) or f"urn:x-heliport:{_encoded(text)}"


def representable(text: str) -> str:
    """Return text of characters alone: lone surrogates and noncharacters become U+FFFD."""
    return _UNREPRESENTABLE.sub("\ufffd", text) if not text.isascii() else text


def lexical(value: JsonValue) -> tuple[str, str]:
    """Return the lexical form of a JSON value and its natural datatype; a list or mapping is its JSON text."""
    if isinstance(value, str):
        return value, "xsd:string"
    if isinstance(value, bool):
        return ("true" if value else "false"), "xsd:boolean"
    if isinstance(value, int):
        return str(value), "xsd:integer"
    if isinstance(value, float):
        return _double(value), "xsd:double"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")), "xsd:string"


def _double(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"


def elements(value: JsonValue) -> list[JsonValue]:
    """Return the elements of a list, one single value as a list, without those that are None."""
    return [element for element in (value if isinstance(value, list | tuple) else [value]) if element is not None]
