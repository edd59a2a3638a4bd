"""PROV-JSON and PROV-N are one document, which `prov` reads, and it says what the RDF says."""

import io
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.builders import ENDED, ENGINE, RUN_A, RUN_B, STARTED, WORKFLOW, file, job, replace, run_itself, whole_run

from snakemake_heliport.export import Selection
from snakemake_heliport.export.ntriples import write_ntriples
from snakemake_heliport.export.prov_names import Names
from snakemake_heliport.export.prov_terms import SHAPES
from snakemake_heliport.export.provjson import write_provjson
from snakemake_heliport.export.provn import write_provn
from snakemake_heliport.export.text import iri_of, representable
from snakemake_heliport.identity import commit_iri, job_iri, minted, model_iri, part, training_run_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store, storable
from snakemake_heliport.vocabulary import load

prov = pytest.importorskip("prov.model")
ProvDocument = prov.ProvDocument

TRAINING = training_run_iri("0123456789abcdef0123456789abcdef")
MODEL = model_iri("m-fedcba9876543210fedcba9876543210")
DATASET = part(TRAINING, "dataset", "in", "264dfb3e")
ORCID, COMMIT, PACKAGE = "https://orcid.org/0000-0002-1825-0097", commit_iri("c0ffee" * 6 + "c0de"), "pkg:pypi/a@1"
HOST = minted("host", "h")
JOB = job_iri(RUN_A, 1, 1)


def training() -> list[DigitalObject | Relation]:
    """Return a training run with all that may be said of it, the agents, and things whose IRIs are of many kinds."""
    metrics = [
        {"name": "loss", "value": 0.5, "step": 3, "at": ENDED, "count": 4, "least": [{"value": 0.25, "step": 1}]},
        {"name": "broken", "value": "NaN", "dataset": DATASET},
        {"name": "vast", "value": "Infinity", "model": MODEL},
    ]
    settings_ = [{"name": "learning rate/α", "value": "0.1", "same_as": part(JOB, "param", "rate")}]
    told = {"status": "finished", "started": STARTED, "ended": ENDED, "evaluations": metrics}
    why = {"method": "RunContextTag", "confidence": 1.0, "evidence": ['said "so"', "twice\n"]}
    return [
        DigitalObject(TRAINING, Kind.TRAINING_RUN, "fit", attributes={**told, "hyperparameters": settings_}),
        DigitalObject(MODEL, Kind.MODEL, "net", attributes={"signature": [{"direction": "inputs", "name": "x"}]}),
        DigitalObject(DATASET, Kind.DATASET, "in", attributes={"columns": [{"name": "a", "type": "long"}]}),
        DigitalObject(ORCID, Kind.PERSON, "Josiah", "writes\ttests", identifiers=(ORCID,)),
        DigitalObject(COMMIT, Kind.COMMIT, "c0ffee"),
        DigitalObject(PACKAGE, Kind.PACKAGE, "a 1"),
        DigitalObject(HOST, Kind.HOST, "host"),
        Relation(TRAINING, Predicate.WAS_PART_OF, JOB),
        Relation(TRAINING, Predicate.WAS_INFLUENCED_BY, JOB, why),
        Relation(TRAINING, Predicate.USED_DATASET, DATASET, {"role": "training"}),
        Relation(TRAINING, Predicate.USED, DATASET),
        Relation(TRAINING, Predicate.WAS_ASSOCIATED_WITH, ORCID),
        Relation(MODEL, Predicate.WAS_GENERATED_BY, TRAINING),
        Relation(MODEL, Predicate.HAD_MEMBER, file("results/a.txt")),
        Relation(MODEL, Predicate.TRAINED_ON, DATASET),
        Relation(ENGINE, Predicate.ACTED_ON_BEHALF_OF, ORCID),
        Relation(WORKFLOW, Predicate.WAS_DERIVED_FROM, COMMIT),
        Relation(WORKFLOW, Predicate.WAS_ATTRIBUTED_TO, ORCID),
        Relation(RUN_A, Predicate.AT_LOCATION, HOST),
        Relation(file("data/raw.csv"), Predicate.WAS_INVALIDATED_BY, JOB, {"at": ENDED}),
        Relation(job_iri(RUN_A, 2, 1), Predicate.WAS_INFORMED_BY, JOB),
    ]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    """A store of a run with training."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])
    return store


def written(writer: Callable[..., None], store: Store, selection: Selection | None = None) -> bytes:
    stream = io.BytesIO()
    writer(store, selection or Selection(), stream)
    return stream.getvalue()


def read(store: Store, selection: Selection | None = None) -> Any:
    """Return the document of both forms, which must be the same one, read without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        of_json = ProvDocument.deserialize(
            content=written(write_provjson, store, selection).decode("utf-8"), format="json"
        )
        text = written(write_provn, store, selection).decode("utf-8")
        of_provn = ProvDocument.deserialize(content=text, format="provn", profile="strict")
        assert of_json == of_provn
        for document, form in ((of_json, "json"), (of_provn, "provn")):
            again = ProvDocument.deserialize(content=document.serialize(format=form), format=form)
            assert again == document
    return of_json


def record(document: Any, iri: str) -> Any:
    (found,) = [r for r in document.records if r.is_element() and r.identifier.uri == iri]
    return found


def values(found: Any, term: str) -> set[str]:
    """Return the values of an attribute of a record, names as IRIs."""
    known = [value for name, value in found.attributes if name.uri == load().expand(term)]
    return {value.uri if isinstance(value, prov.Identifier) else str(getattr(value, "value", value)) for value in known}


def related(document: Any, kind: str) -> set[tuple[str, str]]:
    """Return the ends of all relations of a kind."""
    ends = [r.args[:2] for r in document.records if r.is_relation() and prov.PROV_N_MAP[r.get_type()] == kind]
    return {(first.uri, second.uri) for first, second in ends}


@pytest.mark.parametrize("kind", [shape.kind for shape in SHAPES.values()])
def test_the_relations_are_those_of_the_rdf(filled: Store, kind: str) -> None:
    """Every relation that PROV knows is told, each with the ends that it has in RDF, and no other."""
    triples = ox.parse(written(write_ntriples, filled), format=ox.RdfFormat.N_TRIPLES)
    stated = {(t.subject.value, t.object.value) for t in triples if t.predicate.value == load().expand(f"prov:{kind}")}

    assert stated
    assert related(read(filled), kind) == stated


def test_the_elements_are_those_of_the_rdf(filled: Store) -> None:
    """What RDF calls an entity, an activity or an agent is one here, by the same IRI; a host is an entity, too."""
    triples = list(ox.parse(written(write_ntriples, filled), format=ox.RdfFormat.N_TRIPLES))
    document = read(filled)

    for kind, more in (("Entity", {HOST}), ("Activity", set()), ("Agent", set())):
        class_ = load().expand(f"prov:{kind}")
        elements = {r.identifier.uri for r in document.records if r.get_type().uri == class_}
        assert elements == {t.subject.value for t in triples if getattr(t.object, "value", "") == class_} | more


def test_every_literal_of_an_element_is_an_attribute(filled: Store) -> None:
    """The texts and numbers that RDF states of elements stand with the same property, or as times of an activity."""
    document = read(filled)
    names = {"rdfs:label": "prov:label", "prov:startedAtTime": "prov:startTime", "prov:endedAtTime": "prov:endTime"}
    renamed = {load().expand(before): load().expand(after) for before, after in names.items()}
    elements = {r.identifier.uri: {name.uri for name, _ in r.attributes} for r in document.records if r.is_element()}
    echoes = {load().expand("prov:generatedAtTime"), load().expand("prov:invalidatedAtTime")}

    for triple in ox.parse(written(write_ntriples, filled), format=ox.RdfFormat.N_TRIPLES):
        property_ = triple.predicate.value
        if isinstance(triple.object, ox.Literal) and triple.subject.value in elements and property_ not in echoes:
            assert renamed.get(property_, property_) in elements[triple.subject.value]


def test_a_use_tells_its_slot_and_a_generation_its_time(filled: Store) -> None:
    """What the qualified node says are arguments and attributes of the relation, which has the IRI of the node."""
    document = read(filled)
    used = [r for r in document.get_records(prov.ProvUsage) if r.args[1].uri == file("data/raw.csv")]
    made = [r for r in document.get_records(prov.ProvGeneration) if r.args[0].uri == file("results/a.txt")]

    assert values(used[0], "provone:hadInPort") == {part(part(WORKFLOW, "rule-copy"), "in", "raw")}
    assert used[0].identifier.uri.startswith(f"{JOB}.usage.")
    assert made[0].args[2].isoformat() == ENDED.replace("Z", "000+00:00")


def test_a_plain_and_a_qualified_use_of_the_same_are_one(filled: Store) -> None:
    """RDF says `used` once and qualifies it once, so PROV has one usage, with the role."""
    uses = [r for r in read(filled).get_records(prov.ProvUsage) if r.args[1].uri == DATASET]

    assert [values(use, "prov:role") for use in uses] == [{load().expand("smk:training")}]


def test_an_influence_says_why_it_is_known(filled: Store) -> None:
    """The method, the confidence and the evidence of a link stand with it."""
    (influence,) = read(filled).get_records(prov.ProvInfluence)

    assert values(influence, "smk:matchMethod") == {load().expand("smk:RunContextTag")}
    assert values(influence, "smk:confidence") == {"1.0"}
    assert values(influence, "smk:evidence") == {'said "so"', "twice\n"}


def test_the_engine_follows_a_plan(filled: Store) -> None:
    """The association of a run with its engine has the workflow as its plan."""
    (association,) = [r for r in read(filled).get_records(prov.ProvAssociation) if r.args[0].uri == RUN_A]

    assert association.args[2].uri == WORKFLOW


def test_what_prov_has_no_relation_for_is_an_attribute(filled: Store) -> None:
    """A job names its run and its rule, a run its place and its state."""
    document = read(filled)

    assert values(record(document, JOB), "provone:wasPartOf") == {RUN_A}
    assert values(record(document, JOB), "p-plan:correspondsToStep") == {part(WORKFLOW, "rule-copy")}
    assert values(record(document, RUN_A), "prov:location") == {HOST}
    assert values(record(document, RUN_A), "schema:actionStatus") == {load().expand("schema:CompletedActionStatus")}
    assert values(record(document, MODEL), "smk:trainedOn") == {DATASET}


def test_nodes_that_are_no_elements_are_folded(filled: Store) -> None:
    """The least value of a metric is no entity; it is told as JSON where the metric is."""
    document = read(filled)
    loss = record(document, part(TRAINING, "metric", "loss"))

    (least,) = values(loss, "smk:minimum")
    assert json.loads(least) == {"schema:value": 0.25, "smk:step": 1}


def test_numbers_that_are_none_are_told(filled: Store) -> None:
    """A metric that is not a number, or without bound, does not make a document unequal to its copy."""
    told = {
        next(iter(values(r, "schema:name"))): values(r, "schema:value")
        for r in read(filled).get_records()
        if r.identifier and "#metric." in r.identifier.uri and r.is_element()
    }

    assert told == {"loss": {"0.5"}, "broken": {"NaN"}, "vast": {"inf"}}


def test_the_names_can_be_read(filled: Store) -> None:
    """Parts of the run and the workflow, digests, people and commits have prefixes that say what they are."""
    text = written(write_provn, filled).decode("utf-8")

    assert "activity(run:job-1-1, 2026-11-23T07:57:40.277Z, 2026-11-23T07:57:44.892Z, [" in text
    assert "entity(workflow:rule-copy, [" in text
    assert "agent(orcid:0000-0002-1825-0097, [" in text
    assert f"entity(swh:rev\\:{'c0ffee' * 6}c0de, [" in text
    assert "entity(pypi:a@1, [" in text
    assert "prefix xsd" not in text
    assert '"_:used1"' in written(write_provjson, filled).decode("utf-8")


def test_several_runs_have_a_prefix_each(filled: Store) -> None:
    """The jobs of two runs are told apart by the number of the run."""
    replace(filled, RUN_B, [*run_itself(RUN_B), *job(RUN_B, 1, ["results/b.txt"], ["c"])])
    text = written(write_provn, filled).decode("utf-8")

    assert "activity(run1:job-1-1," in text
    assert "activity(run2:job-1-1," in text
    read(filled)


@pytest.mark.parametrize("writer", [write_provjson, write_provn])
def test_the_same_store_gives_the_same_bytes(filled: Store, writer: Any, tmp_path: Path) -> None:
    """An export repeated, and one of a store filled in another order, are equal to the byte."""
    first = written(writer, filled)

    with Store.open(tmp_path / "other.db") as other:
        replace(other, RUN_A, reversed([*whole_run(RUN_A), *training()]))
        assert written(writer, other) == first
    assert written(writer, filled) == first


@pytest.mark.parametrize("layers", [(), ("mls", "fair4ml", "mex", "reproduceme", "it6", "m4i", "wfprov", "alignments")])
def test_every_layer_can_be_told(filled: Store, layers: tuple[str, ...]) -> None:
    """Terms of other vocabularies and another base change the attributes, never the relations."""
    selection = Selection(layers=layers, base="https://example.org/terms#")
    document = read(filled, selection)

    assert related(document, "used") == related(read(filled), "used")
    assert "https://example.org/terms#" in written(write_provjson, filled, selection).decode("utf-8")


def test_a_public_document_names_nothing_private(store: Store) -> None:
    """What is private is not there, and what it lay between is connected."""
    things = whole_run(RUN_A)
    shown = {file("data/raw.csv"), file("results/b.txt")}
    public = [
        DigitalObject(t.iri, t.kind, t.label, attributes=t.attributes, visibility=Visibility.PUBLIC)
        if isinstance(t, DigitalObject) and t.iri in shown
        else t
        for t in things
    ]
    replace(store, RUN_A, public)
    selection = Selection(audience=Visibility.PUBLIC)

    assert related(read(store, selection), "wasDerivedFrom") == {(file("results/b.txt"), file("data/raw.csv"))}
    assert b"results/a.txt" not in written(write_provn, store, selection)


def test_an_empty_selection_is_a_document(store: Store) -> None:
    """Nothing recorded is a document without records."""
    assert len(read(store).records) == 0


@pytest.mark.parametrize(
    "iri",
    [
        "urn:uuid:-",
        "ni:///sha-256;-a_b",
        "https://x.org/",
        "https://x.org/a?q=(1,2);'=#-f.",
        "mailto:a@b.org",
        "urn:x:y#",
        "http://schema.org/%C3%A9.",
        "x:",
    ],
)
def test_every_iri_has_a_qualified_name(iri: str) -> None:
    """A prefix that the document declares and a local name make up the IRI again."""
    names = Names(load(), [("run", "urn:uuid:1")])
    prefix, _, local = names.of(iri).partition(":")

    assert names.prefixes()[prefix] + local == iri


# What a person, a file system or a tracker may come up with.
odd = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    [
        '"',
        "\\",
        "'",
        "\r\n",
        '"""',
        "-",
        ".",
        "é/ü %20",
        "\ud800",
        "\udc80",
        "\ufffe",
        "\x00",
        "\u2028",
        "%% xsd:int",
        "a:b=c;d[e](f)",
    ]
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    label=odd,
    name=odd,
    path=odd,
    value=odd | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2),
    at=st.sampled_from([STARTED, "2026-02-30T00:00:00Z", "yesterday", "2026-11-23T07:57:40+01:00"]) | odd,
)
def test_odd_texts_come_through(tmp_path: Path, label: str, name: str, path: str, value: Any, at: str) -> None:
    """Whatever stands in labels, names, values, paths and times: both forms are one document, and `prov` reads it."""
    with Store.open(tmp_path / "odd.db") as store:
        told = {
            "params": [{"slot": name, "name": name, "value": value}],
            "wildcards": [{"name": name, "value": label}],
            "resources": [{"name": name, "value": value}],
            "started": at,
        }
        things = [*run_itself(RUN_A), *job(RUN_A, 1, [], [], told)]
        iri = f"https://x.org/{path}"
        entity = DigitalObject(iri, Kind.FILE, label, label, {"path": path, "modified": at}, identifiers=(path,))
        used = Relation(JOB, Predicate.USED, iri, {"role": name, "flags": [path]})
        replace(store, RUN_A, [*things, entity, used])
        document = read(store)

    assert values(record(document, iri_of(storable(iri))), "prov:label") == {representable(storable(label))}


@pytest.mark.slow
def test_ten_thousand_jobs_take_seconds(store: Store) -> None:
    """The time grows with the number of jobs, not with its square."""
    things = run_itself(RUN_A)
    for number in range(1, 10_001):
        things += job(RUN_A, number, [f"data/{number - 1}.csv"], [f"data/{number}.csv"])
    replace(store, RUN_A, things)

    for writer in (write_provjson, write_provn):
        start = time.process_time()
        written(writer, store)
        assert time.process_time() - start < 15
