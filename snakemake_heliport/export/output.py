"""Writing to a file so that it is whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose content replaces `path` when the block ends well, and nothing otherwise.

    Raises:
        OSError: The folder is not there, or cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb", buffering=1024 * 1024) as stream:
            yield stream
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
