"""What a file held that was rewritten before it could be read: an earlier run may have read it in the same state."""

from dataclasses import dataclass, field

from snakemake_heliport.assembly.sink import Store
from snakemake_heliport.identity import CONTENT_PREFIX, content_sha256, file_iri
from snakemake_heliport.model import Predicate
from snakemake_heliport.records import DIRECTORY_SIZE, Signature

# How the reasons begin of files that were there, and were something else when they were to be read.
TOO_LATE = ("changed", "gone")


@dataclass(slots=True)
class Memory:
    """Knows the digests of files that earlier runs read: a file of the same path, time and directory is the same.

    Args:
        place: The id of the working directory.
    """

    store: Store
    place: str
    _asked: dict[tuple[str, Signature], bytes | None] = field(default_factory=dict)

    def recall(self, name: str, seen: Signature, reason: str | None) -> bytes | None:
        """Return the SHA-256 of a file in a state, None where no earlier run knew it.

        Args:
            reason: Why this run does not know it; None where it never came to that.
        """
        if seen.size == DIRECTORY_SIZE or (reason is not None and not reason.startswith(TOO_LATE)):
            return None
        key = (name, seen)
        if key not in self._asked:
            self._asked[key] = self._found(name, seen)
        return self._asked[key]

    def _found(self, name: str, seen: Signature) -> bytes | None:
        versions = [version.iri for version in self.store.file_versions(name)]
        for relation in self.store.relations_at(versions, Predicate.SPECIALIZATION_OF, outgoing=True):
            if relation.object.startswith(CONTENT_PREFIX):
                sha256 = content_sha256(relation.object)
                # The time is told to the millisecond, and the name of a file holds all of it.
                if file_iri(self.place, name, sha256, seen.mtime_ns) == relation.subject:
                    return bytes.fromhex(sha256)
        return None
