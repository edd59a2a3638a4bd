"""The last look before something leaves: what looks like a secret is not written, and its object is named.

Secrets are redacted before anything is recorded. This finds what came in by another way: an annotation, a tracker, a
store that an older version wrote.
"""

from collections.abc import Iterator, Mapping

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue
from snakemake_heliport.redaction import is_credential
from snakemake_heliport.redaction.detectors import MARK, without_secrets


class SecretFound(HeliportError):
    """An object that is to leave holds what looks like a secret; the message names both, and not the secret."""


def refuse_secrets(view: View) -> None:
    """Look through everything that is about to be written.

    Raises:
        SecretFound: Something looks like a secret.
    """
    for thing in view.objects.values():
        for place in secrets_in(thing):
            raise SecretFound(
                f"{thing.kind.lower()} {thing.label!r} ({thing.iri}): its {place} looks like a secret, so nothing was "
                "written; correct it where it comes from, or give the object a visibility that is not exported"
            )


def secrets_in(thing: DigitalObject) -> Iterator[str]:
    """Yield the names of what of an object looks like a secret."""
    texts: dict[str, JsonValue] = {"label": thing.label, "description": thing.description, **thing.attributes}
    for name, value in texts.items():
        if _is_secret(name, value):
            yield name.replace("_", " ")


def _is_secret(name: str, value: JsonValue) -> bool:
    match value:
        case str():
            return without_secrets(value) != value
        case list():
            return any(_is_secret(name, item) for item in value)
        case Mapping():
            # A param, tag or config value goes by the name beside it.
            own = value.get("name")
            told = value.get("value")
            if isinstance(own, str) and isinstance(told, str) and is_credential(own):
                return told not in ("", MARK)
            return any(_is_secret(str(key), item) for key, item in value.items())
    return False
