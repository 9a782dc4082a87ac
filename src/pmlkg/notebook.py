"""Answers as HTML for notebooks: every text is escaped, and links go to the IRIs of the graph only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLKG, PMLO

MOST_ROWS: Final = 200
NOTICE: Final = "Research use, not medical advice."


def table(title: str, headings: Sequence[str], meanings: Sequence[str], rows: Sequence[Sequence[Any]], show: Callable[[Any], str]) -> str:
    """Rows as an HTML table with at most MOST_ROWS of them.

    headings, meanings : of the columns; a meaning appears when the pointer rests on its heading. show : the text of a cell.
    """
    head = "".join(f'<th title="{escape(m)}">{escape(h)}</th>' for h, m in zip(headings, meanings, strict=True))
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell, show)}</td>' for cell in row)}</tr>\n" for row in rows[:MOST_ROWS])
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    if len(rows) > MOST_ROWS:
        count += f", the first {MOST_ROWS} shown"
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    return f"<table>{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n<p>{count}. {NOTICE}</p>\n"


def text(lines: str) -> str:
    """Lines of text as they stand."""
    return f"<pre>{escape(lines)}</pre>\n<p>{NOTICE}</p>\n"


def _cell(cell: Any, show: Callable[[Any], str]) -> str:
    shown = escape(show(cell)).replace("\n", "<br>")
    if isinstance(cell, ox.NamedNode) and cell.value.startswith((PMLKG, PMLO)):
        return f'<a href="{escape(cell.value)}">{shown}</a>'
    return shown
