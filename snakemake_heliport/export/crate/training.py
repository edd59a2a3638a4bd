"""Training runs: actions with hyperparameters, data, metrics and models; what a tracker tells beside the workflow."""

from collections.abc import Iterator

from snakemake_heliport.export.crate.build import Build, entries, moment, outcome
from snakemake_heliport.export.crate.entities import plain_value, short_digest
from snakemake_heliport.export.crate.flow import Flow
from snakemake_heliport.export.crate.jobs import Jobs
from snakemake_heliport.export.crate.names import local_id, tool_id
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import ref, refs
from snakemake_heliport.export.crate.software import Software
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

LEARNT_FROM = (Predicate.TRAINED_ON, Predicate.HAS_SOURCE, Predicate.WAS_DERIVED_FROM)


class Training:
    """Writes training runs, and the datasets, models and experiments around them."""

    def __init__(self, build: Build, flow: Flow, jobs: Jobs, people: People, software: Software) -> None:
        self._build = build
        self._flow = flow
        self._jobs = jobs
        self._people = people
        self._software = software

    def write(self) -> list[str]:
        """Write everything, and return the ids of the data entities among it."""
        view = self._build.view
        for run in view.of_kind(Kind.TRAINING_RUN):
            self._run(run)
        for experiment in view.of_kind(Kind.EXPERIMENT):
            self._experiment(experiment)
        found = [self._dataset(dataset) for dataset in view.of_kind(Kind.DATASET)]
        found.extend(self._model(model) for model in view.of_kind(Kind.MODEL))
        for version in view.of_kind(Kind.MODEL_VERSION):
            self._version(version)
        return found

    def _run(self, run: DigitalObject) -> None:
        results = [*self._made(run), *self._metrics(run)]
        status, error = outcome(run)
        tracker = str(run.attributes.get("tracker") or "MLflow")
        self._build.entities.add(
            run.iri,
            "CreateAction" if results else "ActivateAction",
            name=f"{tracker} run {run.label}",
            description=self._build.text(run.description) or self._sentence(run, tracker),
            agent=ref(self._people.runner(self._owner(run))),
            instrument=ref(self._tool(run)),
            object=refs([*self._used(run), *self._hyperparameters(run)]),
            result=refs(results),
            startTime=moment(run.attributes.get("started")),
            endTime=moment(run.attributes.get("ended")),
            actionStatus=status,
            error=None if error is None else self._build.texts.clean(error),
            resourceUsage=refs(self._jobs.usage(run)),
            identifier=str(run.attributes.get("run_id") or run.iri),
            isPartOf=refs(self._wholes(run)),
        )
        self._build.actions.append(run.iri)

    def _sentence(self, run: DigitalObject, tracker: str) -> str:
        known = run.attributes.get("tracker_status")
        return f"A training run that {tracker} kept track of" + (f"; its status there is {known}." if known else ".")

    def _owner(self, run: DigitalObject) -> str | None:
        """Return the run that tells who ran a training run: itself, or the workflow run around it."""
        agents = self._build.view.ahead(run.iri, Predicate.WAS_ASSOCIATED_WITH)
        if any(agent.kind is Kind.PERSON for agent in agents):
            return run.iri
        job = self._job(run)
        return None if job is None else self._flow.run_of(job.iri)

    def _job(self, run: DigitalObject) -> DigitalObject | None:
        around = self._build.view.ahead(run.iri, Predicate.WAS_INFLUENCED_BY, Predicate.WAS_PART_OF)
        return next((thing for thing in around if thing.kind is Kind.JOB), None)

    def _wholes(self, run: DigitalObject) -> Iterator[str]:
        for relation in self._build.view.out(run.iri, Predicate.WAS_PART_OF, Predicate.IN_EXPERIMENT):
            if relation.object in self._build.view.objects:
                yield relation.object

    def _tool(self, run: DigitalObject) -> str:
        """Return what a training run executed: a rule that ran, else all that is known is the tracker."""
        rule = next(iter(self._build.view.ahead(run.iri, Predicate.EXECUTES)), None)
        if rule is not None and rule.iri in self._flow.rules:
            return tool_id(rule.iri)
        version = next((entry.get("value") for entry in entries(run, "tags") if entry.get("name") == "version"), None)
        return self._software.tracker(version if isinstance(version, str) else None)

    def _used(self, run: DigitalObject) -> Iterator[str]:
        for thing in self._build.view.ahead(run.iri, Predicate.USED, Predicate.USED_DATASET):
            if thing.iri in self._build.files:
                yield self._build.files.id(thing.iri)
            elif thing.kind in (Kind.DATASET, Kind.MODEL):
                yield local_id(thing.iri)

    def _made(self, run: DigitalObject) -> Iterator[str]:
        for thing in self._build.view.behind(run.iri, Predicate.WAS_GENERATED_BY):
            if thing.kind is Kind.MODEL:
                yield local_id(thing.iri)
            elif thing.iri in self._build.files:
                yield self._build.files.id(thing.iri)

    def _hyperparameters(self, run: DigitalObject) -> Iterator[str]:
        job = self._job(run)
        for entry in entries(run, "hyperparameters"):
            name = str(entry.get("name"))
            same = self._jobs.parameter(job, name) if job is not None and entry.get("same_as") else None
            yield same or self._value(run, "hyperparameter", name, entry.get("value"))

    def _metrics(self, run: DigitalObject) -> Iterator[str]:
        for entry in entries(run, "evaluations"):
            where = [str(entry[name]) for name in ("model", "dataset") if entry.get(name)]
            keys = [short_digest(iri) for iri in where]
            yield self._value(run, "metric", str(entry.get("name")), entry.get("value"), *keys, said=_course(entry))

    def _value(
        self, owner: DigitalObject, fragment: str, name: str, value: JsonValue, *keys: str, said: str | None = None
    ) -> str:
        iri = part(owner.iri, fragment, name, *keys)
        plain = plain_value(self._build.texts.value(value))
        self._build.entities.add(iri, "PropertyValue", name=name, value=plain, description=said)
        return iri

    # What is around it.

    def _experiment(self, experiment: DigitalObject) -> None:
        runs = self._build.view.behind(experiment.iri, Predicate.IN_EXPERIMENT)
        self._build.entities.add(
            experiment.iri,
            "Collection",
            name=experiment.label,
            description="An experiment of MLflow: the training runs that somebody put together.",
            dateCreated=moment(experiment.attributes.get("created")),
            hasPart=refs(run.iri for run in runs),
        )
        self._build.collections.append(experiment.iri)

    def _dataset(self, dataset: DigitalObject) -> str:
        iri, known = local_id(dataset.iri), dataset.attributes
        columns = [str(entry.get("name")) for entry in entries(dataset, "columns")]
        digest = known.get("dataset_digest")
        self._build.entities.add(
            iri,
            "Dataset",
            name=dataset.label,
            description=f"A dataset as it was logged; its digest in the tracker is {digest}.",
            identifier=dataset.iri,
            variableMeasured=columns[0] if len(columns) == 1 else columns,
            isBasedOn=refs(self._origins(dataset)),
        )
        return iri

    def _model(self, model: DigitalObject) -> str:
        iri, known = local_id(model.iri), model.attributes
        files = self._build.view.ahead(model.iri, Predicate.HAD_MEMBER)
        flavors = [str(entry.get("name")) for entry in entries(model, "flavors")]
        self._build.entities.add(
            iri,
            "Dataset",
            name=model.label,
            description=f"A model as it was logged ({', '.join(flavors)})." if flavors else "A model as it was logged.",
            identifier=[model.iri, str(known["model_uri"])] if known.get("model_uri") else model.iri,
            dateCreated=moment(known.get("created")),
            contentSize=None if known.get("size") is None else str(known["size"]),
            isBasedOn=refs(self._origins(model)),
            hasPart=refs(self._build.files.id(file.iri) for file in files if file.iri in self._build.files),
        )
        return iri

    def _origins(self, thing: DigitalObject) -> Iterator[str]:
        for origin in self._build.view.ahead(thing.iri, *LEARNT_FROM):
            if origin.iri in self._build.files:
                yield self._build.files.id(origin.iri)
            elif origin.kind in (Kind.DATASET, Kind.MODEL):
                yield local_id(origin.iri)

    def _version(self, version: DigitalObject) -> None:
        models = self._build.view.ahead(version.iri, Predicate.SPECIALIZATION_OF)
        aliases = version.attributes.get("aliases")
        names = [str(alias) for alias in aliases] if isinstance(aliases, list) else []
        self._build.entities.add(
            version.iri,
            "CreativeWork",
            name=version.label,
            description=self._build.text(version.description) or "A version of a registered model.",
            version=str(version.attributes.get("version")),
            alternateName=names[0] if len(names) == 1 else names,
            isBasedOn=refs(local_id(model.iri) for model in models),
        )
        self._build.collections.append(version.iri)


def _course(entry: dict[str, JsonValue]) -> str | None:
    """Return in words how a metric went, where it has more than one value."""
    count = entry.get("count")
    if not isinstance(count, int) or count < 2:
        return None
    said = [f"The last of {count} values, at step {entry.get('step')}"]
    for name in ("least", "greatest"):
        points = entry.get(name)
        point = points[0] if isinstance(points, list) and points else None
        if isinstance(point, dict):
            said.append(f"{name} {point.get('value')} at step {point.get('step')}")
    return "; ".join(said) + "."
