"""Proofs: every inferred triple has one that ends at asserted triples, and each form of a proof says the same."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib

from pmlkg.graph import KnowledgeGraph
from pmlkg.reading.proof import FILE, FORMATS, read_proofs
from pmlkg.terms import GRAPHS, PMLKG, RDF_TYPE


def test_every_inferred_triple_has_a_proof_that_ends_at_asserted_triples(kg: KnowledgeGraph) -> None:
    """One proof for each inferred triple and for no other; no circle; every premise is asserted, an edge, or proved itself."""
    asserted: set[str] = set()
    inferred: set[str] = set()
    for quad in kg.quads():
        home = asserted if quad.graph_name in (GRAPHS["ontology"], GRAPHS["knowledge"], GRAPHS["edges"]) else inferred
        if home is asserted or quad.graph_name == GRAPHS["inferred"]:
            home.add(str(quad.triple))
    proofs = read_proofs(kg.folder / FILE)
    assert set(proofs) == inferred
    assert not asserted & inferred
    grounded = set(asserted)
    todo = dict(proofs)
    while todo:  # a round for each step of the deepest proof
        now = {triple for triple, (_, *premises) in todo.items() if grounded.issuperset(premises)}
        assert now, f"{len(todo)} proofs go in a circle or rest on what is not in the graph, such as {next(iter(todo))}"
        grounded |= now
        for triple in now:
            del todo[triple]
    assert all(rule and premises for rule, *premises in proofs.values())


def test_a_blank_node_in_a_proof_is_the_list_of_an_axiom_and_is_spelt_out(kg: KnowledgeGraph) -> None:
    odd = {triple: rest for triple, rest in read_proofs(kg.folder / FILE).items() if any("_:" in premise for premise in rest[1:])}
    assert odd
    assert all(sum("_:" in premise for premise in premises) == 1 and "propertyChainAxiom" in premises[0] for _, *premises in odd.values())
    assert {rule for rule, *_ in odd.values()} == {"prp-spo2"}
    triple = next(iter(ox.parse(next(iter(odd)) + " .", format=ox.RdfFormat.N_TRIPLES))).triple
    proof = kg.explain(str(triple.subject), str(triple.predicate), str(triple.object))
    axiom = proof.premises[0]
    assert (axiom.kind, axiom.graph) == ("asserted", "ontology")
    assert axiom.triple[2].startswith("(pmlo:")
    assert "_:" not in proof.to_text()
    lists = rdflib.Graph().parse(data=proof.to_prov(), format="turtle")
    (head,) = [o for o in lists.objects(None, rdflib.RDF.object) if isinstance(o, rdflib.BNode)]
    assert [str(member).rpartition("#")[2] for member in lists.items(head)] == [
        part.strip("()").removeprefix("pmlo:") for part in axiom.triple[2].split()
    ]


@pytest.mark.parametrize("triple", [("pml", "hasRiskFactor", "natalizumab"), ("natalizumab", "increasesRiskOf", "pml"), ("natalizumab", "a", "RiskFactor"),
                                    ("natalizumab", "a", "Drug"), ("natalizumab", "rdfs:label", "natalizumab")])  # fmt: skip
def test_every_form_of_a_proof_holds_every_part_of_it(kg: KnowledgeGraph, triple: tuple[str, str, str]) -> None:
    proof = kg.explain(*triple)
    parts = proof.parts()
    assert parts[0] is proof
    claims = {note.claim for part in parts for note in part.claims}
    sources = {item.source for part in parts for note in part.claims for item in note.evidence}
    for format in FORMATS:
        text = proof.render(format)
        assert text.endswith("\n")
        assert text == kg.explain(*triple).render(format)
        assert format == "svg" or all(name in text for name in claims | sources)  # lines of a drawing break names
    assert json.loads(proof.render("json"))["triple"] == list(proof.triple)
    dot = proof.to_dot()
    assert dot.count("{") == dot.count("}") == 1
    assert dot.count("style=bold") == 1

    prov = [quad.triple for quad in ox.parse(proof.to_prov(), format=ox.RdfFormat.TURTLE)]
    derived = {(t.subject, t.object) for t in prov if t.predicate.value.endswith("wasDerivedFrom")}
    statements = {t.subject for t in prov if t.predicate == RDF_TYPE and str(t.object).endswith("Statement>")}
    assert len(statements) == len(parts)
    reached, todo = set(statements), list(statements)
    while todo:
        node = todo.pop()
        more = {end for start, end in derived if start == node} - reached
        reached |= more
        todo += more
    assert {ox.NamedNode(PMLKG + name.removeprefix("pmlkg:")) for name in claims | sources} <= reached
    assert {start for start, _ in derived} >= statements  # nothing stands without a ground


def test_quotes_and_line_ends_do_no_harm_to_a_drawing(tiny: KnowledgeGraph) -> None:
    proof = tiny.explain("other", "skos:altLabel", "odd: name [x] 100%")
    assert (proof.kind, proof.graph) == ("asserted", "knowledge")
    assert "odd: name [x] 100%" in proof.to_dot()
    assert proof.claims == ()


def test_a_proof_as_a_drawing_has_each_part_once_and_says_what_supports_what(kg: KnowledgeGraph) -> None:
    proof = kg.explain("rituximab", "memberOf", "monoclonal-antibody")
    drawn = ElementTree.fromstring(proof.render("svg"))
    texts = " ".join(" ".join(t for e in drawn.iter("{http://www.w3.org/2000/svg}text") for t in e.itertext()).split())
    for part in proof.parts():
        for name in (*part.triple, part.rule, *(note.claim for note in part.claims)):
            assert name.rpartition(":")[2] in texts.replace(" ", ""), name
    assert "supports" in texts
