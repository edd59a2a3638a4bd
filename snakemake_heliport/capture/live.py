"""Every read of a live Snakemake object, one getter each: when Snakemake changes, this file changes.

The attributes used here are the same from Snakemake 9.0 to 9.27; where a version differs, the line says so.
"""

import contextlib
import linecache
import os
import shlex
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

# Flags that say something about a file; others are Snakemake's own book-keeping.
FLAGS = (
    "temp",
    "protected",
    "directory",
    "pipe",
    "service",
    "ancient",
    "touch",
    "update",
    "before_update",
    "ensure",
    "report",
    "multiext",
    "local",
    "nodelocal",
    "checkpoint_target",
)
NOTE_FLAG = "heliport"


def live_workflow() -> Any | None:
    """Return the running Workflow, or None.

    It is the `workflow` global that every Snakefile sees. Snakefiles run in that namespace and can overwrite it, so
    fall back to the Workflow whose method is logging right now.
    """
    module = sys.modules.get("snakemake.workflow")
    kind = getattr(module, "Workflow", ())
    if isinstance(getattr(module, "workflow", None), kind):
        return module.workflow  # type: ignore[union-attr]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if isinstance(frame.f_locals.get("self"), kind):
            return frame.f_locals["self"]
        frame = frame.f_back
    return None


def snakemake_version() -> str:
    """Return the version of the running Snakemake."""
    return str(getattr(sys.modules.get("snakemake"), "__version__", ""))


def items(names: Any) -> Iterator[tuple[str | None, Any]]:
    """Yield (name or None, value) of one of Snakemake's named lists, in order."""
    yield from names._allitems()


def files(names: Any) -> Iterator[tuple[str, Any]]:
    """Yield (slot, file) of a job's inputs, outputs or logs; an unnamed slot is its position from 0."""
    position = 0
    for name, value in items(names):
        members = (value,) if isinstance(value, str) else tuple(value)
        for member in members:
            yield name if name is not None else str(position), member
            position += 1


def flags(file: Any) -> Mapping[str, Any]:
    """Return the flags that a file carries, of Snakemake's and of ours."""
    found = getattr(file, "flags", None)
    return found if isinstance(found, Mapping) else {}


def storage_uri(file: Any) -> str | None:
    """Return the address of a storage object, or None for a plain file."""
    storage = flags(file).get("storage_object")
    return None if storage is None else str(getattr(storage, "query", storage))


def source_cache_origin(file: Any) -> str | None:
    """Return where a file of Snakemake's source cache came from, or None for a plain file."""
    origin = flags(file).get("sourcecache_entry")
    return None if origin is None else str(origin)


def dag(workflow: Any) -> Any | None:
    return getattr(workflow, "dag", None)


def jobid(dag: Any, job: Any) -> int:
    return int(dag.jobid(job))


def jobs(dag: Any) -> Iterator[Any]:
    return iter(dag.jobs)


def workflow_of(dag: Any) -> Any:
    return dag.workflow


def jobs_by_id(dag: Any) -> dict[int, Any]:
    """Return the jobs of the DAG as it is now, by their ids; a DAG that could not be built has jobs without one."""
    found: dict[int, Any] = {}
    for job in dag.jobs:
        with contextlib.suppress(KeyError):
            found[dag.jobid(job)] = job
    return found


def is_built(dag: Any) -> bool:
    """Return whether planning came to its end: each target has its job, and each job its id."""
    wanted = bool(dag.targetfiles or dag.targetrules)
    jobs = tuple(dag.jobs)
    return len(jobs_by_id(dag)) == len(jobs) and (bool(jobs) or not wanted)


def is_current(dag: Any, job: Any, jobid: int) -> bool:
    """Return whether this job is still the one with that id: a checkpoint rebuilds the DAG."""
    return job in dag.dependencies and dag.jobid(job) == jobid


def upstream(dag: Any, job: Any) -> tuple[int, ...]:
    """Return the ids of the jobs that this one depends on, as the DAG has them now."""
    return tuple(sorted(dag.jobid(other) for other in dag.dependencies[job])) if job in dag.dependencies else ()


def is_finished(dag: Any, job: Any) -> bool:
    return bool(dag.finished(job))


def needs_run(dag: Any, job: Any) -> bool:
    return bool(dag.needrun(job))


def group_id(dag: Any, job: Any) -> str | None:
    """Return the id of the group job that a job is submitted in; several groups may go by the same name."""
    group = dag.get_job_group(job)
    return None if group is None else str(group.jobid)


def failed_jobs(workflow: Any) -> set[Any]:
    """Return the jobs that the scheduler counts as failed, groups taken apart."""
    failed: set[Any] = set()
    for job in getattr(getattr(workflow, "scheduler", None), "failed", ()):
        failed.update(job.jobs if job.is_group() else (job,))
    return failed


def is_dry_run(workflow: Any) -> bool:
    return bool(getattr(workflow, "dryrun", False))


def is_touch_run(workflow: Any) -> bool:
    return executor_name(workflow) == "touch"


def executor_name(workflow: Any) -> str:
    """Return the name of the executor plugin, such as `local` or `slurm`."""
    plugin = getattr(workflow, "executor_plugin", None) or getattr(workflow, "_executor_plugin", None)
    return str(getattr(plugin, "name", ""))


def main_snakefile(workflow: Any) -> str:
    return str(workflow.main_snakefile)


def included_snakefiles(workflow: Any) -> Iterator[str]:
    """Yield the paths or addresses of the Snakefile and everything it includes."""
    # 9.0 keeps a list, later versions give an iterator.
    return (path_or_uri(source) for source in workflow.included)


def path_or_uri(source: Any) -> str:
    """Return where a source file is: a path, or an address without secrets."""
    getter = getattr(source, "get_path_or_uri", None)
    if getter is None:
        return str(source)
    try:
        return str(getter(secret_free=True))
    except TypeError:  # 9.0: no such parameter
        return str(getter())


def targets(workflow: Any) -> Iterable[str]:
    return map(str, getattr(getattr(workflow, "dag_settings", None), "targets", None) or ())


def config(workflow: Any) -> Mapping[str, Any]:
    """Return the merged configuration."""
    found = workflow.globals.get("config")
    return found if isinstance(found, Mapping) else {}


def command_line_config(workflow: Any) -> Mapping[str, Any]:
    """Return what `--config` set."""
    found = getattr(workflow.config_settings, "config", None)
    return found if isinstance(found, Mapping) else {}


def config_files(workflow: Any) -> list[str]:
    """Return the config files that were read, in the order in which later ones win."""
    return list(dict.fromkeys(path_or_uri(path) for path in workflow.configfiles))


def rules(workflow: Any) -> Iterator[Any]:
    return iter(workflow.rules)


def rule_place(workflow: Any, rule: Any) -> tuple[str, int | None]:
    """Return the file that a rule stands in, and its line there: Snakemake keeps the line of its compiled form."""
    path = path_or_uri(rule.snakefile)
    lines = getattr(workflow, "linemaps", {}).get(path) or {}
    return path, lines.get(rule.lineno)


def rule_action(rule: Any) -> str:
    """Return what a rule does: shell, script, notebook, wrapper, cwl, template_engine, run or none."""
    for action in ("shellcmd", "script", "notebook", "wrapper", "cwl", "template_engine"):
        if getattr(rule, action, None) is not None:
            return "shell" if action == "shellcmd" else action
    return "none" if rule.norun else "run"


def rule_code(workflow: Any, rule: Any, action: str) -> str | None:
    """Return the code of a `run:` block, else the command, path or address that a rule names for its code."""
    if action == "run":
        return _run_code(workflow, rule)
    value = getattr(rule, "shellcmd" if action == "shell" else action, None)
    return None if value is None else str(value)


def _run_code(workflow: Any, rule: Any) -> str | None:
    """Return the lines of a `run:` block as they stand in the Snakefile."""
    # Snakemake's own `run_func_src`, where there is one, repeats lines and leaves out comments and continued lines.
    code = rule.run_func.__code__
    linemap = getattr(workflow, "linemaps", {}).get(code.co_filename, {})
    lines = [linemap[line] for line in _code_lines(code) if line in linemap]
    if not lines:
        return None
    block = linecache.getlines(code.co_filename)[min(lines) - 1 : max(lines)]
    return textwrap.dedent("".join(block)).rstrip()


def _code_lines(code: CodeType) -> Iterator[int]:
    """Yield the lines that a function's code stands on, with those of the functions in it; not that of its head."""
    for first, last, _, _ in code.co_positions():
        if first is not None and last is not None and first > code.co_firstlineno:
            yield from (first, last)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _code_lines(inner)


def rule_source(rule: Any) -> str | None:
    """Return the path or address of a rule's script or notebook; None where a wildcard or param chooses it."""
    path = rule.script or rule.notebook
    return None if path is None or "{" in str(path) else _beside(rule, path)


def _beside(rule: Any, path: Any) -> str:
    """Return where a file is that a rule names relative to its own Snakefile."""
    from snakemake.sourcecache import LocalSourceFile, infer_source_file

    source = infer_source_file(str(path) if isinstance(path, os.PathLike) else path)
    if isinstance(source, LocalSourceFile) and rule.basedir:
        source = rule.basedir.join(source)
    return path_or_uri(source)


def rule_conda(rule: Any) -> str | None:
    """Return the environment file, name or prefix that a rule declares; None for none, or for a function."""
    spec = getattr(rule, "_conda_env", None)
    if isinstance(spec, str) and spec.endswith((".yaml", ".yml")) and "{" not in spec:
        return _beside(rule, spec)
    return _conda(spec)


def _conda(spec: Any) -> str | None:
    if spec is None or callable(spec):
        return None
    for attribute in ("file", "path", "name"):
        value = getattr(spec, attribute, None)
        if value is not None:
            return path_or_uri(value)
    return str(spec)


def rule_container(rule: Any) -> str | None:
    image = getattr(rule, "_container_img", None)
    return None if image is None or callable(image) else str(image)


def env_modules(rule: Any) -> tuple[str, ...]:
    return tuple(map(str, getattr(getattr(rule, "env_modules", None), "names", ())))


def job_conda(job: Any) -> tuple[str | None, str | None]:
    """Return the environment that a job declares, and the folder where Snakemake deployed it, if it did."""
    if getattr(job.rule, "_conda_env", None) is None:
        return None, None
    spec = job.conda_env_spec
    return _conda(spec), _deployed_prefix(job, spec) if deploys_conda(job.dag.workflow) else None


def deploys_conda(workflow: Any) -> bool:
    """Return whether Snakemake makes the conda environments of this run; asked otherwise, it would start conda."""
    return _deploys(workflow, "CONDA")


def _deploys(workflow: Any, method: str) -> bool:
    settings = getattr(workflow, "deployment_settings", None)
    methods = getattr(settings, "deployment_method", None) or ()
    return any(getattr(known, "name", "") == method for known in methods)


def _deployed_prefix(job: Any, spec: Any) -> str | None:
    deployed = job.dag.conda_envs.get((spec, job.container_img_url))
    return None if deployed is None else str(deployed.address)


def job_container(job: Any) -> str | None:
    """Return the image that a job runs in; one that is declared and not deployed is the rule's alone."""
    if getattr(job.rule, "_container_img", None) is None or not _deploys(job.dag.workflow, "APPTAINER"):
        return None
    return None if job.container_img_url is None else str(job.container_img_url)


def job_source(job: Any) -> str | None:
    """Return the path or address of a job's script or notebook, wildcards and params filled in."""
    path = job.rule.script or job.rule.notebook
    return None if path is None else path_or_uri(job._path_to_source_file(path))


def has_params(job: Any) -> bool:
    """Return whether the job's params are evaluated already, so that reading them runs no code of the user's."""
    return job._params is not None


def job_resources(job: Any) -> dict[str, Any]:
    """Return the requested resources that are known by now, without Snakemake's internal ones."""
    # On a cluster `tmpdir` is "<TBD>" until the job runs there.
    return {name: value for name, value in job.resources.items() if not name.startswith("_") and str(value) != "<TBD>"}


def recorded_times(workflow: Any, job: Any) -> tuple[float | None, float | None]:
    """Return start and end of a job that is up to date, from Snakemake's own records."""
    persistence = workflow.persistence
    for output in job.output:
        record = persistence.metadata(output)
        if record is not None:
            return _time(record.get("starttime")), _time(record.get("endtime"))
    return None, None


def _time(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def forget_cached_records(workflow: Any) -> None:
    """Make Snakemake read its records afresh; right after a job its cache still says that there are none."""
    forget = getattr(workflow.persistence, "deactivate_cache", None)
    if forget is not None:
        forget()


def search_path() -> tuple[str, ...]:
    """Return where this process looks for modules now; Python passes over entries that are no texts, too."""
    return tuple(each for each in sys.path if isinstance(each, str))


def own_folders() -> tuple[str, ...]:
    """Return the folders that Snakemake and this package are imported from."""
    known = (sys.modules.get(name) for name in ("snakemake", "snakemake_heliport"))
    return tuple(os.path.dirname(os.path.dirname(str(each.__file__))) for each in known if each is not None)


def absolute(path: str) -> str:
    return os.path.abspath(path)


def logger() -> Any:
    """Return Snakemake's logger."""
    from snakemake.logging import logger as snakemake_logger

    return snakemake_logger


def command_line() -> str:
    """Return the command as it was typed, quoted for a shell."""
    program, *arguments = sys.argv
    return shlex.join([os.path.basename(program), *arguments])
