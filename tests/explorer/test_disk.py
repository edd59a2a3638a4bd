"""Files are given out if they are the very bytes that were recorded, inside the working directory."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from explorer.seeing import client, page_of
from store.builders import RUN_A, file, replace, run_itself

from snakemake_heliport.explorer.disk import Disk
from snakemake_heliport.identity import content_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store

CONTENT = b"depth,dose\n1,2\n<b>,3\n"
DIGEST = sha256(CONTENT).hexdigest()


def _recorded(path: str, media: str = "text/csv") -> DigitalObject:
    return DigitalObject(file(path, DIGEST), Kind.FILE, path, attributes={"path": path, "media_type": media})


def _served(tmp_path: Path, *things: DigitalObject):  # type: ignore[no-untyped-def]
    store = Store.open(tmp_path / "store.db")
    content = DigitalObject(content_iri(DIGEST), Kind.CONTENT, "content", attributes={"sha256": DIGEST})
    relations = [Relation(thing.iri, Predicate.SPECIALIZATION_OF, content.iri) for thing in things]
    replace(store, RUN_A, [*run_itself(RUN_A), content, *things, *relations])
    return client(store, tmp_path / "work")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "data/a.csv").write_bytes(CONTENT)
    (tmp_path / "outside.csv").write_bytes(CONTENT)
    return folder


def test_recorded_bytes_are_given_out(tmp_path: Path, work: Path) -> None:
    thing = _recorded("data/a.csv")
    asking = _served(tmp_path, thing)
    answer = asking.get(f"/file?iri={quote(thing.iri)}")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "sandbox" in answer.headers["content-security-policy"]
    page = asking.get(page_of(thing.iri))
    assert "The first 2 rows." in page.text
    assert 'rel="item"' in page.headers["link"]


def test_other_bytes_are_not(tmp_path: Path, work: Path) -> None:
    thing = _recorded("data/a.csv")
    asking = _served(tmp_path, thing)
    (work / "data/a.csv").write_bytes(b"something else\n")
    assert asking.get(f"/file?iri={quote(thing.iri)}").status_code == 410
    page = asking.get(page_of(thing.iri))
    assert "something else" not in page.text
    assert 'rel="item"' not in page.headers["link"]


@pytest.mark.parametrize(
    "path",
    ["../outside.csv", "data/../../outside.csv", "/etc/passwd", "~/x", "link.csv", "linked/outside.csv", "", "a\x00"],
)
def test_nothing_outside_is_given_out(tmp_path: Path, work: Path, path: str) -> None:
    (work / "link.csv").symlink_to(tmp_path / "outside.csv")
    (work / "linked").symlink_to(tmp_path)
    assert Disk(work).place(_recorded(path)) is None
    assert not Disk(work).stands(_recorded(path), DIGEST)
    asking = _served(tmp_path, _recorded(path))
    assert asking.get(f"/file?iri={quote(_recorded(path).iri)}").status_code in (404, 410)


def test_the_absolute_path_of_a_file_inside_is_no_way_in(work: Path) -> None:
    assert Disk(work).place(_recorded(str(work / "data/a.csv"))) is None


def test_our_own_folder_is_not_given_out(work: Path) -> None:
    (work / ".heliport").mkdir()
    (work / ".heliport/a.csv").write_bytes(CONTENT)
    (work / "way-in").symlink_to(work / ".heliport")
    assert Disk(work).place(_recorded(".heliport/a.csv")) is None
    assert Disk(work).place(_recorded("way-in/a.csv")) is None


def test_a_link_inside_that_stays_inside_is_followed(work: Path) -> None:
    (work / "b.csv").symlink_to("data/a.csv")
    assert Disk(work).stands(_recorded("b.csv"), DIGEST)


def test_a_pipe_is_not_waited_for(work: Path) -> None:
    import os

    os.mkfifo(work / "pipe.csv")
    assert not Disk(work).stands(_recorded("pipe.csv"), DIGEST)


@pytest.mark.parametrize("media", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
def test_a_recorded_page_is_never_a_page_of_ours(tmp_path: Path, work: Path, media: str) -> None:
    thing = _recorded("data/a.csv", media)
    answer = _served(tmp_path, thing).get(f"/file?iri={quote(thing.iri)}")
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in ("text/plain", "application/octet-stream", "image/svg+xml")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_secret_in_a_file_is_not_previewed(tmp_path: Path, work: Path) -> None:
    secret = b"token\nghp_" + b"a1B2" * 9 + b"\n"
    (work / "data/s.csv").write_bytes(secret)
    digest = sha256(secret).hexdigest()
    store = Store.open(tmp_path / "store.db")
    thing = DigitalObject(
        file("data/s.csv", digest), Kind.FILE, "s", attributes={"path": "data/s.csv", "media_type": "text/csv"}
    )
    content = DigitalObject(content_iri(digest), Kind.CONTENT, "content", attributes={"sha256": digest})
    replace(store, RUN_A, [thing, content, Relation(thing.iri, Predicate.SPECIALIZATION_OF, content.iri)])
    assert "ghp_" not in client(store, work).get(page_of(thing.iri)).text
