"""The YAML at the head of a card: what Hugging Face reads of it."""

import json
import re

from snakemake_heliport.export import bibliography
from snakemake_heliport.export.card.chain import Chain
from snakemake_heliport.export.card.cost import emitted
from snakemake_heliport.export.card.licences import licence_head
from snakemake_heliport.export.card.results import metric_id, model_index, results_of, task_of
from snakemake_heliport.export.card.subject import Subject, entries
from snakemake_heliport.export.card.words import plain, slug
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

Head = dict[str, JsonValue]

OURS = ("snakemake", "heliport")
BASES = ("base_model", "base_model_name_or_path", "pretrained_model_name_or_path", "model_name_or_path")
HUB_SOURCES = ("hf", "hugging_face", "huggingface")
_HUB_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
# How Hugging Face calls the libraries that MLflow names otherwise.
LIBRARIES = {"pytorch": "pytorch", "tensorflow": "tf-keras", "sentence_transformers": "sentence-transformers"}
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)


def model_head(subject: Subject) -> Head:
    """Return the head of a model card."""
    metrics = [metric_id(result.name) for result in results_of(subject)]
    index = model_index(subject, name_of(subject))
    task = task_of(subject)
    head: Head = {
        "library_name": library_of(subject),
        **licence_head(licence_of(subject)),
        "pipeline_tag": task if task != "other" else None,
        "base_model": base_of(subject),
        "datasets": hub_datasets(subject),
        "metrics": [*dict.fromkeys(metric for metric in metrics if metric)],
        "tags": _tags(subject),
        "co2_eq_emissions": emitted(subject),
        "model-index": index,
    }
    return _present(head)


def dataset_head(subject: Subject, chain: Chain, rows: int | None) -> Head:
    """Return the head of a dataset card."""
    head: Head = {
        "pretty_name": name_of(subject),
        **licence_head(licence_of(subject)),
        "size_categories": None if rows is None else [size_category(rows)],
        "source_datasets": _sources(subject, chain),
        "tags": _tags(subject),
    }
    return _present(head)


def _sources(subject: Subject, chain: Chain) -> list[JsonValue]:
    """Return whether a dataset was made of others; nothing where that is not told."""
    if not chain.steps or subject.hidden[Kind.JOB] or subject.hidden[Kind.FILE]:
        return []
    return ["extended" if chain.beginnings else "original"]


def _present(head: Head) -> Head:
    return {name: value for name, value in head.items() if value not in (None, [], {}, "")}


def _near(subject: Subject) -> list[DigitalObject]:
    """Return what speaks for a thing: itself, its logged model, and the workflow's file of the same bytes."""
    found = [subject.item, *([] if subject.model is None else [subject.model])]
    twins = [
        twin
        for part in ([subject.model] if subject.model is not None else [])
        for member in subject.view.ahead(part.iri, Predicate.HAD_MEMBER)
        for content in subject.view.ahead(member.iri, Predicate.SPECIALIZATION_OF)
        for twin in subject.view.behind(content.iri, Predicate.SPECIALIZATION_OF)
        if twin.attributes.get("annotated_kind")
    ]
    return found + sorted(twins, key=lambda thing: (thing.label, thing.iri))


def name_of(subject: Subject) -> str:
    """Return what a thing is called."""
    return plain(bibliography.title_of(subject.view, subject.item))


def description_of(subject: Subject) -> str:
    """Return what its authors say of a thing."""
    found = (bibliography.description_of(subject.view, thing) for thing in _near(subject))
    return next((text for text in found if text), "")


def licence_of(subject: Subject) -> str | None:
    """Return the SPDX id of a thing's own licence, else of its file, else of its project."""
    own = (thing.attributes.get("license") for thing in _near(subject))
    said = next((str(licence) for licence in own if licence), None)
    return said or bibliography.licence_of(subject.view, subject.item)


def library_of(subject: Subject) -> str | None:
    """Return the library that loads a model; the one that every logged model has tells nothing."""
    said = {} if subject.model is None else subject.model.attributes
    names = [str(entry.get("name")) for entry in entries(said.get("flavors"))]
    own = next((name for name in names if name != "python_function"), None)
    return "mlflow" if own is None and names else own if own is None else LIBRARIES.get(own, plain(own))


def base_of(subject: Subject) -> str | None:
    """Return the model of Hugging Face that a training began with, where a parameter names it."""
    for thing in (subject.training, subject.model):
        for entry in entries(None if thing is None else thing.attributes.get("hyperparameters")):
            value = str(entry.get("value"))
            if entry.get("name") in BASES and _HUB_ID.fullmatch(value):
                return value
    return None


def hub_datasets(subject: Subject) -> list[JsonValue]:
    """Return the training data that lies with Hugging Face, by its id there."""
    used = [] if subject.training is None else subject.view.ahead(subject.training.iri, Predicate.USED_DATASET)
    ids = (_hub_id(data) for data in used if data.kind is Kind.DATASET)
    return [*dict.fromkeys(sorted(found for found in ids if found))]


def _hub_id(data: DigitalObject) -> str | None:
    if str(data.attributes.get("source_type")) not in HUB_SOURCES:
        return None
    source = str(data.attributes.get("source") or "")
    try:
        said = json.loads(source)
        source = str(said.get("path")) if isinstance(said, dict) else source
    except ValueError:
        pass
    source = source.removeprefix("https://huggingface.co/datasets/")
    return source if _HUB_ID.fullmatch(source) else None


def _tags(subject: Subject) -> list[JsonValue]:
    keywords = (bibliography.keywords_of(subject.view, thing) for thing in _near(subject))
    own = next((found for found in keywords if found), [])
    return [*dict.fromkeys((*OURS, *(slug(keyword) for keyword in own)))]


def size_category(rows: int) -> str:
    """Return how Hugging Face calls a number of rows."""
    return next((name for limit, name in SIZES if rows < limit), "n>1T")
