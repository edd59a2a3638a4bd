"""The whole of a crate's metadata, in the order in which each part knows what it needs."""

from collections.abc import Iterator
from dataclasses import dataclass

from snakemake_heliport.export.crate.build import Build
from snakemake_heliport.export.crate.entities import Entities, encoded
from snakemake_heliport.export.crate.files import Files
from snakemake_heliport.export.crate.flow import Flow
from snakemake_heliport.export.crate.jobs import Jobs
from snakemake_heliport.export.crate.names import Texts
from snakemake_heliport.export.crate.payload import Payload
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import Release
from snakemake_heliport.export.crate.root import METADATA, Head, head_of, licenses, profiles_of, write_root
from snakemake_heliport.export.crate.runs import Runs
from snakemake_heliport.export.crate.software import Software
from snakemake_heliport.export.crate.training import Training
from snakemake_heliport.export.crate.workflow import Workflows
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind


@dataclass(slots=True)
class Metadata:
    """The metadata of a crate, and what its readers are told of it.

    Attributes:
        steps: The rules that ran, in their order.
        results: The files that the runs left.
    """

    build: Build
    head: Head
    runs: list[DigitalObject]
    steps: list[DigitalObject]
    results: set[str]

    def lines(self) -> Iterator[bytes]:
        """Yield `ro-crate-metadata.json` in pieces, one entity a line."""
        yield b'{\n"@context": ' + encoded(self.build.release.context) + b',\n"@graph": [\n'
        first = True
        for entity in self.build.entities:
            yield entity if first else b",\n" + entity
            first = False
        yield b"\n]\n}\n"


def metadata_of(view: View, selection: Selection, payload: Payload, texts: Texts, release: Release) -> Metadata:
    """Make the entities of a crate."""
    build = Build(view, release, Entities(), Files(view, payload, texts), texts)
    flow, people, software = Flow(view), People(build), Software(build)
    jobs, workflows = Jobs(build, flow, people, software), Workflows(build, flow, people, software)
    for job in view.of_kind(Kind.JOB):
        if not flow.is_target(job):
            jobs.write(job)
    runs = _runs(view, selection)
    writer, config = Runs(build, flow, workflows, people, software), dict[str, dict[str, str]]()
    main: DigitalObject | None = None
    for run in runs:
        workflow = writer.workflow_of(run)
        found = writer.write(run)
        if workflow is not None:
            main = workflow
            config.setdefault(workflow.iri, {}).update(found)
    data = Training(build, flow, jobs, people, software).write()
    for workflow in view.of_kind(Kind.WORKFLOW):
        workflows.write(workflow, config.get(workflow.iri, {}))
    licenses(build)
    head = head_of(build, runs, people)
    parts = [*build.files.write(build.entities), *data]
    tools = main is not None and bool(workflows.rules(main.iri))
    profiles = profiles_of(run=main is not None, tools=tools, actions=bool(build.actions))
    entity = None if main is None else workflows.id(main.iri)
    write_root(build, head, entity, profiles, parts)
    # The community's questions take the first run that they meet, and runs tell more than jobs.
    build.entities.first = [METADATA, "./", *filter(None, (entity,)), *(run.iri for run in reversed(runs))]
    steps = [rule for workflow in view.of_kind(Kind.WORKFLOW) for rule in workflows.rules(workflow.iri)]
    return Metadata(build, head, runs, steps, {file for run in runs for file in flow.results(run.iri)})


def _runs(view: View, selection: Selection) -> list[DigitalObject]:
    """Return the runs that were asked for, the latest last; others are only mentioned by what these relied on."""
    wanted = None if selection.runs is None else set(selection.runs)
    runs = [run for run in view.of_kind(Kind.RUN) if wanted is None or run.iri in wanted]
    return sorted(runs, key=lambda run: (str(run.attributes.get("started")), run.iri))
