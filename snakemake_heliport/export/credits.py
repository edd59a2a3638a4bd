"""A view in which things know their authors and project by themselves.

Of a public file, the run that made it is often private, and of a raw file no run is upstream at all. Who made it is
looked up in the whole graph, and told where the people and the project may be seen by the audience.
"""

from collections.abc import Iterator

from snakemake_heliport.export.belonging import project_of, run_of, workflow_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View, told
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

# What leads from a raw file to a job that used it, and from there to the run and to those who are behind it.
USERS = (Predicate.USED, Predicate.USED_DATASET)
AROUND = (
    Predicate.IN_PROJECT,
    Predicate.WAS_ASSOCIATED_WITH,
    Predicate.WAS_ATTRIBUTED_TO,
    Predicate.HAS_AFFILIATION,
    Predicate.USED,
)
AGENTS = (Kind.PERSON, Kind.ORGANIZATION)


def view_with_credits(store: Store, selection: Selection) -> View:
    """Return the view of a selection whose roots state who made them and in which project, as its audience may see."""
    whole = View.whole(store, selection)
    roots = selection.things if selection.things is not None else selection.runs or ()
    for iri in roots:
        root = whole.objects.get(iri)
        if root is not None and run_of(whole, root) is None:
            _Neighbourhood(store, whole).surround(root)
    shown = told(whole, selection.audience)
    if selection.audience is Visibility.PRIVATE:
        return shown
    for iri in roots:
        for relation in _credits(whole, iri) if iri in shown.objects else ():
            if relation.object in shown.objects and relation not in shown.out(iri):
                shown.add(relation)
    return shown


def _credits(whole: View, iri: str) -> Iterator[Relation]:
    """Yield what a thing owes to whom, told of the thing itself."""
    thing = whole.objects[iri]
    project, workflow, run = project_of(whole, thing), workflow_of(whole, thing), run_of(whole, thing)
    if project is not None:
        yield Relation(iri, Predicate.IN_PROJECT, project.iri)
    if workflow is not None and workflow.iri != iri:
        yield Relation(iri, Predicate.EXECUTES, workflow.iri)
    for owner, predicate in ((workflow, Predicate.WAS_ATTRIBUTED_TO), (run, Predicate.WAS_ASSOCIATED_WITH)):
        for agent in whole.ahead(owner.iri, predicate) if owner is not None else ():
            if agent.kind in AGENTS:
                yield Relation(iri, predicate, agent.iri)


class _Neighbourhood:
    """Adds to a view what is around a thing that nothing in the view made."""

    def __init__(self, store: Store, whole: View) -> None:
        self._store = store
        self._whole = whole

    def surround(self, root: DigitalObject) -> None:
        """Add the latest run that used a thing, or followed a workflow, and who is behind it."""
        run = self._latest(self._runs(root))
        if run is None:
            return
        self._take(run)
        workflow = workflow_of(self._whole, run)
        if workflow is not None:
            self._take(workflow)
        if root.kind is Kind.WORKFLOW:
            self._rules(root)
        # Who used it stands in for who made it: told as the one way in which the view can be walked.
        self._whole.add(Relation(root.iri, Predicate.WAS_PART_OF, run.iri))

    def _runs(self, root: DigitalObject) -> list[str]:
        if root.kind is Kind.WORKFLOW:
            # The plan is an attribute of the association of a run with the engine, which no relation leads back from.
            rows = [row.iri for row in self._store.runs()]
            return [iri for iri in rows if any(r.attributes.get("plan") == root.iri for r in self._out(iri))]
        files = [root.iri, *(relation.object for relation in self._whole.out(root.iri, Predicate.HAD_MEMBER))]
        jobs = [r.subject for iri in files for r in self._store.relations_of(iri)[1] if r.predicate in USERS]
        # One job of each run is enough: 10,000 may have used a file.
        wholes = list({job.partition("#")[0]: job for job in jobs}.values())
        for iri in wholes:
            parts = (relation for relation in self._out(iri) if relation.predicate is Predicate.WAS_PART_OF)
            wholes += [relation.object for relation in parts if relation.object not in wholes]
        return wholes

    def _rules(self, workflow: DigitalObject) -> None:
        for relation in self._store.relations_of(workflow.iri)[1]:
            rule = self._store.get(relation.subject) if relation.predicate is Predicate.IS_STEP_OF_PLAN else None
            if rule is not None and rule.iri not in self._whole.objects:
                self._whole.objects[rule.iri] = rule
                self._whole.add(relation)

    def _latest(self, iris: list[str]) -> DigitalObject | None:
        found = (self._store.get(iri) for iri in iris)
        runs = [thing for thing in found if thing is not None and thing.kind is Kind.RUN]
        return max(runs, key=lambda run: (str(run.attributes.get("started")), run.iri), default=None)

    def _out(self, iri: str) -> list[Relation]:
        return self._store.relations_of(iri)[0]

    def _take(self, thing: DigitalObject) -> None:
        """Add a thing with those who are behind it; a plan is named by an attribute only."""
        if thing.iri in self._whole.objects and self._whole.out(thing.iri, *AROUND):
            return
        self._whole.objects.setdefault(thing.iri, thing)
        for relation in self._out(thing.iri):
            if relation.predicate not in AROUND:
                continue
            self._whole.add(relation)
            for iri in (relation.object, str(relation.attributes.get("plan") or "")):
                near = self._store.get(iri) if iri and iri not in self._whole.objects else None
                if near is not None and near.kind in (*AGENTS, Kind.PROJECT, Kind.ENGINE, Kind.WORKFLOW, Kind.COMMIT):
                    self._take(near)
