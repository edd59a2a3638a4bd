"""Writing a crate: a folder or a zip file, whole or not at all, and the same bytes each time."""

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from snakemake_heliport.export.crate.assembling import Metadata, metadata_of
from snakemake_heliport.export.crate.names import Texts
from snakemake_heliport.export.crate.page import preview
from snakemake_heliport.export.crate.payload import DataMode, Payload, payload_of
from snakemake_heliport.export.crate.profiles import CrateError, Release
from snakemake_heliport.export.crate.readme import readme
from snakemake_heliport.export.crate.root import METADATA, PREVIEW, README
from snakemake_heliport.export.output import written
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.text import representable
from snakemake_heliport.export.view import View, machine_of, told, without_places
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import OURS

# The first time that a zip file can hold; a crate of the same record is the same file whenever it is written.
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o644 << 16


def write_crate(
    store: Store,
    selection: Selection,
    target: Path,
    *,
    data: DataMode,
    zipped: bool,
    version: str = "1.1",
    workdir: Path | None = None,
) -> None:
    """Write a selection as a Provenance Run Crate.

    Args:
        target: The folder or the zip file to write; a folder must be empty, a crate of ours, or not be there yet.
        data: Whether data files go into the crate; the code of the workflow always does, if it is unchanged.
        version: Of RO-Crate; the profiles of runs and their validator are made for 1.1.
        workdir: Where relative paths begin; None is where the runs were recorded.

    Raises:
        CrateError: The target or the version will not do.
        OSError: The target cannot be written.
    """
    if zipped and data is DataMode.LINK:
        raise CrateError("a zip file cannot hold links; write a folder, or copy the data")
    release = Release(version, selection.vocabulary.prefixes[OURS])
    others = selection.audience is not Visibility.PRIVATE
    whole = View.whole(store, selection)
    # Files are looked for where they lie, which nobody else is told.
    placed = told(whole, selection.audience, places=True)
    view = without_places(placed, machine_of(whole)) if others else placed
    del whole
    workdirs = workdirs_of(store, workdir)
    # What was recorded tells where it was recorded, and not where the files are now.
    known = map(str, (*workdirs, *recorded_workdirs(store)))
    texts = Texts(known, hide=others)
    payload = payload_of(placed, workdirs, data, texts)
    metadata = metadata_of(view, selection, payload, texts, release)
    try:
        if zipped:
            _write_zip(target, metadata, payload)
        else:
            _write_folder(target, metadata, payload, link=data is DataMode.LINK)
    finally:
        metadata.build.entities.close()


def workdirs_of(store: Store, workdir: Path | None) -> list[Path]:
    """Return where the files of runs may lie: as told, else where each run was recorded, the latest first."""
    return [workdir] if workdir is not None else [Path(os.path.expanduser(path)) for path in recorded_workdirs(store)]


def recorded_workdirs(store: Store) -> list[str]:
    """Return the working directories of all runs, the latest first."""
    runs = (store.get(row.iri) for row in reversed(store.runs()))
    found = (run.attributes.get("workdir") for run in runs if run is not None)
    return list(dict.fromkeys(path for path in found if isinstance(path, str)))


def _documents(metadata: Metadata, payload: Payload) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the files that a crate is made of beside its data, each in pieces."""
    for name, text in ((README, readme(metadata, payload)), (PREVIEW, preview(metadata, payload))):
        yield name, iter((representable(text).encode("utf-8"),))
    yield METADATA, metadata.lines()


def _write_zip(target: Path, metadata: Metadata, payload: Payload) -> None:
    with written(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, pieces in _documents(metadata, payload):
            with archive.open(_entry(name), "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
        for place, source in sorted(payload.places.items()):
            with archive.open(_entry(place), "w", force_zip64=True) as file, _opened(payload, place, source) as data:
                shutil.copyfileobj(data, file, 1 << 20)


def _opened(payload: Payload, place: str, source: Path) -> BinaryIO:
    return io.BytesIO(payload.rewritten[place]) if place in payload.rewritten else source.open("rb")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(representable(name), EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = MODE
    return entry


def _write_folder(target: Path, metadata: Metadata, payload: Payload, *, link: bool) -> None:
    with _drafted(target) as draft:
        for place, source in sorted(payload.places.items()):
            (draft / place).parent.mkdir(parents=True, exist_ok=True)
            if place in payload.rewritten:
                (draft / place).write_bytes(payload.rewritten[place])
            else:
                _put(source, draft / place, link=link)
        for name, pieces in _documents(metadata, payload):
            with (draft / name).open("wb") as file:
                file.writelines(_batches(pieces))


def _put(source: Path, place: Path, *, link: bool) -> None:
    if not link:
        shutil.copyfile(source, place)
        return
    try:
        place.hardlink_to(source.resolve())
    except OSError:
        # Another file system, or one without hard links.
        place.symlink_to(source.resolve())


@contextmanager
def _drafted(target: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `target` when the block ends well."""
    if target.exists() and not _is_ours(target):
        raise CrateError(f"{target} is there and is no crate; choose another place, or remove it")
    parent = Path(os.path.abspath(target)).parent
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
    try:
        draft.chmod(0o755)
        yield draft
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        if draft.exists():
            shutil.rmtree(draft)


def _is_ours(target: Path) -> bool:
    return target.is_dir() and not target.is_symlink() and (not any(target.iterdir()) or (target / METADATA).is_file())


def _batches(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join small pieces: one call of the system for thousands of entities."""
    batch: list[bytes] = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == 1000:
            yield b"".join(batch)
            batch.clear()
    yield b"".join(batch)
