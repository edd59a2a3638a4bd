"""Workflow runs, job attempts and training runs as runs of OpenLineage: their ids, jobs, parents and facets."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from snakemake_heliport import __version__
from snakemake_heliport.export.openlineage_datasets import MLFLOW
from snakemake_heliport.export.openlineage_facets import (
    Json,
    facet,
    own_facet,
    present,
    run_id,
    source_location,
    told_time,
)
from snakemake_heliport.export.text import elements, lexical, representable
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# What runs are of, parents first: the integration and the type of their jobs.
JOBS = {
    Kind.RUN: ("SNAKEMAKE", "DAG"),
    Kind.JOB: ("SNAKEMAKE", "TASK"),
    Kind.TRAINING_RUN: ("MLFLOW", "TRAINING"),
}
NAMESPACE = "snakemake"
UNNAMED = "workflow"


class Runs:
    """Finds what the runs of a view belong to, and describes them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._described: dict[str, Described] = {}
        self._sources: dict[str, Json | None] = {}

    def described(self, thing: DigitalObject) -> "Described":
        """Return a run as OpenLineage tells it."""
        if (found := self._described.get(thing.iri)) is None:
            found = self._described[thing.iri] = Described(self, thing)
        return found

    def parent(self, thing: DigitalObject) -> DigitalObject | None:
        """Return the run within which a run took place.

        A tracker's run may be nested in one of another job; then the parent is the job.
        """
        found = self.view.ahead(thing.iri, Predicate.NESTED_IN, Predicate.WAS_PART_OF)
        by_kind = {kind: [run for run in found if run.kind is kind] for kind in JOBS}
        around = by_kind[Kind.JOB] or by_kind[Kind.RUN]
        for outer in by_kind[Kind.TRAINING_RUN]:
            if not around or around[0] in self.view.ahead(outer.iri, Predicate.WAS_PART_OF):
                return outer
        return around[0] if around else None

    def root(self, thing: DigitalObject) -> DigitalObject | None:
        """Return the workflow run that a run is part of in the end, itself if it is one; None where none is known."""
        seen: set[str] = set()
        found: DigitalObject | None = thing
        while found is not None and found.kind is not Kind.RUN and found.iri not in seen:
            seen.add(found.iri)
            found = self.parent(found)
        return found if found is not None and found.kind is Kind.RUN else None

    def rule(self, thing: DigitalObject) -> DigitalObject | None:
        """Return the rule of a job, or of the job that a training run belongs to."""
        for rule in self.view.ahead(thing.iri, Predicate.CORRESPONDS_TO_STEP, Predicate.EXECUTES):
            return rule
        return None

    def workflow(self, thing: DigitalObject) -> DigitalObject | None:
        """Return the workflow that a run executed all or a part of."""
        if (rule := self.rule(thing)) is not None:
            for workflow in self.view.ahead(rule.iri, Predicate.IS_STEP_OF_PLAN):
                return workflow
        root = self.root(thing)
        for association in self.view.out(root.iri, Predicate.WAS_ASSOCIATED_WITH) if root else ():
            plan = self.view.objects.get(str(association.attributes.get("plan")))
            if plan is not None:
                return plan
        return None

    def source(self, workflow: DigitalObject) -> Json | None:
        """Return where the code of a workflow is kept."""
        if workflow.iri not in self._sources:
            self._sources[workflow.iri] = next(map(source_location, self._commits(workflow)), None)
        return self._sources[workflow.iri]

    def _commits(self, workflow: DigitalObject) -> Iterable[DigitalObject]:
        return (
            thing for thing in self.view.ahead(workflow.iri, Predicate.WAS_DERIVED_FROM) if thing.kind is Kind.COMMIT
        )


@dataclass
class Described:
    """One run, with the job that it is a run of."""

    runs: Runs
    thing: DigitalObject

    @property
    def id(self) -> str:
        """The UUID of the run."""
        return run_id(self.thing.iri)

    @cached_property
    def job(self) -> Json:
        """The namespace and name of the job."""
        thing = self.thing
        workflow, rule = self.runs.workflow(thing), self.runs.rule(thing)
        if workflow is None and self.runs.root(thing) is None and thing.kind is Kind.TRAINING_RUN:
            for experiment in self.runs.view.ahead(thing.iri, Predicate.IN_EXPERIMENT):
                return {"namespace": MLFLOW, "name": representable(experiment.label)}
            return {"namespace": MLFLOW, "name": representable(thing.label)}
        names = [UNNAMED if workflow is None else str(workflow.attributes.get("name") or workflow.label)]
        if rule is not None or thing.kind is Kind.JOB:
            names.append(thing.label if rule is None else rule.label)
        if thing.kind is Kind.TRAINING_RUN:
            names.append(MLFLOW)
        return {"namespace": NAMESPACE, "name": representable(".".join(names))}

    @cached_property
    def job_facets(self) -> Json:
        """What is said of the job."""
        integration, kind = JOBS[self.thing.kind]
        workflow = self.runs.workflow(self.thing)
        about = workflow if self.thing.kind is Kind.RUN else self.runs.rule(self.thing)
        said = representable(about.description) if about is not None and about.description else None
        return present(
            {
                "jobType": facet(
                    "JobTypeJobFacet", "2-0-4", processingType="BATCH", integration=integration, jobType=kind
                ),
                "documentation": facet("DocumentationJobFacet", "1-1-0", description=said) if said else None,
                "sourceCodeLocation": None if workflow is None else self.runs.source(workflow),
            }
        )

    def facets(self, *, ended: bool) -> Json:
        """What is said of the run; what only its end tells, once it has ended."""
        attributes = self.thing.attributes
        start, end = (told_time(attributes.get(name)) for name in ("started", "ended"))
        return present(
            {
                "parent": self._parent,
                "nominalTime": facet(
                    "NominalTimeRunFacet", "1-0-1", nominalStartTime=start, nominalEndTime=end if ended else None
                )
                if start
                else None,
                "processing_engine": self._engine,
                "executionParameters": self._parameters,
                "jobDependencies": self._dependencies,
                "errorMessage": self._error if ended else None,
                "heliport_run": self._own(ended),
            }
        )

    @cached_property
    def _parent(self) -> Json | None:
        parent, root = self.runs.parent(self.thing), self.runs.root(self.thing)
        if parent is None:
            return None
        of = self.runs.described(parent)
        top = self.runs.described(root) if root is not None else of
        return facet("ParentRunFacet", "1-2-0", **of.reference(), root=top.reference())

    def reference(self) -> Json:
        """Return what others name the run by."""
        return {"run": {"runId": self.id}, "job": self.job}

    @cached_property
    def _engine(self) -> Json | None:
        for engine in self.runs.view.ahead(self.thing.iri, Predicate.WAS_ASSOCIATED_WITH):
            version = engine.attributes.get("software_version")
            if engine.kind is Kind.ENGINE and version:
                name = str(engine.attributes.get("name") or engine.label)
                return facet(
                    "ProcessingEngineRunFacet",
                    "1-1-1",
                    version=str(version),
                    name=name,
                    openlineageAdapterVersion=__version__,
                )
        return None

    @cached_property
    def _parameters(self) -> Json | None:
        attributes, found = self.thing.attributes, []
        for key in ("params", "hyperparameters", "config"):
            for value in elements(attributes.get(key, [])):
                if isinstance(value, dict) and (name := value.get("name", value.get("slot"))) is not None:
                    text = representable(lexical(value.get("value"))[0])
                    found.append({"key": representable(str(name)), "value": text})
        return facet("ExecutionParametersRunFacet", "1-0-0", parameters=found) if found else None

    @cached_property
    def _dependencies(self) -> Json | None:
        known = self.runs.view.ahead(self.thing.iri, Predicate.WAS_INFORMED_BY)
        upstream = [self.runs.described(run).reference() for run in known if run.kind in JOBS]
        return facet("JobDependenciesRunFacet", "1-0-1", upstream=upstream) if upstream else None

    @property
    def _error(self) -> Json | None:
        error = self.thing.attributes.get("error")
        if not error:
            return None
        return facet("ErrorMessageRunFacet", "1-0-1", message=representable(str(error)), programmingLanguage="Python")

    def _own(self, ended: bool) -> Json:
        attributes = self.thing.attributes
        wildcards: dict[str, Any] = {}
        for found in elements(attributes.get("wildcards", [])):
            if isinstance(found, dict):
                wildcards[representable(str(found.get("name")))] = representable(str(found.get("value")))
        return own_facet(
            "HeliportRunFacet",
            iri=representable(self.thing.iri),
            state=attributes.get("status") if ended else "running",
            jobId=attributes.get("jobid"),
            attempt=attributes.get("attempt"),
            wildcards=wildcards or None,
        )
