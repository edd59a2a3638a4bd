"""Reading, changing and deleting one object, without undoing what others change at the same time."""

from collections.abc import Callable, Mapping
from typing import Any

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.http.addresses import item
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.reading import Record

CHANGED_MEANWHILE = 412
# How often an object that others change at the same time is read again.
TRIES = 5


class Changing:
    """Objects of one server, one at a time."""

    def __init__(self, client: Client, contract: Contract) -> None:
        self._client = client
        self._contract = contract

    def address(self, id_: str) -> str:
        """Return where an object is."""
        return item(self._contract.item, id_, self._client.base_url)

    def read(self, id_: str) -> Record:
        """Return an object as it is now.

        Raises:
            Rejected: It is not there (404), or the answer is no object.
        """
        return self._read(self.address(id_))[0]

    def write(self, id_: str, changes: Mapping[str, Any], template: str | None = None) -> Any:
        """Write fields of an object, and return what the server says of it.

        Args:
            template: Where it is, if not among all objects.
        """
        address = self.address(id_) if template is None else item(template, id_, self._client.base_url)
        if self._contract.objects.update == "PATCH":
            return self._send("PATCH", address, changes, None)
        return self._attempt(address, lambda _: changes)

    def change(self, id_: str, changes: Callable[[Record], Mapping[str, Any]]) -> Any:
        """Read an object, write the fields that are to be changed, if any, and return what the server says of it."""
        return self._attempt(self.address(id_), changes)

    def remove(self, template: str, id_: str) -> None:
        """Delete an object or a row; one that is gone is deleted."""
        try:
            self._client.request("DELETE", item(template, id_, self._client.base_url))
        except Rejected as error:
            if not error.gone:
                raise

    def _attempt(self, address: str, changes: Callable[[Record], Mapping[str, Any]]) -> Any:
        """Read and write until nobody has written in between, where the server can tell that."""
        for left in reversed(range(TRIES)):
            record, tag = self._read(address)
            fields = changes(record)
            if not fields:
                return record
            whole = self._contract.objects.update == "PUT"
            try:
                return self._send(
                    self._contract.objects.update, address, {**record, **fields} if whole else fields, tag
                )
            except Rejected as error:
                if error.status != CHANGED_MEANWHILE or not left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _read(self, address: str) -> tuple[Record, str | None]:
        answer = self._client.request("GET", address)
        if not isinstance(answer.body, Mapping):
            raise Rejected(f"the object at {address}", "the answer is no object", body=answer.body)
        tag = answer.headers.get("etag")
        # A weak one would not do: it allows for differences.
        return answer.body, None if tag is None or tag.startswith("W/") else tag

    def _send(self, method: str, address: str, fields: Mapping[str, Any], tag: str | None) -> Any:
        headers = {"Content-Type": self._contract.objects.media_type}
        if tag is not None:
            headers["If-Match"] = tag
        return self._client.request(method, address, json=fields, headers=headers).body
