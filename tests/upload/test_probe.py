"""Learning a contract from servers that describe themselves well, badly, or not at all: the same graph comes back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from servers import heliport_server, program
from upload.local_server import Asked, LocalServer, Reply, serving

from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.upload.contract import load_contract
from snakemake_heliport.upload.credentials import Token
from snakemake_heliport.upload.errors import Unreachable
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.probing import Findings, probe
from snakemake_heliport.upload.probing.context import terms_of_context
from snakemake_heliport.upload.server import Server
from snakemake_heliport.upload.things import Link, Thing

PROV = "http://www.w3.org/ns/prov#"
USED, MADE = f"{PROV}used", f"{PROV}wasGeneratedBy"
SECRET = "tok-4b1d77e0"
READING = {"GET", "HEAD", "OPTIONS"}


def learn(url: str, token: str = SECRET) -> tuple[Client, Findings]:
    """Return what is learnt of a server, and the client that learnt it."""
    client = Client(url, token=Token(token, "the test"), backoff=0.01)
    return client, probe(client, load_contract())


def same_graph(client: Client, findings: Findings, project: str | None) -> Server:
    """Send a small graph, and check that it reads back as it is."""
    # As it is written into heliport.yaml, and read from there.
    contract = load_contract(yaml.safe_load(findings.yaml()))
    assert contract == findings.contract
    server = Server(client, contract, project)
    values = {f"{PROV}value": 3, "https://w3id.org/snakemake-heliport/terms#path": "a b/ü"}
    things = [
        Thing("urn:x:run", Kind.RUN, "a run", "why", ("doi:10.1/x",), Visibility.PUBLIC, values),
        Thing("urn:x:in", Kind.FILE, "an input"),
        Thing("urn:x:out", Kind.FILE, "an output"),
    ]
    run, source, result = server.create(things)
    for remote, thing in zip((run, source, result), things, strict=True):
        server.set_attributes(remote.id, thing)
    rows = [
        (Link("urn:x:run", USED, "urn:x:in"), run.id, source.id),
        (Link("urn:x:out", MADE, "urn:x:run"), result.id, run.id),
    ]
    if contract.relations.style == "separate":
        server.link(rows)
    else:
        for row in rows:
            server.set_links(row[1], [row])

    found = server.find([thing.iri for thing in things])
    assert [[remote.id for remote in found[thing.iri]] for thing in things] == [[run.id], [source.id], [result.id]]
    assert set(server.links_at([run.id, source.id, result.id])) == {
        (run.id, USED, source.id),
        (result.id, MADE, run.id),
    }
    return server


def test_the_stand_in_for_heliport(tmp_path: Path) -> None:
    """From OPTIONS, the listing at the root, and the JSON-LD context of its answers."""
    with heliport_server(tmp_path) as running:
        client, findings = learn(running.url, running.token)
        same_graph(client, findings, str(running.project))
        held = running.held()
        _, again = learn(running.url, running.token)

    contract = findings.contract
    assert contract.relations.path == "/api/digital-object-relations/"
    assert (contract.objects.bulk, contract.relations.bulk, contract.attributes.bulk) == (1000, 1000, 1000)
    assert (contract.graphs.path, contract.graphs.members) == ("/api/object-graphs/", "nodes")
    assert (contract.sources.path, contract.sources.protocol) == ("/api/data-sources/", "protocol")
    assert contract.lookup.parameter == "identifier"
    assert again.contract.lookup.several
    assert again.contract.relations == contract.relations
    assert again.contract.attachments.path == "/api/digital-objects/complete/{id}/attachments/"
    assert "our label is its 'label', stated by its JSON-LD" in findings.found
    assert (len(held.objects), len(held.relations), len(held.attributes)) == (3, 2, 2)


@pytest.mark.parametrize("style", ["nested", "property"])
def test_the_other_server(tmp_path: Path, style: str) -> None:
    """From OpenAPI and a linked JSON-LD context: other fields, relations inside, addresses as ids."""
    with program("other_server", "--style", style, log=tmp_path) as (_, said):
        client, findings = learn(said["url"], said["token"])
        same_graph(client, findings, said["collection"])
        _, again = learn(said["url"], said["token"])

    contract = findings.contract
    assert contract.auth.scheme == "Bearer"
    assert (contract.fields.label, contract.fields.description, contract.fields.kind) == ("title", "summary", "kind")
    assert contract.fields.project == "collection"
    assert contract.relations.style == style
    assert (contract.attributes.style, contract.attributes.field) == ("mapping", "facts")
    assert contract.visibility.values == {"private": "closed", "project": "closed", "public": "open"}
    assert again.contract == contract


def served(routes: dict[str, Any], objects: str, records: list[dict[str, Any]], **options: Any) -> Any:
    """Return what answers at some routes, and keeps what is sent to the list of objects."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("X-API-Key", asked.headers.get("Authorization", "")).split(" ")[-1] != SECRET:
            challenge = {"WWW-Authenticate": options["challenge"]} if "challenge" in options else {}
            return Reply(401, {"detail": "No."}, challenge)
        if asked.path in routes and asked.method == "GET":
            return Reply(200, routes[asked.path], options.get("headers", {}))
        path = asked.path.rstrip("/")
        if path == objects.rstrip("/"):
            if asked.method == "POST":
                key = options.get("key", "id")
                records.append({**asked.json, key: options.get("ids", lambda n: n)(len(records) + 1)})
                return Reply(201, records[-1])
            return options["page"](asked, records) if "page" in options else Reply(200, records)
        last = path.rpartition("/")[2]
        found = next((r for r in records if str(r[options.get("key", "id")]) == last), None)
        if found is None or not path.startswith(objects.rstrip("/")) or asked.method not in ("GET", "PATCH"):
            return Reply(404, {"detail": "Not found."})
        if asked.method == "PATCH":
            found.update(asked.json)
        return Reply(200, found)

    return answer


TEXT, UUID = {"type": "string"}, {"type": "string", "format": "uuid"}


def fast_api() -> dict[str, Any]:
    """Return a document as FastAPI writes it: alternatives, references, enumerations, offsets."""
    nothing = {"type": "null"}
    entity = {
        "type": "object",
        "required": ["name", "entityType"],
        "properties": {
            "name": {**TEXT, "maxLength": 200},
            "abstract": {"anyOf": [TEXT, nothing]},
            "entityType": {"$ref": "#/components/schemas/EntityType"},
            "externalIds": {"type": "array", "items": TEXT},
            "provenance": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}},
            "customFields": {"type": "object", "additionalProperties": True},
            "isPublic": {"type": "boolean", "default": False},
            "workspaceId": {"anyOf": [{"type": "integer"}, nothing]},
        },
    }
    own = {"type": "object", "properties": {"uuid": UUID, "createdAt": {"type": "string", "format": "date-time"}}}
    edge = {
        "type": "object",
        "properties": {
            "relationType": {"type": "string", "enum": ["used", "was_generated_by", "was_derived_from"]},
            "targetId": UUID,
        },
    }
    page = {"type": "object", "properties": {"items": {"type": "array", "items": ref("EntityOut")}, "total": TEXT}}
    query = [{"name": name, "in": "query", "schema": {"type": "integer", "maximum": 2}} for name in ("offset", "limit")]
    query.append({"name": "externalIds", "in": "query", "schema": {"type": "array", "items": TEXT}})
    one = {"get": told(ref("EntityOut")), "patch": told(ref("EntityOut")), "parameters": []}
    return {
        "openapi": "3.1.0",
        "servers": [{"url": "/api/v2"}],
        "paths": {
            "/users": {"get": told({"type": "array", "items": {"type": "object", "properties": {"name": TEXT}}})},
            "/entities": {
                "get": {**told(page), "parameters": query},
                "post": {
                    **told(ref("EntityOut")),
                    "requestBody": {"content": {"application/json": {"schema": ref("EntityIn")}}},
                },
            },
            "/entities/{uuid}": one,
        },
        "components": {
            "schemas": {
                "EntityIn": entity,
                "EntityOut": {"allOf": [ref("EntityIn"), own]},
                "EntityType": {"type": "string", "enum": ["activity", "file", "agent", "other"]},
                "Edge": edge,
            },
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        },
    }


def ref(name: str) -> dict[str, str]:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an operation that answers in a form."""
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}


def test_a_server_described_by_openapi_alone() -> None:
    """Enumerated kinds and predicates, an API key, offsets, UUIDs, a flag for what is public."""
    records: list[dict[str, Any]] = []

    def page(asked: Asked, held: list[dict[str, Any]]) -> Reply:
        wanted = asked.query.get("externalIds")
        found = [r for r in held if not wanted or set(wanted) & set(r["externalIds"])]
        start = int(asked.query.get("offset", ["0"])[0])
        return Reply(200, {"items": found[start : start + 2], "total": len(found)})

    answer = served(
        {"/openapi.json": fast_api()},
        "/api/v2/entities",
        records,
        key="uuid",
        ids=lambda number: f"00000000-0000-4000-8000-{number:012}",
        page=page,
    )
    # FastAPI serves its description to everybody.
    with serving(lambda asked: Reply(200, fast_api()) if asked.path == "/openapi.json" else answer(asked)) as running:
        client, findings = learn(running.url)
        assert {asked.method for asked in running.asked} <= READING
        same_graph(client, findings, "7")

    contract = findings.contract
    assert (contract.auth.scheme, contract.auth.header) == (None, "X-API-Key")
    assert (contract.objects.path, contract.ids[0], contract.objects.delete) == ("/api/v2/entities", "uuid", None)
    assert (contract.paging.style, contract.paging.size) == ("offset", 2)
    assert contract.longest == {"label": 200}
    first = records[0]
    assert (first["name"], first["abstract"], first["entityType"]) == ("a run", "why", "activity")
    assert (records[1]["entityType"], first["isPublic"], records[1]["isPublic"]) == ("file", True, False)
    assert first["workspaceId"] == 7
    assert first["provenance"] == [{"relationType": "used", "targetId": records[1]["uuid"]}]
    assert records[2]["provenance"][0]["relationType"] == "was_generated_by"
    assert first["customFields"][f"{PROV}value"] == 3


def test_a_server_where_ids_are_ours_to_choose() -> None:
    """Our IRIs are its ids: objects are put where they belong, and name each other so."""
    edge = {"type": "object", "properties": {"type": TEXT, "entity": TEXT}}
    value = {"type": "object", "properties": {"propertyID": TEXT, "value": {}}}
    properties = {
        "@id": {**TEXT, "format": "iri"},
        "rdfs:label": TEXT,
        "comment": TEXT,
        "@type": TEXT,
        "qualified": {"type": "array", "items": edge},
        "additionalProperty": {"type": "array", "items": value},
    }
    schema = {"type": "object", "required": ["@id"], "properties": properties}
    body = {"content": {"application/ld+json": {"schema": schema}}}
    one = {"get": told(schema), "put": {**told(schema), "requestBody": body}, "parameters": []}
    listed = {"get": told({"type": "array", "items": schema})}
    document = {"openapi": "3.1.0", "paths": {"/resources": listed, "/resources/{iri}": one}}
    held: dict[str, Any] = {}

    def answer(asked: Asked) -> Reply:
        if asked.path == "/openapi.json":
            return Reply(200, document)
        if asked.path == "/resources":
            return Reply(200, list(held.values()))
        key = unquote(asked.path.removeprefix("/resources/"))
        if asked.method == "PUT":
            assert asked.json["@id"] == key
            held[key] = asked.json
        return Reply(200, held[key]) if key in held else Reply(404, {"detail": "Not found."})

    with serving(answer) as running:
        client, findings = learn(running.url)
        same_graph(client, findings, None)

    assert list(held) == ["urn:x:run", "urn:x:in", "urn:x:out"]
    assert held["urn:x:run"]["qualified"] == [{"type": USED, "entity": "urn:x:in"}]
    assert (held["urn:x:run"]["rdfs:label"], held["urn:x:run"]["@type"]) == ("a run", "Run")
    assert {"propertyID": f"{PROV}value", "value": 3} in held["urn:x:run"]["additionalProperty"]
    assert findings.contract.objects.create == "PUT"


def spectacular() -> str:
    """Return a document as drf-spectacular writes it: YAML, a token with a prefix, pages, rows for relations."""
    own = {"type": "integer", "readOnly": True}
    item = {
        "type": "object",
        "required": ["title"],
        "properties": {
            "id": own,
            "title": TEXT,
            "notes": TEXT,
            "resource_type": TEXT,
            "pid": TEXT,
            "visibility": {"enum": ["public", "internal", "private"], "type": "string"},
            "projects": {"type": "array", "items": {"type": "integer"}},
        },
    }
    edge = {
        "type": "object",
        "properties": {
            "id": own,
            "source": {"type": "integer"},
            "target": {"type": "integer"},
            "type": {"type": "string", "enum": ["prov:used", "prov:wasGeneratedBy"]},
        },
    }

    def paths(name: str, schema: str, *filters: dict[str, Any]) -> dict[str, Any]:
        pages = {
            "type": "object",
            "properties": {"count": {}, "next": TEXT, "results": {"type": "array", "items": ref(schema)}},
        }
        body = {
            "content": {"application/json": {"schema": ref(schema)}, "multipart/form-data": {"schema": ref(schema)}}
        }
        listed = {**told(pages), "parameters": list(filters)}
        one = {"get": told(ref(schema)), "patch": told(ref(schema)), "delete": {"responses": {"204": {}}}}
        return {name: {"get": listed, "post": {**told(ref(schema)), "requestBody": body}}, f"{name}{{id}}/": one}

    ids = {"name": "source__in", "in": "query", "schema": {"type": "array", "items": {}}, "explode": False}
    sizes = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "page_size")]
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    document = {
        "openapi": "3.0.3",
        "paths": {**paths("/rest/items/", "Item", *sizes), **paths("/rest/edges/", "Edge", ids)},
        "components": {
            "schemas": {"Item": item, "Edge": edge},
            "securitySchemes": {
                "t": {**scheme, "description": 'Token-based authentication with required prefix "Api-Token"'}
            },
        },
    }
    return yaml.safe_dump(document)


def test_a_server_with_rows_for_relations() -> None:
    """Described in YAML; one identifier as a text; rows with local words, and a filter that takes several."""
    records: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []

    def page(asked: Asked, held: list[dict[str, Any]]) -> Reply:
        wanted = asked.query.get("pid")
        found = [r for r in held if not wanted or r["pid"] in wanted]
        return Reply(200, {"count": len(found), "next": None, "results": found})

    answer = served({}, "/rest/items", records, page=page)

    def all_answers(asked: Asked) -> Reply:
        if asked.path == "/api/schema/" and "format" not in asked.query:
            return Reply(200, spectacular().encode(), {"Content-Type": "application/vnd.oai.openapi"})
        if asked.path != "/rest/edges/":
            return answer(asked)
        if asked.method == "POST":
            edges.append({"id": len(edges) + 1, **asked.json})
            return Reply(201, edges[-1])
        wanted = asked.query.get("source__in")
        found = [e for e in edges if not wanted or str(e["source"]) in wanted[0].split(",")]
        return Reply(200, {"results": found, "next": None})

    with serving(all_answers) as running:
        client, findings = learn(running.url)
        same_graph(client, findings, "1")

    contract = findings.contract
    assert contract.auth.scheme == "Api-Token"
    assert contract.relations.path == "/rest/edges/"
    assert (contract.relations.names, contract.relations.filter, contract.relations.separator) == (
        "curie",
        "source__in",
        ",",
    )
    assert contract.visibility.values["project"] == "internal"
    assert edges[0] == {"id": 1, "source": 1, "target": 2, "type": "prov:used"}
    assert records[0]["pid"] == "urn:x:run"


def test_predicates_that_are_ids() -> None:
    """Where relations name their predicate by a number, it is that of the object with its IRI."""
    relations = [{"id": 1, "subject": 1, "predicate": 2, "object": 1}]
    objects: list[dict[str, Any]] = [
        {"id": 1, "label": "a", "category": "", "identifiers": ["urn:x:1"]},
        {"id": 2, "label": "used", "category": "Property", "identifiers": [USED]},
    ]
    answer = served({"/api/": {"objects": "/api/objects/", "relations": "/api/relations/"}}, "/api/objects/", objects)

    def all_answers(asked: Asked) -> Reply:
        if asked.path != "/api/relations/":
            return answer(asked)
        if asked.method == "POST":
            relations.append({"id": len(relations) + 1, **asked.json})
            return Reply(201, relations[-1])
        allow = {"Allow": "GET, POST, HEAD, OPTIONS"}
        return Reply(200, {} if asked.method == "OPTIONS" else relations, allow)

    with serving(all_answers) as running:
        client, findings = learn(running.url)
        same_graph(client, findings, None)

    assert findings.contract.relations.names == "object"
    made = objects[5]
    assert (made["label"], made["category"]) == ("wasGeneratedBy", "Property")
    assert [row["predicate"] for row in relations] == [2, 2, made["id"]]


def test_a_server_that_says_nothing_of_itself() -> None:
    """A listing, and what is there already: fields by their names and values, the scheme from the challenge."""
    records: list[dict[str, Any]] = [
        {
            "id": 1,
            "name": "theirs",
            "summary": "",
            "category": "thing",
            "identifiers": [{"type": "doi", "value": "10.1/theirs"}],
            "is_public": True,
            "links": [{"rel": "prov:used", "href": {"@id": 1}}],
            "properties": [{"name": "a", "value": 1}],
        }
    ]

    def page(asked: Asked, held: list[dict[str, Any]]) -> Reply:
        wanted = asked.query.get("identifier")
        found = [r for r in held if not wanted or {one["value"] for one in r["identifiers"]} & set(wanted)]
        return Reply(200, {"data": found})

    root = {"/api/v1/": {"objects": "/api/v1/objects", "tags": "/api/v1/tags"}}
    with serving(served(root, "/api/v1/objects", records, page=page, challenge='Bearer realm="api"')) as running:
        client, findings = learn(running.url)
        same_graph(client, findings, None)

    contract = findings.contract
    assert contract.auth.scheme == "Bearer"
    assert contract.lookup.parameter == "identifier"
    assert contract.lookup.several
    assert records[1]["identifiers"][0] == {"type": "IRI", "value": "urn:x:run"}
    assert records[1]["links"] == [{"rel": "prov:used", "href": {"@id": 3 - 0}}]
    assert {"name": f"{PROV}value", "value": 3} in records[1]["properties"]
    assert "our label is its 'name', guessed from its name" in findings.found


def test_what_a_context_says_comes_before_names() -> None:
    """A field that is called otherwise is known by what it means; one that means another is not taken for its name."""
    context = {
        "schema": "https://schema.org/",
        "prov": PROV,
        "heading_text": "schema:name",
        "title": "schema:jobTitle",
        "long": {"@id": "schema:description"},
        "alias": {"@id": "schema:sameAs", "@type": "@id"},
        "sort": "http://purl.org/dc/terms/type",
        "took": {"@id": "prov:used", "@type": "@id"},
        "from_step": {"@id": "prov:wasGeneratedBy", "@type": "@id"},
    }
    records: list[dict[str, Any]] = [
        {
            "@id": "http://x.org/1",
            "heading_text": "",
            "title": "",
            "long": "",
            "alias": ["a"],
            "sort": "",
            "took": [],
            "from_step": [],
        }
    ]

    def page(_: Asked, held: list[dict[str, Any]]) -> Reply:
        return Reply(200, {"@context": context, "@graph": held})

    root = {"/": {"things": "/things/"}}
    ids = lambda number: f"http://x.org/things/{number}"  # noqa: E731
    routes = served(root, "/things/", records, page=page, key="@id", ids=ids)

    def answer(asked: Asked) -> Reply:
        # The server is reached by another name than it calls itself.
        found = next((r for r in records if r["@id"].endswith(asked.path) and asked.path != "/things/"), None)
        if found is None:
            return routes(asked)
        found.update(asked.json if asked.method == "PATCH" else {})
        return Reply(200, found)

    with serving(answer) as running:
        client, findings = learn(running.url)
        same_graph(client, findings, None)

    assert records[1]["heading_text"] == "a run"
    assert "title" not in records[1]
    assert records[1]["alias"] == ["urn:x:run", "doi:10.1/x"]
    assert records[1]["took"] == ["http://x.org/things/3"]
    assert findings.contract.relations.predicates == {"prov:used": "took", "prov:wasGeneratedBy": "from_step"}


@pytest.fixture
def silent() -> Iterator[LocalServer]:
    """A server that has nothing to say."""
    with serving(
        lambda _: Reply(404, b"<html><title>Not found</title></html>", {"Content-Type": "text/html"})
    ) as running:
        yield running


def test_a_server_that_is_no_such_server(silent: LocalServer) -> None:
    """Nothing is found, which is said; the contract stands as it was."""
    _, findings = learn(silent.url)

    assert findings.contract == load_contract()
    assert findings.override == {}
    assert any("no list of digital objects was found" in sentence for sentence in findings.missing)
    assert {asked.method for asked in silent.asked} <= READING


def test_a_server_that_does_not_answer() -> None:
    """That is an error, not a finding."""
    with pytest.raises(Unreachable):
        learn("http://127.0.0.1:9")


def test_nothing_is_written_while_learning(tmp_path: Path) -> None:
    """A probe reads; the token goes nowhere but to the server, and is in no sentence."""
    with heliport_server(tmp_path) as running:
        _, findings = learn(running.url, running.token)
        held = running.held()

    assert held.objects == held.relations == held.attributes == []
    assert running.token not in findings.yaml() + "".join(findings.found + findings.missing)


def test_contexts_of_all_sorts() -> None:
    """Prefixes, lists, terms with more to say, contexts by address, and one that names itself."""
    told = {"a": "p:x", "b": {"@id": "p:y", "@type": "@id"}, "p": "http://p.org/", "c": None, "@vocab": "http://v.org/"}

    assert terms_of_context(["http://x.org/c", told], lambda _: {"@context": {"z": "http://z.org/"}}) == {
        "z": "http://z.org/",
        "a": "http://p.org/x",
        "b": "http://p.org/y",
        "p": "http://p.org/",
        "@vocab": "http://v.org/",
    }
    assert terms_of_context("http://x.org/c", lambda address: {"@context": address}) == {}
    assert terms_of_context({"a": "b:x", "b": "a:y"}, lambda _: None).keys() == {"a", "b"}
