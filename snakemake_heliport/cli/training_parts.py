"""Parts that the pages of runs, training runs, models and datasets share: metrics, parameters, data, nested runs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.markup import escape

from snakemake_heliport.cli.common import out, styled
from snakemake_heliport.cli.pages import IN_JSON, MAX_LINES, MAX_ROWS, entries, items, tabled
from snakemake_heliport.lineage.near import Near, digest_start, path_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.store import Store
from snakemake_heliport.wording import brief, number

Entry = Mapping[str, JsonValue]

MAX_METRICS = 4
# What was measured on data that the training has not seen says most.
HELD_OUT = ("val", "test", "eval")
METRIC_COLUMNS = ("Name", "Last", "At step", "Least", "Greatest", "Points", "On")


def metrics(store: Store, evaluations: Iterable[Entry]) -> None:
    """Print the metrics of a training run."""
    found = list(evaluations)
    subjects = {(str(entry.get("model")), str(entry.get("dataset"))) for entry in found}
    curves = any(entry.get("count", 1) != 1 for entry in found)
    rows = []
    for entry in found[:MAX_ROWS]:
        step = number(entry.get("step")) if curves or entry.get("step") else ""
        points = number(entry.get("count")) if curves else ""
        measured = _measured(store, entry) if len(subjects) > 1 else ""
        values = [
            number(value) for value in (entry.get("value"), _extreme(entry, "least"), _extreme(entry, "greatest"))
        ]
        last, least, greatest = map(escape, values)
        rows.append((escape(brief(entry.get("name"))), last, step, least, greatest, points, measured))
    tabled("Metrics", METRIC_COLUMNS, rows, numbers=range(1, 6), more=len(found) - MAX_ROWS, hint=IN_JSON)


def _extreme(entry: Entry, name: str) -> JsonValue:
    points = [*entries(entry.get(name))]
    return points[0].get("value") if points else None


def _measured(store: Store, entry: Entry) -> str:
    """Return which dataset, or which model, a metric was measured on."""
    iri = entry.get("dataset") or entry.get("model")
    thing = store.get(iri) if isinstance(iri, str) else None
    return "" if thing is None else escape(brief(thing.label))


def parameters(hyperparameters: Iterable[Entry]) -> None:
    """Print the parameters of a training run or model, and which of them are those of its job."""
    found = list(hyperparameters)
    rows = [
        (
            escape(brief(entry.get("name"))),
            escape(brief(entry.get("value"))),
            "[dim]parameter of the job[/]" if entry.get("same_as") else "",
        )
        for entry in found[:MAX_ROWS]
    ]
    tabled("Parameters", ("Name", "Value", " "), rows, more=len(found) - MAX_ROWS, hint=IN_JSON)


def data(store: Store, title: str, datasets: Sequence[tuple[DigitalObject, str]]) -> None:
    """Print datasets, each with what it was used for, where it came from, and the start of its digest."""
    rows = []
    for dataset, use in datasets[:MAX_LINES]:
        around = Near.of(store, dataset)
        rows.append(
            (escape(brief(dataset.label)), escape(use), escape(source_of(around)), f"[dim]{digest_of(around)}[/]")
        )
    tabled(title, ("Dataset", "Used for", "From", "SHA-256"), rows, more=len(datasets) - MAX_LINES)


def source_of(dataset: Near) -> str:
    """Return where a dataset came from: the workflow's file, else what was logged."""
    files = [path_of(file) for file, _ in dataset.ahead(Predicate.HAS_SOURCE)]
    return ", ".join(files) or brief(dataset.item.attributes.get("source") or "")


def digest_of(dataset: Near) -> str:
    """Return the start of the SHA-256 of the data, by its file where the dataset itself has none."""
    own = digest_start(dataset)
    files = (file for file, _ in dataset.ahead(Predicate.HAS_SOURCE))
    return own or next(filter(None, (digest_start(dataset.to(file)) for file in files)), "")


def versions_of(model: Near) -> list[DigitalObject]:
    """Return the registered versions of a model, the first one first."""
    found = (thing for thing, _ in model.behind(Predicate.SPECIALIZATION_OF, kinds=(Kind.MODEL_VERSION,)))
    return sorted(found, key=lambda thing: (str(thing.attributes.get("created")), thing.label))


def version_in_words(version: DigitalObject) -> str:
    """Return a version with its aliases and its stage."""
    stage = version.attributes.get("stage")
    marks = [f"@{alias}" for alias in items(version.attributes.get("aliases"))]
    marks += [str(stage)] if stage and stage != "None" else []
    return f"{version.label} ({', '.join(marks)})" if marks else version.label


def flavors(model: DigitalObject) -> str:
    """Return the libraries that can load a model; the one that every model has tells least."""
    found = [entry for entry in entries(model.attributes.get("flavors")) if entry.get("name")]
    found.sort(key=lambda entry: entry["name"] == "python_function")
    return ", ".join(f"{entry['name']} {entry.get('version') or ''}".strip() for entry in found)


def training_runs(title: str, runs: Sequence[tuple[DigitalObject, int, str]]) -> None:
    """Print training runs with their most telling metrics.

    Args:
        title: What they are to the page.
        runs: Each with how deep it is nested, and the job that made it.
    """
    shown = runs[:MAX_LINES]
    names = _common([run for run, _, _ in shown])
    rows = []
    for run, depth, job in shown:
        last = {str(entry.get("name")): number(entry.get("value")) for entry in _evaluations(run)}
        own = [last.get(name, "") for name in names]
        state = styled(str(run.attributes.get("status", "")))
        rest = "" if names else ", ".join(f"{name} {value}" for name, value in _first(last).items())
        rows.append(("  " * depth + escape(brief(run.label)), escape(job), *map(escape, own), escape(rest), state))
    columns = ("Name", "Job", *names, "Metrics", "State")
    tabled(title, columns, rows, numbers=range(2, 2 + len(names)), more=len(runs) - MAX_LINES)


def _evaluations(run: DigitalObject) -> list[Entry]:
    return [*entries(run.attributes.get("evaluations"))]


def _first(last: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(last.items(), key=lambda item: not _is_held_out(item[0]))[:2])


def _common(runs: Sequence[DigitalObject]) -> list[str]:
    """Return the metrics worth a column: those that most runs have, as many as a line has room for."""
    counts = Counter(name for run in runs for name in {str(entry.get("name")) for entry in _evaluations(run)})
    common = [name for name, count in counts.items() if 2 * count >= len(runs)]
    common.sort(key=lambda name: (-counts[name], not _is_held_out(name), name))
    room, chosen = out.width // 2, list[str]()
    for name in common[:MAX_METRICS]:
        room -= len(name) + 2
        if room >= 0:
            chosen.append(name)
    return chosen


def _is_held_out(name: str) -> bool:
    return any(word in name.lower() for word in HELD_OUT)
