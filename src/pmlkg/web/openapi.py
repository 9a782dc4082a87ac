"""What the service takes and gives, as OpenAPI 3.1: for tools that make clients and for those that look for faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pmlkg.asking.questions import Question
from pmlkg.terms import GRAPHS
from pmlkg.version import __version__
from pmlkg.web.negotiation import GRAPH_FORMS, HTML, RESULT_FORMS

_TEXT = {"type": "string"}
_WRONG = {
    "400": "what was sent is wrong; the text says what and where",
    "404": "there is no such thing",
    "406": "there is no such form",
    "503": "ended by a bound, or too many at once",
}


def openapi(questions: Iterable[Question], root: str) -> dict[str, Any]:
    """The description. root : the path that the service stands under."""
    results = [form.type for form in (*RESULT_FORMS, *GRAPH_FORMS)]
    documents = [HTML.type, *(form.type for form in GRAPH_FORMS[:4])]
    words = {"in": "query", "required": False, "schema": _TEXT}
    sparql = {"query": _TEXT, "default-graph-uri": {"type": "array", "items": _TEXT}, "named-graph-uri": {"type": "array", "items": _TEXT}}
    sparql |= {"format": _TEXT, "timeout": {"type": "number", "minimum": 0.001}}
    paths: dict[str, Any] = {
        "/sparql": {
            "get": _operation(
                "SPARQL 1.1 Protocol; without a query the description of the service",
                results,
                [{"name": name, "in": "query", "schema": kind} for name, kind in sparql.items()],
                "403",
                "413",
            ),
            "post": _operation("SPARQL 1.1 Protocol", results, [], "403", "408", "413", "415")
            | {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": sparql, "required": ["query"]}},
                        "application/sparql-query": {"schema": _TEXT},
                    },
                }
            },
        },
        "/id/{name}": {
            "get": _operation("a thing: 303 to the document that suits, or with an ending that document", documents, [_part("name")], "303")
        },
        "/term/{name}": {"get": _operation("a term of the ontology", [HTML.type], [_part("name")])},
        "/graph/{name}": {"get": _operation("a named graph", documents[1:], [_part("name", list(GRAPHS))])},
        "/find": {"get": _operation("full-text search", [HTML.type], [{"name": "q", **words}])},
        "/find.json": {"get": _operation("things and terms by their label", ["application/json"], [{"name": "q", **words}])},
        "/lead": {"get": _operation("one exposure from the risk to guidance", [HTML.type], [{"name": "exposure", **words}])},
        "/path": {
            "get": _operation("chains of claims that join two things", [HTML.type], [{"name": name, **words} for name in ("start", "end")])
        },
        "/explain": {"get": _operation("the proof of a triple", [HTML.type], [{"name": name, **words} for name in "spo"])},
        "/map": {"get": _operation("what is joined to a thing", [HTML.type], [{"name": "entity", **words}])},
        "/health": {"get": _operation("whether it answers, and of which graph", ["application/json"], [])},
    }
    for path in ("/ontology", "/shapes", "/mappings", "/graph"):
        paths[path] = {"get": _operation("a document", documents if path in ("/ontology", "/graph") else documents[1:], [])}
    forms = {
        "name": "format",
        **words,
        "description": "csv, tsv, json, xml, md, references, bibtex, ris, csl-json, svg, png, pdf; without it a page",
    }
    for question in questions:
        if not question.network:
            parameters = [{"name": p.name, "description": f"{p.description}; {p.right}", **words} for p in question.parameters]
            paths[f"/question/{question.name}"] = {"get": _operation(question.question, ["*/*"], [*parameters, forms])}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pmlkg",
            "version": __version__,
            "description": "The knowledge graph of PML, read-only. Research use, not medical advice.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": root or "/"}],
        "paths": paths,
    }


def _part(name: str, values: list[str] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {**_TEXT, "minLength": 1, **({"enum": values} if values else {})}}


def _operation(summary: str, types: list[str], parameters: list[dict[str, Any]], *more: str) -> dict[str, Any]:
    """An operation that gives one of these media types, with the statuses that it may have beside those of all."""
    said = {
        "303": "the document that suits",
        "403": "an update or SERVICE, which is never done",
        "408": "the body did not come",
        "413": "too long",
        "415": "the content type is none of the protocol",
    }
    answers: dict[str, Any] = {"200": {"description": "the answer", "content": {kind: {} for kind in types}}}
    wrong: dict[str, Any] = {"text/plain": {}, HTML.type: {}}
    answers |= {status: {"description": text, "content": wrong} for status, text in _WRONG.items()}
    answers |= {status: {"description": said[status], "content": wrong} for status in more}
    return {"summary": summary, "parameters": parameters, "responses": answers}
