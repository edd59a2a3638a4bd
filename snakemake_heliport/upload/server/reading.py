"""What a server's records mean: ids, identifiers, what is deleted; and lists, page by page, however they are cut."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import requests.utils

from snakemake_heliport.upload.contract import Contract
from snakemake_heliport.upload.errors import Rejected
from snakemake_heliport.upload.http.addresses import ID, here
from snakemake_heliport.upload.http.answers import Answer
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.server.wire import joined_identifier
from snakemake_heliport.upload.things import Remote

# Where lists are kept in an object, in the words of various frameworks.
LISTS = ("results", "items", "data", "member", "hydra:member", "objects", "records", "rows", "@graph", "graph", "value")
# Where the address of the next page, or a cursor, is kept.
NEXT = ("next", "next_url", "nextPage", "next_page", "hydra:next", "next_cursor", "nextCursor", "cursor")
INSIDE = ("links", "_links", "meta", "pagination", "paging", "hydra:view", "view", "page")
# No list is longer; a server that turns in circles is noticed before.
MOST_PAGES = 100_000

Record = Mapping[str, Any]


class Records:
    """Reads the records of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        template = re.escape(contract.item)
        self._item = re.compile(template.replace(re.escape(ID), r"([^/]+)").rstrip("/") + "/?$")

    def id_of(self, value: Any, keys: Iterable[str] | None = None) -> str | None:
        """Return the id that a record, or a reference to one, has; None where it has none.

        Args:
            keys: Where to look for it, if the record is not of an object.
        """
        if isinstance(value, Mapping):
            among = self._contract.ids if keys is None else keys
            found = next((value[key] for key in among if value.get(key) not in (None, "")), None)
            return None if found is None or isinstance(found, (Mapping, list)) else str(found)
        if value is None or isinstance(value, (bool, list)):
            return None
        return str(value)

    def referred(self, value: Any) -> str | None:
        """Return the id that a reference means, where it may be the address of an object whose id is shorter."""
        id_ = self.id_of(value)
        found = self._item.search(id_) if id_ and self._contract.references.style == "address" else None
        return found[1] if found else id_

    def identifiers(self, record: Record) -> list[str]:
        """Return all identifiers of a record, in the form in which we keep them."""
        style, fields = self._contract.identifiers, self._contract.fields
        found: list[Any] = [record.get(fields.iri)] if fields.iri is not None else []
        given = record.get(style.field) if style.field is not None else None
        for one in given if isinstance(given, list) else [given]:
            found.append(self.identifier(one) if isinstance(one, Mapping) else one)
        found += [_handle(record.get(name)) for name in style.pids]
        return list(dict.fromkeys(text for text in found if isinstance(text, str) and text))

    def identifier(self, row: Record) -> str | None:
        """Return the identifier that a row holds."""
        style = self._contract.identifiers
        text = row.get(style.identifier)
        scheme = None if style.scheme is None else row.get(style.scheme)
        return joined_identifier(scheme, text) if isinstance(text, str) else None

    def is_deleted(self, record: Record) -> bool:
        """Return whether a record is of an object that is gone; `false` as text means no."""
        name = self._contract.fields.deleted
        value = record.get(name) if name is not None else None
        return bool(value) and str(value).lower() not in ("false", "0", "no")

    def remote(self, record: Any, without: Iterable[str] = ()) -> Remote:
        """Return what a record tells of an object at the server.

        Args:
            without: The identifiers that we gave it.

        Raises:
            Rejected: It has no id.
        """
        id_ = self.id_of(record)
        if id_ is None:
            keys = ", ".join(record) if isinstance(record, Mapping) else type(record).__name__
            raise Rejected("the answer of the server", f"it names no id; it has: {keys[:200]}")
        if not isinstance(record, Mapping):
            return Remote(id_)
        ours = set(without)
        given = tuple(text for text in self.identifiers(record) if text not in ours)
        return Remote(id_, self._landing(record), given)

    def age(self, record: Record) -> tuple[str, tuple[int, str]]:
        """Return what sorts records by age: when they were made if they say so, and their ids."""
        name = self._contract.fields.created
        created = record.get(name) if name is not None else None
        id_ = self.id_of(record) or ""
        # Ids that are numbers, also at the end of an address, count up.
        number = re.search(r"(\d{1,18})/?$", id_)
        return str(created or ""), (int(number[1]) if number else 0, id_)

    def _landing(self, record: Record) -> str | None:
        found = (record.get(name) for name in self._contract.landing.fields)
        return next((url for url in found if isinstance(url, str) and url), None)


def pages(client: Client, contract: Contract, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Record]:
    """Yield all records of a list, in whatever way it is cut into pages.

    Raises:
        Rejected: The answer is no list.
    """
    paging = contract.paging
    asked: dict[str, Any] = dict(params or {})
    if paging.size_parameter is not None:
        asked.setdefault(paging.size_parameter, paging.size)
    counting = {"page": paging.page, "offset": paging.offset}.get(paging.style)
    target, read, seen = path, 0, set[str]()
    for number in range(1, MOST_PAGES):
        if counting is not None:
            asked[counting] = number if paging.style == "page" else read
        answer = _page(client, target, asked, last_may_be_missing=counting is not None and number > 1)
        rows = rows_of(answer.body, contract)
        if rows is None:
            raise Rejected(f"the list at {path}", "the answer is no list", body=answer.body)
        yield from (row for row in rows if isinstance(row, Mapping))
        read += len(rows)
        step = _next(answer, contract, rows, number)
        if step is None or step in seen:
            return
        seen.add(step)
        if counting is not None:
            continue
        if _is_address(step):
            target, asked = here(client.base_url, urljoin(answer.url, step)), {}
        else:
            asked = {**asked, paging.cursor: step}


def _page(client: Client, path: str, params: Mapping[str, Any], *, last_may_be_missing: bool) -> Answer:
    """Return a page; beyond the last one, Django REST framework finds nothing."""
    try:
        return client.request("GET", path, params=params)
    except Rejected as error:
        if last_may_be_missing and error.status == 404:
            return Answer(200, [])
        raise


def rows_of(body: Any, contract: Contract) -> list[Any] | None:
    """Return the elements of a page; None where it is none."""
    if isinstance(body, list):
        return body
    if not isinstance(body, Mapping):
        return None
    for name in (contract.paging.results, *LISTS):
        found = body.get(name)
        if isinstance(found, list):
            return found
        if isinstance(found, Mapping) and name in ("data", "results"):
            return rows_of(found, contract)
    # One list among other things is it.
    lists = [value for key, value in body.items() if isinstance(value, list) and key != "@context"]
    return lists[0] if len(lists) == 1 else None


def _next(answer: Answer, contract: Contract, rows: list[Any], number: int) -> str | None:
    """Return the address of the next page, or a cursor; of numbered pages, the number."""
    paging = contract.paging
    if paging.style == "none" or not rows:
        return None
    if paging.style in ("page", "offset"):
        return str(number + 1)
    for link in requests.utils.parse_header_links(answer.headers.get("link", "")):
        if "next" in str(link.get("rel", "")).split():
            return str(link["url"])
    if not isinstance(answer.body, Mapping):
        return None
    places = [answer.body, *(answer.body[key] for key in INSIDE if isinstance(answer.body.get(key), Mapping))]
    for place in places:
        for name in (paging.next, *NEXT):
            step = place.get(name)
            if isinstance(step, Mapping):
                step = step.get("href", step.get("@id"))
            if isinstance(step, (str, int)) and not isinstance(step, bool) and step != "":
                return str(step)
    return None


def _is_address(step: str) -> bool:
    return "://" in step or step.startswith(("/", "?"))


def _handle(value: Any) -> Any:
    """Return a handle that was given without saying that it is one."""
    if isinstance(value, str) and re.fullmatch(r"\d[\d.]*/\S+", value):
        return f"doi:{value}" if value.startswith("10.") else f"hdl:{value}"
    return value
