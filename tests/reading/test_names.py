"""What a person calls a thing: ids, labels, synonyms, and identifiers of other vocabularies."""

from __future__ import annotations

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.reading.names import compact, suggestions
from pmlkg.terms import PMLKG, UnknownName


@pytest.mark.parametrize(
    "name",
    ["pml", "pmlkg:pml", f"<{PMLKG}pml>", "Progressive Syndrome", " ps ", "MONDO:0000001", "mondo:0000001", "0000001",
     "http://purl.obolibrary.org/obo/MONDO_0000001"],
)  # fmt: skip
def test_every_name_finds_the_thing(tiny: KnowledgeGraph, name: str) -> None:
    assert tiny.resolve(name) == PMLKG + "pml"


def test_a_name_of_two_things_is_an_error_with_both(tiny: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.resolve("shared name")
    assert error.value.suggestions == ("pmlkg:other", "pmlkg:pml")


@pytest.mark.parametrize("name", ["MONDO:0000002", "ATC:0000001", "MONDO:a b", "0000002", "MONDO:", ":", ""])
def test_what_no_mapping_has_is_unknown(tiny: KnowledgeGraph, name: str) -> None:
    with pytest.raises(UnknownName):
        tiny.resolve(name)


def test_every_exact_identifier_finds_its_entity_or_tells_the_candidates(kg: KnowledgeGraph) -> None:
    rows = kg.query("SELECT ?x ?id { GRAPH pmlg:mappings { ?x skos:exactMatch ?id } } ORDER BY ?id ?x").rows
    by_id: dict[str, set[str]] = {}
    by_code: dict[str, set[str]] = {}
    for x, mapped in rows:
        by_id.setdefault(mapped.value, set()).add(x.value)
        by_code.setdefault(compact(mapped.value, kg.vocabularies)[1].casefold(), set()).add(x.value)
    for iri, things in list(by_id.items())[::60]:
        prefix, code = compact(iri, kg.vocabularies)
        assert prefix
        for name in (iri, f"{prefix}:{code}", f"{prefix.swapcase()}:{code}"):
            assert _found(kg, name) == things
        assert _found(kg, code) in (by_code[code.casefold()], {x for x in things if x.endswith(f"/{code}")})


def test_an_identifier_that_is_only_broader_is_no_name_but_a_hint(kg: KnowledgeGraph) -> None:
    query = """SELECT ?x ?id { ?x skos:broadMatch ?id FILTER NOT EXISTS { ?any skos:exactMatch ?id } } ORDER BY ?id LIMIT 1"""
    ((x, mapped),) = kg.query(query).rows
    with pytest.raises(UnknownName) as error:
        kg.resolve(mapped.value)
    assert f"pmlkg:{x.value.removeprefix(PMLKG)}" in error.value.suggestions


@pytest.mark.parametrize(
    ("typed", "known", "right"),
    [
        ("CAR-T", "cART", False),
        ("CAR T", "ART", False),
        ("plasmapheresis", "paraparesis or paresis", False),
        ("IL-7", "IL-7R", False),
        ("of the", "abnormality of the nervous system", False),
        ("natalizumap", "natalizumab", True),
        ("kidney transplant", "kidney transplantation", True),
        ("lymphopenia CD4", "CD4 lymphopenia", True),
    ],
)
def test_a_suggestion_shares_a_word(typed: str, known: str, right: bool) -> None:
    assert suggestions(typed, [known]) == ([known] if right else [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CAR-T", "car-t-cell-therapy"),
        ("car t", "car-t-cell-therapy"),
        ("plasmapheresis", "plasma-exchange"),
        ("lupus", "systemic-lupus-erythematosus"),
        ("HSCT", "hematopoietic-stem-cell-transplantation"),
        ("stem cell transplantation", "hematopoietic-stem-cell-transplantation"),
        ("checkpoint inhibitors", "immune-checkpoint-inhibitor"),
        ("IL-7", "interleukin-7"),
        ("mycophenolate", "mycophenolate-mofetil"),
        ("kidney transplantation", "kidney-transplantation"),
        ("organ transplantation", "solid-organ-transplantation"),
        ("transplant", "transplantation"),
        ("NHL", "non-hodgkin-lymphoma"),
        ("MMF", "mycophenolate-mofetil"),
    ],
)
def test_the_words_that_clinicians_type_find_what_they_mean(kg: KnowledgeGraph, typed: str, meant: str) -> None:
    assert kg.resolve(typed) == PMLKG + meant


def _found(kg: KnowledgeGraph, name: str) -> set[str]:
    try:
        return {kg.resolve(name)}
    except UnknownName as error:
        return {PMLKG + suggestion.removeprefix("pmlkg:") for suggestion in error.suggestions}


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("incidence", "incidence"),
        ("Drug", "Drug"),
        ("increasesRiskOf", "increasesRiskOf"),
        ("increases risk of", "increasesRiskOf"),
        ("EDSS", "disabilityScore"),
        ("CD4 count", "cd4Count"),
        ("case report", "caseReport"),
    ],
)
def test_a_term_of_the_ontology_is_shown_by_its_names(kg: KnowledgeGraph, name: str, iri: str) -> None:
    card = kg.show(name)
    assert card.id == f"pmlo:{iri}"
    assert card.definition
    with pytest.raises(UnknownName):
        kg.resolve(name)  # no record, so it is no exposure to ask for


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("L04AA23", "natalizumab"),
        ("ATC L04AG03", "natalizumab"),
        ("L01XC02", "rituximab"),
        ("N07XX09", "dimethyl-fumarate"),
        ("Lemtrada", "alemtuzumab"),
        ("John Cunningham virus", "jc-virus"),
        ("α4 integrin", "integrin-alpha-4"),
    ],
)
def test_former_codes_brands_and_everyday_names(kg: KnowledgeGraph, name: str, iri: str) -> None:
    assert kg.resolve(name) == PMLKG + iri
