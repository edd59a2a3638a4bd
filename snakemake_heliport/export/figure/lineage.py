"""The path through a thing: all that it came from, and all that came from it."""

from collections.abc import Callable, Iterable

from snakemake_heliport.errors import NotFound
from snakemake_heliport.export.figure.flow import JOBS, Flow
from snakemake_heliport.model import Predicate

# How what is asked for names what is drawn: a content its files, a rule its jobs, a model file its model.
NAMED_BY = (Predicate.SPECIALIZATION_OF, Predicate.CORRESPONDS_TO_STEP, Predicate.WAS_PART_OF, Predicate.HAD_MEMBER)


class Path:
    """What lies upstream and downstream of a thing, itself included.

    Raises:
        NotFound: The thing is not in the figure, and names nothing that is.
    """

    def __init__(self, flow: Flow, thing: str) -> None:
        starts = _drawn(flow, thing)
        if not starts:
            raise NotFound(thing, [])
        self._up = _reached(starts, flow.behind)
        self._down = _reached(starts, flow.ahead)

    def has(self, iri: str) -> bool:
        """Tell whether a thing is on the path."""
        return iri in self._up or iri in self._down

    def leads(self, origin: str, thing: str) -> bool:
        """Tell whether a link is on the path: two things of it may also be linked by another way."""
        return (origin in self._up and thing in self._up) or (origin in self._down and thing in self._down)


def _drawn(flow: Flow, thing: str) -> list[str]:
    if thing in flow.shapes:
        return [thing]
    view = flow.view
    named = [relation.subject for relation in view.into(thing, *NAMED_BY)]
    named += [relation.object for relation in view.out(thing, Predicate.SPECIALIZATION_OF)]
    # The jobs of a whole run are no path.
    kinds = {iri: view.objects[iri].kind for iri in named if iri in flow.shapes}
    rule = [relation.subject for relation in view.into(thing, Predicate.CORRESPONDS_TO_STEP)]
    return [iri for iri in dict.fromkeys(named) if iri in kinds and (kinds[iri] not in JOBS or iri in rule)]


def _reached(starts: Iterable[str], neighbours: Callable[[str], list[str]]) -> set[str]:
    found, open_ = set(starts), list(starts)
    while open_:
        for other in neighbours(open_.pop()):
            if other not in found:
                found.add(other)
                open_.append(other)
    return found
