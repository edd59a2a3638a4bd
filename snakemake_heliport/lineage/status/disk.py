"""What lies at recorded paths now, against what was recorded there."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from snakemake_heliport.lineage.near import TRACKED
from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.observe.hashing import SNAKEMAKE_TIMESTAMP, HashCache, file_seen, look
from snakemake_heliport.records import DIRECTORY_SIZE, Signature
from snakemake_heliport.store.stated import State

MILLISECOND = 0.001
NOT_RECORDED = "its content was not recorded"


class Now(StrEnum):
    """What is at a path, compared with the latest record of it."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Place:
    """A recorded path.

    Attributes:
        states: All that was recorded there, the latest last.
        now: What is there.
        sha256: The digest of what is there, None where it is not known.
        current: The recorded state that has the bytes of what is there.
        reason: Why it is not known whether it is the same.
    """

    path: str
    states: Sequence[State]
    now: Now
    sha256: str | None = None
    current: State | None = None
    reason: str | None = None

    @property
    def latest(self) -> State:
        """The state that was recorded last."""
        return self.states[-1]


class Disk:
    """Looks at recorded paths; a file is read only where its size or time is not as recorded.

    Of paths that had one state and still have it, nothing is kept: there may be very many.

    Args:
        workdir: What paths are relative to.
        cache: Digests of large files that were read before.
        limit: Larger files are not read, bytes; None for no limit.
    """

    def __init__(self, record: Record, workdir: Path, cache: HashCache | None, limit: int | None) -> None:
        self._record = record
        self._workdir = str(workdir)
        self._cache = cache
        self._limit = limit
        self.count: Counter[Now] = Counter()
        self.places: dict[str, Place] = {}
        for path in sorted(record.paths):
            place = self._place(path, record.paths[path])
            self.count[place.now] += 1
            if len(place.states) > 1 or place.now is not Now.SAME:
                self.places[path] = place

    def of(self, state: State) -> Place:
        """Return the place of a recorded state."""
        return self.places.get(state.path) or Place(state.path, (state,), Now.SAME, state.sha256, state)

    def those(self, now: Now) -> list[Place]:
        """Return the places of which this is true, by path; of those that are the same, just what is kept."""
        return [place for place in self.places.values() if place.now is now]

    def _place(self, path: str, states: Sequence[State]) -> Place:
        if "://" in path or path.startswith(TRACKED):
            return Place(path, states, Now.ELSEWHERE)
        full = os.path.join(self._workdir, os.path.expanduser(path) if path.startswith("~") else path)
        seen = look(full)
        if seen is None:
            return Place(path, states, Now.GONE)
        untouched = next((state for state in reversed(states) if self._is_untouched(state, seen, full)), None)
        if untouched is not None and len(states) == 1:
            return Place(path, states, Now.SAME, current=untouched)
        if untouched is not None:
            digest = untouched.sha256
        else:
            found = file_seen(full, path, seen, self._limit, self._cache)
            digest = found.sha256
            if digest is None:
                return Place(path, states, Now.UNKNOWN, reason=found.reason)
        alike = [state for state in states if digest is not None and state.sha256 == digest]
        current = alike[-1] if alike else untouched
        latest = states[-1]
        if current is latest or (latest.sha256 is not None and latest.sha256 == digest):
            return Place(path, states, Now.SAME, digest, current)
        if latest.sha256 is None:
            return Place(path, states, Now.UNKNOWN, digest, current, NOT_RECORDED)
        return Place(path, states, Now.CHANGED, digest, current)

    def _is_untouched(self, state: State, seen: Signature, full: str) -> bool:
        """Return whether what is there has the size and time of a recorded state."""
        if state.kind in CODE_KINDS or not _is_time(state.modified, seen.mtime_ns):
            return False
        if (seen.size == DIRECTORY_SIZE) != (state.kind is Kind.DIRECTORY):
            return False
        if state.kind is Kind.DIRECTORY:
            return self._members_untouched(state, full)
        return state.size is None or state.size == seen.size

    def _members_untouched(self, folder: State, full: str) -> bool:
        """Return whether the files in a directory are those that were recorded; its own time would not tell."""
        members = [self._record.states[iri] for iri in self.members.get(folder.iri, ()) if iri in self._record.states]
        if len(members) != folder.members:
            return False
        base = folder.path.rstrip("/") + "/"
        recorded = {member.path.removeprefix(base): member for member in members}
        found = dict(_walked(full))
        return found.keys() == recorded.keys() and all(
            self._is_untouched(recorded[name], seen, os.path.join(full, name)) for name, seen in found.items()
        )

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """The IRIs of the files in each directory, by that of the directory."""
        folders = [state.iri for state in self._record.states.values() if state.kind is Kind.DIRECTORY]
        found: dict[str, list[str]] = {folder: [] for folder in folders}
        for relation in self._record.store.relations_at(folders, Predicate.HAD_MEMBER, outgoing=True):
            found[relation.subject].append(relation.object)
        return found


def _walked(root: str) -> list[tuple[str, Signature]]:
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            seen = look(os.path.join(folder, name))
            if name != SNAKEMAKE_TIMESTAMP and seen is not None:
                found.append((os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"), seen))
    return found


def _is_time(recorded: str | None, at_ns: int) -> bool:
    """Return whether a time is the recorded one, which is told to the millisecond."""
    if recorded is None:
        return False
    return abs(datetime.fromisoformat(recorded).timestamp() - at_ns / 1e9) < MILLISECOND
