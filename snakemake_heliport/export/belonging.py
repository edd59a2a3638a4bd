"""What a thing belongs to: its run, the workflow that the run followed, the commit of that, the project."""

from collections.abc import Iterable

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.plain import line
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# What leads from a thing to the run that it belongs to, and, if nothing made it, to the job that used it.
MADE_IN = (
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_PART_OF,
    Predicate.SPECIALIZATION_OF,
    Predicate.HAS_SOURCE,
    Predicate.NESTED_IN,
)
USED_IN = (Predicate.USED, Predicate.USED_DATASET, Predicate.HAS_SOURCE, Predicate.HAD_MEMBER)

# What to do where nothing may be told.
ADVICE = "say `visibility: public` in heliport.yaml and run again, or ask for more with --visibility private"


def roots_of(view: View, selection: Selection) -> list[DigitalObject]:
    """Return what a selection is about: the things that it names, else its runs, else all runs.

    Raises:
        HeliportError: One of them is not for the audience, or there is none.
    """
    wanted = selection.things if selection.things is not None else selection.runs
    named = [run.iri for run in view.of_kind(Kind.RUN)] if wanted is None else list(dict.fromkeys(wanted))
    for iri in named:
        if iri not in view.objects:
            raise HeliportError(
                f"{iri}: not to be seen by this audience ({selection.audience}); say `visibility: {selection.audience}`"
                " of it in heliport.yaml, or export with --visibility private"
            )
    if not named:
        raise HeliportError(f"no run here is {selection.audience}; {ADVICE}")
    return [view.objects[iri] for iri in named]


def the_one(things: Iterable[DigitalObject], form: str) -> DigitalObject:
    """Return the only one of some things, where a form describes one.

    Raises:
        HeliportError: There is another number of them.
    """
    found = list(things)
    if len(found) == 1:
        return found[0]
    labels = "; ".join(str(line(thing.label)) for thing in found[:5]) + ("; …" if len(found) > 5 else "")
    raise HeliportError(
        f"{form} describes one thing, and this selection has {len(found)}{f' ({labels})' if found else ''}; choose one"
    )


def run_of(view: View, thing: DigitalObject) -> DigitalObject | None:
    """Return the run that made a thing, or, of what no run made, one that used it."""
    return _nearest(view, thing, ()) or _nearest(view, thing, USED_IN)


def _nearest(view: View, thing: DigitalObject, backward: tuple[Predicate, ...]) -> DigitalObject | None:
    seen, queue = {thing.iri}, [thing]
    for found in queue:
        if found.kind is Kind.RUN:
            return found
        users = view.behind(found.iri, *backward) if backward else []
        # Content is where things of strangers meet.
        near = [item for item in (*view.ahead(found.iri, *MADE_IN), *users) if item.kind is not Kind.CONTENT]
        queue += [item for item in near if item.iri not in seen]
        seen |= {item.iri for item in near}
    return _run_of_plan(view, thing) if thing.kind is Kind.WORKFLOW else None


def _run_of_plan(view: View, workflow: DigitalObject) -> DigitalObject | None:
    runs = [run for run in view.of_kind(Kind.RUN) if workflow.iri in _plans(view, run)]
    return max(runs, key=lambda run: (str(run.attributes.get("started")), run.iri), default=None)


def _plans(view: View, run: DigitalObject) -> list[str]:
    stated = view.out(run.iri, Predicate.WAS_ASSOCIATED_WITH)
    plans = [str(relation.attributes["plan"]) for relation in stated if relation.attributes.get("plan")]
    return plans + [found.iri for found in view.ahead(run.iri, Predicate.EXECUTES) if found.kind is Kind.WORKFLOW]


def workflow_of(view: View, thing: DigitalObject) -> DigitalObject | None:
    """Return the workflow that a thing is, or that the run of the thing followed."""
    if thing.kind is Kind.WORKFLOW:
        return thing
    run = run_of(view, thing)
    plans = [plan for found in (run, thing) if found is not None for plan in _plans(view, found)]
    return next((view.objects[plan] for plan in plans if plan in view.objects), None)


def commit_of(view: View, thing: DigitalObject) -> DigitalObject | None:
    """Return the commit of the workflow that a thing came from."""
    workflow, run = workflow_of(view, thing), run_of(view, thing)
    sources = [] if workflow is None else view.ahead(workflow.iri, Predicate.WAS_DERIVED_FROM)
    used = [] if run is None else view.ahead(run.iri, Predicate.USED)
    return next((found for found in (*sources, *used) if found.kind is Kind.COMMIT), None)


def project_of(view: View, thing: DigitalObject) -> DigitalObject | None:
    """Return the project that a thing belongs to, by itself or through its run."""
    for found in (thing, run_of(view, thing)):
        projects = [] if found is None else view.ahead(found.iri, Predicate.IN_PROJECT)
        if projects:
            return projects[0]
    return None
