"""What a question is about: the versions of a path, or any other object, and what is to be said of that choice."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from snakemake_heliport.cli.common import found_layout, resolve, when
from snakemake_heliport.lineage import Versions, sha256_of, versions
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store
from snakemake_heliport.wording import counted

PLACES = (Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.SOURCE, Kind.CONFIG)
MAX_NAMED = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What is meant, as it is called, and sentences on what else might have been."""

    name: str
    things: tuple[DigitalObject, ...]
    notes: tuple[str, ...] = ()


def asked(store: Store, thing: str, place: str | None, *, latest: bool) -> Asked:
    """Return what a question is about.

    Args:
        thing: A path (all that was recorded there), `PATH@DIGEST`, a run, a name or an IRI.
        place: What `--store` says: it tells which directory paths are relative to.
        latest: Of several versions of a path, only the latest is meant.

    Raises:
        NotFound: Nothing is meant, or several things are.
    """
    for name in _spellings(thing, place):
        known = versions(store, name)
        if known is not None:
            return _of_path(store, name, known, latest=latest)
    item = resolve(store, thing)
    path = item.attributes.get("path")
    if item.kind in PLACES and isinstance(path, str) and thing == item.label:
        # It was named by its title, which all of its versions share.
        known = versions(store, path)
        if known is not None:
            return _of_path(store, path, known, latest=latest)
    return Asked(item.label, (item,))


def _spellings(thing: str, place: str | None) -> Iterator[str]:
    """Yield how a path may have been recorded: as it was typed, else as seen from the workflow's directory."""
    yield thing
    layout = found_layout(place) or found_layout(None)
    if layout is not None and "://" not in thing:
        inside = os.path.relpath(Path.cwd() / thing, layout.workdir)
        yield os.path.abspath(thing) if inside.startswith("..") else inside


def _of_path(store: Store, name: str, known: Versions, *, latest: bool) -> Asked:
    meant = known.meant[-1:] if latest else known.meant
    return Asked(name, meant, tuple(_notes(store, known, meant)))


def _notes(store: Store, known: Versions, meant: tuple[DigitalObject, ...]) -> Iterator[str]:
    digests = sha256_of(store, [state.iri for state in known.meant])
    if known.contents > 1:
        choice = "the latest is meant" if len(meant) < len(known.meant) else "all are meant"
        if len({digests.get(state.iri) for state in known.meant}) == 1:
            choice = "the one with these bytes is meant"
        named = {
            digest[:12]: f"{known.path}@{digest[:12]} of {when(state.attributes.get('modified'))}"
            for state in known.meant
            if (digest := digests.get(state.iri))
        }
        listed = ", ".join([*named.values()][-MAX_NAMED:])
        yield f"{counted(known.contents, 'version')} of this path are recorded, {choice}: {listed}."
    elif len(known.meant) > len(meant) or len(known.meant) > 1:
        yield f"It was met {counted(len(known.meant), 'time')} at this path, always with the same bytes."
    if known.twins:
        paths = [*dict.fromkeys(str(twin.attributes.get("path")) for twin in known.twins)]
        more = f" and {counted(len(paths) - MAX_NAMED, 'other')}" if len(paths) > MAX_NAMED else ""
        digest = digests.get(known.meant[-1].iri, "")[:12]
        yield (
            f"The same bytes are at {', '.join(paths[:MAX_NAMED])}{more}: not part of the answer, "
            f"sha256:{digest} asks for all of them."
        )
