"""How a thing was made: the rules that led to it from the raw data, in their order, and a small drawing of them."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from snakemake_heliport.export.card.subject import PLACES, job_of, sha256_of
from snakemake_heliport.export.card.words import code, counted, cut, md, plain, sha
from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.near import path_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate

MAX_FILES = 6
MAX_STEPS_DRAWN = 25
ON_THE_WAY = (
    Kind.JOB,
    Kind.TRAINING_RUN,
    Kind.DATASET,
    Kind.MODEL,
    Kind.MODEL_VERSION,
    Kind.FILE,
    Kind.DIRECTORY,
)
UPWARD = (
    Predicate.WAS_GENERATED_BY,
    Predicate.WAS_PART_OF,
    Predicate.USED,
    Predicate.USED_DATASET,
    Predicate.HAS_SOURCE,
    Predicate.SPECIALIZATION_OF,
    Predicate.WAS_DERIVED_FROM,
)
WORKING = (Kind.JOB, Kind.TRAINING_RUN)
# What Mermaid would read as its own, as the code of the character.
_OWN = re.compile(r"[^\w .,:/=+@…-]")


@dataclass(slots=True)
class Step:
    """The jobs of one rule on the way, with what they read and made of it."""

    name: str
    description: str = ""
    jobs: list[DigitalObject] = field(default_factory=list)
    read: dict[str, DigitalObject] = field(default_factory=dict)
    made: dict[str, DigitalObject] = field(default_factory=dict)


@dataclass(slots=True)
class Chain:
    """The steps to a thing, and the files that no recorded job made."""

    steps: list[Step]
    beginnings: list[DigitalObject]
    #: All that lies on the way, with the thing itself.
    things: dict[str, DigitalObject]
    #: Whether there are steps on the way that are not told.
    bridged: bool


def chain_to(view: View, item: DigitalObject, also: Iterable[DigitalObject] = ()) -> Chain:
    """Return how a thing was made, from what also leads to it as well."""
    above = _walked(view, [item, *also])
    order = {iri: place for place, iri in enumerate(_sorted(view, above))}
    steps: dict[str, Step] = {}
    for iri in sorted((iri for iri in above if _is_step(view, iri)), key=order.__getitem__):
        job = view.objects[iri]
        step = steps.setdefault(_rule_key(view, job), _step(view, job))
        step.jobs.append(job)
        # The step stands where its last job does.
        steps[_rule_key(view, job)] = steps.pop(_rule_key(view, job))
        step.read.update({near: view.objects[near] for near in above[iri] if view.objects[near].kind in PLACES})
        made = [near for near in view.behind(iri, Predicate.WAS_GENERATED_BY) if near.iri in above]
        step.made.update({near.iri: near for near in made if near.kind in (*PLACES, Kind.MODEL)})
    for iri in above:
        if view.objects[iri].kind is Kind.MODEL:
            _add_made(view, view.objects[iri], steps)
    beginnings = [view.objects[iri] for iri, near in above.items() if not near and view.objects[iri].kind in PLACES]
    bridged = any(view.out(iri, Predicate.WAS_DERIVED_FROM) for iri in above)
    beginnings = sorted((thing for thing in beginnings if thing.iri != item.iri), key=_by_path)
    return Chain([*steps.values()], beginnings, {iri: view.objects[iri] for iri in above}, bridged)


def _add_made(view: View, model: DigitalObject, steps: dict[str, Step]) -> None:
    """Add a logged model to what the job of its training run made."""
    for training in view.ahead(model.iri, Predicate.WAS_GENERATED_BY):
        job = job_of(view, training)
        step = None if job is None else steps.get(_rule_key(view, job))
        if step is not None:
            step.made[model.iri] = model


def _by_path(thing: DigitalObject) -> tuple[str, str]:
    return path_of(thing), thing.iri


def _walked(view: View, starts: Iterable[DigitalObject]) -> dict[str, list[str]]:
    """Return all that some things came from, each with what stands right above it."""
    stack, above = [thing.iri for thing in starts], dict[str, list[str]]()
    while stack:
        iri = stack.pop()
        if iri in above:
            continue
        near = view.ahead(iri, *UPWARD)
        if view.objects[iri].kind in PLACES:
            # The members of a directory were made by whoever made the directory.
            near += [whole for whole in view.behind(iri, Predicate.HAD_MEMBER) if whole.kind is Kind.DIRECTORY]
        if view.objects[iri].kind is Kind.JOB:
            near = [thing for thing in near if thing.kind in (*PLACES, Kind.MODEL)]
        above[iri] = [thing.iri for thing in near if thing.kind in ON_THE_WAY and thing.iri != iri]
        stack += above[iri]
    return above


def _sorted(view: View, above: dict[str, list[str]]) -> list[str]:
    """Return the things so that each comes after what it came from; always in the same order."""
    below, waiting = defaultdict[str, list[str]](list), dict[str, int]()
    for iri, near in above.items():
        waiting[iri] = len(set(near))
        for origin in set(near):
            below[origin].append(iri)
    ready = [(view.objects[iri].label, iri) for iri, count in waiting.items() if not count]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, iri = heapq.heappop(ready)
        order.append(iri)
        for next_ in below[iri]:
            waiting[next_] -= 1
            if not waiting[next_]:
                heapq.heappush(ready, (view.objects[next_].label, next_))
    # A circle cannot be in a true record; what stands in one comes last.
    return order + sorted(set(above) - set(order))


def _is_step(view: View, iri: str) -> bool:
    """Return whether something is a step of its own: a job, or a training run that no job is known of."""
    thing = view.objects[iri]
    if thing.kind is not Kind.TRAINING_RUN:
        return thing.kind is Kind.JOB
    wholes = view.ahead(iri, Predicate.WAS_PART_OF)
    return not any(whole.kind in WORKING for whole in wholes)


def _rule_key(view: View, job: DigitalObject) -> str:
    rule = next(iter(view.ahead(job.iri, Predicate.CORRESPONDS_TO_STEP)), None)
    return rule.iri if rule is not None else f"{job.kind} {job.attributes.get('name') or job.label}"


def _step(view: View, job: DigitalObject) -> Step:
    rule = next(iter(view.ahead(job.iri, Predicate.CORRESPONDS_TO_STEP)), None)
    if rule is not None:
        return Step(rule.label, rule.description or "")
    name = str(job.attributes.get("name") or job.label)
    return Step(name, "a training run of no recorded job" if job.kind is Kind.TRAINING_RUN else "")


def told(view: View, file: DigitalObject) -> str:
    """Return a file with the start of its checksum."""
    if file.kind not in PLACES:
        return f"the logged model {md(file.label)}"
    digest = sha256_of(view, file)
    why = file.attributes.get("unknown_reason")
    note = sha(digest) if digest else f"content not known: {md(why)}" if why else "content not recorded"
    name = code(path_of(file))
    title = f", {md(file.label)}" if file.label != path_of(file) else ""
    return f"{name}{title} ({note})"


def listed(view: View, chain: Chain, *, whole: bool) -> str:
    """Return the steps as a numbered list in Markdown.

    Args:
        whole: Whether nothing was left out, so that what begins here was made by no recorded job.
    """
    lines = []
    if chain.beginnings:
        begins = "The record begins with what no recorded job made:" if whole else "What may be told here begins with:"
        lines += [begins, ""]
        lines += [f"- {line}" for line in cut([told(view, file) for file in chain.beginnings], MAX_FILES)]
        lines.append("")
    for place, step in enumerate(chain.steps, start=1):
        count = f" ({counted(len(step.jobs), 'job')})" if len(step.jobs) > 1 else ""
        lines.append(f"{place}. **{md(step.name)}**{count}{': ' if step.description else ''}{md(step.description)}")
        read, made = sorted(step.read.values(), key=_by_path), sorted(step.made.values(), key=_by_path)
        lines += [f"    - read {line}" for line in cut([told(view, file) for file in read], MAX_FILES)]
        lines += [f"    - made {line}" for line in cut([told(view, file) for file in made], MAX_FILES)]
    return "\n".join(lines)


def drawn(chain: Chain, item: DigitalObject) -> str:
    """Return the steps as a Mermaid drawing; nothing where there are none, or too many to be read."""
    steps = chain.steps
    if not steps or len(steps) > MAX_STEPS_DRAWN:
        return ""
    makers = {iri: place for place, step in enumerate(steps) for iri in step.made}
    begins = {thing.iri for thing in chain.beginnings}
    lines = ["```mermaid", "flowchart LR"]
    edges = set[tuple[str, str]]()
    for place, step in enumerate(steps):
        lines.append(f'    s{place}["{_label(f"{place + 1}. {step.name}")}"]')
        edges.update((f"s{makers[iri]}", f"s{place}") for iri in step.read if makers.get(iri, place) != place)
        edges.update(("raw", f"s{place}") for iri in step.read if iri in begins)
    if begins:
        lines.append(f'    raw[("{_label(_raw_in_words(chain.beginnings))}")]')
    lines.append(f'    it(["{_label(item.label)}"])')
    edges.add((f"s{makers.get(item.iri, len(steps) - 1)}", "it"))
    lines += [f"    {start} --> {end}" for start, end in sorted(edges)]
    return "\n".join([*lines, "```"])


def _raw_in_words(beginnings: list[DigitalObject]) -> str:
    return path_of(beginnings[0]) if len(beginnings) == 1 else counted(len(beginnings), "file")


def _label(text: str) -> str:
    return _OWN.sub(lambda found: f"#{ord(found.group())};", plain(text, 60))
