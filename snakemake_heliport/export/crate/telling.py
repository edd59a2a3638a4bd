"""What the readme and the page of a crate tell in words: counts, times, sizes and paths."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from snakemake_heliport.export.crate.assembling import Metadata
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

# A page with every file of a large run would be of no use.
MAX_ROWS = 200
COUNTED = (
    (Kind.JOB, "job", "jobs"),
    (Kind.TRAINING_RUN, "training run", "training runs"),
    (Kind.FILE, "file", "files"),
    (Kind.MODEL, "model", "models"),
)


def holds(metadata: Metadata) -> str:
    """Return how much of what a crate tells of."""
    counts = Counter(thing.kind for thing in metadata.build.view.objects.values())
    told = [f"{counts[kind]} {one if counts[kind] == 1 else many}" for kind, one, many in COUNTED if counts[kind]]
    return ", ".join(told) or "nothing"


def jobs_of(metadata: Metadata, run: DigitalObject) -> list[DigitalObject]:
    """Return the jobs of a run."""
    return [job for job in metadata.build.view.behind(run.iri, Predicate.WAS_PART_OF) if job.kind is Kind.JOB]


def states(jobs: Iterable[DigitalObject]) -> str:
    """Return how many jobs are in which state."""
    counts = Counter(str(job.attributes.get("status") or "unknown") for job in jobs)
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))


def day(moment: str) -> str:
    """Return the day of a time, as people write it."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{found.day} {found:%B %Y}"


def minute(moment: JsonValue) -> str:
    """Return a time to the minute."""
    return f"{moment[:16].replace('T', ' ')} UTC" if isinstance(moment, str) else ""


def readable_size(size: JsonValue) -> str:
    """Return a number of bytes in the unit that people would take."""
    if not isinstance(size, int):
        return ""
    number, units = float(size), iter(("kB", "MB", "GB", "TB"))
    unit = "B"
    while number >= 1000 and (larger := next(units, None)):
        number, unit = number / 1000, larger
    return f"{size} B" if unit == "B" else f"{number:.1f} {unit}"


def shown_path(metadata: Metadata, thing: DigitalObject) -> str:
    """Return the path of a file as the audience may read it."""
    return metadata.build.texts.clean(str(thing.attributes.get("path") or thing.label))
