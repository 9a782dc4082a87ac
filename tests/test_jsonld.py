"""JSON-LD that a developer reads: what belongs to a claim stands inside it, and two readers get the same triples back."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from pmlkg.graph import KnowledgeGraph
from pmlkg.jsonld import write_jsonld
from pmlkg.rdf import to_rdflib
from pmlkg.terms import GRAPHS, PMLKG, PMLO, RDF, XSD

EX = "http://example.org/"
IRIS = st.sampled_from(
    [PMLKG + "a", PMLKG + "a-b", PMLO + "statistic", EX + "x", EX + "id", EX + "type", PMLKG + "a//b", "urn:x:y", RDF + "nil"]
)
LITERALS = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)) | st.sampled_from(
    [
        ox.Literal("1.20", datatype=ox.NamedNode(XSD + "decimal")),
        ox.Literal("1.2", datatype=ox.NamedNode(XSD + "decimal")),
        ox.Literal("a", language="en"),
        ox.Literal("a", language="de"),
        ox.Literal("x", datatype=ox.NamedNode(EX + "kind")),
    ]
)
NODES = st.builds(ox.BlankNode, st.sampled_from(["p", "q", "r"]))
SUBJECTS = st.builds(ox.NamedNode, IRIS) | NODES
PREDICATES = st.sampled_from(
    [
        ox.NamedNode(name)
        for name in (RDF + "type", RDF + "first", RDF + "rest", PMLO + "statistic", EX + "type", EX + "p", EX + "a/p", EX + "9", EX + "owl")
    ]
)
TRIPLES = st.builds(ox.Triple, SUBJECTS, PREDICATES, SUBJECTS | LITERALS)
GRAPH = st.sampled_from([ox.DefaultGraph(), ox.NamedNode(EX + "g"), GRAPHS["edges"]])
QUADS = st.lists(st.builds(lambda t, g: ox.Quad(t.subject, t.predicate, t.object, g), TRIPLES, GRAPH), max_size=9)


def canonical(quads: Any) -> set[str]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


@given(QUADS)
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_back(quads: list[ox.Quad]) -> None:
    one = {quad.graph_name for quad in quads}
    shared = [q for q in quads if len(one) < 2 or not any(isinstance(t, ox.BlankNode) for t in (q.subject, q.object))]
    assert canonical(ox.parse(write_jsonld(shared), format=ox.RdfFormat.JSON_LD)) == canonical(shared)


def test_the_real_graph_comes_back_from_both_readers(kg: KnowledgeGraph) -> None:
    quads = kg.quads()
    written = write_jsonld(quads)
    assert write_jsonld(reversed(quads)) == written
    assert canonical(ox.parse(written, format=ox.RdfFormat.JSON_LD)) == canonical(quads)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_rdflib_reads_the_neighbourhood_of_a_thing(kg: KnowledgeGraph) -> None:
    theirs = rdflib.Graph().parse(kg.serialize("jsonld", entity="natalizumab", named=False), format="json-ld")
    ours = to_rdflib(ox.parse(kg.serialize("nquads", entity="natalizumab", named=False), format=ox.RdfFormat.N_QUADS))
    assert isomorphic(theirs, ours)


def test_a_claim_holds_its_figures_with_their_digits(kg: KnowledgeGraph) -> None:
    document = json.loads(kg.serialize("jsonld", graph="knowledge", named=False))
    (claim,) = [each for each in document["graph"] if each["id"] == "pmlkg:claim-natalizumab-top-incidence-3y"]
    assert list(claim)[:2] == ["id", "type"]
    assert [figure["value"] for figure in claim["statistic"]] == ["3.518", "1.078", "2.034"]
    assert claim["supportedBy"]["source"] == "pmlkg:Butzkueven2020"
    assert document["@context"]["value"] == {"@id": "pmlo:value", "@type": "xsd:decimal"}
    assert len({each["id"] for each in document["graph"]}) == len(document["graph"])
