"""What an OpenAPI document (3.x, or Swagger 2.0) tells of a server's resources."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.probing.seen import Field, Filter, Form, Resource

BY = "its OpenAPI document"
METHODS = ("get", "post", "put", "patch", "delete")
ITEM = re.compile(r"(?P<list>/.*?)/?\{(?P<key>[^}/]+)\}(?P<rest>/?.*)")
SEVERAL = re.compile(r"repeat|several|multiple|more than once|comma.separated|list of", re.IGNORECASE)
FORMS: dict[str, Form] = {
    "string": "text",
    "boolean": "flag",
    "integer": "number",
    "number": "number",
    "array": "list",
    "object": "mapping",
}
# drf-spectacular: 'Token-based authentication with required prefix "Token"'.
PREFIX = re.compile(r"prefix[^\"'`]*[\"'`]([\w-]+)[\"'`]", re.IGNORECASE)
DEEPEST = 6


class OpenApi:
    """An OpenAPI document.

    Attributes:
        document: The document itself.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def base(self) -> str:
        """The path that all paths come after."""
        servers = self.document.get("servers")
        if isinstance(servers, list) and servers and isinstance(servers[0], Mapping):
            return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")
        return str(self.document.get("basePath", "")).rstrip("/")

    def auth(self) -> Auth | None:
        """Return how a token is shown, None where that is not told."""
        components = self.document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
        schemes = schemes or self.document.get("securityDefinitions")
        told = [scheme for scheme in schemes.values() if isinstance(scheme, Mapping)] if schemes else []
        for scheme in told:
            if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
                return Auth(scheme="Bearer")
        for scheme in told:
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                name = str(scheme.get("name"))
                prefix = PREFIX.search(str(scheme.get("description", "")))
                default = "Token" if name == "Authorization" else None
                return Auth(scheme=prefix[1] if prefix else default, header=name)
        if any(scheme.get("type") in ("oauth2", "openIdConnect") for scheme in told):
            return Auth(scheme="Bearer")
        return None

    def resources(self) -> list[Resource]:
        """Return the lists, with what can be done with each and with one of its elements."""
        paths = self.document.get("paths")
        found: dict[str, Resource] = {}
        for path, told in paths.items() if isinstance(paths, Mapping) else ():
            if isinstance(told, Mapping) and "{" not in path:
                found[path.rstrip("/")] = self._list(path, told)
        for path, told in paths.items() if isinstance(paths, Mapping) else ():
            parts = ITEM.fullmatch(path)
            resource = found.get(parts["list"].rstrip("/")) if parts else None
            if parts and resource is not None and isinstance(told, Mapping):
                self._one(resource, path, told, parts["key"], parts["rest"].strip("/"))
        return list(found.values())

    def _list(self, path: str, told: Mapping[str, Any]) -> Resource:
        get, post = (self._plain(told.get(method)) for method in ("get", "post"))
        sent = self._body(post)
        bulk = self._bulk(sent)
        shown = self._shown(get)
        fields = self._fields(self._element(sent)) if post else {}
        tags = [*get.get("tags", []), *post.get("tags", [])]
        return Resource(
            f"{self.base}{path}",
            name=str(tags[0]) if tags else "",
            methods={method.upper() for method in METHODS if method in told},
            fields=_with_shown(fields, shown),
            filters=self._filters([*told.get("parameters", []), *get.get("parameters", [])]),
            bulk=bulk,
            described=[BY],
        )

    def _one(self, resource: Resource, path: str, told: Mapping[str, Any], key: str, rest: str) -> None:
        methods = {method.upper() for method in METHODS if method in told}
        if rest:
            if "{" not in rest:
                resource.below[rest] = methods
            return
        resource.item = f"{self.base}{path}".replace(f"{{{key}}}", "{id}")
        resource.key = key
        resource.item_methods |= methods
        shown = self._fields(self._element(self._result(self._plain(told.get("get")))))
        resource.fields = _with_shown(resource.fields, shown)

    # Schemas.

    def _plain(self, value: Any, depth: int = 0) -> dict[str, Any]:
        """Return a mapping without references and alternatives: what all, or the first telling, of them say."""
        if not isinstance(value, Mapping) or depth > 2 * DEEPEST:
            return {}
        if "$ref" in value:
            target: Any = self.document
            for step in str(value["$ref"]).removeprefix("#/").split("/"):
                step = step.replace("~1", "/").replace("~0", "~")
                target = target.get(step) if isinstance(target, Mapping) else None
            return self._plain(target, depth + 1)
        plain = dict(value)
        for part in plain.pop("allOf", []):
            below = self._plain(part, depth + 1)
            properties = {**below.get("properties", {}), **plain.get("properties", {})}
            required = [*below.get("required", []), *plain.get("required", [])]
            plain = {**below, **plain}
            if properties:
                plain |= {"properties": properties, "required": required}
        options = [self._plain(part, depth + 1) for name in ("oneOf", "anyOf") for part in plain.pop(name, [])]
        telling = [option for option in options if option.get("type") != "null"]
        if telling and "type" not in plain:
            enum = [choice for option in telling for choice in option.get("enum", [])]
            plain = {**telling[0], **plain, "alternatives": telling, **({"enum": enum} if enum else {})}
        if isinstance(plain.get("type"), list):
            plain["type"] = next((name for name in plain["type"] if name != "null"), None)
        return plain

    def _body(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        body = self._plain(operation.get("requestBody"))
        if body:
            return self._content(body)
        parameters = (self._plain(parameter) for parameter in operation.get("parameters", []))
        return next((self._plain(one.get("schema")) for one in parameters if one.get("in") == "body"), {})

    def _result(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        responses = operation.get("responses")
        told = responses if isinstance(responses, Mapping) else {}
        answer = next((self._plain(value) for status, value in told.items() if str(status).startswith("2")), {})
        return self._plain(answer["schema"]) if "schema" in answer else self._content(answer)

    def _content(self, told: Mapping[str, Any]) -> dict[str, Any]:
        content = told.get("content")
        kinds = content if isinstance(content, Mapping) else {}
        chosen = sorted(kinds, key=lambda kind: ("json" not in kind, kind))
        return self._plain(kinds[chosen[0]].get("schema")) if chosen and isinstance(kinds[chosen[0]], Mapping) else {}

    def _shown(self, get: Mapping[str, Any]) -> dict[str, Field]:
        result = self._result(get)
        if result.get("type") == "array" or "properties" not in result:
            return self._fields(self._element(result))
        lists = (self._plain(value) for value in result["properties"].values())
        inner = next((one for one in lists if one.get("type") == "array"), None)
        return self._fields(self._element(inner)) if inner else {}

    def _element(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of one element, where a list may be meant."""
        for option in schema.get("alternatives", ()):
            if option.get("properties"):
                return dict(option)
        return self._plain(schema.get("items")) if schema.get("type") == "array" else dict(schema)

    def _bulk(self, schema: Mapping[str, Any]) -> int:
        lists = [one for one in (schema, *schema.get("alternatives", ())) if one.get("type") == "array"]
        return int(lists[0].get("maxItems", 100)) if lists else 0

    def _fields(self, schema: Mapping[str, Any], depth: int = 0) -> dict[str, Field]:
        properties, required = schema.get("properties"), schema.get("required") or []
        if not isinstance(properties, Mapping) or depth > DEEPEST:
            return {}
        return {str(name): self._field(str(name), told, name in required, depth) for name, told in properties.items()}

    def _field(self, name: str, told: Any, required: bool, depth: int) -> Field:
        schema = self._plain(told)
        items = self._plain(schema.get("items"))
        form = FORMS.get(str(schema.get("type")), "mapping" if schema.get("properties") else "any")
        if form == "text" and schema.get("format") in ("date", "date-time"):
            form = "time"
        return Field(
            name,
            form,
            self._fields(items if form == "list" else schema, depth + 1),
            FORMS.get(str(items.get("type")), "mapping" if items.get("properties") else "any"),
            open=bool(schema.get("additionalProperties")) or (form == "mapping" and not schema.get("properties")),
            choices=tuple(choice for choice in (schema.get("enum") or items.get("enum") or ()) if choice is not None),
            longest=schema.get("maxLength") if isinstance(schema.get("maxLength"), int) else None,
            required=required and "default" not in schema,
            read_only=bool(schema.get("readOnly")),
            format=str(schema.get("format") or ""),
            about=str(schema.get("description") or schema.get("title") or ""),
        )

    def _filters(self, parameters: list[Any]) -> dict[str, Filter]:
        found: dict[str, Filter] = {}
        for told in map(self._plain, parameters):
            if told.get("in") != "query" or not told.get("name"):
                continue
            schema = self._plain(told.get("schema")) or told
            listed = schema.get("type") == "array"
            joined = listed and (told.get("explode") is False or schema.get("collectionFormat") == "csv")
            about = str(told.get("description") or "")
            several = listed or bool(SEVERAL.search(about))
            separator = "," if joined or (several and "comma" in about.lower()) else None
            maximum = schema.get("maximum")
            name = str(told["name"])
            found[name] = Filter(name, several, separator, maximum if isinstance(maximum, int) else None, about)
        return found


def _with_shown(sent: Mapping[str, Field], shown: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields that can be sent with those that are shown, which then are the server's own."""
    if not sent:
        return dict(shown)
    return {**{name: replace(field, read_only=True) for name, field in shown.items()}, **sent}
