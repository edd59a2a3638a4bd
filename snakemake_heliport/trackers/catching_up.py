"""Import what earlier runs have left to be imported: after a kill, a dead server, or a time that was too short."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from snakemake_heliport.assembly.facts import NoRun, gather
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.journal import JournalError, Replay, is_live
from snakemake_heliport.layout import Layout
from snakemake_heliport.pending import (
    TRACKING_URI,
    Pending,
    all_pending,
    forget,
    pending_of,
    remember,
    tried,
    without_credentials,
)
from snakemake_heliport.settings import People, Settings
from snakemake_heliport.trackers.child import Reply, Request, import_in_child
from snakemake_heliport.trackers.importing import import_run
from snakemake_heliport.trackers.places import mentioned_places, normalized, tracking_places
from snakemake_heliport.trackers.reader import Reader

# A server that is down is not asked by every command.
RETRY_SECONDS = 600.0


def places_of(layout: Layout, pending: Pending) -> list[str]:
    """Return where the training runs of an ended run may be; none where nothing can be imported.

    Raises:
        JournalError: Its journal cannot be read.
        NoRun: Its journal holds no run.
        OSError: Likewise.
    """
    path = layout.journal(pending.run)
    replay = Replay(path)
    facts = gather(replay)
    mentioned = mentioned_places(facts, replay, layout.workdir, layout.clues(pending.run))
    return tracking_places(
        layout.workdir,
        setting=pending.setting,
        inherited=pending.inherited,
        mentioned=mentioned,
        since=facts.start.at,
    )


def import_at_end(layout: Layout, run: str, settings: Settings) -> Reply | None:
    """Import the training runs of a run that has just ended, for as long as the settings allow.

    Returns:
        What came of it, None where there was nowhere to look.

    Raises:
        ImportFailed: It was not done in time; the next command goes on.
    """
    pending = pending_of(layout, run)
    if pending is None or settings.mlflow_wait == 0:
        return None
    # A Snakefile may have set it after the run began.
    inherited = os.environ.get(TRACKING_URI)
    if inherited is not None:
        pending = msgspec.structs.replace(pending, inherited=without_credentials(inherited))
    places = places_of(layout, pending)
    if not places:
        forget(layout, run)
        return None
    request = Request(
        workdir=str(layout.workdir),
        run=run,
        places=tuple(_with_credentials(places, settings)),
        people=settings.people,
        max_hash_size=settings.max_hash_size,
        redact=settings.redact,
        home=os.path.expanduser("~"),
    )
    reply = import_in_child(request, settings.mlflow_wait)
    if reply.failures:
        remember(layout, tried(pending, "; ".join(reply.failures)))
    else:
        forget(layout, run)
    return reply


def _with_credentials(places: Iterable[str], settings: Settings) -> Iterator[str]:
    """Yield tracking URIs as the user gave them: what is written down lacks the credentials."""
    given = [*(settings.mlflow or "").split(","), os.environ.get(TRACKING_URI, "")]
    known = {without_credentials(uri).rstrip("/"): uri for uri in given}
    return (known.get(place.rstrip("/"), place) for place in places)


def catch_up(layout: Layout, reader: Reader) -> Iterator[str]:
    """Import for every run that waits for it, and yield a sentence for each that has to wait on."""
    for pending in all_pending(layout):
        path = layout.journal(pending.run)
        if not path.exists():
            forget(layout, pending.run)
        elif not is_live(path) and time.time() - (pending.tried or 0.0) > RETRY_SECONDS:
            # Noted before: what kills this process must not do so again and again.
            remember(layout, tried(pending, "it was interrupted"))
            failure = _tried(layout, path, pending, reader)
            if failure is None:
                forget(layout, pending.run)
            else:
                remember(layout, tried(pending, failure))
                yield f"MLflow runs of run {pending.run[:8]} not imported: {failure}"


def forget_ended(layout: Layout) -> None:
    """Note that nothing is left to import of any run that has ended; one that goes on has yet to train."""
    for pending in list(all_pending(layout)):
        if not is_live(layout.journal(pending.run)):
            forget(layout, pending.run)


def _tried(layout: Layout, path: Path, pending: Pending, reader: Reader) -> str | None:
    """Import for one run; return what hinders it, in a sentence."""
    # Users are written as they were to be written in that run.
    settings = replace(reader.settings, people=People(pending.people))
    reader = Reader(reader.layout, settings, reader.redactor, reader.realm)
    try:
        places = _with_credentials(places_of(layout, pending), reader.settings)
        outcome = import_run(path, places, reader)
    except (JournalError, NoRun):
        return None
    except (HeliportError, OSError) as error:
        return str(error)
    return "; ".join(outcome.failures) or None


def places_for_all(layout: Layout, given: Sequence[str], settings: Settings) -> list[str]:
    """Return where all training runs may be that have to do with a working directory.

    Args:
        given: The tracking URIs that the user asks for; if none, what the environment and the recorded runs name.
    """
    if given:
        return [normalized(uri, layout.workdir) for uri in given]
    found: dict[str, None] = {}
    for pending in (*all_pending(layout), *_recorded(layout)):
        try:
            found.update(dict.fromkeys(places_of(layout, pending)))
        except (JournalError, NoRun, OSError):
            continue
    here = tracking_places(layout.workdir, setting=settings.mlflow, inherited=os.environ.get(TRACKING_URI))
    found.update(dict.fromkeys(here))
    return list(_with_credentials(found, settings))


def _recorded(layout: Layout) -> Iterator[Pending]:
    return (Pending(path.stem) for path in sorted(layout.journals.glob("*.jsonl")))
