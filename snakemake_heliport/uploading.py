"""Sending runs by themselves, at the end of a run and beside the next one: each is the command `upload`."""

import os
import subprocess
from collections.abc import Iterator

import msgspec

from snakemake_heliport.bounded import TookTooLong, python_module, run_bounded
from snakemake_heliport.layout import Layout
from snakemake_heliport.settings import STORE_VARIABLE, Settings

# What a process that nobody waits for may take, in seconds.
BACKGROUND_SECONDS = 600
# The command ends by itself so long before it would be stopped, and can tell why.
GRACE_SECONDS = 2.0
# Below the jobs of the workflow.
NICENESS = 10
AGAIN = "`snakemake-heliport outbox` shows what waits, the next run sends it"


class Delivered(msgspec.Struct, frozen=True):
    """What the command tells of a run and a server."""

    run: str
    server: str
    failure: str | None = None
    url: str | None = None
    refused: dict[str, str] = {}


def upload_at_end(layout: Layout, run: str, settings: Settings) -> Iterator[str]:
    """Send a run and what waits, for as long as the settings allow; yield a sentence for each run and server."""
    command = python_module(
        "snakemake_heliport", *_arguments(settings, max(0.0, settings.upload_wait - GRACE_SECONDS)), run, "--json"
    )
    try:
        done = run_bounded(
            command,
            settings.upload_wait,
            folder=layout.workdir,
            environment=_environment(settings),
            with_errors=True,
        )
        deliveries = msgspec.json.decode(done.stdout, type=list[Delivered])
    except (TookTooLong, OSError) as error:
        yield f"not sent: {error}; {AGAIN}"
        return
    except msgspec.DecodeError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        yield f"not sent: {said[-1] if said else f'ended with code {done.returncode}'}; {AGAIN}"
        return
    yield from map(_sentence, deliveries)


def upload_in_background(layout: Layout, settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a process that sends what earlier runs have left.

    Raises:
        OSError: It cannot be started.
    """
    command = python_module("snakemake_heliport", *_arguments(settings, BACKGROUND_SECONDS))
    return subprocess.Popen(
        ["nice", "-n", str(NICENESS), *command],
        cwd=layout.workdir,
        env={**os.environ, **_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for Snakemake.
        start_new_session=True,
    )


def _arguments(settings: Settings, seconds: float) -> list[str]:
    said = {"url": settings.url, "project": settings.project, "granularity": settings.granularity}
    flags = [f"--{name}={value}" for name, value in said.items() if name in settings.origins]
    return ["upload", "--waiting", f"--for={seconds:g}", *flags]


def _environment(settings: Settings) -> dict[str, str]:
    return {STORE_VARIABLE: settings.store} if settings.store else {}


def _sentence(delivered: Delivered) -> str:
    run = delivered.run.removeprefix("urn:uuid:")[:8]
    if delivered.failure is not None:
        return f"run {run} waits for {delivered.server}: {delivered.failure}; {AGAIN}"
    refused = f"; {len(delivered.refused)} things were not taken: {AGAIN}" if delivered.refused else ""
    return f"run {run} is at {delivered.server}{f': {delivered.url}' if delivered.url else ''}{refused}"
