"""Runs: the action of the workflow, the engine that organized it, and how it controlled the steps."""

from collections import Counter

from snakemake_heliport.export.crate.build import Build, entries, moment, outcome
from snakemake_heliport.export.crate.entities import encoded, plain_value, type_of
from snakemake_heliport.export.crate.flow import Flow, end_of
from snakemake_heliport.export.crate.names import quoted
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import CONFIGURE_ACTION, Entity, ref, refs
from snakemake_heliport.export.crate.software import Software
from snakemake_heliport.export.crate.workflow import Workflows
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, Kind, Predicate

CONTROL_ACTION = "http://schema.org/ControlAction"


class Runs:
    """Writes the runs of a selection, once their jobs are written."""

    def __init__(self, build: Build, flow: Flow, workflows: Workflows, people: People, software: Software) -> None:
        self._build = build
        self._flow = flow
        self._workflows = workflows
        self._people = people
        self._software = software

    def write(self, run: DigitalObject) -> dict[str, str]:
        """Write a run, and return the formal parameters of its configuration with the type of their values."""
        build, use = self._build, self._flow.runs[run.iri]
        workflow = self.workflow_of(run)
        config = self._configuration(run, workflow)
        configured = [t.iri for t in build.view.ahead(run.iri, Predicate.USED) if t.kind is Kind.CONFIG]
        inputs = [build.files.id(file) for file in (*self._flow.inputs(run.iri), *configured)]
        results = self._results(run)
        status, error = outcome(run)
        known = run.attributes
        build.entities.add(
            run.iri,
            "CreateAction" if results else "ActivateAction",
            name=f"Run of {workflow.label if workflow else 'a workflow'}",
            description=self._description(run),
            agent=ref(self._people.runner(run.iri)),
            instrument=ref(self._workflows.id(workflow.iri) if workflow else self._software.engine(run.iri)),
            object=refs([*inputs, *config]),
            result=refs(results),
            startTime=moment(known.get("started")),
            endTime=moment(known.get("ended")),
            actionStatus=status,
            error=None if error is None else build.texts.clean(error),
            containerImage=refs(use.images),
        )
        build.actions.append(run.iri)
        self._organize(run, configured)
        return {} if workflow is None else {f"{iri.rpartition('.value')[0]}": kind for iri, kind in config.items()}

    def workflow_of(self, run: DigitalObject) -> DigitalObject | None:
        """Return the workflow that a run executed: the plan of its association with the engine."""
        for relation in self._build.view.out(run.iri, Predicate.WAS_ASSOCIATED_WITH):
            plan = self._build.view.objects.get(str(relation.attributes.get("plan")))
            if plan is not None:
                return plan
        return None

    def _results(self, run: DigitalObject) -> list[str]:
        found = []
        for file in self._flow.results(run.iri):
            for port in self._flow.leaves(file):
                self._build.fills(file, end_of(port))
            found.append(self._build.files.id(file))
        return found

    def _configuration(self, run: DigitalObject, workflow: DigitalObject | None) -> dict[str, str]:
        """Write the values of the configuration, and return their ids with the types of the values."""
        found: dict[str, str] = {}
        names = Counter(str(entry.get("name")).rpartition(".")[2] for entry in entries(run, "config"))
        for entry in entries(run, "config"):
            name, value = str(entry.get("name")), self._build.texts.value(entry.get("value"))
            parameter = None if workflow is None else part(workflow.iri, "config", name)
            iri = f"{parameter or part(run.iri, 'config', name)}.value.{run.iri[-12:]}"
            origin = entry.get("origin")
            self._build.entities.add(
                iri,
                "PropertyValue",
                name=name,
                value=plain_value(value),
                description=self._build.text(f"From {origin}") if origin else None,
                exampleOfWork=None if parameter is None else ref(parameter),
            )
            found[iri] = type_of(entry.get("value"))
            if parameter is not None:
                self._flow.sets(parameter, name, encoded(value), names)
        return found

    def _description(self, run: DigitalObject) -> str:
        known = run.attributes
        found = [f"Command: {self._build.texts.clean(str(known['command']))}."] if known.get("command") else []
        places = [str(known[name]) for name in ("platform", "python_version", "executor") if known.get(name)]
        if places:
            found.append(f"On {', '.join(places)} executor." if known.get("executor") else f"On {', '.join(places)}.")
        relied = len(self._build.view.out(run.iri, Predicate.RELIED_ON))
        planned = [t for t in self._build.view.behind(run.iri, Predicate.WAS_PART_OF) if t.kind is Kind.PLANNED_JOB]
        pending = sum(thing.attributes.get("status") == "pending" for thing in planned)
        if relied:
            found.append(f"It relied on {relied} jobs of earlier runs.")
        if pending:
            found.append(f"{pending} jobs were planned and did not begin.")
        return " ".join(found) or "A run of Snakemake."

    # The engine.

    def _organize(self, run: DigitalObject, configured: list[str]) -> None:
        build, steps = self._build, dict[str, None]()
        controls = []
        for job in self._flow.runs[run.iri].jobs:
            rule = self._flow.rule_of(job)
            if rule is None:
                continue
            step = part(rule.iri, "step")
            steps[step] = None
            status, _ = outcome(build.view.objects[job])
            build.entities.add(
                part(job, "control"),
                "ControlAction",
                name=f"Control of {build.view.objects[job].label}",
                instrument=ref(step),
                object=ref(job),
                actionStatus=status,
            )
            controls.append(part(job, "control"))
        if not controls:
            return
        controls.extend(self._configure(run, file, list(steps)) for file in configured)
        status, error = outcome(run)
        build.entities.add(
            part(run.iri, "organize"),
            "OrganizeAction",
            name="Organization of the jobs by Snakemake",
            agent=ref(self._people.runner(run.iri)),
            instrument=ref(self._software.engine(run.iri)),
            object=refs(controls),
            result=ref(run.iri),
            startTime=moment(run.attributes.get("started")),
            endTime=moment(run.attributes.get("ended")),
            actionStatus=status,
            error=None if error is None else build.texts.clean(error),
        )

    def _configure(self, run: DigitalObject, file: str, steps: list[str]) -> str:
        """Write how the engine applied a configuration file to the steps.

        The profile wants the file itself among the objects, its validator nothing but control actions there.
        """
        name = self._build.files.id(file)
        iri = f"#configuration/{run.iri[-12:]}/{quoted(name.lstrip('#'))}"
        kind = f"{self._build.release.ours}{CONFIGURE_ACTION}"
        said: Entity = {"rdfs:label": CONFIGURE_ACTION, "rdfs:subClassOf": ref(CONTROL_ACTION)}
        self._build.entities.add(kind, "rdfs:Class", **said)
        self._build.entities.add(
            iri,
            CONFIGURE_ACTION,
            name=f"Configuration by {name.lstrip('#')}",
            instrument=refs(steps),
            object=ref(run.iri),
            mentions=ref(name),
        )
        return iri
