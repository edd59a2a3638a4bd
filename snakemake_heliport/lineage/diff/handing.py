"""What a job was given: by other jobs, who did something else, or by nobody who is known, which is a cause."""

from collections.abc import Iterator
from dataclasses import replace

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import SAME_CONTENT, Bearing, is_minor
from snakemake_heliport.lineage.diff.effects import Effects
from snakemake_heliport.lineage.diff.inputs import Given
from snakemake_heliport.lineage.diff.jobs import BLOCKED, UNFINISHED, Pair


def take_all(pair: Pair, effects: Effects, both: Both) -> None:
    """Take what a job was given, or waited for; where that is no difference, the hyperparameters of its training."""
    for given in pair.changed_inputs():
        _take(given, effects, both)
    if pair.is_blocked:
        effects.handed[pair.label] += _blocking(pair, both)
    if pair.is_touched:
        _take_touched(pair, effects, both)
    if all(map(is_minor, effects.own[pair.label])):
        effects.own[pair.label] += pair.hyperparameters(follow=bool(effects.handed[pair.label]))


def _take(given: Given, effects: Effects, both: Both) -> None:
    """Take an input that differs as a difference of the job itself, or as what other jobs handed it."""
    own, maker = effects.own[given.reader], both.makers.get(given.path, given.reader)
    if maker == given.reader:
        own.append(given.difference)
    elif _is_foreign(given, maker, both) or _was_there(given, maker, both):
        own.append(replace(given.difference, note=f"changed after {maker} made it"))
    elif given.is_same:
        own.append(replace(given.difference, bearing=Bearing.POSSIBLE, note=SAME_CONTENT))
    else:
        # Of a job that gave its output another path, one of both is enough.
        makers = {both.makers.get(path): path for path in given.paths[::-1]}
        handed = [path for path in makers.values() if _is_made_differently(path, given.reader, both)]
        if not handed or _is_exchanged(given, both):
            own.append(given.difference)
            handed = [path for path in handed if path == given.after]
        effects.handed[given.reader] += handed


def _is_exchanged(given: Given, both: Both) -> bool:
    """Return whether a job read another file than before, and both are made in either run."""
    makers = {both.makers.get(path) for path in given.paths}
    return len(makers) > 1 and makers <= both.pairs.keys()


def _take_touched(pair: Pair, effects: Effects, both: Both) -> None:
    """Let what others made differently be why, rather than that the files of a job were just given a new time."""
    read = sorted(pair.before.paths_read() | pair.after.paths_read())
    handed = [path for path in read if _is_made_differently(path, pair.label, both)]
    effects.handed[pair.label] += handed
    if handed:
        effects.own[pair.label] = []


def _is_made_differently(path: str, reader: str, both: Both) -> bool:
    maker = both.makers.get(path, reader)
    if maker == reader:
        return False
    before, after = (facts.made(maker, path) for facts in both.sides)
    return before is None or after is None or before.differs(after) or before.may_differ(after)


def _is_foreign(given: Given, maker: str, both: Both) -> bool:
    """Return whether an input is known not to be what its job left there, and what the job made is the same."""
    sides = list(zip((given.before, given.after), both.sides, strict=True))
    made = [None if path is None else facts.made(maker, path) for path, facts in sides]
    if made[0] is not None and made[1] is not None and made[0].differs(made[1]):
        return False
    return any(
        path is not None and output is not None and all(output.differs(used) for used in facts.used(given.reader, path))
        for output, (path, facts) in zip(made, sides, strict=True)
    )


def _was_there(given: Given, maker: str, both: Both) -> bool:
    """Return whether a run took a file as it was: no part of it makes the file, which a job had made before."""
    if given.before != given.after:
        return False
    for facts, later in (both.sides, both.sides[::-1]):
        job = facts.jobs.get(maker)
        if job is not None and maker not in later.jobs and given.path not in later.made_paths:
            made = job.thing.attributes.get("ended") or facts.run.attributes.get("started")
            begun = later.run.attributes.get("started")
            if made is not None and begun is not None and str(made) <= str(begun):
                return True
    return False


def _blocking(pair: Pair, both: Both) -> Iterator[str]:
    """Yield the inputs that a job waited for when its run ended: their jobs did not finish, or were not there."""
    facts = both.first if pair.before.state == BLOCKED else both.second
    for path in sorted(pair.before.paths_read() | pair.after.paths_read()):
        maker = both.makers.get(path, pair.label)
        job = facts.jobs.get(maker)
        if maker != pair.label and (job is None or job.state in UNFINISHED):
            yield path


def hand_on_unseen(effects: Effects, both: Both) -> None:
    """Let what a job was, or was given, reach the jobs that read its outputs through a pipe: nobody saw the content."""
    levels = both.levels()
    for label in sorted(both.pairs, key=lambda label: (levels[label], label)):
        for path in sorted(set(both.pairs[label].unseen_inputs()) - set(effects.handed[label])):
            maker = both.makers.get(path, label)
            if maker != label and maker in both.pairs and effects.is_caused(maker):
                effects.handed[label].append(path)
