"""Which job made which training run, and how certain that is.

Clues are ranked, best first. Each one narrows the jobs that come into question: where it speaks for some of them, the
others are out. One job left is the answer, as certain as the best clue that speaks for it; several left are no answer,
and the training run is part of the workflow run only. A training run whose environment does not name the workflow run
needs a clue that no stranger's run can have: bytes that a job wrote, an id that a job noted down, a script that only
Snakemake made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from snakemake_heliport.assembly.attempts import Attempt
from snakemake_heliport.assembly.clues import SLACKS, Evidence, Method, agreement, clues_of, covers, fits
from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.identity import run_iri
from snakemake_heliport.training import CERTAIN_ENOUGH, LoggedModel, TrainingRun

# Below what is certain enough, a training run is stated to be influenced by its job; lower still, nothing.
WORTH_TELLING = 0.5
# What the training run of a stranger cannot have in common with a job by chance.
PROVING = frozenset(Method) - {Method.DATASET_SOURCE, Method.TIME_WINDOW}
# What it cannot have even if it trains the same model on the same data at the same time.
OWN_TRACES = PROVING - {Method.MODEL_CHECKSUM, Method.ARTIFACT_CHECKSUM}


@dataclass(frozen=True, slots=True)
class Link:
    """A tie to an attempt of a job, or to the workflow run (`attempt` is None), with its evidence, the best first."""

    attempt: Attempt | None
    evidence: tuple[Evidence, ...]

    @property
    def method(self) -> Method:
        return self.evidence[0].method

    @property
    def confidence(self) -> float:
        return self.evidence[0].confidence if self.evidence else 0.0

    @property
    def is_certain(self) -> bool:
        return self.confidence >= CERTAIN_ENOUGH

    @property
    def certain_attempt(self) -> Attempt | None:
        """The attempt, if the link to it is certain enough to be stated as a fact."""
        return self.attempt if self.is_certain else None


@dataclass(frozen=True, slots=True)
class Links:
    """Where a training run comes from, as far as the workflow run knows.

    Attributes:
        origin: The job that started it; None where it does not belong to the workflow run.
        others: Jobs that went on with it later.
        belongs: It is part of the workflow run, whichever job started it.
    """

    origin: Link | None
    others: tuple[Link, ...] = ()
    belongs: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """The workflow run that training runs are held against.

    Attributes:
        run: Its IRI.
        workdir: As it is written down, with `~` for the home directory.
        tags_jobs: Whoever starts a training run in one of its jobs is tagged with it.
        attempts: All attempts of its jobs, in the order of their starts.
    """

    run: str
    workdir: str
    tags_jobs: bool
    attempts: Sequence[Attempt]


def scene_of(facts: Facts, known: Sequence[Attempt]) -> Scene:
    """Return the scene of a workflow run; jobs elsewhere than on this machine may not inherit its environment."""
    start = facts.start
    return Scene(run_iri(start.run), start.workdir, start.tags_jobs and start.executor == "local", known)


def link_all(runs: Mapping[str, TrainingRun], models: Mapping[str, LoggedModel], scene: Scene) -> dict[str, Links]:
    """Decide for training runs which jobs made them; a nested one that tells nothing itself shares its parent's job."""
    made: dict[str, list[LoggedModel]] = {}
    for model in models.values():
        made.setdefault(model.run, []).append(model)
    found = {id_: link(run, made.get(id_, ()), scene) for id_, run in runs.items()}
    found = {id_: _or_parent(runs, found, id_) for id_ in runs}
    return {id_: replace(links, others=_without_nested(runs, found, id_)) for id_, links in found.items()}


def _without_nested(runs: Mapping[str, TrainingRun], found: Mapping[str, Links], id_: str) -> tuple[Link, ...]:
    """Return the jobs that went on with a run but those that read its id to nest runs of their own in it."""
    nesting = {
        links.origin.attempt.iri
        for child, links in found.items()
        if runs[child].parent == id_ and links.origin is not None and links.origin.attempt is not None
    }
    return tuple(
        other
        for other in found[id_].others
        if other.method is not Method.RUN_ID_OUTPUT or other.attempt is None or other.attempt.iri not in nesting
    )


def link(run: TrainingRun, models: Sequence[LoggedModel], scene: Scene) -> Links:
    """Decide which job of a workflow run made a training run, by what the run and its models tell."""
    tagged = run.context.run == scene.run
    others = _resumed_by(run, models, scene)
    if run.context.run is not None and not tagged:
        return Links(None, others)
    origin = _tagged_origin(run, models, scene) if tagged else _untagged_origin(run, models, scene)
    if origin is not None:
        others = tuple(other for other in others if other.attempt is not origin.attempt)
    belongs = tagged or (origin is not None and origin.is_certain)
    return Links(origin, others, belongs)


def _or_parent(runs: Mapping[str, TrainingRun], found: Mapping[str, Links], id_: str) -> Links:
    own, run, seen = found[id_], runs[id_], {id_}
    if own.origin is not None and own.origin.attempt is not None:
        return own
    while (parent := run.parent) is not None and parent in runs and parent not in seen:
        seen.add(parent)
        run, above = runs[parent], found[parent]
        if above.origin is not None and above.origin.attempt is not None:
            if not covers(above.origin.attempt, runs[id_].started, SLACKS[0]):
                break
            nested = replace(above.origin.evidence[0], sentence=f"nested in {run.name}")
            return Links(Link(above.origin.attempt, (nested,)), own.others, own.belongs or above.belongs)
    return own


# The job that started a training run.


@dataclass(slots=True)
class Case:
    """An attempt that comes into question, with what speaks for it, by the rank of the clue."""

    attempt: Attempt
    evidence: dict[int, Evidence] = field(default_factory=dict)

    def link(self) -> Link:
        """Return the link that the evidence makes, the most certain first."""
        return Link(self.attempt, tuple(sorted(self.evidence.values(), key=lambda item: -item.confidence)))


def _tagged_origin(run: TrainingRun, models: Sequence[LoggedModel], scene: Scene) -> Link:
    member = Link(None, (Evidence(Method.RUN_CONTEXT_TAG, 1.0, "its environment named the workflow run"),))
    present = _present(run, scene.attempts)
    cases = _narrowed(run, models, scene, _of_context(run, scene.attempts) or present or scene.attempts)
    if len(cases) != 1:
        return member
    found = cases[0].link()
    if present and not found.is_certain:
        found = _by_exclusion(found, alone=len(present) == 1)
    return found if found.evidence and found.confidence >= WORTH_TELLING else member


def _by_exclusion(found: Link, *, alone: bool) -> Link:
    """Return a link as certain as it is once the tag says that one of the jobs then running made the training run."""
    if alone:
        reason = Evidence(Method.TIME_WINDOW, 0.85, "no other job was running when it started")
    else:
        reason = Evidence(found.method, 0.8, "no other job that was running when it started fits what it tells")
    return Link(found.attempt, (reason, *found.evidence))


def _untagged_origin(run: TrainingRun, models: Sequence[LoggedModel], scene: Scene) -> Link | None:
    # Where jobs are tagged, whoever used `start_run` in one is; only a client makes a run by hand, without the tag.
    proving = OWN_TRACES if scene.tags_jobs and run.source_name is not None else PROVING
    cases = _narrowed(run, models, scene, _present(run, scene.attempts))
    proofs = [item for case in cases for item in case.link().evidence if item.method in proving]
    if not proofs:
        return None
    if len(cases) == 1:
        return cases[0].link()
    return Link(None, tuple(sorted(proofs, key=lambda item: -item.confidence)))


def _of_context(run: TrainingRun, attempts: Sequence[Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.key in run.context.jobs]


def _present(run: TrainingRun, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts that were running when a training run started."""
    for slack in SLACKS:
        found = [attempt for attempt in attempts if covers(attempt, run.started, slack)]
        if found:
            return _latest(run, found)
    return []


def _latest(run: TrainingRun, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return one attempt of each job: the one that was running when a training run started, else the last before."""
    by_job: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_job.setdefault(attempt.key, []).append(attempt)
    return [_attempt_at(run.started, tried) for tried in by_job.values()]


def _attempt_at(at: float, tried: Sequence[Attempt]) -> Attempt:
    running = [attempt for attempt in tried if attempt.started <= at <= attempt.ended]
    begun = [attempt for attempt in tried if attempt.started <= at + SLACKS[0]]
    return (running or begun or tried[:1])[-1]


def _narrowed(run: TrainingRun, models: Sequence[LoggedModel], scene: Scene, attempts: Sequence[Attempt]) -> list[Case]:
    cases = [Case(attempt) for attempt in _latest(run, attempts)]
    left = cases
    for rank, clue in enumerate(clues_of(run, models, scene.workdir)):
        for case in cases:
            evidence = clue(case.attempt)
            if evidence is not None:
                case.evidence[rank] = evidence
        left = [case for case in left if rank in case.evidence] or left
    agreements = [agreement(run, case.attempt) for case in left]
    if any(agrees for agrees, _ in agreements):
        left = [case for case, (_, contradicts) in zip(left, agreements, strict=True) if not contradicts] or left
    return left


# The jobs that went on with a training run that was already there.


def _resumed_by(run: TrainingRun, models: Sequence[LoggedModel], scene: Scene) -> tuple[Link, ...]:
    later = [attempt for attempt in scene.attempts if not covers(attempt, run.started, SLACKS[0])]
    found = {attempt.iri: Link(attempt, (evidence,)) for attempt in later if (evidence := _logged_in(models, attempt))}
    for attempt in _went_on(run, models, later):
        reason = "the job read its id from an input, and logged to it while it ran"
        found.setdefault(attempt.iri, Link(attempt, (Evidence(Method.RUN_ID_OUTPUT, 0.9, reason),)))
    return tuple(found[attempt.iri] for attempt in later if attempt.iri in found)


def _logged_in(models: Sequence[LoggedModel], attempt: Attempt) -> Evidence | None:
    for model in models:
        if attempt.key in model.context.jobs or fits(attempt, model.context.commands) is not None:
            in_time = model.created is None or covers(attempt, model.created, SLACKS[0])
            if in_time:
                return Evidence(Method.RUN_CONTEXT_TAG, 1.0, f"the job logged its model {model.name}")
    return None


def _went_on(run: TrainingRun, models: Sequence[LoggedModel], later: Sequence[Attempt]) -> Iterator[Attempt]:
    """Yield the jobs that know the id of a run from an input, and were alone with that when the run went on."""
    knowing = [attempt for attempt in later if run.id in attempt.mentioned_in_inputs]
    points = (point for metric in run.metrics for point in (metric.last, metric.least, metric.greatest))
    moments = [run.ended, *(point.at for point in points), *(model.created for model in models)]
    for at in moments if knowing else ():
        busy = [attempt for attempt in knowing if at is not None and covers(attempt, at, SLACKS[0])]
        if len(busy) == 1:
            yield busy[0]
