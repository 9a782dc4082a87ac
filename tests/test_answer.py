"""`Answer`: every form in which an answer is given, on a small graph."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from pmlkg.answer import RENDERERS
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import PMLKG, UnknownName

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


TEXTS = set(RENDERERS) - {"ttl", "svg", "png"}


@pytest.mark.parametrize("format", RENDERERS)
def test_every_kind_of_answer_has_its_formats_and_names_them_for_others(tiny: KnowledgeGraph, format: str) -> None:
    rows, boolean, triples = (tiny.query(q) for q in ("SELECT * { ?s a pmlo:Disease }", "ASK {}", "CONSTRUCT WHERE { ?s a pmlo:Disease }"))
    for answer, formats in ((rows, TEXTS | {"svg", "png"}), (boolean, TEXTS), (triples, {"ttl", "table"})):
        if format in formats & {"svg", "png"}:
            with pytest.raises(ValueError, match="a query without a name has no picture"):
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
