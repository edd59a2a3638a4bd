"""What is still to be imported: one small file for each run whose training runs nobody has looked for yet.

It is written when a run starts, so that the next command imports what a killed run has trained.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from snakemake_heliport.layout import Layout

# Where MLflow's own client looks for the tracking URI.
TRACKING_URI = "MLFLOW_TRACKING_URI"
PASSWORD = re.compile(r"(?<=://)(?P<user>[^/@:]*):[^/@]*(?=@)")
PASSWORD_IN_QUERY = re.compile(r"([?&])password=[^&]*&?", re.IGNORECASE)


class Pending(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to look for the training runs of a run, and when that was last tried in vain.

    Attributes:
        run: The id of the run.
        setting: The tracking URIs that the user named, without credentials; None where nothing was said.
        inherited: The tracking URI in the environment of the jobs, without credentials.
        people: How users are to be written down.
        tried: Seconds since the epoch.
        failure: Why that did not work, in one sentence.
    """

    run: str
    setting: str | None = None
    inherited: str | None = None
    people: str = "pseudonym"
    tried: float | None = None
    failure: str | None = None


def remember(layout: Layout, pending: Pending) -> None:
    """Note that the training runs of a run are still to be imported.

    Raises:
        OSError: The note cannot be written.
    """
    path = _path(layout, pending.run)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(pending))
    draft.replace(path)


def forget(layout: Layout, run: str) -> None:
    """Note that nothing is left to import of a run."""
    _path(layout, run).unlink(missing_ok=True)


def pending_of(layout: Layout, run: str) -> Pending | None:
    """Return what is still to be imported of one run, None where nothing is."""
    return next((pending for pending in all_pending(layout) if pending.run == run), None)


def all_pending(layout: Layout) -> Iterator[Pending]:
    """Yield what is still to be imported, in a fixed order; a note that cannot be read is dropped."""
    for path in sorted(layout.pending.glob("*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Pending)
        except (OSError, msgspec.DecodeError):
            path.unlink(missing_ok=True)


def tried(pending: Pending, failure: str) -> Pending:
    """Return a note that says that it was tried just now."""
    return msgspec.structs.replace(pending, tried=time.time(), failure=failure)


def without_credentials(uri: str) -> str:
    """Return a URI as it may be written down."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def without_password(url: str) -> str:
    """Return the URL of a database as it may be written down; who logs in is needed to open it again."""
    return PASSWORD.sub(r"\g<user>", PASSWORD_IN_QUERY.sub(r"\1", url)).rstrip("?&")


def _path(layout: Layout, run: str) -> Path:
    return layout.pending / f"{run}.json"
