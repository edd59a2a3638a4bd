"""The settings of the recorder and where each came from: flag (or profile) > heliport.yaml > default."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple

from snakemake_heliport.model import Visibility

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
# Names a store like `--store`, for what must not stand in a command line.
STORE_VARIABLE = "HELIPORT_STORE"
SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)")


class SettingError(ValueError):
    """A setting has a value that it cannot have; the message says which and what it may be."""


class People(StrEnum):
    """How users and hosts are written down."""

    NAMED = "named"
    PSEUDONYM = "pseudonym"
    NONE = "none"


class Granularity(StrEnum):
    """How much of a run is sent to a server."""

    RUN = "run"
    JOBS = "jobs"
    EVERYTHING = "everything"


class Export(NamedTuple):
    """What is exported at the end of a run, and where to; None is a folder of ours."""

    format: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the recorder does; `origins` tells for each setting where its value came from.

    Attributes:
        store: Path of the store's SQLite file or an SQLAlchemy URL; None is `.heliport/store.db`.
        visibility: Who may see the objects of a run unless an annotation says otherwise.
        people: Whether users and hosts are named, pseudonyms, or left out.
        max_hash_size: Files above this many bytes are not hashed; None is no limit.
        hash_wait: Seconds that the end of a run waits for hashing; the next command does the rest.
        redact: Further regular expressions of what must not be written.
        mlflow: Tracking URIs (with commas between them) to import training runs from; `none` imports nothing; None
            looks where the environment, the workflow and MLflow's defaults say.
        mlflow_wait: Seconds that the end of a run waits for that import; the next command does the rest.
        estimate_power: Watts of one busy core: the energy of jobs is estimated where none was measured; None does not.
        export: What is exported at the end of a run.
        export_wait: Seconds that the end of a run waits for these exports, all together.
        upload: Whether runs are sent to the servers that are named here and in `heliport.yaml`.
        url: The address of a HELIPORT server.
        project: The id of the project there.
        granularity: How much of a run is sent there.
        upload_wait: Seconds that the end of a run waits for it to be sent; then the outbox has it.
    """

    store: str | None = None
    visibility: Visibility = Visibility.PRIVATE
    people: People = People.PSEUDONYM
    max_hash_size: int | None = 10 * 10**9
    hash_wait: float = 30.0
    redact: tuple[str, ...] = ()
    mlflow: str | None = None
    mlflow_wait: float = 20.0
    estimate_power: float | None = None
    export: tuple[Export, ...] = ()
    export_wait: float = 60.0
    upload: bool = False
    url: str | None = None
    project: str | None = None
    granularity: Granularity = Granularity.RUN
    upload_wait: float = 20.0
    origins: Mapping[str, str] = field(default_factory=dict)

    def over(self, values: Mapping[str, Any], origin: str, problem: Callable[[str], None] | None = None) -> "Settings":
        """Return these settings with other values laid over; a value of None says nothing.

        Args:
            origin: Where the values come from.
            problem: Takes a sentence for each value that cannot be read, which is then left out.

        Raises:
            SettingError: A value cannot be read, and there is no `problem`.
        """
        given: dict[str, Any] = {}
        for name, value in values.items():
            if value is None or name not in NAMES:
                continue
            try:
                given[name] = _read(name, value)
            except SettingError as error:
                if problem is None:
                    raise
                problem(f"{error} ({origin}); the default is used")
        return replace(self, **given, origins={**self.origins, **dict.fromkeys(given, origin)})


NAMES = tuple(item.name for item in fields(Settings) if item.name != "origins")


def _read(name: str, value: Any) -> Any:
    match name:
        case "visibility":
            return _choice(name, value, Visibility)
        case "people":
            return _choice(name, value, People)
        case "granularity":
            return _choice(name, value, Granularity)
        case "upload":
            return bool(value)
        case "max_hash_size":
            return parse_size(value)
        case "hash_wait" | "mlflow_wait" | "export_wait" | "upload_wait":
            return _amount(name, value, "seconds")
        case "estimate_power":
            return _amount(name, value, "watts")
        case "export":
            return parse_exports(value)
        case "redact":
            return (value,) if isinstance(value, str) else tuple(map(str, value))
        case _:
            return str(value)


def _choice(name: str, value: Any, choices: type[StrEnum]) -> StrEnum:
    try:
        return choices(str(value))
    except ValueError:
        raise SettingError(f"{name}: {value!r} is none of {', '.join(choices)}") from None


def _amount(name: str, value: Any, unit: str) -> float:
    try:
        return max(0.0, float(value))
    except ValueError:
        raise SettingError(f"{name}: {value!r} is not a number of {unit}") from None


def parse_exports(value: Any) -> tuple[Export, ...]:
    """Return the exports of `FORMAT[:PLACE],…`, or of a list of such texts.

    Raises:
        SettingError: A format has no name.
    """
    texts = value.split(",") if isinstance(value, str) else map(str, value)
    found = []
    for text in filter(None, (text.strip() for text in texts)):
        name, _, place = text.partition(":")
        if not name.strip():
            raise SettingError(f"export: {text!r} names no format; write for example ro-crate or turtle:run.ttl")
        found.append(Export(name.strip(), place.strip() or None))
    return tuple(found)


def parse_size(value: Any) -> int | None:
    """Return bytes for `500MB`, `2 GiB` or a plain number; None for `none`, which is no limit.

    Raises:
        SettingError: The text is no size.
    """
    text = str(value).strip()
    if text.lower() in {"none", "unlimited"}:
        return None
    found = SIZE.fullmatch(text)
    if found is None or found["unit"].upper() not in UNITS:
        raise SettingError(f"max_hash_size: {value!r} is no size; write for example 500MB, 10GB or none")
    return int(float(found["number"]) * UNITS[found["unit"].upper()])
