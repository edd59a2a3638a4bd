"""A server that takes what is sent, and a way to it on which things can go wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import FaultProxy, HeliportServer, fault_proxy, heliport_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeliportServer]:
    """A stand-in for HELIPORT that all tests of a file share: each has objects of its own."""
    with heliport_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def proxy(server: HeliportServer, tmp_path: Path) -> Iterator[FaultProxy]:
    """A way to the server on which things can go wrong."""
    with fault_proxy(server.url, tmp_path) as running:
        yield running
