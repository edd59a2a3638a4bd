"""Live Snakemake objects -> records: a plain copy of what is true now."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from snakemake_heliport.capture import live
from snakemake_heliport.capture.plain import plain
from snakemake_heliport.commands import canonical, clue
from snakemake_heliport.model import JsonValue
from snakemake_heliport.observe.hashing import look
from snakemake_heliport.records import ConfigValue, FileRef, JobSeen, Param, PlannedJob, RuleSeen, Slot
from snakemake_heliport.redaction.detectors import MARK

MAX_CONFIG_VALUES = 5_000
BENCHMARK = "benchmark"


class Redactor(Protocol):
    """What removes secrets: from a text, and from a value by the name it goes by."""

    def text(self, text: str) -> str: ...

    def named(self, name: str, value: Any) -> Any: ...


def file_ref(slot: str, file: Any, redactor: Redactor, *, stat: bool) -> FileRef:
    """Return how a job names a file; `stat` also asks the file system for its state."""
    flags = live.flags(file)
    if not flags:
        path = str(file)
        return FileRef(slot, path, (), look(path) if stat else None)
    note = flags.get(live.NOTE_FLAG)
    uri = live.storage_uri(file)
    origin = live.source_cache_origin(file)
    return FileRef(
        slot,
        origin or str(file),
        _set_flags(flags),
        look(str(file)) if (stat or "update" in flags) and not ("pipe" in flags or "service" in flags) else None,
        None if uri is None else redactor.text(uri),
        redactor.named("note", plain_mapping(note)) if isinstance(note, Mapping) else None,
    )


def _set_flags(flags: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(flag for flag in live.FLAGS if flags.get(flag)) if flags else ()


def file_refs(names: Any, redactor: Redactor, *, stat: bool) -> tuple[FileRef, ...]:
    """Return all files of a named list."""
    return tuple(file_ref(slot, file, redactor, stat=stat) for slot, file in live.files(names))


def plain_mapping(value: Mapping[Any, Any]) -> dict[str, JsonValue]:
    """Return a mapping as plain data."""
    return {str(key): plain(item) for key, item in value.items()}


def params(job: Any, redactor: Redactor) -> tuple[Param, ...]:
    """Return the params of a job; this evaluates them, and Snakemake goes on with the very same values."""
    found: list[Param] = []
    for position, (name, value) in enumerate(live.items(job.params)):
        found.append(Param(name, position, redactor.named(name or "", plain(value))))
    return tuple(found)


def job_seen(
    job: Any,
    jobid: int,
    redactor: Redactor,
    *,
    started: Any = None,
    upstream: tuple[int, ...] = (),
    revealed_by: tuple[int, ...] = (),
    executed: bool,
    evaluate_params: bool = False,
) -> JobSeen:
    """Return a job as Snakemake planned it.

    Args:
        started: The JOB_INFO log record, which already holds texts that are costly to format again.
        executed: The job runs in this run: its params are evaluated and its inputs looked at; of its outputs
            only those that it updates in place.
    """
    conda, prefix = live.job_conda(job)
    shell_command = getattr(started, "shellcmd", None)
    told = redactor.text(shell_command) if shell_command else None
    message = getattr(started, "rule_msg", None)
    priority = getattr(started, "priority", None)
    return JobSeen(
        jobid=jobid,
        rule=job.rule.name,
        wildcards={str(name): str(value) for name, value in job.wildcards_dict.items()},
        inputs=file_refs(job.input, redactor, stat=True),
        outputs=file_refs(job.output, redactor, stat=not executed),
        params=params(job, redactor) if executed or evaluate_params or live.has_params(job) else (),
        log=file_refs(job.log, redactor, stat=False),
        benchmark=None if job.benchmark is None else file_ref(BENCHMARK, job.benchmark, redactor, stat=False),
        threads=job.threads if executed else 1,
        resources={} if not executed else _resources(job, redactor),
        priority=priority if isinstance(priority, int) else None,
        reason=getattr(started, "reason", None) or None,
        message=redactor.text(message) if message else None,
        group=None if job.group is None else str(job.group),
        local=bool(getattr(started, "local", False)),
        upstream=upstream,
        revealed_by=revealed_by,
        shell_command=told,
        command_clue=_clue(shell_command, told),
        source=live.job_source(job),
        conda=conda,
        conda_prefix=prefix,
        container=live.job_container(job),
    )


def _clue(command: str | None, told: str | None) -> tuple[int, str] | None:
    """Return what the process of a command tells of it, where the command itself may not be written down."""
    if command is None or told is None or MARK not in told:
        return None
    return clue(canonical(command, os.path.expanduser("~")))


def planned(job: Any, jobid: int, upstream: tuple[int, ...]) -> PlannedJob:
    """Return what is known of a job that has not begun; its params are not evaluated."""
    return PlannedJob(
        jobid,
        job.rule.name,
        {str(name): str(value) for name, value in job.wildcards_dict.items()},
        tuple(map(str, job.input)),
        tuple(map(str, job.output)),
        upstream,
    )


def _resources(job: Any, redactor: Redactor) -> dict[str, JsonValue]:
    return {name: redactor.named(name, plain(value)) for name, value in live.job_resources(job).items()}


def rule_seen(workflow: Any, rule: Any, workdir: str, redactor: Redactor) -> RuleSeen:
    """Return a rule as written."""
    snakefile, line = live.rule_place(workflow, rule)
    action = live.rule_action(rule)
    code = live.rule_code(workflow, rule, action)
    return RuleSeen(
        name=rule.name,
        docstring=redactor.text(str(rule.docstring).strip()) if rule.docstring else None,
        message=redactor.text(str(rule.message)) if rule.message else None,
        action=action,
        code=redactor.text(code) if code else None,
        source=_relative_or_none(live.rule_source(rule), workdir),
        snakefile=relative(snakefile, workdir),
        line=line,
        checkpoint=bool(rule.is_checkpoint),
        cache=bool(getattr(rule.ruleinfo, "cache", False)),
        conda=_relative_or_none(live.rule_conda(rule), workdir),
        container=live.rule_container(rule),
        env_modules=live.env_modules(rule),
        inputs=_slots(rule.input),
        outputs=_slots(rule.output),
        params=tuple(name or str(index) for index, (name, _) in enumerate(live.items(rule.params))),
        log=tuple(_pattern(file) or "" for _, file in live.files(rule.log)),
        benchmark=None if rule.benchmark is None else _pattern(rule.benchmark),
    )


def _slots(names: Any) -> tuple[Slot, ...]:
    found: dict[str, Slot] = {}
    for slot, file in _declared(names):
        if slot not in found:
            found[slot] = Slot(slot, _pattern(file), _set_flags(live.flags(file)))
    return tuple(found.values())


def _declared(names: Any) -> Iterable[tuple[str, Any]]:
    # A declared slot may be a function, which is neither a path nor a list of paths.
    position = 0
    for name, value in live.items(names):
        for member in (value,) if isinstance(value, str) or callable(value) else tuple(value):
            yield name if name is not None else str(position), member
            position += 1


def _pattern(file: Any) -> str | None:
    return str(file) if isinstance(file, str) and not getattr(file, "is_callable", bool)() else None


def config_values(
    config: Mapping[str, Any],
    layers: Iterable[tuple[str, Mapping[str, Any]]],
    redactor: Redactor,
    too_many: Callable[[], None],
) -> tuple[ConfigValue, ...]:
    """Return the leaves of the merged configuration with where each came from.

    Args:
        layers: (origin, mapping) from weakest to strongest: config files in order, then the command line.
        too_many: Called when the configuration has more leaves than are kept.
    """
    origins: dict[str, tuple[JsonValue, str]] = {}
    for origin, layer in layers:
        origins.update((name, (value, origin)) for name, value in _leaves(plain_mapping(layer)))
    merged = plain_mapping(config)
    as_written = dict(_leaves(merged))
    found: list[ConfigValue] = []
    for name, value in _leaves(redactor.named("config", merged)):
        if len(found) >= MAX_CONFIG_VALUES:
            too_many()
            break
        written, origin = origins.get(name, (None, "Snakefile"))
        found.append(ConfigValue(name, value, origin if written == as_written[name] else "Snakefile"))
    return tuple(found)


def _leaves(value: JsonValue, prefix: str = "") -> Iterable[tuple[str, JsonValue]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        yield prefix, value


def _relative_or_none(path: str | None, workdir: str) -> str | None:
    # An environment may also go by a name, which is no path.
    return relative(path, workdir) if path is not None and os.sep in path else path


def relative(path: str, workdir: str) -> str:
    """Return a path as the workflow would write it: relative inside the working directory, else absolute."""
    if "://" in path:
        return path
    full = os.path.normpath(os.path.join(workdir, path))
    inside = os.path.relpath(full, workdir)
    return full if inside.startswith("..") else inside
