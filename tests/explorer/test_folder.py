"""Pages from disk: whole, sound, and every link leads somewhere in them."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from explorer.hostile import hostile_run
from explorer.seeing import Page, parsed, sound
from export.published import LAST, RAW, SECRET
from helpers import exported, exported_as
from rdflib import Graph
from store.builders import RUN_A, replace

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.folder import write_folder
from snakemake_heliport.explorer.onefile import write_onefile
from snakemake_heliport.export import Selection
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

# A thing or a box of a graph, which its script finds.
OF_A_GRAPH = re.compile(r"(rule|job|both)[-.]\d+")
EVERYBODY = Selection(audience=Visibility.PUBLIC)


@pytest.fixture(scope="module")
def hostile_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a store whose names try everything; they are large, and written once."""
    folder = tmp_path_factory.mktemp("hostile")
    with Store.open(folder / "store.db") as store:
        replace(store, RUN_A, hostile_run())
        return _written(store, folder / "out")


@pytest.fixture
def study_pages(study: Store, tmp_path: Path) -> Path:
    """The pages of the study."""
    return _written(study, tmp_path / "out")


def _written(store: Store, target: Path, selection: Selection | None = None, workdir: Path | None = None) -> Path:
    write_folder(store, selection or Selection(), target, workdir=workdir, tables=None)
    return target


def _pages(folder: Path) -> dict[Path, Page]:
    return {path: sound(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["study_pages", "hostile_pages"])
def test_every_link_leads_to_something(name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    pages = _pages(folder)
    for path, page in pages.items():
        for link in (*page.links, *page.loaded):
            found = urlsplit(link)
            if found.scheme or not found.path:
                assert not found.path or found.scheme in ("http", "https"), link
                if not found.scheme and found.fragment:
                    assert found.fragment in page.ids or OF_A_GRAPH.fullmatch(found.fragment), (path, link)
                continue
            place = (path.parent / unquote(found.path)).resolve()
            assert place.is_relative_to(folder.resolve()), (path, link)
            assert place.is_file(), (path, link)


def test_names_of_files_are_ours_and_never_data(hostile_pages: Path) -> None:
    for path in hostile_pages.rglob("*"):
        assert path.name.isascii()
        assert not set(path.name) & set("<>\"' &?%")


def test_pages_from_disk_carry_the_policy_and_ask_for_nothing(study: Store, tmp_path: Path) -> None:
    for path, page in _pages(_written(study, tmp_path / "out")).items():
        policies = [
            one.get("content")
            for one in page.tree.iter("{http://www.w3.org/1999/xhtml}meta")
            if one.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1, path
        assert "default-src 'none'" in policies[0]
    assert not (tmp_path / "out/static/live.js").exists()


def test_all_pages_together_tell_the_exported_graph(study: Store, tmp_path: Path) -> None:
    folder = _written(study, tmp_path / "out")
    told = set[tuple[object, ...]]()
    for path in (folder / "objects").iterdir():
        told |= set(Graph().parse(data=parsed(path.read_text()).island("graph"), format="json-ld"))
    assert told == set(Graph().parse(data=exported(study), format="nt"))


def test_twice_is_the_same_bytes(study: Store, tmp_path: Path) -> None:
    first = _bytes(_written(study, tmp_path / "out"))
    assert _bytes(_written(study, tmp_path / "out")) == first
    assert _bytes(_written(study, tmp_path / "other")) == first


def test_a_folder_of_others_is_left_alone(study: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("precious")
    with pytest.raises(HeliportError, match="holds something else"):
        _written(study, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_what_a_person_added_to_the_folder_stays(study: Store, tmp_path: Path) -> None:
    folder = _written(study, tmp_path / "out")
    (folder / "CNAME").write_text("example.org")
    (folder / "objects/old.html").write_text("of an earlier record")
    _written(study, folder)
    assert (folder / "CNAME").read_text() == "example.org"
    assert not (folder / "objects/old.html").exists()


def test_everybody_sees_what_is_public_and_nothing_else(shared: Store, tmp_path: Path) -> None:
    folder = _written(shared, tmp_path / "out", EVERYBODY)
    hidden = [thing for thing, _ in shared.statements() if thing.visibility is not Visibility.PUBLIC]
    everything = b"\n".join(_bytes(folder).values()).decode("utf-8", "replace")
    assert SECRET not in everything
    for thing in hidden:
        if thing.kind != "Content":
            assert thing.iri not in everything, thing.label
    told = set[tuple[object, ...]]()
    for path in (folder / "objects").iterdir():
        told |= set(Graph().parse(data=parsed(path.read_text()).island("graph"), format="json-ld"))
    assert told == set(Graph().parse(data=exported_as(shared, EVERYBODY, "n-triples"), format="nt"))


def test_nothing_public_is_no_folder(study: Store, tmp_path: Path) -> None:
    with pytest.raises(HeliportError, match="nothing of this is public"):
        _written(study, tmp_path / "out", EVERYBODY)
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.glob(".out*")) == []


def test_the_search_knows_every_name(hostile_pages: Path) -> None:
    names = json.loads(parsed((hostile_pages / "search.html").read_text()).island("index"))
    assert len(names) == len([*(hostile_pages / "objects").iterdir()])
    assert all((hostile_pages / address).is_file() for _, _, _, address in names)


def test_one_file_holds_a_run_and_needs_no_other(study: Store, tmp_path: Path) -> None:
    target = tmp_path / "run.html"
    write_onefile(study, Selection([RUN_A]), target, workdir=None, tables=None)
    page = sound(target.read_text())
    assert [place for place in page.loaded if not place.startswith("data:")] == []
    for link in page.links:
        assert urlsplit(link).scheme in ("http", "https") or link.removeprefix("#") in page.ids, link
    told = set(Graph().parse(data=page.island("graph-data"), format="json-ld"))
    assert told == set(Graph().parse(data=exported(study, [RUN_A]), format="nt"))


def test_one_file_of_hostile_names_is_sound(hostile: Store, tmp_path: Path) -> None:
    write_onefile(hostile, Selection([RUN_A]), tmp_path / "run.html", workdir=None, tables=None)
    sound((tmp_path / "run.html").read_text())


def test_what_came_from_what_is_told_although_the_jobs_are_hidden(shared: Store, tmp_path: Path) -> None:
    from snakemake_heliport.explorer.site import key_of

    folder = _written(shared, tmp_path / "out", EVERYBODY)
    assert f"{key_of(RAW)}.html" in (folder / f"objects/{key_of(LAST)}.html").read_text()
