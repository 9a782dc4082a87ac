"""The pages as files: a folder that any file server, or none, can show, with every thing as page and as data.

The pages are those of the server, made by the same templates; what only a server can do (a query of one's own, values for a question, a
proof on demand) has no link here. Links are relative, so the folder may stand anywhere.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from pmlkg.graph import KnowledgeGraph
from pmlkg.pages import answers, front, record
from pmlkg.pages.lead import lead
from pmlkg.pages.site import STATIC, Site
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.publishing.folder import in_place_of
from pmlkg.rdf import FORMATS, write
from pmlkg.reading.neighbourhood import Neighbourhoods
from pmlkg.terms import GRAPHS, PMLKG, PMLO
from pmlkg.version import __version__

DATA: Final = ("turtle", "jsonld", "ntriples")
"""The syntaxes that stand beside each page."""
ANSWERS: Final = ("csv", "tsv", "json", "md")
"""The forms of an answer that stand beside the page of its question."""
_SHORT: Final = {"/strata": "/question/risk-lookup", "/guidelines": "/question/guidance-side-by-side", "/mechanism": "/question/mechanism"}
_TOPS: Final = ("/coverage", "/about", "/find")
_FIRST: Final = "natalizumab"
_AT_ONCE: Final = 200  # things that a process takes together

Progress = Callable[[str], None]


class StaticSite(Site):
    """Pages that are files. depth : how many folders below the top the page stands. leads : the exposures that have a page of their own."""

    static = True

    def __init__(self, kg: KnowledgeGraph, depth: int, leads: frozenset[str]) -> None:
        super().__init__(kg, "/".join([".."] * depth) or ".")
        self.leads = leads

    def url(self, path: str, **asked: str) -> str:
        """The file of a page, or nothing where there is none."""
        path = _SHORT.get(path, path)
        name = self._file(path, {key: value for key, value in asked.items() if value})
        return f"{self.root}/{quote(name)}" if name else ""

    def _file(self, path: str, asked: Mapping[str, str]) -> str:
        if path == "/":
            return "index.html"
        if path == "/lead":
            exposure = asked.get("exposure", _FIRST)
            return f"lead/{exposure}.html" if exposure in self.leads else ""
        if path == "/map":
            return f"map/{asked['entity']}.html"
        if path.startswith("/question/"):
            name = path.removeprefix("/question/")
            if name.endswith(".svg"):
                stem = name.removesuffix(".svg")
                if not asked and stem in self.kg.questions:
                    return f"question/{name}"
                return f"lead/{asked['factor']}.svg" if stem == "risk-by-exposure" and set(asked) == {"factor", "top"} else ""
            if set(asked) <= {"format"} and name in self.kg.questions:
                form = asked.get("format", "html")
                return f"question/{name}.{form}" if form in ("html", *ANSWERS) else ""
            return ""
        if asked:
            return ""
        if path == "/question":
            return "question/index.html"
        if path.startswith("/term/"):
            return f"term/{path.removeprefix('/term/')}.html"
        if path in _TOPS:
            return f"{path[1:]}.html"
        return path[1:] if path in ("/ontology.html", "/graph.html", "/shapes.html") else ""


def write_site(kg: KnowledgeGraph, target: Path, progress: Progress = lambda _: None, processes: int | None = None) -> dict[str, int]:
    """Write the site; returns how many files of each kind.

    processes : how many at once (default: one for each processor). Raises OSError with what the system says; then what stood at `target`
    stands there still.
    """
    quads = kg.quads()
    things = sorted(
        {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(PMLKG)}
    )
    terms = sorted({quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(PMLO)})
    leads = frozenset(_exposures(kg))
    with in_place_of(target, "find.html") as folder:
        for name in ("id", "term", "question", "lead", "map", "graph"):
            (folder / name).mkdir()
        shutil.copytree(STATIC, folder / "static", ignore=shutil.ignore_patterns("yasgui*", "editor.js"))
        work = _Work(kg, folder, quads, leads)
        jobs: list[tuple[str, list[str]]] = [("tops", [""])]
        jobs += [("questions", [name]) for name in kg.questions]
        jobs += [("leads", part) for part in _parts(sorted(leads), 10)]
        jobs += [(kind, part) for kind, names in (("things", things), ("terms", terms)) for part in _parts(names, _AT_ONCE)]
        count = processes or os.cpu_count() or 1
        progress(
            f"writing the pages of {len(things):,} things and {len(terms):,} terms, {len(kg.questions)} questions, {len(leads)} exposures"
        )
        done = 0
        for kind, number in _run(work, jobs, count):
            done += number
            if kind == "things":
                progress(f"{done:,} pages")
        return dict(sorted(Counter(path.name.rpartition(".")[2] for path in folder.rglob("*") if path.is_file()).items()))


def _parts(names: list[str], size: int) -> Iterator[list[str]]:
    yield from (names[place : place + size] for place in range(0, len(names), size))


def _exposures(kg: KnowledgeGraph) -> list[str]:
    """What raises the risk of PML, or is reported to: the things that the entrance offers, where there are the questions that their page asks."""
    if not {"risk-to-guidance", "risk-by-exposure", "risk-lookup"} <= kg.questions.keys():
        return []
    return [row[0].value.removeprefix(PMLKG) for row in kg.query(front.EXPOSURES).rows]


_WORK: _Work | None = None


def _run(work: _Work, jobs: list[tuple[str, list[str]]], processes: int) -> Iterator[tuple[str, int]]:
    """All jobs, in forks where the system has them and there is more than one processor."""
    global _WORK
    if processes == 1 or "fork" not in multiprocessing.get_all_start_methods():
        for job in jobs:
            yield work.do(*job)
        return
    _WORK = work  # which forks inherit
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            yield from pool.imap_unordered(_do, jobs)
    finally:
        _WORK = None


def _do(job: tuple[str, list[str]]) -> tuple[str, int]:
    assert _WORK is not None
    return _WORK.do(*job)


class _Work:
    """What makes the files of a part of the site."""

    def __init__(self, kg: KnowledgeGraph, folder: Path, quads: list[ox.Quad], leads: frozenset[str]) -> None:
        self.kg = kg
        self.kg.bounds = None  # what is asked here are our own questions
        self.folder = folder
        self.quads = quads
        self.around = Neighbourhoods(ox.Quad(*quad.triple) for quad in dict.fromkeys(quads))
        self.top = StaticSite(kg, 0, leads)
        self.below = StaticSite(kg, 1, leads)

    def do(self, kind: str, names: list[str]) -> tuple[str, int]:
        """Make the files of some names; returns the kind and how many pages."""
        make: Callable[[str], None] = getattr(self, f"_{kind}")
        for name in names:
            make(name)
        return kind, len(names)

    def _put(self, name: str, content: str | bytes) -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def _things(self, iri: str) -> None:
        name = iri.removeprefix(PMLKG)
        self._put(f"id/{name}.html", record.record(self.below, iri))
        quads = self.around.of(ox.NamedNode(iri))
        for syntax in DATA:
            self._put(f"id/{name}.{FORMATS[syntax].suffix}", write(quads, syntax))
        card = self.kg.show(f"<{iri}>")
        self._put(f"id/{name}.json", json.dumps(card.to_dict(), ensure_ascii=False))
        self._put(f"id/{name}.rdf", write(quads, "rdfxml"))
        if card.kind == "entity":
            self._put(f"map/{name}.html", record.around(self.below, f"<{iri}>"))

    def _terms(self, iri: str) -> None:
        name = iri.removeprefix(PMLO)
        self._put(f"term/{name}.html", record.term(self.below, name))
        quads = self.around.said(ox.NamedNode(iri))
        for syntax in DATA:
            self._put(f"term/{name}.{FORMATS[syntax].suffix}", write(quads, syntax))

    def _questions(self, name: str) -> None:
        self._put(f"question/{name}.html", answers.question(self.below, name, {}, whole=True))
        question = self.kg.questions[name]
        self._put(f"question/{name}.rq", question.text)
        if question.network:
            return
        answer = self.kg.ask(name)
        for form in ANSWERS:
            self._put(f"question/{name}.{form}", answer.render(form))
        if question.picture and answer.rows:
            self._put(f"question/{name}.svg", answer.render("svg"))

    def _leads(self, name: str) -> None:
        from pmlkg.pictures.page import Look

        self._put(f"lead/{name}.html", lead(self.below, name))
        sized = self.kg.ask("risk-by-exposure", factor=name)
        if sized.rows:
            self._put(f"lead/{name}.svg", sized.render("svg", look=Look.read({"top": 12})))

    def _tops(self, _: str) -> None:
        pages: dict[str, Callable[[Site], str]] = {
            "index.html": front.home,
            "about.html": front.about,
            "coverage.html": front.coverage,
            "ontology.html": record.ontology,
            "shapes.html": record.shapes,
            "graph.html": record.graphs,
        }
        for name, make in pages.items():
            self._put(name, make(self.top))
        self._put("find.html", self.top.render("find-static.html", title="Search"))
        self._put("question/index.html", answers.catalogue(self.below))
        self._put("static/index.js", f"const INDEX = {json.dumps(list(self._entries()), ensure_ascii=False, separators=(',', ':'))};\n")
        graphs = {name: [ox.Quad(*q.triple) for q in self.quads if q.graph_name == iri] for name, iri in GRAPHS.items()}
        shapes = [ox.Quad(*triple) for triple in load_shapes(self.kg.data.shapes()).triples]
        for syntax in (*DATA, "rdfxml"):
            suffix = FORMATS[syntax].suffix
            for graph, quads in graphs.items():
                self._put(f"graph/{graph}.{suffix}", write(quads, syntax))
            for document, graph in (("ontology", "ontology"), ("mappings", "mappings")):
                shutil.copyfile(self.folder / f"graph/{graph}.{suffix}", self.folder / f"{document}.{suffix}")
            self._put(f"shapes.{suffix}", write(shapes, syntax))
        described = [quad for quad in graphs["dataset"] if not str(quad.subject).startswith(f"<{PMLKG}")]
        (self.folder / ".well-known").mkdir()
        self._put(".well-known/void", write(described, "turtle"))
        self._put(".htaccess", HTACCESS)

    def _entries(self) -> Iterator[tuple[str, str, str, str]]:
        """What search finds: where, how it is called, what it is, and its other words."""
        rows = self.kg.query("""SELECT ?x (MIN(?label) AS ?name) (MIN(?kindName) AS ?kind) (GROUP_CONCAT(DISTINCT ?word; SEPARATOR=" ") AS ?words) {
          { ?x a pmlo:Entity } UNION { ?x a pmlo:Claim } UNION { ?x a pmlo:Source }
          ?x a ?class . ?class rdfs:isDefinedBy ?o ; rdfs:label ?kindName FILTER (?class NOT IN (pmlo:Entity, pmlo:Claim, pmlo:Source))
          OPTIONAL { ?x rdfs:label ?own } OPTIONAL { ?x dcterms:description ?said } BIND (COALESCE(?own, ?said) AS ?label)
          OPTIONAL { { ?x skos:altLabel ?word } UNION { ?x skos:exactMatch ?code BIND (REPLACE(STR(?code), "^.*[/#_:=]", "") AS ?word) } }
        } GROUP BY ?x ORDER BY ?x""").rows
        for node, label, kind, words in rows:
            name = node.value.removeprefix(PMLKG)
            yield f"id/{quote(name)}.html", label.value if label else name, kind.value, f"{name} {words.value if words else ''}".strip()


HTACCESS: Final = """# For Apache: the types of the data, and a thing by its name, as the reader wants it.
AddType text/turtle .ttl
AddType application/ld+json .jsonld
AddType application/n-triples .nt
AddType application/rdf+xml .rdf
AddCharset UTF-8 .ttl .nt .html .json .jsonld
<Files "void">
  ForceType text/turtle
</Files>
"""


def w3id(address: str) -> str:
    """The redirects that make the IRIs lead to a site at `address`, as an .htaccess of w3id.org. Raises ValueError for what is no address.

    A thing answers with 303, as the page or as the data that is asked for (who asks for HTML first gets the page); a document with 302. The
    release of this version is expected below `releases/` of the site, where the descriptions of its files say that they are.
    """
    from pmlkg.asking.federation import endpoint

    base = str(endpoint(address).value).rstrip("/")
    if not re.fullmatch(r"https?://[\w.:/~-]+", base, re.ASCII):  # a rule would read more into other signs
        raise ValueError(f"the address is {address!r}; right: one of letters, digits and . : / ~ - alone")
    kinds = (("text/turtle", "ttl"), (r"application/ld\+json", "jsonld"), ("application/n-triples", "nt"), (r"application/rdf\+xml", "rdf"))
    release = f"{base}/releases/{__version__}"
    lines = [
        "# Redirects of https://w3id.org/pmlkg; research use, not medical advice.",
        "Options -MultiViews",
        "RewriteEngine On",
        f"RewriteRule ^$ {base}/ [R=302,L]",
        f"RewriteRule ^releases/(.*)$ {base}/releases/$1 [R=302,L]",
        f"RewriteRule ^graph/dataset/ {release}/void.ttl [R=303,L]",
        f"RewriteRule ^np/ {release}/dialects/nanopubs.trig [R=303,L]",
        f"RewriteRule ^schemas/statement.json$ {release}/dialects/va-spec/statement.schema.json [R=302,L]",
        rf"RewriteRule ^(id/.+|graph/.+|ontology|shapes|mappings)\.(html|ttl|jsonld|nt|rdf|json)$ {base}/$1.$2 [R=302,L]",
    ]
    for media, suffix in kinds:
        for pattern, rest in (("id/[^/]+", ""), ("graph/[^/]+", ""), ("ontology|shapes|mappings", "(?:/[0-9.]+)?")):
            lines += [
                "RewriteCond %{HTTP_ACCEPT} !^text/html",
                f"RewriteCond %{{HTTP_ACCEPT}} {media}",
                f"RewriteRule ^({pattern}){rest}$ {base}/$1.{suffix} [R=303,L]",
            ]
    lines += [
        f"RewriteRule ^(ontology|shapes)(?:/[0-9.]+)?$ {base}/$1.html [R=303,L]",
        f"RewriteRule ^graph(?:/[^/]+)?$ {base}/graph.html [R=303,L]",
        f"RewriteRule ^mappings$ {base}/mappings.ttl [R=303,L]",
        f"RewriteRule ^(id/[^/]+)$ {base}/$1.html [R=303,L]",
    ]
    return "\n".join(lines) + "\n"
