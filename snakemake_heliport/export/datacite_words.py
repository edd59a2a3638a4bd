"""What DataCite's descriptions say of a thing: in which steps it was made, and with what."""

from collections.abc import Iterator

from snakemake_heliport.export.belonging import run_of
from snakemake_heliport.export.bibliography import sources_of
from snakemake_heliport.export.machine import without_places
from snakemake_heliport.export.plain import line, text
from snakemake_heliport.export.view import UPSTREAM, View
from snakemake_heliport.model import DigitalObject, Kind, Predicate


def methods_of(view: View, thing: DigitalObject) -> str | None:
    """Return the steps that made a thing, and the command line of its run; None where nothing of it may be told."""
    steps = [f"- {_step(rule)}" for rule in rules_of(view, thing)]
    run = thing if thing.kind is Kind.RUN else run_of(view, thing) if steps else None
    command = line(run.attributes.get("command")) if run is not None else None
    told = ["Steps:", *steps] if steps else []
    if command:
        told.append(f"Command: {without_places(command)}")
    return "\n".join(told) or None


def _step(rule: DigitalObject) -> str:
    title, said = line(rule.attributes.get("title")), line(rule.description)
    words = ": ".join(part for part in (title, said) if part)
    return f"{line(rule.label)}: {words}" if words else f"{line(rule.label)}"


def rules_of(view: View, thing: DigitalObject) -> list[DigitalObject]:
    """Return the rules by which a thing was made, in the order of their lines; those of a run are those that ran."""
    if thing.kind is Kind.WORKFLOW:
        rules = view.behind(thing.iri, Predicate.IS_STEP_OF_PLAN)
    else:
        rules = [rule for job in _jobs(view, thing) for rule in view.ahead(job.iri, Predicate.CORRESPONDS_TO_STEP)]
    found = {rule.iri: rule for rule in rules if rule.attributes.get("action") != "none"}
    return sorted(found.values(), key=lambda rule: (_line_of(rule), rule.iri))


def _line_of(rule: DigitalObject) -> int:
    number = rule.attributes.get("line")
    return number if isinstance(number, int) else 0


def _jobs(view: View, thing: DigitalObject) -> Iterator[DigitalObject]:
    """Yield the jobs of a run, or those upstream of a thing that a job made."""
    if thing.kind is Kind.RUN:
        yield from (job for job in view.behind(thing.iri, Predicate.WAS_PART_OF) if job.kind is Kind.JOB)
        return
    queue = sources_of(view, thing)
    seen = {found.iri for found in queue}
    for found in queue:
        if found.kind is Kind.JOB:
            yield found
        within = (Predicate.WAS_PART_OF,) if found.kind is Kind.TRAINING_RUN else ()
        near = [item for item in view.ahead(found.iri, *UPSTREAM, *within) if item.kind is not Kind.RUN]
        queue += [item for item in near if item.iri not in seen]
        seen |= {item.iri for item in near}


def technical_of(view: View, thing: DigitalObject) -> str | None:
    """Return with what a thing was made: engine, interpreter, platform, environments, containers, kind of model."""
    run = thing if thing.kind is Kind.RUN else run_of(view, thing)
    flavors = thing.attributes.get("flavors")
    told = [
        _entry("Model", thing.attributes.get("model_type")),
        _entry("Libraries", ", ".join(_named(flavors))),
    ]
    if run is not None:
        around = [*view.ahead(run.iri, Predicate.WAS_ASSOCIATED_WITH), *view.ahead(run.iri, Predicate.USED)]
        told += [
            *(_entry("Engine", thing.label) for thing in around if thing.kind is Kind.ENGINE),
            _entry("Python", run.attributes.get("python_version")),
            _entry("Platform", run.attributes.get("platform")),
            _entry("Executor", run.attributes.get("executor")),
            *(_entry("Environment", thing.label) for thing in around if thing.kind is Kind.ENVIRONMENT),
            *(_entry("Container", image) for image in _images(view, run)),
        ]
    return "\n".join(dict.fromkeys(item for item in told if item)) or None


def _entry(name: str, value: object) -> str | None:
    said = text(value) if isinstance(value, str) else None
    return f"{name}: {without_places(said)}" if said else None


def _named(entries: object) -> list[str]:
    found = (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
    return [" ".join(str(entry[key]) for key in ("name", "version") if entry.get(key)) for entry in found]


def _images(view: View, run: DigitalObject) -> list[str]:
    jobs = view.behind(run.iri, Predicate.WAS_PART_OF)
    used = (item for job in jobs for item in view.ahead(job.iri, Predicate.USED) if item.kind is Kind.CONTAINER)
    return sorted({str(item.attributes.get("image") or item.label) for item in used})
