"""Write pieces of text to a binary stream, many at a time."""

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

PIECES = 1000


def write_text(stream: BinaryIO, pieces: Iterable[str]) -> None:
    """Write the pieces as UTF-8."""
    rest = iter(pieces)
    while some := list(islice(rest, PIECES)):
        stream.write("".join(some).encode("utf-8"))
