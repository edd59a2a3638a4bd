"""The parts of a contract that are about objects, lists and files, and what each of their fields means."""

from typing import Literal

import msgspec

from snakemake_heliport.model import Visibility

ID = "{id}"

# A word of the server: vocabularies may be rows of its database, with numbers as keys.
Word = str | int


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a contract: known keys only. A path begins with a slash, and comes after the server's address."""

    def __post_init__(self) -> None:
        for name in ("path", "item"):
            path = getattr(self, name, None)
            if path is not None and not path.startswith("/") and path != ID:
                raise ValueError(f"`{name}` must begin with '/'")
        item = getattr(self, "item", None)
        if item is not None and ID not in item:
            raise ValueError(f"`item` must have {ID} where the id of an object stands")


class Auth(Part, frozen=True, kw_only=True):
    """How the token is shown: `<header>: <scheme> <token>`."""

    scheme: str | None = "Token"
    header: str = "Authorization"


class Objects(Part, frozen=True, kw_only=True):
    """Digital objects.

    Attributes:
        item: Path of one object; `{id}` alone says that ids are addresses. Default: `<path>{id}/`.
        create: `POST` to the path, or `PUT` to the item of an id that we choose: our IRI.
        update: `PATCH` sends what is to be changed, `PUT` the whole as it was read, changed.
        delete: None where objects cannot be deleted.
        bulk: How many may be created by one `POST` of a list; 0 where that is not offered.
        media_type: What is sent.
    """

    path: str
    item: str | None = None
    create: Literal["POST", "PUT"] = "POST"
    update: Literal["PATCH", "PUT"] = "PATCH"
    delete: Literal["DELETE"] | None = "DELETE"
    bulk: int = 0
    media_type: str = "application/json"


class Fields(Part, frozen=True, kw_only=True):
    """What the server calls our fields; None is not sent, or not read.

    Attributes:
        iri: The field that holds our IRI as the object's own id, where ids are ours to choose.
        project: The field that holds the project.
        deleted: True, or a time, for objects that are gone.
        created: What tells the oldest of several objects.
    """

    label: str
    description: str | None = None
    kind: str | None = None
    iri: str | None = None
    project: str | None = None
    uri: str | None = None
    deleted: str | None = None
    created: str | None = None


class VisibilityStyle(Part, frozen=True, kw_only=True):
    """Who may see an object: a flag for each attribute, one value, or nothing.

    Attributes:
        flags: The flag of each field of ours, if it has one: true for what is public.
        field: The field that holds one value.
        values: The value for each visibility of ours.
    """

    style: Literal["flags", "value", "none"] = "none"
    flags: dict[str, str | None] = {}
    field: str | None = None
    values: dict[Visibility, bool | int | str] = {}


class Graphs(Part, frozen=True, kw_only=True):
    """Graphs of objects: without a path, a graph is an object like others.

    Attributes:
        members: The field that holds the ids of the members.
        id: The field that holds the id which `item` takes, where that is not the object's own.
    """

    path: str | None = None
    item: str | None = None
    members: str = "members"
    id: str | None = None


class Sources(Part, frozen=True, kw_only=True):
    """Data sources: without a path, a source is an object like others.

    Attributes:
        protocols: The protocols that there are; any other is called `other`.
    """

    path: str | None = None
    uri: str = "uri"
    protocol: str | None = "protocol"
    protocols: tuple[str, ...] = ()
    other: str = "other"


class Projects(Part, frozen=True, kw_only=True):
    """Projects: `many` says whether an object holds a list of them."""

    path: str | None = None
    many: bool = True


class Attachments(Part, frozen=True, kw_only=True):
    """Files at an object: `path` has `{id}` where its id stands; without a path none are taken."""

    path: str | None = None
    file: str = "file"
    name: str | None = None


class References(Part, frozen=True, kw_only=True):
    """How one object is named inside another: by its id, by its address, or as a mapping with one key.

    Attributes:
        style: `id` writes ids that are numbers as numbers, `text` does not.
    """

    style: Literal["id", "text", "address", "mapping"] = "id"
    key: str = "@id"


class Paging(Part, frozen=True, kw_only=True):
    """How long lists are read.

    Attributes:
        style: `auto` follows a `Link` header or a field with the next page, `page` counts pages, `offset` counts
            elements, `none` has one page.
        results: The field that holds the elements.
        next: The field that holds the address of the next page, or a cursor.
        cursor: The query parameter that takes a cursor.
        page: The query parameter that takes the number of a page.
        offset: The query parameter that takes the number of elements to skip.
        size_parameter: The query parameter that takes the number of elements; None leaves it to the server.
    """

    style: Literal["auto", "page", "offset", "none"] = "auto"
    results: str = "results"
    next: str = "next"
    cursor: str = "cursor"
    page: str = "page"
    offset: str = "offset"
    size_parameter: str | None = None
    size: int = 100


class Lookup(Part, frozen=True, kw_only=True):
    """How objects are found by an identifier: without a parameter, all pages are read.

    Attributes:
        several: Whether several identifiers may be asked for at once.
        separator: What stands between them in one parameter; None gives the parameter several times.
        project: The query parameter that selects the objects of a project.
    """

    parameter: str | None = None
    several: bool = False
    separator: str | None = None
    project: str | None = None


class Landing(Part, frozen=True, kw_only=True):
    """Where people look at an object: a field that says it, or a path with `{id}`."""

    fields: tuple[str, ...] = ()
    path: str | None = None
