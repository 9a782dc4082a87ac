"""Rows as text for a terminal: a table, one with cells of a few lines, or blocks, whichever can be read in the width."""

from __future__ import annotations

import textwrap
from typing import Any, Final, Protocol

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
    from prettytable import PrettyTable, TableStyle

    if not answer.columns:
        return ""
    table = PrettyTable(list(answer.headings))
    table.align = "l"
    if markdown:
        table.set_style(TableStyle.MARKDOWN)
    for row in answer.rows:
        table.add_row([show(cell).replace("|", r"\|").replace("\n", "<br>") if markdown else show(cell) for cell in row])
    return str(table.get_string()) + "\n"


def rows_as_wrapped_table(answer: Tabular, width: int) -> str:
    """Rows as a table with cells of a few lines, or nothing where that would be hard to read.

    Words are kept whole, for ids are there to be copied. Columns without any value are left out, as blocks leave them out.
    """
    from prettytable import HRuleStyle, PrettyTable

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
    table = PrettyTable(wrapped[0], align="l", hrules=HRuleStyle.ALL)
    table.add_rows(wrapped[1:])
    return str(table.get_string()) + "\n"


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
