"""The graph is the same in every format, and says what the store holds."""

import io
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from store.builders import ENDED, RUN_A, RUN_B, WORKFLOW, file, job, replace, run_itself, whole_run

from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.formats import DESCRIPTIONS
from snakemake_heliport.export.rdfxml import visible
from snakemake_heliport.identity import content_iri, job_iri, part
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import load

PARSERS = {
    "turtle": ox.RdfFormat.TURTLE,
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "json-ld": ox.RdfFormat.JSON_LD,
    "rdf-xml": ox.RdfFormat.RDF_XML,
}
XSD = "http://www.w3.org/2001/XMLSchema#"
RUN_LEVEL = Relation(RUN_B, Predicate.RELIED_ON, job_iri(RUN_A, 2, 1))


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    """A store of two runs, one of which relied on the other."""
    replace(store, RUN_A, whole_run(RUN_A))
    replace(store, RUN_B, [*run_itself(RUN_B), RUN_LEVEL, *job(RUN_B, 1, ["results/b.txt"], ["c"])])
    return store


def text(store: Store, name: str, selection: Selection | list[str] | None = None) -> bytes:
    stream = io.BytesIO()
    FORMATS[name].write(store, selection, stream)
    return stream.getvalue()


def quads(store: Store, name: str, selection: Selection | list[str] | None = None) -> set[ox.Quad]:
    return set(ox.parse(text(store, name, selection), format=PARSERS[name]))


def triples(store: Store, name: str, selection: Selection | list[str] | None = None) -> set[ox.Triple]:
    return {quad.triple for quad in quads(store, name, selection)}


def iri(term: str) -> ox.NamedNode:
    return ox.NamedNode(load().expand(term))


def objects(found: set[ox.Triple], subject: str, term: str) -> set[Any]:
    """Return what a graph says of a subject by a property: the IRIs and lexical forms."""
    return {t.object.value for t in found if t.subject == ox.NamedNode(subject) and t.predicate == iri(term)}


@pytest.mark.parametrize("name", ["turtle", "json-ld", "rdf-xml"])
def test_the_graph_is_the_same_in_every_format(filled: Store, name: str) -> None:
    """Turtle, JSON-LD and RDF/XML hold exactly the triples of N-Triples, each of them once."""
    lines = text(filled, "n-triples").splitlines()
    assert len(lines) == len(set(lines)) > 100

    assert triples(filled, name) == triples(filled, "n-triples")


@pytest.mark.parametrize(
    ("name", "parser"), [("turtle", "turtle"), ("n-triples", "nt"), ("rdf-xml", "xml"), ("json-ld", "json-ld")]
)
def test_another_library_reads_the_same(filled: Store, name: str, parser: str) -> None:
    """rdflib reads as many triples, without a look at the network."""
    graph = rdflib.Graph().parse(data=text(filled, name), format=parser)

    assert len(graph) == len(triples(filled, "n-triples"))


# Those that tell of a whole selection; the others describe one thing.
WHOLE = sorted(FORMATS.keys() - DESCRIPTIONS)


@pytest.mark.parametrize("name", WHOLE)
def test_the_same_store_gives_the_same_bytes(filled: Store, name: str, tmp_path: Path) -> None:
    """An export repeated, and one of a store filled in another order, are equal to the byte."""
    first = text(filled, name)

    with Store.open(tmp_path / "other.db") as other:
        replace(other, RUN_B, [*run_itself(RUN_B), *job(RUN_B, 1, ["results/b.txt"], ["c"]), RUN_LEVEL])
        replace(other, RUN_A, reversed(whole_run(RUN_A)))
        assert text(other, name) == first
    assert text(filled, name) == first


@pytest.mark.parametrize("name", ["n-quads", "trig"])
def test_each_run_has_a_graph_of_its_own(filled: Store, name: str) -> None:
    """Every run fills the graph that is named after it, and the default graph says what the graphs are."""
    found = quads(filled, name)
    graphs = {RUN_A: ox.NamedNode(f"{RUN_A}#graph"), RUN_B: ox.NamedNode(f"{RUN_B}#graph")}

    default = {quad.triple for quad in found if quad.graph_name == ox.DefaultGraph()}
    kinds = (iri("prov:Bundle"), iri("prov:Entity"))
    assert default == {ox.Triple(graph, iri("rdf:type"), kind) for graph in graphs.values() for kind in kinds}
    for run, graph in graphs.items():
        inside = {quad.triple for quad in found if quad.graph_name == graph}
        assert inside == triples(filled, "n-triples", [run])
    assert {quad.triple for quad in found} - default == triples(filled, "n-triples")


def test_there_are_no_blank_nodes(filled: Store) -> None:
    """Every node has a name, so that sending a graph twice doubles nothing."""
    assert not [t for t in triples(filled, "n-triples") if ox.BlankNode in (type(t.subject), type(t.object))]


def test_a_job_says_what_it_used_and_with_which_parameters(filled: Store) -> None:
    """A use is a plain triple and a qualified one that names the slot; a parameter is a node with its value."""
    found = triples(filled, "n-triples")
    this = job_iri(RUN_A, 1, 1)
    parameter = part(this, "param", "rate")

    assert objects(found, this, "prov:used") == {file("data/raw.csv"), parameter}
    assert objects(found, parameter, "schema:name") == {"rate"}
    value = next(t.object for t in found if t.subject.value == parameter and t.predicate == iri("schema:value"))
    assert value == ox.Literal("0.01", datatype=ox.NamedNode(f"{XSD}double"))
    (usage,) = objects(found, this, "prov:qualifiedUsage")
    assert objects(found, usage, "prov:entity") == {file("data/raw.csv")}
    assert objects(found, usage, "provone:hadInPort") == {
        part(
            WORKFLOW,
            "rule-copy",
        )
        + ".in.raw"
    }
    assert objects(found, this, "schema:actionStatus") == {load().expand("schema:CompletedActionStatus")}
    assert objects(found, this, "smk:state") == {"finished"}


def test_a_generated_file_says_when_and_what_is_in_it(filled: Store) -> None:
    """The time of the generation stands with the file, too, and its content has a checksum node."""
    found = triples(filled, "n-triples")
    content = content_iri("ab" * 32)

    assert objects(found, file("results/a.txt"), "prov:generatedAtTime") == {ENDED}
    assert objects(found, file("results/a.txt"), "prov:wasGeneratedBy") == {job_iri(RUN_A, 1, 1)}
    assert objects(found, file("results/a.txt"), "prov:specializationOf") == {content}
    assert objects(found, content, "spdx:checksum") == {f"{content}#checksum"}
    assert objects(found, f"{content}#checksum", "spdx:checksumValue") == {"ab" * 32}
    assert objects(found, content, "schema:sha256") == {"ab" * 32}


def test_the_engine_follows_the_plan(filled: Store) -> None:
    """The association of the run with its engine names the workflow that was executed; rules know their workflow."""
    found = triples(filled, "n-triples")

    (association,) = objects(found, RUN_A, "prov:qualifiedAssociation")
    assert objects(found, association, "prov:hadPlan") == {WORKFLOW}
    assert objects(found, WORKFLOW, "provone:hasSubProgram") == {part(WORKFLOW, "rule-copy")}


def test_a_historic_job_is_no_attempt(store: Store) -> None:
    """A job that only Snakemake's own records know has a class of its own; a planned one used no parameter."""
    planned = {"params": [{"slot": "0", "position": 0, "value": 1}]}
    replace(
        store,
        RUN_A,
        [
            DigitalObject("urn:x:h", Kind.JOB, "copy", attributes={"historic": True}),
            DigitalObject("urn:x:p", Kind.PLANNED_JOB, "copy", attributes=planned),
        ],
    )
    found = triples(store, "n-triples")

    kinds = objects(found, "urn:x:h", "rdf:type")
    assert load().expand("smk:HistoricJob") in kinds
    assert load().expand("smk:JobAttempt") not in kinds
    assert not objects(found, "urn:x:p", "prov:used")
    assert objects(found, "urn:x:p", "smk:plannedParameter") == {"urn:x:p#param.0"}


@pytest.mark.parametrize(
    ("value", "form", "datatype"),
    [
        (True, "true", "boolean"),
        (10**30, "1" + "0" * 30, "integer"),
        (0.1 + 0.2, "0.30000000000000004", "double"),
        (1e-300, "1e-300", "double"),
        ("1", "1", "string"),
        (None, "null", "string"),
        ([1, {"a": "é"}], '[1,{"a":"é"}]', "string"),
    ],
)
def test_a_parameter_keeps_its_value_and_type(store: Store, value: Any, form: str, datatype: str) -> None:
    """Numbers and booleans stay what they are, to the last digit; lists and mappings are JSON text."""
    replace(store, RUN_A, job(RUN_A, 1, attributes={"params": [{"slot": "x", "position": 0, "value": value}]}))

    values = [t.object for t in triples(store, "turtle") if t.predicate == iri("schema:value")]

    assert values == [ox.Literal(form, datatype=ox.NamedNode(XSD + datatype))]


def test_nodes_with_the_same_key_stay_apart(store: Store) -> None:
    """Two elements of a list with one name, or with none, are two nodes."""
    resources = [{"name": "mem", "value": 1}, {"name": "mem", "value": 2}, {"value": 3}]
    replace(store, RUN_A, job(RUN_A, 1, attributes={"resources": resources}))

    assert len(objects(triples(store, "n-triples"), job_iri(RUN_A, 1, 1), "smk:requestedResource")) == 3


def test_an_iri_is_an_iri_and_anything_else_a_literal(store: Store) -> None:
    """Prefixes are expanded, what may not stand in an IRI is encoded, and what is no IRI is told as text."""
    attributes = {
        "license": "MIT",
        "uri": "s3://bucket/a b<>é%zz",
        "url": "see the readme",
        "source": "smk:somewhere",
        "media_type": "text/csv",
    }
    replace(store, RUN_A, [DigitalObject("urn:x:f", Kind.FILE, "f", attributes=attributes)])
    found = triples(store, "n-triples")

    assert objects(found, "urn:x:f", "dcterms:license") == {"https://spdx.org/licenses/MIT"}
    assert objects(found, "urn:x:f", "schema:contentUrl") == {"s3://bucket/a%20b%3C%3E%C3%A9%25zz"}
    assert objects(found, "urn:x:f", "dcterms:source") == {load().expand("smk:somewhere")}
    assert objects(found, "urn:x:f", "dcat:mediaType") == {"https://www.iana.org/assignments/media-types/text/csv"}
    (url,) = (t.object for t in found if t.predicate == iri("schema:url"))
    assert url == ox.Literal("see the readme")


def test_our_own_terms_live_under_the_configured_base(filled: Store) -> None:
    """Another base moves our terms, and only ours."""
    moved = text(filled, "n-triples", Selection(base="https://example.org/terms#")).decode()

    assert "https://w3id.org/snakemake-heliport/terms#" not in moved
    assert "<https://example.org/terms#WorkflowRun>" in moved
    assert "<http://www.w3.org/ns/prov#Activity>" in moved


def test_a_public_export_holds_public_objects_only(store: Store) -> None:
    """Nothing private is named in what is meant for the public, in no format."""
    secret = DigitalObject("urn:x:secret", Kind.FILE, "patients.csv")
    figure = DigitalObject("urn:x:figure", Kind.FILE, "figure.png", visibility=Visibility.PUBLIC)
    derived = Relation("urn:x:figure", Predicate.WAS_DERIVED_FROM, "urn:x:secret")
    replace(store, RUN_A, [*run_itself(RUN_A), secret, figure, derived])

    for name in WHOLE:
        shown = text(store, name, Selection(audience=Visibility.PUBLIC))
        # Events and figures are of jobs with what they read and wrote, and here no job may be seen.
        assert b"figure" in shown or name not in (*PARSERS, "prov-json", "prov-n")
        assert b"secret" not in shown
        assert b"patients" not in shown


@pytest.mark.parametrize("name", list(PARSERS))
def test_an_empty_store_is_an_empty_document(store: Store, name: str) -> None:
    """A valid document of no triples."""
    assert quads(store, name) == set()


HOSTILE = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ['"', "\\", "\r\n", "\x00\x1b[31m", "</a>&amp;]]>", "\ud800", "\ufffe", "\u2028", "a\x85b", "}}", '"""', "\\u0041"]
)


def _known_to_xml(found: set[ox.Triple]) -> set[ox.Triple]:
    def told(term: Any) -> Any:
        return ox.Literal(visible(term.value), datatype=term.datatype) if isinstance(term, ox.Literal) else term

    return {ox.Triple(t.subject, t.predicate, told(t.object)) for t in found}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=HOSTILE, path=HOSTILE, value=HOSTILE | st.floats() | st.integers() | st.lists(HOSTILE), link=HOSTILE)
def test_hostile_text_survives_every_format(store: Store, label: str, path: str, value: Any, link: str) -> None:
    """Whatever stands in labels, paths, values and links, all formats are valid and hold the same triples."""
    # JSON-LD has no way to write an IRI whose scheme is called like a prefix.
    assume(link.partition(":")[0] not in load().prefixes)
    thing = DigitalObject(
        f"urn:x:{link}",
        Kind.JOB,
        label,
        path,
        {
            "path": path,
            "uri": link,
            "url": f"https://{link}",
            "params": [{"slot": label, "position": 0, "value": value}],
            "targets": [path, label],
        },
        identifiers=(label,),
    )
    replace(store, RUN_A, [thing, Relation(thing.iri, Predicate.WAS_DERIVED_FROM, link or "x", {"port": link})])

    plain = triples(store, "n-triples")

    assert triples(store, "turtle") == plain
    assert triples(store, "json-ld") == plain
    assert triples(store, "rdf-xml") == _known_to_xml(plain)
    assert {quad.triple for quad in quads(store, "trig")} == {quad.triple for quad in quads(store, "n-quads")}
    rdflib.Graph().parse(data=text(store, "rdf-xml"), format="xml")
    if label.isascii():
        assert label.replace("\x00", "\\x00") in {t.object.value for t in plain if t.predicate == iri("rdfs:label")}
