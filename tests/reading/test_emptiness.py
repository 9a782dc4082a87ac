"""Why an answer is empty."""

from __future__ import annotations

import pytest

from pmlkg.graph import KnowledgeGraph


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        (
            "SELECT ?x { ?x pmlo:infectz ?y }",
            ["pmlo:infectz stands nowhere in the graph; did you mean pmlo:infects or pmlo:infectedBy or pmlo:indirect?"],
        ),
        ("PREFIX e: <http://e.example/> SELECT ?x { ?x e:p ?y }", ["<http://e.example/p> stands nowhere in the graph"]),
        ("SELECT ?x { ?x <http://e.example/p> '2020'^^xsd:gYear }", ["<http://e.example/p> stands nowhere in the graph"]),
        ("SELECT ?x { GRAPH pmlg:nothing { ?x ?p ?y } }", ["pmlg:nothing stands nowhere in the graph"]),
        ("SELECT ?x { GRAPH pmlg:edges { ?x a ?y } }", []),
        ("SELECT ?x { ?x rdfs:label 'pmlo:nothing' }  # pmlo:nothing", []),
        ("SELECT ?x { ?x a pmlo:Drug }", []),
        ("ASK { ?x pmlo:infectz ?y }", []),
    ],
)
def test_names_that_the_graph_does_not_have(kg: KnowledgeGraph, query: str, lines: list[str]) -> None:
    assert kg.why_empty(kg.query(query)) == lines


def test_a_parameter_that_leaves_nothing_is_named(kg: KnowledgeGraph) -> None:
    rows = len(kg.ask("risk-lookup"))
    assert kg.why_empty(kg.ask("risk-lookup", exposure="ataxia")) == [
        f"no row for exposure pmlkg:ataxia; with exposure pmlkg:natalizumab there are {rows}"
    ]
    assert kg.why_empty(kg.ask("risk-lookup")) == []
