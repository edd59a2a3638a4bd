"""What the tests of training workflows share: running them, and where each training run was put."""

import io
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import yaml
from helpers import SNAKEMAKE
from rdflib import Graph

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import Selection
from snakemake_heliport.export.ntriples import write_ntriples
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import DigitalObject, Kind, ObjectGraph, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import LAYERS, load

TRAINING = Path(__file__).parent / "training"
BESIDE = ("trainer.py", "stranger.py")
STRIPPED = ("MLFLOW", "SNAKEMAKE", "HELIPORT", "PYTHONPATH", "GIT_")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user in which `python` is ours and nothing of MLflow is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STRIPPED)}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    return {**kept, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", **more}


def called(command: list[str], workdir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a directory, to its end."""
    return subprocess.run(
        command, cwd=workdir, env=environment(**environ), capture_output=True, text=True, timeout=300, check=False
    )


def snakemake(workdir: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake with the plugin on."""
    return called([*SNAKEMAKE, *arguments, "--logger", "heliport"], workdir, **environ)


def heliport(workdir: Path, *arguments: str, **environ: str) -> str:
    """Run a `snakemake-heliport` command, which must work, and return what it says."""
    code = "from snakemake_heliport.cli import main; main()"
    done = called([sys.executable, "-c", code, *arguments], workdir, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def copy(name: str, to: Path, database: Path | None = None, *names: str) -> Path:
    """Copy a workflow with what lies beside all, and an empty tracking database to each of some names."""
    shutil.copytree(TRAINING / name, to)
    for file in BESIDE:
        shutil.copyfile(TRAINING / file, to / file)
    for target in names:
        assert database is not None
        shutil.copyfile(database, to / target)
    return to


def truth(name: str, position: int = 0) -> dict:
    """Return what is written down of a run of a workflow."""
    return yaml.safe_load((TRAINING / name / "expected.yaml").read_text("utf-8"))["runs"][position]


@dataclass
class Placed:
    """A training run as the store tells it: job, attempt and state of the job that it is part of."""

    name: str
    thing: DigitalObject
    homes: set[str] = field(default_factory=set)
    parents: list[str] = field(default_factory=list)
    influences: dict[str, str] = field(default_factory=dict)


@dataclass
class Recorded:
    """All that a store holds, and the training runs of one workflow run in it."""

    graph: ObjectGraph
    run: DigitalObject
    trainings: dict[str, Placed]

    @classmethod
    def read(cls, workdir: Path, position: int = -1) -> "Recorded":
        """Fold what is not folded yet, and read a run, by default the latest one."""
        layout = Layout.of_workdir(workdir)
        fold(layout)
        graph = ObjectGraph()
        with Store.open(layout.store) as store:
            iri = store.runs()[position].iri
            for thing, relations in store.statements(None):
                graph.add(thing)
                for relation in relations:
                    graph.relate(relation)
        found = [cls._placed(graph, thing) for thing in graph.of_kind(Kind.TRAINING_RUN)]
        own = [item for item in found if any(home.partition("#")[0] == iri for home in (*item.homes, *item.influences))]
        assert len({item.name for item in own}) == len(own), "names of training runs must be unique"
        return cls(graph, graph.objects[iri], {item.name: item for item in own})

    @staticmethod
    def _placed(graph: ObjectGraph, thing: DigitalObject) -> Placed:
        placed = Placed(str(thing.attributes["name"]), thing)
        ways = [thing.iri]
        while ways:
            for above in graph.objects_of(ways.pop(), Predicate.WAS_PART_OF):
                if graph.objects[above].kind is Kind.TRAINING_RUN:
                    ways.append(above)
                else:
                    placed.homes.add(above)
        for (subject, predicate, object_), relation in graph.relations.items():
            if subject != thing.iri:
                continue
            if predicate is Predicate.WAS_INFLUENCED_BY and "method" in relation.attributes:
                placed.influences[object_] = str(relation.attributes["method"])
            elif predicate is Predicate.NESTED_IN:
                placed.parents.append(str(graph.objects[object_].attributes["name"]))
        return placed

    def label(self, iri: str) -> str:
        """Return how a job, or the workflow run, is called in what is expected."""
        thing = self.graph.objects[iri]
        if thing.kind is Kind.RUN:
            return "workflow"
        wildcards = ",".join(f"{item['name']}={item['value']}" for item in thing.attributes.get("wildcards", []))
        return f"{thing.attributes['name']}({wildcards})" if wildcards else str(thing.attributes["name"])

    def places(self) -> dict[str, list[str]]:
        """Return where each training run is, by its name: one place, if all is well."""
        return {name: sorted(self.label(home) for home in item.homes) for name, item in sorted(self.trainings.items())}


def check(workdir: Path, expected: dict, position: int = -1) -> Recorded:
    """Hold a run against what is written down of it: every training run at its job, none wrong, no stranger."""
    recorded = Recorded.read(workdir, position)
    maybe = expected.get("or_nowhere", {})
    wanted = {
        name: [said if isinstance(said, str) else said["job"]] for name, said in sorted(expected["trainings"].items())
    }
    assert {name: at for name, at in recorded.places().items() if name not in maybe} == wanted
    for name, job in maybe.items():
        if name in recorded.trainings:
            item = recorded.trainings[name]
            assert {recorded.label(iri) for iri in (*item.homes, *item.influences)} <= {job, "workflow"}, name
    for name, said in expected["trainings"].items():
        item = recorded.trainings[name]
        (home,) = item.homes
        others = {recorded.label(iri) for iri in item.influences if iri != home}
        others -= set(expected.get("others_or_nowhere", {}).get(name, []))
        assert others == set(expected.get("others", {}).get(name, [])), name
        assert home in item.influences, f"{name} says why"
        if isinstance(said, dict):
            _check_attempt(recorded, item, said)
    for name, parent in expected.get("parents", {}).items():
        assert recorded.trainings[name].parents == [parent], name
    _check_sparql(workdir, recorded)
    return recorded


def _check_attempt(recorded: Recorded, item: Placed, said: dict) -> None:
    (home,) = item.homes
    job = recorded.graph.objects[home].attributes
    assert job["status"] == said["state"], item.name
    assert job["attempt"] == said.get("attempt", 1), item.name
    assert item.thing.attributes["status"] == said["own_state"], item.name
    assert bool(item.thing.attributes.get("inferred_end")) is said.get("inferred", False), item.name


def _check_sparql(workdir: Path, recorded: Recorded) -> None:
    """The exported graph says the same as the store."""
    question = """SELECT DISTINCT ?name ?home WHERE {
        ?ml a smk:MLflowRun ; schema:name ?name ; provone:wasPartOf+ ?home .
        ?home a ?kind VALUES ?kind { smk:JobAttempt smk:WorkflowRun }
        OPTIONAL { ?ml provone:wasPartOf+ ?job . ?job a smk:JobAttempt }
        FILTER(?kind = smk:JobAttempt || !BOUND(?job)) }"""
    run = recorded.run.iri
    rows = {(name, job) for name, job in ask(graph_of(workdir), question) if job.partition("#")[0] == run}
    assert rows == {(item.name, home) for item in recorded.trainings.values() for home in item.homes}


def exported(workdir: Path, layers: tuple[str, ...] | None = None) -> bytes:
    """Return the whole store as N-Triples."""
    stream = io.BytesIO()
    layout = Layout.of_workdir(workdir)
    fold(layout)
    with Store.open(layout.store) as store:
        write_ntriples(store, Selection(None) if layers is None else Selection(None, layers=layers), stream)
    return stream.getvalue()


def graph_of(workdir: Path) -> ox.Store:
    """Return the whole exported graph, to be asked."""
    graph = ox.Store()
    graph.load(exported(workdir), ox.RdfFormat.N_TRIPLES)
    return graph


def ask(graph: ox.Store, question: str) -> list[tuple[str | None, ...]]:
    """Return the rows that a SELECT query finds, in order."""
    found = graph.query(question, prefixes=dict(load(layers=LAYERS).prefixes))
    return sorted(tuple(None if term is None else term.value for term in row) for row in found)


def check_shapes(workdir: Path) -> None:
    """The graph conforms to our shapes, and to those that we began with."""
    import pyshacl

    from snakemake_heliport.export.validate import violations

    graph = Graph().parse(data=exported(workdir), format="nt")
    assert [str(item) for item in violations(graph)] == []
    # They did not know the source path as evidence.
    text = exported(workdir).decode().replace("terms#SourcePath", "terms#Manual")
    reference = Graph().parse(TRAINING.parent / "export" / "reference_shapes.ttl", format="turtle")
    conforms, _, report = pyshacl.validate(Graph().parse(data=text, format="nt"), shacl_graph=reference)
    assert conforms, report


def journals(workdir: Path) -> dict[str, bytes]:
    """Return all journals by name."""
    layout = Layout.of_workdir(workdir)
    paths = [*layout.journals.glob("*.jsonl"), layout.imports]
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def bytes_of(workdir: Path) -> bytes:
    """Return all bytes in `.heliport/`."""
    root = Layout.of_workdir(workdir).root
    return b"\n".join(
        str(path.relative_to(root)).encode() + path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    )


@contextmanager
def running(command: list[str], workdir: Path, **environ: str):
    """Run a command in its own process group, which is gone at the end."""
    import signal

    process = subprocess.Popen(
        command,
        cwd=workdir,
        env=environment(**environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        process.wait()
