"""Graphs of large stores that are kept on disk for queries: never stale, never another audience's, never in the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from explorer.seeing import client
from store.builders import RUN_A, RUN_B, file, file_itself, run_itself, whole_run, write

from snakemake_heliport.explorer.questions import answering
from snakemake_heliport.explorer.questions.making import Making
from snakemake_heliport.export import Selection, kept, query
from snakemake_heliport.export.query import NotReady, Solutions, ask, make_ready
from snakemake_heliport.model import DigitalObject, Kind, Relation, Visibility
from snakemake_heliport.store import Store

FILES = "SELECT ?file { ?file a smk:FileInstance } ORDER BY ?file"
BY_RUN = "SELECT DISTINCT ?run ?file { GRAPH ?run { ?file a smk:FileInstance } } ORDER BY ?run ?file"
NEW = file("results/new.csv")
# What makes a store large are its journals; a store need not hold what they would say.
LARGE = 2 * kept.LARGE


def record(store: Store, run: str, things: Iterable[DigitalObject | Relation], size: int = LARGE) -> None:
    """Record a run with a large journal."""
    with store.replace_run(
        run, started="2026", state="finished", journal=f"{run[-8:]}.jsonl", journal_size=size, assembly_version=1
    ) as writer:
        write(writer, things)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of a large store of one run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    folder = tmp_path / ".heliport"
    folder.mkdir()
    with Store.open(folder / "store.db") as store:
        record(store, RUN_A, whole_run(RUN_A))
    return folder / "store.db"


@pytest.fixture
def store(path: Path):
    with Store.open(path) as store:
        yield store


@pytest.fixture
def graphs(path: Path) -> Path:
    """The folder that the graphs of the store are kept in."""
    return path.parent / "cache" / "graphs"


def rows(store: Store, text: str = FILES, **named: Any) -> list[tuple[str, ...]]:
    """Return the rows of an answer."""
    found = ask(store, text, **named)
    assert isinstance(found, Solutions)
    return [*found.values()]


def held(graphs: Path) -> list[Path]:
    """Return the graphs that are kept, and what is left of others."""
    return [place for place in graphs.glob("*") if place.is_dir()]


def never(*_: Any, **__: Any) -> None:
    """Stand for what is not to be called."""
    raise AssertionError


@pytest.mark.parametrize("text", [FILES, BY_RUN])
def test_a_large_graph_is_loaded_once(store: Store, graphs: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next queries find it, and are answered as they would be without; nobody else may look into it."""
    monkeypatch.setattr(kept, "LARGE", 10 * LARGE)
    loaded = rows(store, text)
    assert not graphs.exists()

    monkeypatch.setattr(kept, "LARGE", LARGE)
    first = rows(store, text)
    monkeypatch.setattr(kept, "load", never)
    monkeypatch.setattr(query, "load", never)

    assert loaded
    assert loaded == first == rows(store, text)
    assert [place.stat().st_mode & 0o777 for place in (graphs, *held(graphs))] == [0o700, 0o700]


def test_what_changes_is_never_answered_from_before(store: Store, graphs: Path) -> None:
    """A new run, another word about an old one, and an assigned identifier are all found; one graph is kept."""
    visible = "SELECT ?label { ?file a smk:FileInstance ; smk:visibility ?label }"
    private = Selection(audience=Visibility.PRIVATE)
    before, visibility = rows(store), rows(store, visible, selection=private)

    record(store, RUN_B, file_itself("results/new.csv"))
    assert rows(store) == sorted([*before, (NEW,)])

    published = [
        DigitalObject(**{**_fields(thing), "visibility": Visibility.PUBLIC})
        if isinstance(thing, DigitalObject) and thing.kind is Kind.FILE
        else thing
        for thing in whole_run(RUN_A)
    ]
    assert rows(store, selection=Selection(audience=Visibility.PUBLIC)) == []
    record(store, RUN_A, published, LARGE + 1)
    assert rows(store, visible) != visibility
    assert rows(store, selection=Selection(audience=Visibility.PUBLIC)) == before

    assigned = "ASK { ?file ?identifier ?of FILTER(CONTAINS(STR(?of), '10.1234/new')) }"
    assert ask(store, assigned) is False
    store.assign_identifiers("server", [(NEW, "doi:10.1234/new")])
    assert ask(store, assigned) is True
    # One for each audience.
    assert len(held(graphs)) == 2


def _fields(thing: DigitalObject) -> dict[str, Any]:
    names = ("iri", "kind", "label", "description", "attributes", "visibility", "identifiers")
    return {name: getattr(thing, name) for name in names}


def test_another_audience_has_a_graph_of_its_own(store: Store) -> None:
    """What is private is not found by others, whoever asked before."""
    everything = rows(store)
    for _ in range(2):
        assert rows(store, selection=Selection(audience=Visibility.PUBLIC)) == []
        assert rows(store) == everything != []


def test_other_words_have_a_graph_of_their_own(store: Store) -> None:
    """A query by other terms is not answered in the usual ones."""
    base = "https://example.org/terms#"
    ours = f"ASK {{ ?file a <{base}FileInstance> }}"
    for _ in range(2):
        assert ask(store, ours) is False
        assert ask(store, ours, Selection(base=base)) is True


def test_few_graphs_are_kept(store: Store, graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those asked last; what somebody else keeps there is not touched."""
    monkeypatch.setattr(kept, "MOST", 2)
    for audience in Visibility:
        rows(store, selection=Selection(audience=audience))
    assert len(held(graphs)) == 2


def test_a_run_that_waits_to_be_read_again_is_not_kept(store: Store, graphs: Path) -> None:
    """It may come to say more, and no stamp would tell."""
    record(store, RUN_B, [*run_itself(RUN_B), *file_itself("results/new.csv")], -1)
    assert (NEW,) in rows(store)
    assert not graphs.exists()


def test_a_change_while_a_graph_is_made_is_not_missed(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made of the state before is found by nobody."""
    load = kept.load

    def slowly(*arguments: Any, **named: Any) -> None:
        load(*arguments, **named)
        with Store.open(path) as other:
            record(other, RUN_B, file_itself("results/new.csv"))

    monkeypatch.setattr(kept, "load", slowly)
    before = rows(store)
    monkeypatch.setattr(kept, "load", load)
    assert rows(store) == sorted([*before, (NEW,)])


ASK = """
import sys
from snakemake_heliport.export import kept
from snakemake_heliport.export.query import ask
from snakemake_heliport.store import Store
{first}
with Store.open(sys.argv[1], readonly=True) as store:
    print(len(ask(store, {query!r}).rows))
"""
KILLED = """
import os, signal
def load(graph, *_, **__):
    graph.bulk_load(b"<a:b> <a:c> <a:d> .", kept.pyoxigraph.RdfFormat.N_TRIPLES)
    os.kill(os.getpid(), signal.SIGKILL)
kept.load = load
"""
FULL = """
import resource
load = kept.load
def limited(*arguments, **named):
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    load(*arguments, **named)
kept.load = limited
"""


def asking(path: Path, first: str = "") -> "subprocess.Popen[str]":
    """Start a process that asks."""
    code = ASK.format(first=first, query=FILES)
    return subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once(path: Path, graphs: Path, store: Store) -> None:
    """Both are answered, and one graph is made."""
    both = [asking(path), asking(path)]
    told = [one.communicate()[0].strip() for one in both]
    assert told == [str(len(rows(store)))] * 2
    assert len(held(graphs)) == 1


def test_killed_while_a_graph_is_made(path: Path, graphs: Path, store: Store) -> None:
    """What was left half done is asked by nobody, and removed."""
    killed = asking(path, KILLED)
    assert (killed.communicate()[0], killed.returncode) == ("", -signal.SIGKILL)
    assert [place.suffix for place in held(graphs)] == [kept.UNFINISHED]

    assert rows(store)
    assert [place.suffix for place in held(graphs)] == [""]


def test_a_disk_that_is_full(path: Path, graphs: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query is answered, and nothing is left of the try; a disk that is almost full is not filled."""
    full = asking(path, FULL)
    assert (full.communicate()[0].strip(), full.returncode) == (str(len(rows(store))), 0)
    kept.shutil.rmtree(graphs)

    monkeypatch.setattr(kept, "ROOM", 10**12)
    assert rows(store)
    assert held(graphs) == []


def test_a_store_that_is_no_folder_of_ours(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database on a server, as a file elsewhere, has its graph in the user's cache, and it is as fresh."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    with Store.open(database) as store:
        record(store, RUN_A, whole_run(RUN_A))
        before = rows(store)
        assert before == rows(store)
        record(store, RUN_B, file_itself("results/new.csv"))
        assert rows(store) == sorted([*before, (NEW,)])
    assert len(held(tmp_path / "user" / "snakemake-heliport" / "graphs")) == 1


@pytest.mark.parametrize("user_too", [False, True])
def test_a_folder_that_cannot_be_written(path: Path, store: Store, tmp_path: Path, user_too: bool) -> None:
    """Then the graph is kept in the user's cache, or, if that cannot be either, not at all."""
    (path.parent / "cache").write_text("no folder")
    if user_too:
        (tmp_path / "user").write_text("no folder")
    assert rows(store) == rows(store) != []
    assert user_too or len(held(tmp_path / "user" / "snakemake-heliport" / "graphs")) == 1


def test_a_graph_that_is_broken_is_thrown_away(store: Store, graphs: Path) -> None:
    """The query is answered all the same, and the next one from a new graph."""
    before = rows(store)
    for broken in ("truncated", "emptied"):
        place = held(graphs)[0]
        for part in place.iterdir():
            os.truncate(part, 100) if broken == "truncated" else part.unlink()
        assert rows(store) == before
        assert held(graphs) == []
        assert rows(store) == before


def test_what_looks_like_a_secret_is_not_kept(store: Store, graphs: Path) -> None:
    """It stops the query, as it stops an export, and nothing of it is left."""
    from snakemake_heliport.export.guard import SecretFound

    secret = "ghp_" + "a1B2" * 9
    record(store, RUN_B, [DigitalObject(NEW, Kind.FILE, "new", attributes={"path": f"data/{secret}"})])
    with pytest.raises(SecretFound):
        rows(store)
    assert held(graphs) == []


def test_who_does_not_wait(store: Store) -> None:
    """It is told that the graph is to be made, until it is."""
    with pytest.raises(NotReady):
        ask(store, FILES, patient=False)
    assert make_ready(store, FILES, Selection())
    assert rows(store, patient=False)


def test_the_page_waits_for_the_graph(store: Store, path: Path) -> None:
    """It is made by a process of its own, and the query is answered from it."""
    page = client(store, path.parent.parent).get(f"/query?{urlencode({'sparql': FILES, 'form': 'csv'})}")
    assert page.status_code == 200
    assert len(page.text.splitlines()) == 1 + len(rows(store, patient=False))


def test_the_page_says_what_takes_so_long(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that is not ready in time is made all the same."""
    monkeypatch.setattr(Making, "wait", lambda *_: False)
    page = client(store, path.parent.parent).get(f"/query?{urlencode({'sparql': FILES})}")
    assert (page.status_code, page.headers["retry-after"]) == (503, "60")
    assert answering.NOT_READY in page.text
