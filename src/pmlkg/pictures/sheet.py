"""What is drawn: the rows of an answer by the role that the header of its question gives each column."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pmlkg.asking.questions import AXES, Picture, Question
from pmlkg.notebook import NOTICE
from pmlkg.pictures.page import Look
from pmlkg.terms import UnknownName, nearest, show
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
    """What stands around the drawing: title and parameters above, notes, references and name of the question below."""

    rows: list[Row]
    picture: Picture
    head: list[str]
    notes: list[str]
    foot: list[str]
    look: Look = Look()  # noqa: RUF009 - it cannot be changed
    _cited: list[str] = field(default_factory=list)

    def cite(self, row: Row) -> str:
        """The numbers of the sources of a row, which are told below."""
        for source in row.sources:
            if source not in self._cited:
                self._cited.append(source)
        numbers = sorted(self._cited.index(source) + 1 for source in row.sources)
        return f"[{', '.join(map(str, numbers))}]" if numbers else ""

    @property
    def references(self) -> list[str]:
        """A line of the sources that were cited, by number."""
        return ["Sources: " + "; ".join(f"{number} {source}" for number, source in enumerate(self._cited, 1)) + "."] if self._cited else []


def read_sheet(answer: Drawable, question: Question, picture: Picture, look: Look = Look()) -> Sheet:  # noqa: B008
    """The rows by role, as many as `look` and LIMIT let, with what stands above and below the drawing.

    Raises UnknownName for a panel that there is not.
    """
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
    for one in drawn:
        if "label" in picture.roles and picture.kind != "layers" and not one["label"]:  # else it would be a row of nothing
            one.texts = {**one.texts, "label": one["in_whom"] or "(without a name)"}
    drawn = _of_panel(drawn, look.panel)
    if picture.kind in ("forest", "bars") and len(picture.roles.get("strata", ())) <= 1:  # the strata of a table have an order of their own
        drawn = _by_size(drawn)
    asked = "; ".join(f"{name}: {value.removeprefix('pmlkg:').removeprefix('pmlo:')}" for name, value in answer.parameters.items())
    notes = []
    if look.top is not None:
        kept = _top(drawn, look.top)
        if len(kept) < len(drawn):
            notes.append(
                f"{len(kept)} of {len(drawn)} rows are drawn: the first {look.top}{' of each panel' if picture.kind in AXES else ''}."
            )
        drawn = kept
    if len(drawn) > LIMIT:
        notes.append(f"The first {LIMIT} of {len(drawn)} rows are drawn; the parameters of the question narrow it.")
    foot = [f"pmlkg {__version__}, question {question.name}. {NOTICE}"]
    return Sheet(drawn[:LIMIT], picture, [question.title, f"{question.question}{f' ({asked})' if asked else ''}"], notes, foot, look)


def _of_panel(rows: list[Row], panel: str | None) -> list[Row]:
    if panel is None:
        return rows
    facets = list(dict.fromkeys(row["facet"] for row in rows if row["facet"]))
    exact = [facet for facet in facets if facet.casefold() == panel.casefold()]
    chosen = exact or [facet for facet in facets if panel.casefold() in re.split(r", | \(", facet.casefold())]
    if not chosen:
        raise UnknownName("panel of this picture", panel, nearest(panel, facets) or facets)
    return [row for row in rows if row["facet"] in chosen]


def _by_size(rows: list[Row]) -> list[Row]:
    """The larger figures of each panel first; rows of one name together, where its largest stands."""

    def size(row: Row) -> float:
        return next((n for role in ("value", "high", "low") if (n := row.number(role)) is not None), float("-inf"))

    panels = {row["facet"]: place for place, row in reversed(list(enumerate(rows)))}
    largest: dict[tuple[str, str, str], float] = {}
    for row in rows:
        key = (row["facet"], row["unit"], row["label"])
        largest[key] = max(size(row), largest.get(key, float("-inf")))
    return sorted(rows, key=lambda row: (panels[row["facet"]], -largest[row["facet"], row["unit"], row["label"]], row["label"], -size(row)))


def _top(rows: list[Row], top: int) -> list[Row]:
    counts: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in rows:
        counts[row["facet"], row["unit"]] += 1
        if counts[row["facet"], row["unit"]] <= top:
            kept.append(row)
    return kept


def join(texts: Iterable[str]) -> str:
    """Texts with commas between them, without the empty ones."""
    return ", ".join(text for text in texts if text)


def missing(rows: Sequence[Row], why: str) -> list[str]:
    """The note on rows that are not drawn."""
    if not rows:
        return []
    names = "; ".join(": ".join(text for text in (row.name, row["in_whom"]) if text) for row in rows)
    return [f"{len(rows)} row{' is' if len(rows) == 1 else 's are'} not drawn, {why}: {names}."]


def in_words(row: Row, unit: str = "") -> str:
    """The figure of a row in words: 1.2 (0.9 to 1.5), > 3, 50 % (6/12). unit : of the axis, of which only percent is said with the figure."""
    value, low, high, bounds = row["value"], row["low"], row["high"], row["bounds"]
    bound = bounds == "only above or below"
    percent = " %" if unit.startswith("percent") else ""
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
    count = (
        f"{row['n']}/{row['of']}" if row["n"] and row["of"] else f"n = {row['n']}" if row["n"] else f"N = {row['of']}" if row["of"] else ""
    )
    inner = "; ".join(text for text in (limits if value else "", count) if text)
    figure = f"{value or limits}{percent}" if value or limits else ""
    return f"{figure} ({inner})" if figure and inner else figure or inner
