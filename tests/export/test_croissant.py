"""Croissant descriptions are loaded by `mlcroissant` without an error, records and all."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from export.published import ODD, RAW, ROOTS, SECRET, bare_run, full_run, of, seen_by, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.builders import RUN_A, STARTED, Things, file, job

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.croissant import write_croissant
from snakemake_heliport.identity import content_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility

PUBLIC = Visibility.PUBLIC


def described(tmp_path: Path, things: Any, selection: Selection, workdir: Path | None = None) -> Any:
    return json.loads(written(write_croissant, things, selection, tmp_path, workdir))


def loaded(tmp_path: Path, content: Any) -> Any:
    """Return a description as `mlcroissant` reads it; it raises where there is an error."""
    mlcroissant = pytest.importorskip("mlcroissant")
    place = tmp_path / "croissant.json"
    place.write_text(json.dumps(content))
    dataset = mlcroissant.Dataset(jsonld=place)
    assert not dataset.metadata.ctx.issues.errors
    return dataset


def table(tmp_path: Path, rows: list[list[str]]) -> tuple[Things, str]:
    """Write a table where its workflow lies, and return a run that used it, with its IRI."""
    place = tmp_path / "data" / "table.csv"
    place.parent.mkdir(exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    digest = sha256(place.read_bytes()).hexdigest()
    iri, attributes = file("data/table.csv", digest), {"path": "data/table.csv", "media_type": "text/csv"}
    content = DigitalObject(
        content_iri(digest), Kind.CONTENT, "c", attributes={"sha256": digest, "size": place.stat().st_size}
    )
    return [
        *bare_run(),
        *job(RUN_A, 3),
        DigitalObject(iri, Kind.FILE, "A table", attributes={**attributes, "modified": STARTED}),
        content,
        Relation(iri, Predicate.SPECIALIZATION_OF, content.iri),
        Relation(f"{RUN_A}#job-3-1", Predicate.USED, iri),
    ], iri


def test_a_raw_file_is_described(tmp_path: Path) -> None:
    """Name, licence, creators, citation, checksum, and what it came from."""
    content = described(tmp_path, full_run(), of(RAW))
    metadata = loaded(tmp_path, content).metadata

    assert metadata.name == "Depth dose"
    assert metadata.license == ["https://spdx.org/licenses/CC0-1.0"]
    assert [creator.name for creator in metadata.creators] == ["Example, Ada"]
    assert content["citeAs"].startswith("@misc{example2026, author={Example, Ada}")
    assert content["url"] == "https://doi.org/10.1234/x"
    assert content["prov:wasDerivedFrom"] == [{"@id": "sftp://archive.example.org/beam"}]
    (one,) = metadata.distribution
    assert (one.content_url, one.sha256, one.content_size) == ("data/raw.csv", "ab" * 32, "7 B")
    # Croissant's own schema.org, which stands nowhere else.
    assert content["@context"]["@vocab"] == "https://schema.org/"


def test_a_file_has_the_columns_that_a_tracker_logged(tmp_path: Path) -> None:
    """A logged dataset lies downstream of its file, which has its columns all the same."""
    columns = [{"name": "x", "type": "double", "position": 0}, {"name": "y", "type": "long", "position": 1}]
    logged = DigitalObject("urn:x:logged", Kind.DATASET, "train", attributes={"name": "train", "columns": columns})
    source = Relation("urn:x:logged", Predicate.HAS_SOURCE, RAW)
    content = described(tmp_path, [*full_run(), logged, source], of(RAW))
    loaded(tmp_path, content)

    fields = content["recordSet"][0]["field"]
    assert [(field["name"], field["dataType"]) for field in fields] == [("x", "sc:Float"), ("y", "sc:Integer")]
    public = seen_by(PUBLIC, [*full_run(), logged, source], RAW)
    assert "recordSet" not in described(tmp_path, public, of(RAW, audience=PUBLIC))


def test_a_table_that_is_still_there_tells_its_columns(tmp_path: Path) -> None:
    """With the recorded bytes at its place; `mlcroissant` reads the records themselves."""
    things, iri = table(tmp_path, [["énergie", "n", "label"], ["1.5", "2", "a"], ["2.5", "3", "b"]])
    content = described(tmp_path, things, of(iri), tmp_path)
    dataset = loaded(tmp_path, content)

    fields = content["recordSet"][0]["field"]
    assert [field["dataType"] for field in fields] == ["sc:Float", "sc:Integer", "sc:Text"]
    assert [list(row.values()) for row in dataset.records("records")] == [[1.5, 2, b"a"], [2.5, 3, b"b"]]

    (tmp_path / "data" / "table.csv").write_text("other,bytes\n1,2\n")
    assert "recordSet" not in described(tmp_path, things, of(iri), tmp_path)


def test_a_directory_is_its_files(tmp_path: Path) -> None:
    """Each with its checksum."""
    folder = DigitalObject("urn:x:dir", Kind.DIRECTORY, "Beams", attributes={"path": "beams", "modified": STARTED})
    members = [Relation("urn:x:dir", Predicate.HAD_MEMBER, iri) for iri in (RAW, ROOTS["made"])]
    dataset = loaded(tmp_path, described(tmp_path, [*full_run(), folder, *members], of("urn:x:dir")))
    assert {item.content_url for item in dataset.metadata.distribution} == {"data/raw.csv", "results/a.txt"}


def test_a_run_stands_for_its_one_dataset(tmp_path: Path) -> None:
    """The file that its authors call a dataset is meant; of none or several, one is to be chosen."""
    assert described(tmp_path, full_run(), of(RUN_A))["name"] == "Depth dose"
    with pytest.raises(HeliportError, match="choose one"):
        described(tmp_path, bare_run(), of(RUN_A))
    with pytest.raises(HeliportError, match="choose one"):
        described(tmp_path, full_run(), of(ROOTS["model"]))


def test_what_has_no_checksum_is_refused(tmp_path: Path) -> None:
    """Croissant demands one, so the reason is told."""
    things = [
        *bare_run(),
        DigitalObject("urn:x:f", Kind.FILE, "big", attributes={"path": "big", "unknown_reason": "size"}),
    ]
    with pytest.raises(HeliportError, match="no checksum of it is recorded \\(size\\)"):
        described(tmp_path, things, of("urn:x:f"))


def test_a_public_description_tells_nothing_private(tmp_path: Path) -> None:
    """And is the same to the byte each time."""
    things = seen_by(PUBLIC, full_run(), RAW)
    text = written(write_croissant, things, of(RAW, audience=PUBLIC), tmp_path)

    loaded(tmp_path, json.loads(text))
    assert written(write_croissant, things, of(RAW, audience=PUBLIC), tmp_path) == text
    for hidden in (b"Ada", b"grace", b"HZDR", b"LET", RUN_A.encode(), SECRET.encode()):
        assert hidden not in text


TEXT = st.one_of(st.sampled_from(ODD), st.text(alphabet=st.characters(), max_size=40))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=TEXT, words=TEXT, path=TEXT, column=TEXT)
def test_any_text_is_loaded(title: str, words: str, path: str, column: str, tmp_path: Path) -> None:
    """Whatever titles, paths and columns are called."""
    attributes = {"path": path, "media_type": "text/csv", "modified": STARTED, "license": words, "keywords": [words]}
    columns = [{"name": column, "type": words}, {"name": "x", "type": "long"}]
    things = [
        *full_run(),
        DigitalObject(RAW, Kind.FILE, title, words, attributes),
        DigitalObject("urn:x:logged", Kind.DATASET, "d", attributes={"name": "d", "columns": columns}),
        Relation("urn:x:logged", Predicate.HAS_SOURCE, RAW),
    ]
    loaded(tmp_path, described(tmp_path, things, of(RAW)))
