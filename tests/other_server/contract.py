"""What this server tells about itself: its JSON-LD context and its OpenAPI document."""

PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "schema": "https://schema.org/",
}
VOCABULARY = "https://other.example/terms#"
PROV = (
    "used",
    "wasGeneratedBy",
    "wasDerivedFrom",
    "wasInformedBy",
    "wasAssociatedWith",
    "wasAttributedTo",
    "hadMember",
)
TEXT = {"type": "string"}
ADDRESS = {"type": "string", "format": "uri"}


def context(style: str) -> dict:
    """Return the context: what each key means."""
    terms = {
        "title": "dcterms:title",
        "summary": "dcterms:description",
        "kind": "dcterms:type",
        "sameAs": {"@id": "owl:sameAs", "@type": "@id", "@container": "@set"},
        "collection": {"@id": "dcterms:isPartOf", "@type": "@id"},
        "visibility": "dcterms:accessRights",
        "facts": {"@id": "schema:additionalProperty", "@type": "@json"},
    }
    if style == "property":
        relations = {f"prov:{name}": {"@id": f"prov:{name}", "@type": "@id"} for name in PROV}
    else:
        relations = {
            "links": {"@id": "prov:qualifiedInfluence", "@container": "@set"},
            "rel": {"@id": "prov:hadRole", "@type": "@vocab"},
            "target": {"@id": "prov:influencer", "@type": "@id"},
        }
    return {"@context": {"@vocab": VOCABULARY, **PREFIXES, **terms, **relations}}


def writable(style: str) -> dict:
    """Return the schemas of the fields that a client may send."""
    fields = {
        "title": TEXT,
        "summary": TEXT,
        "kind": TEXT,
        "visibility": {"type": "string", "enum": ["open", "closed"], "default": "closed"},
        "sameAs": {"type": "array", "items": TEXT, "description": "Identifiers of the same thing elsewhere."},
        "collection": {**ADDRESS, "description": "The collection (`/collections`) that the thing is in."},
        "facts": {"type": "object", "additionalProperties": True, "description": "Values by property."},
    }
    if style == "property":
        targets = {"type": "array", "items": ADDRESS}
        return {**fields, **{f"prov:{name}": targets for name in PROV}}
    link = {"type": "object", "required": ["rel", "target"], "properties": {"rel": TEXT, "target": ADDRESS}}
    return {**fields, "links": {"type": "array", "items": link, "description": "All relations; replaced as a whole."}}


def openapi(url: str, style: str) -> dict:
    """Return the OpenAPI document."""
    fields = writable(style)
    new = {"type": "object", "required": ["title"], "properties": fields}
    # Relations to anything but PROV are properties as well.
    new["additionalProperties"] = {"type": "array", "items": ADDRESS} if style == "property" else False
    told = {"@context": ADDRESS, "@id": {**ADDRESS, "readOnly": True}}
    thing = {"type": "object", "required": ["@id"], "properties": {**told, **fields}}
    query = [
        {"name": "sameAs", "in": "query", "schema": TEXT, "description": "Things with this identifier; repeatable."},
        {"name": "collection", "in": "query", "schema": ADDRESS},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 20, "maximum": 100}},
        {"name": "cursor", "in": "query", "schema": TEXT, "description": "From the `next` link."},
    ]
    slug = [{"name": "slug", "in": "path", "required": True, "schema": TEXT}]
    one, many = reference("Thing"), {"type": "array", "items": reference("Thing")}
    changed = answer("200", one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Another server of things", "version": "1.0"},
        "servers": [{"url": url}],
        "security": [{"bearer": []}],
        "paths": {
            "/things": {
                "get": {"operationId": "listThings", "parameters": query, "responses": answer("200", many)},
                "post": {
                    "operationId": "createThing",
                    "requestBody": body(reference("NewThing")),
                    "responses": answer("201", one),
                },
            },
            "/things/{slug}": {
                "parameters": slug,
                "get": {"operationId": "readThing", "responses": answer("200", one)},
                "put": {
                    "operationId": "replaceThing",
                    "requestBody": body(reference("NewThing")),
                    "responses": changed,
                },
                "patch": {"operationId": "changeThing", "requestBody": body(reference("Change")), "responses": changed},
                "delete": {"operationId": "deleteThing", "responses": {"204": {"description": "Gone."}}},
            },
            "/collections": {"get": {"operationId": "listCollections", "responses": answer("200", many)}},
        },
        "components": {
            "schemas": {"Thing": thing, "NewThing": new, "Change": {**new, "required": []}},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def reference(name: str) -> dict:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(schema: dict) -> dict:
    """Return a request body of JSON."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def answer(status: str, schema: dict) -> dict:
    """Return the answers of an operation."""
    return {status: {"description": "Done.", "content": {"application/ld+json": {"schema": schema}}}}
