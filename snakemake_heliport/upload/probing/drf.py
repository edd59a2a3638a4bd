"""What Django REST framework tells of a resource when it is asked for OPTIONS, to those who may write to it."""

from collections.abc import Mapping
from typing import Any

from snakemake_heliport.upload.probing.seen import Field, Filter, Form, Resource

# `rest_framework.metadata.SimpleMetadata.label_lookup`
FORMS: dict[str, Form] = {
    "string": "text",
    "email": "text",
    "url": "text",
    "slug": "text",
    "regex": "text",
    "choice": "text",
    "boolean": "flag",
    "integer": "number",
    "float": "number",
    "decimal": "number",
    "date": "time",
    "datetime": "time",
    "list": "list",
    "multiple choice": "list",
    "nested object": "mapping",
}
BY = "its OPTIONS metadata"


def resource_of_options(path: str, body: Any, allow: str) -> Resource | None:
    """Return what an answer to OPTIONS tells; None where it tells nothing.

    Args:
        allow: The `Allow` header.
    """
    methods = {method.strip().upper() for method in allow.split(",") if method.strip()}
    if not isinstance(body, Mapping):
        return Resource(path, methods=methods, described=[]) if methods else None
    actions = body.get("actions")
    told = actions.get("POST", actions.get("PUT")) if isinstance(actions, Mapping) else None
    fields = {str(name): _field(str(name), value) for name, value in told.items()} if isinstance(told, Mapping) else {}
    bulk = body.get("bulk")
    limit = bulk.get("limit", 100) if isinstance(bulk, Mapping) and bulk.get("create") else 0
    return Resource(
        path,
        methods=methods,
        fields=fields,
        filters=_filters(body.get("filters")),
        bulk=limit if isinstance(limit, int) else 0,
        described=[BY] if fields else [],
    )


def _filters(told: Any) -> dict[str, Filter]:
    if isinstance(told, Mapping):
        several = {str(name): isinstance(value, Mapping) and bool(value.get("several")) for name, value in told.items()}
        return {name: Filter(name, several=several[name]) for name in several}
    return {str(name): Filter(str(name)) for name in told} if isinstance(told, list) else {}


def _field(name: str, told: Any) -> Field:
    if not isinstance(told, Mapping):
        return Field(name)
    child = told.get("child") if isinstance(told.get("child"), Mapping) else {}
    children = (child or {}).get("children") or told.get("children") or {}
    form = FORMS.get(str(told.get("type")), "any")
    choices = told.get("choices") or []
    return Field(
        name,
        "list" if child else form,
        {str(key): _field(str(key), value) for key, value in children.items()},
        FORMS.get(str((child or {}).get("type")), "any"),
        choices=tuple(choice["value"] for choice in choices if isinstance(choice, Mapping) and "value" in choice),
        longest=told.get("max_length") if isinstance(told.get("max_length"), int) else None,
        required=bool(told.get("required")),
        read_only=bool(told.get("read_only")),
        about=str(told.get("help_text") or ""),
    )
