"""Where to begin to look: what a run was for, so that what it came from is one click away."""

from collections.abc import Iterator

from snakemake_heliport.explorer.graph.items import Items
from snakemake_heliport.explorer.measures import best_of, common, last
from snakemake_heliport.export.figure.flow import Flow, Shape
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.wording import number

METRICS, MODELS, RESULTS = 2, 3, 4


def starting_points(flow: Flow, items: Items) -> Iterator[tuple[int, str]]:
    """Yield things by their places, with why: the best model, what was registered, what came out in the end."""
    place = {iri: number_ for number_, iri in enumerate(items.iris)}
    named = dict.fromkeys([*_best(flow), *_registered(flow), *_results(flow, items)])
    seen: set[str] = set()
    for iri, why in named:
        if iri in place and iri not in seen:
            seen.add(iri)
            yield place[iri], why


def _best(flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield the model of the training run that did best in a metric, or the training run where it left none."""
    runs = [run for run in flow.view.of_kind(Kind.TRAINING_RUN) if run.iri in flow.shapes]
    for name in common(runs)[:METRICS]:
        best = best_of(runs, name)
        if best is not None:
            models = [iri for iri in flow.ahead(best) if flow.shapes[iri] is Shape.MODEL]
            value = number(last(flow.view.objects[best]).get(name))
            yield models[0] if models else best, f"best {name}: {value}"


def _registered(flow: Flow) -> Iterator[tuple[str, str]]:
    models = [iri for iri, shape in flow.shapes.items() if shape is Shape.MODEL]
    versions = {iri: flow.view.behind(iri, Predicate.SPECIALIZATION_OF) for iri in models}
    for iri in [iri for iri in models if versions[iri]][:MODELS]:
        yield iri, f"registered as version {versions[iri][-1].attributes.get('version')}"


def _results(flow: Flow, items: Items) -> Iterator[tuple[str, str]]:
    """Yield files that were made and from which nothing was made: a target rule only asks for them. One of each box."""
    boxes: dict[int, list[str]] = {}
    for place, iri in enumerate(items.iris):
        is_made = flow.shapes[iri] is Shape.DATA and flow.behind(iri)
        if is_made and not any(map(flow.ahead, flow.ahead(iri))):
            boxes.setdefault(items.box_of(place), []).append(iri)
    for found in [*boxes.values()][:RESULTS]:
        yield found[0], "a result" if len(found) == 1 else f"one of {len(found):,} results"
