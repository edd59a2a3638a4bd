"""The programs that upload is tested against do what they promise: two servers, and a proxy that injects faults."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests
from servers import (
    ATTRIBUTES,
    GRAPHS,
    OBJECTS,
    RELATIONS,
    SOURCES,
    fault_proxy,
    heliport_server,
    numbered_pages,
    other_server,
)

USED = "http://www.w3.org/ns/prov#used"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A stand-in for HELIPORT that the tests of this file share: each looks for what it made."""
    with heliport_server(tmp_path_factory.mktemp("heliport")) as running:
        yield running


@pytest.fixture
def session(server):
    """Somebody who is logged in."""
    with server.session() as logged_in:
        yield logged_in


@pytest.fixture(params=["nested", "property"])
def other(request, tmp_path):
    """A server of another contract, in both styles."""
    with other_server(tmp_path, "--style", request.param) as running:
        running.style = request.param
        yield running


def thing(server, label="thing", **fields):
    """Return an object of the project as JSON."""
    return {"label": label, "projects": [server.project], **fields}


def named(name):
    """Return a list of one identifier."""
    return [{"scheme": "iri", "identifier": name}]


def make(session, server, path=OBJECTS, **fields):
    """Post one object; return the answer's JSON."""
    answer = session.post(server.url + path, json=thing(server, **fields))
    assert answer.status_code == 201, answer.text
    return answer.json()


def read(url, **options):
    """Read without login."""
    return requests.get(url, timeout=10, **options)


# HELIPORT's stand-in: rights


def test_whoever_is_not_logged_in_writes_nothing(server):
    answer = requests.post(server.url + OBJECTS, json=thing(server), timeout=10)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


def test_a_wrong_token_is_refused(server):
    answer = read(server.url + OBJECTS, headers={"Authorization": "Token wrong"})

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Invalid token."}


def test_a_token_expires(tmp_path):
    with heliport_server(tmp_path, "--token", "short", "--token-lifetime", "0") as server, server.session() as session:
        assert server.token == "short"
        assert session.get(server.url + OBJECTS).json() == {"detail": "Token has expired."}


def test_projects_of_others_are_forbidden(server, session):
    answer = session.post(server.url + OBJECTS, json={"label": "x", "projects": [server.foreign_project]})

    assert answer.status_code == 403
    change = session.patch(f"{server.url}/api/projects/{server.foreign_project}/", json={"label": "mine"})
    assert change.status_code == 403


def test_one_says_nothing_of_the_objects_of_others(server, session):
    row = {"subject": server.foreign_project, "predicate": USED, "object": server.project}

    assert session.post(server.url + RELATIONS, json=row).status_code == 403
    assert session.post(server.url + ATTRIBUTES, json=[{**row, "property": USED, "value": 1}]).status_code == 403


def test_without_login_public_attributes_are_seen_and_no_others(server, session):
    made = make(session, server, label="seen", label_is_public=True, description="secret words", category="Job")
    url = f"{server.url}{OBJECTS}{made['digital_object_id']}/"

    assert made.keys() > {"description", "projects", "owner", "permission"}
    told = read(url).json()
    assert told["label"] == "seen"
    assert told.keys() == {
        *("@context", "@id", "digital_object_id", "category", "created", "special_heliport_role"),
        *("identifiers", "label"),
    }
    assert read(server.url + OBJECTS, params={"search": "secret words"}).json()["count"] == 0
    assert session.get(server.url + OBJECTS, params={"search": "secret words"}).json()["count"] == 1


def test_without_login_an_object_without_public_attributes_is_not_there(server, session):
    made = make(session, server, label="hidden")

    assert read(f"{server.url}{OBJECTS}{made['digital_object_id']}/").status_code == 404
    assert read(made["@id"]).status_code == 404
    assert session.get(made["@id"]).status_code == 200


def test_relations_and_attributes_are_seen_where_they_and_their_ends_are_public(server, session):
    a, b = (make(session, server, label=name, label_is_public=True)["digital_object_id"] for name in "ab")
    hidden = make(session, server, label="hidden")["digital_object_id"]
    ends = [(a, b, True), (a, b, False), (a, hidden, True)]
    rows = [{"subject": s, "predicate": USED, "object": o, "is_public": public} for s, o, public in ends]
    values = [{"subject": s, "property": "schema:size", "value": o, "is_public": public} for s, o, public in ends]

    session.post(server.url + RELATIONS, json=rows).raise_for_status()
    session.post(server.url + ATTRIBUTES, json=[*values, {**values[0], "subject": hidden}]).raise_for_status()

    assert read(server.url + RELATIONS, params={"subject": a}).json()["count"] == 1
    assert session.get(server.url + RELATIONS, params={"subject": a}).json()["count"] == 3
    assert read(server.url + ATTRIBUTES, params={"subject": [a, hidden]}).json()["count"] == 2
    assert session.get(server.url + ATTRIBUTES, params={"subject": [a, hidden]}).json()["count"] == 4


# HELIPORT's stand-in: what it tells


def test_the_root_lists_the_collections_and_each_path_ends_in_a_slash(server, session):
    root = read(server.url + "/api/").json()

    assert {url.removeprefix(server.url) for url in root.values()} == {
        *(OBJECTS, RELATIONS, ATTRIBUTES, GRAPHS, SOURCES, "/api/projects/")
    }
    assert read(server.url + "/api").status_code == 404
    assert session.post(server.url + OBJECTS.rstrip("/"), json=thing(server)).status_code == 404


def test_options_tell_fields_filters_and_bulk(server, session):
    told = session.options(server.url + OBJECTS).json()

    assert told["actions"]["POST"]["label"]["type"] == "string"
    assert told["actions"]["POST"]["created"]["read_only"]
    assert told["filters"] == ["identifier", "project", "search"]
    assert told["bulk"] == {"create": True, "limit": 1000}
    assert "bulk" not in session.options(server.url + GRAPHS).json()


def test_an_object_is_linked_data(server, session):
    made = make(session, server, label="page & <title>", label_is_public=True)

    assert made["@context"]["label"] == "http://www.w3.org/2000/01/rdf-schema#label"
    assert made["@id"] == f"{server.url}/object/{made['digital_object_id']}/"
    page = read(made["@id"])
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<h1>page &amp; &lt;title&gt;</h1>" in page.text
    data = read(made["@id"], headers={"Accept": "application/ld+json"})
    assert data.headers["Content-Type"] == "application/ld+json"
    assert data.json()["@id"] == made["@id"]
    assert read(server.url + "/api/context/").json() == {"@context": made["@context"]}


def test_pages_follow_one_another(server, session):
    ids = [make(session, server, label="of many pages")["digital_object_id"] for _ in range(5)]

    first = session.get(server.url + OBJECTS, params={"search": "of many pages", "page_size": 2}).json()
    third = session.get(session.get(first["next"]).json()["next"]).json()

    assert (first["count"], first["previous"]) == (5, None)
    assert [row["digital_object_id"] for row in third["results"]] == ids[4:]
    assert third["next"] is None
    assert ids == [
        row["digital_object_id"]
        for row in numbered_pages(session, server.url + OBJECTS)
        if row["label"] == "of many pages"
    ]


def test_the_server_mints_handles_and_nobody_else(server, session):
    made = make(session, server, identifiers=named("urn:x:minted"))
    own, handle = made["identifiers"]

    assert own["identifier"] == "urn:x:minted"
    assert handle["identifier"] == f"20.500.12865/demo.{made['digital_object_id']}"
    assert (handle["scheme"], handle["immutable"]) == ("handle", True)
    forged = thing(server, identifiers=[{"scheme": "handle", "identifier": "20.500.12865/x"}])
    assert session.post(server.url + OBJECTS, json=forged).status_code == 400
    loose = session.post(server.url + OBJECTS, json={"label": "in no project"}).json()
    assert loose["identifiers"] == []
    placed = session.patch(f"{server.url}{OBJECTS}{loose['digital_object_id']}/", json={"projects": [server.project]})
    assert [name["scheme"] for name in placed.json()["identifiers"]] == ["handle"]


def test_objects_are_found_by_several_identifiers(server, session):
    ids = [make(session, server, identifiers=named(f"urn:f:{n}"))["digital_object_id"] for n in range(3)]

    found = session.get(server.url + OBJECTS, params={"identifier": ["urn:f:0", "urn:f:2", "urn:f:9"]}).json()

    assert [row["digital_object_id"] for row in found["results"]] == [ids[0], ids[2]]
    everything = session.get(server.url + OBJECTS, params={"project": server.project, "identifier": "urn:f:1"})
    assert everything.json()["count"] == 1
    elsewhere = session.get(server.url + OBJECTS, params={"project": server.foreign_project, "identifier": "urn:f:1"})
    assert elsewhere.json()["count"] == 0


# HELIPORT's stand-in: what it keeps


def test_a_patch_changes_what_it_names(server, session):
    made = make(session, server, label="before", description="kept", identifiers=named("urn:p:1"))
    url = f"{server.url}{OBJECTS}{made['digital_object_id']}/"

    changed = session.patch(url, json={"label": "after"}).json()

    assert (changed["label"], changed["description"]) == ("after", "kept")
    assert changed["identifiers"] == made["identifiers"]
    assert datetime.fromisoformat(changed["last_modified"]) > datetime.fromisoformat(made["last_modified"])
    renamed = session.patch(url, json={"identifiers": named("urn:p:2")}).json()
    assert {name["identifier"] for name in renamed["identifiers"]} == {
        "urn:p:2",
        made["identifiers"][1]["identifier"],
    }


def test_what_is_deleted_is_gone_with_its_relations(server, session):
    a, b = (make(session, server, identifiers=named(f"urn:d:{n}"))["digital_object_id"] for n in "ab")
    session.post(server.url + RELATIONS, json={"subject": a, "predicate": USED, "object": b}).raise_for_status()

    assert session.delete(f"{server.url}{OBJECTS}{b}/").status_code == 204

    assert session.get(f"{server.url}{OBJECTS}{b}/").status_code == 404
    assert session.get(server.url + OBJECTS, params={"identifier": "urn:d:b"}).json()["count"] == 0
    assert session.get(server.url + RELATIONS, params={"subject": a}).json()["count"] == 0


def test_predicates_are_iris_or_ids_and_become_objects_of_the_vocabulary(server, session):
    a = make(session, server)["digital_object_id"]
    row = {"subject": a, "predicate": "https://example.org/new", "object": a}

    by_iri = session.post(server.url + RELATIONS, json=row).json()
    by_id = session.post(server.url + RELATIONS, json={**row, "predicate": by_iri["predicate"]}).json()

    assert by_id["predicate_iri"] == "https://example.org/new"
    term = session.get(f"{server.url}{OBJECTS}{by_iri['predicate']}/").json()
    assert term["special_heliport_role"] == "predicate"
    assert session.get(server.url + RELATIONS, params={"predicate": "https://example.org/new"}).json()["count"] == 2


def test_graphs_sources_and_attachments(server, session):
    nodes = [make(session, server)["digital_object_id"] for _ in range(2)]
    graph = make(session, server, GRAPHS, label="graph", nodes=nodes)
    source = make(session, server, SOURCES, label="source", uri="sftp://host/raw", protocol="ssh")
    files = f"{server.url}{OBJECTS}{nodes[0]}/attachments/"

    assert graph["nodes"] == nodes
    changed = session.patch(f"{server.url}{GRAPHS}{graph['digital_object_id']}/", json={"nodes": nodes[1:]})
    assert changed.json()["nodes"] == nodes[1:]
    assert (source["uri"], source["protocol"]) == ("sftp://host/raw", "ssh")
    wrong = thing(server, uri="x", protocol="carrier pigeon")
    assert session.post(server.url + SOURCES, json=wrong).status_code == 400
    added = session.post(files, files={"file": ("crate.zip", b"bytes", "application/zip")}).json()
    assert (added["name"], added["media_type"], added["size"]) == ("crate.zip", "application/zip", 5)
    assert session.get(f"{files}{added['attachment_id']}/").content == b"bytes"
    assert [file["name"] for file in session.get(files).json()] == ["crate.zip"]
    assert read(files).status_code == 404


def test_values_are_any_json(server, session):
    a = make(session, server)["digital_object_id"]
    values = [1.5, "text", None, True, [1, {"a": "ä"}]]

    made = session.post(
        server.url + ATTRIBUTES, json=[{"subject": a, "property": "schema:value", "value": value} for value in values]
    )

    assert [row["value"] for row in made.json()] == values


# HELIPORT's stand-in: lists


def test_a_list_is_made_in_order(server, session):
    made = session.post(server.url + OBJECTS, json=[thing(server, f"bulk {n}") for n in range(1000)])

    assert made.status_code == 201
    assert [row["label"] for row in made.json()] == [f"bulk {n}" for n in range(1000)]
    ids = [row["digital_object_id"] for row in made.json()]
    assert ids == sorted(set(ids))
    assert all(row["identifiers"][0]["scheme"] == "handle" for row in made.json())


def test_a_list_is_made_whole_or_not_at_all(server, session):
    before = len(server.held().objects)

    answer = session.post(server.url + OBJECTS, json=[thing(server), thing(server, projects=[0])])

    assert answer.status_code == 400
    assert "There is no project 0." in answer.text
    assert len(server.held().objects) == before


def test_a_refused_list_leaves_no_vocabulary_behind(server, session):
    row = {"subject": server.project, "predicate": "https://example.org/never", "object": 0}

    assert session.post(server.url + RELATIONS, json=[row]).status_code == 400

    assert session.get(server.url + OBJECTS, params={"identifier": "https://example.org/never"}).json()["count"] == 0


def test_a_longer_list_is_too_much(server, session):
    assert session.post(server.url + OBJECTS, json=[thing(server)] * 1001).status_code == 413


def test_lists_can_be_turned_off(tmp_path):
    with heliport_server(tmp_path, "--no-bulk") as server, server.session() as session:
        assert "bulk" not in session.options(server.url + OBJECTS).json()
        assert session.post(server.url + OBJECTS, json=[thing(server)]).status_code == 400


# HELIPORT's stand-in: the same twice


def test_the_same_identifier_twice_is_two_objects(server, session):
    ids = {make(session, server, identifiers=named("urn:twice"))["digital_object_id"] for _ in range(2)}

    assert len(ids) == 2


def test_a_unique_server_answers_409_with_the_object_that_has_the_identifier(tmp_path):
    with heliport_server(tmp_path, "--unique") as server, server.session() as session:
        first = make(session, server, identifiers=named("urn:u:1"))["digital_object_id"]

        single = session.post(server.url + OBJECTS, json=thing(server, identifiers=named("urn:u:1")))
        several = session.post(
            server.url + OBJECTS, json=[thing(server, identifiers=named(f"urn:u:{n}")) for n in (0, 1, 2, 2)]
        )

        assert single.status_code == several.status_code == 409
        assert single.json()["digital_object_id"] == first
        assert several.json()["conflicts"] == [
            {"index": 1, "identifier": "urn:u:1", "digital_object_id": first},
            {"index": 3, "identifier": "urn:u:2", "digital_object_id": None},
        ]
        assert len(server.held().objects) == 1
        session.delete(f"{server.url}{OBJECTS}{first}/").raise_for_status()
        make(session, server, identifiers=named("urn:u:1"))


def test_many_threads_write_at_once(server):
    def write(number):
        with server.session() as session:
            return [make(session, server, label=f"thread {number}")["digital_object_id"] for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        ids = [key for made in pool.map(write, range(8)) for key in made]

    assert len(set(ids)) == 40


def test_a_connection_stays_open(server):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    for _ in range(2):
        connection.request("GET", OBJECTS)
        assert len(connection.getresponse().read()) > 0
        # It is None where the server closed it.
        assert connection.sock
    connection.close()


def test_a_database_outlives_the_server(tmp_path):
    with heliport_server(tmp_path) as server, server.session() as session:
        made = make(session, server)
        token = server.token

    with heliport_server(tmp_path) as server:
        assert [row["digital_object_id"] for row in server.held().objects] == [made["digital_object_id"]]
        assert server.token == token
        assert server.token_file.stat().st_mode & 0o777 == 0o600


# The server of another contract


def test_the_other_server_describes_itself(other):
    document = read(f"{other.url}/openapi.json").json()
    fields = document["components"]["schemas"]["NewThing"]["properties"]
    context = read(f"{other.url}/context.jsonld").json()["@context"]

    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert {"title", "summary", "visibility", "sameAs", "kind"} <= fields.keys()
    assert ("links" if other.style == "nested" else "prov:used") in fields
    assert context["title"] == "dcterms:title"
    assert "sameAs" in [parameter["name"] for parameter in document["paths"]["/things"]["get"]["parameters"]]


def test_the_other_server_wants_a_bearer_token_and_shows_strangers_what_is_open(other):
    with other.session() as session:
        for visibility in ("open", "closed"):
            sent = {"title": visibility, "visibility": visibility, "collection": other.collection}
            assert session.post(f"{other.url}/things", json=sent).status_code == 201

    assert requests.post(f"{other.url}/things", json={"title": "x"}, timeout=10).status_code == 401
    assert [row["title"] for row in read(f"{other.url}/things").json()] == ["open"]


def test_the_other_server_keeps_relations_inside_objects(other):
    with other.session() as session:
        a, b = (session.post(f"{other.url}/things", json={"title": name}).json()["@id"] for name in "ab")
        if other.style == "nested":
            wrong, links = ({"links": [{"rel": "prov:used", "target": at}]} for at in (a + "0", b))
        else:
            wrong, links = {"prov:used": [a + "0"]}, {"prov:used": [b]}

        assert session.patch(a, json=wrong).status_code == 422
        session.patch(a, json={**links, "facts": {"schema:size": 3}}).raise_for_status()
        session.patch(a, json={"title": "still related"}).raise_for_status()

        held = other.held()
        assert held.relations == [(a, USED, b)]
        assert held.attributes == [(a, "https://schema.org/size", "3")]
        session.put(a, json={"title": "no more"}).raise_for_status()
        assert other.held().relations == []


def test_the_other_server_takes_no_unknown_fields_and_no_lists(other):
    with other.session() as session:
        assert session.post(f"{other.url}/things", json={"title": "x", "label": "x"}).status_code == 422
        assert session.post(f"{other.url}/things", json=[{"title": "x"}]).status_code == 422
        foreign = {"title": "x", "collection": "https://example.org/collections/1"}
        assert session.post(f"{other.url}/things", json=foreign).status_code == 403


def test_the_other_server_is_asked_by_identifier_and_read_by_cursor(other):
    with other.session() as session:
        ids = [
            session.post(f"{other.url}/things", json={"title": "x", "sameAs": [f"urn:{n}"]}).json()["@id"]
            for n in range(7)
        ]

        found = session.get(f"{other.url}/things", params={"sameAs": ["urn:2", "urn:5"]}).json()
        page = session.get(f"{other.url}/things", params={"limit": 3})
        following = session.get(page.links["next"]["url"])

        assert [row["@id"] for row in found] == [ids[2], ids[5]]
        assert [row["@id"] for row in following.json()] == ids[3:6]
        assert "next" not in session.get(following.links["next"]["url"]).links
        assert found[0]["sameAs"] == ["urn:2", f"https://doi.org/10.5072/{ids[2].rsplit('/', 1)[1]}"]


# The proxy


@pytest.fixture
def proxy(server, tmp_path):
    """A proxy before the stand-in."""
    with fault_proxy(server.url, tmp_path) as running:
        yield running


@pytest.fixture
def through(server, proxy):
    """Post objects of one name through the proxy; tell how many there are."""
    session = server.session()
    name = proxy.url.rpartition(":")[2]

    def post(**options):
        sent = thing(server, f"through {name}", label_is_public=True)
        return session.post(proxy.url + OBJECTS, json=sent, timeout=5, **options)

    def count():
        return session.get(server.url + OBJECTS, params={"search": f"through {name}"}).json()["count"]

    post.count = count
    with session:
        yield post


def test_without_a_plan_all_goes_through(server, proxy, through):
    made = through()

    assert made.status_code == 201
    assert made.json()["@id"].startswith(proxy.url)
    assert through.count() == 1
    (seen,) = proxy.seen()
    assert (seen["method"], seen["path"], seen["status"], seen["fault"]) == ("POST", OBJECTS, 201, None)
    assert seen["headers"]["Authorization"] == f"Token {server.token}"


@pytest.mark.parametrize("fault", ["refused", "reset", "reset-before", "timeout"])
def test_before_it_the_server_saw_nothing(proxy, through, fault):
    proxy.plan({"fault": fault, "nth": 1, "seconds": 0.3})

    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        through()

    assert through.count() == 0
    assert through().status_code == 201


@pytest.mark.parametrize("fault", ["reset-after", "refused-after", "timeout-after", "short"])
def test_after_it_the_server_has_committed(proxy, through, fault):
    proxy.plan({"fault": fault, "nth": 1, "seconds": 0.3})

    with pytest.raises((requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        through()

    assert through.count() == 1
    assert proxy.seen()[0]["status"] == 201


def test_a_reset_is_a_reset(proxy, through):
    proxy.plan({"fault": "reset-after"})

    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        through()


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 502])
@pytest.mark.parametrize(("when", "count"), [("", 0), ("-after", 1)])
def test_statuses(proxy, through, status, when, count):
    proxy.plan({"fault": f"{status}{when}", "nth": 1, "retry_after": 7})

    answer = through()

    assert answer.status_code == status
    assert through.count() == count
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert answer.headers["Content-Type"] == ("text/html" if status == 502 else "application/json")
    assert through().status_code == 201


def test_truncated_json(proxy, through):
    proxy.plan({"fault": "truncated", "nth": 1})

    answer = through()

    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert through.count() == 1


def test_a_slow_drip_is_slow_and_whole(proxy, through):
    proxy.plan({"fault": "drip", "nth": 1, "seconds": 0.0005})

    started = time.monotonic()
    answer = through()

    assert time.monotonic() - started > 0.0005 * len(answer.content)
    assert answer.json()["digital_object_id"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"nth": 2}, "-x----"),
        ({"nth": [1, 4]}, "x--x--"),
        ({"nth": 2, "every": 3}, "-x--x-"),
        ({"every": 2}, "-x-x-x"),
        ({"since": 5}, "----xx"),
        ({}, "xxxxxx"),
        ({"method": "GET"}, "------"),
        ({"path": "/digital-objects/", "nth": 3}, "--x---"),
    ],
)
def test_which_requests_fail(proxy, through, when, expected):
    proxy.plan({"fault": "500", **when})

    assert "".join("x" if through().status_code == 500 else "-" for _ in expected) == expected
    (rule,) = proxy.rules()
    assert rule["fired"] == expected.count("x")


def test_a_plan_that_makes_no_sense_is_refused(proxy):
    answer = requests.put(f"{proxy.url}/__faults__", json=[{"fault": "earthquake"}], timeout=10)

    assert answer.status_code == 400
    assert "earthquake" in answer.json()["detail"]


def test_the_other_server_calls_its_things_by_the_name_of_the_proxy(other, tmp_path):
    with fault_proxy(other.url, tmp_path) as proxy, other.session() as session:
        made = session.post(f"{proxy.url}/things", json={"title": "x"}).json()

        assert made["@id"].startswith(proxy.url)
        session.patch(made["@id"], json={"title": "y"}).raise_for_status()
        assert [seen["method"] for seen in proxy.seen()] == ["POST", "PATCH"]
        assert [row["title"] for row in other.held().objects] == ["y"]
