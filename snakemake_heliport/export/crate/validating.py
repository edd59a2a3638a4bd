"""Ask the community's own validator about a crate, without a network."""

import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from snakemake_heliport.export.crate.contexts import contexts
from snakemake_heliport.export.crate.profiles import PROCESS, PROVENANCE, WORKFLOW
from snakemake_heliport.export.crate.root import METADATA

INSTALL = "crates are validated by roc-validator, which is not installed: pip install roc-validator"
PROFILES = {
    PROVENANCE: "provenance-run-crate-0.5",
    WORKFLOW: "workflow-run-crate-0.5",
    PROCESS: "process-run-crate-0.5",
}
# The validator wants an address from every workflow file, and the specification a relative path: both cannot be.
CONTRADICTION = "The SoftwareApplication id SHOULD be an absolute URI"


def validate_crate(path: Path) -> list[str]:
    """Return what roc-validator finds wrong with a crate, what is required first; none if all is well.

    Without roc-validator, the one line says how to get it.
    """
    try:
        models, services = (import_module(f"rocrate_validator.{name}") for name in ("models", "services"))
    except ImportError:
        return [INSTALL]
    metadata = _metadata(path)
    if metadata is None:
        return [f"required: {path} holds no {METADATA} that can be read"]
    with _offline():
        settings = services.ValidationSettings(
            rocrate_uri=str(path),
            profile_identifier=profile_of(metadata),
            requirement_severity=models.Severity.RECOMMENDED,
            offline=True,
        )
        issues = services.validate(settings).get_issues()
    found = {(-issue.severity.value, f"{issue.severity.name.lower()}: {_line(issue)}") for issue in issues}
    return [line for _, line in sorted(found) if CONTRADICTION not in line]


def profile_of(metadata: Any) -> str:
    """Return the name by which the validator knows the strictest profile that a crate claims to keep.

    Its profiles of runs are for RO-Crate 1.1; of other versions it knows the specification itself.
    """
    entities = {entity.get("@id"): entity for entity in metadata.get("@graph", ())}
    specification = next((iri for iri in _conforms(entities, METADATA) if "/ro/crate/" in iri), "1.1")
    version = specification.rpartition("/")[2]
    if version != "1.1":
        return f"ro-crate-{version}"
    claimed = _conforms(entities, "./")
    return next((name for profile, name in PROFILES.items() if profile in claimed), "ro-crate-1.1")


def _conforms(entities: dict[str, Any], name: str) -> list[str]:
    found = entities.get(name, {}).get("conformsTo", [])
    return [str(item.get("@id")) for item in (found if isinstance(found, list) else [found])]


def _metadata(path: Path) -> Any:
    try:
        if path.is_dir():
            return json.loads((path / METADATA).read_text(encoding="utf-8"))
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(METADATA))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _line(issue: Any) -> str:
    entity = f"{issue.violatingEntity}: " if issue.violatingEntity else ""
    return entity + " ".join(str(issue.message).split())


class _Answer:
    """What a server would answer that is asked for a context."""

    status_code = 200
    headers = {"Content-Type": "application/ld+json"}  # noqa: RUF012

    def __init__(self, document: Any) -> None:
        self.text = json.dumps(document)
        self.content = self.text.encode()

    def json(self) -> Any:
        return json.loads(self.text)


@contextmanager
def _offline() -> Iterator[None]:
    """Give the validator the contexts of our crates, and nothing else from the network."""
    http: Any = import_module("rocrate_validator.utils.http")
    known, ask = contexts(), http.HttpRequester.__getattr__

    def answer(requester: Any, name: str) -> Any:
        if name.lower() != "get":
            return ask(requester, name)
        get: Callable[..., Any] = ask(requester, name)
        return lambda url, *more, **options: _Answer(known[url]) if url in known else get(url, *more, **options)

    level = logging.root.manager.disable
    http.HttpRequester.__getattr__ = answer
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        http.HttpRequester.__getattr__ = ask
        logging.disable(level)
