"""Models side by side: what trained them, how good they are, and the raw data that they go back to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from snakemake_heliport.explorer import words
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.measures import best_run, common, last, rules_of
from snakemake_heliport.explorer.pages.common import digests_of
from snakemake_heliport.explorer.parts import Cell, Fact, Section, called, fact, link, links, several, table, told
from snakemake_heliport.explorer.scores import judges
from snakemake_heliport.lineage.near import DIGITS, Near
from snakemake_heliport.model import DigitalObject, Predicate
from snakemake_heliport.wording import number

MAX_MODELS, MAX_RAW, IN_ROW, SCORES, SHOWN = 50, 4, 1, 2, 10
NO_DIGESTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Best:
    """The model that did best of those that the same rule measured, by which metric."""

    model: DigitalObject
    metric: str
    rule: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of some models, each by their IRIs.

    Attributes:
        are_all: Whether there are no others.
        makers: The training runs that made them.
        judges: The training runs that tell how good they are.
        metrics: Those that most of these have.
        best: Those that did best, with why.
        raw: Where their record begins.
        digests: What tells files of one name apart.
    """

    models: Sequence[DigitalObject]
    are_all: bool
    makers: Mapping[str, DigitalObject]
    judges: Mapping[str, DigitalObject]
    metrics: Sequence[str]
    best: Mapping[str, _Best]
    raw: Mapping[str, Sequence[DigitalObject]]
    digests: Mapping[str, str]

    @property
    def same_raw(self) -> Sequence[DigitalObject]:
        """What all of them were made from, nothing where that differs."""
        origins = {tuple(thing.iri for thing in things) for things in self.raw.values()}
        return self.raw[self.models[0].iri] if len(self.models) > 1 and len(origins) == 1 else ()


def models_section(models: Sequence[DigitalObject], stale: Mapping[str, str], context: Context) -> Section:
    """Return models as a table, under which of them did best and what that was made from.

    Args:
        models: The latest first; of more than a page can hold, the first are told.
        stale: What is to be said of those that were made from what has changed since, by their IRIs.
    """
    known = _known(models[:MAX_MODELS], context, are_all=len(models) <= MAX_MODELS)
    columns = ("Model", "Trained by", *known.metrics, "Created", "Made from this raw data")
    rows = [_row(model, stale, known, context) for model in known.models]
    body = table(columns, rows, range(2, 2 + len(known.metrics)))
    facts = told(_facts(known, context))
    return Section("Models and their data", facts=facts, table=body, count=len(models), shown=SHOWN)


def beginning_cells(
    raw: Sequence[DigitalObject], context: Context, digests: Mapping[str, str] = NO_DIGESTS, most: int = MAX_RAW
) -> list[Cell]:
    """Return the first of the files where a record begins, and how many more there are.

    Args:
        digests: The SHA-256 of those that must be told apart from others of their name.
    """
    more = f"and {len(raw) - most} more" if len(raw) > most else ""
    cells = [link(thing, context.site, digests.get(thing.iri, "")[:DIGITS]) for thing in raw[:most]]
    return [*cells, *([Cell(more)] if more else [])]


def _known(models: Sequence[DigitalObject], context: Context, *, are_all: bool) -> _Known:
    made = context.source.relations_at([m.iri for m in models], Predicate.WAS_GENERATED_BY, outgoing=True)
    found = context.source.objects(relation.object for relation in made)
    makers = {r.subject: found[r.object] for r in made if r.object in found}
    judged = judges(context.source, makers)
    raw = {model.iri: context.source.beginnings(model.iri) for model in models}
    return _Known(
        models,
        are_all,
        makers,
        judged,
        common(list(judged.values()))[:SCORES],
        {one.model.iri: one for one in _best(models, judged, context)},
        raw,
        _told_apart(raw.values(), context),
    )


def _best(models: Sequence[DigitalObject], judged: Mapping[str, DigitalObject], context: Context) -> Iterator[_Best]:
    """Yield the best of the models that were measured by the same rule, where that can be told."""
    rules = rules_of(context.source, judged.values())
    groups: defaultdict[str, list[DigitalObject]] = defaultdict(list)
    for model in models:
        if model.iri in judged:
            groups[rules.get(judged[model.iri].iri, "")].append(model)
    for rule, some in groups.items():
        found = best_run([judged[model.iri] for model in some])
        first = [model for model in some if found is not None and judged[model.iri] == found[0]]
        if found is not None and len(first) == 1:
            yield _Best(first[0], found[1], rule)


def _told_apart(raw: Iterable[Sequence[DigitalObject]], context: Context) -> dict[str, str]:
    """Return the digests of the files that stand there in several versions."""
    things = {thing.iri: thing for some in raw for thing in some}
    names = Counter(map(called, things.values()))
    return digests_of(context, [thing for thing in things.values() if names[called(thing)] > 1])


def _row(model: DigitalObject, stale: Mapping[str, str], known: _Known, context: Context) -> list[Cell]:
    maker, judge, site = known.makers.get(model.iri), known.judges.get(model.iri), context.site
    marks = ("best" if model.iri in known.best else "", stale.get(model.iri, ""))
    raw = [] if known.same_raw else beginning_cells(known.raw[model.iri], context, known.digests, IN_ROW)
    measured = {} if judge is None else last(judge)
    return [
        link(model, site, ", ".join(filter(None, marks))),
        Cell() if maker is None else link(maker, site),
        *(Cell(number(measured.get(name))) for name in known.metrics),
        Cell(words.moment(model.attributes.get("created"))),
        several(raw),
    ]


def _data(model: DigitalObject, context: Context) -> list[DigitalObject]:
    """Return the data that a model was trained on: the files, where they are known."""
    datasets = Near.of(context.source, model).things(Predicate.TRAINED_ON)
    files = [file for data in datasets for file in Near.of(context.source, data).things(Predicate.HAS_SOURCE)]
    return files or datasets


def _facts(known: _Known, context: Context) -> Iterator[Fact]:
    """Yield which models did best, who says so, and what data they go back to."""
    for one in known.best.values():
        model, maker, judge = one.model, known.makers[one.model.iri], known.judges[one.model.iri]
        score = f"{one.metric} {number(last(judge).get(one.metric))}"
        measured = [] if judge is maker else [link(judge, context.site, "measured it")]
        name = "best" if known.are_all else f"best of the latest {len(known.models)}"
        name += "" if len(known.best) == 1 else f", by {one.rule or 'other means'}"
        yield fact(name, link(model, context.site, score), link(maker, context.site, "trained it"), *measured)
        data = [thing for thing in _data(model, context) if thing not in known.raw[model.iri]]
        yield fact("trained on", *links(data, context.site))
        if not known.same_raw:
            yield fact("made from", *beginning_cells(known.raw[model.iri], context, known.digests))
    if known.same_raw:
        yield fact("all made from", *beginning_cells(known.same_raw, context, known.digests))
