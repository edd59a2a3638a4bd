"""Content negotiation: which of the forms that there are a client would rather have."""

from collections.abc import Iterable, Mapping


def chosen(accept: str, offers: Mapping[str, str]) -> str | None:
    """Return the name of the form that an `Accept` header likes best, None where it takes none.

    Args:
        offers: Media types by name; of equals, the first one is chosen.
    """
    wanted = list(_wanted(accept or "*/*"))
    best, most = None, 0.0
    for name, media in offers.items():
        quality = _quality(media, wanted)
        if quality > most:
            best, most = name, quality
    return best


def _wanted(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        try:
            yield media, min(1.0, max(0.0, float(quality)))
        except ValueError:
            yield media, 0.0


def _quality(media: str, wanted: Iterable[tuple[str, float]]) -> float:
    """Return how much a media type is wanted: what names it best tells."""
    ranges = {"*/*": 0, f"{media.partition('/')[0]}/*": 1, media: 2}
    found = [(ranges[name], quality) for name, quality in wanted if name in ranges]
    return max(found, default=(0, 0.0))[1]
