"""Sections that the pages of several kinds share."""

from collections import Counter
from collections.abc import Iterable

from snakemake_heliport.costs import costs
from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import (
    Cell,
    Entry,
    Fact,
    Section,
    called,
    entries,
    fact,
    items,
    link,
    plain,
    started,
    table,
    told,
)
from snakemake_heliport.explorer.properties import attribute
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.lineage.starts import contents_of, sha256_of
from snakemake_heliport.model import Attributes, DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.wording import brief, counted, duration, seconds_between, size

TROUBLE = ("failed", "interrupted")
# Nobody reads a longer table; the pages of the rules and the search have the others.
MAX_JOBS, MAX_RAW, LONGEST = 500, 50, 140
# Where something failed, these tell why.
MAX_LINES = 20


def taken(said: Attributes) -> str:
    """Return how long something took."""
    return duration(seconds_between(said.get("started"), said.get("ended")))


def last_lines(text: str, count: int = MAX_LINES) -> str:
    """Return the last lines of a text."""
    return "\n".join(text.rstrip().splitlines()[-count:])


def state(said: Attributes) -> Cell:
    """Return the state of something, and how long it took."""
    took = taken(said)
    return Cell(str(said.get("status") or "unknown"), state=True, soft=f"took {took}" if took else "")


def failed(job: DigitalObject, context: Context, *before: Fact) -> Section:
    """Return why a job failed: its message, what it did not make, and how its log ends.

    Args:
        before: What is told first.
    """
    tail = last_lines(plain(job.attributes.get("log_tail")))
    facts = [
        *before,
        attribute(job, "error", "message"),
        attribute(job, "missing_outputs", "not made"),
        fact("its log ends with" if tail else "log", *logs(Near.of(context.source, job), context)),
    ]
    return Section("What failed", facts=told(facts), pre=tail, warning=True)


def logs(near: Near, context: Context, role: str = "log") -> list[Cell]:
    """Return what a job wrote down of itself, as a log or as a benchmark; by paths, if it made nothing."""
    made = near.behind(Predicate.WAS_GENERATED_BY, kinds=(Kind.LOG,))
    found = [link(file, context.site) for file, relation in made if relation.attributes.get("role", "log") == role]
    named = items(near.item.attributes.get("log_files")) if role == "log" else []
    return found or [Cell(plain(path)) for path in named]


def cost(item: DigitalObject) -> Section:
    """Return what something took: energy, emissions, measured resources."""
    rows = list(costs(item.attributes))
    return Section("Energy and resources", table=table(("What", "How much", "How it is known"), rows))


def named(title: str, value: JsonValue) -> Section:
    """Return a section of names and values."""
    rows = [(_name(entry), Cell(plain(entry.get("value")), code=True)) for entry in entries(value)]
    return Section(title, table=table(("Name", "Value"), rows))


def _name(entry: Entry) -> str:
    return plain(entry.get("name") or entry.get("slot") or "")


def jobs(title: str, found: Iterable[DigitalObject], context: Context) -> Section:
    """Return jobs in the order in which they began."""
    ordered = sorted(found, key=started)
    rows = [
        (
            link(job, context.site),
            state_of(job),
            words.moment(job.attributes.get("started")),
            taken(job.attributes),
            brief(plain(job.attributes.get("reason")), LONGEST),
        )
        for job in ordered[:MAX_JOBS]
    ]
    more = len(ordered) - MAX_JOBS
    lead = f"The first {MAX_JOBS:,}; the graph and the search have the {more:,} others." if more > 0 else ""
    columns = ("Job", "State", "Started", "Took", "Why it ran")
    return Section(title, lead=lead, table=table(columns, rows, (3,)), count=len(ordered))


def state_of(thing: DigitalObject) -> Cell:
    """Return the state of something, nothing where it has none."""
    found = thing.attributes.get("status")
    return Cell() if found is None else Cell(str(found), state=True)


def states(found: Iterable[DigitalObject]) -> str:
    """Return how many things are in which state."""
    counts = Counter(str(thing.attributes.get("status") or "unknown") for thing in found)
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))


def bytes_of(content: DigitalObject | None, context: Context) -> list[Fact]:
    """Return the checksum and the size of what a file or dataset holds, as far as they are known."""
    if content is None:
        return []
    digest = Cell(plain(content.attributes.get("sha256")), context.site.url(content.iri), code=True)
    return [attribute(content, "sha256", "SHA-256", digest), attribute(content, "size")]


def files(title: str, found: Iterable[DigitalObject], context: Context) -> Section:
    """Return files with their sizes."""
    things = sorted(found, key=lambda file: (called(file), file.iri))
    sizes = sizes_of(context, things)
    rows = [(link(file, context.site), size(sizes.get(file.iri)), title_of(file)) for file in things]
    return Section(title, table=table(("Path", "Size", "What it is"), rows, (1,)), count=len(rows))


def title_of(file: DigitalObject) -> str:
    """Return what a file is, where somebody has said so."""
    return file.description or ""


def sizes_of(context: Context, things: Iterable[DigitalObject]) -> dict[str, JsonValue]:
    """Return the sizes of files, as far as they are known."""
    contents = contents_of(context.source, [thing.iri for thing in things])
    return {iri: content.attributes.get("size") for iri, content in contents.items()}


def beginnings(item: DigitalObject, context: Context) -> Section:
    """Return what a thing was made from in the end: the files that no recorded job made from others."""
    found = context.source.beginnings(item.iri)
    shown = found[:MAX_RAW]
    digests = digests_of(context, shown)
    rows = [(link(thing, context.site), Cell(digests.get(thing.iri, "")[:12], code=True)) for thing in shown]
    what = "file" if all(thing.kind is Kind.FILE for thing in found) else "thing"
    lead = f"It goes back to {counted(len(found), what)} that no recorded job made from others"
    lead += f"; the first {MAX_RAW} are" if len(found) > MAX_RAW else ""
    return Section("Where the record begins", f"{lead}.", table=table(("Raw data", "SHA-256"), rows), count=len(found))


def digests_of(context: Context, things: Iterable[DigitalObject]) -> dict[str, str]:
    """Return the SHA-256 of files, as far as they are known."""
    return sha256_of(context.source, [thing.iri for thing in things])
