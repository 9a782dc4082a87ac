"""The SPARQL 1.1 Protocol: the tests of the W3C for queries, and what they do not ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.collection import Collection

from pmlkg.graph import KnowledgeGraph
from pmlkg.web.forks import Limits
from pmlkg.web.protocol import Refusal, read
from pmlkg.web.service import Service

from .asking import Ask, asking

SUITE = Path(__file__).parents[1] / "data" / "w3c" / "sparql11-protocol"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
MANIFEST = rdflib.Graph().parse(SUITE / "manifest.ttl")
TESTS = [entry for head in MANIFEST.objects(None, MF.entries) for entry in Collection(MANIFEST, head) if "update" not in str(entry)]
FORMATS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {"application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"},
    "RDF": {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"},
}


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


def service_of(store: ox.Store, limits: Limits) -> Service:
    kg = cast(KnowledgeGraph, SimpleNamespace(store=store, folder=Path("0123456789abcdef"), questions={"none": None}, data=None))
    return Service(kg, limits, watch=False)


@pytest.fixture(scope="module")
def suite(runner: asyncio.Runner) -> Ask:
    store = ox.Store()
    for number in (0, 1, 2, 3):
        file = SUITE / f"data{number}.nt"
        name = ox.NamedNode(f"http://kasei.us/2009/09/sparql/data/data{number}.rdf")
        if file.exists():
            store.load(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=name)
    return asking(service_of(store, Limits()), runner)


def test_all_tests_of_queries_are_here() -> None:
    assert len(TESTS) == 20


@pytest.mark.parametrize("test", TESTS, ids=lambda test: str(test).rpartition("#")[2] or str(test).rpartition("/")[2])
def test_of_the_w3c(test: Any, suite: Ask) -> None:
    action = MANIFEST.value(test, MF.action)
    for request in Collection(MANIFEST, MANIFEST.value(action, HT.requests)):
        path = str(MANIFEST.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
        listed = MANIFEST.value(request, HT.headers)
        headers = {
            str(MANIFEST.value(header, HT.fieldName)): str(MANIFEST.value(header, HT.fieldValue))
            for header in (Collection(MANIFEST, listed) if listed is not None else ())
        }
        body = MANIFEST.value(request, HT.body)
        content = None
        if body is not None:
            encoding = str(MANIFEST.value(body, CNT.characterEncoding) or "UTF-8")
            content = str(MANIFEST.value(body, CNT.chars)).encode(encoding)
        response = suite(path, str(MANIFEST.value(request, HT.methodName)), headers=headers, content=content)
        expected = MANIFEST.value(request, HT.resp)
        statuses = {str(status)[-3] for status in MANIFEST.objects(expected, MF.expectedStatus)}
        assert str(response.status_code)[0] in statuses, response.text
        for wanted in MANIFEST.objects(expected, MF.expectedFormat):
            assert response.headers["content-type"].partition(";")[0] in FORMATS[str(wanted)]
        for answer in MANIFEST.objects(expected, MF.expectedBoolean):
            assert response.json()["boolean"] is answer.toPython()


@pytest.fixture(scope="module")
def own(runner: asyncio.Runner) -> Ask:
    store = ox.Store()
    lines = "".join(
        f'<http://e.example/{n}> <http://e.example/p> "{n}"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e.example/g{n % 2}> .\n'
        for n in range(1000)
    )
    store.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    return asking(service_of(store, Limits(seconds=30, megabytes=256, at_once=2, waiting=2)), runner)


def asked(query: str) -> str:
    return f"/sparql?query={quote(query)}"


@pytest.mark.parametrize(
    ("accept", "query", "type"),
    [
        (None, "SELECT * {}", "application/sparql-results+json"),
        ("*/*", "SELECT * {}", "application/sparql-results+json"),
        ("text/csv", "SELECT * {}", "text/csv"),
        ("text/csv;q=0.3, application/sparql-results+xml", "SELECT * {}", "application/sparql-results+xml"),
        ("application/xml", "ASK {}", "application/sparql-results+xml"),
        ("application/json;q=0.9,*/*;q=0.1", "ASK {}", "application/sparql-results+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "SELECT * {}", "application/sparql-results+xml"),
        ("text/*;q=0.5, application/ld+json", "CONSTRUCT WHERE { ?s ?p 1 }", "application/ld+json"),
        ("application/trig", "CONSTRUCT WHERE { ?s ?p 1 }", "application/trig"),
        ("application/n-triples, text/turtle;q=0", "DESCRIBE <http://e.example/1>", "application/n-triples"),
        ("application/rdf+xml", "CONSTRUCT WHERE { ?s ?p 1 }", "application/rdf+xml"),
    ],
)
def test_the_form_that_the_client_likes_best(own: Ask, accept: str | None, query: str, type: str) -> None:
    response = own(asked(query), headers={"accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == type
    assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize(
    ("path", "how", "status", "words"),
    [
        (asked("SELECT * { ?s ?p ?o"), {}, 400, "line 1, column 10: the '{' here is not closed"),
        (asked("DROP ALL"), {}, 403, "DROP is an update"),
        (asked("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), {}, 403, "SERVICE is refused"),
        ("/sparql?update=DROP%20ALL", {}, 400, "an update"),
        ("/sparql", {"method": "POST", "data": {"update": "DROP ALL"}}, 403, "an update"),
        ("/sparql", {"method": "POST", "content": b"DROP ALL", "headers": {"content-type": "application/sparql-update"}}, 403, "an update"),
        ("/sparql", {"method": "POST", "content": b"x", "headers": {"content-type": "text/plain"}}, 415, "application/sparql-query"),
        ("/sparql", {"method": "POST", "content": b"\xff", "headers": {"content-type": "application/sparql-query"}}, 400, "no UTF-8"),
        ("/sparql", {"method": "POST", "data": {"x": "y"}}, 400, "no query"),
        ("/sparql", {"method": "POST", "content": b"x" * (2 << 20), "headers": {"content-type": "application/sparql-query"}}, 413, "larger"),
        ("/sparql", {"method": "POST", "content": b"ASK {}" + b" " * 200_000, "headers": {"content-type": "application/sparql-query"}}, 413, "characters"),
        ("/sparql", {"method": "PUT"}, 405, ""),
        ("/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D", {}, 400, "2 times"),
        ("/sparql?query=%FF", {}, 400, "no UTF-8"),
        (asked("ASK {}") + "&default-graph-uri=a%20b", {}, 400, "no IRI"),
        (asked("ASK {}") + "&timeout=soon", {}, 400, "seconds"),
        (asked("ASK {}") + "&format=docx", {}, 406, "right: json, xml"),
        (asked("SELECT * {}"), {"headers": {"accept": "image/png"}}, 406, "right: "),
        (asked("SELECT (<http://e.example/f>(1) AS ?x) {}"), {}, 400, "http://e.example/f"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_right_status(own: Ask, path: str, how: dict[str, Any], status: int, words: str) -> None:
    response = own(path, **how)
    assert response.status_code == status
    assert words in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", "no answer within 1 s"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i", "memory"),
        ("SELECT * { FILTER(" + "(" * 10_000 + "1" + ")" * 10_000 + ") }", "nested too deeply"),
        ("SELECT * { ?a (<http://e.example/p>|!<http://e.example/p>)* ?b . ?c (<http://e.example/p>|!<http://e.example/p>)* ?d . ?e ?f ?g } ORDER BY ?a", ""),
    ],
)  # fmt: skip
def test_a_hostile_query_is_ended_and_the_next_is_answered(own: Ask, query: str, words: str) -> None:
    limit = "1" if "within" in words else "30"
    response = own("/sparql", "POST", data={"query": query, "timeout": limit})
    assert response.status_code == 503
    assert words in response.text
    assert own(asked("ASK { ?s ?p 1 }")).json() == {"head": {}, "boolean": True}


def test_the_default_graph_is_all_graphs_unless_the_query_or_the_protocol_says_otherwise(own: Ask) -> None:
    def count(query: str, more: str = "") -> int:
        return int(own(asked(query) + more + "&format=csv").text.split()[1])

    every = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert count(every) == 1000
    assert count(every.replace("{", "FROM <http://e.example/g1> {", 1)) == 500
    assert count(every, "&default-graph-uri=http://e.example/g1") == 500
    assert count(every.replace("{", "FROM <http://e.example/g1> {", 1), "&default-graph-uri=http://e.example/nothing") == 0
    assert count("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "&named-graph-uri=http://e.example/g0") == 500


def test_a_tag_stands_for_the_graph_and_the_request(own: Ask) -> None:
    first = own(asked("ASK {}"))
    again = own(asked("ASK {}"), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert own(asked("ASK {  }"), headers={"if-none-match": first.headers["etag"]}).status_code == 200
    assert "etag" not in own(asked("SELECT (RAND() AS ?x) {}")).headers


def test_other_origins_may_ask_and_other_names_may_not(own: Ask) -> None:
    assert own(asked("ASK {}"), headers={"origin": "https://app.example"}).headers["access-control-allow-origin"] == "*"
    preflight = own("/sparql", "OPTIONS", headers={"origin": "https://app.example", "access-control-request-method": "POST"})
    assert preflight.status_code == 200
    assert own(asked("ASK {}"), headers={"host": "rebound.example"}).status_code == 400


def test_a_head_has_the_headers_alone(own: Ask) -> None:
    head, whole = own(asked("SELECT * {}"), "HEAD"), own(asked("SELECT * {}"))
    assert head.content == b""
    assert {name: head.headers[name] for name in ("content-type", "etag")} == {
        name: whole.headers[name] for name in ("content-type", "etag")
    }


def test_a_large_answer_comes_whole(own: Ask) -> None:
    response = own(asked("SELECT ?a ?c { ?a ?b ?c . ?d ?e ?f FILTER (?f < 40) }") + "&format=tsv")
    assert response.status_code == 200
    assert len(response.text.splitlines()) == 1000 * 40 + 1


def test_the_number_of_a_form_is_a_bound_on_the_address() -> None:
    with pytest.raises(Refusal) as error:
        read("GET", b"query=" + b"a" * 200, None, b"", 100)
    assert error.value.status == 413
