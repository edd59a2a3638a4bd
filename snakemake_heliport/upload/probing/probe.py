"""Learns how a server wants to be spoken to from what it says of itself; writes nothing there."""

from dataclasses import dataclass
from typing import Any

import yaml

from snakemake_heliport.upload.contract.contract import Contract, difference, load_contract, merged, plain, shipped
from snakemake_heliport.upload.http.addresses import item
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.probing.asking import Asking, Seen
from snakemake_heliport.upload.probing.deciding import (
    GRAPH_WORDS,
    PROJECT_WORDS,
    SOURCE_WORDS,
    fields_part,
    identifiers_part,
    ids_of,
    kinds_part,
    longest_part,
    named,
    objects_among,
    required_elsewhere,
    visibility_part,
)
from snakemake_heliport.upload.probing.lists import lookup_part, paging_part, references_part
from snakemake_heliport.upload.probing.notes import Notes
from snakemake_heliport.upload.probing.relations import attributes_of, relations_of
from snakemake_heliport.upload.probing.roles import Found, play
from snakemake_heliport.upload.probing.seen import Resource, spelling
from snakemake_heliport.upload.server.reading import Records

# Names of lists of files below an object.
ATTACHMENT_WORDS = ("attachments", "files", "attachment", "file", "uploads", "media")
HEAD = "# Learnt from {url} by `snakemake-heliport probe`; what HELIPORT's contract says already is left out.\n"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was learnt of a server.

    Attributes:
        contract: How to speak to it.
        found: Sentences about what was found, each with how it is known.
        missing: Sentences about what was not.
        override: What has to be laid over the contract that ships.
        url: The server.
    """

    contract: Contract
    found: list[str]
    missing: list[str]
    override: dict[str, Any]
    url: str

    def yaml(self) -> str:
        """Return the override as it may stand in a file."""
        return HEAD.format(url=self.url) + yaml.safe_dump(self.override, allow_unicode=True, sort_keys=False)


def probe(client: Client, contract: Contract) -> Findings:
    """Learn how a server wants to be spoken to.

    The client shows its token in the way that was found from then on.

    Args:
        contract: Where to look first; it stands where the server says nothing.

    Raises:
        Unreachable: The server does not answer.
        ContractError: What the server says makes no contract.
    """
    asking = Asking(client, contract)
    seen = asking.ask()
    notes = Notes()
    learnt = _Learning(asking, seen, contract, notes).learn()
    content = merged(plain(contract), learnt)
    found = load_contract(content)
    for problem in seen.problems:
        notes.missing(problem)
    override = difference(shipped(), plain(found))
    return Findings(found, notes.all_found, notes.all_missing, override, client.base_url)


class _Learning:
    """Goes through the parts of a contract."""

    def __init__(self, asking: Asking, seen: Seen, contract: Contract, notes: Notes) -> None:
        self._asking = asking
        self._seen = seen
        self._contract = contract
        self._notes = notes
        self._resources = list(seen.resources.values())

    def learn(self) -> dict[str, Any]:
        """Return what is to be laid over the contract."""
        self._tell_sources()
        learnt: dict[str, Any] = {"auth": self._auth()}
        objects = objects_among(self._resources, self._contract)
        if objects is None:
            self._notes.missing("no list of digital objects was found; `objects.path` in the contract names it")
            return learnt
        ids, template = ids_of(objects, self._contract, self._notes, self._asking.is_there)
        names, parts = fields_part(objects, self._contract, self._notes)
        taken = {found.field.name for found in parts.values()}
        relations = relations_of(objects, self._resources, self._seen.terms, self._notes)
        attributes = attributes_of(objects, self._resources, {*taken, str(relations.get("field"))}, self._notes)
        visibility = visibility_part(objects, names, self._notes)
        learnt |= {
            "objects": self._objects(objects, template),
            "ids": ids,
            "fields": names,
            **kinds_part(parts.get("kind"), self._notes),
            "longest": longest_part(parts),
            "references": references_part(objects, relations, parts.get("project")),
            "visibility": visibility,
            "identifiers": identifiers_part(objects, parts, self._resources, self._notes),
            "relations": relations,
            "attributes": attributes,
            "graphs": self._graphs(objects),
            "sources": self._sources(objects),
            "projects": self._projects(objects, parts.get("project")),
            "attachments": self._attachments(objects, template, ids),
            "landing": self._landing(objects),
        }
        learnt["paging"] = paging_part(self._asking, objects, self._notes)
        learnt["lookup"] = lookup_part(self._asking, objects, learnt["identifiers"], names, self._notes)
        used = {*names.values(), visibility.get("field"), learnt["identifiers"].get("field"), relations.get("field")}
        required_elsewhere(objects, {*used, attributes.get("field")}, self._notes)
        return learnt

    def _tell_sources(self) -> None:
        if self._seen.openapi is not None:
            self._notes.found(f"the server describes itself in an OpenAPI document at {self._seen.openapi}")
        if self._seen.root is not None:
            self._notes.found(f"the server lists what it has at {self._seen.root}")
        if self._seen.terms:
            self._notes.found("a JSON-LD context says what its keys mean")

    def _auth(self) -> dict[str, Any]:
        auth = self._seen.auth
        if auth is None:
            scheme = self._contract.auth.scheme
            self._notes.missing(f"the server does not say how a token is shown; {scheme!r} is taken")
            return {}
        shown = f"{auth.header}: {auth.scheme} …" if auth.scheme else f"{auth.header}: …"
        self._notes.found(f"a token is shown as `{shown}`", [self._seen.auth_by])
        return {"scheme": auth.scheme, "header": auth.header}

    def _objects(self, objects: Resource, template: str) -> dict[str, Any]:
        by = objects.described or ["its answers"]
        self._notes.found(f"digital objects are at {objects.path}", by)
        if objects.methods and "POST" not in objects.methods and "PUT" not in objects.item_methods:
            self._notes.missing(f"nothing may be created at {objects.path} with this token, or at all")
        if objects.bulk:
            self._notes.found(f"up to {objects.bulk} objects may be created at once", by)
        methods = objects.item_methods
        update = "PUT" if methods and "PATCH" not in methods and "PUT" in methods else "PATCH"
        create = "PUT" if objects.methods and "POST" not in objects.methods and "PUT" in methods else "POST"
        delete = None if methods and "DELETE" not in methods else "DELETE"
        return {
            "path": objects.path,
            "item": template,
            "create": create,
            "update": update,
            "delete": delete,
            "bulk": objects.bulk,
        }

    def _graphs(self, objects: Resource) -> dict[str, Any]:
        graphs = named(self._resources, GRAPH_WORDS, objects)
        members = None if graphs is None else play("members", graphs.writable())
        if graphs is None or members is None:
            self._notes.missing("no path for graphs of objects was found; a graph is an object like others")
            return {"path": None, "item": None}
        self._notes.found(f"graphs are at {graphs.path}, their members in {members.field.name!r}, {members.how}")
        key = graphs.key if graphs.key not in (None, "id", "pk", objects.key) else None
        return {"path": graphs.path, "item": graphs.item, "members": members.field.name, "id": key}

    def _sources(self, objects: Resource) -> dict[str, Any]:
        sources = named(self._resources, SOURCE_WORDS, objects)
        uri = None if sources is None else play("uri", sources.writable())
        if sources is None or uri is None:
            self._notes.missing("no path for data sources was found; a data source is an object like others")
            return {"path": None}
        protocol = play("protocol", sources.writable(), [uri.field.name])
        self._notes.found(f"data sources are at {sources.path}, their address in {uri.field.name!r}, {uri.how}")
        choices = [] if protocol is None else [str(choice) for choice in protocol.field.choices]
        told: dict[str, Any] = {"path": sources.path, "uri": uri.field.name}
        told["protocol"] = None if protocol is None else protocol.field.name
        if choices:
            told["other"] = next(
                (choice for choice in choices if spelling(choice) in ("other", "unknown")), choices[-1]
            )
            told["protocols"] = [choice for choice in choices if choice != told["other"]]
        return told

    def _projects(self, objects: Resource, found: Found | None) -> dict[str, Any]:
        projects = named(self._resources, PROJECT_WORDS, objects)
        many = found is None or found.field.form == "list"
        if found is not None and found.field.form == "any":
            many = found.field.name.endswith("s")
        return {"path": None if projects is None else projects.path, "many": many}

    def _attachments(self, objects: Resource, template: str, ids: list[str]) -> dict[str, Any]:
        below = dict(objects.below)
        if not below and objects.records:
            # What is below an object is told by nothing but asking there.
            id_ = Records(self._contract).id_of(objects.records[0], ids)
            address = item(template, id_, self._asking.base) if id_ is not None else objects.path
            below = {name: self._asking.allowed(f"{address.rstrip('/')}/{name}/") for name in ATTACHMENT_WORDS[:2]}
        for name, methods in below.items():
            if "POST" in methods and spelling(name) in ATTACHMENT_WORDS:
                path = f"{template.rstrip('/')}/{name}{'/' if template.endswith('/') else ''}"
                self._notes.found(f"files can be put at {path}")
                return {"path": path}
        return {"path": None}

    def _landing(self, objects: Resource) -> dict[str, Any]:
        found = play("landing", objects.fields)
        fields = [] if found is None else [found.field.name]
        return {"fields": list(dict.fromkeys([*fields, *self._contract.landing.fields]))}
