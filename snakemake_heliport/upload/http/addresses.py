"""Addresses at a server: joining them, and telling whether they are at the same one."""

from urllib.parse import quote, urlsplit, urlunsplit

from snakemake_heliport.upload.errors import Rejected

PORTS = {"http": 80, "https": 443}
# What a template has where an id stands.
ID = "{id}"


def joined(base: str, path_or_url: str) -> str:
    """Return the address of a path below a server's address, or an address that is there already.

    Raises:
        Rejected: It is the address of another server, which must not see the token.
    """
    parts = urlsplit(path_or_url)
    if not parts.scheme and not parts.netloc:
        return f"{base.rstrip('/')}/{path_or_url.lstrip('/')}"
    if not same_site(base, path_or_url):
        raise Rejected(f"the address {site_of(path_or_url)}", f"it is not at {site_of(base)}, which the token is for")
    return path_or_url


def here(base: str, url: str) -> str:
    """Return an address that a server gave of itself, by the way we reach it.

    Behind a proxy, a server may not know the scheme and the host by which it is called.
    """
    parts = urlsplit(url)
    if not parts.netloc:
        return url
    if same_site(base, url) and parts.scheme == urlsplit(base).scheme:
        return url
    ours = urlsplit(base)
    return urlunsplit((ours.scheme, ours.netloc, parts.path, parts.query, ""))


def same_site(first: str, second: str) -> bool:
    """Return whether an address is at the same host and port; `https` may follow `http`, not the other way round."""
    one, other = urlsplit(first), urlsplit(second)
    try:
        ports = [part.port or PORTS.get(part.scheme) for part in (one, other)]
    except ValueError:
        return False
    if one.hostname != other.hostname:
        return False
    if one.scheme == other.scheme:
        return ports[0] == ports[1]
    return (one.scheme, other.scheme, *ports) == ("http", "https", 80, 443)


def site_of(url: str) -> str:
    """Return scheme, host and port of an address, without a user."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}"


def item(template: str, id_: str, base: str) -> str:
    """Return the path or address of one object.

    An id that is an address at this server, by whatever name the server calls itself, is where the object is; any
    other takes its place in the template.
    """
    if template == ID:
        return here(base, id_)
    if id_.startswith(("http://", "https://")):
        prefix = urlsplit(base).path.rstrip("/") + template.partition(ID)[0]
        if same_site(base, id_) or urlsplit(id_).path.startswith(prefix):
            return here(base, id_)
    return template.replace(ID, quote(id_, safe=""))
