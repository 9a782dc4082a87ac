"""What of the ontology the closure would misread; an independent checker of the profile agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pmlkg.locations import Data
from pmlkg.pipeline.profile import check_ontology
from pmlkg.rdf import read_turtle

HEAD = """@prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix pmlkg: <https://w3id.org/pmlkg/id/> . @prefix pmlo: <https://w3id.org/pmlkg/ontology#> .
<https://example.org/> a owl:Ontology . :A a owl:Class . :B a owl:Class . :C a owl:Class . :p a owl:ObjectProperty .
"""
SOME = "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ]"
ALL = "[ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ]"
VALUE = "[ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :x ]"
MOST = '[ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality "{}"^^xsd:nonNegativeInteger ]'
LEAST = '[ a owl:Restriction ; owl:onProperty :p ; owl:minCardinality "1"^^xsd:nonNegativeInteger ]'
UNION = "[ a owl:Class ; owl:unionOf ( :B :C ) ]"
BOTH = "[ a owl:Class ; owl:intersectionOf ( :B {} ) ]"
NOT = "[ a owl:Class ; owl:complementOf {} ]"
IN_OR_OUT = [
    (f":A rdfs:subClassOf {SOME} .", False),
    (f":A rdfs:subClassOf {ALL} .", True),
    (f":A rdfs:subClassOf {VALUE} .", True),
    (f":A rdfs:subClassOf {UNION} .", False),
    (f":A rdfs:subClassOf {MOST.format(1)} .", True),
    (f":A rdfs:subClassOf {MOST.format(2)} .", False),
    (f":A rdfs:subClassOf {LEAST} .", False),
    (f":A rdfs:subClassOf {BOTH.format(ALL)} .", True),
    (f":A rdfs:subClassOf {BOTH.format(SOME)} .", False),
    (f":A rdfs:subClassOf {NOT.format(':B')} .", True),
    (f":A rdfs:subClassOf {NOT.format(UNION)} .", True),
    (f":A rdfs:subClassOf {NOT.format(ALL)} .", False),
    (f"{SOME} rdfs:subClassOf :A .", True),
    (f"{UNION} rdfs:subClassOf :A .", True),
    (f"{ALL} rdfs:subClassOf :A .", False),
    (f"{MOST.format(1)} rdfs:subClassOf :A .", False),
    (f":A owl:equivalentClass {VALUE} .", True),
    (f":A owl:equivalentClass {SOME} .", False),
    (f":A owl:equivalentClass {BOTH.format(VALUE)} .", True),
    (f":p rdfs:domain {UNION} .", False),
    (f":p rdfs:range {ALL} .", True),
    (f":A owl:disjointWith {SOME} .", True),
    (f":A owl:disjointWith {ALL} .", False),
    (":A owl:disjointUnionOf ( :B :C ) .", False),
    (":p a owl:ReflexiveProperty .", False),
]


@pytest.mark.parametrize(("axiom", "inside"), IN_OR_OUT)
def test_an_axiom_outside_the_profile_is_a_finding(tmp_path: Path, axiom: str, inside: bool) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(HEAD + axiom, encoding="utf-8")
    found = {one.rule for one in check_ontology(read_turtle(path), "x.ttl")}
    assert found == (set() if inside else {"Ontology-profile"})


@pytest.mark.parametrize(
    ("axioms", "rule", "words"),
    [
        (
            ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
            "Ontology-circle",
            "<https://example.org/A> and <https://example.org/B> include",
        ),
        (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :C rdfs:subClassOf :A .", "Ontology-circle", "/C> include each other"),
        ("pmlkg:a owl:sameAs pmlkg:b .", "Ontology-same", "the same as pmlkg:b"),
        ("pmlo:New a owl:Class .", "Ontology-term", "defines it"),
    ],
)
def test_what_would_make_things_one_is_a_finding(tmp_path: Path, axioms: str, rule: str, words: str) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(HEAD + axioms, encoding="utf-8")
    (found,) = check_ontology(read_turtle(path), "x.ttl")
    assert (found.rule, found.severity) == (rule, "Violation")
    assert words in found.message


@pytest.mark.parametrize("axiom", [":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :A rdfs:subClassOf :C .", ":A rdfs:subClassOf :A ."])
def test_what_is_no_circle_is_none(tmp_path: Path, axiom: str) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(HEAD + axiom, encoding="utf-8")
    assert check_ontology(read_turtle(path), "x.ttl") == []


NOT_LOOKED_AT = (
    f":A rdfs:subClassOf {BOTH.format(SOME)} .",  # it does not look into an intersection,
    f"{MOST.format(1)} rdfs:subClassOf :A .",  # at cardinalities below a class,
    f":A owl:disjointWith {ALL} .",  # or at disjoint expressions;
    f"{UNION} rdfs:subClassOf :A .",  # and refuses a union wherever it stands, which the recommendation allows below a class
)


def test_an_independent_checker_agrees(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("pyowl2-profiles"))
    for axiom, inside in IN_OR_OUT:
        if axiom in NOT_LOOKED_AT:
            continue
        path = tmp_path / "x.ttl"
        path.write_text(HEAD + axiom, encoding="utf-8")
        result = subprocess.run(
            [program, "detect", str(path), "--profile", "RL", "--format", "json"], capture_output=True, text=True, check=False
        )
        found = json.loads(result.stdout)["result"]["rl"]["violations_by_axiom_type"]
        assert (not found) == inside, (axiom, found)


def test_the_ontology_itself_has_none(data: Data) -> None:
    assert check_ontology(read_turtle(data.ontology), "ontology/pmlkg.ttl") == []
