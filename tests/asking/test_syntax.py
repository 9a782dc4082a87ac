"""What is said of a query that does not parse: the mistake, at its place."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlkg.asking.syntax import syntax_error
from pmlkg.graph import KnowledgeGraph


@pytest.mark.parametrize(
    ("query", "line", "column", "words"),
    [
        ("", 1, 1, "the query is empty"),
        ("# nothing\n", 1, 1, "the query is empty"),
        ("PREFIX a: <http://a.example/>", 1, 1, "the query is empty"),
        ("SELEC * {}", 1, 1, "not with 'SELEC'; did you mean SELECT?"),
        ("PREFIX a: <http://a.example/> DELETE WHERE {?s ?p ?o}", 1, 31, "DELETE is an update"),
        ("BASE <http://a.example/>\nINSERT DATA { <a> <b> <c> }", 2, 1, "INSERT is an update"),
        ("SELECT ?x {\n ?x dct:title ?y }", 2, 5, "the prefix dct: is not declared; did you mean dcat or dcterms?"),
        ("SELECT ?x { ?x a [ rdfs:label ?y }", 1, 34, "'}' closes nothing"),
        ("SELECT ?x { ?x a pmlo:Drug", 1, 11, "the '{' here is not closed"),
        ("SELECT ?x { ?x a pmlo:Drug }}", 1, 29, "'}' closes nothing"),
        ("SELECT * { ?s ?p 'a }", 1, 18, "the text that begins here does not end"),
        ("SELECT * { ?s <x> ?o }", 1, 15, "<x> is no whole IRI"),
        ("SELECT ?x ?y { ?x a ?y } GROUP BY ?x", 1, 37, "The SELECT contains a variable that is unbound"),
        ("SELECT * WHERE ?x a ?y", 1, 16, 'expected "{"'),
    ],
)
def test_the_mistake_is_named_at_its_place(kg: KnowledgeGraph, query: str, line: int, column: int, words: str) -> None:
    with pytest.raises(SyntaxError) as error:
        kg.query(query)
    assert words in (error.value.msg or "")
    assert (error.value.lineno, error.value.offset, error.value.text) == (line, column, query)


@given(st.text("SELECTASKabc:?{}()<>\"'#\n .;|/", max_size=60))
def test_whatever_does_not_parse_has_a_place_in_the_text(query: str) -> None:
    try:
        ox.Store().query(query)
        return
    except SyntaxError as error:
        told = syntax_error(query, str(error))
    lines = query.split("\n")
    assert told.msg
    assert 1 <= (told.lineno or 0) <= len(lines)
    assert 1 <= (told.offset or 0) <= len(lines[(told.lineno or 1) - 1]) + 1
