"""The shapes accept what is recorded, and catch what must not be."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import pyshacl
import pytest
from export.learning import (
    DATASET,
    EXPERIMENT,
    IMPORT,
    LOOSE,
    MODEL,
    TRAINING,
    VERSION,
    exported,
    learning,
    unlinked,
)
from rdflib import Graph
from store.builders import (
    ENDED,
    ENGINE,
    RULE,
    RUN_A,
    RUN_B,
    STARTED,
    WORKFLOW,
    Things,
    file,
    file_itself,
    job,
    replace,
    run_itself,
    whole_run,
)

from snakemake_heliport.export import FORMATS
from snakemake_heliport.export.validate import validate, violations
from snakemake_heliport.identity import content_iri, job_iri, part
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import DEFAULT_LAYERS, LAYERS, load

JOB = job_iri(RUN_A, 1, 1)
HISTORIC, PLANNED, ENVIRONMENT = "urn:x:historic", "urn:x:planned", "urn:x:environment"


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A store with all that the shapes know: jobs, relied-upon and planned ones, packages, training runs, models."""
    with Store.open(tmp_path / "store.db") as opened:
        replace(opened, RUN_A, [*learning(), *_surroundings()])
        replace(opened, IMPORT, unlinked())
        replace(opened, RUN_B, [*run_itself(RUN_B), Relation(RUN_B, Predicate.RELIED_ON, job_iri(RUN_A, 2, 1))])
        yield opened


def _surroundings() -> Things:
    planned = {"status": "pending", "params": [{"slot": "0", "position": 0, "value": None}]}
    package = {"name": "numpy", "software_version": "2.0"}
    return [
        DigitalObject(HISTORIC, Kind.JOB, "copy", attributes={"historic": True, "status": "finished"}),
        Relation(HISTORIC, Predicate.CORRESPONDS_TO_STEP, RULE),
        Relation(RUN_A, Predicate.RELIED_ON, HISTORIC),
        DigitalObject(PLANNED, Kind.PLANNED_JOB, "copy", attributes=planned),
        Relation(PLANNED, Predicate.WAS_PART_OF, RUN_A),
        DigitalObject(ENVIRONMENT, Kind.ENVIRONMENT, "env"),
        DigitalObject("pkg:pypi/numpy@2.0", Kind.PACKAGE, "numpy", attributes=package),
        Relation(ENVIRONMENT, Predicate.HAD_MEMBER, "pkg:pypi/numpy@2.0"),
        DigitalObject("urn:x:pipe", Kind.FILE, "pipe", attributes={"path": "pipe", "unknown_reason": "pipe"}),
        Relation(file("results/a.txt"), Predicate.WAS_INVALIDATED_BY, RUN_A, {"at": ENDED}),
        DigitalObject("urn:x:person", Kind.PERSON, "jc", attributes={"name": "jc"}),
        Relation(RUN_A, Predicate.WAS_ASSOCIATED_WITH, "urn:x:person"),
    ]


@pytest.fixture
def graph(store: Store) -> Graph:
    stream = io.BytesIO()
    FORMATS["n-triples"].write(store, None, stream)
    return Graph().parse(data=stream.getvalue(), format="nt")


def test_a_recorded_store_conforms(store: Store) -> None:
    """All that a run may leave behind is valid, and so is each run by itself with what it relied on."""
    assert [str(found) for found in validate(store)] == []
    assert [str(found) for found in validate(store, [RUN_B])] == []


@pytest.mark.parametrize("layers", [(), *((layer,) for layer in LAYERS), LAYERS], ids="+".join)
def test_the_shapes_hold_with_any_layers(store: Store, layers: tuple[str, ...]) -> None:
    """No vocabulary is needed for a valid graph, and none breaks it."""
    assert [str(found) for found in validate(store, None, layers)] == []


@pytest.mark.parametrize("layers", [("mls",), DEFAULT_LAYERS, LAYERS], ids="+".join)
def test_the_shapes_we_began_with_hold_too(store: Store, layers: tuple[str, ...]) -> None:
    """The shapes of the first design, which want ML-Schema; they did not know the source path as evidence."""
    text = exported(store, layers).decode().replace("terms#SourcePath", "terms#Manual")
    shapes = Graph().parse(Path(__file__).parent / "reference_shapes.ttl", format="turtle")

    conforms, _, report = pyshacl.validate(Graph().parse(data=text, format="nt"), shacl_graph=shapes)

    assert conforms, report


class Fault(NamedTuple):
    """A change to a valid graph: triples to add, patterns to remove, and the shape that must notice."""

    shape: str
    add: str = ""
    remove: str = ""


FAULTS = {
    "run without a start": Fault("RunShape", remove=f"<{RUN_A}> prov:startedAtTime ?x"),
    "run that ended before it started": Fault(
        "RunShape", f'<{RUN_A}> prov:endedAtTime "2020-01-01T00:00:00Z"^^xsd:dateTime', f"<{RUN_A}> prov:endedAtTime ?x"
    ),
    "run without a plan": Fault("RunShape", remove=f"<{RUN_A}> prov:qualifiedAssociation ?x"),
    "job of no run": Fault("JobShape", remove=f"<{JOB}> provone:wasPartOf ?x"),
    "job of two runs": Fault("JobShape", f"<{JOB}> provone:wasPartOf <{RUN_B}>"),
    "job without a rule": Fault("JobShape", remove=f"<{JOB}> p-plan:correspondsToStep ?x"),
    "file with two generators": Fault(
        "FileInstanceShape", f"<{file('results/a.txt')}> prov:wasGeneratedBy <{job_iri(RUN_A, 2, 1)}>"
    ),
    "file without a path": Fault("FileInstanceShape", remove=f"<{file('results/a.txt')}> smk:path ?x"),
    "file without content or reason": Fault("FileInstanceShape", remove="<urn:x:pipe> smk:contentUnknownReason ?x"),
    "content with a wrong digest": Fault(
        "ContentShape",
        f'<{content_iri("ab" * 32)}#checksum> spdx:checksumValue "xy"',
        f"<{content_iri('ab' * 32)}#checksum> spdx:checksumValue ?x",
    ),
    "generated content": Fault("ContentShape", f"<{content_iri('ab' * 32)}> prov:wasGeneratedBy <{JOB}>"),
    "use before generation": Fault(
        "OrderShape", f'<{file("data/raw.csv")}> prov:generatedAtTime "2030-01-01T00:00:00Z"^^xsd:dateTime'
    ),
    "failed job with an output": Fault(
        "FailedShape",
        f"<{JOB}> schema:actionStatus schema:FailedActionStatus",
        f"<{JOB}> schema:actionStatus schema:CompletedActionStatus",
    ),
    "measurement without a meaning": Fault("UsageShape", f"<{JOB}> wfrun:resourceUsage <urn:x:u>"),
    "nameless person": Fault("PersonShape", remove="<urn:x:person> schema:name ?x"),
    "https schema.org": Fault("NamespaceGuard", f'<{JOB}> <https://schema.org/name> "x"'),
    "two variables for one file": Fault(
        "FunctionalGuard", f"<{JOB}> p-plan:correspondsToVariable <urn:x:1>, <urn:x:2>"
    ),
    "an activity that is an entity": Fault("Disjoint", f"<{JOB}> a prov:Entity"),
    "finished job without an end": Fault("StateShape", remove=f"<{JOB}> prov:endedAtTime ?x"),
    "historic job of a run": Fault("HistoricShape", f"<{HISTORIC}> provone:wasPartOf <{RUN_A}>"),
    "historic job that nobody relied on": Fault("HistoricShape", remove=f"<{RUN_A}> dcterms:references <{HISTORIC}>"),
    "run that relied on a file": Fault("ReliedOnShape", f"<{RUN_A}> dcterms:references <{file('results/a.txt')}>"),
    "planned job that used something": Fault("PlannedShape", f"<{PLANNED}> prov:used <{file('results/a.txt')}>"),
    "planned job that generated something": Fault(
        "PlannedShape", f"<{file('data/raw.csv')}> prov:wasGeneratedBy <{PLANNED}>"
    ),
    "planned job that started": Fault("PlannedShape", f'<{PLANNED}> prov:startedAtTime "{STARTED}"^^xsd:dateTime'),
    "rule of no workflow": Fault("RuleShape", remove=f"<{RULE}> p-plan:isStepOfPlan ?x"),
    "slot of two rules": Fault(
        "InputSlotShape", f"<{part(WORKFLOW, 'rule-b')}> a p-plan:Step ; provone:hasInPort <{part(RULE, 'in', 'raw')}>"
    ),
    "output slot without a name": Fault("OutputSlotShape", remove=f"<{part(RULE, 'out', '0')}> rdfs:label ?x"),
    "use through an output slot": Fault(
        "UsagePortShape",
        f"?u provone:hadInPort <{part(RULE, 'out', '0')}>",
        f"<{JOB}> prov:qualifiedUsage ?u . ?u provone:hadInPort ?x",
    ),
    "qualified use without a plain one": Fault("UsagePortShape", remove=f"<{JOB}> prov:used <{file('data/raw.csv')}>"),
    "qualified generation without a plain one": Fault(
        "GenerationPortShape", remove=f"<{file('results/b.txt')}> prov:wasGeneratedBy ?x"
    ),
    "parameter without a value": Fault("ParameterShape", remove=f"<{part(JOB, 'param', 'rate')}> schema:value ?x"),
    "parameter of no job": Fault("ParameterShape", remove=f"<{JOB}> prov:used <{part(JOB, 'param', 'rate')}>"),
    "reason beside a known content": Fault(
        "UnknownShape", f'<{file("results/a.txt")}> smk:contentUnknownReason "too large"'
    ),
    "gone before it was made": Fault(
        "LifetimeShape", f'<{file("results/b.txt")}> prov:invalidatedAtTime "2020-01-01T00:00:00Z"^^xsd:dateTime'
    ),
    "generated by nothing that is described": Fault(
        "GeneratedShape", f"<{file('data/raw.csv')}> prov:wasGeneratedBy <urn:x:nobody>"
    ),
    "environment with a member that is no package": Fault(
        "EnvironmentShape", f"<{ENVIRONMENT}> prov:hadMember <{ENGINE}#other>"
    ),
    "match by a method that is none": Fault(
        "MLflowRunShape",
        "?i smk:matchMethod smk:Guess",
        f"<{TRAINING}> prov:qualifiedInfluence ?i . ?i smk:matchMethod ?m",
    ),
    "linked run without a method": Fault("MLflowRunShape", remove=f"<{TRAINING}> prov:qualifiedInfluence ?x"),
    "training run of no experiment": Fault("TrainingRunShape", remove=f"<{TRAINING}> smk:inExperiment ?x"),
    "unlinked run with a match": Fault("UnlinkedShape", f"<{LOOSE}> prov:qualifiedInfluence <urn:x:influence>"),
    "unlinked run that is part of a job": Fault("UnlinkedShape", f"<{LOOSE}> provone:wasPartOf <{JOB}>"),
    "influence of nobody": Fault("InfluenceShape", "<urn:x:influence> a prov:Influence"),
    "qualified influence without a plain one": Fault("InfluenceShape", remove=f"<{TRAINING}> prov:wasInfluencedBy ?x"),
    "nameless experiment": Fault("ExperimentShape", remove=f"<{EXPERIMENT}> schema:name ?x"),
    "nameless dataset": Fault("DatasetShape", remove=f"<{DATASET}> schema:name ?x"),
    "evaluation of no measure": Fault(
        "EvaluationShape", remove=f"<{part(TRAINING, 'metric', 'mae')}> schema:variableMeasured ?x"
    ),
    "evaluation without a number": Fault(
        "EvaluationShape",
        f'<{part(TRAINING, "metric", "mae")}> schema:value "low"',
        f"<{part(TRAINING, 'metric', 'mae')}> schema:value ?x",
    ),
    "hyperparameter with two values": Fault(
        "HyperparameterShape", f'<{part(TRAINING, "hyperparameter", "lr")}> schema:value "1"'
    ),
    "model that nothing generated": Fault("LoggedModelShape", remove=f"<{MODEL}> prov:wasGeneratedBy ?x"),
    "version of something else": Fault("ModelVersionShape", f"<{VERSION}> prov:specializationOf <{DATASET}>"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_seeded_fault_is_caught(graph: Graph, name: str) -> None:
    """Each fault in an otherwise valid graph is reported by the shape that is there for it."""
    fault = FAULTS[name]
    prefixes = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in load().prefixes.items())
    before = set(graph)
    where = f"WHERE {{ {fault.remove} }}"
    if "?" in fault.add:
        pattern = fault.remove.rsplit(" . ", 1)[-1]
        graph.update(f"{prefixes} DELETE {{ {pattern} }} INSERT {{ {fault.add} }} {where}")
    else:
        if fault.remove:
            graph.update(f"{prefixes} DELETE {where}")
        if fault.add:
            graph.update(f"{prefixes} INSERT DATA {{ {fault.add} }}")
    assert set(graph) != before

    found = violations(graph)

    assert fault.shape in {violation.shape for violation in found}
    assert {violation.severity for violation in found} == {"Violation"}


def test_a_violation_is_one_readable_line(store: Store) -> None:
    """It says what is wrong, of what, and by which shape; as a document it has the same facts."""
    content = DigitalObject(content_iri("ab" * 32), Kind.CONTENT, "x", attributes={"sha256": "ab" * 32})
    generated = Relation(content.iri, Predicate.WAS_GENERATED_BY, JOB)
    replace(store, RUN_A, [*whole_run(RUN_A), content, generated])

    (violation,) = [found for found in validate(store, [RUN_A]) if found.shape == "ContentShape"]

    assert str(violation) == (
        f"violation: {content.iri} prov:wasGeneratedBy: "
        "content nodes carry no generation; put it on the FileInstance [ContentShape]"
    )
    assert violation.document()["path"] == "prov:wasGeneratedBy"


def test_a_job_of_a_run_that_is_not_described_is_reported(store: Store) -> None:
    """A stub where an object should be is noticed."""
    replace(store, RUN_A, [*job(RUN_A, 1, ["data/raw.csv"]), *file_itself("data/raw.csv")])

    assert "JobShape" in {violation.shape for violation in validate(store, [RUN_A])}
