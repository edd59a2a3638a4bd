"""What makes the answers linked data: a context for the keys, an address for each object, and a page there."""

from django.utils.html import format_html, format_html_join
from rest_framework.renderers import BaseRenderer, JSONRenderer

CONTEXT = {
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "prov": "http://www.w3.org/ns/prov#",
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "description": "dcterms:description",
    "category": "dcterms:type",
    "created": "dcterms:created",
    "last_modified": "dcterms:modified",
    "projects": "dcterms:isPartOf",
    "identifiers": "schema:identifier",
    "scheme": "schema:propertyID",
    "identifier": "schema:value",
    "url": "schema:url",
    "subject": "rdf:subject",
    "predicate": "rdf:predicate",
    "object": "rdf:object",
    "value": "rdf:value",
    "nodes": "prov:hadMember",
    "uri": "dcterms:source",
}


def with_context(data, request):
    """Add the context to an answer: whole to an object or a page, by address to each object of a list."""
    if isinstance(data, dict):
        return {"@context": CONTEXT, **data}
    if isinstance(data, list):
        address = request.build_absolute_uri("/api/context/")
        return [{"@context": address, **item} if isinstance(item, dict) else item for item in data]
    return data


class JSONLDRenderer(JSONRenderer):
    """The same JSON, called what it is."""

    media_type = "application/ld+json"
    format = "jsonld"


class PageRenderer(BaseRenderer):
    """A page for people."""

    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        """Return the page."""
        return page(data)


def page(fields: dict) -> str:
    """Return the landing page of an object as HTML."""
    names = [(each["scheme"], each["identifier"]) for each in fields.get("identifiers", ())]
    identifiers = format_html_join("", "<li>{} {}</li>", names)
    return format_html(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{0}</title><h1>{0}</h1><p>{1}</p><ul>{2}</ul></html>",
        fields.get("label") or fields.get("detail", "Object"),
        fields.get("description", ""),
        identifiers,
    )
