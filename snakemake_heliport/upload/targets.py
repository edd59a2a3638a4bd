"""The servers as they are to be spoken to: where, as whom, and by which contract."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import yaml

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.model import JsonValue, Visibility
from snakemake_heliport.records import SendTo
from snakemake_heliport.servers import servers_of
from snakemake_heliport.settings import Settings
from snakemake_heliport.store.ledger import Ledger
from snakemake_heliport.upload.contract import Contract, load_contract, merged
from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.credentials import find_token
from snakemake_heliport.upload.http.client import TIMEOUT, Client
from snakemake_heliport.upload.probing import probe
from snakemake_heliport.upload.server import Server

SPARQL = "sparql"
# A SPARQL server may take minutes for a large graph, and answers nothing meanwhile.
SPARQL_TIMEOUT = (5.0, 600.0)
# What the ledger remembers of a server that was probed.
LEARNT = "contract"


@dataclass(frozen=True, slots=True)
class Target:
    """A server that runs are sent to.

    Attributes:
        to: Its name, kind, address and project there, and how much of a run is sent.
        update: Where a SPARQL server takes updates, None where it takes whole graphs only.
        audience: Who can read what a SPARQL server holds; others are told what each of them may see by the server.
        contract: What differs from the contract that is shipped; None where nobody has said anything.
        certificate: A file of the certificates that the server's own is signed by.
    """

    to: SendTo
    update: str | None = None
    audience: Visibility = Visibility.PRIVATE
    contract: Mapping[str, Any] | None = None
    certificate: str | None = None

    def facts(self) -> dict[str, JsonValue]:
        """Return what the outbox notes of it; what nobody has said is not among it."""
        facts: dict[str, JsonValue] = msgspec.to_builtins(self.to)
        return facts

    def over(self, facts: Mapping[str, JsonValue]) -> "Target":
        """Return this server, with what was noted where nothing is said now."""
        return replace(self, to=msgspec.convert({**facts, **self.facts()}, SendTo))


def targets_of(settings: Settings, noted: Mapping[str, Any], folder: Path) -> dict[str, Target]:
    """Return the servers that settings and `heliport.yaml` name, by name.

    Args:
        noted: What `heliport.yaml` says under `servers`.
        folder: Where it lies; files that it names are relative to that.

    Raises:
        HeliportError: A file with a contract cannot be read.
    """
    found = {}
    for to in servers_of(settings, noted):
        note = noted.get(to.name) or {}
        certificate = note.get("certificate")
        found[to.name] = Target(
            to,
            note.get("update"),
            Visibility(note.get("visibility") or Visibility.PRIVATE),
            _contract(note.get("contract"), folder),
            str(folder / certificate) if certificate else None,
        )
    return found


def _contract(said: Any, folder: Path) -> Mapping[str, Any] | None:
    if not isinstance(said, str):
        return said if isinstance(said, Mapping) else None
    try:
        content = yaml.safe_load((folder / said).read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise HeliportError(f"{said}: the contract cannot be read: {' '.join(str(error).split())}") from error
    return content if isinstance(content, Mapping) else {}


def client_of(target: Target, contract: Contract, until: float | None = None) -> Client:
    """Return a client of a server, with the token that the environment, a file or the keyring has for it.

    Args:
        until: The monotonic time at which it gives up.

    Raises:
        CredentialError: There is a token that must not be used.
        UploadError: The address is none.
    """
    sparql = target.to.kind == SPARQL
    return Client(
        target.to.url,
        auth=Auth(scheme="Bearer") if sparql and target.contract is None else contract.auth,
        timeout=SPARQL_TIMEOUT if sparql else TIMEOUT,
        token=find_token(target.to.name),
        verify=target.certificate or True,
        until=until,
        name=target.to.name,
    )


def server_at(client: Client, target: Target, ledger: Ledger) -> Server:
    """Return a HELIPORT server by the contract that is known of it; one that nobody has described is probed once.

    Raises:
        UploadError: It cannot be reached.
        ContractError: What is said of it is no contract.
    """
    learnt = ledger.facts.get(LEARNT)
    if learnt is None and target.contract is None:
        learnt = probe(client, load_contract()).override
        ledger.set_facts({**ledger.facts, LEARNT: learnt})
    known: dict[str, Any] = merged(learnt if isinstance(learnt, dict) else {}, target.contract or {})
    contract = load_contract(known)
    client.shown_as(contract.auth)
    return Server(client, contract, target.to.project)


def at_address(ledger: Ledger, url: str) -> None:
    """Note where a server is; at a new address everything is looked up again before it is believed to be there."""
    if ledger.address not in (None, url):
        ledger.forget_all()
        ledger.set_facts({})
    ledger.set_address(url)
