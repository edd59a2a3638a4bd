"""Fold journals into the store: new runs, runs that were killed, and runs that go on."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from snakemake_heliport.assembly import ASSEMBLY_VERSION
from snakemake_heliport.assembly.assemble import assemble, assemble_import
from snakemake_heliport.assembly.due import is_folded, is_whole
from snakemake_heliport.assembly.facts import Facts, NoRun, Training, gather, state_of, unhashed
from snakemake_heliport.assembly.times import iso
from snakemake_heliport.garbage import uncollected
from snakemake_heliport.identity import import_iri, run_iri
from snakemake_heliport.journal import JournalError, JournalWriter, Replay, first_record, is_live
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind
from snakemake_heliport.observe.hashing import HashCache, file_seen, look
from snakemake_heliport.records import FileSeen, ImportStarted, RunStarted, Signature, State
from snakemake_heliport.store import Store

# The size of a journal that must be looked at again, because files wait to be hashed.
WAITING = -1

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Folded:
    """What a fold did: how many runs it (re)assembled, and sentences about what is wrong with a journal."""

    runs: int = 0
    notices: list[str] = field(default_factory=list)


def fold(
    layout: Layout,
    store: str | None = None,
    *,
    hash_missing: bool = True,
    hashed: str | None = None,
    progress: Progress = lambda *_: None,
) -> Folded:
    """Bring the store up to date with the journals beside it.

    Args:
        store: Path or URL of the store; None is the one in `.heliport/`.
        hash_missing: Also hash files that a run saw but had no time to hash.
        hashed: The id of a run of which all is known to be hashed, so that its journal need not be searched.
        progress: Called with what is being done, how much is done, and of how much.

    Raises:
        StoreError: The store cannot be opened.
    """
    done = Folded()
    with uncollected(), Store.open(store or layout.store) as target:
        known = target.stamps()
        journals = _journals(layout, done)
        here = frozenset(run_iri(start.run) for start, _ in journals)
        for start, path in journals:
            if is_folded(known.get(run_iri(start.run)), path):
                continue
            try:
                ready = None if hash_missing else start.run == hashed
                _fold_one(path, layout, target, done, here=here, ready=ready, progress=progress)
            except (NoRun, JournalError, OSError) as error:
                done.notices.append(f"{path.name}: skipped: {error}")
        _fold_imports(layout.imports, target, done)
    return done


def _fold_imports(path: Path, store: Store, done: Folded) -> None:
    """Fold the journal of the training runs that belong to no recorded run."""
    if not path.exists():
        return
    size = path.stat().st_size
    known = store.stamps(Kind.IMPORT)
    training, head = Training(), None
    for record in Replay(path):
        if isinstance(record, ImportStarted):
            head = record
            stamp = known.get(import_iri(head.workdir_id))
            if stamp is not None and is_whole(stamp, path):
                return
        training.take(record)
    if head is None:
        done.notices.append(f"{path.name}: has no head; delete it, and import again")
        return
    with store.replace_run(
        import_iri(head.workdir_id),
        started="",
        state=State.FINISHED,
        journal=path.name,
        journal_size=size,
        assembly_version=ASSEMBLY_VERSION,
    ) as writer:
        assemble_import(training, head, writer)


def _journals(layout: Layout, done: Folded) -> list[tuple[RunStarted, Path]]:
    """Return the journals in the order their runs began: a run may rely on what earlier ones made."""
    found = []
    for path in sorted(layout.journals.glob("*.jsonl")):
        try:
            start = first_record(path)
        except (JournalError, OSError) as error:
            done.notices.append(f"{path.name}: skipped: {error}")
            continue
        if start is None:
            done.notices.append(f"{path.name}: holds no readable record; delete it, or keep it for a closer look")
        else:
            found.append((start, path))
    return sorted(found, key=lambda item: (item[0].at, item[0].run))


def _fold_one(
    path: Path,
    layout: Layout,
    store: Store,
    done: Folded,
    *,
    here: Collection[str],
    ready: bool | None,
    progress: Progress,
) -> None:
    """Fold one journal.

    Args:
        here: The IRIs of the runs whose journals lie beside it.
        ready: Whether all that was seen is known to be hashed; None to hash what is not.
    """
    live = is_live(path)
    replay = Replay(path)
    facts = gather(replay)
    if ready is None and not live and _hash_missing(facts, replay, path, layout, progress):
        facts = gather(replay)
    waits = ready is False and bool(unhashed(facts, replay))
    if replay.damaged:
        lines = "line" if len(replay.damaged) == 1 else "lines"
        done.notices.append(f"{path.name}: damaged {lines} {', '.join(map(str, replay.damaged[:5]))} skipped")
    if not live:
        # First: what is in the store and waits for nobody would never be sent.
        for server in facts.start.send_to:
            store.ledger(server.name).enqueue(run_iri(facts.start.run), msgspec.to_builtins(server))
    with store.replace_run(
        run_iri(facts.start.run),
        started=iso(facts.start.at),
        state=state_of(facts, live=live),
        journal=path.name,
        journal_size=WAITING if waits else path.stat().st_size,
        assembly_version=ASSEMBLY_VERSION,
    ) as writer:
        assemble(
            facts,
            replay,
            writer,
            store,
            here=here,
            is_read=not (live or waits),
            live=live,
            damaged=len(replay.damaged),
        )
    done.runs += 1


def _hash_missing(facts: Facts, replay: Replay, path: Path, layout: Layout, progress: Progress) -> bool:
    """Hash what the run saw but could not hash, where it still stands unchanged; return whether anything was added."""
    missing = unhashed(facts, replay)
    if not missing:
        return False
    workdir, cache = str(layout.workdir), HashCache(layout.hashes)
    journal = JournalWriter(path)
    try:
        for number, (name, seen) in enumerate(missing):
            progress("hashing", number, len(missing))
            journal.append(_seen_later(name, os.path.join(workdir, name), seen, facts.start.max_hash_size, cache))
        progress("hashing", len(missing), len(missing))
    finally:
        journal.close()
    return True


def _seen_later(name: str, path: str, seen: Signature, limit: int | None, cache: HashCache) -> FileSeen:
    if look(path) != seen:
        return FileSeen(path=name, seen=seen, reason="changed or gone before it could be read")
    return file_seen(path, name, seen, limit, cache)
