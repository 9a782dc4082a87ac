"""Cards of entities, claims, sources and other records, on a small graph and on the real one."""

from __future__ import annotations

import json

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.reading.card import PHRASES, Identifier, Link
from pmlkg.reading.names import VOCABULARIES
from pmlkg.terms import PMLKG


def test_the_card_of_an_entity(tiny: KnowledgeGraph) -> None:
    card = tiny.show("PS")
    assert (card.id, card.label, card.kind, card.definition) == ("pmlkg:pml", "progressive syndrome", "entity", "A synthetic disease.")
    assert (card.types, card.roles) == (("Disease",), ("Condition", "Entity"))  # asserted and inferred stay apart
    assert card.synonyms == ("PS", "shared name")
    assert card.identifiers == (Identifier("MONDO", "0000001", "exact", "http://purl.obolibrary.org/obo/MONDO_0000001"),)
    (relation,) = card.relations  # has risk factor, the inverse, says nothing more
    assert (relation.words, relation.how) == ("its risk is raised by", "asserted")
    assert relation.others == (Link("synthetic drug", "pmlkg:drug"),)
    assert (card.claims, card.sources, card.years) == (2, 2, None)  # claim-risk and claim-doubt; the articles that support the first
    text = card.to_text()
    for part in ("progressive syndrome (pmlkg:pml)", "A synthetic disease.", "PS, shared name", "identifiers: MONDO 0000001",
                 "its risk is raised by: synthetic drug", "2 claims from 2 sources speak of it"):  # fmt: skip
        assert part in text
    drug = tiny.show("drug")
    assert {relation.words: relation.others for relation in drug.relations} == {
        "raises the risk of": (Link("progressive syndrome", "pmlkg:pml"),),
        "is a member of": (Link("synthetic class", "pmlkg:drug-class"),),
    }
    assert "Risk Factor" in drug.roles


def test_the_card_of_a_claim(tiny: KnowledgeGraph) -> None:
    card = tiny.show("claim-risk")
    assert card.statement
    assert (card.kind, card.edge) == ("claim", "synthetic drug – increases risk of – progressive syndrome")
    assert (card.statement.sentence, card.statement.population) == ("Synthetic claim of risk.", "synthetic people")
    text = card.to_text()
    for part in (
        "says: Synthetic claim of risk.",
        "of whom: synthetic people",
        "figure: incidence: 1.2 per 1,000",
        "pmlkg:Article2020; Table 1",
    ):
        assert part in text
    assert tiny.show("claim-old").edge.endswith("(not an edge of the graph)")
    doubt = tiny.show("claim-doubt")
    assert doubt.edge.endswith("(carried by other claims)")  # for it is itself only disputed
    assert [item.source for item in doubt.disputed_by] == ["pmlkg:Article2021"]


def test_the_card_of_a_source_and_of_a_figure(tiny: KnowledgeGraph) -> None:
    card = tiny.show("Article2020")
    assert (card.kind, card.label) == ("source", "Progressive syndrome")
    assert ("DOI", ("10.1000/ab",)) in card.fields
    assert [link.id for link in card.supports] == ["pmlkg:claim-old", "pmlkg:claim-risk"]
    figure = tiny.show("claim-old-risk")
    assert figure.kind == "record"
    assert figure.used_by == (Link("Synthetic claim that is superseded.", "pmlkg:claim-old"),)
    assert dict(figure.fields)["unit"] == ("%",)


def test_inferred_relations_are_those_that_no_edge_states(kg: KnowledgeGraph) -> None:
    """Each inferred relation of a card is in the graph of inferred triples, and no edge joins the two in the same words."""
    cards = [kg.show(name) for name in ("pml", "natalizumab", "hiv-infection", "rituximab", "jcv-reactivation") if _there(kg, name)]
    assert len(cards) > 2
    inferred = 0
    for card in cards:
        asserted = {(relation.words, other.id) for relation in card.relations if relation.how == "asserted" for other in relation.others}
        for relation in card.relations:
            if relation.how == "inferred":
                for other in relation.others:
                    inferred += 1
                    assert (relation.words, other.id) not in asserted
                    pattern = f"{{ {card.id} {relation.property} {other.id} }} UNION {{ {other.id} {relation.property} {card.id} }}"
                    assert kg.query(f"ASK {{ GRAPH pmlg:inferred {{ {pattern} }} }}").boolean
    assert inferred


def test_every_edge_of_an_entity_is_on_its_card(kg: KnowledgeGraph) -> None:
    for name in ("pml", "natalizumab"):
        said = {other.id for relation in kg.show(name).relations if relation.how == "asserted" for other in relation.others}
        rows = kg.query(f"SELECT DISTINCT ?o {{ GRAPH pmlg:edges {{ {{ pmlkg:{name} ?p ?o }} UNION {{ ?o ?p pmlkg:{name} }} }} }}").rows
        assert rows
        assert {f"pmlkg:{o.value.removeprefix(PMLKG)}" for (o,) in rows} <= said


def test_every_edge_property_has_its_words_and_every_vocabulary_its_name(kg: KnowledgeGraph) -> None:
    used = {row[0].value.rpartition("#")[2] for row in kg.query("SELECT DISTINCT ?p { GRAPH pmlg:edges { ?s ?p ?o } }").rows}
    assert used <= set(PHRASES)
    assert set(VOCABULARIES) <= set(kg.vocabularies)


def test_recommendations_conflicts_and_identifiers_of_a_real_card(kg: KnowledgeGraph) -> None:
    card = kg.show("natalizumab")
    advised = {advice.claim for advice in card.recommendations}
    rows = kg.query("SELECT DISTINCT ?c { ?c a pmlo:Recommendation ; pmlo:subject|pmlo:object|pmlo:concerns pmlkg:natalizumab }").rows
    assert advised == {f"pmlkg:{c.value.removeprefix(PMLKG)}" for (c,) in rows}
    assert all(advice.guideline and advice.strength for advice in card.recommendations)
    assert len({frozenset(conflict.claims) for conflict in card.conflicts}) == len(card.conflicts) > 0
    assert all(conflict.note for conflict in card.conflicts)
    order = ["exact", "close", "narrow", "broad", "related"]
    matches = [order.index(item.match) for item in kg.show("pml").identifiers]
    assert matches == sorted(matches)
    assert card.years
    assert card.years[0] < card.years[1]


@pytest.mark.parametrize("kind", ["Entity", "Claim", "Source", "Statistic", "EvidenceItem", "DiagnosticCriterion", "Grade", "RatingScheme"])
def test_every_kind_of_record_has_a_card(kg: KnowledgeGraph, kind: str) -> None:
    rows = kg.query(f"SELECT ?x {{ ?x a pmlo:{kind} }} ORDER BY ?x").rows
    for (x,) in rows[:: max(len(rows) // 8, 1)]:
        card = kg.show(x.value)
        assert card.types
        assert json.loads(json.dumps(card.to_dict()))["id"] == card.id
        lines = card.to_text(60).splitlines()
        assert len(lines) > 2
        assert all(len(line) <= 60 or " " not in line.strip() for line in lines)


def _there(kg: KnowledgeGraph, name: str) -> bool:
    return bool(kg.query(f"ASK {{ pmlkg:{name} a pmlo:Entity }}").boolean)
