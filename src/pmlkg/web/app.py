"""Requests in, replies out: which address is answered by what, and what is around every reply."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pmlkg.asking.evaluation import OutOfBounds
from pmlkg.pages import answers, front, lead, record
from pmlkg.pages.site import STATIC, Site
from pmlkg.terms import UnknownName
from pmlkg.web.negotiation import HTML, NotAcceptable
from pmlkg.web.protocol import Refusal
from pmlkg.web.service import POLICY, TEXT, Service

LOG: Final = logging.getLogger("pmlkg.access")
_SAFE: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def _lead(site: Site, request: Request) -> str:
    exposure = request.query_params.get("exposure", "").strip()
    if not exposure:
        return front.home(site)
    return lead.lead(site, exposure)


def _path(site: Site, request: Request) -> str:
    start, end = (request.query_params.get(name, "") for name in ("start", "end"))
    found, message = None, ""
    if start and end:
        try:
            found = site.kg.path(start, end, limit=10)
        except (UnknownName, LookupError, ValueError) as error:
            message = str(error)
    return site.render("path.html", title="How two things are joined", start=start, end=end, found=found, message=message)


def make_app(service: Service, hosts: list[str]) -> Starlette:
    """The application. hosts : the names under which it may be asked; another is refused, so that no foreign page reaches it by a trick of names."""
    page = service.page

    async def refused(request: Request, error: Exception) -> Response:
        if not isinstance(error, Refusal):
            error = Refusal(406, str(error)) if isinstance(error, NotAcceptable) else Refusal(503, str(error))
        if request.headers.get("accept", "").startswith("text/html") and not request.url.path.endswith("/sparql"):
            text = service.site().render("error.html", title=f"{error.status}", message=error.message)
            return Response(text, error.status, error.headers, HTML.media_type)
        return Response(f"{error.message}\n", error.status, error.headers, TEXT)

    async def missing(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return await refused(
            request,
            Refusal(status, "there is no such page" if status == 404 else "the method is not allowed", getattr(error, "headers", None)),
        )

    def redirect(target: str) -> Callable[[Request], Awaitable[Response]]:
        async def go(request: Request) -> Response:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{service.root}{target}{query}", 302)

        return go

    routes = [
        Route("/", page(lambda site, _: front.home(site))),
        Route("/sparql", service.sparql, methods=["GET", "POST"]),
        Route("/id/{name:path}", service.thing),
        Route("/term/{name}", page(lambda site, request: record.term(site, request.path_params["name"]))),
        Route("/question", page(lambda site, _: answers.catalogue(site))),
        Route("/question/{name}", service.question),
        Route("/lead", page(_lead)),
        Route("/find", page(lambda site, request: front.found(site, request.query_params.get("q", "")[:400]))),
        Route("/find.json", service.named),
        Route("/path", page(_path)),
        Route("/explain", service.explain),
        Route("/explain.{suffix}", service.explain),
        Route("/strata", redirect("/question/risk-lookup")),
        Route("/guidelines", redirect("/question/guidance-side-by-side")),
        Route("/mechanism", redirect("/question/mechanism")),
        Route("/map", page(lambda site, request: record.around(site, request.query_params.get("entity", "pml")))),
        Route("/coverage", page(lambda site, _: front.coverage(site))),
        Route("/about", page(lambda site, _: front.about(site))),
        Route("/shapes.html", page(lambda site, _: record.shapes(site))),
        Route("/editor", page(lambda site, _: answers.editor(site))),
        Route("/health", service.health),
        Route("/metrics", service.metrics),
        Route("/openapi.json", service.openapi),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/{path:path}", service.document),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(_Outer, service=service),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["*"],
                expose_headers=["ETag", "Link"],
                max_age=86_400,
            ),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={Refusal: refused, NotAcceptable: refused, OutOfBounds: refused, 404: missing, 405: missing},
    )


class _Outer:
    """Around all: safe headers, counters, and a line of the log without what was asked."""

    def __init__(self, app: Any, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, sent = time.perf_counter(), 500, 0

        async def outward(message: Any) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                have = {name.lower() for name, _ in message["headers"]}
                if status == 304:  # the page that a browser has keeps the policy that it came with
                    have.add(b"content-security-policy")
                message["headers"] += [(name.encode(), value.encode()) for name, value in _SAFE.items() if name.encode() not in have]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, outward)
        except (OutOfBounds, ClientDisconnect, ConnectionError, RuntimeError) as error:
            if status == 500:
                raise
            LOG.warning("broken off: %s", error)
            raise _BrokenOff from None
        finally:
            route = "/" + scope["path"].strip("/").partition("/")[0]
            known = route if route in _ROUTES else "/other"
            self.service.requests[known, status] = self.service.requests.get((known, status), 0) + 1
            LOG.info(
                json.dumps(
                    {
                        "method": scope["method"],
                        "route": known,
                        "status": status,
                        "bytes": sent,
                        "ms": round((time.perf_counter() - began) * 1000, 1),
                    }
                )
            )


class _BrokenOff(Exception):
    """A reply that began and could not be finished: the connection is closed, so that a client sees it is not whole."""


_ROUTES: Final = frozenset(
    f"/{name}"
    for name in ("", "sparql", "id", "term", "question", "lead", "find", "path", "map", "explain", "strata", "guidelines", "mechanism", "coverage", "about", "editor",
                 "health", "openapi.json", "metrics", "static", "ontology", "shapes", "mappings", "graph")
)  # fmt: skip
