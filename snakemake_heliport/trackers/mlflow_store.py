"""Open a tracking store through MLflow's own client without changing it, whichever kind it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from snakemake_heliport.trackers.errors import TrackerError, TrackerMissing, one_line
from snakemake_heliport.trackers.mlflow_library import part, quiet_mlflow
from snakemake_heliport.trackers.mlflow_schema import check_schema, prepare_copy
from snakemake_heliport.trackers.mlflow_sqlite import snapshot

DATABASES = ("postgresql", "mysql", "mssql")
SERVERS = ("http", "https")
# Seconds that a server has to accept a connection, and to give its first answer.
FIRST_ANSWER = (3.0, 8.0)
RETRIES = 2
LOCK_WAIT = 10.0
# The folder to which `mlflow server` writes artifacts that go through it, unless told otherwise.
SERVED_ARTIFACTS = "mlartifacts"


@dataclass(frozen=True, slots=True)
class Opened:
    """A tracking store that answers.

    Attributes:
        client: MLflow's client.
        backend: What the client asks: MLflow's store for databases, folders or servers.
        uri: The address that MLflow knows it by.
        place: What the user calls it, without credentials.
        remote: Whether each question goes over the network.
        bases: Where relative addresses of artifacts may begin.
        served: The folder of artifacts that a tracking server wrote beside its database, where there is one.
    """

    client: Any
    backend: Any
    uri: str
    place: str
    remote: bool
    bases: tuple[Path, ...]
    served: Path | None = None


def public(uri: str) -> str:
    """Return a tracking URI without user and password, as it may be shown."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


@contextmanager
def opened(uri: str, workdir: Path, timeout: float) -> Iterator[Opened]:
    """Open a tracking store for as long as it is read.

    Args:
        uri: As MLflow takes it; relative paths begin in `workdir`.
        timeout: Seconds to wait for an answer of a server.

    Raises:
        TrackerMissing: Nothing was recorded there yet.
        TrackerError: MLflow is not there, or the store cannot be read.
    """
    scheme = urlsplit(uri).scheme.partition("+")[0]
    environment = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(max(1, round(timeout))),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(RETRIES),
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
        "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
    }
    if scheme in SERVERS or ("://" in uri and scheme not in ("sqlite", "file")):
        with quiet_mlflow(environment):
            yield from _served(uri, scheme, workdir)
        return
    path = _local_path(uri, workdir)
    if scheme == "sqlite" or path.is_file():
        with TemporaryDirectory(prefix="heliport-mlflow-") as folder:
            # Before MLflow is imported, which takes longer than finding out that there is nothing.
            snapshot(path, Path(folder) / "copy.db", LOCK_WAIT)
            with quiet_mlflow(environment):
                yield from _copied(path, Path(folder) / "copy.db", workdir)
    else:
        _check_folder(path)
        with TemporaryDirectory(prefix="heliport-mlflow-") as folder, quiet_mlflow(environment):
            yield from _mirrored(path, Path(folder), workdir)


def _served(uri: str, scheme: str, workdir: Path) -> Iterator[Opened]:
    if scheme in DATABASES:
        check_schema(uri, public(uri))
    with _client(uri, public(uri)) as (client, backend):
        if scheme in SERVERS:
            _ask(uri, backend)
        yield Opened(client, backend, uri, public(uri), scheme not in DATABASES, (workdir,))


def _copied(original: Path, copy: Path, workdir: Path) -> Iterator[Opened]:
    uri = f"sqlite:///{copy}"
    prepare_copy(uri, str(original))
    served = original.parent / SERVED_ARTIFACTS
    with _client(uri, str(original)) as (client, backend):
        bases = (original.parent, workdir)
        yield Opened(client, backend, uri, str(original), False, bases, served if served.is_dir() else None)


def _mirrored(original: Path, mirror: Path, workdir: Path) -> Iterator[Opened]:
    # MLflow makes folders of its own in each that it opens; these go into ours, which links to the user's.
    for entry in original.iterdir():
        (mirror / entry.name).symlink_to(entry.resolve())
    with _client(str(mirror), str(original)) as (client, backend):
        yield Opened(client, backend, str(mirror), str(original), False, (original.parent, workdir))


@contextmanager
def _client(uri: str, place: str) -> Iterator[tuple[Any, Any]]:
    try:
        client = part("mlflow.tracking", "MlflowClient")(tracking_uri=uri, registry_uri=uri)
        backend = client._tracking_client.store
    except Exception as error:
        raise TrackerError(f"{place}: mlflow cannot open it ({_without(uri, place, error)}); check the URI") from error
    try:
        yield client, backend
    finally:
        registry = getattr(getattr(client, "_registry_client", None), "store", None)
        for store in (backend, registry):
            engine = getattr(store, "engine", None)
            if engine is not None:
                engine.dispose()


def _ask(uri: str, backend: Any) -> None:
    """Ask a server something, with less patience than later: one that is dead is found out within seconds."""
    place = public(uri)
    request = part("mlflow.utils.rest_utils", "http_request")
    try:
        answer = request(
            backend.get_host_creds(),
            "/api/2.0/mlflow/experiments/search",
            "POST",
            json={"max_results": 1},
            timeout=FIRST_ANSWER,
            max_retries=0,
        )
    except Exception as error:
        cause = _without(uri, place, error)
        raise TrackerError(f"{place}: no answer ({cause}); check the address and that the server is up") from error
    if answer.status_code in (401, 403):
        advice = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        raise TrackerError(f"{place}: access denied (HTTP {answer.status_code}); {advice}")
    if answer.status_code != 200 or "json" not in answer.headers.get("Content-Type", ""):
        raise TrackerError(f"{place}: no MLflow tracking server (HTTP {answer.status_code}); check the address")


def _without(uri: str, place: str, error: BaseException) -> str:
    return one_line(error, 2000).replace(uri, place)[:200]


def _local_path(uri: str, workdir: Path) -> Path:
    if uri.startswith("sqlite"):
        name = uri.partition("://")[2].removeprefix("/").partition("?")[0]
        if name in ("", ":memory:"):
            raise TrackerMissing(f"{uri}: lives in memory only; name the tracking store that your jobs log to")
        plain, decoded = workdir / name, workdir / unquote(name)
        return decoded if decoded.exists() and not plain.exists() else plain
    if uri.startswith("file:"):
        return workdir / unquote(urlsplit(uri).path)
    return workdir / uri


def _check_folder(path: Path) -> None:
    if not path.is_dir():
        raise TrackerMissing(f"{path}: not there; name the tracking store that your jobs log to")
    try:
        if next(path.glob("*/meta.yaml"), None) or next(path.glob(".trash/*/meta.yaml"), None):
            return
    except OSError as error:
        raise TrackerError(f"{path}: {error.strerror}; check its permissions") from error
    raise TrackerMissing(f"{path}: holds no MLflow experiments; name the tracking store that your jobs log to")
