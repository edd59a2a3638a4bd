"""The datasets that runs say they used, each with the local file behind it where that is still what the run read."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from snakemake_heliport.model import JsonValue
from snakemake_heliport.observe.hashing import ContentUnknown, hash_path, look
from snakemake_heliport.records import DIRECTORY_SIZE, Signature
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.mlflow_models import parsed
from snakemake_heliport.training import DatasetInput

CONTEXT_TAG = "mlflow.data.context"
# Where the source of a dataset may stand in what MLflow keeps of it.
SOURCE_KEYS = ("uri", "path", "url", "table_name", "delta_table_name")
CODE, LOCAL = "code", "local"
# File systems and trackers round times.
COARSE_NS = 10**9
# Runs of one experiment share their datasets.
MAX_STRUCTURES = 1000


class Datasets:
    """Turns MLflow's inputs of runs into facts.

    Args:
        workdir: Where relative paths begin.
        limit: Files above this many bytes are not hashed (None: no limit).
    """

    def __init__(self, redactor: Redactor, workdir: Path, limit: int | None) -> None:
        self._redactor = redactor
        self._workdir = workdir
        self._limit = limit
        self._digests: dict[tuple[str, Signature], str | None] = {}
        self._structures: dict[str, JsonValue] = {}

    def of(self, inputs: Iterable[Any], until: float) -> tuple[DatasetInput, ...]:
        """Return the datasets of a run, each once with all that it was used for.

        Args:
            until: When the run ended (seconds since the epoch): a file that was written later is not what it read.
        """
        merged: dict[tuple[str, str], tuple[Any, set[str]]] = {}
        for used in inputs:
            dataset = used.dataset
            _, contexts = merged.setdefault((dataset.name, dataset.digest), (dataset, set()))
            contexts.update(tag.value for tag in used.tags or () if tag.key == CONTEXT_TAG)
        return tuple(self._dataset(dataset, contexts, until) for _, (dataset, contexts) in sorted(merged.items()))

    def _dataset(self, dataset: Any, contexts: set[str], until: float) -> DatasetInput:
        source = None if dataset.source_type == CODE else _address(dataset.source)
        path = None if source is None else self._path(dataset.source_type, source)
        return DatasetInput(
            name=self._redactor.text(dataset.name),
            digest=self._redactor.text(dataset.digest),
            source_type=self._redactor.text(dataset.source_type),
            contexts=tuple(map(self._redactor.text, sorted(contexts))),
            source=None if source is None else self._redactor.text(source),
            schema=self._structure(dataset.schema),
            profile=self._structure(dataset.profile),
            path=path,
            sha256=None if path is None else self._digest(str(self._workdir / path), until),
        )

    def _structure(self, text: str | None) -> JsonValue:
        if not text:
            return None
        if text not in self._structures:
            if len(self._structures) >= MAX_STRUCTURES:
                self._structures.clear()
            self._structures[text] = self._redactor.named("", parsed(text))
        return self._structures[text]

    def _path(self, source_type: str, source: str) -> str | None:
        """Return a local path as jobs name theirs: relative where it lies in the working directory."""
        if source.startswith("file:"):
            source = unquote(urlsplit(source).path)
        elif "://" in source or not (source_type == LOCAL or source.startswith("/")):
            return None
        path = os.path.normpath(os.path.join(self._workdir, source))
        inside = os.path.relpath(path, self._workdir)
        return path if inside == os.pardir or inside.startswith(os.pardir + os.sep) else inside

    def _digest(self, path: str, until: float) -> str | None:
        seen = look(path)
        if seen is None or seen.size == DIRECTORY_SIZE or seen.mtime_ns > int(until * 1e9) + COARSE_NS:
            return None
        key = (path, seen)
        if key not in self._digests:
            try:
                self._digests[key] = hash_path(path, seen, self._limit)
            except ContentUnknown:
                self._digests[key] = None
        return self._digests[key]


def _address(source: str | None) -> str | None:
    """Return the path or URI in what MLflow keeps of a dataset's source."""
    found = parsed(source)
    if isinstance(found, dict):
        return next((str(found[key]) for key in SOURCE_KEYS if found.get(key)), None)
    return found if isinstance(found, str) and found else None
