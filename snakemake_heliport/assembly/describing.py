"""What is told of a job and of a file's part in it, as attributes."""

from collections.abc import Mapping

from snakemake_heliport.model import JsonValue
from snakemake_heliport.records import FileRef, JobSeen, Signature


def was_there(seen: Signature, until: float | None) -> bool:
    """Return whether a file in this state can have existed at a time; clocks may differ by a second."""
    return until is None or seen.mtime_ns / 1e9 <= until + 1.0


def slot_attributes(port: str | None, ref: FileRef) -> dict[str, JsonValue]:
    """Return what is said of a file's part in a job: slot, port of the rule, flags."""
    attributes: dict[str, JsonValue] = {"slot": ref.slot}
    if port is not None:
        attributes["port"] = port
    if ref.flags:
        attributes["flags"] = list(ref.flags)
    return attributes


def merged_slots(first: dict[str, JsonValue], second: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what two slots say of the one file in both, each distinct value once."""
    merged = dict(first)
    for name, value in second.items():
        values = [*_several(merged.get(name)), *_several(value)]
        distinct = list({repr(item): item for item in values}.values())
        merged[name] = distinct if len(distinct) > 1 or isinstance(value, list) else distinct[0]
    return merged


def _several(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def label_of(rule: str, wildcards: Mapping[str, str]) -> str:
    if not wildcards:
        return rule
    return f"{rule} ({', '.join(f'{name}={value}' for name, value in wildcards.items())})"


def wildcard_entries(wildcards: Mapping[str, str]) -> list[JsonValue]:
    return [{"name": name, "value": value} for name, value in wildcards.items()]


def described(job: JobSeen) -> dict[str, JsonValue]:
    """Return what is told of a job whether it ran or not."""
    return {
        "name": job.rule,
        "wildcards": wildcard_entries(job.wildcards),
        "params": [_param(param.name, param.position, param.value) for param in job.params],
        "resources": [{"name": name, "value": value} for name, value in job.resources.items()],
        "threads": job.threads if job.resources else None,
        "priority": job.priority or None,
        "reason": job.reason,
        "message": job.message,
        "local": job.local or None,
        "shell_command": job.shell_command,
    }


def _param(name: str | None, position: int, value: JsonValue) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {"slot": name or str(position), "position": position, "value": value}
    if name:
        found["name"] = name
    return found


def present(attributes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in attributes.items() if value not in (None, [], "")}
