"""The exports of a run, as files at its objects, where the server takes files: crate, figure, DataCite, model cards."""

import hashlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.card import CardKind, card_of, merged
from snakemake_heliport.export.crate import DataMode, write_crate
from snakemake_heliport.identity import SEPARATOR
from snakemake_heliport.model import Kind, Visibility
from snakemake_heliport.store import Store
from snakemake_heliport.store.ledger import Entry
from snakemake_heliport.upload.content import Content
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.session import ATTACHMENT, SENT, Session

CRATE = "application/zip"
CARD = "text/markdown"


class Attachment(NamedTuple):
    """A file that is to be at an object; `write` makes its bytes."""

    iri: str
    name: str
    media_type: str
    write: Callable[[], bytes]


def attach(session: Session, content: Content, store: Store, workdir: Path | None) -> None:
    """Put the exports of a run at its objects, anew if what was sent of the run has changed.

    What cannot be made or is not taken is noted in `session.sent.notes`: the graph itself is at the server.

    Raises:
        UploadError: The server does not do it now.
    """
    if not session.server.takes_files:
        return
    state, known = _state(session, content), session.ledger.entries(ATTACHMENT)
    for attachment in _attachments(store, content, workdir):
        key = SEPARATOR.join((attachment.iri, attachment.name))
        entry = known.get(key)
        if attachment.iri not in session.entries or (entry is not None and entry.payload == state):
            continue
        session.alive()
        try:
            _put(session, attachment)
        except HeliportError as error:
            if isinstance(error, UploadError) and not isinstance(error, Rejected):
                raise
            session.sent.notes.append(f"{attachment.name} is not attached: {error}")
            continue
        session.ledger.record(ATTACHMENT, [(key, Entry(None, None, state, SENT, time.time()))])


def _state(session: Session, content: Content) -> str:
    """Return the SHA-256 of all that is sent of a run: as long as it is the same, so are the exports."""
    told = [sorted(map(session.digest, content.things)), sorted(content.links)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _put(session: Session, attachment: Attachment) -> None:
    """Put a file at its object, unless it is there: after an answer that never came, the server is asked."""
    id_, made = session.id_of(attachment.iri), attachment.write()
    if _is_there(session, id_, attachment.name, made):
        return
    try:
        session.server.attach(id_, attachment.name, io.BytesIO(made), attachment.media_type)
    except UploadError as error:
        if not (error.unclear and _is_there(session, id_, attachment.name, made)):
            raise


def _is_there(session: Session, id_: str, name: str, made: bytes) -> bool:
    digest = hashlib.sha256(made).hexdigest()
    return any(
        row.get("name") == name and row.get("sha256", digest) == digest and row.get("size", len(made)) == len(made)
        for row in session.server.attached(id_)
    )


def _attachments(store: Store, content: Content, workdir: Path | None) -> Iterator[Attachment]:
    run = next(thing for thing in content.things if thing.iri == content.run)
    # Whoever sees the run sees these.
    selection = Selection([run.iri], run.visibility)
    stem = f"run-{run.iri.removeprefix('urn:uuid:')[:8]}"
    yield Attachment(run.iri, f"{stem}.crate.zip", CRATE, partial(_crate, store, selection, workdir))
    for form, name in (("svg", f"{stem}.svg"), ("datacite-json", f"{stem}.datacite.json")):
        yield Attachment(run.iri, name, FORMATS[form].media_type, partial(_exported, store, selection, form))
    for thing in content.things:
        if thing.kind == Kind.MODEL:
            yield Attachment(thing.iri, "README.md", CARD, partial(_card, store, thing.iri, thing.visibility))


def _crate(store: Store, selection: Selection, workdir: Path | None) -> bytes:
    with tempfile.TemporaryDirectory(prefix="heliport-crate-") as folder:
        target = Path(folder) / "crate.zip"
        write_crate(store, selection, target, data=DataMode.NONE, zipped=True, workdir=workdir)
        return target.read_bytes()


def _exported(store: Store, selection: Selection, form: str) -> bytes:
    stream = io.BytesIO()
    FORMATS[form].write(store, selection, stream)
    return stream.getvalue()


def _card(store: Store, iri: str, visibility: Visibility) -> bytes:
    model = store.get(iri)
    return merged(card_of(store, CardKind.MODEL, model, visibility), None).encode() if model is not None else b""
