"""Our own command in another process: at the end of a run, which does not wait for long, or beside it."""

import os
import subprocess

from snakemake_heliport.bounded import python_module, run_bounded
from snakemake_heliport.layout import Layout
from snakemake_heliport.settings import STORE_VARIABLE, Settings

MODULE = "snakemake_heliport"
# Below the jobs of the workflow.
NICENESS = 10


def run_own_command(
    layout: Layout, settings: Settings, seconds: float, *arguments: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run `snakemake-heliport` for a working directory for at most so many seconds, and return what it wrote.

    Raises:
        TookTooLong: It took longer; it is gone when this is raised.
        OSError: It cannot be started.
    """
    command = python_module(MODULE, *arguments)
    return run_bounded(command, seconds, folder=layout.workdir, environment=_named(settings), with_errors=True)


def start_own_command(layout: Layout, settings: Settings, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start `snakemake-heliport` for a working directory; nobody waits for it, or reads what it says.

    Raises:
        OSError: It cannot be started.
    """
    return subprocess.Popen(
        ["nice", "-n", str(NICENESS), *python_module(MODULE, *arguments)],
        cwd=layout.workdir,
        env={**os.environ, **_named(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for Snakemake.
        start_new_session=True,
    )


def last_line(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Return what the command said last, without its name."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("snakemake-heliport: ") if lines else f"ended with code {done.returncode}"


def _named(settings: Settings) -> dict[str, str]:
    """Return how the store is named to the command: not among its arguments, as a URL may hold a password."""
    return {STORE_VARIABLE: settings.store} if settings.store else {}
