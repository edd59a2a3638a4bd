"""Which files go into a crate: those that still have the bytes that were recorded, and only as far as asked for."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from snakemake_heliport.export.crate.names import RESERVED, Texts, is_address, is_tracked, quoted
from snakemake_heliport.export.machine import is_elsewhere
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.redaction.detectors import without_secrets

FILES = (Kind.FILE, Kind.LOG, Kind.CONFIG, Kind.SOURCE)
# Code is small; what is larger is something else under the name of code.
MAX_SOURCE = 2_000_000
CHUNK = 1 << 20


class DataMode(StrEnum):
    """How data files get into a crate: not at all, as links (of a folder only), or as copies."""

    NONE = "none"
    LINK = "link"
    COPY = "copy"


@dataclass(slots=True)
class Payload:
    """The files of a crate by their place in it, and why others are missing.

    Attributes:
        places: Path in the crate -> where the file lies now.
        place_of: The IRI of a file -> its path in the crate.
        rewritten: Path in the crate -> what is written there instead of the file: its text without what must not leave.
        left_out: Path as recorded -> why a file that was asked for is not in the crate.
    """

    places: dict[str, Path] = field(default_factory=dict)
    place_of: dict[str, str] = field(default_factory=dict)
    rewritten: dict[str, bytes] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def copy_of(self, iri: str) -> bytes | None:
        """Return the text that stands in the crate for a file that was rewritten."""
        return self.rewritten.get(self.place_of.get(iri, ""))


def payload_of(view: View, workdirs: Sequence[Path], data: DataMode, texts: Texts) -> Payload:
    """Choose the files of a crate: the code of the workflow always, data and configuration as asked for.

    Code, configuration and logs are looked through for secrets; where the crate is for others, data are, too, and code
    tells no path of the machine.
    """
    payload = Payload()
    main = {workflow.attributes.get("snakefile") for workflow in view.of_kind(Kind.WORKFLOW)}
    unchecked = () if texts.hides else (Kind.FILE,)
    for thing in view.of_kind(*FILES):
        path = thing.attributes.get("path")
        wanted = data is not DataMode.NONE or thing.kind is Kind.SOURCE
        if not wanted or not isinstance(path, str) or is_address(path) or is_tracked(path):
            continue
        found, reason = _as_recorded(thing, path, digest_of(view, thing), workdirs)
        if found is None:
            payload.left_out[path] = reason
            continue
        place, text = _place(path, thing), None if thing.kind in unchecked else _text(found)
        if text is not None:
            safe = without_secrets(text)
            # The profile wants the main file of a workflow in the crate, whatever is in it.
            if safe != text and path not in main:
                payload.left_out[path] = "it holds what looks like a secret"
                continue
            told = texts.clean(safe) if thing.kind is Kind.SOURCE else safe
            if told != text:
                payload.rewritten[place] = told.encode("utf-8", "surrogateescape")
        if place not in payload.places:
            payload.places[place] = found
        payload.place_of[thing.iri] = place
    return payload


def digest_of(view: View, thing: DigitalObject) -> str | None:
    """Return the SHA-256 of a file, if it is known."""
    content = next(iter(view.ahead(thing.iri, Predicate.SPECIALIZATION_OF)), None)
    found = None if content is None else content.attributes.get("sha256")
    return found if isinstance(found, str) else None


def _place(path: str, thing: DigitalObject) -> str:
    if is_elsewhere(path):
        return f"elsewhere/{thing.iri[-12:]}/{os.path.basename(path)}"
    # Two names of the crate's own are taken.
    return f"files/{path}" if path in RESERVED or quoted(path) in RESERVED else path


def _as_recorded(
    thing: DigitalObject, path: str, digest: str | None, workdirs: Sequence[Path]
) -> tuple[Path | None, str]:
    """Return where a file still lies with the bytes that were recorded, else why there is none."""
    if digest is None:
        return None, "its content was not recorded"
    reason = "it is no longer there"
    for place in _candidates(path, workdirs):
        try:
            if not place.is_file():
                continue
            if thing.kind is Kind.SOURCE and place.stat().st_size > MAX_SOURCE:
                return None, "it is too large for code"
            if _sha256(place) != digest:
                reason = "it has changed since"
            else:
                return place, ""
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
    return None, reason


def _candidates(path: str, workdirs: Sequence[Path]) -> Iterator[Path]:
    expanded = Path(os.path.expanduser(path))
    if expanded.is_absolute():
        yield expanded
    else:
        yield from (workdir / path for workdir in workdirs)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _text(path: Path) -> str | None:
    """Return what a file says; None if it is too large for code."""
    if path.stat().st_size > MAX_SOURCE:
        return None
    return path.read_bytes().decode("utf-8", "surrogateescape")
