"""A long answer in, the page of it that a person reads in a minute out.

The `digest:` of a question's header says which parts the answer has, and by which rule a few rows of each are chosen. What is
not shown is counted, and how to see it is said.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from pmlkg.asking.questions import Digest, Part, Question
from pmlkg.notebook import NOTICE
from pmlkg.terms import curie, show

Row = Mapping[str, str]

_NARROW: Final = 50
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TOGETHER: Final = 2
"""Findings of one group that are named in its line; the others are counted."""


def digest(
    question: Question,
    rows: Iterable[Mapping[str, Any]],
    parameters: Mapping[str, str],
    conflicts: Sequence[tuple[str, str]],
    citation: str,
    width: int | None = None,
) -> str:
    """The page. rows : of the answer; conflicts : pairs of claims of which at least one stands in it, by id."""
    plan = question.digest
    assert plan is not None
    page = _Lines(min(width or 80, 100))
    told = [{name: show(cell) for name, cell in row.items()} for row in rows]
    asked = " ".join(f"--{name.replace('_', '-')} {_bare(value)}" for name, value in parameters.items())
    page.put(question.question)
    if parameters:
        page.put(f"Asked of {', '.join(f'{name} {_bare(value)}' for name, value in parameters.items())}.")
    gaps = []
    for part in plan.parts:
        own = [row for row in told if row[plan.column] == part.value]
        if own:
            _part(page, part, own)
        elif part.title:
            gaps.append(part.title.lower())
    page.put("")
    rest = {row[plan.column] for row in told} - {part.value for part in plan.parts}
    others = sum(row[plan.column] in rest for row in told)
    more = f", {others} of them of other kinds ({', '.join(sorted(rest))})" if others else ""
    page.put(f"Every row ({len(told)}{more}): pmlkg ask {question.name} {asked} --format table, md, csv or json")
    if gaps:
        page.put(f"Gaps: the graph holds nothing on: {'; '.join(gaps)}.")
    if conflicts:
        named = "; ".join(f"{one} against {other}" for one, other in conflicts[:_TOGETHER])
        page.put(f"Conflicts: {len(conflicts)} pairs of claims disagree, such as {named}. All: pmlkg ask conflicts; one: pmlkg show ID")
    else:
        page.put("Conflicts: none is recorded between these claims.")
    if plan.picture and any(row.get("value") for row in told if row[plan.column] == plan.pictured):
        page.put(f"A picture: pmlkg ask {plan.picture} {_fitting(plan, parameters)} --output figure.svg".replace("  ", " "))
    page.put(f"The sources: pmlkg ask {question.name} {asked} --format references. What supports a row: pmlkg show with its claim.")
    page.put(f"Cite as: {citation}")
    page.put(NOTICE)
    return "\n".join(page.lines) + "\n"


def _part(page: _Lines, part: Part, rows: Sequence[Row]) -> None:
    """A heading with the rule, and a line or two for each group."""
    groups = list(_groups(part, rows))
    page.put("")
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    page.put(f"{part.title.upper()} ({part.rule}; {count})" if part.title else "NOTE")
    for group in islice(groups, part.show):
        first = group[0]
        amount = _figure(group)
        findings = list(dict.fromkeys(row["finding"] for row in group))
        said = "; ".join(findings[:_TOGETHER]) + (f"; and {len(findings) - _TOGETHER} more" if len(findings) > _TOGETHER else "")
        if first.get("table") and len(group) > 1:
            said = f"{said}, in {len(group)} groups of the table {first['table']}"
            whom = ""
        else:
            whom = first.get("in_whom", "") if len(group) == 1 or part.group == ("in_whom",) else ""
        origin = ", ".join(
            dict.fromkeys(text for text in (first.get("sources", ""), first.get("year", ""), first.get("strength", "")) if text)
        )
        page.item(
            ": ".join(text for text in (amount, said) if text), "; ".join(text for text in (whom, f"[{origin}]" if origin else "") if text)
        )
    if len(groups) > part.show:
        page.put(f"  … and {len(groups) - part.show} more {part.unit}")


def _groups(part: Part, rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that are told in one line: those of a published table, and those alike in the columns of the part. In the order of the part."""
    found: dict[tuple[str, ...], list[Row]] = {}

    def order(row: Row) -> tuple[float, float]:
        """By a column of numbers, or of n/N, the larger first, then the later period; a table without a year stays in front."""
        text = row.get(part.order, "").rpartition("/")[2]
        years = [int(year) for year in _YEAR.findall(row["finding"])]
        number = -float(text) if _NUMBER.fullmatch(text) else float("-inf") if row.get("table") else float("inf")
        return number, -max(years, default=0)

    for row in sorted(rows, key=order) if part.order else rows:
        table = row.get("table", "")
        alike = (
            ("table", table) if table else (*(row[column] for column in part.group), str(bool(part.apart) and part.apart in row["finding"]))
        )
        found.setdefault(alike, []).append(row)
    for group in found.values():
        yield group if part.joined or group[0].get("table") else group[:1]


def _figure(group: Sequence[Row]) -> str:
    """The figure of a group in words: one with its limits and counts, or the ends of a table."""
    values = [float(row["value"]) for row in group if row.get("value")]
    unit = group[0].get("unit", "").replace("percent", "%")
    if len(group) > 1 and group[0].get("table") and values and len({row.get("unit") for row in group}) == 1:
        return f"{min(values):g} to {max(values):g} {unit}".strip()
    return figure(group[0])


def figure(row: Row, between: str = ", ") -> str:
    """The figure of a row in words, with its limits and counts; nothing where it has none. between : what parts these."""
    unit = row.get("unit", "").replace("percent", "%")
    value, low, high = row.get("value", ""), row.get("low", ""), row.get("high", "")
    limits = f"{low} to {high}" if low and high else f"over {low}" if low else f"under {high}" if high else ""
    inner = between.join(text for text in (limits if value else "", row.get("of_those", "")) if text)
    number = value or limits
    return f"{number} {unit}{f' ({inner})' if inner else ''}".strip() if number else ""


def _fitting(plan: Digest, parameters: Mapping[str, str]) -> str:
    """The parameters of the question of the picture that have a value here."""
    return " ".join(
        f"--{other.replace('_', '-')} {_bare(parameters[own])}" for other, own in plan.picture_parameters.items() if own in parameters
    )


def _bare(value: str) -> str:
    return (
        value.removeprefix("pmlkg:").removeprefix("pmlo:")
        if value.startswith(("pmlkg:", "pmlo:"))
        else curie(value)
        if "://" in value
        else value
    )


class _Lines:
    def __init__(self, width: int) -> None:
        self.width = max(width, _NARROW)
        self.lines: list[str] = []

    def put(self, text: str) -> None:
        self.lines += textwrap.wrap(text, self.width, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ") or [""]

    def item(self, text: str, origin: str) -> None:
        for content, first, then in ((text, "- ", "  "), (origin, "    ", "    ")):
            self.lines += textwrap.wrap(
                content, self.width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
            )
