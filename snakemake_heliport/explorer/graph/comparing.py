"""Two runs as one graph: what corresponds becomes one thing, with a mark that says how it differs."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from snakemake_heliport.explorer.graph.items import Items, Mark
from snakemake_heliport.export.figure.describing import states_of, text
from snakemake_heliport.export.figure.flow import FILES, JOBS
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation

SAME, CHANGED, HERE, THERE, UNKNOWN = range(5)
MARKS = ("same in both", "differs", "only in this run", "only in the other run", "cannot be compared")
SIGNS = ("=", "≠", "+", "−", "?")
NAMED = FILES | {Kind.LOG, Kind.CONFIG, Kind.TRAINING_RUN, Kind.DATASET, Kind.MODEL, Kind.DATA_SOURCE}
MOMENTS = ("started", "created", "modified")
# What two jobs are compared by, and what it is called.
JOB_FACTS = (("params", "parameters"), ("shell_command", "command"))
RULE_FACTS = (("code", "code of the rule"),)
TRAINING_FACTS = (("hyperparameters", "hyperparameters"),)


@dataclass(frozen=True, slots=True)
class Merged:
    """Two runs as one view, and how each thing in it differs."""

    view: View
    marks: dict[str, Mark]


def merged(view: View, other: View) -> Merged:
    """Return two runs as one.

    Args:
        view: The run that is told of.
        other: The run that it is compared with.
    """
    here, there = _Keyed(view), _Keyed(other)
    # A thing of both is known by its IRI in the run that is told of.
    both = View()
    for side in (there, here):
        renamed = {iri: here.last.get(key, side.last[key]) for iri, key in side.keys.items()}
        _add(both, side, renamed)
    marks: dict[str, Mark] = {}
    for key in {**here.last, **there.last}:
        mine, its = here.last.get(key), there.last.get(key)
        if mine is None or its is None:
            marks[mine or its or ""] = Mark(THERE if mine is None else HERE)
        else:
            marks[mine] = _compared(here, mine, there, its)
    _relied_on(both, marks, {iri for iri, mark in marks.items() if mark.other == iri})
    return Merged(both, marks)


def _relied_on(both: View, marks: dict[str, Mark], shared: set[str]) -> None:
    """Mark what jobs trained that are the very same in both: a run that relied on a job did not state it again."""
    ways = {
        Kind.TRAINING_RUN: (Predicate.WAS_PART_OF, Predicate.WAS_INFLUENCED_BY),
        Kind.MODEL: (Predicate.WAS_GENERATED_BY,),
        Kind.DATASET: (),
    }
    for kind, predicates in ways.items():
        for thing in both.of_kind(kind):
            near = [relation.object for relation in both.out(thing.iri, *predicates)] if predicates else []
            near += [relation.subject for relation in both.into(thing.iri, Predicate.USED_DATASET)]
            if marks[thing.iri].place in (HERE, THERE) and not shared.isdisjoint(near):
                marks[thing.iri] = Mark(SAME)
                shared.add(thing.iri)


def mark_words(mark: Mark) -> str:
    """Return how a thing differs, with the sign of it."""
    told = f"{SIGNS[mark.place]} {MARKS[mark.place]}"
    return f"{told}: {mark.why}" if mark.why else told


def box_lines(items: Items, box: int) -> list[str]:
    """Return what is written in a box of how its things differ."""
    found = Counter(items.mark(place) for place in items.of_box(box))
    told = [f"{SIGNS[mark]} {count:,} {_agreeing(mark, count)}" for mark, count in sorted(found.items()) if mark]
    return told or [f"{SIGNS[SAME]} {MARKS[SAME]}"]


def _agreeing(mark: int, count: int) -> str:
    return "differ" if mark == CHANGED and count > 1 else MARKS[mark]


class _Keyed:
    """The things of a view by what they are in any run: a job by rule and wildcards, a file by its path.

    Attributes:
        keys: What each thing is, by IRI.
        last: The IRI of what is so: of several attempts of a job the last one.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.keys: dict[str, tuple[str, ...]] = {}
        self.last: dict[tuple[str, ...], str] = {}
        counts: Counter[tuple[str, ...]] = Counter()
        for thing in sorted(view.objects.values(), key=_moment):
            key = self._key(thing)
            if key is not None and thing.kind in NAMED:
                counts[key] += 1
                key = (*key, str(counts[key]))
            if key is not None:
                self.keys[thing.iri] = key
                self.last[key] = thing.iri

    def _key(self, thing: DigitalObject) -> tuple[str, ...] | None:
        if thing.kind in JOBS:
            rules = self.view.ahead(thing.iri, Predicate.CORRESPONDS_TO_STEP)
            return ("job", rules[0].label if rules else "", thing.label)
        if thing.kind in FILES or thing.kind in (Kind.LOG, Kind.CONFIG):
            return ("file", text(thing.attributes.get("path")) or thing.label)
        if thing.kind is Kind.RULE or thing.kind in NAMED:
            return (thing.kind.value, thing.label)
        return (thing.kind.value, "") if thing.kind is Kind.WORKFLOW else None


def _moment(thing: DigitalObject) -> tuple[str, int, str]:
    attempt = thing.attributes.get("attempt")
    moment = next((text(thing.attributes[name]) for name in MOMENTS if thing.attributes.get(name)), "")
    return moment, attempt if isinstance(attempt, int) else 1, thing.iri


def _add(both: View, side: _Keyed, renamed: dict[str, str]) -> None:
    """Add a run to both; what is told of a thing by the run added last stands."""
    rules = {iri: new for iri, new in renamed.items() if side.view.objects[iri].kind is Kind.RULE}
    for iri, thing in side.view.objects.items():
        if iri not in side.keys or side.last[side.keys[iri]] == iri:
            both.objects[renamed.get(iri, iri)] = replace(thing, iri=renamed.get(iri, iri))
    for iri in side.view.objects:
        for relation in side.view.out(iri):
            both.add(_renamed(relation, renamed, rules))


def _renamed(relation: Relation, renamed: dict[str, str], rules: dict[str, str]) -> Relation:
    attributes = dict(relation.attributes)
    for word in (".out.", ".in."):
        rule, found, slot = text(attributes.get("port")).partition(word)
        if found and rule in rules:
            attributes["port"] = f"{rules[rule]}{word}{slot}"
    subject, target = (renamed.get(iri, iri) for iri in (relation.subject, relation.object))
    return Relation(subject, relation.predicate, target, attributes)


def _compared(here: _Keyed, mine: str, there: _Keyed, its: str) -> Mark:
    """Return how a thing of one run differs from what corresponds to it in the other."""
    if mine == its:
        return Mark(SAME, "", its)
    one, other = here.view.objects[mine], there.view.objects[its]
    if one.kind in JOBS:
        whys = [*_facts(one, other, JOB_FACTS), *_rules(here, mine, there, its)]
        states = [text(states_of([thing])[0][0]) for thing in (one, other)]
        whys += [f"{states[0]}, there {states[1]}"] if states[0] != states[1] else []
    elif one.kind is Kind.TRAINING_RUN:
        whys = [*_facts(one, other, TRAINING_FACTS), *_metrics(one, other)]
    else:
        contents = [_bytes(side.view, iri) for side, iri in ((here, mine), (there, its))]
        if not all(contents):
            return Mark(UNKNOWN, "its content is not known in both", its)
        whys = ["content"] if contents[0] != contents[1] else []
    return Mark(CHANGED if whys else SAME, ", ".join(whys), its)


def _facts(one: DigitalObject, other: DigitalObject, facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, words in facts:
        if _plain(one.attributes.get(name)) != _plain(other.attributes.get(name)):
            yield words


def _rules(here: _Keyed, mine: str, there: _Keyed, its: str) -> list[str]:
    """Return whether the rules of two jobs say something else."""
    found = [side.view.ahead(iri, Predicate.CORRESPONDS_TO_STEP) for side, iri in ((here, mine), (there, its))]
    return list(dict.fromkeys(_facts(found[0][0], found[1][0], RULE_FACTS))) if all(found) else []


def _metrics(one: DigitalObject, other: DigitalObject) -> list[str]:
    values = [_last_values(thing) for thing in (one, other)]
    names = sorted(name for name in {*values[0], *values[1]} if values[0].get(name) != values[1].get(name))
    return [f"metric {name}" for name in names[:3]] + (["more metrics"] if len(names) > 3 else [])


def _last_values(run: DigitalObject) -> dict[str, str]:
    evaluations = run.attributes.get("evaluations")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in evaluations if isinstance(evaluations, list) else ():
        if isinstance(one, dict):
            found[text(one.get("name"))].append(text(one.get("value")))
    return {name: " ".join(values) for name, values in found.items()}


def _bytes(view: View, iri: str) -> str:
    """Return what tells the content of a thing: its bytes, its digest, or its parameters."""
    thing = view.objects[iri]
    contents = [relation.object for relation in view.out(iri, Predicate.SPECIALIZATION_OF)]
    if contents:
        return contents[0]
    members = sorted(filter(None, (_bytes(view, one.iri) for one in view.ahead(iri, Predicate.HAD_MEMBER))))
    facts = (thing.attributes.get(name) for name in ("dataset_digest", "sha256", "hyperparameters"))
    return " ".join(members) or next((_plain(fact) for fact in facts if fact), "")


def _plain(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)
