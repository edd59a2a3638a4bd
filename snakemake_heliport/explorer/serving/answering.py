"""What all answers have in common: what they are made from, and a sentence where there is nothing to be shown."""

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.rendering import render
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.working import beside
from snakemake_heliport.model import DigitalObject

NOT_HERE = "Nothing of this kind was recorded here, or it is not for this audience."
Awaited: TypeAlias = Callable[[Request], Awaitable[Response]]
Answer: TypeAlias = Callable[[Request], Response] | Awaited


class Answering:
    """Answers requests from a context that changes as runs go on."""

    def __init__(self, refresher: Refresher) -> None:
        self.refresher = refresher

    def routed(self, answers: Mapping[str, Answer]) -> list[Route]:
        """Return what answers each address; none of them changes anything."""
        return [Route(place, self._safe(answer), methods=["GET"]) for place, answer in answers.items()]

    @property
    def context(self) -> Context:
        """What pages are made from by now."""
        return self.refresher.context

    def _safe(self, answer: Answer) -> Awaited:
        """Turn what cannot be told into a page that says why."""

        @wraps(answer)
        async def answered(request: Request) -> Response:
            try:
                told = answer(request) if iscoroutinefunction(answer) else await beside(lambda: answer(request))
                return await told if isawaitable(told) else told
            except HeliportError as error:
                return self.message("This cannot be shown", str(error), 403)
            except Exception as error:
                if os.environ.get("HELIPORT_DEBUG"):
                    raise
                found = f"internal error: {type(error).__name__}: {error}"
                hint = "start `explore` with HELIPORT_DEBUG=1 to see where, and report it"
                return self.message("This could not be shown", f"{found}; {hint}", 500)

        return answered

    def missing(self, *_: Any) -> Response:
        """Answer where there is nothing."""
        return self.message("Not here", NOT_HERE, 404)

    def message(self, title: str, text: str, status: int) -> Response:
        """Answer with a sentence."""
        return HTMLResponse(render("message.html", self.context.site, title=title, text=text), status)

    def item(self, request: Request, name: str = "iri") -> DigitalObject | None:
        """Return the object that a request names, None where there is none to be told."""
        return self.context.source.get(request.query_params.get(name, ""))
