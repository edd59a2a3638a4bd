"""Which questions are answered in pages from disk: where nobody can be asked, what most will want to know is there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.questions.diff import diff_page, runs_before
from snakemake_heliport.explorer.questions.impact import impact_page
from snakemake_heliport.explorer.questions.lineage import lineage_page
from snakemake_heliport.explorer.site import key_of
from snakemake_heliport.explorer.source import FromView
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind, Predicate

# Each is a page of its own, and tells of all that lies on the way.
MAX_EACH, MAX_DIFFS = 200, 30
MODELS = (Kind.MODEL, Kind.MODEL_VERSION)
PLACES = (Kind.FILE, Kind.DIRECTORY)
UP, IMPACT = "up", "impact"


@dataclass(frozen=True, slots=True)
class Answered:
    """The addresses of answers, as seen from the root of the folder.

    Attributes:
        traces: By the IRI that was asked about, and by question.
        diffs: By the IRIs of the two runs.
    """

    traces: dict[tuple[str, str], str]
    diffs: dict[tuple[str, str], str]

    def pages(self, context: Context) -> Iterator[tuple[str, str]]:
        """Yield each answer: where it goes, and its page."""
        for (iri, question), place in self.traces.items():
            thing = context.source.objects([iri])[iri]
            page = lineage_page(thing, context, upward=True) if question == UP else impact_page(thing, context)
            yield place, page
        for (before, after), place in self.diffs.items():
            runs = context.source.objects([before, after])
            yield place, diff_page(runs[before], runs[after], context)


def answered(source: FromView) -> Answered:
    """Return what is answered: where models and results came from, what came of raw data, how runs differ."""
    view = source.view
    models = list(view.of_kind(*MODELS))[:MAX_EACH]
    results = [thing for thing in view.of_kind(*PLACES) if _is_result(view, thing)][:MAX_EACH]
    raw = [thing for thing in view.of_kind(*PLACES) if _is_raw(view, thing)][:MAX_EACH]
    traces = dict(_places(UP, (*models, *results))) | dict(_places(IMPACT, raw))
    pairs = [(before, after) for after, before in runs_before(source).items()][-MAX_DIFFS:]
    diffs = {(before, after): f"diffs/{key_of(before + after)}.html" for before, after in pairs}
    return Answered(traces, diffs)


def _places(question: str, things: Iterable[DigitalObject]) -> Iterator[tuple[tuple[str, str], str]]:
    for thing in things:
        yield (thing.iri, question), f"answers/{key_of(thing.iri)}-{question}.html"


def _is_result(view: View, thing: DigitalObject) -> bool:
    """Return whether a file was made, and no job that made something used it."""
    users = view.behind(thing.iri, Predicate.USED)
    used = any(view.into(user.iri, Predicate.WAS_GENERATED_BY) for user in users)
    inside = view.into(thing.iri, Predicate.HAD_MEMBER)
    return bool(view.out(thing.iri, Predicate.WAS_GENERATED_BY)) and not used and not inside


def _is_raw(view: View, thing: DigitalObject) -> bool:
    """Return whether a file was used, and nothing that is told made it."""
    made = view.out(thing.iri, Predicate.WAS_GENERATED_BY, Predicate.WAS_DERIVED_FROM)
    return bool(view.into(thing.iri, Predicate.USED)) and not made
