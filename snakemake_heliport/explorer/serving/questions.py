"""The questions over the addresses of the server; SPARQL is answered by processes of its own, a few at once."""

from threading import Event

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.questions.answering import answer
from snakemake_heliport.explorer.questions.diff import diff_page
from snakemake_heliport.explorer.questions.impact import impact_page
from snakemake_heliport.explorer.questions.lineage import lineage_page
from snakemake_heliport.explorer.questions.query import MAX_ROWS, MAX_SAVED, SAVED, as_csv, forms_of_answer, query_page
from snakemake_heliport.explorer.questions.status import status_page
from snakemake_heliport.explorer.serving.answering import Answering
from snakemake_heliport.explorer.serving.asking import AT_ONCE, Asking, Busy
from snakemake_heliport.explorer.serving.refreshing import Refresher
from snakemake_heliport.model import Kind

HTML = "html"
# What a browser says of requests that the user or a page of ours makes.
OWN_SITES = ("none", "same-origin")


class Questions(Answering):
    """Answers the questions."""

    def __init__(self, refresher: Refresher, asking: Asking) -> None:
        super().__init__(refresher)
        self._asking = asking

    def routes(self) -> list[Route]:
        """Return the addresses that are answered."""
        return self.routed(
            {
                "/lineage": self.lineage,
                "/impact": self.impact,
                "/diff": self.diff,
                "/status": self.status,
                "/query": self.query,
            }
        )

    def lineage(self, request: Request) -> Response:
        item = self.item(request)
        if item is None:
            return self.missing()
        upward = request.query_params.get("way") != "down"
        return HTMLResponse(lineage_page(item, self.context, upward=upward))

    def impact(self, request: Request) -> Response:
        item = self.item(request)
        if item is None:
            return self.missing()
        every_version = request.query_params.get("versions") == "all"
        return HTMLResponse(impact_page(item, self.context, every_version=every_version))

    def diff(self, request: Request) -> Response:
        before, after = self.item(request, "before"), self.item(request, "after")
        if before is None or after is None or {before.kind, after.kind} != {Kind.RUN}:
            return self.missing()
        return HTMLResponse(diff_page(before, after, self.context))

    def status(self, _: Request) -> Response:
        standing = self.refresher.standing_now()
        return self.missing() if standing is None else HTMLResponse(status_page(standing, self.context))

    async def query(self, request: Request) -> Response:
        """Answer a query; a page of somebody else must not keep this machine busy with some."""
        context = self.context
        if not context.place:
            return self.missing()
        if request.headers.get("sec-fetch-site", "none") not in OWN_SITES:
            return self.message("Not from elsewhere", "Queries are answered to pages of this server only.", 403)
        query, form = request.query_params.get("sparql", "").strip(), request.query_params.get("form", HTML)
        if form not in (HTML, *SAVED):
            return self.message("No such form", f"Answers can be saved as {', '.join(SAVED)}.", 400)
        if not query:
            return HTMLResponse(query_page("", None, context))
        try:
            return await self._asking.answered(request, lambda given_up: self._queried(query, form, context, given_up))
        except Busy:
            text = f"{AT_ONCE} queries are being answered, and no more are at once: busy, try again."
            busy = self.message("Busy", text, 503)
            busy.headers["retry-after"] = "5"
            return busy

    def _queried(self, query: str, form: str, context: Context, given_up: Event) -> Response:
        most = MAX_ROWS if form == HTML else MAX_SAVED
        found = answer(context.place, query, context.source.audience, most, given_up, self._asking.making)
        if not found.is_ready:
            return HTMLResponse(query_page(query, found, context), 503, {"retry-after": "60"})
        if form == HTML or found.problem:
            return HTMLResponse(query_page(query, found, context), 400 if found.problem else 200)
        if form not in forms_of_answer(found):
            text = f"This answer can be saved as {', '.join(forms_of_answer(found))}, and not as {form}."
            return self.message("No such form", text, 400)
        match form:
            case "turtle":
                return Response(found.graph, media_type="text/turtle; charset=utf-8")
            case "csv":
                return Response(as_csv(found.table or {}), media_type="text/csv; charset=utf-8")
        return JSONResponse(found.table, media_type="application/sparql-results+json")
