"""What tests share: running Snakemake with the plugin as a user does, and reading back what was recorded."""

import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from snakemake_heliport.assembly.fold import Folded, fold
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import DigitalObject, Kind, ObjectGraph, Predicate
from snakemake_heliport.store import Store

WORKFLOWS = Path(__file__).parent / "workflows"
SNAKEMAKE = [sys.executable, "-m", "snakemake"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user who has set nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAKEMAKE", "HELIPORT"))}
    return {**kept, **more}


def snakemake(workdir: Path, *arguments: str, plugin: bool = True, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a directory, by default with the plugin on."""
    flags = ["--logger", "heliport"] if plugin else []
    return subprocess.run(
        [*SNAKEMAKE, *arguments, *flags],
        cwd=workdir,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def heliport(workdir: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the `snakemake-heliport` command in a directory."""
    return subprocess.run(
        [sys.executable, "-c", "from snakemake_heliport.cli import main; main()", *arguments],
        cwd=workdir,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def exported(store: Store, runs: list[str] | None = None, form: str = "n-triples") -> bytes:
    """Return what a format makes of a store."""
    return exported_as(store, Selection(runs), form)


def exported_as(store: Store, selection: Selection, form: str) -> bytes:
    """Return what a format makes of a selection."""
    stream = io.BytesIO()
    FORMATS[form].write(store, selection, stream)
    return stream.getvalue()


def copy_workflow(name: str, to: Path) -> Path:
    """Copy one of the test workflows, and return where it is."""
    shutil.copytree(WORKFLOWS / name, to, symlinks=True)
    return to


def folded(workdir: Path) -> Folded:
    """Bring the store of a workflow up to date."""
    return fold(Layout.of_workdir(workdir))


@dataclass
class RecordedRun:
    """One run as the store tells it."""

    graph: ObjectGraph
    run: DigitalObject

    @classmethod
    def read(cls, workdir: Path, position: int = -1) -> "RecordedRun":
        """Read a run of a workflow's store, by default the latest one."""
        layout = Layout.of_workdir(workdir)
        with Store.open(layout.store) as store:
            iri = store.runs()[position].iri
            graph = ObjectGraph()
            for thing, relations in store.statements([iri]):
                graph.add(thing)
                for relation in relations:
                    graph.relate(relation)
        return cls(graph, graph.objects[iri])

    def jobs(self) -> dict[str, list[DigitalObject]]:
        """Return the jobs of the run by label, attempts in order; those it relied on are among them."""
        found: dict[str, list[DigitalObject]] = {}
        for job in self.graph.of_kind(Kind.JOB, Kind.PLANNED_JOB):
            found.setdefault(_label(job), []).append(job)
        for attempts in found.values():
            attempts.sort(key=lambda job: int(str(job.attributes.get("attempt", 0))))
        return found

    def relied_on(self) -> set[str]:
        """Return the IRIs of the jobs that the run relied on without executing them."""
        return set(self.graph.objects_of(self.run.iri, Predicate.RELIED_ON))

    def state(self, job: DigitalObject) -> str:
        """Return what this run has to say of a job."""
        return "up-to-date" if job.iri in self.relied_on() else str(job.attributes["status"])

    def inputs(self, job: DigitalObject) -> dict[str, list[str]]:
        """Return the files that a job used, by slot."""
        return self._slots((o, r.attributes) for (s, p, o), r in self._relations(Predicate.USED) if s == job.iri)

    def outputs(self, job: DigitalObject) -> dict[str, list[str]]:
        """Return the files that a job generated, by slot."""
        made = self._relations(Predicate.WAS_GENERATED_BY)
        return self._slots((s, r.attributes) for (s, p, o), r in made if o == job.iri)

    def _relations(self, predicate):
        return [(key, relation) for key, relation in self.graph.relations.items() if key[1] is predicate]

    def _slots(self, pairs) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for iri, attributes in pairs:
            slots = attributes.get("slot", [])
            for slot in slots if isinstance(slots, list) else [slots]:
                found.setdefault(str(slot), []).append(self.path(iri))
        return {slot: sorted(paths) for slot, paths in found.items()}

    def path(self, iri: str) -> str:
        """Return the path of a file."""
        return str(self.graph.objects[iri].attributes["path"])

    def after(self, job: DigitalObject) -> set[str]:
        """Return the labels of the jobs that informed a job."""
        return {
            _label(self.graph.objects[iri])
            for iri in self.graph.objects_of(job.iri, Predicate.WAS_INFORMED_BY)
            if _label(self.graph.objects[iri]) != _label(job)
        }

    def paths(self) -> set[str]:
        """Return the paths of all files of the run."""
        return {str(thing.attributes["path"]) for thing in self.graph.objects.values() if "path" in thing.attributes}

    def content(self, path: str) -> str:
        """Return the content IRI of the latest file recorded at a path."""
        files = [thing for thing in self.graph.of_kind(Kind.FILE) if thing.attributes.get("path") == path]
        latest = max(files, key=lambda thing: str(thing.attributes.get("modified", "")))
        return self.graph.objects_of(latest.iri, Predicate.SPECIALIZATION_OF)[0]

    def params(self, job: DigitalObject) -> dict[str, object]:
        """Return the params of a job by name or position."""
        return {entry["slot"]: entry["value"] for entry in job.attributes.get("params", [])}


def _label(job: DigitalObject) -> str:
    wildcards = ",".join(f"{item['name']}={item['value']}" for item in job.attributes.get("wildcards", []))
    name = str(job.attributes["name"])
    return f"{name}({wildcards})" if wildcards else name
