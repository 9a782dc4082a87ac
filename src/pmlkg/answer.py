"""`Answer`: what a query gives, and every form in which it is given to a person or a program.

RENDERERS is the one table of forms: a name for the command line, a media type for the web, and what makes the bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox

from pmlkg.questions import Question
from pmlkg.rdf import write
from pmlkg.terms import UnknownName, nearest
from pmlkg.terms import show as show

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Answer:
    """The answer to a query.

    columns, rows : of a SELECT; a cell is a term, or None where it is unbound.
    boolean : of an ASK, else None.
    triples : of a CONSTRUCT or DESCRIBE, else None.
    question : the named question that was asked, which says what the columns hold; None for a query of the user.
    sparql : the query as it was asked, with its parameters.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    boolean: bool | None = None
    triples: tuple[ox.Triple, ...] | None = None
    question: Question | None = None
    sparql: str = field(default="", repr=False)
    _again: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries of column to term."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def kind(self) -> Kind:
        """What it holds: rows, a boolean or triples."""
        return "triples" if self.triples is not None else "rows" if self.boolean is None else "boolean"

    def render(self, format: str = "table", *, width: int | None = None) -> bytes:
        """The answer as bytes in one of the formats of RENDERERS.

        width : columns of the terminal; rows that a table of this width cannot hold are shown as blocks. None: always a table.
        Raises UnknownName for another format, or for one that does not fit what the answer holds.
        """
        fitting = [name for name, renderer in RENDERERS.items() if self.kind in renderer.holds]
        if format not in RENDERERS:
            raise UnknownName("format", format, nearest(format, RENDERERS) or fitting)
        if format not in fitting:
            raise UnknownName(f"format for {self.kind}", format, fitting)
        return RENDERERS[format].render(self, width)

    def serialize(self, format: str = "table", *, width: int | None = None) -> str:
        """Likewise as text, for the formats that are text."""
        content = self.render(format, width=width)
        if format == "png":
            raise ValueError("png is no text; right: render, which gives bytes")
        return content.decode()

    def plot(self) -> Figure:
        """The picture of the answer, as the header of its question says, to be looked at or changed with matplotlib.

        Raises picture.NoPicture, a ValueError, where the question has none, the answer has no rows, or matplotlib is missing.
        """
        from pmlkg import picture

        return picture.draw(self)


Kind = Literal["rows", "boolean", "triples"]


@dataclass(frozen=True, slots=True)
class Renderer:
    """A form of an answer: its media type, the kinds of answer that have it, and what makes its bytes."""

    media_type: str
    holds: tuple[Kind, ...]
    render: Callable[[Answer, int | None], bytes]


def _results(format: ox.QueryResultsFormat) -> Callable[[Answer, int | None], bytes]:
    """The formats of the W3C, written by the store."""

    def render(answer: Answer, _: int | None) -> bytes:
        assert answer._again
        return bytes(answer._again().serialize(format=format))

    return render


def _picture(format: str) -> Callable[[Answer, int | None], bytes]:
    def render(answer: Answer, _: int | None) -> bytes:
        from pmlkg import picture

        return picture.render(answer, format)

    return render


def _turtle(answer: Answer, _: int | None = None) -> bytes:
    return write((ox.Quad(*triple) for triple in answer.triples or ()), "turtle")


def _table(answer: Answer, width: int | None) -> bytes:
    if answer.triples is not None:
        return _turtle(answer)
    if answer.boolean is not None:
        return b"true\n" if answer.boolean else b"false\n"
    text = _rows_as_table(answer, markdown=False)
    if width and answer.columns and text.index("\n") > width:
        text = _rows_as_blocks(answer, width)
    return f"{text}{_count(answer)}".encode()


def _markdown(answer: Answer, _: int | None) -> bytes:
    if answer.boolean is not None:
        return _table(answer, None)
    blank = "\n" if answer.columns else ""  # else the count would be read as a row of the table
    return f"{_rows_as_table(answer, markdown=True)}{blank}{_count(answer)}".encode()


def _count(answer: Answer) -> str:
    return f"{len(answer)} row{'' if len(answer) == 1 else 's'}\n"


def _rows_as_table(answer: Answer, *, markdown: bool) -> str:
    from prettytable import PrettyTable, TableStyle

    if not answer.columns:
        return ""
    table = PrettyTable([column.replace("_", " ") for column in answer.columns])
    table.align = "l"
    if markdown:
        table.set_style(TableStyle.MARKDOWN)
    for row in answer.rows:
        table.add_row([show(cell).replace("|", r"\|").replace("\n", "<br>") if markdown else show(cell) for cell in row])
    return str(table.get_string()) + "\n"


def _rows_as_blocks(answer: Answer, width: int) -> str:
    """Rows below one another, a cell a line, for what is too wide for a table; empty cells are left out."""
    edge = max(len(column) for column in answer.columns) + 2
    blocks = []
    for row in answer.rows:
        lines = []
        for column, cell in zip(answer.columns, row, strict=True):
            wrapped = textwrap.wrap(show(cell), max(width - edge, 20), break_long_words=False, break_on_hyphens=False)
            names = [column.replace("_", " "), *[""] * len(wrapped)]
            lines += [f"{name:<{edge}}{text}" for name, text in zip(names, wrapped, strict=False)]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, ""]) + "\n"


RENDERERS: Final[dict[str, Renderer]] = {
    "table": Renderer("text/plain", ("rows", "boolean", "triples"), _table),
    "md": Renderer("text/markdown", ("rows", "boolean"), _markdown),
    "csv": Renderer("text/csv", ("rows", "boolean"), _results(ox.QueryResultsFormat.CSV)),
    "tsv": Renderer("text/tab-separated-values", ("rows", "boolean"), _results(ox.QueryResultsFormat.TSV)),
    "json": Renderer("application/sparql-results+json", ("rows", "boolean"), _results(ox.QueryResultsFormat.JSON)),
    "xml": Renderer("application/sparql-results+xml", ("rows", "boolean"), _results(ox.QueryResultsFormat.XML)),
    "ttl": Renderer("text/turtle", ("triples",), _turtle),
    "svg": Renderer("image/svg+xml", ("rows",), _picture("svg")),
    "png": Renderer("image/png", ("rows",), _picture("png")),
}
"""Name of a format -> its renderer."""
