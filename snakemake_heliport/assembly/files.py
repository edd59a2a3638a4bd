"""Files: one object for each state that a path was in, one for each content."""

import mimetypes
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.recalling import Memory
from snakemake_heliport.assembly.sink import Sink
from snakemake_heliport.assembly.times import iso, iso_ns
from snakemake_heliport.identity import content_iri, file_iri, minted
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import DIRECTORY_SIZE, FileRef, FileSeen, Member, Signature, SourceSeen
from snakemake_heliport.training import TrackedFile

# What mimetypes does not know, or knows differently on each machine.
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".json": "application/json",
    ".py": "text/x-python",
    ".smk": "text/x-snakemake",
    ".ipynb": "application/x-ipynb+json",
    ".r": "text/x-r",
    ".h5": "application/x-hdf5",
    ".hdf5": "application/x-hdf5",
    ".nc": "application/x-netcdf",
    ".parquet": "application/vnd.apache.parquet",
    ".pkl": "application/octet-stream",
    ".log": "text/plain",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
}
_types = mimetypes.MimeTypes()


def media_type(path: str) -> str:
    """Return the media type of a path by its ending, the same on every machine."""
    ending = os.path.splitext(path)[1].lower()
    return MEDIA_TYPES.get(ending) or _types.guess_type(f"x{ending}")[0] or "application/octet-stream"


class FileWriter:
    """Writes each file object of a run once, and returns its IRI.

    Args:
        memory: Knows what earlier runs read; None while files still wait to be read.
    """

    def __init__(self, facts: Facts, sink: Sink, memory: Memory | None = None) -> None:
        self._facts = facts
        self._sink = sink
        self._memory = memory
        self._written: set[str] = set()
        self._latest: dict[str, str] = {}

    def name(self, ref: FileRef) -> str:
        """Return the path that identifies a file: the address of a storage object, else relative to the workdir."""
        return ref.uri or self.path(ref.path)

    def path(self, path: str) -> str:
        """Return a path relative to the working directory where it lies inside, else absolute."""
        if not os.path.isabs(path):
            return os.path.normpath(path)
        workdir = os.path.expanduser(self._facts.start.workdir)
        inside = os.path.relpath(path, workdir)
        return os.path.normpath(path) if inside.startswith("..") else inside

    def seen_when_used(self, ref: FileRef) -> Signature | None:
        """Return the state of an input when it was used; of one that came later, as its maker left it."""
        return ref.seen or self._facts.settled.get(ref.path)

    def iri(self, ref: FileRef, seen: Signature | None) -> str:
        """Return the IRI of a file in a state, without writing it."""
        name, start = self.name(ref), self._facts.start
        if seen is None:
            return file_iri(start.workdir_id, name, None, None, start.run)
        digest = self._digest(ref, seen)
        if isinstance(digest, bytes):
            return file_iri(start.workdir_id, name, digest.hex(), seen.mtime_ns)
        return file_iri(start.workdir_id, name, None, seen.mtime_ns, str(seen.size))

    def content_of(self, ref: FileRef, seen: Signature) -> str | None:
        """Return the IRI of a file's content, None where it is not known."""
        digest = self._digest(ref, seen)
        return content_iri(digest.hex()) if isinstance(digest, bytes) else None

    def _digest(self, ref: FileRef, seen: Signature) -> bytes | str | None:
        """Return the digest of a file in a state, the reason why it is not known, or None where it was not read."""
        digest = self._facts.digests.get((ref.path, seen))
        if isinstance(digest, bytes) or self._memory is None or ref.uri:
            return digest
        return self._memory.recall(self.name(ref), seen, digest) or digest

    def write(self, ref: FileRef, seen: Signature | None, *, kind: Kind = Kind.FILE) -> str:
        """Write a file in a state, with its content and, for a directory, its members.

        Only what is true of the file whoever looks at it becomes an attribute; what is true of one job's use or making
        of it (flags, times) belongs to that relation.
        """
        iri = self.iri(ref, seen)
        if iri in self._written:
            return iri
        self._written.add(iri)
        name = self.name(ref)
        if ref.path in self._facts.gone:
            self._latest[ref.path] = iri
        attributes: dict[str, JsonValue] = {"path": name}
        if ref.uri:
            attributes["uri"] = ref.uri
        note = self._facts.notes.get(ref.path)
        if note:
            attributes["note"] = note
        directory = seen is not None and seen.size == DIRECTORY_SIZE
        if not directory:
            attributes["media_type"] = media_type(name)
        self._describe(ref, seen, iri, attributes)
        self._sink.add(DigitalObject(iri, Kind.DIRECTORY if directory else kind, name, attributes=attributes))
        return iri

    def _describe(self, ref: FileRef, seen: Signature | None, iri: str, attributes: dict[str, JsonValue]) -> None:
        if seen is None:
            attributes["unknown_reason"] = _why_unseen(ref)
            return
        attributes["modified"] = iso_ns(seen.mtime_ns)
        digest = self._digest(ref, seen) or "not hashed yet"
        if isinstance(digest, str):
            attributes["unknown_reason"] = digest
            if seen.size >= 0:
                attributes["size"] = seen.size
            return
        found = self._facts.directories.get((ref.path, seen))
        if found is not None:
            attributes["member_count"] = found.member_count
            self._members(ref, found, iri)
        write_content(self._sink, iri, digest.hex(), None if found else seen.size)

    def _members(self, ref: FileRef, found: FileSeen, iri: str) -> None:
        for member, member_ref in members(ref, found):
            member_iri = self._member(member, self.name(member_ref))
            self._sink.relate(Relation(iri, Predicate.HAD_MEMBER, member_iri))

    def members(self, ref: FileRef, seen: Signature | None) -> Iterator[tuple[str, Signature]]:
        """Yield the IRI and state of each file in a directory."""
        found = None if seen is None else self._facts.directories.get((ref.path, seen))
        for member, member_ref in members(ref, found) if found else ():
            yield self._member(member, self.name(member_ref)), Signature(member.size, member.mtime_ns)

    def contents(self, ref: FileRef, seen: Signature) -> Iterator[tuple[str, str, str]]:
        """Yield the path, IRI and digest of each file in a directory, without writing it."""
        found = self._facts.directories.get((ref.path, seen))
        for member, member_ref in members(ref, found) if found else ():
            name = self.name(member_ref)
            yield name, self._member_iri(member, name), member.sha256

    def _member_iri(self, member: Member, name: str) -> str:
        return file_iri(self._facts.start.workdir_id, name, member.sha256, member.mtime_ns)

    def _member(self, member: Member, name: str) -> str:
        iri = self._member_iri(member, name)
        if iri not in self._written:
            self._written.add(iri)
            attributes: dict[str, JsonValue] = {
                "path": name,
                "media_type": media_type(name),
                "modified": iso_ns(member.mtime_ns),
            }
            self._sink.add(DigitalObject(iri, Kind.FILE, name, attributes=attributes))
            write_content(self._sink, iri, member.sha256, member.size)
        return iri

    def source(self, source: SourceSeen, kind: Kind) -> str:
        """Write a file of the workflow's own code or configuration."""
        place = "" if source.path.startswith("/") or "://" in source.path else self._facts.start.workdir_id
        iri = minted("source", place, source.path, source.sha256 or source.reason or "")
        if iri in self._written:
            return iri
        self._written.add(iri)
        attributes: dict[str, JsonValue] = {
            "path": source.path,
            "role": source.role,
            "media_type": media_type(source.path),
        }
        if source.sha256 is None:
            attributes["unknown_reason"] = source.reason or "unknown"
        self._sink.add(DigitalObject(iri, kind, source.path, attributes=attributes))
        if source.sha256 is not None:
            write_content(self._sink, iri, source.sha256, source.size)
        return iri

    def gone(self, run: str) -> None:
        """State of every file that is no longer there that this run did away with it."""
        for path, at in self._facts.gone.items():
            iri = self._latest.get(path)
            if iri is not None:
                self._sink.relate(Relation(iri, Predicate.WAS_INVALIDATED_BY, run, {"at": iso(at)}))


def write_content(sink: Sink, thing: str, sha256: str, size: int | None) -> None:
    """Write a content, and state that a file or dataset is a specialization of it."""
    iri = content_iri(sha256)
    attributes: dict[str, JsonValue] = {"sha256": sha256}
    if size is not None:
        attributes["size"] = size
    sink.add(DigitalObject(iri, Kind.CONTENT, f"sha256:{sha256[:12]}", attributes=attributes))
    sink.relate(Relation(thing, Predicate.SPECIALIZATION_OF, iri))


def write_tracked_file(
    sink: Sink, root: str, file: TrackedFile, attributes: Mapping[str, JsonValue] = MappingProxyType({})
) -> str:
    """Write a file that a tracker keeps, and return its IRI.

    Args:
        root: What the tracker calls the place of the file: `runs:/<id>` or `models:/<id>`.
        attributes: What else is true of it.
    """
    path = f"{root}/{file.path}"
    iri = minted("file", "", path, file.sha256 or "", "" if file.size is None else str(file.size))
    said: dict[str, JsonValue] = {"path": path, "media_type": media_type(path), **attributes}
    if file.sha256 is None:
        said["unknown_reason"] = file.reason or "unknown"
        if file.size is not None:
            said["size"] = file.size
    sink.add(DigitalObject(iri, Kind.FILE, path, attributes=said))
    if file.sha256 is not None:
        write_content(sink, iri, file.sha256, file.size)
    return iri


def members(ref: FileRef, found: FileSeen) -> Iterator[tuple[Member, FileRef]]:
    """Yield each member of a directory with how a job would name it."""
    for member in found.members or ():
        yield member, FileRef(ref.slot, f"{ref.path.rstrip('/')}/{member.path}")


def _why_unseen(ref: FileRef) -> str:
    for flag in ("pipe", "service"):
        if flag in ref.flags:
            return flag
    return "gone before it could be read"
