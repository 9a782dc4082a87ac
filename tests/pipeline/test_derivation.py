"""What the build says of a figure beside what was printed: the common unit, n of N, whom it is of, and on what the claim rests."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.pipeline import derivation
from pmlkg.pipeline.build import Built
from pmlkg.pipeline.derivation import conflicts
from pmlkg.pipeline.records import Vocabulary
from pmlkg.rdf import read_turtle
from pmlkg.terms import PMLKG, PMLO

HEAD = f"@prefix : <https://example.org/> . @prefix pmlo: <{PMLO}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"


def derived(text: str, data: Data, tmp_path: Path) -> dict[tuple[str, str], set[str]]:
    """Subject and attribute -> values, of the knowledge that follows from records in Turtle."""
    file = tmp_path / "synthetic.ttl"
    file.write_text(HEAD + text, encoding="utf-8")
    knowledge, _ = derivation.derive(read_turtle(file), Vocabulary(data.context, data.ontology).ontology_triples)
    found: dict[tuple[str, str], set[str]] = {}
    for triple in knowledge:
        key = triple.subject.value.rpartition("/")[2], triple.predicate.value.removeprefix(PMLO)
        found.setdefault(key, set()).add(triple.object.value)
    return found


@pytest.mark.parametrize(
    ("measure", "unit", "value", "common", "name"),
    [
        ("incidence", "/(100.{person}.a)", "0.24", "2.4", "per 1,000 person-years"),
        ("incidence", "/(100000.{person}.a)", "4.75", "0.0475", "per 1,000 person-years"),
        ("incidence", "/(1000000.{person}.a)", "2", "0.002", "per 1,000 person-years"),
        ("reportingRate", "/(100000.{person})", "2.56", "0.0256", "per 1,000 persons"),
        ("risk", "/(10000.{person})", "1", "0.1", "per 1,000 persons"),
        ("cumulativeIncidence", "%", "16.7", "167", "per 1,000 persons"),
        ("risk", "/(1000.{person})", "1.078", "1.08", "per 1,000 persons"),
        ("timeToDeath", "d", "71", "2.33", "months"),
        ("survivalTime", "a", "1.5", "18", "months"),
        ("timeToOnset", "wk", "13", "2.99", "months"),
    ],
)
def test_a_figure_in_the_common_unit(measure: str, unit: str, value: str, common: str, name: str, data: Data, tmp_path: Path) -> None:
    found = derived(f':s a pmlo:Statistic ; pmlo:measure pmlo:{measure} ; pmlo:unit "{unit}" ; pmlo:value {value} .', data, tmp_path)
    assert found["s", "commonValue"] == {common}
    assert found["s", "commonUnit"] == {name}


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ("shareOfCases", "%"),
        ("frequency", "%"),
        ("survival", "%"),
        ("hazardRatio", "1"),
        ("count", "{case}"),
        ("age", "a"),
        ("interval", "mo"),
    ],
)
def test_what_is_no_risk_and_no_time_to_an_event_has_no_common_unit(measure: str, unit: str, data: Data, tmp_path: Path) -> None:
    found = derived(f':s a pmlo:Statistic ; pmlo:measure pmlo:{measure} ; pmlo:unit "{unit}" ; pmlo:value 73 .', data, tmp_path)
    assert not {attribute for _, attribute in found if attribute.startswith("common")}


def test_limits_come_along_and_a_figure_without_value_keeps_its_bound(data: Data, tmp_path: Path) -> None:
    found = derived(
        ':s a pmlo:Statistic ; pmlo:measure pmlo:risk ; pmlo:unit "%" ; pmlo:value 1.0 ; pmlo:confidenceLow 0.25 ; pmlo:confidenceHigh 3.61 .\n'
        ':b a pmlo:Statistic ; pmlo:measure pmlo:risk ; pmlo:unit "%" ; pmlo:valueBelow 0.1 .',
        data,
        tmp_path,
    )
    assert [found["s", f"common{name}"] for name in ("Low", "Value", "High")] == [{"2.5"}, {"10"}, {"36.1"}]
    assert found["b", "commonHigh"] == {"1"}
    assert ("b", "commonValue") not in found


def test_a_figure_of_the_comparator_takes_nothing_from_the_group_of_its_claim(data: Data, tmp_path: Path) -> None:
    found = derived(
        """:group rdfs:label "exposed people"@en . :others rdfs:label "other people"@en .
        :claim pmlo:status pmlo:current ; pmlo:population :group ; pmlo:populationDetail "detail" ; pmlo:jcvIndexOver 0.9 ; pmlo:statistic :own , :exposed , :comparator , :all .
        :exposed pmlo:arm pmlo:exposedArm .
        :comparator pmlo:arm pmlo:comparatorArm ; pmlo:population :others .
        :all pmlo:arm pmlo:wholeStudy ; pmlo:populationDetail "everybody" .""",
        data,
        tmp_path,
    )
    assert found["claim", "inWhom"] == found["own", "inWhom"] == found["exposed", "inWhom"] == {"exposed people; index over 0.9; detail"}
    assert found["comparator", "inWhom"] == {"comparator arm; other people"}
    assert found["all", "inWhom"] == {"whole study; everybody"}


def test_a_claim_says_on_what_it_rests_in_one_line_each(data: Data, tmp_path: Path) -> None:
    found = derived(
        """:claim pmlo:status pmlo:current ; pmlo:supportedBy :b , :a , :c ; pmlo:disputedBy :d ; pmlo:statistic :s .
        :a pmlo:source :Alpha2001 ; pmlo:studyDesign pmlo:caseSeries . :b pmlo:source :Beta2019 ; pmlo:limitation pmlo:leadTime .
        :c pmlo:source :Gamma ; pmlo:studyDesign pmlo:cohortStudy . :d pmlo:source :Delta2024 ; pmlo:studyDesign pmlo:pharmacovigilanceStudy .
        :Alpha2001 pmlo:year 2001 . :Beta2019 pmlo:year 2019 . :Delta2024 pmlo:year 2024 .
        :s pmlo:computed true ; pmlo:numerator 11 ; pmlo:denominator 15 ; pmlo:measure pmlo:shareOfCases ; pmlo:unit "%" .""",
        data,
        tmp_path,
    )
    assert found["claim", "sourceKeys"] == {"Alpha2001; Beta2019; Gamma"}
    assert found["claim", "designs"] == {"case series; cohort study"}
    assert found["claim", "limitations"] == {"computed by us; lead time; uncontrolled"}
    assert found["claim", "latestYear"] == {"2019"}
    assert found["s", "ofThose"] == {"11/15"}


# The graph itself.


def values(built: Built, attribute: str) -> dict[str, str]:
    predicate = ox.NamedNode(PMLO + attribute)
    return {t.subject.value: t.object.value for t in built.graphs["knowledge"] if t.predicate == predicate}  # type: ignore[union-attr]


def test_every_common_value_is_within_a_digit_of_what_was_printed(built: Built) -> None:
    """The factor is taken from the words of the unit here, not from the table of the build."""
    per = {"per 1,000 person-years": Decimal(1000), "per 1,000 persons": Decimal(1000)}
    codes, printed = values(built, "unit"), values(built, "value")
    names = values(built, "commonUnit")
    checked = 0
    for node, common in values(built, "commonValue").items():
        if names[node] not in per:
            continue
        size = Decimal(100) if codes[node] == "%" else Decimal("".join(c for c in codes[node] if c.isdigit()))
        exact = Decimal(printed[node]) / size * per[names[node]]
        assert abs(Decimal(common) - exact) <= abs(exact) * Decimal("0.005")
        checked += 1
    assert checked > 50


def test_the_reason_of_a_conflict_stands_on_both_sides() -> None:
    """Of one that gives none: the reason of the other, or of each that names it; one that gives its own keeps it."""

    def said(subject: str, predicate: str, value: Any) -> ox.Triple:
        return ox.Triple(ox.NamedNode(PMLKG + subject), ox.NamedNode(PMLO + predicate), value)

    def note(text: str) -> ox.Literal:
        return ox.Literal(text, language="en")

    def claim(name: str) -> ox.NamedNode:
        return ox.NamedNode(PMLKG + name)

    records = [
        *(said("a", "conflictsWith", claim(other)) for other in ("b", "c")),
        said("a", "conflictNote", note("why a")),
        said("d", "conflictsWith", claim("c")),
        said("d", "conflictNote", note("why d")),
        said("e", "conflictsWith", claim("d")),  # gives none, and d has its own
    ]
    assert conflicts(records) == [
        said("b", "conflictNote", note("noted by pmlkg:a: why a")),
        said("c", "conflictNote", note("noted by pmlkg:a: why a noted by pmlkg:d: why d")),
    ]


def test_no_conflict_of_the_graph_is_without_its_reason(kg: KnowledgeGraph) -> None:
    asked = "SELECT ?a ?b { ?a pmlo:conflictsWith ?b FILTER NOT EXISTS { ?a pmlo:conflictNote ?note } }"
    assert kg.query(asked).rows == ()
