"""The texts of a workflow's own code by their digests, without secrets: changes are told by line, also without Git."""

import os
import uuid
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

# Longer texts are told by their digests.
MAX_BYTES = 256_000


class KeptCode:
    """Texts in a folder, one small file each.

    Args:
        folder: It is made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: Path, digest: str, redacted: Callable[[str], str]) -> None:
        """Keep the text of a file, if it is one, and still the one of this digest.

        Args:
            digest: SHA-256 in hexadecimal, of the file as it is.
            redacted: Takes secrets out of a text.

        Raises:
            OSError: The file cannot be read, or its text not be written.
        """
        target = self._folder / digest
        if target.exists() or path.stat().st_size > MAX_BYTES:
            return
        data = path.read_bytes()
        if b"\0" in data or sha256(data).hexdigest() != digest:
            return
        # Its author may have kept the script to himself.
        self._folder.mkdir(mode=0o700, exist_ok=True)
        draft = target.with_name(f"{digest}.{os.getpid()}.{uuid.uuid4().hex}")
        try:
            draft.write_text(redacted(data.decode("utf-8", "replace")), encoding="utf-8", newline="")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def get(self, digest: str) -> str | None:
        """Return the text of a digest, None where it is not kept here."""
        try:
            return (self._folder / digest).read_text(encoding="utf-8")
        except OSError:
            return None
