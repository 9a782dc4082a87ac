"""What is drawn: the rows of an answer by the role that the header of its question gives each column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pmlkg.asking.questions import Picture, Question
from pmlkg.notebook import NOTICE
from pmlkg.terms import show
from pmlkg.version import __version__

LIMIT: Final = 150
"""How many rows a picture draws; the others are counted in it."""


class Drawable(Protocol):
    """What is needed of an answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """Terms, or None where a cell is unbound."""

    @property
    def question(self) -> Question | None:
        """The named question that was asked."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """What it was asked with."""


@dataclass
class Row:
    """A row of the answer by role; rows that differ only in who says it are one, with all its sources."""

    texts: Mapping[str, str]
    sources: list[str] = field(default_factory=list)

    def number(self, role: str) -> float | None:
        """The number in that role, or None where there is no finite one."""
        try:
            number = float(self.texts.get(role, ""))
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    @property
    def series(self) -> tuple[str, str, tuple[str, ...]]:
        """What a line of a time line stands for."""
        return self["label"].rstrip("."), self["in_whom"], tuple(self.sources)

    def __getitem__(self, role: str) -> str:
        return self.texts.get(role, "")

    @property
    def name(self) -> str:
        """Label and sources, for the notes."""
        return f"{self['label']} ({join(self.sources)})"


@dataclass
class Sheet:
    """What stands around the drawing: title and parameters above, notes and name of the question below."""

    rows: list[Row]
    picture: Picture
    head: list[str]
    notes: list[str]
    foot: list[str]


def read_sheet(answer: Drawable, question: Question, picture: Picture) -> Sheet:
    """The rows by role, the first LIMIT of them, with what stands above and below the drawing."""
    rows: dict[tuple[str, ...], Row] = {}
    for cells in answer.rows:
        row = dict(zip(answer.columns, (" ".join(show(cell).split()) for cell in cells), strict=True))
        texts = {role: join(row[column] for column in columns) for role, columns in picture.roles.items() if role != "source"}
        if "strata" in picture.roles:  # a bare number or "true" says nothing without the name of its column
            strata = "; ".join(f"{column.replace('_', ' ')}: {row[column]}" for column in picture.roles["strata"] if row[column])
            texts["label"] = "; ".join(text for text in (texts["label"], strata) if text)
        one = rows.setdefault(tuple(texts.values()), Row(texts))
        for column in picture.roles["source"]:
            for source in row[column].removeprefix("pmlkg:").split("; "):
                if source and source not in one.sources:
                    one.sources.append(source)
    drawn = list(rows.values())
    asked = "; ".join(f"{name}: {value.removeprefix('pmlkg:').removeprefix('pmlo:')}" for name, value in answer.parameters.items())
    notes = []
    if len(drawn) > LIMIT:
        notes.append(f"The first {LIMIT} of {len(drawn)} rows are drawn; the parameters of the question narrow it.")
    foot = [f"pmlkg {__version__}, question {question.name}. {NOTICE}"]
    return Sheet(drawn[:LIMIT], picture, [question.title, f"{question.question}{f' ({asked})' if asked else ''}"], notes, foot)


def join(texts: Iterable[str]) -> str:
    """Texts with commas between them, without the empty ones."""
    return ", ".join(text for text in texts if text)


def missing(rows: Sequence[Row], why: str) -> list[str]:
    """The note on rows that are not drawn."""
    if not rows:
        return []
    names = "; ".join(": ".join(text for text in (row.name, row["in_whom"]) if text) for row in rows)
    return [f"{len(rows)} row{' is' if len(rows) == 1 else 's are'} not drawn, {why}: {names}."]


def in_words(row: Row) -> str:
    """The figure of a row in words: 1.2 (0.9 to 1.5), > 3, n/N."""
    value, low, high, bounds = row["value"], row["low"], row["high"], row["bounds"]
    bound = bounds == "only above or below"
    limits = (
        f"{low} to {high}"
        if low and high
        else f"{'>' if bound else 'from'} {low}"
        if low
        else f"{'<' if bound else 'to'} {high}"
        if high
        else ""
    )
    if limits and bounds and not bound and bounds != "confidence interval":
        limits = f"{bounds} {limits}"
    text = f"{value} ({limits})" if value and limits else value or limits
    count = (
        f"{row['n']}/{row['of']}" if row["n"] and row["of"] else f"n = {row['n']}" if row["n"] else f"N = {row['of']}" if row["of"] else ""
    )
    return f"{text}   {count}" if count else text
