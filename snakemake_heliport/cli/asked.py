"""What a question is about, as it was typed in some directory."""

import os
from collections.abc import Iterator
from pathlib import Path

from snakemake_heliport.cli.common import found_layout, runs_meant
from snakemake_heliport.lineage.naming import Asked
from snakemake_heliport.lineage.naming import asked as asked_of
from snakemake_heliport.store import Store


def asked(store: Store, thing: str, place: str | None, *, latest: bool) -> Asked:
    """Return what a question is about.

    Args:
        thing: A path (all that was recorded there), `PATH@DIGEST`, a run, a name or an IRI.
        place: What `--store` says: it tells which directory paths are relative to.
        latest: Of several versions of a path, only the latest is meant.

    Raises:
        NotFound: Nothing is meant, or several things are.
    """
    return asked_of(store, thing, latest=latest, paths=_as_recorded(thing, place), runs=runs_meant(store))


def _as_recorded(thing: str, place: str | None) -> Iterator[str]:
    """Yield how a path is recorded that was typed here: as seen from the workflow's directory, or in full."""
    layout = found_layout(place) or found_layout(None)
    if layout is not None and "://" not in thing:
        inside = os.path.relpath(Path.cwd() / thing, layout.workdir)
        yield os.path.abspath(thing) if inside.startswith("..") else inside
