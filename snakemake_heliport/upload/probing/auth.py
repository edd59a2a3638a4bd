"""How a server wants a token to be shown, as its answers to no token and to a wrong one tell."""

from snakemake_heliport.upload.contract.parts import Auth
from snakemake_heliport.upload.credentials import Token
from snakemake_heliport.upload.errors import Unauthorized, UploadError
from snakemake_heliport.upload.http.client import Client

# The schemes of Django REST framework, of OAuth and most others, and of some for JSON web tokens.
SCHEMES = ("Token", "Bearer", "JWT")


def find_auth(client: Client, first: Auth, path: str) -> tuple[Auth | None, str]:
    """Return how a token is shown, and by what that is known; the token itself is not sent.

    Args:
        first: The scheme to try first.
        path: Where to try.
    """
    told = _scheme(client, path, None)
    if told is not None:
        return Auth(scheme=told, header=first.header), "its answer to a request without a token"
    for scheme in dict.fromkeys(filter(None, (first.scheme, *SCHEMES))):
        auth = Auth(scheme=scheme, header=first.header)
        # Who refuses a wrong token heeds the scheme; others take the request for that of a stranger.
        if _scheme(client, path, auth) is not None:
            return auth, "its answer to a wrong token"
    return None, ""


def _scheme(client: Client, path: str, auth: Auth | None) -> str | None:
    """Return the scheme that a server asks for when it refuses a request with a wrong token, or with none."""
    token = None if auth is None else Token("snakemake-heliport-probe", "the probe")
    with client.stranger(auth, token) as stranger:
        try:
            stranger.request("GET", path)
        except Unauthorized as error:
            return error.scheme or (auth.scheme if auth is not None and error.status == 401 else None)
        except UploadError:
            return None
    return None
