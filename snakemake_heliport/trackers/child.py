"""Import in a process of its own: MLflow is heavy, may be broken or may hang, and must not be in Snakemake's process.

`import_in_child` is the parent's side, `main` the child's; a request goes through standard input, because it may carry
credentials, and the outcome comes back as JSON.
"""

import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from snakemake_heliport.bounded import TookTooLong, python_module, run_bounded
from snakemake_heliport.layout import Layout
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.settings import People, Settings


class ImportFailed(Exception):
    """The child did not come to an outcome; the message says why."""


class Request(msgspec.Struct, frozen=True):
    """What the child is to import, and how; `max_hash_size` is in bytes."""

    workdir: str
    run: str
    places: tuple[str, ...]
    people: str
    max_hash_size: int | None
    redact: tuple[str, ...]
    home: str


class Reply(msgspec.Struct, frozen=True):
    """How many training runs were found, and how many of them are part of a job; what could not be read.

    `failures` are worth another try.
    """

    found: int = 0
    linked: int = 0
    problems: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def import_in_child(request: Request, seconds: float) -> Reply:
    """Import the training runs of a run in another process, for at most so many seconds.

    Raises:
        ImportFailed: It took longer, or the child died; nothing is lost, and the import can be repeated.
    """
    try:
        child = run_bounded(python_module("snakemake_heliport.trackers"), seconds, msgspec.json.encode(request))
    except TookTooLong as error:
        raise ImportFailed(str(error)) from None
    try:
        return msgspec.json.decode(child.stdout, type=Reply)
    except msgspec.DecodeError:
        raise ImportFailed(f"the process that reads them ended with code {child.returncode}") from None


def main() -> None:
    """Read a request, import, and print the outcome."""
    signal.signal(signal.SIGTERM, _leave)
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    answer, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no outcome
    answer.write(msgspec.json.encode(_imported(request)).decode())
    answer.flush()


def _leave(*_: Any) -> None:
    # An exception, so that temporary files are removed on the way out.
    raise SystemExit(1)


def _imported(request: Request) -> Reply:
    from snakemake_heliport.trackers.importing import import_run
    from snakemake_heliport.trackers.reader import Reader

    layout = Layout.of_workdir(Path(request.workdir))
    settings = Settings(people=People(request.people), max_hash_size=request.max_hash_size)
    reader = Reader(layout, settings, Redactor(request.redact, home=request.home), layout.workdir_id())
    try:
        outcome = import_run(layout.journal(request.run), request.places, reader)
    except Exception as error:  # noqa: BLE001 (the parent turns it into a line)
        return Reply(failures=(f"{type(error).__name__}: {error}",))
    return Reply(outcome.found, outcome.linked, tuple(outcome.problems), tuple(outcome.failures))
