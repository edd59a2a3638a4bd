"""`codemeta.json` has the context and the terms of CodeMeta 3.0, and says what the workflow says of itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from export.published import ADA, HOUSE, SECRET, bare_run, full_run, of, seen_by, written
from store.builders import ENGINE, RUN_A, RUN_B, WORKFLOW, run_itself

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import Selection
from snakemake_heliport.export.codemeta import write_codemeta
from snakemake_heliport.identity import workflow_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility

# The terms of https://w3id.org/codemeta/3.0 that may stand in a description here.
TERMS = {
    *(
        "@context",
        "@type",
        "@id",
        "identifier",
        "name",
        "description",
        "version",
        "author",
        "license",
        "url",
        "funding",
    ),
    *("codeRepository", "keywords", "programmingLanguage", "softwareRequirements", "operatingSystem", "affiliation"),
    *("datePublished", "dateModified", "givenName", "familyName"),
}
TYPES = {"SoftwareSourceCode", "Person", "Organization", "ComputerLanguage", "SoftwareApplication"}
PACK = "pkg:pypi/numpy@2.0"


def described(tmp_path: Path, things: Any, selection: Selection, workdir: Path | None = None) -> Any:
    content = json.loads(written(write_codemeta, things, selection, tmp_path, workdir))
    assert content["@context"] == "https://w3id.org/codemeta/3.0"
    _check(content)
    return content


def _check(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        assert set(value) <= TERMS
        assert value["@type"] in TYPES
        assert all(item not in (None, "", []) for item in value.values())
        for item in value.values():
            _check(item)


@pytest.mark.parametrize("iri", [RUN_A, WORKFLOW])
def test_a_workflow_says_who_wrote_it_and_what_it_needs(iri: str, tmp_path: Path) -> None:
    """Chosen by itself or through its run, it is described in the same words."""
    environment = [
        DigitalObject("urn:x:env", Kind.ENVIRONMENT, "python", attributes={"spec": "python"}),
        DigitalObject(
            PACK, Kind.PACKAGE, "numpy 2.0", None, {"name": "numpy", "software_version": "2.0"}, identifiers=(PACK,)
        ),
        DigitalObject(ENGINE, Kind.ENGINE, "Snakemake", None, {"name": "Snakemake", "software_version": "9.27.1"}),
        Relation("urn:x:env", Predicate.HAD_MEMBER, PACK),
        Relation(RUN_A, Predicate.USED, "urn:x:env", {"role": "environment"}),
    ]
    content = described(tmp_path, [*full_run(), *environment], of(iri))

    assert content["name"] == "LET surrogate"
    assert content["version"] == "a" * 40
    assert content["codeRepository"] == "https://example.org/r.git"
    assert content["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert content["author"][0]["@id"] == ADA
    assert content["author"][0]["affiliation"]["@id"] == HOUSE
    assert content["programmingLanguage"]["version"] == "9.27.1"
    assert content["description"] == "A fast model."
    assert content["keywords"] == ["proton therapy", "LET"]
    needs = content["softwareRequirements"]
    assert needs[0]["name"] == "Snakemake"
    if iri == RUN_A:
        assert needs[1] == {"@type": "SoftwareApplication", "identifier": PACK, "name": "numpy", "version": "2.0"}


def test_nothing_is_made_up(tmp_path: Path) -> None:
    """Of a workflow that says nothing there are its name, its language and its engine."""
    content = described(tmp_path, bare_run(), of(RUN_A))

    assert content["name"] == "demo"
    assert not {"author", "license", "version", "codeRepository", "description", "keywords"} & set(content)


def test_citation_file_says_how_to_cite(tmp_path: Path) -> None:
    """Title, version, licence, repository and abstract are those of `CITATION.cff`; it may lie in `workflow/`."""
    (tmp_path / "workflow").mkdir()
    text = "title: Named\nauthors: [{name: The Team}]\nlicense: MIT\nversion: 2\n"
    (tmp_path / "workflow" / "CITATION.cff").write_text(
        text + "repository-code: https://example.org/own\nabstract: What it does.\nkeywords: [a, b]\n"
    )
    content = described(tmp_path, bare_run(), of(RUN_A), tmp_path)

    assert (content["name"], content["version"], content["license"]) == ("Named", "2", "https://spdx.org/licenses/MIT")
    assert content["codeRepository"] == "https://example.org/own"
    assert content["author"] == [{"@type": "Organization", "name": "The Team"}]
    assert (content["description"], content["keywords"]) == ("What it does.", ["a", "b"])


def test_one_workflow_is_described(tmp_path: Path) -> None:
    """Of two, one is to be chosen."""
    other = workflow_iri("34" * 32)
    with pytest.raises(HeliportError, match="choose one"):
        written(write_codemeta, [*full_run(), *run_itself(RUN_B, other)], Selection(), tmp_path)


def test_a_public_description_is_repeatable_and_tells_nothing_private(tmp_path: Path) -> None:
    """People who may not be seen are not named."""
    public = Visibility.PUBLIC
    things = seen_by(public, full_run(), RUN_A, WORKFLOW)
    text = written(write_codemeta, things, of(RUN_A, audience=public), tmp_path)

    assert written(write_codemeta, things, of(RUN_A, audience=public), tmp_path) == text
    for hidden in (b"Ada", b"grace", b"HZDR", b"4711", SECRET.encode(), b"@example.org"):
        assert hidden not in text
