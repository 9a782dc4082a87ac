"""Queries with SERVICE: allowed ones reach the endpoint that they name, and its failures are told."""

from __future__ import annotations

import time
from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg import cli
from pmlkg.asking.federation import RemoteAccess, RemoteFailure, addresses, at_address, keyword_error, offline
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import PREFIXES

QUERY = """SELECT ?label ?name {{
  SERVICE <{}> {{ ?item <http://www.wikidata.org/prop/direct/P267> "X01AA01" ; rdfs:label ?name FILTER (LANG(?name) = "en") }}
  ?drug skos:exactMatch ?item ; rdfs:label ?label }}"""


def test_allowed_query_joins_the_endpoint_with_the_graph(kg: KnowledgeGraph, endpoint: Any) -> None:
    found = kg.query(QUERY.format(endpoint.address), network=True)
    assert [tuple(cell.value for cell in row) for row in found.rows] == [("natalizumab", "synthetic natalizumab")]
    assert found.serialize("csv") == "label,name\r\nnatalizumab,synthetic natalizumab\r\n"
    assert '"synthetic natalizumab"' in found.serialize("tsv")
    assert found.serialize("json").count("synthetic natalizumab") == 1


def test_what_is_sent_is_the_service_part(kg: KnowledgeGraph, endpoint: Any) -> None:
    endpoint.sent()
    kg.query(QUERY.format(endpoint.address), network=True)
    (sent,) = endpoint.sent()
    assert "X01AA01" in sent
    assert "exactMatch" not in sent
    assert "pmlkg" not in sent


def test_nothing_is_sent_unless_it_is_allowed(kg: KnowledgeGraph, endpoint: Any) -> None:
    endpoint.sent()
    with pytest.raises(RemoteAccess, match=rf"would ask {endpoint.address}\. network=True"):
        kg.query(QUERY.format(endpoint.address))
    assert endpoint.sent() == []


def test_ask_and_construct_are_answered_too(kg: KnowledgeGraph, endpoint: Any) -> None:
    service = f"SERVICE <{endpoint.address}> {{ ?item rdfs:label ?name }}"
    assert kg.query(f"ASK {{ {service} }}", network=True).boolean is True
    assert kg.query(f"ASK {{ {service} ?item pmlo:year ?name }}", network=True).boolean is False
    found = kg.query(f"CONSTRUCT {{ ?drug rdfs:comment ?name }} {{ {service} ?drug a pmlo:Drug ; skos:exactMatch ?item }}", network=True)
    assert found.triples
    assert ox.Literal("Natalizumab synthétique", language="fr") in {triple.object for triple in found.triples}


def test_query_without_service_may_be_allowed_the_network(kg: KnowledgeGraph) -> None:
    query = "SELECT ?x { ?x a pmlo:Virus } ORDER BY ?x"
    assert kg.query(query, network=True) == kg.query(query)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/broken", "500"),
        ("/page", "text/html"),
        ("/elsewhere", "redirect"),
    ],
)
def test_failure_names_the_endpoint_and_what_happened(kg: KnowledgeGraph, endpoint: Any, page: str, words: str) -> None:
    endpoint.sent()
    with pytest.raises(RemoteFailure, match=f"{endpoint.root}{page} gave no results: .*{words}"):
        kg.query(QUERY.format(endpoint.root + page), network=True)
    assert len(endpoint.sent()) == 1


def test_endpoint_that_is_not_there_is_told(kg: KnowledgeGraph) -> None:
    with pytest.raises(RemoteFailure, match=r"http://127\.0\.0\.1:9999/ gave no results: .*refused"):
        kg.query(QUERY.format("http://127.0.0.1:9999/"), network=True)


def test_endpoint_may_be_left_out_where_the_query_says_so(kg: KnowledgeGraph, endpoint: Any) -> None:
    query = QUERY.format(endpoint.root + "/broken").replace("SERVICE", "OPTIONAL { SERVICE SILENT", 1).replace(") }", ") } }", 1)
    assert kg.query(f"{query} LIMIT 1", network=True).columns == ("label", "name")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1:9999/x", "data:,x"])
def test_other_protocols_are_not_spoken(kg: KnowledgeGraph, address: str) -> None:
    with pytest.raises(RemoteFailure, match="gave no results"):
        kg.query(QUERY.format(address), network=True)


def test_slow_endpoint_is_given_up(kg: KnowledgeGraph, endpoint: Any) -> None:
    start = time.monotonic()
    with pytest.raises(RemoteFailure, match=r"/slow gave no results: no answer within 0\.5 s"):
        kg.query(QUERY.format(endpoint.root + "/slow"), network=True, timeout=0.5)
    assert time.monotonic() - start < 4


def test_syntax_error_stays_one(kg: KnowledgeGraph, endpoint: Any) -> None:
    with pytest.raises(SyntaxError, match="not closed"):
        kg.query(f"SELECT * {{ SERVICE <{endpoint.address}> {{ ?s ?p ?o }}\nORDER OF", network=True)


def test_addresses_are_those_of_service_outside_comment_lines() -> None:
    query = "# SERVICE <https://a.example/>\nASK { service silent <https://b.example/> { } SERVICE <https://b.example/> { } }"
    assert addresses(query) == ["https://b.example/"]
    assert addresses(at_address(query, "http://c.example/x")) == ["http://c.example/x"]
    assert "GRAPH <https://b.example/> { } GRAPH" in offline(query)


def test_keyword_is_told_from_the_word() -> None:
    assert keyword_error("ASK { ?service ?p 'SERVICE' } # service", PREFIXES) is None
    assert keyword_error("ASK { SERVICE ?x { } }", PREFIXES)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "hpo-terms", "--manifestation", "ataxia", "--allow-network", "--endpoint", "{address}"], 0, ""),
        (["ask", "hpo-terms", "--endpoint", "{address}"], 2, "--allow-network"),
        (["ask", "hpo-terms", "--allow-network", "--endpoint", "{root}/broken"], 3, "could not run: {root}/broken gave no results: "),
        (["ask", "hpo-terms", "--allow-network", "--endpoint", "x"], 2, "the endpoint is 'x'"),
        (["ask", "hpo-terms", "--allow-network", "--endpoint", "{root}/slow", "--timeout", "1"], 3, "no answer within 1 s"),
        (
            ["sparql", "SELECT * {{ SERVICE <{address}> {{ ?s <http://www.wikidata.org/prop/direct/P3780> ?o }} }}", "--allow-network"],
            0,
            "",
        ),
        (["sparql", "SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"], 2, "SERVICE is refused"),
    ],
)
def test_command_allows_the_network(
    kg: KnowledgeGraph, endpoint: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    fields = {"root": endpoint.root, "address": endpoint.address}
    given = [argument.format(**fields) for argument in arguments]
    assert cli.main([*given, "--format", "csv", "--quiet", "--data", str(kg.data.root)]) == code
    out, err = capsys.readouterr()
    assert words.format(**fields) in err
    assert bool(out) is (code == 0)
    assert "Traceback" not in err
