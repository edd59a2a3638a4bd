"""What a crate lacks, in a person's words, with the line of heliport.yaml that would fill it."""

from collections.abc import Iterator
from pathlib import Path

from snakemake_heliport.export.crate.names import Texts
from snakemake_heliport.export.crate.payload import DataMode, payload_of
from snakemake_heliport.export.crate.writing import workdirs_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.store import Store


def missing_of(store: Store, selection: Selection, workdir: Path | None = None) -> list[str]:
    """Return sentences on what a crate of the selection would lack; none if it lacks nothing."""
    view = View.of(store, selection)
    return [*_of_project(view), *_of_people(view), *_of_what_ran(view), *_of_code(store, view, workdir)]


def _of_project(view: View) -> Iterator[str]:
    project = next(iter(view.of_kind(Kind.PROJECT)), None)
    known = {} if project is None else project.attributes
    if project is None:
        yield "The crate has no title of its own; in heliport.yaml: `project: {title: …}`."
    if "license" not in known:
        yield "Nobody may reuse the crate, as it states no licence; in heliport.yaml: `project: {license: CC-BY-4.0}`."
    if project is None or not project.description:
        yield "The crate does not say what it is about; in heliport.yaml: `project: {description: …}`."


def _of_people(view: View) -> Iterator[str]:
    agents = {r.object for w in view.of_kind(Kind.WORKFLOW) for r in view.out(w.iri, Predicate.WAS_ATTRIBUTED_TO)}
    authors = [view.objects[iri] for iri in sorted(agents) if iri in view.objects]
    if not authors:
        yield "The crate names no author; in heliport.yaml: `people: [{name: …, orcid: …, affiliation: {name: …}}]`."
    for person in authors:
        yield from _of_person(view, person)


def _of_person(view: View, person: DigitalObject) -> Iterator[str]:
    if not person.iri.startswith("https://orcid.org/"):
        yield f"{person.label} has no ORCID; in heliport.yaml, at this person under `people`: `orcid: …`."
    homes = view.ahead(person.iri, Predicate.HAS_AFFILIATION)
    if not homes:
        yield f"{person.label} has no affiliation; in heliport.yaml, at this person: `affiliation: {{name: …}}`."
    for home in homes:
        if not home.iri.startswith("http"):
            yield f"{home.label} has no ROR identifier; in heliport.yaml, at this affiliation: `ror: …`."


def _of_what_ran(view: View) -> Iterator[str]:
    runs, jobs = list(view.of_kind(Kind.RUN)), list(view.of_kind(Kind.JOB))
    if not runs or not any(view.of_kind(Kind.WORKFLOW)):
        yield (
            "No run and no workflow may be seen by this audience, so the crate cannot conform to the profile of runs; "
            "in heliport.yaml: `settings: {visibility: public}`, or ask for another audience."
        )
    elif not jobs:
        yield "No job began, so the crate cannot conform to the profile of runs."


def _of_code(store: Store, view: View, workdir: Path | None) -> Iterator[str]:
    payload = payload_of(view, workdirs_of(store, workdir), DataMode.NONE, Texts((), hide=False))
    for place in sorted(payload.rewritten):
        yield f"{place} holds what looks like a secret, and is in the crate without it; let it come from outside."
    main = {str(workflow.attributes.get("snakefile")) for workflow in view.of_kind(Kind.WORKFLOW)}
    for path, why in sorted(payload.left_out.items()):
        more = "; the profile wants the main file of the workflow in the crate" if path in main else ""
        yield f"{path} is described and not in the crate, as {why}{more}."
