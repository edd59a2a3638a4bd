"""Starts the servers that tests talk to, each a program of its own, and reads back what they hold.

with heliport_server(tmp_path) as server, fault_proxy(server.url, tmp_path) as proxy:
    proxy.plan({"fault": "reset-after", "method": "POST", "nth": 3})
    …
    assert len(server.held().relations) == 12
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).parent
OBJECTS = "/api/digital-objects/complete/"
RELATIONS = "/api/digital-object-relations/"
ATTRIBUTES = "/api/digital-object-attributes/"
GRAPHS = "/api/object-graphs/"
SOURCES = "/api/data-sources/"
# As in other_server/contract.py.
PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "schema": "https://schema.org/",
}


@dataclass
class Held:
    """What a server holds, live objects only: rows as it tells them, without the vocabulary and the projects.

    `relations` and `attributes` also stand in a common form, with doubles: (subject id, predicate, object id) and
    (subject id, property, value as JSON).
    """

    objects: list[dict] = field(default_factory=list)
    graphs: list[dict] = field(default_factory=list)
    sources: list[dict] = field(default_factory=list)
    relations: list[tuple] = field(default_factory=list)
    attributes: list[tuple] = field(default_factory=list)


@dataclass
class HeliportServer:
    """A running stand-in for HELIPORT."""

    url: str
    project: int
    foreign_project: int
    token: str
    token_file: Path
    process: subprocess.Popen

    def session(self) -> requests.Session:
        """Return a session that is logged in."""
        return logged_in(f"Token {self.token}")

    def held(self) -> Held:
        """Read back everything."""
        with self.session() as session:

            def rows(path: str) -> list[dict]:
                return list(numbered_pages(session, self.url + path))

            projects = {row["digital_object_id"] for row in rows("/api/projects/")}
            return Held(
                [r for r in rows(OBJECTS) if not r["special_heliport_role"] and r["digital_object_id"] not in projects],
                rows(GRAPHS),
                rows(SOURCES),
                [(row["subject"], row["predicate_iri"], row["object"]) for row in rows(RELATIONS)],
                [(r["subject"], r["property"], json.dumps(r["value"], sort_keys=True)) for r in rows(ATTRIBUTES)],
            )


@contextmanager
def heliport_server(folder: Path, *arguments: str, database: str = "heliport.db") -> Iterator[HeliportServer]:
    """Start the stand-in for HELIPORT with its database in `folder`; arguments are those of its command line."""
    with program("heliport_server", "--database", str(folder / database), *arguments, log=folder) as (process, said):
        token_file = Path(said["token-file"])
        yield HeliportServer(
            said["url"],
            int(said["project"]),
            int(said["foreign-project"]),
            token_file.read_text("utf-8"),
            token_file,
            process,
        )


@dataclass
class OtherServer:
    """A running server of another contract."""

    url: str
    collection: str
    token: str
    process: subprocess.Popen

    def session(self) -> requests.Session:
        """Return a session that is logged in."""
        return logged_in(f"Bearer {self.token}")

    def held(self) -> Held:
        """Read back everything; predicates and properties as IRIs."""
        with self.session() as session:
            things = list(linked_pages(session, f"{self.url}/things"))
        relations = [(thing["@id"], expanded(rel), target) for thing in things for rel, target in links_of(thing)]
        attributes = [
            (thing["@id"], expanded(name), json.dumps(value, sort_keys=True))
            for thing in things
            for name, value in thing.get("facts", {}).items()
        ]
        return Held(objects=things, relations=relations, attributes=attributes)


@contextmanager
def other_server(folder: Path, *arguments: str) -> Iterator[OtherServer]:
    """Start the server of another contract; arguments are those of its command line."""
    with program("other_server", *arguments, log=folder) as (process, said):
        yield OtherServer(**said, process=process)


def links_of(thing: dict) -> Iterator[tuple[str, str]]:
    """Yield (predicate, target) of a thing of the other server, in either of its styles."""
    for link in thing.get("links", []):
        yield link["rel"], link["target"]
    for key, targets in thing.items():
        if ":" in key:
            for target in targets:
                yield key, target


def expanded(name: str) -> str:
    """Return a name as an IRI."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


@dataclass
class FaultProxy:
    """A running proxy that injects faults; `tests/faults/plan.py` tells what a rule says."""

    url: str
    record: Path
    process: subprocess.Popen

    def plan(self, *rules: dict) -> None:
        """Put these rules in force instead of the ones before; none: all goes well again."""
        self._control("PUT", json=rules).raise_for_status()

    def rules(self) -> list[dict]:
        """Return the rules with what they `counted` and how often they `fired`."""
        return self._control("GET").json()

    def seen(self) -> list[dict]:
        """Return what clients sent so far: method, path, headers, bytes, and the fault and the server's status."""
        return [json.loads(line) for line in self.record.read_text("utf-8").splitlines()]

    def _control(self, method: str, **options) -> requests.Response:
        with logged_in("") as session:
            return session.request(method, f"{self.url}/__faults__", timeout=10, **options)


@contextmanager
def fault_proxy(upstream: str, folder: Path, *rules: dict, port: int = 0) -> Iterator[FaultProxy]:
    """Start a proxy before the server at `upstream`, with these rules in force."""
    plan, record = folder / "plan.json", folder / "requests.jsonl"
    plan.write_text(json.dumps(rules), "utf-8")
    record.touch()
    options = ("--upstream", upstream, "--port", str(port), "--plan", str(plan), "--record", str(record))
    with program("faults", *options, log=folder) as (process, said):
        yield FaultProxy(said["url"], record, process)


@contextmanager
def program(name: str, *arguments: str, log: Path) -> Iterator[tuple[subprocess.Popen, dict[str, str]]]:
    """Run one of the programs beside this file; yield it and the `key=value` words of the line that it prints."""
    with Path(log, f"{name}.log").open("ab") as errors:
        command = [sys.executable, str(HERE / name), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{name} did not start: {Path(errors.name).read_text('utf-8')}")
            yield process, dict(word.split("=", 1) for word in line.strip().split(" ", line.count("=") - 1))
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def logged_in(authorization: str) -> requests.Session:
    """Return a session that sends this header, and heeds no proxy or netrc of the machine."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = authorization
    return session


def numbered_pages(session: requests.Session, url: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages."""
    url += "?page_size=1000"
    while url:
        answer = session.get(url, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        yield from page["results"]
        url = page["next"]


def linked_pages(session: requests.Session, url: str | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages of bare lists."""
    while url:
        answer = session.get(url, timeout=60)
        answer.raise_for_status()
        yield from answer.json()
        url = answer.links.get("next", {}).get("url")
