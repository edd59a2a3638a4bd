"""The last look before something leaves: what looks like a secret is not written, and its object is named.

Secrets are redacted before anything is recorded. This finds what came in by another way: an annotation, a tracker, a
store that an older version wrote.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.json import encode

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.model import DigitalObject, JsonValue, Relation
from snakemake_heliport.redaction import is_credential
from snakemake_heliport.redaction.detectors import HINTS, KEY_BLOCK, MARK, without_secrets

if TYPE_CHECKING:
    from snakemake_heliport.export.view import View

# One of these is in every secret, and in every name of a credential; where a part is sought, the whole need not be.
_ALL_HINTS = {*HINTS, *KEY_BLOCK.hints, "github", "gitlab", "azure", "devops"}
_HINTS = sorted(hint for hint in _ALL_HINTS if not any(part != hint and part in hint for part in _ALL_HINTS))


class SecretFound(HeliportError):
    """An object that is to leave holds what looks like a secret; the message names both, and not the secret."""


def refuse_secrets(view: "View") -> None:
    """Look through everything that is about to be written.

    Raises:
        SecretFound: Something looks like a secret.
    """
    for _ in guarded((thing, view.out(iri)) for iri, thing in view.objects.items()):
        pass


def guarded(
    statements: Iterable[tuple[DigitalObject, Sequence[Relation]]],
) -> Iterator[tuple[DigitalObject, Sequence[Relation]]]:
    """Yield objects with their relations, as long as nothing in them looks like a secret.

    Raises:
        SecretFound: Something does.
    """
    for thing, relations in statements:
        for place in secrets_in(thing, relations):
            raise SecretFound(
                f"{thing.kind.lower()} {without_secrets(thing.label)!r} ({thing.iri}): its {place} looks like a secret,"
                " so it is not exported; correct it where it comes from, or give the object a visibility that is not "
                "exported"
            )
        yield thing, relations


def refuse_secret(value: JsonValue, where: str) -> None:
    """Look through a value that comes from elsewhere than the graph.

    Args:
        where: What it was read from, for the message.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    if _is_secret(where, value):
        raise SecretFound(f"{where} looks like a secret, so nothing was written; correct it there")


def secrets_in(thing: DigitalObject, relations: Sequence[Relation] = ()) -> Iterator[str]:
    """Yield the names of what of an object looks like a secret."""
    if not _may_hold_one(thing, relations):
        return
    texts: dict[str, JsonValue] = {"label": thing.label, "description": thing.description, **thing.attributes}
    for name, value in texts.items():
        if _is_secret(name, value):
            yield name.replace("_", " ")
    if _is_secret("", [*thing.identifiers]):
        yield "identifier"
    for relation in relations:
        if relation.attributes and _is_secret("", dict(relation.attributes)):
            yield f"relation {relation.predicate}"


def _may_hold_one(thing: DigitalObject, relations: Sequence[Relation]) -> bool:
    """Return whether to look closer: most objects hold nothing that every secret or its name has in it."""
    said = [relation.attributes for relation in relations if relation.attributes]
    try:
        text = encode((thing.label, thing.description, thing.attributes, thing.identifiers, said)).decode().lower()
    except UnicodeEncodeError:
        return True
    for hint in _HINTS:  # noqa: SIM110 (half the time of any() with a generator)
        if hint in text:
            return True
    return False


def _is_secret(name: str, value: JsonValue) -> bool:
    match value:
        case str():
            return _gives_away(value)
        case list():
            return any(_is_secret(name, item) for item in value)
        case Mapping():
            # A param, tag or config value goes by the name beside it.
            own = value.get("name")
            if isinstance(own, str) and is_credential(own) and _is_told(value.get("value")):
                return True
            return any(
                _is_secret(str(key), item) or (is_credential(str(key)) and _is_told(item))
                for key, item in value.items()
            )
    return False


@lru_cache(maxsize=50_000)
def _gives_away(text: str) -> bool:
    return without_secrets(text) != text


def _is_told(value: JsonValue) -> bool:
    """Return whether anything of a credential was left."""
    match value:
        case str():
            return value not in ("", MARK)
        case list():
            return any(map(_is_told, value))
        case Mapping():
            return any(map(_is_told, value.values()))
    return False
