"""How a status reads: what files are called by their part, what changed, and what that does not tell."""

from collections.abc import Iterable

from snakemake_heliport.lineage.status.staleness import Cause
from snakemake_heliport.lineage.status.state import Status

# What the files of a workflow are called, by the part that they play.
ROLES = {"environment": "environment file", "include": "included rules", "config": "configuration", "snakefile": ""}
OF_THE_WHOLE = ("snakefile", "include", "config")
WHOLE = (
    "Which results a changed Snakefile or configuration reaches is not recorded, so none is called stale for it: "
    "`snakemake -n` tells what would run again."
)
DIGITS, MAX_CAUSES = 12, 3


def caveat(found: Status) -> str:
    """Return what cannot be told of what changed, nothing where all of it can."""
    return WHOLE if any(one.role in OF_THE_WHOLE for one in found.changed) else ""


def named(path: str, role: str | None) -> str:
    """Return a path with what it is to the workflow, where it is code or configuration."""
    name = ROLES.get(role, role) if role else ""
    return f"{name} {path}" if name else path


def digits(digest: str | None) -> str:
    """Return so much of a digest as tells it from others."""
    return digest[:DIGITS] if digest else "unknown"


def causes_in_words(causes: Iterable[Cause]) -> str:
    """Return what has changed since something was made, on one line."""
    words = [f"{named(one.path, one.role)} was {digits(one.then)}, is {digits(one.now)}" for one in causes]
    more = f"; and {len(words) - MAX_CAUSES} more" if len(words) > MAX_CAUSES else ""
    return "; ".join(words[:MAX_CAUSES]) + more
