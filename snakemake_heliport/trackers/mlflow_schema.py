"""The schema of MLflow's databases: each version reads exactly one, and older ones are brought up to it in a copy."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from snakemake_heliport.trackers.errors import TrackerError, TrackerMissing, one_line
from snakemake_heliport.trackers.mlflow_library import part

DB_UTILS = "mlflow.store.db.utils"


def prepare_copy(uri: str, place: str) -> None:
    """Bring a copy of a database up to the schema of the installed MLflow.

    Args:
        uri: The copy.
        place: What the user calls the original.

    Raises:
        TrackerError: It holds no MLflow tables, is of a newer MLflow, or cannot be brought up to date.
    """
    with _reached(uri, place, "restore the database from a backup") as engine:
        found, wanted = _revisions(engine, place)
        if found != wanted:
            _upgrade(engine, place, found)


def check_schema(uri: str, place: str) -> None:
    """Refuse a database server that MLflow would have to change before it could read it.

    Raises:
        TrackerError: It cannot be reached, or its schema is not that of the installed MLflow.
    """
    with _reached(uri, place, "check the address and that the server is up") as engine:
        found, wanted = _revisions(engine, place)
    if found != wanted:
        raise TrackerError(
            f"{place}: its schema is {found or 'unversioned'}, older than {wanted} of the installed mlflow;"
            " run `mlflow db upgrade` on it, or install the mlflow that made it"
        )


@contextmanager
def _reached(uri: str, place: str, advice: str) -> Iterator[Any]:
    """Give an engine of a database; what goes wrong with it becomes one line with the advice."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    try:
        yield engine
    except TrackerError:
        raise
    except Exception as error:
        raise TrackerError(f"{place}: {one_line(error)}: {advice}") from error
    finally:
        engine.dispose()


def _revisions(engine: Any, place: str) -> tuple[str | None, str]:
    import sqlalchemy

    tables = set(sqlalchemy.inspect(engine).get_table_names())
    if not tables:
        raise TrackerMissing(f"{place}: empty; nothing was logged there yet")
    if not {"experiments", "runs"} <= tables:
        raise TrackerError(f"{place}: holds no MLflow tables; name the tracking store that your jobs log to")
    utils = part(DB_UTILS)
    if utils is None:
        raise TrackerError(f"{place}: the installed mlflow cannot read databases: `pip install sqlalchemy alembic`")
    found, wanted = utils._get_schema_version(engine), utils._get_latest_schema_revision()
    if found is not None and not _is_known(utils, found):
        raise TrackerError(
            f"{place}: its schema {found} is newer than {wanted} of the installed mlflow {_version()};"
            " `pip install --upgrade mlflow-skinny`, or import from a server that serves it"
        )
    return found, str(wanted)


def _is_known(utils: Any, revision: str) -> bool:
    from alembic.script import ScriptDirectory

    with suppress(Exception):
        return ScriptDirectory.from_config(utils._get_alembic_config(db_url="")).get_revision(revision) is not None
    return False


def _upgrade(engine: Any, place: str, found: str | None) -> None:
    try:
        part(DB_UTILS)._upgrade_db(engine)
    except Exception as error:
        raise TrackerError(
            f"{place}: a copy of its schema {found or 'unversioned'} could not be brought up to date"
            f" ({one_line(error)}); back it up and run `mlflow db upgrade` on it"
        ) from error


def _version() -> str:
    return str(part("mlflow", "__version__") or "")
