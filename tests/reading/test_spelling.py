"""The form of a name, in which its spellings are one."""

from __future__ import annotations

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.reading.spelling import fold
from pmlkg.terms import PMLKG, visible


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haematological malignancy", "Hematologic malignancies"),
        ("TNF-α", "tnf alpha"),
        ("interferon-β", "interferon beta"),
        ("leucoencephalopathies", "leukoencephalopathy"),
        ("oedema", "edema"),
        ("Sjögren", "Sjo\u0308gren"),
        ("oligodendrocytes", "oligodendrocyte"),
        ("JC-virus", "JC virus"),
        ("JC\u2011virus", "JC virus"),
    ],
)
def test_spellings_of_one_name_have_one_form(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("virus", "viru"), ("PD-1", "PD-L1"), ("> 1.5", "< 1.5"), ("CD4", "CD8"), ("iris", "iri"), ("C", "C++")]
)
def test_different_names_keep_different_forms(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_no_two_entities_have_names_of_one_form(kg: KnowledgeGraph) -> None:
    forms: dict[str, set[str]] = {}
    for node, name in kg.query("SELECT ?x ?n { ?x a pmlo:Entity ; rdfs:label|skos:altLabel ?n }").rows:
        forms.setdefault(fold(name.value), set()).add(node.value)
    assert {form: nodes for form, nodes in forms.items() if len(nodes) > 1} == {}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("JC-virus", "jc-virus"),
        ("TNF-α", "tnf-alpha"),
        ("ATC L04AG03", "natalizumab"),
        ("atc:L04AG03", "natalizumab"),
        ("hematological malignancy", "hematologic-malignancy"),
        ("MONDO_0016318", "pml"),
    ],
)
def test_names_that_people_type_and_the_program_prints_are_read(kg: KnowledgeGraph, typed: str, found: str) -> None:
    assert kg.resolve(typed) == PMLKG + found


def test_a_source_is_found_by_the_identifiers_of_its_document(kg: KnowledgeGraph) -> None:
    (row,) = kg.query("SELECT ?x ?doi ?pmid { ?x pmlo:doi ?doi ; pmlo:pmid ?pmid } ORDER BY ?x LIMIT 1").rows
    node, doi, pmid = (cell.value for cell in row)
    for name in (
        doi,
        doi.upper(),
        f"https://doi.org/{doi}",
        f"doi:{doi}",
        pmid,
        f"PMID: {pmid}",
        f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
    ):
        assert kg.resolve(name) == node


def test_what_is_seen_keeps_spaces_and_joiners() -> None:
    assert visible("drug\u00a0X 10\u202f000\u2009mg\ttwice\u2028daily") == "drug X 10 000 mg twice daily"
    doctor = "\U0001f468\u200d\u2695\ufe0f"
    assert visible(doctor) == doctor
    assert visible("a\u202eb\ufeffc\x00") == "abc"
