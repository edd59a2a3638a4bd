"""What lies at recorded paths now, against what was recorded there."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from snakemake_heliport.lineage.starts import CODE_KINDS
from snakemake_heliport.lineage.status.record import Record
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.observe.hashing import SNAKEMAKE_TIMESTAMP, HashCache, file_seen, look
from snakemake_heliport.records import DIRECTORY_SIZE, Signature

# Files that only a tracker keeps.
TRACKED = ("runs:/", "models:/")
MILLISECOND = 0.001


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
    states: tuple[DigitalObject, ...]
    now: Now
    sha256: str | None = None
    current: DigitalObject | None = None
    reason: str | None = None

    @property
    def latest(self) -> DigitalObject:
        """The state that was recorded last."""
        return self.states[-1]


class Disk:
    """Looks at recorded paths; a file is read only where its size or time is not as recorded.

    Args:
        workdir: What paths are relative to.
        cache: Digests of large files that were read before.
        limit: Larger files are not read, bytes; None for no limit.
    """

    def __init__(self, record: Record, workdir: Path, cache: HashCache | None, limit: int | None) -> None:
        self._record = record
        self._workdir = workdir
        self._cache = cache
        self._limit = limit

    def places(self) -> dict[str, Place]:
        """Return all recorded paths with what is there now."""
        versions = self._record.versions()
        return {path: self._place(path, states) for path, states in sorted(versions.items())}

    def _place(self, path: str, states: Sequence[DigitalObject]) -> Place:
        if "://" in path or path.startswith(TRACKED):
            return Place(path, tuple(states), Now.ELSEWHERE)
        full = os.path.join(self._workdir, os.path.expanduser(path))
        seen = look(full)
        if seen is None:
            return Place(path, tuple(states), Now.GONE)
        untouched = next((state for state in reversed(states) if self._is_untouched(state, seen, full)), None)
        if untouched is not None:
            digest = self._record.sha256(untouched.iri)
        else:
            found = file_seen(full, path, seen, self._limit, self._cache)
            digest = found.sha256
            if digest is None:
                return Place(path, tuple(states), Now.UNKNOWN, reason=found.reason)
        alike = [state for state in states if digest is not None and self._record.sha256(state.iri) == digest]
        current = alike[-1] if alike else untouched
        latest = self._record.sha256(states[-1].iri)
        same = current is states[-1] or (latest is not None and latest == digest)
        if not same and latest is None:
            return Place(path, tuple(states), Now.UNKNOWN, digest, current, "its content was not recorded")
        return Place(path, tuple(states), Now.SAME if same else Now.CHANGED, digest, current)

    def _is_untouched(self, state: DigitalObject, seen: Signature, full: str) -> bool:
        """Return whether what is there has the size and time of a recorded state."""
        if state.kind in CODE_KINDS or not _is_time(state.attributes.get("modified"), seen.mtime_ns):
            return False
        if (seen.size == DIRECTORY_SIZE) != (state.kind is Kind.DIRECTORY):
            return False
        return self._members_untouched(state, full) if state.kind is Kind.DIRECTORY else self._has_size(state, seen)

    def _has_size(self, state: DigitalObject, seen: Signature) -> bool:
        return self._record.size(state.iri) in (None, seen.size)

    def _members_untouched(self, folder: DigitalObject, full: str) -> bool:
        """Return whether the files in a directory are those that were recorded; its own time would not tell."""
        inside = self._record.out[Predicate.HAD_MEMBER].get(folder.iri, ())
        members = [
            self._record.objects[relation.object] for relation in inside if relation.object in self._record.objects
        ]
        if len(members) != folder.attributes.get("member_count"):
            return False
        base = str(folder.attributes["path"]).rstrip("/") + "/"
        recorded = {str(member.attributes["path"]).removeprefix(base): member for member in members}
        found = dict(_walked(full))
        return found.keys() == recorded.keys() and all(
            self._is_untouched(recorded[name], seen, os.path.join(full, name)) for name, seen in found.items()
        )


def _walked(root: str) -> list[tuple[str, Signature]]:
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            seen = look(os.path.join(folder, name))
            if name != SNAKEMAKE_TIMESTAMP and seen is not None:
                found.append((os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"), seen))
    return found


def _is_time(recorded: object, at_ns: int) -> bool:
    """Return whether a time is the recorded one, which is told to the millisecond."""
    if not isinstance(recorded, str):
        return False
    return abs(datetime.fromisoformat(recorded).timestamp() - at_ns / 1e9) < MILLISECOND
