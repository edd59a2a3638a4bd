"""The linked data in a page is that of the exported graph."""

from pathlib import Path
from urllib.parse import quote

import pytest
from explorer.seeing import client, page_of, parsed
from helpers import exported
from rdflib import Graph, URIRef

from snakemake_heliport.explorer import landing
from snakemake_heliport.explorer.forms import FORMS
from snakemake_heliport.store import Store

RDF = {"turtle": "turtle", "n-triples": "nt", "json-ld": "json-ld", "rdf-xml": "xml"}


def _graph(data: bytes | str, form: str) -> set[tuple[object, ...]]:
    return set(Graph().parse(data=data, format=form))


def test_all_pages_together_tell_the_exported_graph(study: Store, tmp_path: Path) -> None:
    asking, told = client(study, tmp_path), set[tuple[object, ...]]()
    whole = _graph(exported(study), "nt")
    for thing, _ in study.statements():
        part = _graph(parsed(asking.get(page_of(thing.iri)).text).island("graph"), "json-ld")
        assert part <= whole
        assert any(subject == URIRef(thing.iri) for subject, _, _ in part)
        told |= part
    assert told == whole


def test_a_large_graph_is_beside_its_page(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page tells what it is of, and links to the rest; together they are the exported graph all the same."""
    monkeypatch.setattr(landing, "MAX_GRAPH", 500)
    asking, told, outlines = client(study, tmp_path), set[tuple[object, ...]](), 0
    whole = _graph(exported(study), "nt")
    for thing, _ in study.statements():
        page = asking.get(page_of(thing.iri))
        part = _graph(parsed(page.text).island("graph"), "json-ld")
        beside = _graph(asking.get(f"/form?name=json-ld&{page_of(thing.iri).partition('?')[2]}").content, "json-ld")
        assert f'</form?name=json-ld&iri={quote(thing.iri, safe="")}>; rel="describedby"' in page.headers["link"]
        assert part == {triple for triple in beside if triple[0] == URIRef(thing.iri)}
        outlines += part < beside
        told |= beside
    assert outlines
    assert told == whole


@pytest.mark.parametrize("form", RDF)
def test_forms_say_the_same_as_the_page(study: Store, tmp_path: Path, form: str) -> None:
    asking = client(study, tmp_path)
    for thing, _ in study.statements():
        page = asking.get(page_of(thing.iri))
        in_page = _graph(parsed(page.text).island("graph"), "json-ld")
        asked = asking.get(page_of(thing.iri), headers={"accept": FORMS[form].media_type})
        assert asked.headers["content-type"].startswith(FORMS[form].media_type)
        assert _graph(asked.content, RDF[form]) == in_page
        button = asking.get(f"/form?name={form}&{page_of(thing.iri).partition('?')[2]}")
        assert button.content == asked.content
