"""`Answer`: every form in which an answer is given, on a small graph."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas
import polars
import pyoxigraph as ox
import pytest

from pmlkg.answers.answer import RENDERERS, Answer
from pmlkg.answers.frames import to_frame
from pmlkg.answers.tables import rows_as_table
from pmlkg.asking.questions import Question
from pmlkg.extras import MissingLibrary
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import PMLKG, UnknownName, show

ROWS = 'SELECT ?a_b ?b { VALUES (?a_b ?b) { (pmlkg:pml "x|y, \\"z\\"\\nline 2"@en) (UNDEF 1.50) } }'


def test_an_answer_as_csv_tsv_json_and_xml(tiny: KnowledgeGraph) -> None:
    answer = tiny.query(ROWS)
    texts = [[PMLKG + "pml", 'x|y, "z"\nline 2'], ["", "1.5"]]
    assert list(csv.reader(io.StringIO(answer.serialize("csv"), newline=""))) == [["a_b", "b"], *texts]
    assert answer.serialize("tsv").splitlines()[1] == f'<{PMLKG}pml>\t"x|y, \\"z\\"\\nline 2"@en'
    bindings = json.loads(answer.serialize("json"))["results"]["bindings"]
    assert bindings[0]["a_b"] == {"type": "uri", "value": PMLKG + "pml"}
    assert bindings[0]["b"] == {"type": "literal", "value": texts[0][1], "xml:lang": "en"}
    assert bindings[1].keys() == {"b"}
    results = [element for element in ElementTree.fromstring(answer.serialize("xml")).iter() if element.tag.endswith("}result")]
    assert len(results) == 2


def test_an_answer_as_a_table(tiny: KnowledgeGraph) -> None:
    lines = tiny.query(ROWS).serialize("table").splitlines()
    assert [cell.strip() for cell in lines[1].split("|")[1:-1]] == ["a b", "b"]
    assert lines[-1] == "2 rows"
    assert "pmlkg:pml" in lines[3]
    assert tiny.query("SELECT ?x { VALUES ?x { 1 } }").serialize().splitlines()[-1] == "1 row"
    narrow = tiny.query('SELECT ("word word word word word word" AS ?x) (1 AS ?y) {}').serialize("table", width=30)
    assert max(map(len, narrow.splitlines())) <= 30


def test_an_answer_as_markdown_has_one_line_for_each_row(tiny: KnowledgeGraph) -> None:
    lines = tiny.query(ROWS).serialize("md").splitlines()
    table = lines[: lines.index("")]  # a line of text right below would be read as a row
    assert len(table) == 2 + 2
    assert all(line.startswith("|") and line.endswith("|") for line in table)
    assert "x\\|y" in table[2]
    assert lines[-1] == "2 rows"


@pytest.mark.parametrize("format", RENDERERS)
def test_every_kind_of_answer_has_its_formats_and_names_them_for_others(tiny: KnowledgeGraph, format: str) -> None:
    rows, boolean, triples = (tiny.query(q) for q in ("SELECT * { ?s a pmlo:Claim }", "ASK {}", "CONSTRUCT WHERE { ?s a pmlo:Claim }"))
    sources, pictures = {"csl-json", "bibtex", "ris", "references"}, {"svg", "png", "pdf", "digest"}
    graphs = {"turtle", "ntriples", "jsonld", "rdfxml"}
    results = set(RENDERERS) - graphs - sources - pictures
    for answer, formats in ((rows, results | sources | pictures), (boolean, results), (triples, graphs | {"table"} | sources)):
        if format in formats & pictures:
            with pytest.raises(ValueError, match=r"a query without a name has no (picture|digest)"):
                answer.render(format)
        elif format in formats:
            assert answer.serialize(format).strip()
        else:
            with pytest.raises(UnknownName) as error:
                answer.serialize(format)
            assert set(error.value.suggestions) <= formats
            assert error.value.suggestions


def test_a_boolean_and_triples_as_text(tiny: KnowledgeGraph) -> None:
    assert tiny.query("ASK {}").serialize() == "true\n"
    assert tiny.query("ASK { FILTER (false) }").serialize("md") == "false\n"
    assert json.loads(tiny.query("ASK {}").serialize("json"))["boolean"] is True
    triples = tiny.query("CONSTRUCT WHERE { ?s a pmlo:Disease }")
    assert triples.triples
    assert {quad.triple for quad in ox.parse(triples.serialize("ttl"), format=ox.RdfFormat.TURTLE)} == set(triples.triples)


def test_an_unknown_answer_format_brings_the_nearest(tiny: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName) as error:
        tiny.query("ASK {}").serialize("jsn")
    assert error.value.suggestions[0] == "json"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT * {}", "1 row"),  # no column, one solution
        ("SELECT * { FILTER (false) }", "0 rows"),
        ("SELECT (<<( pmlkg:a pmlkg:b 1 )>> AS ?triple) {}", PMLKG + "a"),
        ("SELECT ('\\u0007\\u001b[31m' AS ?x) {}", "[31m"),
    ],
)
def test_odd_answers_have_a_table_too(tiny: KnowledgeGraph, query: str, text: str) -> None:
    table = tiny.query(query).serialize()
    assert text in table
    assert table.replace("\n", "").isprintable()


# --- in a terminal -------------------------------------------------------------------------------------------------------


def made(columns: dict[str, str], rows: list[dict[str, object]], types: dict[str, str] | None = None) -> Answer:
    """An answer of a synthetic question, made by hand."""
    question = Question("synthetic", "Synthetic & title", "What?", "group", (), (), columns, "", types or {})
    cells = [tuple(None if (cell := row.get(column)) is None else _term(cell) for column in columns) for row in rows]
    return Answer(tuple(columns), tuple(cells), question=question)


def _term(value: object) -> ox.Literal | ox.NamedNode:
    return value if isinstance(value, ox.Literal | ox.NamedNode) else ox.Literal(value)  # type: ignore[arg-type]


COLUMNS = {"value": "the figure, in unit", "low": "lower limit", "share": "percent", "unit": "unit of value and low", "claim": "claim IRI"}


def test_headings_have_the_unit_of_their_figures() -> None:
    one = made(COLUMNS, [{"value": 1, "unit": "per 1,000 persons"}, {"value": 2, "unit": "per 1,000 persons"}, {}])
    assert one.headings == ("value (per 1,000 persons)", "low (per 1,000 persons)", "share (%)", "unit", "claim")
    two = made(COLUMNS, [{"value": 1, "unit": "persons"}, {"value": 2, "unit": "cases"}])
    assert two.headings == ("value", "low", "share (%)", "unit", "claim")  # the unit stands in each row
    assert made(COLUMNS, []).headings == ("value", "low", "share (%)", "unit", "claim")


def test_wide_rows_are_a_table_with_cells_of_a_few_lines_else_blocks() -> None:
    claim = ox.NamedNode(PMLKG + "claim-of-some-length")
    answer = made({"drug": "label", "sentence": "what is claimed", "note": "none here", "claim": "claim IRI"}, [
        {"drug": "a synthetic drug", "sentence": "A sentence of several words that goes on for a while.", "claim": claim},
        {"drug": "another", "sentence": "Short.", "claim": claim},
    ])  # fmt: skip
    whole = answer.serialize()
    assert answer.serialize(width=200) == whole
    assert whole.count("\n") == 7
    for width in (60, 70, 79):
        lines = answer.serialize(width=width).splitlines()
        assert lines[0].startswith("+-")
        assert max(map(len, lines)) <= width
        assert sum("pmlkg:claim-of-some-length" in line for line in lines) == 2  # an id is never broken
        assert "note" not in lines[1]  # no row has one
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
        assert " ".join(row[1] for row in cells if row[1]) == "sentence A sentence of several words that goes on for a while. Short."
    narrow = answer.serialize(width=50).splitlines()
    assert narrow[0] == "drug      a synthetic drug"
    assert max(map(len, narrow)) <= 50
    long = made({"drug": "label", "sentence": "what is claimed"}, [{"drug": "d" * 40, "sentence": "word " * 100}])
    assert long.serialize(width=60).startswith("drug ")  # not a cell of twenty lines


@pytest.mark.parametrize("question", ["tropism", "risk-strata", "conflicts", "warnings", "incidence-in-hiv"])
@pytest.mark.parametrize("width", [80, 120, 200])
def test_real_answers_keep_to_the_terminal_and_lose_no_text(kg: KnowledgeGraph, question: str, width: int) -> None:
    answer = kg.ask(question)
    lines = answer.serialize(width=width).splitlines()
    longest = max(len(word) for row in answer.rows for cell in row for word in show(cell).split())
    assert max(map(len, lines)) <= max(width, max(map(len, answer.headings)) + 2 + longest)  # an id is never broken
    shown = " ".join(lines)
    assert all(word in shown for row in answer.rows for cell in row if isinstance(cell, ox.Literal) for word in cell.value.split())


# --- frames --------------------------------------------------------------------------------------------------------------

TYPED = """SELECT ?i ?d ?f ?b ?x ?t ?m ?n { VALUES (?i ?d ?f ?b ?x ?t ?m ?n) {
  (1 1.50 1e3 true pmlkg:pml "text\\n2"@en 2 UNDEF)
  (UNDEF 0.1 UNDEF UNDEF <https://example.org/x> UNDEF 2.5 UNDEF)
} } ORDER BY DESC(?i)"""


def test_a_pandas_frame_has_numbers_as_numbers(tiny: KnowledgeGraph) -> None:
    answer = tiny.query(TYPED)
    frame = answer.to_frame()
    assert frame.dtypes.astype(str).to_dict() == {
        "i": "Int64", "d": "float64", "f": "float64", "b": "boolean", "x": "string", "t": "string", "m": "float64", "n": "string"
    }  # fmt: skip
    assert frame["d"].tolist() == [1.5, 0.1]
    assert frame["i"].tolist() == [1, pandas.NA]
    assert frame["x"].tolist() == ["pmlkg:pml", "https://example.org/x"]
    assert frame["t"][0] == "text\n2"
    assert frame["m"].tolist() == [2.0, 2.5]
    exact = answer.to_frame(decimal=True)
    assert exact["d"].tolist() == [Decimal("1.5"), Decimal("0.1")]
    assert exact["m"].tolist() == [Decimal(2), Decimal("2.5")]
    assert str(exact["f"].dtype) == "float64"


def test_a_polars_frame_likewise(tiny: KnowledgeGraph) -> None:
    frame = tiny.query(TYPED).to_frame("polars")
    types = [polars.Int64, polars.Float64, polars.Float64, polars.Boolean, polars.String, polars.String, polars.Float64, polars.String]
    assert frame.dtypes == types
    assert frame["i"].to_list() == [1, None]
    assert frame["x"].to_list() == ["pmlkg:pml", "https://example.org/x"]
    exact = tiny.query(TYPED).to_frame("polars", decimal=True)
    assert exact["d"].to_list() == [Decimal("1.5"), Decimal("0.1")]
    assert exact["m"].dtype == polars.Decimal(38, 1)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_without_rows_keeps_columns_and_dtypes(kg: KnowledgeGraph, library: str) -> None:
    full, empty = (kg.ask("risk-strata", exposure=drug).to_frame(library) for drug in ("natalizumab", "headache"))
    assert len(full) > len(empty) == 0
    assert list(full.columns) == list(empty.columns)
    assert list(full.dtypes) == list(empty.dtypes)
    assert str(empty["prior_immunosuppressant"].dtype).lower() == "boolean"


def test_numbers_too_large_for_the_dtype_and_odd_answers_have_a_frame(tiny: KnowledgeGraph) -> None:
    large = tiny.query("SELECT ?x { VALUES ?x { 1 } }")
    rows = [(ox.Literal("18446744073709551616", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),)]
    assert large.to_frame()["x"].tolist() == [1]
    assert to_frame(["x"], rows, decimal=True)["x"].tolist() == [Decimal(2**64)]
    assert tiny.query("SELECT * {}").to_frame().shape == (1, 0)
    assert tiny.query("SELECT ?x { VALUES ?x { 1 'a' } }").to_frame()["x"].tolist() == ["1", "a"]
    for query in ("ASK {}", "CONSTRUCT WHERE { ?s a pmlo:Disease }"):
        with pytest.raises(ValueError, match="right: the answer of a SELECT"):
            tiny.query(query).to_frame()


def test_a_frame_says_what_its_columns_mean_and_how_to_cite(kg: KnowledgeGraph) -> None:
    answer = kg.ask("risk-strata")
    attrs = answer.to_frame().attrs
    assert attrs["columns"] == answer.question.columns  # type: ignore[union-attr]
    assert attrs["citation"] == answer.citation
    assert attrs["parameters"] == {"exposure": "pmlkg:natalizumab"}


def test_a_frame_of_another_or_a_missing_library_says_what_is_right(tiny: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName) as unknown:
        tiny.query(ROWS).to_frame("panda")
    assert unknown.value.suggestions == ("pandas",)
    for library in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingLibrary, match=r"the extra 'frames' of pmlkg"):
            tiny.query(ROWS).to_frame(library)


def test_the_types_of_a_question_are_those_of_its_answer(kg: KnowledgeGraph) -> None:
    """A number or boolean in every row that has the column, and no column of numbers is left undeclared."""
    for name, question in kg.questions.items():
        if question.network:
            continue
        undeclared = Answer(*(lambda a: (a.columns, a.rows))(kg.ask(name))).to_frame(decimal=True)
        dtypes = {column: str(dtype) for column, dtype in undeclared.dtypes.items() if undeclared[column].notna().any()}
        allowed = {"Int64": {"integer", "decimal"}, "object": {"decimal"}, "boolean": {"boolean"}, "string": {""}}
        for column, dtype in dtypes.items():
            assert question.types.get(str(column), "") in allowed[dtype], (name, column)


# --- in a notebook -------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags, links and texts of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


HOSTILE = "<script>alert(\"1\")</script> & 'x'"


def test_html_is_escaped_and_links_to_ids_of_the_graph_only() -> None:
    nodes = [ox.NamedNode(PMLKG + "pml"), ox.NamedNode("javascript:alert(1)"), ox.NamedNode("https://example.org/?a=1&b='2'")]
    answer = made({"text": f"meaning {HOSTILE}", "node": "IRI"}, [{"text": HOSTILE, "node": node} for node in nodes])
    page = Page(answer._repr_html_())
    assert set(page.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td", "a", "p"}
    assert page.links == [PMLKG + "pml"]
    assert page.texts.count(HOSTILE) == 3
    assert "Synthetic & title" in page.texts
    assert "3 rows. Research use, not medical advice." in page.texts


def test_html_shows_at_most_200_rows_and_says_so() -> None:
    page = Page(made({"x": "number"}, [{"x": number} for number in range(201)])._repr_html_())
    assert page.tags.count("tr") == 1 + 200
    assert "201 rows, the first 200 shown. Research use, not medical advice." in page.texts


@pytest.mark.parametrize(
    "make",
    [
        lambda kg: kg.query("ASK {}"),
        lambda kg: kg.query(f"CONSTRUCT {{ pmlkg:pml rdfs:label {ox.Literal(HOSTILE)} }} WHERE {{}}"),
        lambda kg: kg.show("progressive syndrome"),
        lambda kg: kg.explain("drug", "increasesRiskOf", "pml"),
    ],
)
def test_other_results_are_text_in_a_notebook(tiny: KnowledgeGraph, make: Callable[[KnowledgeGraph], Answer]) -> None:
    page = Page(make(tiny)._repr_html_())
    assert page.tags == ["pre", "p"]
    assert "Research use, not medical advice." in page.texts


@pytest.mark.parametrize("markdown", [False, True])
def test_tables_are_those_of_a_library_for_tables(kg: KnowledgeGraph, markdown: bool) -> None:
    """A library draws the same, and takes longer to load than most answers take."""
    from prettytable import PrettyTable, TableStyle

    for name in ("tropism", "conflicts", "risk-to-guidance", "gap-no-mapping", "seroprevalence"):
        answer = kg.ask(name)
        table = PrettyTable(list(answer.headings), align="l")
        if markdown:
            table.set_style(TableStyle.MARKDOWN)
        for row in answer.rows:
            table.add_row([show(cell).replace("|", "\\|").replace("\n", "<br>") if markdown else show(cell) for cell in row])
        assert rows_as_table(answer, markdown=markdown) == table.get_string() + "\n", name
