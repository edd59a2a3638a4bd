"""Which job made a training run: every kind of evidence, what is ambiguous, and what must not be linked."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from snakemake_heliport.assembly.attempts import Attempt, KnownFile
from snakemake_heliport.assembly.clues import Method
from snakemake_heliport.assembly.linking import Links, Scene, link, link_all
from snakemake_heliport.commands import canonical, clue
from snakemake_heliport.identity import job_key
from snakemake_heliport.records import State
from snakemake_heliport.redaction.detectors import MARK
from snakemake_heliport.training import (
    DatasetInput,
    JobContext,
    LoggedModel,
    Metric,
    Point,
    TrackedFile,
    TrainingRun,
)

RUN = "urn:uuid:30a9b389-e3c4-4bcf-aec1-70ddc2a78eb1"
OTHER_RUN = "urn:uuid:11111111-e3c4-4bcf-aec1-70ddc2a78eb1"
ML_RUN = "4fd160df81ed4025a4d2e98b7cbfaf71"
BYTES = "ab" * 32


def attempt(rule: str, start: float, end: float, *, number: int = 1, **facts) -> Attempt:
    """Return an attempt of a job of a rule, by default one that tells nothing."""
    wildcards = facts.pop("wildcards", {})
    iri = f"{RUN}#job-{rule}{''.join(wildcards.values())}-{number}"
    known = {
        "state": State.FINISHED,
        "distant": False,
        "command": None,
        "command_clue": None,
        "script": None,
        "values": dict(wildcards),
        "params": frozenset(),
        "inputs": {},
        "outputs": {},
        "logs": (),
        "mentioned": frozenset(),
        "mentioned_in_inputs": frozenset(),
    }
    return Attempt(iri=iri, rule=rule, key=job_key(rule, wildcards), started=start, ended=end, **{**known, **facts})


def training(started: float = 5.0, *, tagged: bool = True, **facts) -> TrainingRun:
    """Return a training run, by default one whose environment named the workflow run."""
    context = facts.pop("context", JobContext(run=RUN) if tagged else JobContext())
    known = {"id": ML_RUN, "experiment": "0", "name": "r", "status": "FINISHED", "source_name": "/elsewhere/train.py"}
    return TrainingRun(started=started, context=context, **{**known, **facts})


def scene(*attempts: Attempt, tags_jobs: bool = True) -> Scene:
    return Scene(RUN, "~/study", tags_jobs, attempts)


def origin(links: Links) -> tuple[str | None, Method] | None:
    """Return the job that a run is linked to (None: the workflow run) and by what, or None where it is not linked."""
    found = links.origin
    return None if found is None else (found.attempt.iri if found.attempt else None, found.method)


def model(**facts) -> LoggedModel:
    return LoggedModel(**{"id": f"m-{'c' * 32}", "name": "model", "run": ML_RUN, **facts})


A, B = attempt("a", 0, 10), attempt("b", 1, 9)


def test_context_that_names_the_job_is_certain() -> None:
    """Of two jobs at the same time, the one that the context names made the run."""
    run = training(context=JobContext(run=RUN, rule="b", jobs=(B.key,)))

    links = link(run, (), scene(A, B))

    assert origin(links) == (B.iri, Method.RUN_CONTEXT_TAG)
    assert links.origin.confidence == 1.0


def test_context_of_a_retried_job_names_the_attempt_that_was_running() -> None:
    """The key is that of the job; the time tells the attempt."""
    first, second = attempt("a", 0, 4, state=State.FAILED), attempt("a", 4.1, 10, number=2)
    run = training(context=JobContext(run=RUN, jobs=(first.key,)))

    assert origin(link(changed(run, started=2.0), (), scene(first, second))) == (first.iri, Method.RUN_CONTEXT_TAG)
    assert origin(link(changed(run, started=6.0), (), scene(first, second))) == (second.iri, Method.RUN_CONTEXT_TAG)


def test_group_is_narrowed_by_the_command() -> None:
    """A group job names all its jobs; the command line tells which of them it was."""
    one = attempt("t", 0, 10, wildcards={"fold": "1"}, command="python train.py --fold 1")
    two = attempt("t", 0, 10, wildcards={"fold": "2"}, command="python train.py --fold 2")
    context = JobContext(run=RUN, jobs=(one.key, two.key), commands=(clue(canonical(two.command, "")),))

    assert origin(link(training(context=context), (), scene(one, two))) == (two.iri, Method.RUN_CONTEXT_TAG)


def test_shell_command_tells_parallel_jobs_apart() -> None:
    """Without a key, the digest of the command line above the training process does."""
    one = attempt("t", 0, 10, wildcards={"fold": "1"}, command="python train.py 1 && touch done")
    two = attempt("t", 0, 10, wildcards={"fold": "2"}, command="python train.py 2 && touch done")
    context = JobContext(run=RUN, commands=(clue(canonical(one.command, "")),))

    assert origin(link(training(context=context), (), scene(one, two))) == (one.iri, Method.RUN_CONTEXT_TAG)


@pytest.mark.parametrize("tagged", [True, False])
def test_equal_bytes_of_a_model_or_artifact_prove_the_job(tagged: bool) -> None:
    """A file that the job wrote and the run logged ties them, also where jobs elsewhere are not tagged."""
    wrote = replace(B, outputs={"model.pkl": KnownFile("urn:file", BYTES)})
    file = TrackedFile("model.pkl", 5000, BYTES)

    by_model = link(training(tagged=tagged), (model(files=(file,)),), scene(A, wrote, tags_jobs=tagged))
    by_artifact = link(training(tagged=tagged, files=(file,)), (), scene(A, wrote, tags_jobs=tagged))

    assert origin(by_model) == (B.iri, Method.MODEL_CHECKSUM)
    assert origin(by_artifact) == (B.iri, Method.ARTIFACT_CHECKSUM)
    assert by_model.belongs
    assert by_artifact.belongs


def test_small_files_prove_nothing() -> None:
    """Files of a few bytes are alike by chance."""
    wrote = replace(B, outputs={"n.txt": KnownFile("urn:file", BYTES)})
    file = TrackedFile("n.txt", 3, BYTES)

    assert origin(link(training(tagged=False, files=(file,)), (), scene(A, wrote))) is None


def test_bytes_that_two_jobs_wrote_are_no_answer() -> None:
    """The run belongs to the workflow run then, and to no job."""
    wrote = [replace(job, outputs={"m.pkl": KnownFile("urn:file", BYTES)}) for job in (A, B)]
    run = training(tagged=False, source_name=None, files=(TrackedFile("m.pkl", 5000, BYTES),))

    assert origin(link(run, (), scene(*wrote))) == (None, Method.ARTIFACT_CHECKSUM)


def test_id_in_an_output_or_log_ties_a_run_made_by_hand() -> None:
    """A client leaves no tags; a job that notes the id of its run is found by it."""
    noted = replace(B, mentioned=frozenset((ML_RUN,)))

    links = link(training(tagged=False, source_name=None), (), scene(A, noted))

    assert origin(links) == (B.iri, Method.RUN_ID_OUTPUT)
    assert links.belongs


def test_script_of_snakemake_tells_the_rule() -> None:
    """MLflow notes the path of the script as Snakemake wrote it, which holds the name of the original."""
    source = "~/study/.snakemake/scripts/tmpa1b2_c3.train model.py"
    trains, cleans = replace(A, script="train model.py"), replace(B, script="clean.py")

    assert origin(link(training(source_name=source), (), scene(trains, cleans))) == (A.iri, Method.SOURCE_PATH)
    elsewhere = source.replace("~/study", "~/play")
    assert origin(link(training(tagged=False, source_name=elsewhere), (), scene(trains, cleans))) is None


def test_dataset_that_only_one_running_job_read_decides() -> None:
    """Of two running jobs, the one that read the file which the run logged as its data made it."""
    reads = replace(A, inputs={"data.csv": KnownFile("urn:data", BYTES)})
    data = DatasetInput(name="d", digest="12345678", source_type="local", path="data.csv", sha256=BYTES)

    links = link(training(datasets=(data,)), (), scene(reads, B))

    assert origin(links) == (A.iri, Method.DATASET_SOURCE)
    assert links.origin.is_certain


def test_dataset_of_other_bytes_is_another_dataset() -> None:
    """The same path with other content speaks for nothing."""
    reads = replace(A, inputs={"data.csv": KnownFile("urn:data", "cd" * 32)})
    data = DatasetInput(name="d", digest="12345678", source_type="local", path="data.csv", sha256=BYTES)

    assert origin(link(training(datasets=(data,)), (), scene(reads, B))) == (None, Method.RUN_CONTEXT_TAG)


def test_only_running_job_is_the_one() -> None:
    """A tagged run was made by a job that was running, so the only one made it."""
    links = link(training(started=12.0), (), scene(A, B, attempt("c", 11, 15)))

    assert origin(links)[1] is Method.TIME_WINDOW
    assert links.origin.attempt.rule == "c"
    assert links.origin.is_certain


def test_ambiguous_run_is_linked_to_the_workflow_run() -> None:
    """Nothing is guessed among several running jobs."""
    links = link(training(), (), scene(A, B))

    assert origin(links) == (None, Method.RUN_CONTEXT_TAG)
    assert links.belongs


def test_params_exclude_the_jobs_that_contradict_them() -> None:
    """`fold` is 2 in the run and in one of two running jobs; that the numbers are written otherwise does not matter."""
    one = attempt("t", 0, 10, wildcards={"fold": "1"})
    two = attempt("t", 0, 10, wildcards={"fold": "2"})

    assert origin(link(training(params={"fold": "2.0"}), (), scene(one, two)))[0] == two.iri
    # A job that has no such parameter may have set it itself.
    assert origin(link(training(params={"fold": "2.0"}), (), scene(one, two, A)))[0] is None


def test_run_of_another_workflow_run_is_not_linked() -> None:
    """A tag that names another run speaks against this one, whatever else fits."""
    wrote = replace(A, outputs={"m.pkl": KnownFile("urn:file", BYTES)})
    run = training(context=JobContext(run=OTHER_RUN), files=(TrackedFile("m.pkl", 5000, BYTES),))

    assert origin(link(run, (), scene(wrote))) is None


@pytest.mark.parametrize("source", ["/elsewhere/train.py", None])
def test_stranger_at_the_same_time_is_not_linked(source: str | None) -> None:
    """A run without a tag that has only the time in common with a job is somebody else's."""
    run = training(tagged=False, source_name=source, params={"lr": "0.1"})

    assert link(run, (), scene(A)) == Links(None)


def test_stranger_with_the_same_data_and_params_is_not_linked() -> None:
    """Where jobs are tagged, a run that `start_run` made without the tag is none of ours."""
    trains = replace(A, values={"lr": "0.1"}, inputs={"data.csv": KnownFile("urn:data", BYTES)})
    data = DatasetInput(name="d", digest="12345678", source_type="local", path="data.csv", sha256=BYTES)
    run = training(tagged=False, params={"lr": "0.1"}, datasets=(data,))

    assert link(run, (), scene(trains)) == Links(None)


def test_stranger_that_trains_the_same_model_is_not_linked() -> None:
    """Where jobs are tagged, equal bytes of a run without the tag mean that somebody else trained the same."""
    wrote = replace(A, outputs={"model.pkl": KnownFile("urn:file", BYTES)})
    run = training(tagged=False, files=(TrackedFile("model.pkl", 5000, BYTES),))

    assert link(run, (), scene(wrote)) == Links(None)
    assert origin(link(run, (), scene(wrote, tags_jobs=False))) == (A.iri, Method.ARTIFACT_CHECKSUM)
    assert origin(link(changed(run, source_name=None), (), scene(wrote))) == (A.iri, Method.ARTIFACT_CHECKSUM)


def test_stranger_made_by_hand_with_the_params_of_a_job_is_not_linked() -> None:
    """Anybody may train with a learning rate of 0.1."""
    run = training(tagged=False, source_name=None, params={"lr": "0.1"})

    assert link(run, (), scene(replace(A, values={"lr": "0.1"}))) == Links(None)


def test_redacted_values_are_like_nothing() -> None:
    """Two secrets are not the same because both were hidden, so nothing tells these jobs apart."""
    hidden = [replace(job, values={"token": MARK, "n": n}) for job, n in ((A, "1"), (B, "2"))]

    assert origin(link(training(params={"token": MARK}), (), scene(*hidden)))[0] is None


def test_redacted_command_is_known_by_the_clue_of_what_it_was() -> None:
    """The command may not be written down; its digest was."""
    real = clue(canonical("python train.py --token s3cr3t", ""))
    keyed = replace(B, command=f"python train.py --token {MARK}", command_clue=real)

    links = link(training(context=JobContext(run=RUN, commands=(real,))), (), scene(A, keyed))

    assert origin(links) == (B.iri, Method.RUN_CONTEXT_TAG)


def test_attempt_that_dies_at_once_keeps_its_run() -> None:
    """The next attempt starts within the rounding of the clock; the first was running when the run started."""
    first, second = attempt("a", 0, 5.004, state=State.FAILED), attempt("a", 5.006, 9, number=2)

    assert origin(link(training(started=5.0), (), scene(first, second)))[0] == first.iri


def test_job_of_a_killed_run_is_still_open() -> None:
    """Nobody saw its end, so it may have started a run at any later time."""
    assert origin(link(training(started=500.0), (), scene(attempt("a", 0, math.inf))))[0].endswith("#job-a-1")


def test_jobs_that_read_an_id_to_nest_runs_in_it_have_not_gone_on_with_it() -> None:
    """Only the job that finishes the parent has."""
    begin = attempt("begin", 0, 2)
    fold = replace(attempt("fold", 3, 10), mentioned_in_inputs=frozenset((ML_RUN,)))
    finish = replace(attempt("finish", 9, 12), mentioned_in_inputs=frozenset((ML_RUN,)))
    parent = training(started=1.0, ended=11.0, context=JobContext(run=RUN, jobs=(begin.key,)))
    child = training(id="1" * 32, parent=ML_RUN, started=6.0, context=JobContext(run=RUN, jobs=(fold.key,)))

    links = link_all({parent.id: parent, child.id: child}, {}, scene(begin, fold, finish))

    assert [other.attempt.iri for other in links[parent.id].others] == [finish.iri]


def test_nested_run_without_clues_shares_the_job_of_its_parent() -> None:
    """A client made the child by hand, while the job of its parent was running."""
    parent = training(context=JobContext(run=RUN, jobs=(A.key,)))
    child = training(id="1" * 32, tagged=False, source_name=None, parent=ML_RUN, started=6.0)

    links = link_all({parent.id: parent, child.id: child}, {}, scene(A, B))

    assert origin(links[child.id])[0] == A.iri
    assert links[child.id].belongs


def test_nested_run_of_another_job_keeps_its_own() -> None:
    """Folds that run in jobs of their own are nested in a run that an earlier job made."""
    early, fold = attempt("begin", 0, 2), attempt("fold", 3, 10)
    parent = training(started=1.0, context=JobContext(run=RUN, jobs=(early.key,)))
    child = training(id="1" * 32, parent=ML_RUN, started=6.0, context=JobContext(run=RUN, jobs=(fold.key,)))

    links = link_all({parent.id: parent, child.id: child}, {}, scene(early, fold))

    assert origin(links[parent.id])[0] == early.iri
    assert origin(links[child.id])[0] == fold.iri


def test_parents_that_form_a_circle_end() -> None:
    """Tags can say anything."""
    one = training(id="1" * 32, tagged=False, parent="2" * 32)
    two = training(id="2" * 32, tagged=False, parent="1" * 32)

    links = link_all({one.id: one, two.id: two}, {}, scene(A))

    assert links[one.id].origin is None


def test_job_that_resumes_a_run_is_told_beside_the_one_that_made_it() -> None:
    """The second job read the id from an input, and the run went on while it ran."""
    first = replace(attempt("begin", 0, 2), mentioned=frozenset((ML_RUN,)))
    second = replace(attempt("finish", 5, 9), mentioned_in_inputs=frozenset((ML_RUN,)))
    reader = replace(attempt("report", 20, 30), mentioned_in_inputs=frozenset((ML_RUN,)))
    point = Point(0.9, 1, 7.0)
    metric = Metric(name="accuracy", last=point, least=point, greatest=point)
    run = training(started=1.0, ended=8.0, metrics=(metric,), context=JobContext(run=RUN, jobs=(first.key,)))

    links = link(run, (), scene(first, second, reader))

    assert origin(links)[0] == first.iri
    assert [other.attempt.iri for other in links.others] == [second.iri]


def test_run_of_an_earlier_workflow_run_that_is_resumed_is_told_as_an_influence() -> None:
    """It belongs to the other workflow run; a job of this one logged a model to it."""
    run = training(started=-500.0, context=JobContext(run=OTHER_RUN))
    logged = model(created=6.0, context=JobContext(run=RUN, jobs=(A.key,)))

    links = link(run, (logged,), scene(A))

    assert links.origin is None
    assert not links.belongs
    assert [other.attempt.iri for other in links.others] == [A.iri]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50)), max_size=6), st.floats(-10, 200))
def test_no_job_is_named_that_was_not_running(spans: list[tuple[float, float]], started: float) -> None:
    """Whatever the times are, a run without better evidence is never linked to a job outside its time."""
    attempts = [attempt(f"r{number}", at, at + length) for number, (at, length) in enumerate(spans)]

    found = link(training(started=started), (), scene(*attempts)).origin

    if found.attempt is not None:
        assert found.attempt.started - 5.0 <= started <= found.attempt.ended + 5.0


@given(st.permutations([A, B, attempt("c", 2, 20), attempt("d", 4, 6)]))
def test_order_of_the_attempts_does_not_matter(attempts: list[Attempt]) -> None:
    """The same facts give the same decision."""
    run = training(context=JobContext(run=RUN, jobs=(B.key, A.key)), datasets=())

    assert origin(link(run, (), scene(*attempts))) == origin(link(run, (), scene(A, B)))
