"""Deterministic identity: the same thing gets the same IRI, whoever records it and whenever.

The rules follow bytes, path and run: content is named by its SHA-256 (RFC 6920), everything that has no published
identifier by a version-5 UUID over its key, and parts of a thing by a fragment of its IRI.
"""

import base64
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from hashlib import sha1, sha256
from urllib.parse import quote

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/snakemake-heliport/")
# Asked of the UUID, they would be made anew for each of a million names.
NAMESPACE_BYTES = NAMESPACE.bytes
SEPARATOR = "\x1f"
# The two highest bits of this digit of a UUID are 10.
VARIANT = "89ab"
CONTENT_PREFIX = "ni:///sha-256;"
HEX_UUID = re.compile(r"[0-9a-f]{32}")
# A kind, and the end of a digest.
PSEUDONYM = re.compile(r"[a-z]+-[0-9a-f]{8}")


def minted(kind: str, *key: str) -> str:
    """Return `urn:uuid:…`, the version-5 UUID (RFC 9562) of a kind and its key parts.

    `uuid.uuid5` of Python 3.11 takes text only, and file names may hold bytes that are not UTF-8.
    """
    name = SEPARATOR.join((kind, *key)).encode("utf-8", "surrogateescape")
    text = sha1(NAMESPACE_BYTES + name, usedforsecurity=False).hexdigest()
    variant = VARIANT[int(text[16], 16) & 3]
    return f"urn:uuid:{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def content_iri(sha256_hex: str) -> str:
    """Return the RFC 6920 `ni:` IRI of a SHA-256 given as 64 hexadecimal digits."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256_hex)).decode("ascii").rstrip("=")
    return CONTENT_PREFIX + digest


def content_sha256(iri: str) -> str:
    """Return the 64 hexadecimal digits behind a content IRI."""
    return base64.urlsafe_b64decode(iri.removeprefix(CONTENT_PREFIX) + "=").hex()


def run_iri(run_id: str) -> str:
    """Return the IRI of a run, from the UUID that Snakemake gave it."""
    return f"urn:uuid:{run_id}"


def job_iri(run: str, jobid: int, attempt: int) -> str:
    """Return the IRI of one attempt of a job from that of its run: job ids are unique within it only."""
    return f"{run}#job-{jobid}-{attempt}"


def historic_job_iri(workdir_id: str, outputs: Iterable[str], started: float | None) -> str:
    """Return the IRI of a job that ran before anything recorded it, known by its outputs and start time."""
    return minted("hist", workdir_id, *sorted(outputs), "" if started is None else f"{started:.6f}")


def file_iri(workdir_id: str, path: str, sha256_hex: str | None, mtime_ns: int | None, *unknown: str) -> str:
    """Return the IRI of a file instance: this content, at this path, written once.

    A path outside the working directory is absolute and names the same file for every workflow of the machine; the
    address of a storage object does so everywhere.
    Where the content is unknown, `unknown` carries what tells this instance from others (size, run, job).
    """
    place = "" if path.startswith("/") or "://" in path else workdir_id
    return minted("file", place, path, sha256_hex or "", "" if mtime_ns is None else str(mtime_ns), *unknown)


def workflow_iri(manifest_sha256: str) -> str:
    """Return the IRI of a workflow definition, from the digest of all its source files."""
    return minted("workflow", manifest_sha256)


def part(iri: str, *names: str | int) -> str:
    """Return the IRI of a part of a thing: `<iri>#a.b.c`, or `<iri>.a.b.c` where the thing is a part itself."""
    tail = ".".join(quote(str(name), safe="", errors="surrogateescape") for name in names)
    return f"{iri}{'.' if '#' in iri else '#'}{tail}"


def training_run_iri(run_id: str) -> str:
    """Return the IRI of a tracker's run: MLflow's ids are version-4 UUIDs, the same whichever way the run is read."""
    return _uuid_iri(run_id) or minted("training-run", run_id)


def model_iri(model_id: str) -> str:
    """Return the IRI of a logged model, from `m-` and 32 hexadecimal digits, or from any other id."""
    return _uuid_iri(model_id.removeprefix("m-")) or minted("model", model_id)


def experiment_iri(experiment_id: str, name: str, created: float | None) -> str:
    """Return the IRI of an experiment: its id counts within one tracking store, its creation tells stores apart."""
    return minted("experiment", experiment_id, name if created is None else f"{created:.3f}")


def model_version_iri(name: str, version: str, created: float | None) -> str:
    """Return the IRI of a version of a registered model; its creation tells equal names in two registries apart."""
    return minted("model-version", name, version, "" if created is None else f"{created:.3f}")


def import_iri(workdir_id: str) -> str:
    """Return the IRI of what holds the training runs of a working directory that belong to no recorded run."""
    return minted("import", workdir_id)


def job_key(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return what tells a job from all others of its run: a digest of its rule and wildcards."""
    entries = sorted(f"{name}={value}" for name, value in wildcards.items())
    return sha256(SEPARATOR.join((rule, *entries)).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _uuid_iri(text: str) -> str | None:
    return f"urn:uuid:{uuid.UUID(text)}" if HEX_UUID.fullmatch(text) else None


def manifest_digest(entries: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of a manifest of (relative path, SHA-256 hex) pairs: sorted bytewise, NFC, POSIX paths."""
    lines = sorted(
        f"{digest}  {unicodedata.normalize('NFC', path)}\n".encode("utf-8", "surrogateescape")
        for path, digest in entries
    )
    return sha256(b"".join(lines)).hexdigest()


def commit_iri(sha1: str) -> str:
    """Return the Software Heritage IRI of a Git commit, the same wherever the commit is met."""
    return f"https://archive.softwareheritage.org/swh:1:rev:{sha1}"


def pseudonym(kind: str, realm: str, name: str) -> str:
    """Return a name that stays the same within one realm and tells nothing about the person or host behind it."""
    return f"{kind}-{minted(kind, realm, name)[-8:]}"


def is_pseudonym(name: str) -> bool:
    """Return whether a name is one that `pseudonym` gives, and so nobody's."""
    return PSEUDONYM.fullmatch(name) is not None
