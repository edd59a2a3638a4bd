"""Exports at the end of a run, as the setting `export` names them: each is the command `export` in its own process."""

import time
from collections.abc import Iterator

from snakemake_heliport.bounded import TookTooLong
from snakemake_heliport.layout import Layout
from snakemake_heliport.own_command import last_line, run_own_command
from snakemake_heliport.settings import Export, Settings

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
        yield _written(export, place, run, layout, settings, deadline)


def place_of(layout: Layout, export: Export, run: str) -> str:
    """Return where an export goes: what the user named, with `{run}` for the short id, else in `.heliport/export/`."""
    if export.place is not None:
        return export.place.replace("{run}", run[:8])
    return f"{layout.root.name}/export/{run[:8]}/{NAMES.get(export.format, '')}"


def _written(export: Export, place: str, run: str, layout: Layout, settings: Settings, deadline: float) -> str:
    arguments = ("export", "--format", export.format, "--run", run, "--output", place)
    try:
        done = run_own_command(layout, settings, max(0.0, deadline - time.monotonic()), *arguments)
    except (TookTooLong, OSError) as error:
        return _not_written(export, str(error), place, run)
    if done.returncode == 0:
        return last_line(done).replace("Wrote ", "wrote ", 1)
    return _not_written(export, last_line(done), place, run)


def _not_written(export: Export, why: str, place: str, run: str) -> str:
    again = f"snakemake-heliport export -f {export.format} -r {run[:8]} -o {place}"
    return f"not exported: {export.format}: {why}; again: `{again}`"
