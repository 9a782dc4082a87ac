"""Turtle and TriG for people: whatever is written is read back the same, by parsers of others, and stands in one order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlkg.graph import KnowledgeGraph
from pmlkg.rdf import read_turtle, write
from pmlkg.terms import PMLKG, PMLO, XSD
from pmlkg.turtle import write_trig, write_turtle

NODES = st.one_of(
    st.sampled_from([PMLKG + "a", PMLKG + "claim-b", PMLKG + "a.b.", PMLKG + "-x", PMLKG + "é", PMLKG, PMLO + "Drug", "http://e.example/a,b(c)", "urn:x:y"]).map(ox.NamedNode),
    st.sampled_from("abcd").map(ox.BlankNode),
)  # fmt: skip
PREDICATES = st.sampled_from(
    [PMLO + "p", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#label", "http://e.example/"]
).map(ox.NamedNode)
LITERALS = st.one_of(
    st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
    st.builds(lambda text: ox.Literal(text, language="en"), st.text("ab\"\\\n\r\t'", max_size=6)),
    st.builds(
        lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(XSD + kind)),
        st.sampled_from(["1", "1.20", "-0.5", ".5", "5.", "1e3", "true", "1", "abc", "+7", "007", ""]),
        st.sampled_from(["integer", "decimal", "boolean", "double", "date", "string"]),
    ),
)
TRIPLES = st.lists(st.builds(ox.Triple, NODES, PREDICATES, st.one_of(NODES, LITERALS)), max_size=12)


def canonical(quads: Iterable[ox.Quad]) -> set[str]:
    """The quads with names for the nodes that have none, the same for the same graph (RDFC-1.0)."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def same(content: bytes, triples: list[ox.Triple]) -> bool:
    return canonical(ox.parse(content, format=ox.RdfFormat.TURTLE)) == canonical(ox.Quad(*triple) for triple in triples)


@settings(deadline=None)
@given(TRIPLES)
def test_what_is_written_is_read_back(triples: list[ox.Triple]) -> None:
    assert same(write_turtle(triples), triples)


@settings(deadline=None, max_examples=50)
@given(TRIPLES, TRIPLES)
def test_graphs_are_kept_apart(one: list[ox.Triple], two: list[ox.Triple]) -> None:
    name = ox.NamedNode("http://e.example/g")
    quads = [*(ox.Quad(*triple) for triple in one), *(ox.Quad(*triple, name) for triple in two)]
    back = list(ox.parse(write_trig(quads), format=ox.RdfFormat.TRIG))
    for graph in (ox.DefaultGraph(), name):  # a node without name belongs to its graph
        assert canonical(q for q in back if q.graph_name == graph) == canonical(q for q in quads if q.graph_name == graph)


def test_the_whole_graph_is_read_back_by_two_parsers(kg: KnowledgeGraph) -> None:
    triples = [quad.triple for quad in kg.quads()]
    content = write_turtle(triples)
    named = {str(triple) for triple in triples if "_:" not in str(triple)}
    assert {text for quad in ox.parse(content, format=ox.RdfFormat.TURTLE) if "_:" not in (text := str(quad.triple))} == named
    assert len(rdflib.Graph().parse(data=content, format="turtle")) == len(set(triples))
    assert write_turtle(reversed(triples)) == content


def test_one_thing_a_block_in_one_order(kg: KnowledgeGraph) -> None:
    text = kg.serialize("turtle", entity="natalizumab").decode()
    head, *blocks = text.split("\n\n")
    prefixes = re.findall(r"@prefix (\w+):", head)
    assert prefixes == sorted(prefixes)
    body = "\n\n".join(blocks)
    assert [name for name in prefixes if f"{name}:" not in body] == []
    subjects = [block.split("\n")[0] for block in blocks]
    assert len(subjects) == len(set(subjects))
    for block in blocks:
        lines = block.rstrip().split("\n")
        assert lines[1].startswith("\ta ") or "\n\ta " not in block
        assert lines[-1].endswith(" .")
    kinds = [
        "statistic" if "\tpmlo:measure" in block else "claim" if re.match(r"pmlkg:(?:claim|rec)-[^\n]*\n\ta pmlo:Claim", block) else ""
        for block in blocks
    ]
    assert kinds.index("statistic") > max(place for place, kind in enumerate(kinds) if kind == "claim")


@pytest.mark.parametrize(
    ("turtle", "written"),
    [
        (
            "<http://e.example/a> a ( 1 2.50 [ a <http://e.example/c> ] ) .",
            "<http://e.example/a>\n\ta ( 1 2.50 [\n\t\ta <http://e.example/c>\n\t] ) .\n",
        ),
        ("[] a <http://e.example/c> .", "_:b0\n\ta <http://e.example/c> .\n"),
        ("_:x <http://e.example/p> _:x .", "_:b0\n\t<http://e.example/p> _:b0 .\n"),
        ("<http://e.example/a> <http://e.example/p> () .", "<http://e.example/a>\n\t<http://e.example/p> rdf:nil .\n"),
        ('<http://e.example/a> <http://e.example/p> "3"^^<http://www.w3.org/2001/XMLSchema#decimal> .', '"3"^^xsd:decimal .\n'),
    ],
)
def test_lists_and_nodes_without_name(tmp_path: Path, turtle: str, written: str) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(turtle, encoding="utf-8")
    triples: Any = read_turtle(path)
    content = write_turtle(triples).decode()
    assert content.endswith(written)
    assert same(content.encode(), list(triples))


def test_a_triple_term_is_written_as_others_write_it() -> None:
    term = ox.Triple(ox.NamedNode("http://e.example/a"), ox.NamedNode("http://e.example/p"), ox.Literal("x"))
    quad = ox.Quad(ox.NamedNode("http://e.example/s"), ox.NamedNode("http://e.example/q"), term)
    assert list(ox.parse(write([quad], "turtle"), format=ox.RdfFormat.TURTLE)) == [quad]
