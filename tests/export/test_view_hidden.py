"""What is hidden is not named to others: its content, its digest and size, its path; in no form, by no text."""

import io
from dataclasses import replace as changed
from pathlib import Path

import pytest
from export.learning import MODEL
from export.published import RAW, bare_run, full_run, of, seen_by
from hypothesis import given
from hypothesis import strategies as st
from store.builders import DIGEST, RULE, RUN_A, Things, file, replace

from snakemake_heliport.explorer.folder import write_folder
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.card import CardKind, card_of, rendered
from snakemake_heliport.export.crate import DataMode, write_crate
from snakemake_heliport.export.query import Solutions, ask
from snakemake_heliport.export.untold import HIDDEN, Untold
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import content_iri, job_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.settings import Granularity
from snakemake_heliport.store import Store
from snakemake_heliport.upload.content import content_of
from snakemake_heliport.vocabulary import load

EVERYBODY = Selection(audience=Visibility.PUBLIC)
SHA256, SIZE = "5e" * 32, 987_654_321
BYTES, JOB = content_iri(SHA256), job_iri(RUN_A, 1, 1)
PATH, SPACED, UNRELATED = "resources/gains.csv", "resources/my drafts, two.csv", "resources/unrelated.csv"
NAMES = ("gains", "drafts", "unrelated", BYTES, SHA256, str(SIZE))
# A picture shows its texts as outlines, a PDF holds them compressed.
TEXTUAL = sorted(set(FORMATS) - {"png", "pdf", "codemeta", "croissant", "datacite-json", "datacite-xml"})


def _texts() -> dict[str, object]:
    return {
        "reason": f"Missing output files: results/a.txt; Input files updated by another job: {PATH}, {SPACED}",
        "shell_command": f"cp --from={PATH} './{PATH}' {UNRELATED}:12 /home/ada/secret-place/{PATH} results/a.txt",
        "missing_outputs": [PATH, "results/a.txt"],
        "log_tail": f"{PATH}: cannot be read.",
    }


def _world(hidden: Visibility = Visibility.PROJECT) -> Things:
    """Return a public run that used two files that are not public, of which one is like no other."""
    told: Things = []
    for thing in seen_by(Visibility.PUBLIC, full_run()):
        if isinstance(thing, DigitalObject) and thing.iri == JOB:
            thing = changed(thing, attributes={**thing.attributes, **_texts()})
        if isinstance(thing, DigitalObject) and thing.iri == RULE:
            slots = [{"slot": "raw", "pattern": PATH}, {"slot": "any", "pattern": "resources/{name}.csv"}]
            outputs = [{"slot": "0", "pattern": "results/{x}.txt"}]
            more = {"inputs": slots, "outputs": outputs, "log_patterns": [PATH, "logs/a.log"]}
            thing = changed(thing, attributes={**thing.attributes, **more})
        if isinstance(thing, Relation) and "evidence" in thing.attributes:
            thing = changed(thing, attributes={**thing.attributes, "evidence": [f"its file has the bytes of {PATH}"]})
        told.append(thing)
    for path in (PATH, SPACED, UNRELATED):
        told.append(DigitalObject(file(path, SHA256), Kind.FILE, path, attributes={"path": path}, visibility=hidden))
        told.append(Relation(file(path, SHA256), Predicate.SPECIALIZATION_OF, BYTES))
    told += [Relation(JOB, Predicate.USED, file(path, SHA256), {"slot": "raw"}) for path in (PATH, SPACED)]
    size = {"sha256": SHA256, "size": SIZE}
    return [*told, DigitalObject(BYTES, Kind.CONTENT, SHA256[:12], attributes=size, visibility=Visibility.PUBLIC)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.open(tmp_path / "store.db") as target:
        replace(target, RUN_A, _world())
        yield target


def _written(store: Store, format: str, selection: Selection) -> str:
    stream = io.BytesIO()
    FORMATS[format].write(store, selection, stream)
    return stream.getvalue().decode()


def _named(text: str) -> list[str]:
    return [name for name in NAMES if name in text]


@pytest.mark.parametrize("format", TEXTUAL)
def test_no_form_for_everybody_names_what_is_hidden(store: Store, format: str) -> None:
    for selection in (EVERYBODY, of(RUN_A, audience=Visibility.PUBLIC), of(file("results/b.txt"), audience="public")):
        assert _named(_written(store, format, selection)) == []


@pytest.mark.parametrize("format", ["datacite-json", "datacite-xml", "codemeta"])
def test_no_description_names_what_is_hidden(store: Store, format: str) -> None:
    assert _named(_written(store, format, of(RUN_A, audience=Visibility.PUBLIC))) == []


def test_the_croissant_of_what_came_of_it_does_not_name_it(store: Store) -> None:
    assert _named(_written(store, "croissant", of(RAW, audience=Visibility.PUBLIC))) == []


def test_those_who_may_see_it_are_told(store: Store) -> None:
    """What the project may see is told to the project: that the names are there shows that the tests look for them."""
    text = _written(store, "n-triples", Selection(audience=Visibility.PROJECT))
    assert _named(text) == [*NAMES]
    assert f"{PATH}, {SPACED}" in text
    assert _named(_written(store, "n-triples", Selection())) == [*NAMES]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_no_crate_names_what_is_hidden(store: Store, tmp_path: Path, version: str) -> None:
    write_crate(store, EVERYBODY, tmp_path / "crate", data=DataMode.NONE, zipped=False, version=version)
    files = [path for path in (tmp_path / "crate").rglob("*") if path.is_file()]
    assert files
    assert [_named(path.read_text()) for path in files] == [[]] * len(files)


def test_no_page_and_no_card_names_what_is_hidden(store: Store, tmp_path: Path) -> None:
    write_folder(store, EVERYBODY, tmp_path / "pages", workdir=None, tables=None)
    pages = [path for path in (tmp_path / "pages").rglob("*") if path.is_file()]
    assert pages
    assert [path for path in pages if _named(path.read_text("utf-8", "replace"))] == []
    for kind, iri in ((CardKind.MODEL, MODEL), (CardKind.DATASET, RAW)):
        assert _named(rendered(card_of(store, kind, store.get(iri)))) == []


def test_no_question_finds_what_is_hidden(store: Store) -> None:
    found = ask(store, f"SELECT ?p ?o WHERE {{ <{BYTES}> ?p ?o }}", EVERYBODY)
    assert isinstance(found, Solutions)
    assert found.rows == ()


def test_a_server_is_told_who_may_see_bytes(store: Store) -> None:
    """What everything of a run is sent as: bytes that only the project's files have are the project's."""
    things = content_of(store, RUN_A, Granularity.EVERYTHING, load(), {}).things
    seen = {thing.iri: thing.visibility for thing in things}
    assert (seen[BYTES], seen[content_iri(DIGEST)]) == (Visibility.PROJECT, Visibility.PUBLIC)
    public = "\n".join(str(thing) for thing in things if thing.visibility is Visibility.PUBLIC)
    assert _named(public) == []


def test_bytes_of_several_files_are_told_where_one_may_be_seen(store: Store) -> None:
    """A twin that is public tells of the bytes, and still nothing of the file that is not."""
    twin = DigitalObject("urn:x:twin", Kind.FILE, "t", attributes={"path": "t"}, visibility=Visibility.PUBLIC)
    replace(store, RUN_A, [*_world(), twin, Relation(twin.iri, Predicate.SPECIALIZATION_OF, BYTES)])

    assert BYTES in View.of(store, EVERYBODY).objects
    assert _named(_written(store, "n-triples", EVERYBODY)) == [BYTES, SHA256, str(SIZE)]


def test_a_public_version_does_not_tell_of_its_hidden_model(store: Store) -> None:
    """That a thing is a version of another makes the other no more visible."""
    version = DigitalObject("urn:x:v1", Kind.MODEL_VERSION, "v1", visibility=Visibility.PUBLIC)
    model = DigitalObject("urn:x:m", Kind.MODEL, "m")
    replace(store, RUN_A, [version, model, Relation(version.iri, Predicate.SPECIALIZATION_OF, model.iri)])
    assert set(View.of(store, EVERYBODY).objects) == {version.iri}


@pytest.mark.parametrize("audience", list(Visibility))
@pytest.mark.parametrize("hidden", list(Visibility))
def test_the_store_and_the_view_agree(store: Store, audience: Visibility, hidden: Visibility) -> None:
    """What a store streams to an audience is what a view of it holds."""
    replace(store, RUN_A, _world(hidden))
    for runs, things in ((None, None), ([RUN_A], None), (None, [file("results/b.txt")])):
        told = {thing.iri for thing, _ in store.statements(runs, audience, things)}
        assert told == set(View.of(store, Selection(runs, audience, things=things)).objects)


def test_nothing_but_bytes_is_nothing(store: Store) -> None:
    """Public bytes of private files make no export."""
    content = DigitalObject(BYTES, Kind.CONTENT, "x", visibility=Visibility.PUBLIC)
    replace(store, RUN_A, [content, *bare_run()])
    assert list(store.statements(audience=Visibility.PUBLIC)) == []


def test_what_is_told_of_texts(store: Store) -> None:
    """The rest of a text stays, and what was read and written through a slot is told without its pattern."""
    view = View.of(store, EVERYBODY)
    said = view.objects[JOB].attributes
    assert said["reason"] == f"Missing output files: results/a.txt; Input files updated by another job: {HIDDEN}"
    assert said["shell_command"] == f"cp --from={HIDDEN} '{HIDDEN}' {HIDDEN}:12 {HIDDEN} results/a.txt"
    assert said["missing_outputs"] == ["results/a.txt"]
    assert said["log_tail"] == f"{HIDDEN}: cannot be read."
    rule = view.objects[RULE].attributes
    assert rule["inputs"] == [{"slot": "raw"}, {"slot": "any"}]
    assert rule["outputs"] == [{"slot": "0", "pattern": "results/{x}.txt"}]
    assert rule["log_patterns"] == ["logs/a.log"]


def test_what_authors_say_stays() -> None:
    """Values of the configuration, hyperparameters and params are the authors' own."""
    values = [{"name": "calibration", "value": PATH, "origin": "config.yaml"}]
    thing = DigitalObject("urn:x", Kind.RUN, "x", PATH, {"config": values, "hyperparameters": values, "params": values})
    assert Untold({PATH: False}).thing(thing) is thing


def test_a_path_that_is_told_once_is_no_secret() -> None:
    """Of several states of a path, one that may be seen is enough; so is one file in a hidden directory."""
    untold = Untold({"a/b.txt": True, "a": False, "c{d}": False})
    assert untold.text("a/b.txt a/c.txt a c{d}") == f"a/b.txt {HIDDEN}"


@given(st.text(), st.sets(st.text(min_size=1), max_size=4))
def test_any_text_keeps_all_but_the_paths(text: str, paths: set[str]) -> None:
    """Whatever texts and paths there are: nothing fails, and with nothing to hide nothing changes."""
    Untold(dict.fromkeys(paths, False)).text(text)
    assert Untold(dict.fromkeys(paths, True)).text(text) == text
