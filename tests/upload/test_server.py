"""Objects, relations and attributes at servers of several contracts, read back as others see them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from servers import HeliportServer, fault_proxy, heliport_server
from upload.local_server import Asked, Reply, serving

from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.upload.contract import load_contract, merged
from snakemake_heliport.upload.credentials import Token
from snakemake_heliport.upload.errors import Rejected, Unauthorized, UnclearOutcome, UploadError
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.things import Link, Remote, Thing

PROV = "http://www.w3.org/ns/prov#"
USED, MADE = f"{PROV}used", f"{PROV}wasGeneratedBy"
SMK = "https://w3id.org/snakemake-heliport/terms#"
# The stand-in's contract as a person would write it down; `test_probe.py` learns it instead.
STAND_IN: dict[str, Any] = {
    "objects": {"bulk": 1000},
    "identifiers": {"style": "objects", "field": "identifiers"},
    "relations": {
        "style": "separate",
        "path": "/api/digital-object-relations/",
        "predicate_iri": "predicate_iri",
        "filter": "subject",
        "several": True,
        "bulk": 1000,
    },
    "attributes": {
        "style": "separate",
        "path": "/api/digital-object-attributes/",
        "visibility": "is_public",
        "filter": "subject",
        "several": True,
        "bulk": 1000,
    },
    "graphs": {"path": "/api/object-graphs/", "members": "nodes", "id": None},
    "sources": {"path": "/api/data-sources/"},
    "attachments": {"path": "/api/digital-objects/complete/{id}/attachments/"},
    "lookup": {"parameter": "identifier", "several": True, "project": "project"},
    "paging": {"size_parameter": "page_size", "size": 1000},
}
NO_BULK = {"objects": {"bulk": 0}, "relations": {"bulk": 0}, "attributes": {"bulk": 0}}


def thing(name: str, **values: Any) -> Thing:
    """Return a file."""
    return Thing(**{"iri": f"urn:x:{name}", "kind": Kind.FILE, "label": name, **values})


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeliportServer]:
    """A stand-in for HELIPORT."""
    with heliport_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def at(stand_in: HeliportServer, *overrides: dict[str, Any], url: str | None = None, **options: Any) -> Server:
    """Return the stand-in as its contract says, with something else laid over it."""
    content = load_contract(_together(STAND_IN, *overrides))
    client = Client(url or stand_in.url, token=Token(stand_in.token, "the test"), backoff=0.02, **options)
    return Server(client, content, str(stand_in.project))


def _together(*contents: dict[str, Any]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for content in contents:
        together = merged(together, content)
    return together


@pytest.fixture(params=["bulk", "one by one"])
def server(stand_in: HeliportServer, request: pytest.FixtureRequest) -> Server:
    """The stand-in, spoken to in lists and without."""
    return at(stand_in, NO_BULK if request.param == "one by one" else {})


def held(stand_in: HeliportServer, remote: Remote) -> dict[str, Any]:
    """Return an object as the server holds it."""
    (found,) = (row for row in stand_in.held().objects if str(row["digital_object_id"]) == remote.id)
    return found


def test_objects_are_created_in_order(stand_in: HeliportServer, server: Server) -> None:
    """Each gets an id, a landing page and a handle; what was sent is there."""
    things = [
        thing("a", description="why", identifiers=("doi:10.1/x",), visibility=Visibility.PUBLIC),
        thing("b"),
        thing("c", kind=Kind.DATA_SOURCE, uri="sftp://host/data"),
        thing("d", kind=Kind.RUN),
    ]

    made = server.create(things)

    first, source = held(stand_in, made[0]), held(stand_in, made[2])
    assert [held(stand_in, remote)["label"] for remote in made] == ["a", "b", "c", "d"]
    assert (first["category"], first["description"], first["projects"]) == ("File", "why", [stand_in.project])
    assert {"scheme": "doi", "identifier": "10.1/x"}.items() <= first["identifiers"][1].items()
    assert first["label_is_public"] is first["description_is_public"] is True
    assert first["members_is_public"] is held(stand_in, made[1])["label_is_public"] is False
    assert all(remote.identifiers[0].startswith("hdl:20.500.12865/") for remote in made)
    assert made[0].url == f"{stand_in.url}/object/{made[0].id}/"
    assert server.landing_page(made[0]) == made[0].url
    assert source["category"] == "DataSource"
    assert ("sftp://host/data", "ssh") in [(row["uri"], row["protocol"]) for row in stand_in.held().sources]


def test_objects_are_found_by_what_we_call_them(server: Server) -> None:
    """All that answer, the oldest first; deleted ones and unknown ones do not."""
    name = f"found {id(server)}"
    first, second, third = (server.create([thing(name)])[0] for _ in range(3))
    server.delete(second.id)
    server.delete(second.id)

    found = server.find([f"urn:x:{name}", "urn:x:nobody"])

    assert [remote.id for remote in found[f"urn:x:{name}"]] == [first.id, third.id]
    assert found["urn:x:nobody"] == []


@pytest.mark.parametrize(
    "lookup",
    [
        {"parameter": None},
        {"parameter": None, "project": None},
        {"several": False},
        {"parameter": "no_such_parameter"},
        {"parameter": "no_such_parameter", "several": False},
    ],
    ids=str,
)
def test_lookups_of_any_sort_find_the_same(stand_in: HeliportServer, lookup: dict[str, Any]) -> None:
    """Also where the server knows no such parameter, and answers with everything; also over several pages."""
    made = at(stand_in).create([thing(f"lookup {number}") for number in range(5)])
    server = at(stand_in, {"lookup": lookup, "paging": {"size": 2}})

    found = server.find([f"urn:x:lookup {number}" for number in range(6)])

    assert [remote.id for remote in found["urn:x:lookup 4"]][-1:] == [made[4].id]
    assert found["urn:x:lookup 5"] == []


def test_many_are_looked_up_in_few_requests(stand_in: HeliportServer, tmp_path: Path) -> None:
    """As many at once as fit into an address."""
    at(stand_in).create([thing(f"more {number}") for number in range(30)])
    with fault_proxy(stand_in.url, tmp_path) as proxy:
        at(stand_in, {"paging": {"size": 5}}, url=proxy.url).find([f"urn:uuid:{number:036}" for number in range(300)])

        asked = proxy.seen()

    assert 5 <= len(asked) <= 12
    assert max(len(request["path"]) for request in asked) < 4000


@pytest.mark.parametrize("several", [True, False])
def test_all_are_read_where_that_is_less(tmp_path: Path, several: bool) -> None:
    """Of a project with few objects, all are read; of one with many, a few are asked for."""
    with heliport_server(tmp_path) as running, fault_proxy(running.url, tmp_path) as proxy:
        overrides = {"lookup": {"several": several}, "paging": {"size": 10}}
        at(running).create([thing(f"many {number}") for number in range(90)])
        server = at(running, overrides, url=proxy.url)

        few = server.find([f"urn:x:many {number}" for number in range(10)])
        first = len(proxy.seen())
        many = server.find([f"urn:x:many {number}" for number in range(500)])

    assert all(len(remotes) == 1 for remotes in few.values())
    assert sum(len(remotes) for remotes in many.values()) == 90
    assert first <= 17
    assert len(proxy.seen()) - first <= 16


def test_an_update_changes_what_is_ours(stand_in: HeliportServer, server: Server) -> None:
    """Fields that differ are written; the handle, and identifiers that others added, stay."""
    (made,) = server.create([thing("update", identifiers=("doi:10.1/a",))])
    with stand_in.session() as session:
        path = f"{stand_in.url}/api/digital-objects/complete/{made.id}/"
        kept = [{k: row[k] for k in ("scheme", "identifier")} for row in held(stand_in, made)["identifiers"]]
        others = [row for row in kept if row["scheme"] != "handle"] + [{"scheme": "ark", "identifier": "ark:/1/2"}]
        session.patch(path, json={"identifiers": others, "permission": "theirs"}).raise_for_status()

    again = server.update(made.id, thing("renamed", iri="urn:x:update", identifiers=("doi:10.1/b",)))

    row = held(stand_in, made)
    names = {one["identifier"] for one in row["identifiers"]}
    assert again.id == made.id
    assert (row["label"], row["permission"]) == ("renamed", "theirs")
    assert {"urn:x:update", "10.1/a", "10.1/b", "ark:/1/2"} < names
    assert len(names) == 5


def test_an_update_of_nothing_sends_nothing(stand_in: HeliportServer, tmp_path: Path) -> None:
    """What is already as it should be is read, and not written."""
    (made,) = at(stand_in).create([thing("same", identifiers=("doi:10.1/s",))])
    with fault_proxy(stand_in.url, tmp_path) as proxy:
        at(stand_in, url=proxy.url).update(made.id, thing("same", identifiers=("doi:10.1/s",)))

        assert [request["method"] for request in proxy.seen()] == ["GET"]


def test_relations_are_made_read_and_deleted(stand_in: HeliportServer, server: Server) -> None:
    """Rows of their own, with their ids; a second deletion is none."""
    a, b, c = server.create([thing(name) for name in "abc"])
    rows = [(Link("", USED, "", Visibility.PUBLIC), a.id, b.id), (Link("", f"{SMK}inGroup", ""), a.id, c.id)]

    ids = server.link(rows)

    assert server.links_at([a.id, b.id]) == {(a.id, USED, b.id): ids[0], (a.id, f"{SMK}inGroup", c.id): ids[1]}
    assert (int(a.id), USED, int(b.id)) in stand_in.held().relations
    assert ids[1] is not None
    server.unlink(ids[1])
    server.unlink(ids[1])
    assert server.links_at([a.id]) == {(a.id, USED, b.id): ids[0]}


@pytest.mark.parametrize("filtered", [{"filter": None}, {"filter": "nobody_knows"}, {"several": False}], ids=str)
def test_relations_are_read_in_any_way(stand_in: HeliportServer, filtered: dict[str, Any]) -> None:
    """With a filter, without one, and with one that the server ignores."""
    server = at(stand_in, {"relations": filtered, "paging": {"size": 3}})
    a, b = server.create([thing("a"), thing("b")])
    server.link([(Link("", USED, ""), a.id, b.id), (Link("", MADE, ""), b.id, a.id)])

    assert set(server.links_at([a.id, b.id])) == {(a.id, USED, b.id), (b.id, MADE, a.id)}


def test_attributes_said_twice_are_said_once(stand_in: HeliportServer, server: Server) -> None:
    """New ones are added, others changed, and those that are gone removed; what others said stays."""
    values: dict[str, Any] = {f"{PROV}value": 1, f"{SMK}list": ["a", 2], f"{SMK}gone": True, f"{SMK}nan": float("nan")}
    (made,) = server.create([thing("attributes")])
    described = thing("attributes", attributes=values)
    server.set_attributes(made.id, described)
    server.set_attributes(made.id, described)
    with stand_in.session() as session:
        row = {"subject": int(made.id), "property": "theirs", "value": 1}
        session.post(f"{stand_in.url}/api/digital-object-attributes/", json=row).raise_for_status()

    server.set_attributes(made.id, replace(described, attributes={f"{PROV}value": 2}), gone=[f"{SMK}gone"])

    told = sorted(row[1:] for row in stand_in.held().attributes if row[0] == int(made.id))
    assert told == sorted([(f"{PROV}value", "2"), (f"{SMK}list", '["a", 2]'), (f"{SMK}nan", '"nan"'), ("theirs", "1")])


def test_a_graph_holds_its_members(stand_in: HeliportServer, server: Server) -> None:
    """It is created with its members, and written anew with others."""
    a, b = server.create([thing("a"), thing("b")])
    picture = thing("graph", iri=f"urn:x:graph-{a.id}")

    made = server.graph(picture, [a.id, b.id])
    again = server.graph(replace(picture, label="smaller"), [b.id], made.id)

    (row,) = (row for row in stand_in.held().graphs if row["label"] == "smaller" and row["nodes"] == [int(b.id)])
    assert again.id == made.id
    assert made.id == held(stand_in, made)["@id"].rstrip("/").rpartition("/")[2]
    assert row["category"] == "File"


def test_files_are_attached(stand_in: HeliportServer, server: Server) -> None:
    """The bytes that were given are the bytes that are there."""
    (made,) = server.create([thing("with a file")])

    server.attach(made.id, "card.md", io.BytesIO(b"# Card"), "text/markdown")

    with stand_in.session() as session:
        path = f"{stand_in.url}/api/digital-objects/complete/{made.id}/attachments/"
        (row,) = session.get(path).json()
        assert (row["name"], row["media_type"]) == ("card.md", "text/markdown")
        assert session.get(f"{path}{row['attachment_id']}/").content == b"# Card"


def test_what_came_before_a_failure_is_told(stand_in: HeliportServer, tmp_path: Path) -> None:
    """The error has what was created before it, in order; what was unclear may be there."""
    with fault_proxy(stand_in.url, tmp_path, {"fault": "reset-after", "method": "POST", "nth": 3}) as proxy:
        server = at(stand_in, NO_BULK, url=proxy.url)
        things = [thing(f"broken {number}") for number in range(5)]

        with pytest.raises(UnclearOutcome) as raised:
            server.create(things)

        found = server.find([one.iri for one in things])
    assert [remote.id for remote in raised.value.done] == [found[one.iri][0].id for one in things[:2]]
    assert [len(remotes) for remotes in found.values()] == [1, 1, 1, 0, 0]


def test_relations_before_a_failure_are_told(stand_in: HeliportServer, tmp_path: Path) -> None:
    """Of lists, those that went through before."""
    a, b = at(stand_in).create([thing("a"), thing("b")])
    rows = [(Link("", USED, ""), a.id, b.id)] * 5
    rule = {"fault": "400", "method": "POST", "nth": 3}
    with fault_proxy(stand_in.url, tmp_path, rule) as proxy, pytest.raises(UploadError) as raised:
        at(stand_in, {"relations": {"bulk": 2}}, url=proxy.url).link(rows)

    assert len(raised.value.done) == 4


def test_a_list_that_is_too_long_is_halved(stand_in: HeliportServer) -> None:
    """A server that takes fewer than it said."""
    made = at(stand_in, {"objects": {"bulk": 5000}}).create([thing(f"halved {number}") for number in range(1500)])

    assert len({remote.id for remote in made}) == 1500


def test_permission_errors_name_the_project(stand_in: HeliportServer) -> None:
    """Who may not write there reads where that is."""
    server = at(stand_in)
    server = Server(server.client, server.contract, str(stand_in.foreign_project))

    with pytest.raises(Unauthorized, match=f"the owner of project {stand_in.foreign_project} for the permission"):
        server.create([thing("foreign")])


@dataclass
class Shelf:
    """A server that keeps objects as they are sent, by ids that it makes or takes."""

    base: str = "/things"

    def __post_init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, int] = {}
        self.before_write: list[Any] = []

    def answer(self, asked: Asked) -> Reply:
        """Create, read, write or list."""
        key = asked.path.removeprefix(self.base).strip("/")
        if not key:
            if asked.method == "POST":
                key = f"t{len(self.held)}"
                self.held[key] = {"id": key, **asked.json}
                return Reply(201, self.held[key])
            return Reply(200, list(self.held.values()))
        if asked.method == "PUT" and key not in self.held:
            self.held[key] = {}
        if key not in self.held:
            return Reply(404, {"detail": "Not found."})
        if asked.method in ("PUT", "PATCH"):
            if self.before_write:
                self.before_write.pop(0)()
            if asked.headers.get("If-Match") not in (None, f'"{self.tags.get(key, 0)}"'):
                return Reply(412, {"detail": "Changed meanwhile."})
            old = {} if asked.method == "PUT" else self.held[key]
            self.write(key, {**old, **asked.json})
        return Reply(200, self.held[key], {"ETag": f'"{self.tags.get(key, 0)}"'})

    def write(self, key: str, value: dict[str, Any]) -> None:
        """Keep an object."""
        self.held[key] = value
        self.tags[key] = self.tags.get(key, 0) + 1


OTHER: dict[str, Any] = {
    "objects": {"path": "/things", "item": "/things/{id}"},
    "ids": ["id"],
    "fields": {"label": "title", "description": "summary", "kind": "kind", "project": None},
    "visibility": {"style": "value", "field": "open", "values": {"private": False, "project": False, "public": True}},
    "identifiers": {"style": "strings", "field": "sameAs"},
    "references": {"style": "mapping", "key": "id"},
    "attributes": {"style": "mapping", "field": "facts", "names": "curie"},
}
NESTED = {
    "style": "nested",
    "field": "links",
    "predicate": "rel",
    "object": "target",
    "visibility": None,
    "names": "local",
}
PROPERTY = {"style": "property", "names": "curie"}


def other(url: str, *overrides: dict[str, Any]) -> Server:
    """Return a server of that contract."""
    return Server(Client(url, backoff=0.01), load_contract(_together(OTHER, *overrides)))


def test_a_thing_in_other_words() -> None:
    """Field names, one value for visibility, identifiers as texts, attributes as one mapping."""
    sent = other("http://x.org", {"kinds": {"File": 3}, "longest": {"label": 4}}).payload(
        thing("a long label", visibility=Visibility.PUBLIC, identifiers=("doi:10.1/x",), attributes={USED: {"a": 1}})
    )

    assert sent == {
        "title": "a l…",
        "summary": "",
        "kind": 3,
        "open": True,
        "sameAs": ["urn:x:a long label", "doi:10.1/x"],
        "facts": {"prov:used": {"a": 1}},
    }


@pytest.mark.parametrize("style", [NESTED, PROPERTY], ids=["nested", "property"])
def test_relations_inside_their_subjects(style: dict[str, Any]) -> None:
    """They are added beside those that others wrote there, read back, and removed."""
    shelf = Shelf()
    with serving(shelf.answer) as running:
        server = other(running.url, {"relations": style})
        a, b, c = server.create([thing(name) for name in "abc"])
        theirs = {"links": [{"rel": "likes", "target": {"id": "t9"}}], "ex:likes": [{"id": "t9"}]}
        shelf.held[a.id] |= theirs
        rows = [(Link("", USED, ""), a.id, b.id), (Link("", MADE, ""), a.id, c.id)]

        server.set_links(a.id, rows)
        server.set_links(a.id, rows)
        found = server.links_at([a.id])
        server.set_links(a.id, rows[:1], gone=[(MADE, c.id)])

    assert {(a.id, USED, b.id), (a.id, MADE, c.id)} < set(found)
    assert len(found) == 3
    written = shelf.held[a.id]
    if style is NESTED:
        assert written["links"] == [*theirs["links"], {"rel": "used", "target": {"id": b.id}}]
    else:
        assert (written["prov:used"], written["prov:wasGeneratedBy"]) == ([{"id": b.id}], [])
        assert written["ex:likes"] == theirs["ex:likes"]


def test_what_others_write_meanwhile_is_not_lost() -> None:
    """Where the server has versions, an object that changed between reading and writing is read again."""
    shelf = Shelf()
    with serving(shelf.answer) as running:
        server = other(running.url, {"relations": NESTED})
        a, b = server.create([thing("a"), thing("b")])
        entry = {"rel": "used", "target": {"id": "t9"}}
        shelf.before_write.append(lambda: shelf.write(a.id, {**shelf.held[a.id], "links": [entry]}))

        server.set_links(a.id, [(Link("", MADE, ""), a.id, b.id)])

    assert [link["rel"] for link in shelf.held[a.id]["links"]] == ["used", "wasGeneratedBy"]


def test_a_server_that_takes_whole_objects_only() -> None:
    """PUT sends what was read, changed: nothing that others wrote is lost."""
    shelf = Shelf()
    with serving(shelf.answer) as running:
        server = other(running.url, {"relations": NESTED, "objects": {"update": "PUT"}})
        (a,) = server.create([thing("a")])
        shelf.held[a.id]["theirs"] = 1
        server.set_links(a.id, [(Link("", USED, ""), a.id, a.id)])
        server.update(a.id, thing("b", iri="urn:x:a"))

    assert shelf.held[a.id]["theirs"] == 1
    assert len(shelf.held[a.id]["links"]) == 1
    assert shelf.held[a.id]["title"] == "b"


def test_a_server_where_we_choose_the_ids() -> None:
    """Objects are put where their IRI says; doing so twice makes one."""
    shelf = Shelf()
    with serving(shelf.answer) as running:
        fields = {"iri": "id"}
        server = other(running.url, {"objects": {"create": "PUT"}, "fields": fields, "identifiers": {"style": "none"}})
        (first,) = server.create([thing("a")])
        (again,) = server.create([thing("a")])
        found = server.find(["urn:x:a", "urn:x:b"])

    assert first.id == again.id == "urn:x:a"
    assert list(shelf.held) == ["urn%3Ax%3Aa"]
    assert [len(found["urn:x:a"]), len(found["urn:x:b"])] == [1, 0]


@pytest.mark.parametrize(
    "cut",
    ["link", "absolute", "relative", "wrong host", "cursor", "page", "offset", "hydra", "inside"],
)
def test_lists_are_read_to_their_end(cut: str) -> None:
    """In whatever way pages follow each other."""
    rows = [{"id": number, "sameAs": [f"urn:x:{number}"]} for number in range(7)]

    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("start", asked.query.get("cursor", ["0"]))[0])
        if cut == "page":
            start = 3 * (int(asked.query.get("page", ["1"])[0]) - 1)
            return Reply(200, rows[start : start + 3]) if start < 9 else Reply(404, {"detail": "Invalid page."})
        page, more = rows[start : start + 3], start + 3 < len(rows)
        address = f"/things?start={start + 3}"
        match cut:
            case "link":
                return Reply(200, page, {"Link": f'</first>; rel="first", <{address}>; rel="next"'} if more else {})
            case "absolute":
                return Reply(
                    200, {"results": page, "next": f"http://{asked.headers['Host']}{address}" if more else None}
                )
            case "relative":
                return Reply(200, {"items": page, "next": f"?start={start + 3}" if more else ""})
            case "wrong host":
                return Reply(200, {"results": page, "next": f"https://internal{address}" if more else None})
            case "offset":
                offset, limit = (int(asked.query.get(name, ["0"])[0]) for name in ("offset", "limit"))
                return Reply(200, {"items": rows[offset : offset + limit], "total": len(rows)})
            case "cursor":
                return Reply(200, {"data": page, "next_cursor": str(start + 3) if more else None})
            case "hydra":
                view = {"hydra:next": address} if more else {}
                return Reply(200, {"hydra:member": page, "hydra:view": view, "@context": {}})
            case _:
                return Reply(200, {"things": page, "links": {"next": {"href": address} if more else None}})

    with serving(answer) as running:
        style = {"style": cut if cut in ("page", "offset") else "auto"}
        sizes = {"size_parameter": "limit", "size": 3} if cut == "offset" else {}
        server = other(running.url, {"paging": {**style, **sizes}})
        found = server.find([f"urn:x:{number}" for number in range(8)])

    assert [[remote.id for remote in remotes] for remotes in found.values()] == [[str(n)] for n in range(7)] + [[]]


def test_pages_in_circles_end() -> None:
    """A server whose next page is the same again."""
    with serving(lambda _: Reply(200, {"results": [{"id": 1}], "next": "/things"})) as running:
        assert other(running.url).find(["urn:x:1"]) == {"urn:x:1": []}


def test_records_that_say_little() -> None:
    """Missing keys, an extra context, ids as numbers or addresses, deleted ones, the oldest first."""
    rows = [
        {"@context": {}, "id": 12, "sameAs": ["urn:x:1"], "made": "2024-01-02"},
        {"id": 9, "sameAs": ["urn:x:1"], "made": "2024-01-03"},
        {"id": "http://x.org/things/3", "sameAs": ["urn:x:1", "urn:x:2"], "made": "2024-01-01"},
        {"id": 4, "sameAs": None},
        {"id": 5},
        {"id": 6, "sameAs": ["urn:x:1"], "gone": "2024-02-01"},
        {"id": 7, "sameAs": "urn:x:2", "gone": None},
        {"sameAs": ["urn:x:1"]},
        "strange",
    ]
    with serving(lambda _: Reply(200, {"@context": [], "items": rows})) as running:
        server = other(running.url, {"fields": {"created": "made", "deleted": "gone"}})
        found = server.find(["urn:x:1", "urn:x:2"])

    assert [remote.id for remote in found["urn:x:1"]] == ["http://x.org/things/3", "12", "9"]
    assert [remote.id for remote in found["urn:x:2"]] == ["7", "http://x.org/things/3"]


def test_an_answer_of_another_length_is_unclear() -> None:
    """Fewer objects than were sent: it is not known which are there."""
    with serving(lambda _: Reply(201, [{"id": 1}])) as running, pytest.raises(UnclearOutcome, match="1 of 2"):
        other(running.url, {"objects": {"bulk": 10}}).create([thing("a"), thing("b")])


def test_an_answer_without_an_id_is_told() -> None:
    """The keys that there are, so that the contract can be mended."""
    reply = Reply(201, {"nr": 1, "title": "a"})
    with serving(lambda _: reply) as running, pytest.raises(Rejected, match="it names no id; it has: nr, title"):
        other(running.url).create([thing("a")])


def test_predicates_that_are_objects() -> None:
    """Found by their IRI or made, once; and told by their IRI, also by who has not made them."""
    things, edges = Shelf(), Shelf("/edges")
    style = {"style": "separate", "path": "/edges/", "names": "object", "visibility": None, "ids": ["id"]}
    contract = {"relations": style, "references": {"style": "id"}}

    def answer(asked: Asked) -> Reply:
        return (edges if asked.path.startswith("/edges") else things).answer(asked)

    with serving(answer) as running:
        server = other(running.url, contract)
        a, b = server.create([thing("a"), thing("b")])
        server.link([(Link("", USED, ""), a.id, b.id), (Link("", USED, ""), b.id, a.id)])
        other(running.url, contract).link([(Link("", USED, ""), b.id, b.id)])
        found = other(running.url, contract).links_at([a.id, b.id])

    assert set(found) == {(a.id, USED, b.id), (b.id, USED, a.id), (b.id, USED, b.id)}
    assert [row["kind"] for row in things.held.values()] == ["File", "File", "Property"]
    assert {row["predicate"] for row in edges.held.values()} == {"t2"}


def test_identifiers_in_a_resource_of_their_own() -> None:
    """They are created after the object, and lead back to it."""
    objects, rows = Shelf(), []

    def answer(asked: Asked) -> Reply:
        if asked.path != "/ids/":
            return objects.answer(asked)
        if asked.method == "POST":
            rows.append(asked.json)
            return Reply(201, {"id": len(rows), **asked.json})
        wanted = asked.query.get("identifier")
        return Reply(200, [row for row in rows if not wanted or row["identifier"] in wanted])

    style = {"style": "separate", "path": "/ids/", "object": "thing", "field": None}
    with serving(answer) as running:
        server = other(running.url, {"identifiers": style, "lookup": {"parameter": "identifier"}})
        (made,) = server.create([thing("a", identifiers=("doi:10.1/x",))])
        found = server.find(["urn:x:a", "urn:x:b"])

    assert [row["identifier"] for row in rows] == ["urn:x:a", "10.1/x"]
    assert [remote.id for remote in found["urn:x:a"]] == [made.id]
    assert found["urn:x:b"] == []
