"""The mapping is complete, names only what its prefixes expand, and can be added to without being broken."""

from pathlib import Path

import pytest
from export.learning import ask, exported, graph_of, learning
from helpers import heliport
from store.builders import RUN_A, replace

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import LAYERS, load
from snakemake_heliport.vocabulary.loading import CORE, _problems, _read, _terms


def test_every_kind_and_predicate_is_mapped() -> None:
    """Nothing that the model can say is lost on the way to RDF."""
    vocabulary = load(layers=())

    assert set(vocabulary.kinds) == set(Kind)
    assert set(vocabulary.predicates) == set(Predicate)


@pytest.mark.parametrize("name", [CORE, *LAYERS])
def test_every_term_has_a_known_prefix(name: str) -> None:
    """A misspelt prefix would be found by nobody else; each layer stands on the core alone."""
    layer, core = _read(name), load(layers=())
    terms = {term for _, term in _terms(layer)}

    assert len(terms) > (150 if name == CORE else 5)
    assert name == CORE or list(_problems(layer, core)) == []
    for term in terms:
        assert load(layers=LAYERS).expand(term).startswith("http")


def test_the_core_speaks_of_no_vocabulary_of_machine_learning() -> None:
    """What a layer is for is not in the core."""
    added = set(load(layers=LAYERS).prefixes) - set(load(layers=()).prefixes)

    assert added >= {"mls", "fair4ml", "mexcore", "repr", "it6", "m4i", "wfprov"}


def test_schema_org_is_http() -> None:
    """RO-Crate and FAIR4ML use the http namespace; the https one would be another vocabulary."""
    assert load().expand("schema:name") == "http://schema.org/name"
    assert load().expand("fair4ml:MLModel") == "https://w3id.org/fair4ml#MLModel"


def test_a_base_must_be_a_namespace() -> None:
    """A base that terms cannot be appended to is refused in one line."""
    assert load("https://example.org/").expand("smk:Run") == "https://example.org/Run"
    for wrong in ("example.org/terms#", "https://example.org/terms", "https://exa mple.org/#", "https://x>/#"):
        with pytest.raises(ValueError, match="an absolute IRI that ends with"):
            load(wrong)


# A user's own layer.

# The example that people copy.
DOCUMENTED = (Path(__file__).parents[2] / "docs" / "vocabulary.md").read_text(encoding="utf-8")
MINE = DOCUMENTED.partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A layer file of a user."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return str(path)


def test_a_layer_of_ones_own_says_what_it_is_told_to(tmp_path: Path, mine: str) -> None:
    """Classes, properties, concepts, cases, inverses and fixed statements, for the kinds that are meant."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, learning())
        graph = graph_of(store, ("mls", mine))
        rdf = exported(store, ("mls", mine), "rdf-xml")

    prefix = "PREFIX lab: <https://example.org/lab#> SELECT ?a ?b WHERE "
    fit = "{ ?r a lab:Fit ; lab:setting [ lab:value ?a ; a lab:LearningRate ] BIND(DATATYPE(?a) AS ?b) }"
    assert ask(graph, prefix + fit) == [("0.01", load().expand("xsd:double"))]
    assert (
        ask(
            graph,
            prefix
            + "{ ?x a lab:OtherKnob ; schema:propertyID ?a . ?a a lab:Knob, mls:HyperParameter ; rdfs:label ?b }",
        )[0][1]
        == "solver"
    )
    assert ask(graph, prefix + "{ ?a lab:learntFrom ?b . ?b lab:taught ?a ; a lab:TrainingData }")
    assert ask(graph, prefix + "{ ?a lab:read ?b . ?a a smk:JobAttempt }")
    assert not ask(graph, prefix + "{ ?a lab:read ?b . ?a a smk:MLflowRun }")
    assert ask(graph, prefix + "{ ?a lab:fitWith ?b . ?a a smk:MLflowRun }")
    assert ask(graph, prefix + "{ ?a rdfs:subClassOf prov:Activity ; rdfs:label ?b }") == [
        ("https://example.org/lab#Fit", "a fit")
    ]
    assert b"lab:learntFrom" in rdf


BROKEN = {
    "not: [yaml": r"line \d, column \d+: no YAML \(.*\); mend the file",
    "- a list": "Expected `object`, got `array`",
    "kinds: {Modell: [mls:Model]}": "kinds.*Invalid enum value 'Modell'",
    "attribute: {}": "unknown field `attribute`",
    "kinds: {Model: [mls:Model]}": "kinds.Model: 'mls:Model' has no known prefix",
    "kinds: {Model: [Model]}": "kinds.Model: 'Model' has no known prefix; write it as prefix:name",
    "kinds: {Model: ['smk:a b']}": "kinds.Model: 'smk:a b' is no term",
    "kinds: {Model: ['smk:a>']}": "is no term",
    "prefixes: {smk: 'http://other/'}": "prefixes.smk: it stands for https.* already; choose another prefix",
    "prefixes: {my: 'urn:x:'}": "prefixes.my: 'urn:x:' is no namespace",
    "prefixes: {'<': 'http://x/'}": "a prefix has letters",
    "attributes: {hyperparameter: {property: smk:x}}": "perhaps 'hyperparameters' is meant, or state its form",
    "attributes: {usage: {fields: {valu: {property: smk:x}}}}": "usage.fields.valu: .*perhaps 'value' is meant",
    "attributes: {usage: {cases: [{field: nam}]}}": r"usage.cases\[1\]: the node has no field 'nam'",
    "attributes: {usage: {cases: [{field: name, match: '('}]}}": "is no regular expression",
    "attributes: {usage: {fields: {value: {property: smk:x, only: [Job]}}}}": "a field is the same for all kinds",
    "attributes: {usage: {form: nod}}": "Invalid enum value 'nod'",
    "attributes: {threads: {}}": "attributes.threads: it says nothing",
    "attributes: {threads: {property: smk:x, classes: [smk:X]}}": "belong to nodes",
    "attributes: {threads: {property: smk:x, inverse: smk:y}}": "`inverse` needs a node or an IRI",
    "attributes: {mine: {form: node, property: smk:x}}": "a node needs a `fragment`",
    "attributes: {mine: {form: node, property: smk:x, fragment: usage}}": "'usage' is that of 'usage'",
    "predicates: {useds: {property: smk:x}}": "Invalid enum value 'useds'",
    "statements: {Fit: {rdfs:label: [x]}}": "statements: 'Fit' has no known prefix",
}


@pytest.mark.parametrize("text", list(BROKEN))
def test_a_broken_layer_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    """The line names the file, the place and what to do; nothing is written by halves."""
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(HeliportError, match=BROKEN[text]) as raised:
        load(layers=(str(path),))

    assert str(raised.value).startswith(f"layer {path}: ")
    assert "\n" not in str(raised.value)


def test_a_layer_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A misspelt name lists what there is; a path that leads nowhere, and no text, say so."""
    with pytest.raises(HeliportError, match="layer mlschema: unknown; it may be mls, fair4ml, mex"):
        load(layers=("mlschema",))
    with pytest.raises(HeliportError, match="No such file or directory; check the path"):
        load(layers=(str(tmp_path / "none.yaml"),))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(HeliportError, match="not UTF-8"):
        load(layers=(str(tmp_path / "bytes.yaml"),))


def test_an_empty_layer_adds_nothing(tmp_path: Path) -> None:
    """Also a layer of comments."""
    (tmp_path / "empty.yaml").write_text("# nothing yet\n", encoding="utf-8")

    assert load(layers=(str(tmp_path / "empty.yaml"),)) == load(layers=())


# The option.


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    layout = Layout.of_workdir(tmp_path)
    layout.store.parent.mkdir(parents=True)
    with Store.open(layout.store) as store:
        replace(store, RUN_A, learning())
    return tmp_path


@pytest.mark.parametrize(
    ("options", "there", "absent"),
    [
        ((), ("ns/mls#", "fair4ml#"), ("mex-perf#",)),
        (("--vocab", "mls,mex"), ("ns/mls#", "mex-perf#"), ("fair4ml#",)),
        (("--vocab", "mls", "--vocab", "mex"), ("ns/mls#", "mex-perf#"), ("fair4ml#",)),
        (("--vocab", "none"), ("ns/prov#",), ("ns/mls#", "fair4ml#")),
        (("--vocab", "mine.yaml"), ("example.org/lab#",), ("ns/mls#",)),
    ],
)
def test_the_option_chooses_the_layers(
    workdir: Path, mine: str, options: tuple[str, ...], there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    """Several after a comma or an option each; `none` is the core alone; a path is a layer of one's own."""
    done = heliport(workdir, "export", "-f", "n-triples", "--store", str(Layout.of_workdir(workdir).store), *options)

    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in there)
    assert not any(name in done.stdout for name in absent)


def test_the_option_is_checked_before_anything_is_written(workdir: Path) -> None:
    """Misuse is one line and exit code 2."""
    store = ("--store", str(Layout.of_workdir(workdir).store))
    for command in ("export", "validate"):
        done = heliport(workdir, command, *store, "--vocab", "mls,nope")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("snakemake-heliport: layer nope: unknown; it may be mls")
    done = heliport(workdir, "export", *store, "--vocab", "none,mls")
    assert "`none` stands alone" in done.stderr
    assert heliport(workdir, "validate", *store, "--vocab", "none").returncode == 0
