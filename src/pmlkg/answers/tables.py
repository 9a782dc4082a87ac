"""Rows as text for a terminal: a table, one with cells of a few lines, or blocks, whichever can be read in the width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, Final, Protocol
from unicodedata import category, combining, east_asian_width

from pmlkg.terms import show

_NARROW: Final = 10  # columns of a table are not made narrower for their text to be wrapped
_TALL: Final = 8  # lines of a cell


class Tabular(Protocol):
    """What is needed of an answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def headings(self) -> tuple[str, ...]:
        """Likewise for a person."""

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """Terms, or None where a cell is unbound."""


def rows_as_table(answer: Tabular, *, markdown: bool) -> str:
    """Rows as a table of lines, a row a line, or as Markdown."""
    if not answer.columns:
        return ""
    if not markdown:
        return _grid([list(answer.headings), *([show(cell) for cell in row] for row in answer.rows)], ruled=False)
    cells = [
        list(answer.headings),
        *(
            [show(cell).replace("&", "&amp;").replace("<", "&lt;").replace("|", r"\|").replace("\n", "<br>") for cell in row]
            for row in answer.rows
        ),
    ]
    widths = [max(map(_wide, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    lines.insert(1, "|" + "".join(f" :{'-' * width}|" for width in widths))
    return "\n".join(lines) + "\n"


def rows_as_wrapped_table(answer: Tabular, width: int) -> str:
    """Rows as a table with cells of a few lines, or nothing where that would be hard to read.

    Words are kept whole, for ids are there to be copied. Columns without any value are left out, as blocks leave them out.
    """
    filled = [place for place in range(len(answer.columns)) if any(row[place] is not None for row in answer.rows)]
    headings = answer.headings
    cells = [[headings[place] for place in filled], *([show(row[place]) for place in filled] for row in answer.rows)]
    texts = list(zip(*cells, strict=True))
    least = [max(len(word) for text in column for word in ["", *text.split()]) for column in texts]
    most = [max(len(line) for text in column for line in ["", *text.split("\n")]) for column in texts]
    widths = [min(wide, max(narrow, _NARROW)) for narrow, wide in zip(least, most, strict=True)]
    spare = width - sum(widths) - 3 * len(widths) - 1  # a cell has a blank on both sides and a line before it
    if spare < 0 or not widths:
        return ""
    while spare > 0 and any(wide > given for given, wide in zip(widths, most, strict=True)):
        tallest = max(range(len(widths)), key=lambda place: most[place] / widths[place])
        widths[tallest] += 1
        spare -= 1
    wrapped = [
        [
            "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))
            for text, width in zip(row, widths, strict=True)
        ]
        for row in cells
    ]
    if max(text.count("\n") for row in wrapped for text in row) >= _TALL:
        return ""
    return _grid(wrapped, ruled=True)


def _grid(cells: Sequence[Sequence[str]], *, ruled: bool) -> str:
    """Cells of one or more lines in a frame, with a rule below the first row, or below each where `ruled`."""
    texts = [[cell.split("\n") for cell in row] for row in cells]
    widths = [max(_wide(line) for cell in column for line in cell) for column in zip(*texts, strict=True)]
    rule = "+" + "".join(f"{'-' * (width + 2)}+" for width in widths)
    lines = [rule]
    for place, row in enumerate(texts):
        for line in zip_longest(*row, fillvalue=""):
            lines.append(_line(line, widths))
        if ruled or place == 0:
            lines.append(rule)
    if not ruled or len(cells) == 1:
        lines.append(rule)
    return "\n".join(lines) + "\n"


def _wide(text: str) -> int:
    """Columns of a terminal that a text takes: two for the wide letters of East Asia, none for marks that stand on a letter."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) or category(c) == "Cf" else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _line(texts: Iterable[str], widths: Iterable[int]) -> str:
    return "|" + "".join(f" {text}{' ' * (width - _wide(text))} |" for text, width in zip(texts, widths, strict=True))


def rows_as_blocks(answer: Tabular, width: int) -> str:
    """Rows below one another, a cell a line, for what is too wide for a table; empty cells are left out."""
    headings = answer.headings  # which looks at all rows for their unit
    edge = max(len(heading) for heading in headings) + 2
    blocks = []
    for row in answer.rows:
        lines = []
        for heading, cell in zip(headings, row, strict=True):
            wrapped = textwrap.wrap(show(cell), max(width - edge, 20), break_long_words=False, break_on_hyphens=False)
            names = [heading, *[""] * len(wrapped)]
            lines += [f"{name:<{edge}}{text}" for name, text in zip(names, wrapped, strict=False)]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, ""]) + "\n"
