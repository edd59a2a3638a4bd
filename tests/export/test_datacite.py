"""DataCite records are valid by the schemas that repositories check them with, complete, and tell nothing private."""

import json
import os
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from export.published import ADA, COMMIT, HOUSE, ODD, RAW, ROOTS, SECRET, bare_run, full_run, of, seen_by, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.builders import ENGINE, RUN_A, RUN_B, WORKFLOW

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.datacite import write_datacite_json
from snakemake_heliport.export.datacite_xml import write_datacite_xml
from snakemake_heliport.export.identifiers import Identifier, identifier
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility

NAMESPACE = {"d": "http://datacite.org/schema/kernel-4"}
# Official: https://schema.datacite.org/meta/kernel-4.7/metadata.xsd with its folder `include`. Its licence does not say
# that it may be copied, so it is not in this repository.
XSD = os.environ.get("DATACITE_XSD")
PUBLIC = Visibility.PUBLIC


def check_json(record: Any) -> None:
    """Validate a record by Invenio's schema of version 4.5."""
    jsonschema = pytest.importorskip("jsonschema")
    pytest.importorskip("datacite")
    schema = json.loads((resources.files("datacite") / "schemas" / "datacite-v4.5.json").read_text("utf-8"))
    errors = [error.message for error in jsonschema.Draft201909Validator(schema).iter_errors(record)]
    assert not errors


def check_xml(text: bytes) -> None:
    """Validate a document by the official schema of version 4.7, where it is at hand."""
    ET.fromstring(text)
    if XSD:
        errors = [str(error) for error in _xsd().iter_errors(text.decode())]
        assert not errors


def _xsd() -> Any:
    found = _XSD.get("it")
    if found is None:
        found = _XSD["it"] = pytest.importorskip("xmlschema").XMLSchema(XSD)
    return found


_XSD: dict[str, Any] = {}


def record(tmp_path: Path, things: Any, selection: Selection, workdir: Path | None = None) -> Any:
    content = json.loads(written(write_datacite_json, things, selection, tmp_path, workdir))
    check_json(content)
    check_xml(written(write_datacite_xml, things, selection, tmp_path, workdir))
    return content


def relations(content: Any) -> set[tuple[str, str]]:
    found = content.get("relatedIdentifiers", [])
    return {(entry["relationType"], entry["relatedIdentifier"]) for entry in found}


@pytest.mark.skipif(not XSD, reason="DATACITE_XSD does not say where the official schema is")
def test_the_official_schema_is_really_asked(tmp_path: Path) -> None:
    """A document without a mandatory element is refused."""
    text = written(write_datacite_xml, full_run(), of(RUN_A), tmp_path).decode()
    assert list(_xsd().iter_errors(text.replace("publicationYear>", "publicationAge>")))


@pytest.mark.parametrize("name", list(ROOTS))
def test_every_kind_of_thing_has_a_valid_record(name: str, tmp_path: Path) -> None:
    """What a study says of itself is in the records of its run, workflow, model, datasets and files."""
    content = record(tmp_path, full_run(), of(ROOTS[name]))

    (creator,) = content["creators"]
    assert (creator["name"], creator["familyName"], creator["givenName"]) == ("Example, Ada", "Example", "Ada")
    assert creator["nameIdentifiers"][0]["nameIdentifier"] == ADA
    assert creator["affiliation"][0]["affiliationIdentifier"] == HOUSE
    assert content["publisher"] == {
        "name": "HZDR",
        "publisherIdentifier": HOUSE,
        "publisherIdentifierScheme": "ROR",
        "schemeUri": "https://ror.org",
    }
    assert content["fundingReferences"] == [{"funderName": "Example Foundation", "awardNumber": "4711"}]


def test_a_run_says_what_it_is(tmp_path: Path) -> None:
    """Type, title, year of its end, interval, subjects, licence, steps, what it came from and what compiled it."""
    content = record(tmp_path, full_run(), of(RUN_A))

    assert content["types"] == {"resourceTypeGeneral": "Collection", "resourceType": "Workflow Run"}
    assert content["titles"] == [{"title": "LET surrogate, run of 2026-11-23 07:57 UTC"}]
    assert content["publicationYear"] == "2027"
    assert content["dates"][0] == {"date": "2026-11-23T07:57:40.277Z/2027-01-01T00:00:00.000Z", "dateType": "Created"}
    assert {entry["subject"] for entry in content["subjects"]} == {"proton therapy", "LET"}
    assert content["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"
    assert content["contributors"] == [{"name": "grace", "nameType": "Personal", "contributorType": "Other"}]
    words = {entry["descriptionType"]: entry["description"] for entry in content["descriptions"]}
    assert words["Abstract"] == "A fast model."
    assert words["Methods"] == "Steps:\n- copy: Copies the beam.\nCommand: snakemake --directory …/x -c2"
    assert "Platform: Linux-6-x86_64" in words["TechnicalInfo"]
    assert relations(content) >= {
        ("IsDerivedFrom", "10.1234/x"),
        ("IsDerivedFrom", "sftp://archive.example.org/beam"),
        ("IsCompiledBy", COMMIT),
        ("IsDocumentedBy", "https://example.org/let"),
        ("HasPart", ROOTS["model"]),
    }
    assert "doi" not in content


def test_a_raw_file_has_its_own_doi_words_and_licence(tmp_path: Path) -> None:
    """What its note says comes before what the project says; nothing made it, so it was collected."""
    content = record(tmp_path, full_run(), of(RAW))

    assert content["doi"] == "10.1234/x"
    assert content["types"]["resourceTypeGeneral"] == "Dataset"
    assert content["rightsList"][0]["rightsIdentifier"] == "CC0-1.0"
    assert content["subjects"] == [{"subject": "depth dose"}]
    assert content["dates"] == [{"date": "2026-11-23T07:57:40.277Z", "dateType": "Collected"}]
    assert (content["sizes"], content["formats"]) == (["7 bytes"], ["text/csv"])
    assert relations(content) >= {("IsDerivedFrom", "sftp://archive.example.org/beam")}


def test_a_model_was_derived_from_its_training_data(tmp_path: Path) -> None:
    """The datasets that it was trained and tested on are named, and the run that it is part of."""
    found = relations(record(tmp_path, full_run(), of(ROOTS["model"])))

    assert found >= {("IsDerivedFrom", ROOTS["dataset"]), ("IsDerivedFrom", ROOTS["held-out"]), ("IsPartOf", RUN_A)}


def test_xml_tells_a_commit_as_what_it_is(tmp_path: Path) -> None:
    """Version 4.7 has a type for identifiers of Software Heritage, 4.5 has not; without a DOI one is to be assigned."""
    tree = ET.fromstring(written(write_datacite_xml, full_run(), of(WORKFLOW), tmp_path))

    found = tree.findall("d:relatedIdentifiers/d:relatedIdentifier", NAMESPACE)
    assert {(e.get("relatedIdentifierType"), e.text) for e in found} >= {("SWHID", "swh:1:rev:" + "a" * 40)}
    assert tree.findtext("d:identifier", namespaces=NAMESPACE) == ":tba"


@pytest.mark.parametrize("iri", [RUN_A, WORKFLOW, RAW, ROOTS["made"]])
def test_what_is_not_known_is_said_to_be_unknown(iri: str, tmp_path: Path) -> None:
    """A run of which nobody said anything has all mandatory properties, and none that were made up."""
    content = record(tmp_path, bare_run(), of(iri))

    assert content["creators"] == [{"name": ":unkn"}]
    assert content["publisher"] == {"name": ":unkn"}
    assert content["publicationYear"] == "2026"
    assert not {"doi", "rightsList", "subjects", "fundingReferences", "contributors"} & set(content)


def test_citation_file_names_authors_where_nobody_else_does(tmp_path: Path) -> None:
    """`CITATION.cff` beside the workflow comes after the configured people, before who ran it."""
    authors = "authors: [{given-names: Grace, family-names: Hopper, orcid: https://orcid.org/0000-0001-5109-3700}]"
    cff = f"cff-version: 1.2.0\ntitle: T\n{authors}\ndoi: 10.5281/zenodo.1\nversion: 1.2\ndate-released: 2025-02-03\n"
    (tmp_path / "CITATION.cff").write_text(cff)

    run = record(tmp_path, bare_run(), of(RUN_A), tmp_path)
    flow = record(tmp_path, bare_run(), of(WORKFLOW), tmp_path)

    assert run["creators"][0]["name"] == "Hopper, Grace"
    assert run["creators"][0]["nameIdentifiers"][0]["nameIdentifier"] == "https://orcid.org/0000-0001-5109-3700"
    assert (flow["doi"], flow["version"], flow["publicationYear"]) == ("10.5281/zenodo.1", "1.2", "2025")
    assert "doi" not in run
    assert record(tmp_path, full_run(), of(RUN_A), tmp_path)["creators"][0]["name"] == "Example, Ada"


def test_a_broken_citation_file_is_named(tmp_path: Path) -> None:
    """One line says which file it is."""
    (tmp_path / "CITATION.cff").write_text("authors: [")
    with pytest.raises(HeliportError, match=r"CITATION\.cff: cannot be read"):
        written(write_datacite_json, bare_run(), of(RUN_A), tmp_path, tmp_path)


def test_a_public_record_tells_nothing_private(tmp_path: Path) -> None:
    """Of a public file whose run and people are private only the file itself is told, and no place of the machine."""
    content = record(tmp_path, seen_by(PUBLIC, full_run(), RAW, ROOTS["made"]), of(ROOTS["made"], audience=PUBLIC))

    text = json.dumps(content)
    for hidden in ("Ada", "grace", "HZDR", "LET", "Copies", RUN_A, WORKFLOW, SECRET, "4711"):
        assert hidden not in text
    # What lies between two public files is not told, that one came from the other is.
    assert ("IsDerivedFrom", "10.1234/x") in relations(content)


def test_people_who_may_be_seen_are_credited_though_the_run_is_hidden(tmp_path: Path) -> None:
    """The way from a public file to its public authors leads through a private run, of which nothing is told."""
    shown = seen_by(PUBLIC, full_run(), RAW, ADA, HOUSE)
    content = record(tmp_path, shown, of(RAW, audience=PUBLIC))

    assert content["creators"][0]["name"] == "Example, Ada"
    assert RUN_A not in json.dumps(content)


def test_a_public_run_names_no_place(tmp_path: Path) -> None:
    """Paths of the machine and mail addresses are in no record, whatever the audience."""
    things = seen_by(PUBLIC, full_run())
    for name, iri in ROOTS.items():
        text = json.dumps(record(tmp_path, things, of(iri, audience=PUBLIC)))
        assert SECRET not in text, name
        assert "ada@example.org" not in text, name


def test_what_an_audience_must_not_see_is_refused_in_one_line(tmp_path: Path) -> None:
    """The error says what to do."""
    with pytest.raises(HeliportError, match="visibility") as error:
        written(write_datacite_json, full_run(), of(RUN_A, audience=PUBLIC), tmp_path)
    assert "\n" not in str(error.value)


def test_several_things_are_a_list_in_json_and_no_xml(tmp_path: Path) -> None:
    """XML has one root."""
    selection = of(RAW, ROOTS["made"])
    found = json.loads(written(write_datacite_json, full_run(), selection, tmp_path))
    assert [entry["titles"][0]["title"] for entry in found] == ["Depth dose", "results/a.txt"]
    with pytest.raises(HeliportError, match="choose one"):
        written(write_datacite_xml, full_run(), selection, tmp_path)
    with pytest.raises(HeliportError, match="DataCite has no Engine"):
        written(write_datacite_json, full_run(), of(ENGINE), tmp_path)


@pytest.mark.parametrize("writer", [write_datacite_json, write_datacite_xml])
def test_the_same_store_gives_the_same_bytes(writer: Any, tmp_path: Path) -> None:
    """Also where the store was filled in another order."""
    (tmp_path / "other").mkdir()
    first = written(writer, full_run(), of(RUN_A), tmp_path)
    assert written(writer, full_run(), of(RUN_A), tmp_path) == first
    head, tail = full_run()[:-17], full_run()[-17:]
    assert written(writer, [*head, *reversed(tail)], of(RUN_A), tmp_path / "other") == first


def test_a_raw_file_is_credited_to_the_latest_run_that_used_it(tmp_path: Path) -> None:
    """Nothing made it, so who used it is behind it; the run of somebody else with the same engine is not."""
    other = [DigitalObject(RUN_B, Kind.RUN, "b"), Relation(RUN_B, Predicate.WAS_ASSOCIATED_WITH, ENGINE)]
    content = record(tmp_path, [*full_run(), *other], of(RAW))
    assert content["creators"][0]["name"] == "Example, Ada"


TEXT = st.one_of(st.sampled_from(ODD), st.text(alphabet=st.characters(), max_size=40))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=TEXT, name=TEXT, words=TEXT, licence=TEXT, funding=TEXT, source=TEXT)
def test_any_text_gives_valid_records(
    title: str, name: str, words: str, licence: str, funding: str, source: str, tmp_path: Path
) -> None:
    """Whatever people write, a record is valid in both forms, and both say the same title."""
    project = {"keywords": [words, words], "license": licence, "funding": [funding], "url": source}
    things = [
        *full_run(),
        DigitalObject(ADA, Kind.PERSON, name, attributes={"name": name}),
        DigitalObject(WORKFLOW, Kind.WORKFLOW, title, attributes={"name": title}),
        DigitalObject(
            next(t.iri for t in full_run() if getattr(t, "kind", "") is Kind.PROJECT),
            Kind.PROJECT,
            title,
            words,
            project,
        ),
        DigitalObject(
            RAW,
            Kind.FILE,
            title,
            words,
            {"path": title, "source": source, "modified": "2026-01-01T00:00:00Z"},
            identifiers=(source,),
        ),
    ]
    for iri in (RUN_A, WORKFLOW, RAW):
        content = json.loads(written(write_datacite_json, things, of(iri), tmp_path))
        text = written(write_datacite_xml, things, of(iri), tmp_path)
        check_json(content)
        check_xml(text)
        said = ET.fromstring(text).findtext("d:titles/d:title", namespaces=NAMESPACE)
        assert said == content["titles"][0]["title"] != ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("doi:10.1234/ab", Identifier("DOI", "10.1234/ab")),
        ("https://doi.org/10.1234/ab", Identifier("DOI", "10.1234/ab")),
        ("hdl:20.500/1", Identifier("Handle", "20.500/1")),
        ("swh:1:rev:" + "b" * 40, Identifier("URL", "https://archive.softwareheritage.org/swh:1:rev:" + "b" * 40)),
        ("urn:uuid:1", Identifier("URN", "urn:uuid:1")),
        ("https://user:pw@example.org/x y", None),
        ("https://user:pw@example.org/x", Identifier("URL", "https://example.org/x")),
        ("file:///home/ada/x", None),
        ("/home/ada/x", None),
        ("pkg:pypi/x@1", None),
        ("", None),
    ],
)
def test_only_real_identifiers_count(text: str, found: Identifier | None) -> None:
    """What others can neither resolve nor compare is none; words of users have no place in one."""
    assert identifier(text) == found
