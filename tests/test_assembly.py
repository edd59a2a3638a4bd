"""Journals -> graphs: identity, honesty about failures and interruptions, and what runs share."""

import uuid
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from helpers import RecordedRun, exported, folded, heliport, snakemake

from snakemake_heliport.assembly.files import media_type
from snakemake_heliport.assembly.resources import usage
from snakemake_heliport.export.validate import validate
from snakemake_heliport.identity import (
    NAMESPACE,
    SEPARATOR,
    content_iri,
    content_sha256,
    file_iri,
    job_iri,
    minted,
    part,
    run_iri,
    workflow_iri,
)
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.observe.hashing import look
from snakemake_heliport.records import (
    BenchmarkSeen,
    FileRef,
    FileSeen,
    JobEnded,
    JobKnown,
    JobSeen,
    JobsPlanned,
    JobStarted,
    ModulesSeen,
    PlannedJob,
    RuleSeen,
    RunEnded,
    RunStarted,
    Signature,
    Slot,
    SourceSeen,
    State,
)
from snakemake_heliport.store import Store

RUN = "00000000-0000-4000-8000-000000000001"
IN, OUT = Signature(3, 1_000_000_000), Signature(5, 12_000_000_000)
SHA_IN, SHA_OUT, SHA_CODE = "a" * 64, "b" * 64, "c" * 64


def records(state: State = State.FINISHED, *, ended: bool = True, run: str = RUN, at: float = 10.0):
    """Return the records of a run with one job, which reads `in.txt` and writes `out.txt`."""
    job = JobSeen(
        jobid=1,
        rule="work",
        wildcards={"sample": "ä b"},
        inputs=(FileRef("data", "in.txt", (), IN),),
        outputs=(FileRef("0", "out.txt", ("protected",)),),
        upstream=(),
    )
    yield RunStarted(run=run, at=at, workdir="/w", workdir_id="wd", command="snakemake", snakefile="Snakefile")
    yield SourceSeen(path="Snakefile", role="snakefile", sha256=SHA_CODE, size=9)
    slots = {"inputs": (Slot("data", "in.txt"),), "outputs": (Slot("0", "out.txt"),)}
    yield RuleSeen(name="work", snakefile="Snakefile", **slots)
    yield JobsPlanned(jobs=(PlannedJob(1, "work", {}, ("in.txt",), ("out.txt",), ()),))
    yield JobsPlanned(jobs=(PlannedJob(2, "work", {"sample": "z"}, ("out.txt",), ("z.txt",), (1,)),))
    yield JobStarted(at=at + 1, attempt=1, job=job)
    yield FileSeen(path="in.txt", seen=IN, sha256=SHA_IN)
    if ended:
        outputs = (FileRef("0", "out.txt", ("protected",), OUT),)
        yield JobEnded(at=at + 3, jobid=1, attempt=1, state=state, outputs=outputs, error="it broke")
        yield FileSeen(path="out.txt", seen=OUT, sha256=SHA_OUT)
        yield RunEnded(at=at + 4, state=state, pending=(2,))


def assembled(workdir: Path, *runs) -> RecordedRun:
    """Write journals, fold them, and read the last run back."""
    layout = Layout.of_workdir(workdir)
    layout.create()
    for number, run in enumerate(runs):
        writer = JournalWriter(layout.journals / f"{number}.jsonl")
        for record in run:
            writer.append(record)
        writer.close()
    folded(workdir)
    return RecordedRun.read(workdir)


def test_a_finished_job_used_and_generated(tmp_path: Path) -> None:
    """Inputs and outputs stand by their slots, on file instances that specialise their content."""
    recorded = assembled(tmp_path, records())
    job = recorded.jobs()["work(sample=ä b)"][0]

    assert recorded.inputs(job) == {"data": ["in.txt"]}
    assert recorded.outputs(job) == {"0": ["out.txt"]}
    assert recorded.content("out.txt") == content_iri(SHA_OUT)
    (made,) = recorded.graph.subjects_of(Predicate.WAS_GENERATED_BY, job.iri)
    relation = recorded.graph.relations[made, Predicate.WAS_GENERATED_BY, job.iri]
    assert relation.attributes["flags"] == ["protected"]
    assert relation.attributes["at"] == "1970-01-01T00:00:13.000Z"


def importing(*modules: SourceSeen, script: str = "scripts/one.py"):
    """Return the records of a run whose job ran a script that imports modules."""
    for record in records():
        if isinstance(record, JobStarted):
            yield SourceSeen(path="scripts/one.py", role="script", sha256="1" * 64, size=1)
            yield ModulesSeen(script=script, modules=modules)
            record = msgspec.structs.replace(record, job=msgspec.structs.replace(record.job, source="scripts/one.py"))
        yield record


def test_a_job_used_the_modules_that_its_script_imports(tmp_path: Path) -> None:
    """They are code of the job, and of the workflow where the Snakefile imports them; the graph keeps its shapes."""
    mine = SourceSeen(path="lib/mine.py", role="module", sha256="2" * 64, size=2, part_of_workflow=False)
    unknown = SourceSeen(path="lib/gone.py", role="module", reason="gone", part_of_workflow=False)

    recorded = assembled(tmp_path, importing(mine, unknown))

    (job,) = recorded.jobs()["work(sample=ä b)"]
    used = {
        recorded.graph.objects[iri].attributes["path"]: relation.attributes.get("role")
        for (subject, predicate, iri), relation in recorded.graph.relations.items()
        if (subject, predicate) == (job.iri, Predicate.USED)
    }
    assert used == {"in.txt": None, "scripts/one.py": "script", "lib/mine.py": "module", "lib/gone.py": "module"}
    sources = [thing for thing in recorded.graph.objects.values() if thing.attributes.get("path") == "lib/mine.py"]
    assert [(thing.kind, thing.attributes["role"]) for thing in sources] == [(Kind.SOURCE, "module")]
    assert not recorded.graph.subjects_of(Predicate.HAS_PART, sources[0].iri)
    with Store.open(Layout.of_workdir(tmp_path).store) as store:
        assert [str(item) for item in validate(store)] == []


def test_what_a_snakefile_imports_is_part_of_the_workflow(tmp_path: Path) -> None:
    """Another module makes another workflow, and the order in which scripts were looked through makes none."""
    first, second = (SourceSeen(path="m.py", role="module", sha256=digit * 64, size=1) for digit in "34")
    also = ModulesSeen(script="x.smk", modules=(first,))

    def of_workflow(name: str, *modules: SourceSeen, more: tuple[ModulesSeen, ...] = ()):
        found = assembled(tmp_path / name, [*list(importing(*modules, script="Snakefile"))[:-1], *more])
        (workflow,) = (thing for thing in found.graph.objects.values() if thing.kind is Kind.WORKFLOW)
        parts = found.graph.relations
        return workflow.iri, sum(predicate is Predicate.HAS_PART for _, predicate, _ in parts)

    assert of_workflow("a", first) == of_workflow("b", first, more=(also,))
    assert of_workflow("c", second)[0] != of_workflow("d", first)[0] != of_workflow("e")[0]
    assert of_workflow("f", first)[1] == of_workflow("g")[1] + 1


def test_a_file_in_two_slots_is_in_both(tmp_path: Path) -> None:
    """A job that reads one file under two names used it in both slots."""

    def twice():
        for record in records():
            if isinstance(record, JobStarted):
                job = msgspec.structs.replace(
                    record.job, inputs=(*record.job.inputs, FileRef("again", "in.txt", ("ancient",), IN))
                )
                record = msgspec.structs.replace(record, job=job)
            yield record

    recorded = assembled(tmp_path, twice())
    job = recorded.jobs()["work(sample=ä b)"][0]

    assert recorded.inputs(job) == {"data": ["in.txt"], "again": ["in.txt"]}


@pytest.mark.parametrize(("written", "end"), [(12.0, "12.000"), (5.0, "13.000"), (99.0, "13.000")])
def test_an_end_noticed_late_is_that_of_the_last_output(tmp_path: Path, written: float, end: str) -> None:
    """The last output tells when a job ended, unless its time cannot be that of the job (copied, or a wrong clock)."""

    def late():
        for record in records():
            if isinstance(record, JobEnded):
                seen = Signature(OUT.size, int(written * 1e9))
                outputs = (FileRef("0", "out.txt", (), seen),)
                record = msgspec.structs.replace(record, late=True, outputs=outputs)
            yield record

    recorded = assembled(tmp_path, late())
    job = recorded.jobs()["work(sample=ä b)"][0]

    assert job.attributes["ended"] == f"1970-01-01T00:00:{end}Z"
    with Store.open(Layout.of_workdir(tmp_path).store) as store:
        assert [str(item) for item in validate(store)] == []


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
def test_a_failed_job_generated_nothing(tmp_path: Path, state: State) -> None:
    """A job that did not end well used its inputs, made nothing, and says what it was to make."""
    recorded = assembled(tmp_path, records(state))
    job = recorded.jobs()["work(sample=ä b)"][0]

    assert recorded.inputs(job) == {"data": ["in.txt"]}
    assert recorded.outputs(job) == {}
    assert job.attributes["missing_outputs"] == ["out.txt"]
    assert job.attributes["error"] == "it broke"
    assert recorded.run.attributes["status"] == str(state)


def test_a_run_without_an_end_was_interrupted(tmp_path: Path) -> None:
    """What was running when the process was killed is interrupted; what had not begun is pending."""
    recorded = assembled(tmp_path, records(ended=False))

    states = {label: job.attributes["status"] for label, (job,) in recorded.jobs().items()}
    assert states == {"work(sample=ä b)": "interrupted", "work(sample=z)": "pending"}
    assert recorded.run.attributes["status"] == "interrupted"


def test_what_a_killed_run_could_not_hash_is_hashed_later(tmp_path: Path) -> None:
    """A later command hashes files that still stand as they were seen, and gives the reason for those that do not."""
    (tmp_path / "same.txt").write_text("same")
    (tmp_path / "other.txt").write_text("before")
    states = {name: look(str(tmp_path / name)) for name in ("same.txt", "other.txt")}
    (tmp_path / "other.txt").write_text("changed since")
    refs = tuple(FileRef(str(slot), name, (), seen) for slot, (name, seen) in enumerate(states.items()))
    start, source, rule, *_ = records()
    job = JobStarted(at=11.0, attempt=1, job=JobSeen(jobid=1, rule="work", inputs=refs))

    recorded = assembled(tmp_path, [start, source, rule, job])

    files = {str(file.attributes["path"]): file for file in recorded.graph.of_kind(Kind.FILE)}
    assert recorded.content("same.txt") == content_iri(sha256(b"same").hexdigest())
    assert "changed" in str(files["other.txt"].attributes["unknown_reason"])


def test_a_run_that_ends_while_it_is_watched_does_not_stay_running(tmp_path: Path) -> None:
    """A run seen alive by one command is interrupted for the next, once its process is gone without a word."""
    layout = Layout.of_workdir(tmp_path)
    layout.create()
    writer = JournalWriter(layout.journal(RUN))
    for record in records(ended=False):
        writer.append(record)
    folded(tmp_path)
    assert RecordedRun.read(tmp_path).run.attributes["status"] == "running"
    writer.close()
    folded(tmp_path)

    assert RecordedRun.read(tmp_path).run.attributes["status"] == "interrupted"


def test_folding_twice_changes_nothing(tmp_path: Path) -> None:
    """The store and its exports are the same, to the byte, after a second fold and after a rebuild."""
    layout = Layout.of_workdir(tmp_path)
    assembled(tmp_path, records())
    with Store.open(layout.store) as store:
        first = exported(store)
    assert folded(tmp_path).runs == 0
    layout.store.unlink()
    assert folded(tmp_path).runs == 1
    with Store.open(layout.store) as store:
        assert exported(store) == first


def test_two_runs_that_rely_on_the_same_files_share_their_nodes(tmp_path: Path) -> None:
    """Unchanged files, the workflow and its rules are the same nodes in both runs; the runs and jobs are not."""
    other = RUN[:-1] + "2"
    second = assembled(tmp_path, records(), records(run=other, at=20.0))
    first = RecordedRun.read(tmp_path, 0)

    def iris(recorded: RecordedRun, *kinds: Kind) -> set[str]:
        return {thing.iri for thing in recorded.graph.of_kind(*kinds)}

    for kind in (Kind.WORKFLOW, Kind.RULE, Kind.CONTENT):
        assert iris(first, kind) == iris(second, kind)
    assert iris(first, Kind.FILE) & iris(second, Kind.FILE)
    assert not iris(first, Kind.RUN, Kind.JOB) & iris(second, Kind.RUN, Kind.JOB)


def test_every_assembled_graph_conforms_to_the_shapes(tmp_path: Path) -> None:
    """Finished, failed and interrupted runs are all valid."""
    assembled(
        tmp_path,
        records(),
        records(State.FAILED, run=RUN[:-1] + "2", at=20.0),
        records(ended=False, run=RUN[:-1] + "3", at=30.0),
    )
    with Store.open(Layout.of_workdir(tmp_path).store) as store:
        assert [str(item) for item in validate(store)] == []


def test_measured_values_have_units_and_repeats() -> None:
    """Snakemake's memory columns are mebibytes; what was not sampled is absent, not zero."""
    seen = BenchmarkSeen(jobid=1, attempt=1, path="b", rows=({"s": "1.5", "max_rss": "NA"}, {"s": "2", "io_in": "3"}))

    values = usage(seen.rows)
    found = [(v["name"], v["value"], v["unit"], v["repeat"]) for v in values]

    assert found == [
        ("wall_clock", 1.5, "unit:SEC", 1),
        ("wall_clock", 2.0, "unit:SEC", 2),
        ("io_in", 3.0, "unit:MebiBYTE", 2),
    ]


def test_identity_follows_bytes_path_and_time() -> None:
    """Content is named by its bytes alone; a file also by where and when; outside the workdir by the path alone."""
    assert content_sha256(content_iri(SHA_IN)) == SHA_IN
    assert file_iri("wd", "a", SHA_IN, 1) == file_iri("wd", "a", SHA_IN, 1)
    variants = {file_iri("wd", "a", SHA_IN, 1), file_iri("wd", "b", SHA_IN, 1), file_iri("wd", "a", SHA_IN, 2)}
    assert len(variants | {file_iri("other", "a", SHA_IN, 1)}) == 4
    assert minted("a", "b") == f"urn:uuid:{uuid.uuid5(NAMESPACE, SEPARATOR.join('ab'))}"
    assert file_iri("wd", "/data/a", SHA_IN, 1) == file_iri("other", "/data/a", SHA_IN, 1)
    assert part(part(workflow_iri(SHA_IN), "rule-ä b"), "in", "x/y").endswith("#rule-%C3%A4%20b.in.x%2Fy")


def test_media_types_do_not_depend_on_the_machine() -> None:
    """The types of scientific formats are ours; an unknown ending is bytes."""
    assert media_type("a/b.CSV") == "text/csv"
    assert media_type("x.h5") == "application/x-hdf5"
    assert media_type("noending") == "application/octet-stream"


SNAKEFILE = """
rule all:
    input: "c.txt"

checkpoint a:
    output: directory("parts")
    shell: "mkdir parts; echo 1 > parts/1.txt; echo 2 > parts/2.txt"

rule b:
    input: "parts/{n}.txt"
    output: "copies/{n}.txt"
    shell: "cp {input} {output}"

def copies(wildcards):
    folder = checkpoints.a.get().output[0]
    return expand("copies/{n}.txt", n=glob_wildcards(folder + "/{n}.txt").n)

rule c:
    input: copies
    output: "c.txt"
    shell: "cat {input} > {output}"
"""


@pytest.fixture
def made_without_plugin(tmp_path: Path) -> Path:
    """A result that was made before anybody installed the plugin."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    assert snakemake(tmp_path, "-c1", plugin=False).returncode == 0
    return tmp_path


@pytest.mark.parametrize("backend", ["file", "db"])
def test_jobs_that_ran_before_are_relied_upon(made_without_plugin: Path, backend: str) -> None:
    """The first recorded run knows what Snakemake's own records say of what was there, in either back-end."""
    workdir = made_without_plugin
    flags = ["--persistence-backend", backend]
    if backend == "db":
        assert snakemake(workdir, "-c1", "--forceall", *flags, plugin=False).returncode == 0
    (workdir / "c.txt").unlink()

    assert snakemake(workdir, "-c1", *flags).returncode == 0

    recorded = RecordedRun.read(workdir)
    states = {label: recorded.state(jobs[-1]) for label, jobs in recorded.jobs().items()}
    assert states["c"] == states["all"] == "finished"
    assert states["b(n=1)"] == states["b(n=2)"] == "up-to-date"
    earlier = recorded.jobs()["b(n=1)"][0]
    assert recorded.outputs(earlier) == {"0": ["copies/1.txt"]}
    assert earlier.attributes["started"] <= earlier.attributes["ended"] < recorded.run.attributes["started"]


def test_a_result_made_without_the_flag_can_be_imported(made_without_plugin: Path) -> None:
    """`--reporter heliport` imports what Snakemake knows, marked as reconstructed, its gaps named."""
    workdir = made_without_plugin
    for _ in range(2):
        done = snakemake(workdir, "--reporter", "heliport", plugin=False)
        assert done.returncode == 0, done.stderr
        assert "reconstructed" in done.stderr

    with Store.open(Layout.of_workdir(workdir).store) as store:
        assert len(store.runs()) == 1
        assert [str(item) for item in validate(store)] == []
    recorded = RecordedRun.read(workdir)
    assert recorded.run.attributes["reconstructed"] is True
    assert any("checkpoint" in gap for gap in recorded.run.attributes["gaps"])
    assert recorded.outputs(recorded.jobs()["c"][0]) == {"0": ["c.txt"]}


def test_the_graph_crosses_a_checkpoint(tmp_path: Path) -> None:
    """From the result back to the checkpoint there is an unbroken chain of files and jobs."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    assert snakemake(tmp_path, "-c2").returncode == 0
    recorded = RecordedRun.read(tmp_path)
    jobs = recorded.jobs()

    assert recorded.inputs(jobs["c"][0]) == {"0": ["copies/1.txt"], "1": ["copies/2.txt"]}
    assert recorded.inputs(jobs["b(n=1)"][0]) == {"0": ["parts/1.txt"]}
    assert "parts/1.txt" in recorded.outputs(jobs["a"][0])["0"]
    assert recorded.graph.objects_of(jobs["b(n=1)"][0].iri, Predicate.REVEALED_BY) == [jobs["a"][0].iri]


def test_the_commands_answer(tmp_path: Path) -> None:
    """runs, show, export, validate and doctor work on a fresh record, in text and as JSON."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    assert snakemake(tmp_path, "-c2").returncode == 0

    assert "finished" in heliport(tmp_path, "runs").stdout
    assert '"finished": 5' in heliport(tmp_path, "runs", "--json").stdout
    assert "was generated by" in heliport(tmp_path, "show", "c.txt").stdout
    assert heliport(tmp_path, "show", "-1", "--json").returncode == 0
    assert "conforms" in heliport(tmp_path, "validate").stdout
    assert heliport(tmp_path, "doctor").returncode == 0
    for form in ("turtle", "n-triples", "n-quads", "trig", "json-ld", "rdf-xml"):
        assert len(heliport(tmp_path, "export", "--format", form).stdout) > 1000, form
    shown = heliport(tmp_path, "show", "c").stderr
    short = shown.partition("rule c (")[2].partition(")")[0]
    assert "rule-c" in short
    assert "Rule" in heliport(tmp_path, "show", short).stdout
    missing = heliport(tmp_path, "show", "nothing.txt")
    assert missing.returncode == 2
    assert "nothing.txt" in missing.stderr
    ambiguous = heliport(tmp_path, "show", "copies")
    assert "copies/1.txt" in ambiguous.stderr
    assert "copies/2.txt" in ambiguous.stderr
    assert "Traceback" not in missing.stderr + ambiguous.stderr


def later(run: str, at: float, known: JobKnown, *more):
    """Return the records of a run to which a job was up to date."""
    yield RunStarted(run=run, at=at, workdir="/w", workdir_id="wd", command="snakemake", snakefile="Snakefile")
    yield SourceSeen(path="Snakefile", role="snakefile", sha256=SHA_CODE, size=9)
    yield known
    yield from more
    yield RunEnded(at=at + 1, state=State.FINISHED)


def up_to_date(at: Signature, started: float | None, ended: float | None) -> JobKnown:
    """Return that the job which writes `out.txt` was up to date, with what Snakemake noted of it."""
    outputs = (FileRef("0", "out.txt", (), at),)
    job = JobSeen(jobid=5, rule="work", wildcards={"sample": "ä b"}, inputs=(), outputs=outputs, upstream=())
    return JobKnown(job=job, started=started, ended=ended)


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
@pytest.mark.parametrize(
    ("started", "written", "is_left"), [(11.0, 12.0, True), (None, 12.0, True), (30.0, 31.0, False)]
)
def test_what_an_unfinished_attempt_left_was_made_by_no_job(
    tmp_path: Path, state: State, started: float | None, written: float, is_left: bool
) -> None:
    """Snakemake notes it like a job that finished; one that it notes to have begun later is believed."""
    broken = records(state) if state is State.FAILED else records(ended=False)
    seen = Signature(5, int(written * 1e9))
    known = up_to_date(seen, started, written + 1)

    found = assembled(tmp_path, broken, later(RUN.replace("1", "2"), 40, known))

    (job,) = found.jobs()["work(sample=ä b)"]
    assert found.state(job) == "up-to-date"
    assert (job.kind is Kind.PLANNED_JOB) is is_left
    assert bool(found.graph.subjects_of(Predicate.WAS_GENERATED_BY, job.iri)) is not is_left


def test_a_job_that_was_run_again_stands_behind_what_is_there(tmp_path: Path) -> None:
    """Of two runs in the same half minute, the one whose end Snakemake noted is meant."""
    first, second, third = RUN, RUN.replace("1", "2"), RUN.replace("1", "3")
    again = (
        msgspec.structs.replace(record, outputs=(FileRef("0", "out.txt", (), Signature(5, 22_000_000_000)),))
        if isinstance(record, JobEnded)
        else record
        for record in records(run=second, at=20.0)
    )
    rewritten = up_to_date(Signature(6, 50_000_000_000), 21.0, 23.0)

    found = assembled(tmp_path, records(), again, later(third, 60, rewritten))

    assert found.relied_on() == {job_iri(run_iri(second), 1, 1)}
    assert job_iri(run_iri(first), 1, 1) not in found.relied_on()


def test_a_state_that_an_earlier_run_read_is_known(tmp_path: Path) -> None:
    """What a job rewrote before anybody could read it is the file that the run before had left, if its time says so."""
    update = JobSeen(
        jobid=1, rule="work", inputs=(), outputs=(FileRef("0", "out.txt", ("update",), OUT),), wildcards={}, upstream=()
    )
    after = FileRef("0", "out.txt", ("update",), Signature(9, 42_000_000_000))

    def updated(reason: str | None):
        run = RUN.replace("1", "2")
        yield RunStarted(run=run, at=40, workdir="/w", workdir_id="wd", command="snakemake", snakefile="Snakefile")
        yield JobStarted(at=41, attempt=1, job=update)
        if reason is not None:
            yield FileSeen(path="out.txt", seen=OUT, reason=reason)
        yield JobEnded(at=43, jobid=1, attempt=1, state=State.FINISHED, outputs=(after,))
        yield FileSeen(path="out.txt", seen=after.seen, sha256="d" * 64)
        yield RunEnded(at=44, state=State.FINISHED)

    before = file_iri("wd", "out.txt", SHA_OUT, OUT.mtime_ns)
    for place, reason in enumerate((None, "changed or gone before it could be read")):
        found = assembled(tmp_path / str(place), records(), updated(reason))
        assert found.graph.objects_of(job_iri(found.run.iri, 1, 1), Predicate.USED) == [before]
    found = assembled(tmp_path / "large", records(), updated("size"))
    assert found.graph.objects_of(job_iri(found.run.iri, 1, 1), Predicate.USED) != [before]
