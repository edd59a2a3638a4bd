"""Starting the server: where it listens, what it asks for, and how it ends."""

import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.serving.answers import Answers
from snakemake_heliport.explorer.serving.asking import Asking
from snakemake_heliport.explorer.serving.guarding import LOOPBACK, Guard
from snakemake_heliport.explorer.serving.questions import Questions
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.store import Store

PORT, TRIES = 8765, 20
TOKEN_BYTES = 24
# Answers that are being sent when the server is stopped have so long to be whole.
GRACE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens.

    Attributes:
        host: `127.0.0.1` for this machine only.
        port: None for the usual one, or the next that is free.
        token: Whether a token is asked for; beyond this machine it always is.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    token: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def serve(store: Store, refresher: Refresher, place: Place, announce: Callable[[str], None]) -> None:
    """Serve until it is stopped.

    Args:
        announce: Is told the address, with the token in it if one is needed.

    Raises:
        HeliportError: The place cannot be listened at.
    """
    listening = _listening(place)
    port = listening.getsockname()[1]
    token = None if place.is_local and not place.token else secrets.token_urlsafe(TOKEN_BYTES)
    asking = Asking()
    app = application(store, refresher, place, port, token, asking)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    refresher.start()
    try:
        announce(_address(place.host, port, token))
        _Server(config, asking).run(sockets=[listening])
    finally:
        asking.end()
        refresher.stop()
        listening.close()


class _Server(uvicorn.Server):
    """A server that gives up what it is doing when it is stopped."""

    def __init__(self, config: uvicorn.Config, asking: Asking) -> None:
        super().__init__(config)
        self._asking = asking

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._asking.end()
        # Answers that are cut off by now are no errors.
        for name in ("uvicorn.error", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        super().handle_exit(sig, frame)


def application(
    store: Store, refresher: Refresher, place: Place, port: int, token: str | None, asking: Asking | None = None
) -> Starlette:
    """Return the application that answers."""
    answers, questions = Answers(store, refresher), Questions(refresher, asking or Asking())
    guard = Middleware(Guard, names=_names(place), open_to_all=not place.is_local, token=token, port=port)
    return Starlette(
        routes=[*answers.routes(), *questions.routes()], middleware=[guard], exception_handlers={404: answers.missing}
    )


def _names(place: Place) -> set[str]:
    own = set() if place.is_local else {socket.gethostname(), socket.getfqdn()}
    return {name.lower() for name in (place.host, *own)} | set(LOOPBACK)


def _listening(place: Place) -> socket.socket:
    ports = range(PORT, PORT + TRIES) if place.port is None else (place.port,)
    problem: OSError | None = None
    for port in ports:
        try:
            return _bound(place.host, port)
        except OSError as error:
            problem = error
    where = f"{place.host}:{place.port or PORT}"
    raise HeliportError(f"{where}: {(problem and problem.strerror) or problem}; choose another with --port or --host")


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def _address(host: str, port: int, token: str | None) -> str:
    # An address that stands for all addresses is none that a browser can ask.
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")
