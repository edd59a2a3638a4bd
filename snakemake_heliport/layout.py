"""Where things lie on disk: `.heliport/` in the workflow's working directory."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

FOLDER = ".heliport"
STORE_NAME = "store.db"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths inside one `.heliport/` folder."""

    root: Path

    @classmethod
    def of_workdir(cls, workdir: Path) -> "Layout":
        """Return the layout of a working directory, whether it exists yet or not."""
        return cls(workdir / FOLDER)

    @classmethod
    def find(cls, start: Path) -> "Layout | None":
        """Return the nearest `.heliport/` at or above `start`, or None."""
        for folder in (start, *start.parents):
            if (folder / FOLDER).is_dir():
                return cls(folder / FOLDER)
        return None

    @property
    def workdir(self) -> Path:
        return self.root.parent

    @property
    def journals(self) -> Path:
        return self.root / "journal"

    @property
    def store(self) -> Path:
        return self.root / STORE_NAME

    @property
    def hashes(self) -> Path:
        return self.root / "cache" / "hashes.db"

    @property
    def imports(self) -> Path:
        """The journal of training runs that belong to no recorded run."""
        return self.root / "imports" / "mlflow.jsonl"

    @property
    def tables(self) -> Path:
        """The metric histories of training runs, by digest."""
        return self.root / "tables.db"

    @property
    def code(self) -> Path:
        """The folder of the texts of the workflow's own code, by digest."""
        return self.root / "code"

    @property
    def pending(self) -> Path:
        """The folder of the runs whose training runs have not been imported yet."""
        return self.root / "imports" / "pending"

    def clues(self, run_id: str) -> Path:
        """Return the folder in which the jobs of a run note which tracker they used."""
        return self.root / "clues" / run_id

    def journal(self, run_id: str) -> Path:
        """Return the path of one run's journal."""
        return self.journals / f"{run_id}.jsonl"

    def note_store(self, place: str | None) -> None:
        """Note which store the runs of this working directory go to; None is the one in here.

        Raises:
            OSError: It cannot be written.
        """
        if place is None:
            self._noted.unlink(missing_ok=True)
        else:
            self._noted.write_text(f"{place}\n", encoding="utf-8")

    def noted_store(self) -> str | None:
        """Return the path or URL of the store that the runs of this working directory go to, None of the one here."""
        try:
            return self._noted.read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    @property
    def _noted(self) -> Path:
        return self.root / "store-place"

    def create(self) -> None:
        """Create the folders and the `.gitignore` that keeps them out of the user's repository.

        Raises:
            OSError: The working directory cannot be written.
        """
        self.journals.mkdir(parents=True, exist_ok=True)
        self.hashes.parent.mkdir(exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def workdir_id(self) -> str:
        """Return the random id of this working directory, made once: it tells equal paths of two workflows apart.

        Raises:
            OSError: The id can be neither read nor written.
        """
        path = self.root / "workdir-id"
        if not path.exists():
            draft = self.root / f"workdir-id.{os.getpid()}.{uuid.uuid4().hex}"
            draft.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
            try:
                # A link appears whole or not at all, so two runs that start at once agree.
                os.link(draft, path)
            except FileExistsError:
                pass
            except OSError:
                draft.replace(path)
            draft.unlink(missing_ok=True)
        return path.read_text(encoding="ascii").strip()
