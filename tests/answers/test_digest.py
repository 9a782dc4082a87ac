"""The page of a long answer: the rows that its rule chooses, and what is left out counted."""

from __future__ import annotations

import pytest

from pmlkg.answers.digest import digest
from pmlkg.asking.questions import Digest, Part, Question
from pmlkg.graph import KnowledgeGraph

PLAN = Digest(
    "step",
    (
        Part("1 risk", "How large", "the newest of each group", ("in_whom",), 2, "groups", order="year"),
        Part("4 picture", "What it looks like", "from most people", ("finding",), 1, "findings", order="of_those"),
        Part(
            "5 guidance",
            "What is advised",
            "by guideline",
            ("sources",),
            5,
            "guidelines",
            order="year",
            apart="not recommended",
            joined=True,
        ),
    ),
    "other",
    "1 risk",
    {"factor": "exposure"},
)
QUESTION = Question("long", "Long", "How large, and what then?", "x", (), (), {}, "", digest=PLAN)


def row(step: str, finding: str, **cells: str) -> dict[str, str]:
    names = ("value", "low", "high", "unit", "of_those", "table", "in_whom", "strength", "year", "sources")
    return {"step": step, "finding": finding, **{name: cells.get(name, "") for name in names}}


RISKS = [
    row("1 risk", "risk", value="0.1", unit="per 1,000", table="T", in_whom="a", sources="S1"),
    row("1 risk", "risk", value="12", unit="per 1,000", table="T", in_whom="b", sources="S1"),
    row("1 risk", "incidence, 1990-1995", value="3", unit="per 1,000", in_whom="people", year="2010", sources="S2"),
    row("1 risk", "incidence, 2001", value="1", unit="per 1,000", in_whom="people", year="2010", sources="S2"),
    row("1 risk", "incidence", value="5", unit="per 1,000", in_whom="people", year="2005", sources="S3"),
    row("1 risk", "incidence", value="7", low="6", high="8", unit="per 1,000", in_whom="others", year="2004", sources="S4"),
]


def page(rows: list[dict[str, str]], conflicts: list[tuple[str, str]] | None = None) -> str:
    return digest(QUESTION, rows, {"exposure": "pmlkg:drug"}, conflicts or [], "pmlkg 1", 80)


def test_a_table_is_one_line_and_of_a_group_the_newest_source_and_period_is_told() -> None:
    text = page(RISKS)
    assert "HOW LARGE (the newest of each group; 6 rows)" in text
    assert "- 0.1 to 12 per 1,000: risk, in 2 groups of the table T\n    [S1]\n" in text
    assert "- 1 per 1,000: incidence, 2001\n    people; [S2, 2010]\n" in text
    assert "1990-1995" not in text
    assert "… and 1 more groups" in text
    assert "A picture: pmlkg ask other --factor drug --output figure.svg" in text
    assert "Every row (6): pmlkg ask long --exposure drug --format table" in text


def test_the_figure_from_most_people_comes_first_and_missing_parts_are_gaps() -> None:
    rows = [
        row("4 picture", "fever", value="50", unit="percent", of_those="6/12"),
        row("4 picture", "ataxia", value="9", unit="percent", of_those="9/100"),
    ]
    text = page(rows)
    assert "- 9 % (9/100): ataxia" in text
    assert "fever" not in text
    assert "Gaps: the graph holds nothing on: how large; what is advised." in text
    assert "A picture" not in text


def test_a_guideline_has_a_line_for_each_direction() -> None:
    rows = [
        row("5 guidance", "x recommended for y", sources="G1", year="2020", strength="A"),
        row("5 guidance", "z recommended for y", sources="G1", year="2020", strength="A"),
        row("5 guidance", "w not recommended for y", sources="G1", year="2020", strength="B"),
    ]
    text = page(rows)
    assert "- x recommended for y; z recommended for y\n    [G1, 2020, A]\n- w not recommended for y\n    [G1, 2020, B]\n" in text


def test_conflicts_are_counted_and_other_rows_named() -> None:
    text = page([*RISKS, row("9 else", "?")], [("pmlkg:a", "pmlkg:b"), ("pmlkg:c", "pmlkg:d"), ("pmlkg:e", "pmlkg:f")])
    assert "Conflicts: 3 pairs of claims disagree, such as pmlkg:a against pmlkg:b; pmlkg:c" in text
    assert "Every row (7, 1 of them of other kinds (9 else))" in " ".join(text.split())


@pytest.mark.parametrize("exposure", ["natalizumab", "rituximab", "hiv-infection", "sarcoidosis", "fingolimod"])
def test_the_first_answer_is_a_page(kg: KnowledgeGraph, exposure: str) -> None:
    answer = kg.ask("risk-to-guidance", exposure=exposure)
    lines = answer.serialize("digest", width=80).splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert f"Every row ({len(answer)}" in text
    assert "not medical advice" in text
    assert answer.citation.split(",")[0] in text


def test_a_question_without_a_digest_says_so(kg: KnowledgeGraph) -> None:
    with pytest.raises(ValueError, match="tropism has no digest; right: table"):
        kg.ask("tropism").render("digest")


def test_the_first_rows_in_every_form(kg: KnowledgeGraph) -> None:
    whole, some = kg.ask("tropism"), kg.ask("tropism", limit=3)
    assert some.rows == whole.rows[:3]
    assert (some.total, whole.total) == (len(whole), len(whole))
    assert some.serialize("table").endswith(f"3 of {len(whole)} rows\n")
    assert len(some.serialize("csv").splitlines()) == 4
    assert kg.query("ASK {}", limit=1).boolean
    for wrong in (0, -1, "3"):
        with pytest.raises(ValueError, match="right: a number of rows from 1"):
            kg.ask("tropism", limit=wrong)  # type: ignore[arg-type]
