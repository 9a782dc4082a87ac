"""Countries and calendar years from the words of records: what is written, and nothing guessed."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.pipeline.places import countries, where_and_when, years
from pmlkg.terms import PMLKG, PMLO


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Germany, Austria and Switzerland", ["AT", "CH", "DE"]),
        ("Dutch-Belgian cohort", ["BE", "NL"]),
        ("two US academic hospitals in Boston, 25 years", ["US"]),
        ("spontaneous reports in FDA AERS, 2004-2010", []),
        ("JC virus DNA below 100 copies/mL", []),
        ("intrathecal cytarabine", []),
        ("using ocrelizumab, or who must", []),
        ("10 countries", []),
        ("seven hospitals in Barcelona", ["ES"]),
    ],
)
def test_a_country_is_one_that_is_named(text: str, codes: list[str]) -> None:
    assert countries(text) == codes


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2004-01-01 to 2010-09-30", (2004, 2010)),
        ("2004Q1-2024Q4", (2004, 2024)),
        ("July 2015 - June 2017", (2015, 2017)),
        ("France, 2008 to 2017", (2008, 2017)),
        ("data to 5 June 2013", (None, 2013)),
        ("reports up to September 2014", (None, 2014)),
        ("before 1984", (None, 1983)),
        ("1996 or later", (1996, None)),
        ("1958", (1958, 1958)),
        ("12 months", (None, None)),
        ("2,034 people", (None, None)),
        ("1.2005 per 1,000", (None, None)),
        ("patients 12005 to 20061", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_year_has_four_digits(text: str, ends: tuple[int | None, int | None]) -> None:
    assert years(text) == ends


def test_a_figure_has_the_words_of_its_claim_unless_it_is_of_others() -> None:
    def said(subject: str, predicate: str, value: Any) -> ox.Triple:
        return ox.Triple(ox.NamedNode(PMLKG + subject), ox.NamedNode(PMLO + predicate), value)

    records = [
        said("c", "populationDetail", ox.Literal("Denmark, 1995 to 2006")),
        *(said("c", "statistic", ox.NamedNode(PMLKG + name)) for name in ("own", "none", "other")),
        said("own", "populationDetail", ox.Literal("Sweden")),
        said("own", "period", ox.Literal("2001")),
        said("none", "period", ox.Literal("1 year")),
        said("other", "arm", ox.NamedNode(PMLO + "comparatorArm")),
    ]
    found = {(t.subject.value.removeprefix(PMLKG), t.predicate.value.removeprefix(PMLO), t.object.value) for t in where_and_when(records)}  # type: ignore[union-attr]
    assert found == {
        ("c", "country", "DK"),
        ("c", "calendarYearFrom", "1995"),
        ("c", "calendarYearTo", "2006"),
        ("own", "country", "SE"),
        ("own", "calendarYearFrom", "2001"),
        ("own", "calendarYearTo", "2001"),
        ("none", "country", "DK"),
        ("none", "calendarYearFrom", "1995"),
        ("none", "calendarYearTo", "2006"),
    }


def test_no_period_of_the_graph_ends_before_it_begins(kg: KnowledgeGraph) -> None:
    assert kg.query("SELECT ?x { ?x pmlo:calendarYearFrom ?from ; pmlo:calendarYearTo ?to FILTER (?from > ?to) }").rows == ()
    ends = kg.query("SELECT (MIN(?y) AS ?first) (MAX(?y) AS ?last) { ?x pmlo:calendarYearFrom|pmlo:calendarYearTo ?y }").rows[0]
    assert 1950 <= int(ends[0].value) <= int(ends[1].value) <= 2026
