"""Our kinds of things in the words of a server that takes no others."""

from collections.abc import Iterable
from typing import Any

from snakemake_heliport.model import Kind
from snakemake_heliport.upload.probing.seen import spelling
from snakemake_heliport.vocabulary import load

# Words for a kind beside its own, the best first.
FURTHER = {
    Kind.RUN: ("workflowrun", "execution", "run"),
    Kind.WORKFLOW: ("workflow", "plan", "program"),
    Kind.JOB: ("job", "task", "step", "execution"),
    Kind.TRAINING_RUN: ("trainingrun", "training", "mlrun", "run", "experimentrun"),
    Kind.FILE: ("file", "data", "dataset"),
    Kind.DATASET: ("dataset", "data"),
    Kind.MODEL: ("model", "mlmodel"),
    Kind.MODEL_VERSION: ("modelversion", "model"),
    Kind.SOURCE: ("sourcecode", "code", "software"),
    Kind.ENVIRONMENT: ("softwareenvironment", "environment", "software"),
    Kind.PACKAGE: ("package", "software"),
    Kind.ENGINE: ("engine", "softwareagent", "software"),
    Kind.DATA_SOURCE: ("datasource", "source"),
    Kind.LOG: ("log", "logfile", "file"),
    Kind.CONFIG: ("config", "configuration", "file"),
}
# Words for what PROV calls a thing, by the class that our vocabulary gives a kind.
CLASSES = (
    ("prov:Activity", ("activity", "process", "execution", "run", "event")),
    ("prov:Agent", ("agent", "actor", "person")),
    ("prov:Entity", ("entity", "object", "digitalobject", "data", "resource", "artifact", "file", "item")),
)
OTHERS = ("other", "misc", "miscellaneous", "generic", "unknown", "object", "digitalobject", "thing", "entity", "item")


def kinds_of(choices: Iterable[Any]) -> tuple[dict[str, Any], Any]:
    """Return the server's word for each kind that it has one for, and the word for all others."""
    by_word = {spelling(str(choice)): choice for choice in choices}
    kinds = {kind.value: by_word[word] for kind in Kind if (word := _word(kind, by_word)) is not None}
    other = next((by_word[word] for word in OTHERS if word in by_word), next(iter(by_word.values()), None))
    return kinds, other


def _word(kind: Kind, by_word: Iterable[str]) -> str | None:
    words = [spelling(kind.value), *FURTHER.get(kind, ())]
    for term, general in CLASSES:
        if term in load().kinds.get(kind, ()):
            words += general
    return next((word for word in words if word in by_word), None)
