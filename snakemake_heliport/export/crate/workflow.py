"""The workflow as written: its main file, the rules that ran as tools and steps, and how they are connected."""

from collections.abc import Iterable

from snakemake_heliport.export.crate.build import Build
from snakemake_heliport.export.crate.flow import IN, OUT, PARAM, Flow, end_of
from snakemake_heliport.export.crate.names import tool_id
from snakemake_heliport.export.crate.parameters import SIDES, Parameters
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import (
    BIOSCHEMAS_WORKFLOW,
    CONDA_FILE,
    SNAKEMAKE,
    ref,
    refs,
)
from snakemake_heliport.export.crate.software import Software
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, Kind, Predicate

LANGUAGE = "text/x-snakemake"


class Workflows:
    """Writes workflows with the rules that ran."""

    def __init__(self, build: Build, flow: Flow, people: People, software: Software) -> None:
        self._build = build
        self._flow = flow
        self._people = people
        self._software = software
        self._parameters = Parameters(build)
        self._sources = {workflow.iri: _main_source(build, workflow) for workflow in build.view.of_kind(Kind.WORKFLOW)}

    def id(self, workflow: str) -> str:
        """Return the id of a workflow: that of its main file."""
        source = self._sources.get(workflow)
        return tool_id(workflow) if source is None else self._build.files.id(source.iri)

    def rules(self, workflow: str) -> list[DigitalObject]:
        """Return the rules of a workflow that ran, each after those that it needs."""
        steps = self._build.view.behind(workflow, Predicate.IS_STEP_OF_PLAN)
        return self._ordered([rule for rule in steps if rule.iri in self._flow.rules])

    def _ordered(self, rules: list[DigitalObject]) -> list[DigitalObject]:
        waiting = {rule.iri: rule for rule in sorted(rules, key=lambda rule: rule.label)}
        before = {iri: {r.object for r in self._build.view.out(iri, Predicate.IS_PRECEDED_BY)} for iri in waiting}
        found: list[DigitalObject] = []
        while waiting:
            # Rules may feed each other in a circle; then the first by name goes first.
            ready = [iri for iri in waiting if not before[iri] & waiting.keys()] or [next(iter(waiting))]
            found.extend(waiting.pop(iri) for iri in ready)
        return found

    def write(self, workflow: DigitalObject, config: dict[str, str]) -> None:
        """Write a workflow, its tools, its steps and what connects them.

        Args:
            config: The formal parameters of the configuration, with the type of their values.
        """
        build, rules = self._build, self.rules(workflow.iri)
        version, url = self.version(workflow), self.url(workflow)
        ids = {rule.iri for rule in rules}
        files = [self._tool(rule, version, url) for rule in rules]
        known = self._flow.ports()
        for position, rule in enumerate(rules):
            self._step(rule, position, known)
        exits = [port for port in self._flow.exits if port.partition(".out.")[0] in ids]
        inputs = [self._parameters.end(port, "in") for port in self._flow.entries if port.partition(".in.")[0] in ids]
        outputs = [self._parameters.end(port, "out") for port in exits]
        for iri, kind in config.items():
            build.entities.add(iri, "FormalParameter", name=iri.rpartition(".")[2], additionalType=kind)
        kinds = ["SoftwareSourceCode", "ComputationalWorkflow", *(["HowTo"] if rules else [])]
        self._describe(
            workflow,
            kinds,
            name=workflow.label,
            description=build.text(workflow.description),
            version=version,
            url=url,
            encodingFormat=LANGUAGE,
            programmingLanguage=ref(self._language()),
            conformsTo=ref(BIOSCHEMAS_WORKFLOW),
            creator=refs(self._people.authors()),
            license=ref(self._people.license(self._license())),
            hasPart=refs(tool_id(rule.iri) for rule in rules),
            step=refs(part(rule.iri, "step") for rule in rules),
            input=refs([*inputs, *config]),
            output=refs(outputs),
            connection=refs(self._parameters.connection(port, end_of(port)) for port in exits),
            buildInstructions=refs(file for found in files for file in found),
        )

    def _describe(self, workflow: DigitalObject, kinds: list[str], **said: object) -> None:
        self._build.entities.add(
            BIOSCHEMAS_WORKFLOW, "CreativeWork", name="Bioschemas ComputationalWorkflow", version="1.0"
        )
        source = self._sources[workflow.iri]
        if source is None:
            known = {name: value for name, value in said.items() if name != "encodingFormat"}
            self._build.entities.add(self.id(workflow.iri), kinds, identifier=workflow.iri, **known)
        else:
            self._build.files.describe(source.iri, **{"@type": ["File", *kinds], **said})

    def _license(self) -> str | None:
        project = next(iter(self._build.view.of_kind(Kind.PROJECT)), None)
        found = None if project is None else project.attributes.get("license")
        return found if isinstance(found, str) else None

    def _language(self) -> str:
        self._build.entities.add(
            SNAKEMAKE,
            "ComputerLanguage",
            name="Snakemake",
            version=self._engine_version(),
            identifier=ref("https://doi.org/10.1093/bioinformatics/bts480"),
            url=ref("https://snakemake.readthedocs.io"),
        )
        return SNAKEMAKE

    def _engine_version(self) -> str:
        versions = (engine.attributes.get("software_version") for engine in self._build.view.of_kind(Kind.ENGINE))
        return max((str(version) for version in versions if version), default="unknown")

    def version(self, workflow: DigitalObject) -> str:
        """Return the commit of a workflow where it is just that, else the digest of its files."""
        commit = self._commit(workflow)
        return f"sha256:{workflow.attributes.get('digest')}" if commit is None else str(commit.attributes["version"])

    def url(self, workflow: DigitalObject) -> str:
        """Return where a workflow can be found, else what it is known by."""
        commit = self._commit(workflow)
        repository = None if commit is None else commit.attributes.get("repository")
        project = next(iter(self._build.view.of_kind(Kind.PROJECT)), None)
        url = repository or (None if project is None else project.attributes.get("url"))
        return url if isinstance(url, str) else workflow.iri

    def _commit(self, workflow: DigitalObject) -> DigitalObject | None:
        origins = self._build.view.ahead(workflow.iri, Predicate.WAS_DERIVED_FROM)
        return next((o for o in origins if o.kind is Kind.COMMIT and "version" in o.attributes), None)

    # Rules.

    def _tool(self, rule: DigitalObject, version: str, url: str) -> list[str]:
        """Write a rule as a tool, and return the files that its environment is built from."""
        build, use = self._build, self._flow.rules[rule.iri]
        sources = build.view.ahead(rule.iri, Predicate.HAS_SOURCE)
        scripts = [s for s in sources if s.attributes.get("role") in ("script", "notebook")]
        specs = [s for s in sources if s.attributes.get("role") == "environment"]
        for spec in specs:
            build.files.describe(spec.iri, conformsTo=ref(CONDA_FILE))
        environments = use.environments or (self._surrounding(rule) if use.bare else {})
        code = rule.attributes.get("code")
        for side in SIDES:
            for port in use.ports[side]:
                self._parameters.of_rule(port, rule)
        build.entities.add(
            tool_id(rule.iri),
            "SoftwareApplication",
            name=rule.label,
            description=build.text(rule.description),
            identifier=rule.iri,
            url=url,
            version=version,
            text=build.text(code) if not scripts else None,
            mainEntity=refs(build.files.id(script.iri) for script in scripts),
            softwareRequirements=refs(environments),
            input=refs([*use.ports[IN], *use.ports[PARAM]]),
            output=refs(use.ports[OUT]),
        )
        return [build.files.id(spec.iri) for spec in specs]

    def _surrounding(self, rule: DigitalObject) -> Iterable[str]:
        """Return what Snakemake itself ran in: so did jobs in Python for which nothing was deployed."""
        if rule.attributes.get("action") not in ("script", "run", "notebook"):
            return {}
        runs = (self._build.view.ahead(run.iri, Predicate.USED) for run in self._build.view.of_kind(Kind.RUN))
        found = (thing for used in runs for thing in used if thing.kind is Kind.ENVIRONMENT)
        return dict.fromkeys(self._software.environment(thing) for thing in found)

    def _step(self, rule: DigitalObject, position: int, known: set[str]) -> None:
        use = self._flow.rules[rule.iri]
        into = [(source, port) for source, port in self._flow.connections if port in use.ports[IN] and source in known]
        entering = [(end_of(port), port) for port in self._flow.entries if port in use.ports[IN]]
        told = [pair for pair in self._flow.settings if pair[1] in use.ports[PARAM]]
        by_value = "Told by the equal name and value."
        specs = (
            self._build.files.id(source.iri)
            for source in self._build.view.ahead(rule.iri, Predicate.HAS_SOURCE)
            if source.attributes.get("role") == "environment"
        )
        self._build.entities.add(
            part(rule.iri, "step"),
            "HowToStep",
            name=rule.label,
            position=str(position),
            workExample=ref(tool_id(rule.iri)),
            connection=refs(
                [
                    *(self._parameters.connection(*pair) for pair in [*into, *entering]),
                    *(self._parameters.connection(*pair, said=by_value) for pair in told),
                ]
            ),
            buildInstructions=refs(specs),
        )


def _main_source(build: Build, workflow: DigitalObject) -> DigitalObject | None:
    path = workflow.attributes.get("snakefile")
    parts = build.view.ahead(workflow.iri, Predicate.HAS_PART)
    sources = [part for part in parts if part.kind is Kind.SOURCE]
    named = (source for source in sources if source.attributes.get("path") == path)
    return next(named, next((s for s in sources if s.attributes.get("role") == "snakefile"), None))
