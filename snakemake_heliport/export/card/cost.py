"""What the making of a thing took: hardware, time, energy and emissions, each with how it is known."""

from collections.abc import Iterator

from snakemake_heliport.export.card.subject import Entry, Subject, entries
from snakemake_heliport.export.card.words import code, md, number, plain, table
from snakemake_heliport.model import DigitalObject, JsonValue
from snakemake_heliport.wording import seconds_between

UNITS = {"KiloW-HR": "kWh", "KiloGM": "kg", "PERCENT": "%", "W": "W", "SEC": "s", "MegaBYTE": "MB", "GigaBYTE": "GB"}
UNITS |= {"MebiBYTE": "MiB", "BYTE": "bytes"}
# What `impact` says stands there again, less precisely, as measured resources.
SAID_ABOVE = ("energy_consumed", "emissions")
MAX_ROWS = 30


def emitted(subject: Subject) -> dict[str, JsonValue] | None:
    """Return the measured emissions in grams, as Hugging Face takes them; estimates are told in the text alone."""
    measured = [entry for entry in _impact(subject) if not entry.get("estimated")]
    found = [(entry, entry["emissions"]) for entry in measured if _is_number(entry.get("emissions"))]
    if not found:
        return None
    grams = 1000 * sum(float(str(kilograms)) for _, kilograms in found)
    methods = dict.fromkeys(plain(entry.get("method") or "") for entry, _ in found)
    head: dict[str, JsonValue] = {"emissions": float(f"{grams:.12g}"), "source": "; ".join(filter(None, methods))}
    country = dict.fromkeys(where for entry, _ in found for where in _countries(entry))
    if country:
        head["geographical_location"] = ", ".join(country)
    return {name: value for name, value in head.items() if value != ""}


def _impact(subject: Subject) -> list[Entry]:
    """Return what the training run measured, else what was measured of its job."""
    for thing in (subject.training, subject.job):
        found = [*entries(None if thing is None else thing.attributes.get("impact"))]
        if found:
            return found
    return []


def _countries(entry: Entry) -> Iterator[str]:
    for word in str(entry.get("method") or "").split(", "):
        if word.startswith("country_iso_code="):
            yield plain(word.partition("=")[2])


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def cost_table(subject: Subject) -> str:
    """Return what was used and emitted, as a table in Markdown."""
    rows = [*_rows(subject)]
    return table(("What", "How much", "How it is known"), rows[:MAX_ROWS])


def _rows(subject: Subject) -> Iterator[tuple[str, str, str]]:
    for thing, of, how in ((subject.training, "training run", "tracker"), (subject.job, "job", "Snakemake")):
        if thing is not None:
            took = _seconds(thing)
            if took is not None:
                inferred = ", its end is that of its job" if thing.attributes.get("inferred_end") else ""
                yield f"duration of the {of}", f"{number(took)} s", f"{how}'s times{inferred}"
    for entry in _impact(subject):
        how = md(entry.get("method") or "") + (" (estimate)" if entry.get("estimated") else "")
        if _is_number(entry.get("energy")):
            yield "energy", f"{number(entry['energy'])} kWh", how
        if _is_number(entry.get("emissions")):
            yield "emissions", f"{number(1000 * float(str(entry['emissions'])))} g CO2e", how
    if subject.job is not None:
        yield from _requested(subject.job)
    for thing in (subject.training, subject.job):
        if thing is not None:
            yield from _used(thing)


def _seconds(thing: DigitalObject) -> float | None:
    taken = seconds_between(thing.attributes.get("started"), thing.attributes.get("ended"))
    return None if taken is None else round(taken, 3)


def _requested(job: DigitalObject) -> Iterator[tuple[str, str, str]]:
    if job.attributes.get("threads"):
        yield "threads", number(job.attributes["threads"]), "requested by the rule"
    for entry in entries(job.attributes.get("resources")):
        # Where temporary files lie is no resource of the model.
        if entry.get("name") != "tmpdir":
            yield md(entry.get("name")), number(entry.get("value")), "requested by the rule"


def _used(thing: DigitalObject) -> Iterator[tuple[str, str, str]]:
    for entry in entries(thing.attributes.get("usage")):
        if entry.get("name") not in SAID_ABOVE:
            unit = str(entry.get("unit") or "").removeprefix("unit:")
            name = md(str(entry.get("name")).replace("_", " "))
            estimated = " (estimate)" if entry.get("estimated") else ""
            amount = f"{number(entry.get('value'))} {md(UNITS.get(unit, unit))}".strip()
            yield name, amount, md(entry.get("method") or "benchmark of the job") + estimated


def hardware(subject: Subject) -> list[tuple[str, str]]:
    """Return what is known of the machine."""
    run = subject.run
    if run is None:
        return []
    return [
        ("Platform", code(run.attributes.get("platform") or "")),
        ("Executor", code(run.attributes.get("executor") or "")),
    ]
