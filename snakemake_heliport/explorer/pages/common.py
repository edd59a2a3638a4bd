"""Sections that the pages of several kinds share."""

from collections import Counter
from collections.abc import Iterable, Sequence

from snakemake_heliport.costs import costs
from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Entry, Section, called, entries, link, plain, started, table
from snakemake_heliport.lineage.near import Near, content_of
from snakemake_heliport.model import Attributes, DigitalObject, JsonValue, Predicate
from snakemake_heliport.wording import brief, counted, duration, size

TROUBLE = ("failed", "interrupted")
# Nobody reads a longer table; the pages of the rules and the search have the others.
MAX_JOBS, MAX_RAW, LONGEST = 500, 50, 140


def taken(said: Attributes) -> str:
    """Return how long something took."""
    return duration(words.seconds(said.get("started"), said.get("ended")))


def state(said: Attributes) -> Cell:
    """Return the state of something, and how long it took."""
    took = taken(said)
    return Cell(str(said.get("status") or "unknown"), state=True, soft=f"took {took}" if took else "")


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


def datasets(title: str, found: Sequence[tuple[DigitalObject, str]], context: Context) -> Section:
    """Return datasets, each with what it was used for, and where it came from."""
    rows = []
    for dataset, use in found:
        near = Near.of(context.source, dataset)
        files = near.things(Predicate.HAS_SOURCE)
        origin = link(files[0], context.site) if files else Cell(plain(dataset.attributes.get("source")))
        rows.append((link(dataset, context.site), use, origin, Cell(digest(near, files)[:12], code=True)))
    return Section(title, table=table(("Dataset", "Used for", "From", "SHA-256"), rows), count=len(rows))


def digest(near: Near, files: Iterable[DigitalObject] = ()) -> str:
    """Return the SHA-256 of something, by its files where it has none itself; nothing where it is not known."""
    own = content_of(near)
    if own is not None:
        return str(own.attributes.get("sha256", ""))
    contents = (content_of(Near.of(near.source, file)) for file in files)
    return next((str(content.attributes.get("sha256", "")) for content in contents if content is not None), "")


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
    return {iri: content.attributes.get("size") for iri, content in _contents_of(context, things).items()}


def beginnings(item: DigitalObject, context: Context) -> Section:
    """Return what a thing was made from in the end: the files that no recorded job made."""
    found = context.source.beginnings(item.iri)
    shown = found[:MAX_RAW]
    digests = digests_of(context, shown)
    rows = [(link(thing, context.site), Cell(digests.get(thing.iri, "")[:12], code=True)) for thing in shown]
    lead = f"All of it goes back to {counted(len(found), 'thing')} that no recorded job made"
    lead += f"; the first {MAX_RAW} are" if len(found) > MAX_RAW else ""
    return Section("Where the record begins", f"{lead}.", table=table(("Raw data", "SHA-256"), rows), count=len(found))


def digests_of(context: Context, things: Iterable[DigitalObject]) -> dict[str, str]:
    """Return the SHA-256 of files, as far as they are known."""
    return {iri: str(content.attributes.get("sha256", "")) for iri, content in _contents_of(context, things).items()}


def _contents_of(context: Context, things: Iterable[DigitalObject]) -> dict[str, DigitalObject]:
    """Return the bytes of files by the IRIs of the files, as far as they are known."""
    iris = [thing.iri for thing in things]
    to_content = context.source.relations_at(iris, Predicate.SPECIALIZATION_OF, outgoing=True)
    contents = context.source.objects(relation.object for relation in to_content)
    return {relation.subject: contents[relation.object] for relation in to_content if relation.object in contents}
