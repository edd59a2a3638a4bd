"""Sending runs by themselves, at the end of a run and beside the next one: each is the command `upload`."""

import subprocess
from collections.abc import Iterator

import msgspec

from snakemake_heliport.bounded import TookTooLong
from snakemake_heliport.layout import Layout
from snakemake_heliport.own_command import last_line, run_own_command, start_own_command
from snakemake_heliport.settings import Settings

# What a process that nobody waits for may take, in seconds.
BACKGROUND_SECONDS = 600
# The command ends by itself so long before it would be stopped, and can tell why.
GRACE_SECONDS = 2.0
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
    arguments = _arguments(settings, max(0.0, settings.upload_wait - GRACE_SECONDS))
    try:
        done = run_own_command(layout, settings, settings.upload_wait, *arguments, run, "--json")
        deliveries = msgspec.json.decode(done.stdout, type=list[Delivered])
    except (TookTooLong, OSError) as error:
        yield f"not sent: {error}; {AGAIN}"
        return
    except msgspec.DecodeError:
        yield f"not sent: {last_line(done)}; {AGAIN}"
        return
    yield from map(_sentence, deliveries)


def upload_in_background(layout: Layout, settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a process that sends what earlier runs have left.

    Raises:
        OSError: It cannot be started.
    """
    return start_own_command(layout, settings, *_arguments(settings, BACKGROUND_SECONDS))


def _arguments(settings: Settings, seconds: float) -> list[str]:
    said = {"url": settings.url, "project": settings.project, "granularity": settings.granularity}
    flags = [f"--{name}={value}" for name, value in said.items() if name in settings.origins]
    return ["upload", "--waiting", f"--for={seconds:g}", *flags]


def _sentence(delivered: Delivered) -> str:
    run = delivered.run.removeprefix("urn:uuid:")[:8]
    if delivered.failure is not None:
        return f"run {run} waits for {delivered.server}: {delivered.failure}; {AGAIN}"
    refused = f"; {len(delivered.refused)} things were not taken: {AGAIN}" if delivered.refused else ""
    return f"run {run} is at {delivered.server}{f': {delivered.url}' if delivered.url else ''}{refused}"
