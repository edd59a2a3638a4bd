"""MLflow as a library: imported late, kept quiet, and left as it was found.

MLflow's versions differ in what they offer, so parts of it are asked for by name and may be absent.
"""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from snakemake_heliport.trackers.errors import TrackerError, one_line

NOISY_LOGGERS = ("mlflow", "alembic", "urllib3", "sqlalchemy")
SILENT = logging.CRITICAL + 1
# Nothing is sent anywhere, and the folders of MLflow 2 may still be read.
OUR_ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}


@contextmanager
def quiet_mlflow(environment: Mapping[str, str]) -> Iterator[None]:
    """Import MLflow, and keep it from writing to stderr; the environment is ours until the end.

    Raises:
        TrackerError: It is not installed, or its import fails.
    """
    with _environment({**OUR_ENVIRONMENT, **environment}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _import_client()
        with _silenced():
            yield


def part(module: str, *names: str) -> Any:
    """Return a module of MLflow, or what it calls `names`, one in another; None where this version has none."""
    try:
        found: Any = importlib.import_module(module)
        for name in names:
            found = getattr(found, name)
    except Exception:  # noqa: BLE001 (an optional dependency may fail in any way)
        return None
    return found


def _import_client() -> None:
    try:
        importlib.import_module("mlflow")
        importlib.import_module("mlflow.tracking")
    except ModuleNotFoundError as error:
        if error.name == "mlflow":
            raise TrackerError("mlflow is not installed: `pip install mlflow-skinny`") from None
        raise _broken(error) from error
    except Exception as error:
        raise _broken(error) from error


def _broken(error: BaseException) -> TrackerError:
    cause = f"{type(error).__name__}: {one_line(error)}"
    return TrackerError(f"mlflow cannot be imported ({cause}): mend its installation")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _silenced() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
