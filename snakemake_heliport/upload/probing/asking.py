"""Asks a server what it says of itself; nothing is written there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests.utils
import yaml

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.errors import Rejected, Unauthorized, UploadError
from snakemake_heliport.upload.http.addresses import here, item
from snakemake_heliport.upload.http.answers import Answer, is_html
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.probing.auth import find_auth
from snakemake_heliport.upload.probing.context import Contexts, meaning_of
from snakemake_heliport.upload.probing.drf import resource_of_options
from snakemake_heliport.upload.probing.openapi import OpenApi
from snakemake_heliport.upload.probing.seen import Field, Resource, fields_of, together
from snakemake_heliport.upload.server.reading import rows_of

DOCUMENTS = (
    *(f"{root}/{name}" for root in ("", "/api", "/api/v1") for name in ("openapi.json", "openapi", "swagger.json")),
    *(f"{root}/schema/{query}" for root in ("/api", "") for query in ("?format=json", "")),
    *("/swagger/?format=openapi", "/api-docs", "/v3/api-docs"),
)
ROOTS = ("/api/", "/", "/api/v1/", "/api/v2/", "/v1/", "/rest/", "/api")
# Words of whole lists that are never what we look for.
UNWANTED = ("token", "login", "logout", "auth", "user", "schema", "docs", "context", "health", "status", "openapi")
MOST_RESOURCES = 30
# How a context is named for JSON that does not name it itself (JSON-LD 1.1, section 6.1).
CONTEXT_LINK = "http://www.w3.org/ns/json-ld#context"


@dataclass(slots=True)
class Seen:
    """All that a server told.

    Attributes:
        resources: By path.
        terms: What keys mean, by its JSON-LD contexts.
        auth: How a token is shown, and how that is known.
        problems: What it did not tell, and why.
    """

    resources: dict[str, Resource] = field(default_factory=dict)
    terms: dict[str, str] = field(default_factory=dict)
    openapi: str | None = None
    root: str | None = None
    auth: Auth | None = None
    auth_by: str = ""
    problems: list[str] = field(default_factory=list)

    def add(self, resource: Resource) -> Resource:
        """Add what tells of a resource to what is known of it."""
        key = resource.path.rstrip("/")
        for path, known in self.resources.items():
            if path.rstrip("/") == key:
                known.add(resource)
                return known
        self.resources[resource.path] = resource
        return resource


class Asking:
    """Asks one server.

    Args:
        contract: Where to look first.
    """

    def __init__(self, client: Client, contract: Contract) -> None:
        self._client = client
        self.contract = contract
        self._contexts = Contexts(client.base_url, self._body_at)
        self.seen = Seen()

    @property
    def base(self) -> str:
        """The address of the server."""
        return self._client.base_url

    def ask(self) -> Seen:
        """Return what the server tells of itself.

        Raises:
            Unreachable: It does not answer.
        """
        self._read_openapi()
        self._read_roots()
        shown = self._client.auth
        self._find_auth()
        if self._client.auth != shown and not self.seen.resources:
            # What is told to those who log in properly was not told before.
            self._read_openapi()
            self._read_roots()
        for path in self._candidates():
            self._read_list(path)
        self.seen.terms = self._contexts.terms()
        self.seen.problems += self._contexts.problems
        for resource in self.seen.resources.values():
            resource.fields = {name: one.meaning(self._meaning) for name, one in resource.fields.items()}
        return self.seen

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer | None:
        """Return an answer to a GET, None where the server says no."""
        try:
            return self._client.request("GET", path, params=params)
        except (Rejected, Unauthorized):
            return None

    def _meaning(self, name: str) -> str | None:
        return meaning_of(name, self.seen.terms)

    def _body_at(self, path: str) -> Any:
        answer = self.get(path)
        return None if answer is None else answer.body

    def is_there(self, template: str, id_: str) -> bool:
        """Return whether an object is at a path, with its id put into it."""
        try:
            answer = self.get(item(template, id_, self.base))
        except UploadError:
            return False
        return answer is not None and isinstance(answer.body, Mapping)

    # What describes the whole.

    def _read_openapi(self) -> None:
        for path in DOCUMENTS:
            document = self._document(path)
            if document is None:
                continue
            read = OpenApi(document)
            self.seen.openapi = path
            for resource in read.resources():
                self.seen.add(resource)
            auth = read.auth()
            if auth is not None:
                self.seen.auth, self.seen.auth_by = auth, "its OpenAPI document"
            return

    def _document(self, path: str) -> Mapping[str, Any] | None:
        answer = self.get(path)
        if answer is None or is_html(answer.body):
            return None
        body = answer.body
        if isinstance(body, str) and ("openapi:" in body[:2000] or "swagger:" in body[:2000]):
            try:
                body = yaml.safe_load(body)
            except yaml.YAMLError:
                return None
        told = isinstance(body, Mapping) and isinstance(body.get("paths"), Mapping)
        return body if told else None

    def _read_roots(self) -> None:
        """Read the listing of lists that Django REST framework, and others, have at their root."""
        for path in ROOTS:
            answer = self.get(path)
            if answer is None or not isinstance(answer.body, Mapping):
                continue
            found = {name: value for name, value in answer.body.items() if self._is_list(name, value)}
            if found:
                self.seen.root = path
                for name, value in found.items():
                    address = here(self._client.base_url, urljoin(answer.url, value))
                    self.seen.add(Resource(self._path(address), name=name))
                return

    def _is_list(self, name: str, value: Any) -> bool:
        if name.startswith("@") or not isinstance(value, str) or not value.startswith(("/", "http://", "https://")):
            return False
        return "{" not in value and (value.startswith("/") or urlsplit(value).path not in ("", "/"))

    def _path(self, address: str) -> str:
        """Return the path of an address below that of the server."""
        path = urlsplit(address).path
        return path.removeprefix(urlsplit(self._client.base_url).path)

    # How the token is shown.

    def _find_auth(self) -> None:
        if self.seen.auth is None:
            path = next(iter(self._candidates()), self.contract.objects.path)
            self.seen.auth, self.seen.auth_by = find_auth(self._client, self.contract.auth, path)
        if self.seen.auth is not None:
            self._client.shown_as(self.seen.auth)

    # One list.

    def _candidates(self) -> list[str]:
        paths = [path for path in self.seen.resources if not self._is_unwanted(path)]
        known = [self.contract.objects.path]
        known += [part.path for part in (self.contract.relations, self.contract.attributes) if part.path is not None]
        paths += [path for path in known if path.rstrip("/") not in {one.rstrip("/") for one in paths}]
        return paths[:MOST_RESOURCES]

    def _is_unwanted(self, path: str) -> bool:
        last = path.rstrip("/").rpartition("/")[2].lower()
        return any(word in last for word in UNWANTED)

    def _read_list(self, path: str) -> None:
        answer = self.get(path)
        options = self._options(path)
        if answer is None and options is None:
            return
        resource = self.seen.add(options or Resource(path))
        resource.asked = True
        if answer is None:
            return
        self._contexts.read(answer.body)
        for link in requests.utils.parse_header_links(answer.headers.get("link", "")):
            if link.get("rel") == CONTEXT_LINK:
                self._contexts.read({"@context": link["url"]})
        rows = rows_of(answer.body, self.contract)
        resource.page = answer
        resource.records = [row for row in rows or [] if isinstance(row, Mapping)][:200]
        for record in resource.records[:3]:
            self._contexts.read(record)
        shown = fields_of(resource.records)
        # What is shown and was not told of as something to send is taken for the server's own.
        if resource.described:
            shown = {name: _own(one) if name not in resource.fields else one for name, one in shown.items()}
        resource.fields = dict(together(resource.fields, shown))

    def _options(self, path: str) -> Resource | None:
        try:
            answer = self._client.request("OPTIONS", path)
        except UploadError:
            return None
        return resource_of_options(path, answer.body, answer.headers.get("allow", ""))

    def allowed(self, address: str) -> set[str]:
        """Return what can be done at an address."""
        try:
            answer = self._client.request("OPTIONS", address)
        except UploadError:
            return set()
        return {method.strip().upper() for method in answer.headers.get("allow", "").split(",") if method.strip()}


def _own(one: Field) -> Field:
    return replace(one, read_only=True)
