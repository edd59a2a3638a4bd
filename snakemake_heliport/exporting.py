"""Exports at the end of a run, as the setting `export` names them: each is the command `export` in its own process."""

import time
from collections.abc import Iterator
from subprocess import CompletedProcess

from snakemake_heliport.bounded import TookTooLong, python_module, run_bounded
from snakemake_heliport.layout import Layout
from snakemake_heliport.settings import STORE_VARIABLE, Export, Settings

# What a format is called where no place is given; all others are one file, which the command names.
NAMES = {"ro-crate": "ro-crate.zip", "html": "html/"}


def export_at_end(layout: Layout, run: str, settings: Settings) -> Iterator[str]:
    """Write what the setting `export` names of a run, and yield a sentence for each, also for what was not written.

    Args:
        run: The id of the run.
        settings: `export_wait` is for all of them together.
    """
    deadline = time.monotonic() + settings.export_wait
    for export in settings.export:
        place = place_of(layout, export, run)
        yield _written(export, place, run, layout, settings.store, deadline)


def place_of(layout: Layout, export: Export, run: str) -> str:
    """Return where an export goes: what the user named, with `{run}` for the short id, else in `.heliport/export/`."""
    if export.place is not None:
        return export.place.replace("{run}", run[:8])
    return f"{layout.root.name}/export/{run[:8]}/{NAMES.get(export.format, '')}"


def _written(export: Export, place: str, run: str, layout: Layout, store: str | None, deadline: float) -> str:
    command = python_module("snakemake_heliport", "export", "--format", export.format, "--run", run, "--output", place)
    # By the environment, as the URL of a database may hold a password.
    given = {STORE_VARIABLE: store} if store else {}
    try:
        done = run_bounded(
            command, max(0.0, deadline - time.monotonic()), folder=layout.workdir, environment=given, with_errors=True
        )
    except (TookTooLong, OSError) as error:
        return _not_written(export, str(error), place, run)
    if done.returncode == 0:
        return _last_line(done).replace("Wrote ", "wrote ", 1)
    return _not_written(export, _last_line(done), place, run)


def _last_line(done: "CompletedProcess[bytes]") -> str:
    """Return what a command said last, without its name."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("snakemake-heliport: ") if lines else f"ended with code {done.returncode}"


def _not_written(export: Export, why: str, place: str, run: str) -> str:
    again = f"snakemake-heliport export -f {export.format} -r {run[:8]} -o {place}"
    return f"not exported: {export.format}: {why}; again: `{again}`"
