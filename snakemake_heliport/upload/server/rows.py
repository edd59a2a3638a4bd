"""Creating and reading what comes in lists: objects, and rows that belong to objects in a resource of their own."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected, UnclearOutcome, UploadError
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.reading import Record, pages, rows_of

# gunicorn, as it comes, refuses a request whose first line is longer than 4,094 characters.
LONGEST_QUERY = 3500
# From so many requests on, it is tried whether reading all takes fewer.
MANY = 4
# What a server says to a list that it finds too long.
TOO_LONG = 413


def create_all(
    client: Client, contract: Contract, path: str, rows: Sequence[Mapping[str, Any]], limit: int
) -> list[Any]:
    """Create rows, in lists where the server takes them, and return what it said of each, in their order.

    Args:
        limit: How many the server takes at once; 0 or 1 sends each alone.

    Raises:
        UploadError: One was not created, or it is unclear whether; `done` has the answers for those before it.
    """
    done: list[Any] = []
    size = max(1, limit)
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        try:
            done += (
                _create_list(client, contract, path, chunk)
                if limit > 1
                else [_create(client, contract, path, chunk[0])]
            )
        except UploadError as error:
            error.done = (*done, *error.done)
            raise
    return done


def _create(client: Client, contract: Contract, path: str, row: Mapping[str, Any]) -> Any:
    return client.request("POST", path, json=row, headers=_media_type(contract), repeatable=False).body


def _create_list(client: Client, contract: Contract, path: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    try:
        answer = client.request("POST", path, json=list(rows), headers=_media_type(contract), repeatable=False)
    except Rejected as error:
        if error.status != TOO_LONG or len(rows) == 1:
            raise
        half = len(rows) // 2
        first = _create_list(client, contract, path, rows[:half])
        try:
            return first + _create_list(client, contract, path, rows[half:])
        except UploadError as later:
            later.done = (*first, *later.done)
            raise
    made = rows_of(answer.body, contract)
    if made is None or len(made) != len(rows):
        count = "no list" if made is None else f"{len(made)} of {len(rows)}"
        raise UnclearOutcome(f"the list sent to {path}", f"the answer tells of {count}")
    return made


def _media_type(contract: Contract) -> dict[str, str]:
    return {"Content-Type": contract.objects.media_type}


def selected(
    client: Client,
    contract: Contract,
    path: str,
    parameter: str | None,
    values: Sequence[str],
    *,
    several: bool,
    separator: str | None,
) -> Iterator[Record]:
    """Yield the records that a query parameter selects by any of some values; without a parameter, all that there are.

    Whether the server heeded the parameter is for the caller to see.
    """
    if parameter is None:
        yield from pages(client, contract, path)
        return
    asked = list(chunks(parameter, values, several=several))
    if len(asked) >= MANY:
        # If all that there is comes in fewer requests, it is read.
        records = pages(client, contract, path)
        first = list(islice(records, len(asked) * contract.paging.size // 2))
        if next(records, None) is None:
            yield from first
            return
    for chunk in asked:
        query = chunk if separator is None else separator.join(chunk)
        yield from pages(client, contract, path, {parameter: query})


def chunks(parameter: str, values: Sequence[str], *, several: bool) -> Iterator[list[str]]:
    """Yield values in lists that fit into an address, where a parameter takes several."""
    chunk: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        size = len(parameter) + 2 + len(quote(value, errors="replace"))
        if chunk and (not several or length + size > LONGEST_QUERY):
            yield chunk
            chunk, length = [], 0
        chunk.append(value)
        length += size
    if chunk:
        yield chunk
