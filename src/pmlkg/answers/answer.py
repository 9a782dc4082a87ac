"""`Answer`: what a query gives, and every form in which it is given to a person or a program.

RENDERERS is the one table of forms: a name for the command line, a media type for the web, and what makes the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar, overload

import pyoxigraph as ox

from pmlkg.answers.tables import rows_as_blocks, rows_as_table, rows_as_wrapped_table
from pmlkg.asking.questions import Question
from pmlkg.formats import format_name
from pmlkg.pictures.page import FORMATS as PICTURES
from pmlkg.pictures.page import Look
from pmlkg.rdf import NOT_XML, write
from pmlkg.terms import UnknownName, nearest, said, show

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pmlkg.answers.bibliography import Bibliography, Work

_T = TypeVar("_T")


class Answer:
    """The answer to a query.

    columns, rows : of a SELECT; a cell is a term, or None where it is unbound.
    boolean : of an ASK, else None.
    triples : of a CONSTRUCT or DESCRIBE, else None.
    question : the named question that was asked, which says what the columns hold; None for a query of the user.
    parameters : of the named question, those with a value, as texts.
    sparql : the query as it was asked, with its parameters.
    total : how many rows there are, of which `rows` are the first where it was asked with a limit.
    """

    def __init__(
        self,
        columns: tuple[str, ...] = (),
        rows: tuple[tuple[Any, ...], ...] = (),
        boolean: bool | None = None,
        triples: tuple[ox.Triple, ...] | None = None,
        question: Question | None = None,
        parameters: Mapping[str, str] | None = None,
        sparql: str = "",
        total: int | None = None,
        _results: Callable[[], Any] | None = None,
        _works: Callable[[Answer], tuple[Work, ...]] | None = None,
        _cite: Callable[[Answer], str] | None = None,
        _disagreeing: Callable[[Answer], list[tuple[str, str]]] | None = None,
    ) -> None:
        self.columns, self.rows, self.boolean, self.triples = columns, rows, boolean, triples
        self.question, self.parameters, self.sparql = question, parameters or {}, sparql
        self.total = len(rows) if total is None else total
        self._results, self._works, self._cite, self._disagreeing = _results, _works, _cite, _disagreeing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answer):
            return NotImplemented
        return self._said() == other._said()

    __hash__ = None  # type: ignore[assignment]  # rows and parameters may hold what has none

    def _said(self) -> tuple[Any, ...]:
        return (self.columns, self.rows, self.boolean, self.triples, self.question, dict(self.parameters), self.sparql)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries of column to term."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        """A row, or some rows, as dictionaries of column to term."""
        return list(self)[place]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        held = {
            "rows": f"{len(self.rows)} rows of {', '.join(self.columns)}",
            "boolean": str(self.boolean),
            "triples": f"{len(self.triples or ())} triples",
        }
        return f"<Answer{f' to {self.question.name}' if self.question else ''}: {held[self.kind]}>"

    @property
    def kind(self) -> Kind:
        """What it holds: rows, a boolean or triples."""
        return "triples" if self.triples is not None else "rows" if self.boolean is None else "boolean"

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns for a person, with the unit of their figures where it is one for all rows."""
        meanings = self.question.columns if self.question else {}
        places = [place for place, column in enumerate(self.columns) if column == "unit"]
        units = {show(row[place]) for place in places for row in self.rows if row[place] is not None}
        of = set(re.findall(r"\w+", meanings.get("unit", ""))) - {"unit"} if len(units) == 1 else set()

        def heading(column: str) -> str:
            unit = "%" if meanings.get(column) == "percent" else next(iter(units)) if column in of else ""
            return column.replace("_", " ") + (f" ({unit})" if unit else "")

        return tuple(heading(column) for column in self.columns)

    def bibliography(self) -> Bibliography:
        """The sources of exactly the claims behind this answer, and how to cite it. See `pmlkg.answers.sources` for which these are."""
        from pmlkg.answers.bibliography import Bibliography

        return Bibliography(self._of_the_graph(self._works), self.citation)

    @property
    def citation(self) -> str:
        """One line on how to cite this answer, with graph version and question; the same for the same graph and query."""
        return self._of_the_graph(self._cite)

    def _of_the_graph(self, ask: Callable[[Answer], _T] | None) -> _T:
        if ask is None:
            raise RuntimeError("this answer was made by hand; right: ask or query a KnowledgeGraph")
        return ask(self)

    @property
    def conflicts(self) -> list[tuple[str, str]]:
        """Pairs of claims, by id, that disagree, neither of them superseded, of which at least one stands in this answer."""
        return self._of_the_graph(self._disagreeing)

    def to_frame(self, library: str = "pandas", *, decimal: bool = False) -> Any:
        """The rows as a DataFrame of pandas or polars (extra ``frames``).

        Integers and booleans are nullable, IRIs compact names, all else texts. Decimals become floats, or, where `decimal` is
        true, decimal.Decimal with exactly their value. ``frame.attrs`` of pandas says what the columns mean and how to cite.
        Raises ValueError for an answer without rows and columns (ASK, CONSTRUCT).
        """
        from pmlkg.answers.frames import to_frame

        if self.kind != "rows":
            raise ValueError(f"a frame of {self.kind}; right: the answer of a SELECT")
        attrs: dict[str, Any] = {"sparql": self.sparql, "citation": self.citation if self._cite else ""}
        if self.question:
            attrs |= {"title": self.question.title, "question": self.question.question, "columns": dict(self.question.columns)}
            attrs |= {"parameters": dict(self.parameters), "headings": dict(zip(self.columns, self.headings, strict=True))}
        types = self.question.types if self.question else {}
        return to_frame(self.columns, self.rows, library, decimal=decimal, types=types, attrs=attrs)

    def _repr_html_(self) -> str:
        from pmlkg import notebook

        if self.kind != "rows":
            return notebook.text(self.serialize("table"))
        meanings = [self.question.columns[column] if self.question else "" for column in self.columns]
        return notebook.table(self.question.title if self.question else "", self.headings, meanings, self.rows, show)

    def render(self, format: str = "table", *, width: int | None = None, look: Look | None = None) -> bytes:
        """The answer as bytes in one of the formats of RENDERERS.

        width : columns of the terminal; rows that a table of this width cannot hold, even with cells of a few lines, are shown as
        blocks. None: always a table with a line for each row.
        look : of a picture: its width, dots per inch, how many rows, which panels.
        Raises UnknownName for another format, or for one that does not fit what the answer holds.
        """
        format = format_name(said(format, "the format"))
        fitting = [name for name, renderer in RENDERERS.items() if self.kind in renderer.holds]
        if format not in RENDERERS:
            raise UnknownName("format", format, nearest(format, RENDERERS) or fitting)
        if format not in fitting:
            raise UnknownName(f"format for {self.kind}", format, fitting)
        if look is not None and format not in PICTURES:
            raise ValueError(f"{format} is no picture; right: {', '.join(PICTURES)}")
        return _picture(format, look)(self, width) if look is not None else RENDERERS[format].render(self, width)

    def serialize(self, format: str = "table", *, width: int | None = None) -> str:
        """Likewise as text, for the formats that are text."""
        content = self.render(format, width=width)
        if (name := format_name(format)) in ("png", "pdf"):
            raise ValueError(f"{name} is no text; right: render, which gives bytes")
        return content.decode()

    def plot(self, look: Look | None = None) -> Figure:
        """The picture of the answer, as the header of its question says, to be looked at or changed with matplotlib.

        Raises NoPicture, a ValueError, where the question has none, or the answer has no rows, and MissingLibrary without matplotlib.
        """
        from pmlkg.pictures import draw as picture

        return picture.draw(self, look or Look())


Kind = Literal["rows", "boolean", "triples"]


class Renderer(NamedTuple):
    """A form of an answer: its media type, the kinds of answer that have it, and what makes its bytes."""

    media_type: str
    holds: tuple[Kind, ...]
    render: Callable[[Answer, int | None], bytes]


def _results(format: ox.QueryResultsFormat) -> Callable[[Answer, int | None], bytes]:
    """The formats of the W3C, written by the store."""

    def render(answer: Answer, _: int | None) -> bytes:
        assert answer._results
        written = bytes(answer._results().serialize(format=format))
        if format == ox.QueryResultsFormat.XML and (odd := NOT_XML.search(written)):
            raise ValueError(f"XML has no character {odd[0].decode()!r}, which the answer holds; right: json, csv or tsv")
        return written

    return render


def _picture(format: str, look: Look | None = None) -> Callable[[Answer, int | None], bytes]:
    def render(answer: Answer, _: int | None) -> bytes:
        from pmlkg.pictures import draw as picture

        return picture.render(answer, format, look or Look())

    return render


def _triples(format: str) -> Callable[[Answer, int | None], bytes]:
    """The triples of a CONSTRUCT in a format of `pmlkg.rdf.FORMATS`."""

    def render(answer: Answer, _: int | None) -> bytes:
        return write((ox.Quad(*triple) for triple in answer.triples or ()), format)

    return render


def _table(answer: Answer, width: int | None) -> bytes:
    if answer.triples is not None:
        return _triples("turtle")(answer, width)
    if answer.boolean is not None:
        return b"true\n" if answer.boolean else b"false\n"
    text = rows_as_table(answer, markdown=False)
    if width and answer.columns and text.index("\n") > width:
        text = rows_as_wrapped_table(answer, width) or rows_as_blocks(answer, width)
    return f"{text}{_count(answer)}".encode()


def _digest(answer: Answer, width: int | None) -> bytes:
    from pmlkg.answers.digest import digest

    question = answer.question
    if question is None or question.digest is None:
        raise ValueError(f"{question.name if question else 'a query without a name'} has no digest; right: table")
    return digest(question, answer, answer.parameters, answer.conflicts, answer.citation, width).encode()


def _markdown(answer: Answer, _: int | None) -> bytes:
    if answer.boolean is not None:
        return _table(answer, None)
    blank = "\n" if answer.columns else ""  # else the count would be read as a row of the table
    return f"{rows_as_table(answer, markdown=True)}{blank}{_count(answer)}".encode()


def _count(answer: Answer) -> str:
    of = f"{len(answer)} of " if answer.total > len(answer) else ""
    return f"{of}{answer.total} row{'' if answer.total == 1 else 's'}\n"


def _references(format: str) -> Callable[[Answer, int | None], bytes]:
    """The sources of an answer in a format of `pmlkg.answers.bibliography.FORMATS`."""

    def render(answer: Answer, _: int | None) -> bytes:
        return answer.bibliography().serialize(format).encode()

    return render


RENDERERS: Final[dict[str, Renderer]] = {
    "table": Renderer("text/plain", ("rows", "boolean", "triples"), _table),
    "digest": Renderer("text/plain", ("rows",), _digest),
    "md": Renderer("text/markdown", ("rows", "boolean"), _markdown),
    "csv": Renderer("text/csv", ("rows", "boolean"), _results(ox.QueryResultsFormat.CSV)),
    "tsv": Renderer("text/tab-separated-values", ("rows", "boolean"), _results(ox.QueryResultsFormat.TSV)),
    "json": Renderer("application/sparql-results+json", ("rows", "boolean"), _results(ox.QueryResultsFormat.JSON)),
    "xml": Renderer("application/sparql-results+xml", ("rows", "boolean"), _results(ox.QueryResultsFormat.XML)),
    "turtle": Renderer("text/turtle", ("triples",), _triples("turtle")),
    "ntriples": Renderer("application/n-triples", ("triples",), _triples("ntriples")),
    "jsonld": Renderer("application/ld+json", ("triples",), _triples("jsonld")),
    "rdfxml": Renderer("application/rdf+xml", ("triples",), _triples("rdfxml")),
    "csl-json": Renderer("application/vnd.citationstyles.csl+json", ("rows", "triples"), _references("csl-json")),
    "bibtex": Renderer("application/x-bibtex", ("rows", "triples"), _references("bibtex")),
    "ris": Renderer("application/x-research-info-systems", ("rows", "triples"), _references("ris")),
    "references": Renderer("text/plain", ("rows", "triples"), _references("text")),
    "svg": Renderer("image/svg+xml", ("rows",), _picture("svg")),
    "png": Renderer("image/png", ("rows",), _picture("png")),
    "pdf": Renderer("application/pdf", ("rows",), _picture("pdf")),
}
"""Name of a format -> its renderer."""
