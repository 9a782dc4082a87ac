"""One graph over HTTP: what each address gives. What a reply says is made in a fork; see `pmlkg.web.forks`."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from pmlkg.answers.answer import RENDERERS
from pmlkg.asking.evaluation import results
from pmlkg.asking.federation import RemoteAccess
from pmlkg.asking.syntax import syntax_error
from pmlkg.formats import format_name
from pmlkg.graph import KnowledgeGraph
from pmlkg.pages import answers, front, record
from pmlkg.pages.site import Site, warm
from pmlkg.pictures.page import FORMATS as PICTURES
from pmlkg.pictures.page import Look
from pmlkg.rdf import FORMATS, write
from pmlkg.standing import current
from pmlkg.terms import GRAPHS, PMLKG, PREFIXES, UnknownName
from pmlkg.version import __version__
from pmlkg.web.describe import describe
from pmlkg.web.forks import Forks, Kept, Limits, Out, Work
from pmlkg.web.negotiation import (
    BOOLEAN_FORMS,
    GRAPH_FORMS,
    HTML,
    RESULT_FORMATS,
    RESULT_FORMS,
    Form,
    NotAcceptable,
    choose,
    named,
    suffixes,
)
from pmlkg.web.openapi import openapi
from pmlkg.web.protocol import Asked, Refusal, read

_LONGEST_QUERY: Final = 100_000
_LARGEST_BODY: Final = 1 << 20
_SLOWEST_BODY: Final = 20  # seconds
_TRIPLE_FORMS: Final = GRAPH_FORMS[:4]
_PAGE_FORMS: Final = (HTML, *_TRIPLE_FORMS)
_CARD: Final = Form("json", "application/json", "json")
_LICENCE: Final = '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
TEXT: Final = "text/plain; charset=utf-8"
_UNSTABLE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b", re.I)
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EDITOR_POLICY: Final = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class Service:
    """One graph over HTTP, in one process. root : the path that it stands under, behind a proxy."""

    def __init__(self, kg: KnowledgeGraph, limits: Limits, root: str = "", base: str = "", watch: bool = True) -> None:
        self.kg, self.root, self.base, self.watch = kg, root.rstrip("/"), base.rstrip("/"), watch
        self.forks = Forks(limits)
        self.kept = Kept(limits.kept)
        assert kg.questions  # read once, here
        self.requests: dict[tuple[str, int], int] = {}
        self.started = time.time()
        warm()

    def refresh(self) -> None:
        """Open the build that is in effect now, where that is another; forks that run keep theirs."""
        folder = current(self.kg.folder.parent) if self.watch else None
        if folder is not None and folder != self.kg.folder:
            with contextlib.suppress(OSError):  # a build that is gone again: the one before still answers
                self.kg = KnowledgeGraph(folder, self.kg.data, bounds=None)
                assert self.kg.questions
                self.forks.settle()
                self.kept.clear()

    # --- the protocol -------------------------------------------------------------------------------------------------

    async def sparql(self, request: Request) -> Response:
        """SPARQL 1.1 Protocol; without a query the description of the service."""
        body = await _body(request) if request.method == "POST" else b""
        asked = read(
            "GET" if request.method == "HEAD" else request.method,
            request.url.query.encode(),
            request.headers.get("content-type"),
            body,
            _LONGEST_QUERY,
        )
        accept = request.headers.get("accept")
        address = f"{self.base or str(request.base_url).rstrip('/') + self.root}/sparql"
        if asked.query is None:
            form = _form(asked.format, _but_html(accept), _TRIPLE_FORMS)

            def description(out: Out) -> None:
                out.head(form.media_type).write(describe(self.kg, address, form.name))

            return await self._reply(request, description)
        stable = not _UNSTABLE.search(asked.query)
        return await self._reply(
            request, self._evaluated(asked, accept, address), seconds=asked.timeout, tag=stable, files=False, body=body
        )

    def _evaluated(self, asked: Asked, accept: str | None, base: str) -> Work:
        def work(out: Out) -> None:
            query = asked.query or ""
            try:
                result = results(self.kg.store, query, PREFIXES, False, asked.default_graphs, asked.named_graphs, base)
            except SyntaxError as error:
                told = syntax_error(query, str(error), PREFIXES)
                update = "is an update" in (told.msg or "")
                raise Refusal(403 if update else 400, f"line {told.lineno}, column {told.offset}: {told.msg}") from None
            except RemoteAccess as error:
                raise Refusal(403, f"{str(error).partition('. ')[0]}; this service asks no other") from None
            except (ValueError, RuntimeError, OSError) as error:
                raise Refusal(400, " ".join(str(error).split())[:500]) from None
            forms = (
                GRAPH_FORMS
                if isinstance(result, ox.QueryTriples)
                else BOOLEAN_FORMS
                if isinstance(result, ox.QueryBoolean)
                else RESULT_FORMS
            )
            form = _form(asked.format, accept, forms)
            pipe = out.head(form.media_type)
            if isinstance(result, ox.QueryTriples):
                prefixes = PREFIXES if form.name in ("turtle", "trig", "jsonld", "rdfxml") else None
                ox.serialize((triple for triple in result), pipe, format=FORMATS[form.name].syntax, prefixes=prefixes)
            else:
                result.serialize(pipe, format=RESULT_FORMATS[form.name])

        return work

    # --- things by their names ----------------------------------------------------------------------------------------

    async def thing(self, request: Request) -> Response:
        """``/id/NAME``: a thing is no document, so it is pointed to the one that suits; ``/id/NAME.ttl`` is that document."""
        name = request.path_params["name"]
        stem, dot, suffix = name.rpartition(".")
        form = {**suffixes(_PAGE_FORMS), "json": _CARD}.get(suffix) if dot else None
        if form is None:
            chosen = choose(request.headers.get("accept"), _PAGE_FORMS)
            headers = {"vary": "Accept", "location": f"{self.root}/id/{quote(name)}.{chosen.suffix}"}
            if not _holds(self.kg, PMLKG + name):
                raise Refusal(404, f"the graph has no {name!r}; {self.root}/find?q={quote(name)} looks for it")
            return Response(status_code=303, headers=headers)
        iri = PMLKG + stem

        def work(out: Out) -> None:
            kg = self.kg
            if not _holds(kg, iri):
                raise Refusal(404, f"the graph has no {stem!r}; {self.root}/find?q={quote(stem)} looks for it")
            links = _links(self.root, f"id/{quote(stem)}", iri)
            if form is HTML:
                _page(out, record.record(self.site(), iri), link=links)
            elif form is _CARD:
                out.head(_CARD.media_type, link=links).write(json.dumps(kg.show(iri).to_dict(), ensure_ascii=False).encode())
            else:
                out.head(form.media_type, link=links).write(kg.serialize(form.name, entity=iri, named=False))

        return await self._reply(request, work, tag=True)

    async def document(self, request: Request) -> Response:
        """The ontology, the shapes, the mappings, the named graphs: documents, by negotiation or ending."""
        path = request.path_params["path"]
        endings = "|".join(suffixes(_PAGE_FORMS))
        match = re.fullmatch(rf"(ontology|shapes|mappings|graph)(?:/([\w.-]+?))?(?:\.({endings}))?", path)
        if match is None:
            raise Refusal(404, "there is no such page")
        what, part, suffix = match[1], match[2] or "", match[3]
        if what == "ontology" and part and part != __version__:
            raise Refusal(404, f"version {part} is not here; right: {__version__}")
        if what == "graph" and part and part not in GRAPHS:
            raise Refusal(404, f"there is no graph {part!r}; right: {', '.join(GRAPHS)}")
        forms = _PAGE_FORMS if what == "ontology" or (what == "graph" and not part) else _TRIPLE_FORMS
        if suffix and suffix not in suffixes(forms):
            raise Refusal(404, f"there is no .{suffix} of it; right: {', '.join(f'.{form.suffix}' for form in forms)}")
        form = suffixes(forms)[suffix] if suffix else choose(request.headers.get("accept"), forms)

        def work(out: Out) -> None:
            site = self.site()
            if form is HTML:
                _page(out, record.ontology(site) if what == "ontology" else record.graphs(site), vary="Accept")
                return
            if what == "shapes":
                content = self._shapes(form.name)
            else:
                graph = {"ontology": "ontology", "mappings": "mappings", "graph": part or None}[what]
                content = self.kg.serialize(form.name, graph=graph, named=False)
            out.head(form.media_type, vary="Accept", link=_LICENCE).write(content)

        return await self._reply(request, work, tag=True)

    def _shapes(self, format: str) -> bytes:
        from pmlkg.pipeline.shapes import load_shapes

        return write((ox.Quad(*triple) for triple in load_shapes(self.kg.data.shapes()).triples), format)

    # --- pages --------------------------------------------------------------------------------------------------------

    def page(self, make: Callable[[Site, Request], str]) -> Callable[[Request], Awaitable[Response]]:
        """The handler of a page."""

        async def handle(request: Request) -> Response:
            def work(out: Out) -> None:
                _page(out, make(self.site(), request))

            return await self._reply(request, work, tag=True)

        return handle

    async def question(self, request: Request) -> Response:
        """A question: its page, or its answer in a form of answers."""
        name = request.path_params["name"]
        given = dict(request.query_params)
        stem, dot, suffix = name.rpartition(".")
        wanted = given.pop("format", suffix if dot else "")
        name = stem if dot else name
        whole = given.pop("rows", "") == "all"
        look = {key: given.pop(key) for key in Look._fields if key in given}

        def work(out: Out) -> None:
            site = self.site()
            if wanted in ("", "html"):
                _page(out, answers.question(site, name, given, whole))
                return
            form = format_name(wanted)
            if form not in RENDERERS:
                raise Refusal(406, f"the format {wanted[:40]!r} is no form of an answer; right: {', '.join(RENDERERS)}")
            asked = self.kg.questions.get(name)
            if asked is None:
                raise UnknownName("question", name)
            values = {key: value for key, value in given.items() if value.strip()}
            for key in values:
                if key not in {parameter.name for parameter in asked.parameters}:
                    raise UnknownName(f"parameter of {name}", key, [parameter.name for parameter in asked.parameters])
            answer = self.kg.ask(name, **values)  # type: ignore[arg-type]  # parameters of the question only, as just seen
            made = answer.render(form, look=Look.read(look) if form in PICTURES else None)
            media = RENDERERS[form].media_type
            text = "" if form in ("png", "pdf", "svg") or "json" in media else "; charset=utf-8"
            out.head(media + text, content_disposition=f'inline; filename="{name}.{form}"').write(made)

        return await self._reply(request, work, tag=True)

    async def named(self, request: Request) -> Response:
        """Things and terms by their label, for who writes a query."""
        words = request.query_params.get("q", "").strip()[:100]

        def work(out: Out) -> None:
            hits = front.named(self.site(), words) if words else []
            out.head("application/json").write(json.dumps({"hits": hits}, ensure_ascii=False).encode())

        return await self._reply(request, work, tag=True)

    async def explain(self, request: Request) -> Response:
        """A proof: as a page, a drawing, PROV or JSON."""
        suffix = request.path_params.get("suffix", "html")
        s, p, o = (request.query_params.get(name, "") for name in ("s", "p", "o"))
        types = {"html": HTML.media_type, "svg": "image/svg+xml", "ttl": "text/turtle; charset=utf-8", "json": "application/json"}
        if suffix not in types:
            raise Refusal(404, f"there is no .{suffix} of a proof")

        def work(out: Out) -> None:
            why = self.kg.explain(s, p, o)
            if suffix == "html":
                title = " ".join(part.removeprefix("pmlkg:").removeprefix("pmlo:") for part in why.triple)
                _page(out, self.site().render("proof.html", title=f"Why {title}", text=why.to_text(), s=s, p=p, o=o))
            else:
                out.head(types[suffix]).write(why.render(suffix).encode())

        return await self._reply(request, work, tag=True)

    # --- operation ----------------------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Whether queries are answered, and of which graph."""

        def work(out: Out) -> None:
            held = bool(results(self.kg.store, "ASK { ?s ?p ?o }", PREFIXES))
            state = {"status": "ok" if held else "empty", "version": __version__, "graph": self.kg.folder.name}
            out.head("application/json", 200 if held else 503, cache_control="no-store").write(json.dumps(state).encode())

        return await self._reply(request, work)

    async def openapi(self, request: Request) -> Response:
        """What the service takes and gives."""

        def work(out: Out) -> None:
            out.head("application/json").write(json.dumps(openapi(self.kg.questions.values(), self.root)).encode())

        return await self._reply(request, work, tag=True)

    async def metrics(self, request: Request) -> Response:
        """Counters for Prometheus, of this worker."""
        lines = ["# TYPE pmlkg_requests_total counter"]
        lines += [f'pmlkg_requests_total{{route="{route}",status="{status}"}} {n}' for (route, status), n in sorted(self.requests.items())]
        for name, number in self.forks.counts.items():
            lines += [f"# TYPE pmlkg_forks_{name}_total counter", f"pmlkg_forks_{name}_total {number}"]
        lines += ["# TYPE pmlkg_uptime_seconds gauge", f"pmlkg_uptime_seconds {time.time() - self.started:.0f}"]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    def site(self) -> Site:
        """The pages of the graph that is served now."""
        return Site(self.kg, self.root)

    async def _reply(
        self, request: Request, work: Work, *, seconds: float | None = None, tag: bool = False, files: bool = True, body: bytes = b""
    ) -> Response:
        """What the work gives, in the bounds of the service.

        tag : the same request, of this body, has the same reply while the graph is the same: it is kept, and has a tag.
        """
        self.refresh()
        headers = {}
        key = ""
        if tag:
            said = f"{self.kg.folder.name} {request.url.path}?{request.url.query} {request.headers.get('accept', '')} {request.headers.get('host', '')} "
            key = hashlib.sha256(said.encode() + request.headers.get("content-type", "").encode() + b" " + body).hexdigest()
        if tag and request.method != "POST":
            headers["etag"] = f'W/"{key[:24]}"'
            headers["cache-control"] = "public, max-age=0, must-revalidate"
            if headers["etag"] in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
                return Response(status_code=304, headers={**headers, "vary": "Accept"})
        reply = self.kept.get(key) or await self.forks.reply(_told(work), seconds, files=files)
        if key:
            self.kept.put(key, reply)
        if reply.status >= 400 and isinstance(reply.body, bytes) and reply.headers["content-type"] == TEXT:
            raise Refusal(reply.status, reply.body.decode().strip(), {k: v for k, v in reply.headers.items() if k != "content-type"})
        headers = {"vary": "Accept", **reply.headers, **headers}
        if isinstance(reply.body, bytes):
            return Response(reply.body, reply.status, headers)
        return StreamingResponse(reply.body, reply.status, headers)


def _told(work: Work) -> Work:
    """The work, whose errors of names and values are told to the client."""

    def tell(out: Out) -> None:
        try:
            work(out)
        except UnknownName as error:
            raise Refusal(404 if error.kind in ("question", "entity", "name") else 400, str(error)) from None
        except LookupError as error:
            raise Refusal(404, str(error.args[0])) from None
        except NotAcceptable as error:
            raise Refusal(406, str(error)) from None
        except RemoteAccess:
            raise Refusal(403, "this question asks another endpoint, which this service never does") from None
        except ValueError as error:
            raise Refusal(400, str(error)) from None

    return tell


def _holds(kg: KnowledgeGraph, iri: str) -> bool:
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return False
    return next(iter(kg.store.quads_for_pattern(node, None, None, None)), None) is not None


def _form(format: str | None, accept: str | None, forms: tuple[Form, ...]) -> Form:
    return named(format, forms) if format else choose(accept, forms)


def _but_html(accept: str | None) -> str | None:
    """A browser that looks at the endpoint gets Turtle rather than nothing."""
    return None if accept and "text/html" in accept else accept


def _page(out: Out, text: str, *, link: str = "", vary: str = "") -> None:
    policy = EDITOR_POLICY if 'id="yasgui"' in text or 'id="map"' in text else POLICY  # what others made sets styles of its own
    headers = {name: value for name, value in (("link", link), ("vary", vary)) if value}
    out.head(HTML.media_type, 200, content_security_policy=policy, **headers).write(text.encode())


def _links(root: str, path: str, iri: str) -> str:
    """The Link header of a document about a thing."""
    others = ", ".join(f'<{root}/{path}.{form.suffix}>; rel="alternate"; type="{form.type}"' for form in _PAGE_FORMS)
    return f'{others}, <{iri}>; rel="describes", {_LICENCE}'


async def _body(request: Request) -> bytes:
    """The body, unless it is larger than it may be, or takes too long to come."""
    content = b""
    try:
        async with asyncio.timeout(_SLOWEST_BODY):
            async for chunk in request.stream():
                content += chunk
                if len(content) > _LARGEST_BODY:
                    raise Refusal(413, f"the body is larger than {_LARGEST_BODY:,} bytes")
    except TimeoutError:
        raise Refusal(408, f"the body has not come within {_SLOWEST_BODY} s") from None
    return content
