"""The application: addresses, headers, who may come in, and what is shown when something is the matter."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from web import pages, text
from web.charts import BANDS
from web.releases import NothingPublishedError, Releases

HERE = Path(__file__).parents[1]
COOKIE = "rapport"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Pages are about people: no browser keeps them on its disk.
    "Cache-Control": "no-store",
}
LONGEST_FORM = 4096


def application(folder: Path, token: str | None = None, hosts: list[str] | None = None) -> Starlette:
    """The dashboard over the releases in a folder.

    token: who comes has to know it. hosts: names by which the server may be called, so that no other site's name can be
    led to it; any if None.
    """
    state = State(Releases(folder), token)
    routes = [
        Route("/", state.page("customers.html", pages.customers)),
        Route("/customers.csv", state.answer(download)),
        Route("/customer", state.page("customer.html", pages.customer)),
        Route("/properties", state.page("properties.html", pages.properties)),
        Route("/property", state.page("property.html", pages.one_property)),
        Route("/journey", state.page("journey.html", pages.journey)),
        Route("/made", state.page("made.html", pages.how_it_is_made)),
        Route("/enter", state.enter, methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    middleware = [Middleware(Guard, state=state)]
    if hosts:
        middleware.insert(0, Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False))
    handlers = {
        NothingPublishedError: state.nothing_published,
        HTTPException: state.refused,
        duckdb.Error: state.unreadable,
    }
    return Starlette(routes=routes, middleware=middleware, exception_handlers=handlers)


class State:
    """What requests share: releases, templates and the token."""

    def __init__(self, releases: Releases, token: str | None):
        self.releases = releases
        self.token = token
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters |= {
            name: getattr(text, name) for name in ("words", "signed", "figure", "percent", "day", "told", "plain")
        }
        self.templates.globals |= {"span": text.span, "percent": text.percent, "CUT": text.CUT, "BANDS": list(BANDS)}

    def page(self, template: str, make: Callable) -> Callable[[Request], Response]:
        """The handler of a page: `make` turns a release and the query into what the template shows."""

        def handle(request: Request) -> Response:
            release = self.releases.current()
            query = pages.Query(request.url.path, request.query_params)
            return self.html(template, 200, release=release.about, query=query, **make(release, query))

        return handle

    def answer(self, make: Callable) -> Callable[[Request], Response]:
        """The handler of what is no page."""
        return lambda request: make(self.releases.current(), pages.Query(request.url.path, request.query_params))

    def html(self, template: str, status: int, **values: Any) -> Response:
        """A page."""
        return HTMLResponse(self.templates.get_template(template).render(**values), status)

    def message(self, status: int, title: str, said: str, commands: tuple[str, ...] = ()) -> Response:
        """A page that says what is the matter, and what to do about it."""
        values = {"title": title, "said": said, "commands": commands}
        return self.html("message.html", status, release={}, query=pages.Query("", {}), **values)

    def nothing_published(self, request: Request, error: Exception) -> Response:
        commands = (
            ".venv/bin/python scripts/rapport.py demo",
            ".venv/bin/python scripts/rapport.py run --raw YOUR_FOLDER",
        )
        said = (
            f"There is no release in {self.releases.folder}/ yet. A run publishes one when all its tests have passed. "
            "The first command below makes one of made-up customers, the second one of your own files; then load this "
            "page again. Releases that are somewhere else are named with --published."
        )
        return self.message(503, "Nothing is published yet", said, commands)

    def refused(self, request: Request, error: HTTPException) -> Response:
        titles = {400: "The address is not right", 404: "There is nothing here"}
        return self.message(error.status_code, titles.get(error.status_code, "That does not work"), error.detail)

    def unreadable(self, request: Request, error: duckdb.Error) -> Response:
        said = (
            "The release cannot answer what this page asks. It was probably published by another version of Rapport: "
            f"publish again with this one. DuckDB says: {text.plain(error, 300)}"
        )
        return self.message(500, "The release does not fit", said)

    async def enter(self, request: Request) -> Response:
        """Takes the token of the form, and gives a cookie for it."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_FORM:
                raise HTTPException(413, "The form is too long.")
        form = parse_qs(body.decode("utf-8", "replace"))
        target = form.get("to", ["/"])[0]
        # A path of this server, and of no other: //elsewhere would be another.
        target = target if target.startswith("/") and target[1:2] not in ("/", "\\") else "/"
        if not self.knows(form.get("token", [""])[0]):
            return self.ask_for_token(target, "That is not the token.")
        return self.let_in(request, target)

    def knows(self, offered: str) -> bool:
        """Whether a token is the right one; as slow with a nearly right one as with any other."""
        return self.token is None or hmac.compare_digest(offered.encode(), self.token.encode())

    def pass_word(self) -> str:
        """What the cookie holds: not the token itself."""
        return hmac.new(self.token.encode(), b"rapport dashboard", hashlib.sha256).hexdigest()

    def is_in(self, request: Request) -> bool:
        """Whether a request may be answered."""
        offered = request.cookies.get(COOKIE, "").encode()
        return self.token is None or hmac.compare_digest(offered, self.pass_word().encode())

    def let_in(self, request: Request, target: str) -> Response:
        """Leads on to an address, with a cookie."""
        response = RedirectResponse(target, 303)
        is_encrypted = request.url.scheme == "https"
        response.set_cookie(COOKIE, self.pass_word(), httponly=True, samesite="lax", secure=is_encrypted, path="/")
        return response

    def ask_for_token(self, target: str, said: str) -> Response:
        """The form that asks for the token."""
        return self.html("token.html", 401, release={}, query=pages.Query("", {}), said=said, target=target)


class Guard:
    """Puts the headers on every answer, and answers nothing but the style sheet to who is not in."""

    def __init__(self, app, state: State):
        self.app, self.state = app, state

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        request = Request(scope, receive)
        answer = self.app if request.url.path.startswith("/static/") else self._answer(request)
        await answer(scope, receive, send_with_headers)

    def _answer(self, request: Request):
        state = self.state
        if request.url.path == "/enter" or state.is_in(request):
            return self.app
        address = pages.Query(request.url.path, request.query_params)
        target = address.link(token=None)
        if "token" not in request.query_params:
            return state.ask_for_token(target, "")
        if state.knows(request.query_params["token"]):
            return state.let_in(request, target)
        return state.ask_for_token(target, "That is not the token.")


def download(release, query: pages.Query) -> Response:
    """The customers who match, all of them, as CSV: row by row, whatever their number."""
    cursor = pages.matching_customers(release, query)
    names = [column[0] for column in cursor.description]

    def lines() -> Iterator[str]:
        yield pages.csv_line(names)
        while rows := cursor.fetchmany(2000):
            yield "".join(pages.csv_line(row) for row in rows)

    headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
