"""What can go wrong with a store, in one line that says what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from snakemake_heliport.errors import HeliportError

AWAY = "check that the server runs and can be reached from here, and try again"
BUSY = "another process has been writing for a minute; try again when it is done"

# What to do, by a part of what the database says.
ADVICE = {
    "locked": BUSY,
    "lock timeout": BUSY,
    "readonly": "it cannot be written; check the permissions of the file and its folder",
    "unable to open": "check that the folder exists and may be read and written",
    "disk is full": "free some space and try again",
    "no space left": "free some space on the server and try again",
    "disk i/o error": "check the disk; on a network file system, name a local path with --store",
    "not a database": "move it away; `snakemake-heliport runs` rebuilds it from .heliport/journal",
    "malformed": "move it away; `snakemake-heliport runs` rebuilds it from .heliport/journal",
    "password": "check user and password; the latter is best kept in PGPASSWORD or ~/.pgpass",
    "permission denied": "docs/team-store.md names the rights that are needed",
    "role ": "check the name of the user, or have it made",
    "does not exist": "check the name of the database, or have it made",
    "connection failed": AWAY,
    "connection attempts failed": AWAY,
    "connection timeout": AWAY,
    "resolve host": AWAY,
    "terminating connection": AWAY,
    "closed the connection": AWAY,
    "connection is lost": AWAY,
    "connection is closed": AWAY,
}
FALLBACK = "`snakemake-heliport doctor` checks the store; it can be rebuilt from .heliport/journal"


class StoreError(HeliportError):
    """The store cannot do what was asked; the message is one line with advice."""


@contextmanager
def reported(place: str) -> Iterator[None]:
    """Turn database errors into a `StoreError` that names the store and says what to do."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_one_line(place, str(error.orig))) from error
    except SQLAlchemyError as error:
        raise StoreError(_one_line(place, str(error))) from error


def _one_line(place: str, cause: str) -> str:
    cause = " ".join(cause.split())
    advice = next((text for sign, text in ADVICE.items() if sign in cause.lower()), FALLBACK)
    return f"store {place}: {cause}: {advice}"
