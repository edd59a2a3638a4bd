"""Write pieces of text to a binary stream, or read them as one, many at a time."""

from collections.abc import Iterable
from io import BufferedReader, RawIOBase
from itertools import islice
from typing import BinaryIO

PIECES, BUFFER = 1000, 1 << 20


def write_text(stream: BinaryIO, pieces: Iterable[str]) -> None:
    """Write the pieces as UTF-8."""
    rest = iter(pieces)
    while some := list(islice(rest, PIECES)):
        stream.write("".join(some).encode("utf-8"))


def readable(pieces: Iterable[str]) -> BinaryIO:
    """Return a stream from which the pieces are read as UTF-8; they are made as they are read."""
    return BufferedReader(_Text(pieces), BUFFER)


class _Text(RawIOBase):
    """Pieces of text as bytes."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._made = memoryview(b"")

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of whatever can be written into
        """Fill a buffer, as far as there is anything."""
        if not self._made:
            self._made = memoryview("".join(islice(self._pieces, PIECES)).encode("utf-8"))
        count = min(len(buffer), len(self._made))
        buffer[:count] = self._made[:count]
        self._made = self._made[count:]
        return count
