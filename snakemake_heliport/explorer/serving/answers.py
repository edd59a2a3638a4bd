"""The answers of the server: one function an address."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from threading import Event
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.dashboard import dashboard, runs_page
from snakemake_heliport.explorer.forms import FORMS, description, digest_of, forms_of, is_held, traced
from snakemake_heliport.explorer.graph import BadQuestion, graph_page, graph_part
from snakemake_heliport.explorer.landing import landing, written
from snakemake_heliport.explorer.previews import PICTURES
from snakemake_heliport.explorer.questions.answering import answer
from snakemake_heliport.explorer.questions.diff import diff_page
from snakemake_heliport.explorer.questions.impact import impact_page
from snakemake_heliport.explorer.questions.lineage import lineage_page
from snakemake_heliport.explorer.questions.query import MAX_ROWS, MAX_SAVED, SAVED, as_csv, forms_of_answer, query_page
from snakemake_heliport.explorer.questions.status import status_page
from snakemake_heliport.explorer.rendering import STATIC, render
from snakemake_heliport.explorer.search import search_page
from snakemake_heliport.explorer.serving.accepting import chosen
from snakemake_heliport.explorer.serving.asking import AT_ONCE, Asking, Busy
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.explorer.serving.working import beside
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# What browsers may show by themselves; whatever else a file is, they may only save it.
SHOWN = PICTURES | {"application/pdf"}
# Nothing in a recorded file may run, whatever it is.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
CHUNK = 256 * 1024
HTML = "html"
# What a browser says of requests that the user or a page of ours makes.
OWN_SITES = ("none", "same-origin")
NOT_HERE = "Nothing of this kind was recorded here, or it is not for this audience."
# What a program may call a form that it would rather have.
ALSO = {"json": ("application/json", "json-ld")}
Answer = Callable[[Request], Response]
Answering = Callable[[Request], Awaitable[Response]]


class Answers:
    """Answers requests from a context."""

    def __init__(self, store: Store, refresher: Refresher, asking: Asking) -> None:
        self._store = store
        self._refresher = refresher
        self._asking = asking
        self._static = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}

    def routes(self) -> list[Route]:
        """Return all addresses."""
        answers: dict[str, Answer | Answering] = {
            "/": self.home,
            "/runs": self.runs,
            "/object": self.object,
            "/graph": self.graph,
            "/graph/part": self.graph_part,
            "/lineage": self.lineage,
            "/impact": self.impact,
            "/diff": self.diff,
            "/status": self.status,
            "/query": self.query,
            "/form": self.form,
            "/file": self.file,
            "/search": self.search,
            "/live": self.live,
            "/static/{name}": self.static,
        }
        return [Route(place, self._safe(answer), methods=["GET"]) for place, answer in answers.items()]

    @property
    def _context(self) -> Context:
        return self._refresher.context

    def _safe(self, answer: Answer | Answering) -> Answering:
        """Turn what cannot be told into a page that says why."""

        @wraps(answer)
        async def answered(request: Request) -> Response:
            try:
                told = answer(request) if iscoroutinefunction(answer) else await beside(lambda: answer(request))
                return await told if isawaitable(told) else told
            except HeliportError as error:
                return self._message("This cannot be shown", str(error), 403)
            except Exception as error:
                if os.environ.get("HELIPORT_DEBUG"):
                    raise
                found = f"internal error: {type(error).__name__}: {error}"
                hint = "start `explore` with HELIPORT_DEBUG=1 to see where, and report it"
                return self._message("This could not be shown", f"{found}; {hint}", 500)

        return answered

    def missing(self, *_: Any) -> Response:
        """Answer where there is nothing."""
        return self._message("Not here", NOT_HERE, 404)

    def _message(self, title: str, text: str, status: int) -> Response:
        return HTMLResponse(render("message.html", self._context.site, title=title, text=text), status)

    def _item(self, request: Request, name: str = "iri") -> DigitalObject | None:
        return self._context.source.get(request.query_params.get(name, ""))

    def home(self, _: Request) -> Response:
        return HTMLResponse(dashboard(self._context, self._refresher.standing))

    def runs(self, _: Request) -> Response:
        return HTMLResponse(runs_page(self._context))

    def object(self, request: Request) -> Response:
        item, context = self._item(request), self._context
        if item is None:
            return self.missing()
        offers = {HTML: "text/html"} | {name: FORMS[name].media_type for name in forms_of(item) if FORMS[name].own}
        also = {name: media for name, (media, _) in ALSO.items()}
        form = chosen(request.headers.get("accept", ""), offers | also)
        if form is None:
            return PlainTextResponse(f"There is: {', '.join(offers.values())}\n", 406)
        form = ALSO[form][1] if form in ALSO else form
        if form != HTML:
            return self._described(item, form, {"vary": "Accept"})
        page = landing(item, context)
        links = ", ".join(_link_header(*link) for link in page.links)
        return HTMLResponse(written(page, context), headers={"link": links, "vary": "Accept"})

    def lineage(self, request: Request) -> Response:
        item = self._item(request)
        if item is None:
            return self.missing()
        upward = request.query_params.get("way") != "down"
        return HTMLResponse(lineage_page(item, self._context, upward=upward))

    def impact(self, request: Request) -> Response:
        item = self._item(request)
        if item is None:
            return self.missing()
        every_version = request.query_params.get("versions") == "all"
        return HTMLResponse(impact_page(item, self._context, every_version=every_version))

    def diff(self, request: Request) -> Response:
        before, after = self._item(request, "before"), self._item(request, "after")
        if before is None or after is None or {before.kind, after.kind} != {Kind.RUN}:
            return self.missing()
        return HTMLResponse(diff_page(before, after, self._context))

    def status(self, _: Request) -> Response:
        standing = self._refresher.standing_now()
        return self.missing() if standing is None else HTMLResponse(status_page(standing, self._context))

    async def query(self, request: Request) -> Response:
        """Answer a query; a page of somebody else must not keep this machine busy with some."""
        context = self._context
        if not context.place:
            return self.missing()
        if request.headers.get("sec-fetch-site", "none") not in OWN_SITES:
            return self._message("Not from elsewhere", "Queries are answered to pages of this server only.", 403)
        query, form = request.query_params.get("sparql", "").strip(), request.query_params.get("form", HTML)
        if form not in (HTML, *SAVED):
            return self._message("No such form", f"Answers can be saved as {', '.join(SAVED)}.", 400)
        if not query:
            return HTMLResponse(query_page("", None, context))
        try:
            return await self._asking.answered(request, lambda given_up: self._queried(query, form, context, given_up))
        except Busy:
            text = f"{AT_ONCE} queries are being answered, and no more are at once: busy, try again."
            busy = self._message("Busy", text, 503)
            busy.headers["retry-after"] = "5"
            return busy

    def _queried(self, query: str, form: str, context: Context, given_up: Event) -> Response:
        most = MAX_ROWS if form == HTML else MAX_SAVED
        found = answer(context.place, query, context.source.audience, most, given_up)
        if form == HTML or found.problem:
            return HTMLResponse(query_page(query, found, context), 400 if found.problem else 200)
        if form not in forms_of_answer(found):
            text = f"This answer can be saved as {', '.join(forms_of_answer(found))}, and not as {form}."
            return self._message("No such form", text, 400)
        match form:
            case "turtle":
                return Response(found.graph, media_type="text/turtle; charset=utf-8")
            case "csv":
                return Response(as_csv(found.table or {}), media_type="text/csv; charset=utf-8")
        return JSONResponse(found.table, media_type="application/sparql-results+json")

    def form(self, request: Request) -> Response:
        item, name = self._item(request), request.query_params.get("name", "")
        if item is None or name not in forms_of(item):
            return self.missing()
        form = FORMS[name]
        saved = {"content-disposition": f'inline; filename="{item.kind.lower()}{form.suffix}"'}
        if form.own:
            return self._described(item, name, saved)
        context = self._context
        workdir = None if context.disk is None else context.disk.workdir
        content = traced(self._store, item, name, context.source.audience, workdir)
        return Response(content, media_type=form.media_type, headers=saved)

    def _described(self, item: DigitalObject, name: str, headers: dict[str, str]) -> Response:
        content = description(Near.of(self._context.source, item), name)
        return Response(content, media_type=FORMS[name].media_type, headers=headers)

    def file(self, request: Request) -> Response:
        """Give the bytes of a file, if they are those that were recorded."""
        item, disk = self._item(request), self._context.disk
        digest = "" if item is None or not is_held(item) else digest_of(Near.of(self._context.source, item))
        if item is None or disk is None or not digest:
            return self.missing()
        stack = ExitStack()
        file = stack.enter_context(disk.opened(item, digest))
        if file is None:
            stack.close()
            return self._message("No longer there", "What lies there now is not what was recorded.", 410)
        media = str(item.attributes.get("media_type") or "")
        shown = media if media in SHOWN else "text/plain" if media.startswith("text/") else "application/octet-stream"
        name = str(item.attributes.get("path", "")).rpartition("/")[2]
        way = "inline" if shown != "application/octet-stream" else "attachment"
        size = os.fstat(file.fileno()).st_size
        headers = {
            "content-length": str(size),
            "content-security-policy": FILE_POLICY,
            "content-disposition": f"{way}; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}",
        }
        return StreamingResponse(_chunks(file, size, stack), media_type=shown, headers=headers)

    def graph(self, request: Request) -> Response:
        run, other = self._item(request, "run"), self._item(request, "other")
        if run is None or run.kind is not Kind.RUN:
            return self.missing()
        context = self._context
        beside = None if other is None else other.iri
        return HTMLResponse(
            graph_page(self._store, run.iri, context.site, other=beside, audience=context.source.audience)
        )

    def graph_part(self, request: Request) -> Response:
        """Give what the page of a graph asks for."""
        run, other = self._item(request, "run"), self._item(request, "other")
        if run is None or run.kind is not Kind.RUN:
            return JSONResponse({}, 404)
        context, question = self._context, dict(request.query_params)
        beside = None if other is None else other.iri
        try:
            part = graph_part(
                self._store, run.iri, question, context.site, other=beside, audience=context.source.audience
            )
        except BadQuestion as error:
            return JSONResponse({"problem": str(error)}, 400)
        return Response(part.encode(), media_type="application/json")

    def search(self, request: Request) -> Response:
        return HTMLResponse(search_page(self._context, request.query_params.get("q", "").strip()))

    def live(self, request: Request) -> Response:
        """Tell what changes when a page would."""
        return JSONResponse({"version": self._refresher.version(request.query_params.get("run", ""))})

    def static(self, request: Request) -> Response:
        """Give one of our own files: they were read when the server began, and nothing else can be asked for."""
        name = request.path_params["name"]
        content = self._static.get(name)
        if content is None:
            return self.missing()
        media = TYPES[f".{name.rpartition('.')[2]}"]
        return Response(content, media_type=media, headers={"cache-control": "no-cache"})


def _link_header(relation: str, address: str, media: str) -> str:
    # Addresses were made by us or are valid IRIs; what could end them is encoded all the same.
    safe = quote(address, safe="/?:@!$&'()*+,;=-._~%#[]")
    return f'<{safe}>; rel="{relation}"' + (f'; type="{quote(media, safe="/+.-")}"' if media else "")


def _chunks(file: BinaryIO, size: int, stack: ExitStack) -> Iterator[bytes]:
    """Yield as much of a file as was announced, also if it grows meanwhile."""
    with stack:
        while chunk := file.read(min(CHUNK, size)):
            size -= len(chunk)
            yield chunk
