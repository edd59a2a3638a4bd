"""Turns the plugin on in every Snakemake of the suite, and notes beside it what each run did.

The runner puts this file as `sitecustomize.py` where the tests set PYTHONPATH, so Snakemake started by a shell command
is seen, too. It does nothing unless HELIPORT_SUITE_OUT names a folder. The note (`witness.json`) is the second source
that the graphs are held against: it looks where the plugin does not, at the calls of scheduler and DAG.
"""

import contextlib
import functools
import hashlib
import importlib.abc
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import sys
import traceback
import uuid
from pathlib import Path

MAX_BYTES = 1_000_000


class Witness:
    """What the workflows of one SnakemakeApi did."""

    def __init__(self, out):
        self.out = out
        self.workdir = None
        self.before = set()
        self.attempts = []
        self.jobs = []
        self.known = set()

    def begin(self):
        self.workdir = Path.cwd()
        self.before = self.journals()

    def journals(self):
        return {path.name for path in (self.workdir / ".heliport" / "journal").glob("*.jsonl")}

    def ours(self, name):
        """Return whether this process wrote the journal, and not a Snakemake that one of its jobs started."""
        with open(self.workdir / ".heliport" / "journal" / name) as lines:
            return json.loads(lines.readline())["pid"] == os.getpid()

    def started(self, dag, job):
        self.attempts.append({**described(dag, job), "inputs": slots(job.input, content=True), "state": "started"})

    def ended(self, dag, job, state):
        open_attempts = [a for a in self.attempts if a["jobid"] == dag.jobid(job) and a["state"] == "started"]
        for attempt in open_attempts:
            attempt["state"] = state
            attempt["params"] = params(job)
            attempt["after"] = slots(job.output, content=state == "finished")

    def look(self, dag):
        # A DAG that could not be built is None, or has jobs without an id.
        with contextlib.suppress(AttributeError, KeyError):
            self.jobs = [
                {**described(dag, job), "needs_run": dag.needrun(job), "done": dag.finished(job)} for job in dag.jobs
            ]

    def save(self):
        new = sorted(name for name in self.journals() - self.before if self.ours(name))
        if not new and not self.attempts:
            return
        test = re.sub(r"\W+", "_", os.environ.get("PYTEST_CURRENT_TEST", "unknown").split(" ")[0])
        folder = self.out / test / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        self.keep(self.workdir / ".heliport", folder / "heliport")
        note = {"workdir": str(self.workdir), "journals": new, "attempts": self.attempts, "jobs": self.jobs}
        (folder / "witness.json").write_text(json.dumps(note, indent=1, default=repr))

    def keep(self, source, target):
        """Copy the journals, and the store as it is now: a Snakemake that a job started may be writing to it."""
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("store.db*"))
        if (source / "store.db").exists():
            with (
                contextlib.closing(sqlite3.connect(source / "store.db")) as store,
                contextlib.closing(sqlite3.connect(target / "store.db")) as copy,
            ):
                store.backup(copy)


def described(dag, job):
    """Return what tells a job from others, and its outputs."""
    return {
        "jobid": dag.jobid(job),
        "rule": job.rule.name,
        "wildcards": {str(name): str(value) for name, value in job.wildcards_dict.items()},
        "outputs": slots(job.output),
        "log": [str(path) for path in job.log],
    }


def slots(files, content=False):
    """Return path, name, flags, storage address and, if asked, SHA-256 of each file."""
    names = {}
    for name, value in files.items():
        for path in [value] if isinstance(value, str) else value:
            names.setdefault(str(path), name)
    return [
        {
            "path": str(path),
            "name": names.get(str(path)),
            "flags": sorted(flag for flag, value in getattr(path, "flags", {}).items() if value),
            "uri": query(path),
            "sha256": digest(path) if content else None,
        }
        for path in files
    ]


def query(path):
    storage = getattr(path, "flags", {}).get("storage_object")
    return None if storage is None else storage.query


def digest(path):
    """Return the SHA-256 of a small regular file."""
    plain = Path(str(path))
    if {"pipe", "service"} & set(getattr(path, "flags", {})) or not plain.is_file():
        return None
    return hashlib.sha256(plain.read_bytes()).hexdigest() if plain.stat().st_size <= MAX_BYTES else None


def params(job):
    """Return the params, if Snakemake has evaluated them: values in order, and the names of the named."""
    if job._params is None:
        return None
    return {"count": len(job._params), "named": sorted(name for name, _ in job._params.items())}


def members(job):
    return list(job) if job.is_group() else [job]


def guarded(action, *arguments):
    """Do something of ours; what goes wrong is written down, never raised."""
    try:
        return action(*arguments)
    except Exception:  # noqa: BLE001 (the tests must end as they would without)
        with open(Path(os.environ["HELIPORT_SUITE_OUT"]) / "witness_errors.txt", "a") as file:
            print(os.environ.get("PYTEST_CURRENT_TEST"), traceback.format_exc(), file=file)


def watch(api):
    """Wrap the calls of Snakemake that start the plugin, and those that run jobs."""
    from snakemake.dag import DAG
    from snakemake.scheduling.job_scheduler import JobScheduler

    out = Path(os.environ["HELIPORT_SUITE_OUT"])
    current = []

    def around(owner, name):
        def wrap(make):
            original = getattr(owner, name)
            setattr(owner, name, functools.wraps(original)(make(original)))

        return wrap

    @around(api.SnakemakeApi, "__post_init__")
    def _(original):
        def start(self):
            from snakemake_logger_plugin_heliport import LogHandlerSettings

            settings = self.output_settings
            if not settings.skip_plugin_handlers and "heliport" not in settings.log_handler_settings:
                settings.log_handler_settings = {**settings.log_handler_settings, "heliport": LogHandlerSettings()}
            original(self)

        return start

    @around(api.DAGApi, "execute_workflow")
    def _(original):
        def execute(self, *arguments, **options):
            api_object = self.snakemake_api
            if api_object.output_settings.skip_plugin_handlers:
                return original(self, *arguments, **options)
            witness = api_object.heliport_witness = Witness(out)
            guarded(witness.begin)
            current.append(witness)
            try:
                return original(self, *arguments, **options)
            finally:
                current.remove(witness)
                guarded(lambda: witness.look(self.workflow_api._workflow.dag))

        return execute

    @around(api.SnakemakeApi, "__exit__")
    def _(original):
        def leave(self, *arguments):
            result = original(self, *arguments)
            witness = getattr(self, "heliport_witness", None)
            if witness is not None:
                guarded(witness.save)
            return result

        return leave

    @around(JobScheduler, "run")
    def _(original):
        def run(self, jobs, *arguments, **options):
            jobs = list(jobs)
            if current and not self.workflow.dryrun:
                for job in (one for some in jobs for one in members(some)):
                    guarded(current[-1].started, self.workflow.dag, job)
            return original(self, jobs, *arguments, **options)

        return run

    @around(JobScheduler, "_handle_error")
    def _(original):
        def handle_error(self, job, *arguments, **options):
            if current:
                for one in members(job):
                    guarded(current[-1].ended, self.workflow.dag, one, "failed")
            return original(self, job, *arguments, **options)

        return handle_error

    @around(DAG, "finish")
    def _(original):
        async def finish(self, job, *arguments, **options):
            if current:
                for one in members(job):
                    guarded(current[-1].ended, self, one, "finished")
            return await original(self, job, *arguments, **options)

        return finish


class ApiWatcher(importlib.abc.MetaPathFinder):
    """Calls `watch` as soon as `snakemake.api` has been imported; imports nothing by itself."""

    def find_spec(self, name, path, target=None):
        if name != "snakemake.api":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_watch(module):
            execute(module)
            watch(module)

        spec.loader.exec_module = execute_and_watch
        return spec


if os.environ.get("HELIPORT_SUITE_OUT"):
    sys.meta_path.insert(0, ApiWatcher())
