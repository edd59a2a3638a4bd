"""Training runs, datasets and models in the graph: what people ask of them, with and without each vocabulary."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from export.learning import (
    DATASET,
    EXPERIMENT,
    HELD_OUT,
    JOB,
    LOOSE,
    MODEL,
    TRAINING,
    VERSION,
    ask,
    exported,
    graph_of,
    learning,
    unlinked,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from store.builders import RULE, RUN_A, RUN_B, replace

from snakemake_heliport.export.rdfxml import visible
from snakemake_heliport.identity import part
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import LAYERS, load

PARSERS = {
    "turtle": ox.RdfFormat.TURTLE,
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "json-ld": ox.RdfFormat.JSON_LD,
    "rdf-xml": ox.RdfFormat.RDF_XML,
}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A store with one run whose second job trained a model."""
    with Store.open(tmp_path / "store.db") as opened:
        replace(opened, RUN_A, learning())
        yield opened


@pytest.fixture
def graph(store: Store) -> ox.Store:
    return graph_of(store)


def iri(term: str) -> str:
    return load(layers=LAYERS).expand(term)


# What people ask.


def test_which_parameters_and_accuracy_has_each_model(graph: ox.Store) -> None:
    """A simple query over ML-Schema gives one row a model and parameter: the history does not multiply it."""
    question = """SELECT ?model ?name ?value ?accuracy WHERE {
        ?run mls:hasOutput ?model, ?evaluation ; mls:hasInput ?setting .
        ?model a mls:Model . ?evaluation mls:specifiedBy/rdfs:label "accuracy" ; mls:hasValue ?accuracy .
        ?setting mls:specifiedBy/rdfs:label ?name ; mls:hasValue ?value }"""

    assert ask(graph, question) == [(MODEL, "lr", "0.01", "0.93"), (MODEL, "solver", "adam", "0.93")]


def test_the_same_can_be_asked_of_the_core_alone(store: Store) -> None:
    """PROV and schema.org tell it, too."""
    question = """SELECT ?model ?value ?accuracy WHERE {
        ?model a smk:LoggedModel ; prov:wasGeneratedBy ?run . ?run prov:used ?p .
        ?p schema:name "lr" ; schema:value ?value .
        ?o schema:observationAbout ?model ; schema:variableMeasured/rdfs:label "accuracy" ; schema:value ?accuracy }"""

    assert ask(graph_of(store, ()), question) == [(MODEL, "0.01", "0.93")]


def test_which_file_a_model_was_trained_on(graph: ox.Store) -> None:
    """From the model over the dataset to the workflow's file, and to the job that made it."""
    question = """SELECT ?model ?path ?job WHERE { ?model fair4ml:trainedOn ?data .
        ?data dcterms:source ?file . ?file smk:path ?path ; prov:wasGeneratedBy ?job }"""

    assert ask(graph, question) == [(MODEL, "results/a.txt", f"{RUN_A}#job-1-1")]


def test_which_job_trained_it_and_how_we_know(graph: ox.Store) -> None:
    """The training run is part of its job, and says by which evidence."""
    question = """SELECT ?job ?method ?confidence ?evidence WHERE { ?run provone:wasPartOf ?job ;
        prov:wasInfluencedBy ?job ; prov:qualifiedInfluence [ prov:influencer ?job ; smk:matchMethod ?method ;
        smk:confidence ?confidence ; smk:evidence ?evidence ] ; mls:executes ?rule . ?rule a mls:Implementation }"""

    assert ask(graph, question) == [(JOB, iri("smk:RunContextTag"), "1", "its tags name the job")]


def test_what_a_run_used_a_dataset_for(graph: ox.Store) -> None:
    """Roles stand at the usage."""
    question = "SELECT ?data ?role WHERE { ?run prov:qualifiedUsage [ prov:entity ?data ; prov:hadRole ?role ] . "
    question += "?data a schema:Dataset }"

    assert ask(graph, question) == [(DATASET, iri("smk:training")), (HELD_OUT, iri("smk:test"))]


def test_a_parameter_is_that_of_the_job(graph: ox.Store) -> None:
    """A hyperparameter that the job was given is an alternate of the job's parameter."""
    question = "SELECT ?name ?value WHERE { ?h prov:alternateOf ?p . ?p schema:name ?name ; schema:value ?value }"

    assert ask(graph, question) == [("rate", "0.01")]


def test_the_last_value_counts_and_the_extremes_are_kept(graph: ox.Store) -> None:
    """Only the last value is an evaluation; the least and the greatest hang on it, infinities and NaN are numbers."""
    extremes = "SELECT ?least ?greatest ?step WHERE { ?e smk:minimum/schema:value ?least ; "
    extremes += "smk:maximum ?m . ?m schema:value ?greatest ; smk:step ?step }"
    values = "SELECT ?name ?value (DATATYPE(?value) AS ?type) WHERE { ?e a mls:ModelEvaluation ; schema:name ?name ; "
    values += "mls:hasValue ?value }"

    assert ask(graph, extremes) == [("0.5", "INF", "1")]
    double = iri("xsd:double")
    assert ask(graph, values) == [("accuracy", "0.93", double), ("loss", "NaN", double), ("mae", "1", double)]


def test_outputs_and_inputs_keep_to_the_ranges_of_ml_schema(graph: ox.Store) -> None:
    """mls:hasOutput leads to models and evaluations, mls:hasInput to data and settings, and to nothing else."""
    question = "SELECT DISTINCT ?class WHERE { ?run %s ?x . ?x a ?class FILTER(STRSTARTS(STR(?class), STR(mls:))) }"

    assert ask(graph, question % "mls:hasOutput") == [(iri("mls:Model"),), (iri("mls:ModelEvaluation"),)]
    assert ask(graph, question % "mls:hasInput") == [(iri("mls:Dataset"),), (iri("mls:HyperParameterSetting"),)]
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?run %s ?x }"
    assert ask(graph, count % "mls:hasOutput") == [("4",)]
    assert ask(graph, count % "mls:hasInput") == [("4",)]


def test_a_model_version_names_a_model_and_is_none_of_fair4ml(graph: ox.Store) -> None:
    """FAIR4ML knows one model with one generator; the registry's entry is another name of it."""
    assert ask(graph, "SELECT ?x WHERE { ?x a fair4ml:MLModel }") == [(MODEL,)]
    question = "SELECT ?v ?alias WHERE { ?v prov:specializationOf ?m ; schema:alternateName ?alias . ?m a mls:Model }"
    assert ask(graph, question) == [(VERSION, "best")]


def test_fair4ml_evaluations_stand_with_the_model(graph: ox.Store) -> None:
    """From the model to its evaluations, and to the data that they were made with."""
    question = """SELECT ?metric ?result ?data WHERE { ?model fair4ml:hasEvaluation ?e .
        ?e fair4ml:evaluatedMLModel ?model ; fair4ml:evaluationMetrics ?metric ; fair4ml:evaluationResults ?result
        OPTIONAL { ?e fair4ml:evaluationDataset ?data } }"""

    rows = ask(graph, question.replace("OPTIONAL { ?e fair4ml:evaluationDataset ?data }", ""))
    assert [row[:2] for row in rows] == [("accuracy", "0.93"), ("loss", "NaN")]
    assert ask(graph, question.replace("OPTIONAL", "")) == [("accuracy", "0.93", HELD_OUT)]


def test_an_experiment_is_an_entity_with_runs(graph: ox.Store) -> None:
    """An experiment holds its runs without being an activity, and without making entities of them."""
    assert ask(graph, "SELECT ?e (COUNT(?r) AS ?n) WHERE { ?e a prov:Collection ; mls:hasPart ?r } GROUP BY ?e") == [
        (EXPERIMENT, "2")
    ]
    assert not ask(graph, "SELECT ?x WHERE { ?x a prov:Entity, prov:Activity }")
    assert not ask(graph, "SELECT ?run WHERE { ?c prov:hadMember ?run . ?run a smk:MLflowRun }")


def test_an_unlinked_run_is_no_mlflow_run_of_a_job(store: Store) -> None:
    """What nothing was matched with does not claim a match."""
    replace(store, RUN_B, unlinked())
    classes = ask(graph_of(store), f"SELECT ?c WHERE {{ <{LOOSE}> a ?c }}")

    assert (iri("smk:UnlinkedTrainingRun"),) in classes
    assert (iri("mls:Run"),) in classes
    assert (iri("smk:MLflowRun"),) not in classes


# Each vocabulary on and off.

ONE_OF_EACH = {
    "mls": "?run mls:hasInput/mls:specifiedBy ?p . ?p a mls:HyperParameter",
    "fair4ml": "?m a fair4ml:MLModel ; fair4ml:trainedOn ?d ; fair4ml:modelCategory 'classifier'",
    "mex": "?e a mexperf:ClassificationMeasure ; mexperf:accuracy 0.93e0",
    "reproduceme": "?run a repr:Trial ; prov:used ?p . ?p a repr:Parameter",
    "it6": "?run it6:hasTrainingImpact [ it6:powerConsumption '0.2 kWh' ; it6:carbonEmitted '0.0031 kg CO2e' ]",
    "m4i": "?job a m4i:ProcessingStep ; m4i:hasParameter [ a m4i:NumericalVariable ; m4i:hasNumericalValue 0.01e0 ]",
    "wfprov": "?job wfprov:usedInput ?f ; wfprov:wasPartOfWorkflowRun ?run . ?f a wfprov:Artifact",
    "alignments": "mls:Dataset skos:closeMatch mexcore:Dataset",
}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_says_what_it_says_when_it_is_on(store: Store, layer: str) -> None:
    """Each layer adds its terms to the core; without it there is no trace of its namespaces."""
    own = set(load(layers=(layer,)).prefixes) - set(load(layers=()).prefixes)
    with_it, without = exported(store, (layer,)).decode(), exported(store, ()).decode()
    question = f"SELECT ?x WHERE {{ {ONE_OF_EACH[layer]} BIND(1 AS ?x) }}"

    assert ask(graph_of(store, (layer,)), question)
    assert set(without.splitlines()) < set(with_it.splitlines())
    for prefix in own:
        assert iri(f"{prefix}:") not in without


def test_all_layers_are_the_sum_of_each(store: Store) -> None:
    """Layers do not know each other: all at once say what each says by itself, in any order."""
    each = [set(exported(store, (layer,)).splitlines()) for layer in LAYERS]

    assert set(exported(store, LAYERS).splitlines()) == set().union(*each)
    assert set(exported(store, LAYERS[::-1]).splitlines()) == set().union(*each)


def test_metrics_without_a_term_in_mex_are_the_users_own(store: Store) -> None:
    """The usual names have terms, also behind the name of a split; others are kept with their value."""
    names = ["Accuracy", "val_f1_score", "training_roc_auc", "test/rmse", "balanced_accuracy", "r2", "mae"]
    replace(store, RUN_A, learning([{"name": name, "value": 0.5, "step": 0} for name in names]))
    graph = graph_of(store, ("mex",))

    own = ask(graph, "SELECT ?n WHERE { ?e a mexperf:UserDefinedMeasure ; schema:name ?n ; prov:value 0.5e0 }")
    assert own == [("balanced_accuracy",), ("mae",), ("r2",)]
    for name, term in {"Accuracy": "accuracy", "val_f1_score": "f1Measure", "training_roc_auc": "roc"}.items():
        assert ask(graph, f"SELECT ?n WHERE {{ ?e mexperf:{term} 0.5e0 ; schema:name ?n }}") == [(name,)]
    assert ask(graph, "SELECT ?n WHERE { ?e a mexperf:RegressionMeasure ; schema:name ?n }") == [("test/rmse",)]


def test_variables_of_metadata4ing_have_the_type_of_their_value(store: Store) -> None:
    """A logged number is a number, although the tracker keeps all parameters as text."""
    found = ask(
        graph_of(store, ("m4i",)),
        "SELECT ?n ?v WHERE { ?run a smk:MLflowRun ; m4i:hasParameter ?p . ?p schema:name ?n "
        "{ ?p a m4i:NumericalVariable ; m4i:hasNumericalValue ?v FILTER(ISNUMERIC(?v)) } "
        "UNION { ?p a m4i:TextVariable ; m4i:hasStringValue ?v } }",
    )
    assert found == [("lr", "0.01"), ("solver", "adam")]


def test_the_alignments_stand_once_in_the_default_graph(store: Store) -> None:
    """They are about vocabularies and not about a run."""
    for form in ("n-quads", "trig"):
        found = ox.parse(exported(store, ("alignments",), form), format=PARSERS[form])
        matches = [quad for quad in found if quad.predicate.value == iri("skos:closeMatch")]
        assert len(matches) > 10
        assert {quad.graph_name for quad in matches} == {ox.DefaultGraph()}
    labels = ask(graph_of(store, ("alignments",)), "SELECT ?l WHERE { mls:Task smk:closeMatchLabel ?l }")
    assert labels == [("DMOP: DM-Task",), ("Exposé: Task",), ("OntoDM-core: Data mining task",)]
    assert not ask(graph_of(store, ("alignments",)), "SELECT ?x WHERE { ?x skos:closeMatch ?l FILTER(!ISIRI(?l)) }")
    assert not ask(graph_of(store, ("alignments",)), "SELECT ?x WHERE { ?x smk:closeMatchLabel ?l FILTER(ISIRI(?l)) }")


# Terms.

TERMS = Path(__file__).parent / "terms"


def _used(layer: str) -> Iterable[str]:
    text = (Path(load.__code__.co_filename).parent / "layers" / f"{layer}.yaml").read_text(encoding="utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    own = "|".join(sorted(load(layers=LAYERS).prefixes))
    return re.findall(rf"(?<![\w/:])(?:{own}):[A-Za-z_][\w.-]*\w", bare)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_term_of_a_layer_is_one_of_the_ontology(layer: str) -> None:
    """The names in `terms/` were read from the published ontologies; each list says from where."""
    core = set(load(layers=()).prefixes)
    used = {term for term in _used(layer) if term.partition(":")[0] not in core}

    assert used
    for term in used:
        prefix, _, name = term.partition(":")
        if prefix == "skos":
            assert name in rdflib.SKOS
            continue
        known = (TERMS / f"{prefix}.txt").read_text(encoding="utf-8").splitlines()
        assert known[0].startswith("# ")
        assert name in known[1:], term


def test_terms_of_prov_are_those_of_prov() -> None:
    """Also in the core, a misspelt term would be nobody's."""
    used = {term for name in LAYERS for term in _used(name) if term.startswith("prov:")}
    text = (Path(load.__code__.co_filename).parent / "core.yaml").read_text(encoding="utf-8")
    used |= set(re.findall(r"prov:[A-Za-z]+", text))

    assert [term for term in sorted(used) if term.removeprefix("prov:") not in rdflib.PROV] == []


# Formats and odd names.


@pytest.mark.parametrize("layers", [(), LAYERS], ids=["core", "all"])
@pytest.mark.parametrize("form", list(PARSERS))
def test_every_format_carries_the_same_triples(store: Store, form: str, layers: tuple[str, ...]) -> None:
    """With the core alone and with all layers, and the same bytes each time."""
    plain = {quad.triple for quad in ox.parse(exported(store, layers), format=ox.RdfFormat.N_TRIPLES)}
    text = exported(store, layers, form)
    found = {quad.triple for quad in ox.parse(text, format=PARSERS[form])}
    graphs = {t for t in found if t.subject.value.endswith("#graph")} if form in ("n-quads", "trig") else set()

    assert found - graphs == plain
    assert not [t for t in plain if ox.BlankNode in (type(t.subject), type(t.object))]
    assert exported(store, layers, form) == text


NAMES = st.text(min_size=1) | st.sampled_from(
    ["val/accuracy", "loss <train>", 'a "quoted" one', "größe", "🦀", "a b", "loss.least", "x/least", "%41", "\\", "#"]
)
# What is not finite comes as text, as trackers tell it.
VALUES = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**20), 10**20)
    | st.sampled_from(["NaN", "Infinity", "-Infinity"])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(names=["a", "a", "a.1", "a.2"], value=0.1)
@example(names=["loss", "loss.least", "loss/least"], value=0.1)
@given(names=st.lists(NAMES, min_size=1, max_size=5), value=VALUES)
def test_odd_names_make_valid_and_distinct_nodes(store: Store, names: list[str], value: Any) -> None:
    """Whatever metrics and parameters are called, each is one node with its own name and value, in every format."""
    point = [{"value": value, "step": 0}]
    evaluations = [{"name": name, "value": value, "step": 1, "least": point, "greatest": point} for name in names]
    replace(store, RUN_A, learning(evaluations, [{"name": name, "value": name} for name in names]))

    plain = {quad.triple for quad in ox.parse(exported(store, LAYERS), format=ox.RdfFormat.N_TRIPLES)}
    graph = graph_of(store, LAYERS)

    for form in ("turtle", "json-ld"):
        assert {quad.triple for quad in ox.parse(exported(store, LAYERS, form), format=PARSERS[form])} == plain
    xml = {quad.triple for quad in ox.parse(exported(store, LAYERS, "rdf-xml"), format=ox.RdfFormat.RDF_XML)}
    assert xml == {_as_xml(triple) for triple in plain}
    for kind, link in (("mls:ModelEvaluation", "mls:hasOutput"), ("mls:HyperParameterSetting", "mls:hasInput")):
        rows = ask(
            graph,
            f"SELECT ?n ?l WHERE {{ <{TRAINING}> {link} ?x . ?x a {kind} ; schema:name ?n ; "
            "mls:specifiedBy/rdfs:label ?l }",
        )
        assert [row[:2] for row in rows] == [(name, name) for name in sorted(names)]
    doubles = ask(
        graph, "SELECT ?v WHERE { ?x a schema:Observation ; schema:value ?v FILTER(DATATYPE(?v) = xsd:double) }"
    )
    assert len(doubles) == len(names)
    inner = ask(graph, "SELECT ?e ?n WHERE { ?e smk:minimum ?n } ORDER BY ?e")
    assert len({node for _, node in inner}) == len(names)
    assert ask(graph, "SELECT ?x WHERE { ?x a schema:Observation, schema:QuantitativeValue }") == []


def _as_xml(triple: ox.Triple) -> ox.Triple:
    term = triple.object
    if not isinstance(term, ox.Literal):
        return triple
    return ox.Triple(triple.subject, triple.predicate, ox.Literal(visible(term.value), datatype=term.datatype))


def test_one_measure_is_one_node(store: Store) -> None:
    """All runs that log a metric of one name share its measure, under the configured base."""
    graph = graph_of(store)

    assert ask(graph, 'SELECT ?m WHERE { ?m a mls:EvaluationMeasure ; rdfs:label "accuracy" }') == [
        (iri("smk:measure-accuracy"),)
    ]
    assert ask(graph, f"SELECT ?p WHERE {{ <{part(TRAINING, 'hyperparameter', 'lr')}> schema:propertyID ?p }}") == [
        (iri("smk:hyperparameter-lr"),)
    ]
    assert ask(graph, f"SELECT ?i WHERE {{ <{TRAINING}> schema:instrument ?i }}") == [(RULE,)]
