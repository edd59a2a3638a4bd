"""Metrics of training runs in tables and curves, and which of several runs did best."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from snakemake_heliport.explorer.curves import curve, histories
from snakemake_heliport.explorer.parts import Cell, Curve, Entry, Section, Table, entries, link, plain, table
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.explorer.words import moment
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.wording import brief, number

# Returns the table of a digest, None where it is not kept here.
Kept = Callable[[str], bytes | None]

MAX_COLUMNS, ROOM, MAX_CURVES, LONGEST = 4, 2, 12, 60
# What was measured on data that the training has not seen says most.
HELD_OUT = ("val", "test", "eval")
# What was measured on the data of the training tells least.
SEEN = "train"
# Words in the names of metrics of which less is better, and more.
LESS = ("loss", "error", "mae", "mse", "rmse", "mape", "perplexity", "deviation", "wer", "cer")
MORE = ("accuracy", "acc", "r2", "r_squared", "f1", "auc", "precision", "recall", "score", "iou", "dice", "bleu")
HISTORY = "metric-history"


def metrics(source: Source, site: Site, evaluations: Iterable[Entry]) -> Section:
    """Return the metrics of a training run."""
    found = list(evaluations)
    things = source.objects(str(entry[name]) for entry in found for name in ("dataset", "model") if entry.get(name))
    several = len({(entry.get("model"), entry.get("dataset")) for entry in found}) > 1
    curves = any(entry.get("count", 1) != 1 for entry in found)

    def row(entry: Entry) -> Sequence[Cell | str]:
        on = things.get(str(entry.get("dataset") or entry.get("model")))
        span = (number(_extreme(entry, name)) if curves else "" for name in ("least", "greatest"))
        step = number(entry.get("step")) if curves or entry.get("step") else ""
        count = number(entry.get("count")) if curves else ""
        name = Cell(plain(entry.get("name")))
        return name, number(entry.get("value")), step, *span, count, link(on, site) if several and on else ""

    columns = ("Name", "Last", "At step", "Least", "Greatest", "Points", "On")
    return Section("Metrics", table=table(columns, map(row, found), range(1, 6)), count=len(found))


def _extreme(entry: Entry, name: str) -> JsonValue:
    points = [*entries(entry.get(name))]
    return points[0].get("value") if points else None


def drawn(near: Near, kept: Kept) -> Section:
    """Return the curves of the metrics of a training run, where their histories are kept."""
    made = []
    for file, relation in near.behind(Predicate.WAS_GENERATED_BY, kinds=(Kind.FILE,)):
        if relation.attributes.get("role") != HISTORY:
            continue
        contents = Near.of(near.source, file).things(Predicate.SPECIALIZATION_OF, kinds=(Kind.CONTENT,))
        kept_table = next((kept(str(content.attributes.get("sha256"))) for content in contents), None)
        points = {} if kept_table is None else histories(kept_table)
        for name in sorted(points, key=lambda name: (not is_held_out(name), name)):
            if len(points[name]) > 1:
                note = f"{len(points[name]):,} points, at last {number(points[name][-1][1])}"
                made.append(Curve(name, curve(name, points[name]), note))
    more = len(made) - MAX_CURVES
    lead = f"The first {MAX_CURVES} of {len(made):,}; the table has the others." if more > 0 else ""
    return Section("Curves", curves=made[:MAX_CURVES], lead=lead)


def parameters(hyperparameters: Iterable[Entry]) -> Section:
    """Return the parameters of a training run or model, and which of them are those of its job."""
    found = list(hyperparameters)
    rows = [
        (
            plain(entry.get("name")),
            Cell(plain(entry.get("value")), code=True),
            "parameter of the job" if entry.get("same_as") else "",
        )
        for entry in found
    ]
    return Section("Parameters", table=table(("Name", "Value", " "), rows), count=len(found))


def compared(title: str, runs: Sequence[DigitalObject], site: Site, jobs: dict[str, DigitalObject]) -> Section:
    """Return training runs side by side, with the metrics that most of them have, and which did best in each."""
    names = common(runs)
    best = {name: best_of(runs, name) for name in names}
    labels = Counter(run.label for run in runs)

    def row(run: DigitalObject) -> list[Cell]:
        known = last(run)
        values = [Cell(number(known.get(name)), soft="best" if best[name] == run.iri else "") for name in names]
        job = jobs.get(run.iri)
        # Many metrics leave no room for it, and the page of the training run tells it.
        by = Cell() if job is None or len(names) > ROOM else link(job, site)
        # Two of one name are told apart by when they began.
        began = moment(run.attributes.get("started")) if labels[run.label] > 1 else ""
        return [
            link(run, site),
            by,
            *values,
            Cell(began),
            Cell(str(run.attributes.get("status") or "unknown"), state=True),
        ]

    first = names[0] if names else ""
    ordered = sorted(runs, key=lambda run: _rank(run, first))
    columns = ("Training run", "Job", *(brief(name, LONGEST) for name in names), "Started", "State")
    return Section(title, table=_table(columns, [row(run) for run in ordered], names), count=len(runs))


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> Table:
    return table(columns, rows, range(2, 2 + len(names)))


def _rank(run: DigitalObject, name: str) -> tuple[float, str]:
    value, way = last(run).get(name), better(name)
    known = isinstance(value, int | float) and math.isfinite(value)
    return (-way * float(value) if known and way else math.inf), run.label  # type: ignore[arg-type]


def last(run: DigitalObject) -> dict[str, JsonValue]:
    """Return the last value of each metric of a training run."""
    return {str(entry.get("name")): entry.get("value") for entry in entries(run.attributes.get("evaluations"))}


def common(runs: Sequence[DigitalObject]) -> list[str]:
    """Return the metrics worth a column: those that most runs have, and first what tells how good a model is."""
    counts = Counter(name for run in runs for name in last(run))
    names = [name for name, count in counts.items() if 2 * count >= len(runs)]
    # The last of several values tells less than their mean.
    names.sort(
        key=lambda n: (better(n) == 0, is_seen(n), f"mean_{n}" in counts, not is_held_out(n), -counts[n], len(n), n)
    )
    return names[:MAX_COLUMNS]


def is_held_out(name: str) -> bool:
    """Return whether a metric was measured on data that the training has not seen, by its name."""
    return any(word in name.lower() for word in HELD_OUT)


def is_seen(name: str) -> bool:
    """Return whether a metric was measured on the data of the training, by its name."""
    return SEEN in name.lower() and not is_held_out(name)


def better(name: str) -> int:
    """Return -1 for a metric of which less is better, 1 for one of which more is, 0 where the name does not tell."""
    parts = name.lower().replace("-", "_").replace("/", "_").replace(" ", "_").split("_")
    if any(word in parts for word in LESS):
        return -1
    return 1 if any(word in parts or word == name.lower() for word in MORE) else 0


def rules_of(source: Source, runs: Iterable[DigitalObject]) -> dict[str, str]:
    """Return the names of the rules that training runs executed, by their IRIs: only what did the same compares."""
    executed = source.relations_at([run.iri for run in runs], Predicate.EXECUTES, outgoing=True)
    rules = source.objects(relation.object for relation in executed)
    return {relation.subject: rules[relation.object].label for relation in executed if relation.object in rules}


def best_run(runs: Sequence[DigitalObject]) -> tuple[DigitalObject, str] | None:
    """Return the run that did best in the metric that says most, and that metric; None where that cannot be told."""
    for name in common(runs):
        iri = best_of(runs, name)
        if iri is not None:
            return next(run for run in runs if run.iri == iri), name
    return None


def best_of(runs: Iterable[DigitalObject], name: str) -> str | None:
    """Return the IRI of the run that did best in a metric, None where that cannot be told or all did the same.

    Who fits the data of the training best is not the best.
    """
    way, found = better(name), [(run.iri, last(run).get(name)) for run in runs]
    values = {iri: float(v) for iri, v in found if isinstance(v, int | float) and math.isfinite(v)}
    if not way or is_seen(name) or len(set(values.values())) < 2:
        return None
    return max(sorted(values), key=lambda iri: way * values[iri])
