"""The addresses of objects, runs, graphs, files and our own static files: one function each."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from snakemake_heliport.explorer.dashboard import dashboard, runs_page
from snakemake_heliport.explorer.forms import FORMS, description, digest_of, forms_of, is_held, traced
from snakemake_heliport.explorer.graph import BadQuestion, graph_page, graph_part
from snakemake_heliport.explorer.landing import landing, written
from snakemake_heliport.explorer.previews import PICTURES
from snakemake_heliport.explorer.rendering import STATIC
from snakemake_heliport.explorer.search import search_page
from snakemake_heliport.explorer.serving.accepting import chosen
from snakemake_heliport.explorer.serving.answering import Answer, Answering
from snakemake_heliport.explorer.serving.refreshing import Refresher
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
# What a program may call a form that it would rather have.
ALSO = {"json": ("application/json", "json-ld")}


class Answers(Answering):
    """Answers requests for objects, graphs and files."""

    def __init__(self, store: Store, refresher: Refresher) -> None:
        super().__init__(refresher)
        self._store = store
        self._static = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}

    def routes(self) -> list[Route]:
        """Return the addresses that are answered."""
        answers: dict[str, Answer] = {
            "/": self.home,
            "/runs": self.runs,
            "/object": self.object,
            "/graph": self.graph,
            "/graph/part": self.graph_part,
            "/form": self.form,
            "/file": self.file,
            "/search": self.search,
            "/live": self.live,
            "/static/{name}": self.static,
        }
        return self.routed(answers)

    def home(self, _: Request) -> Response:
        return HTMLResponse(dashboard(self.context, self.refresher.standing))

    def runs(self, _: Request) -> Response:
        return HTMLResponse(runs_page(self.context))

    def object(self, request: Request) -> Response:
        item, context = self.item(request), self.context
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

    def form(self, request: Request) -> Response:
        item, name = self.item(request), request.query_params.get("name", "")
        if item is None or name not in forms_of(item):
            return self.missing()
        form = FORMS[name]
        saved = {"content-disposition": f'inline; filename="{item.kind.lower()}{form.suffix}"'}
        if form.own:
            return self._described(item, name, saved)
        context = self.context
        workdir = None if context.disk is None else context.disk.workdir
        content = traced(self._store, item, name, context.source.audience, workdir)
        return Response(content, media_type=form.media_type, headers=saved)

    def _described(self, item: DigitalObject, name: str, headers: dict[str, str]) -> Response:
        content = description(Near.of(self.context.source, item), name)
        return Response(content, media_type=FORMS[name].media_type, headers=headers)

    def file(self, request: Request) -> Response:
        """Give the bytes of a file, if they are those that were recorded."""
        item, disk = self.item(request), self.context.disk
        digest = "" if item is None or not is_held(item) else digest_of(Near.of(self.context.source, item))
        if item is None or disk is None or not digest:
            return self.missing()
        stack = ExitStack()
        file = stack.enter_context(disk.opened(item, digest))
        if file is None:
            stack.close()
            return self.message("No longer there", "What lies there now is not what was recorded.", 410)
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
        run, other = self.item(request, "run"), self.item(request, "other")
        if run is None or run.kind is not Kind.RUN:
            return self.missing()
        context = self.context
        beside = None if other is None else other.iri
        return HTMLResponse(
            graph_page(self._store, run.iri, context.site, other=beside, audience=context.source.audience)
        )

    def graph_part(self, request: Request) -> Response:
        """Give what the page of a graph asks for."""
        run, other = self.item(request, "run"), self.item(request, "other")
        if run is None or run.kind is not Kind.RUN:
            return JSONResponse({}, 404)
        context, question = self.context, dict(request.query_params)
        beside = None if other is None else other.iri
        try:
            part = graph_part(
                self._store, run.iri, question, context.site, other=beside, audience=context.source.audience
            )
        except BadQuestion as error:
            return JSONResponse({"problem": str(error)}, 400)
        return Response(part.encode(), media_type="application/json")

    def search(self, request: Request) -> Response:
        return HTMLResponse(search_page(self.context, request.query_params.get("q", "").strip()))

    def live(self, request: Request) -> Response:
        """Tell what changes when a page would."""
        return JSONResponse({"version": self.refresher.version(request.query_params.get("run", ""))})

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
