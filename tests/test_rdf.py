"""Triples in and out of files and libraries: literals as written, and the same bytes in each run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from pmlkg.findings import Findings
from pmlkg.rdf import FORMATS, read_nquads, read_turtle, to_rdflib, write
from pmlkg.terms import GRAPHS, PMLKG, PMLO, PREFIXES, XSD, UnknownName

A, B = ox.NamedNode(PMLKG + "a"), ox.NamedNode(PMLKG + "b")
P, Q = ox.NamedNode(PMLO + "p"), ox.NamedNode(PMLO + "q")


def typed(text: str, name: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + name))


OBJECTS = [
    B,
    ox.BlankNode("b1"),
    typed("1.20", "decimal"),
    typed("007", "decimal"),
    typed("5", "integer"),
    typed("true", "boolean"),
    typed("2020", "gYear"),
    ox.Literal("plain"),
    ox.Literal("Grüße, 日本 🧠", language="en"),
    ox.Literal('tab\t line\n quote" back\\slash <&> end\u2028'),
    ox.Literal(""),
]
QUADS = [
    *(ox.Quad(A, P, term, GRAPHS["knowledge"]) for term in OBJECTS),
    ox.Quad(A, P, B, GRAPHS["edges"]),
    ox.Quad(B, Q, A, GRAPHS["inferred"]),
    ox.Quad(ox.BlankNode("b1"), Q, ox.Literal("1.20"), GRAPHS["knowledge"]),
]
RDFLIB = {"turtle": "turtle", "ntriples": "nt", "nquads": "nquads", "trig": "trig", "jsonld": "json-ld", "rdfxml": "xml"}


@pytest.fixture
def as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has rdflib keep the lexical form of what it parses."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def by_rdflib(content: bytes, format: str) -> rdflib.Graph:
    """What rdflib reads, as one graph."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=content, format=RDFLIB[format])
    union = rdflib.Graph()
    for s, p, o, _ in dataset.quads():
        union.add((s, p, o))
    return union


@pytest.mark.usefixtures("as_written")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's parsers use what its Dataset deprecates
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read_back_by_another_library(format: str) -> None:
    assert isomorphic(by_rdflib(write(QUADS, format), format), to_rdflib(QUADS))


@pytest.mark.parametrize("format", FORMATS)
def test_graph_names_are_kept_by_the_formats_that_have_them(format: str) -> None:
    named = [quad for quad in QUADS if not isinstance(quad.object, ox.BlankNode) and not isinstance(quad.subject, ox.BlankNode)]
    read = list(ox.parse(write(named, format), format=FORMATS[format].syntax))
    if FORMATS[format].has_graphs:
        assert set(read) == set(named)
    else:
        assert {quad.graph_name for quad in read} == {ox.DefaultGraph()}
        # The edge stands in two graphs and is written once.
        assert sorted(map(str, read)) == sorted({str(ox.Quad(q.subject, q.predicate, q.object)) for q in named})


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("text", "kind"), [("+5", "integer"), ("007", "integer"), ("1.20", "decimal"), ("-0", "decimal"), (".5", "decimal")]
)
def test_figures_are_written_as_they_are(text: str, kind: str, format: str) -> None:
    # Not by way of rdflib, which rewrites bare numbers of Turtle.
    (quad,) = ox.parse(write([ox.Quad(A, P, typed(text, kind))], format), format=FORMATS[format].syntax)
    assert quad.object == typed(text, kind)


@given(st.permutations(QUADS), st.integers(0, len(QUADS)))
def test_order_and_repetition_do_not_change_the_bytes(quads: list[ox.Quad], again: int) -> None:
    for format in FORMATS:
        assert write([*quads, *quads[:again]], format) == write(QUADS, format)


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "quads.nq"
    source.write_bytes(write(QUADS, "nquads"))
    program = (
        "import hashlib, pathlib, sys; from pmlkg.rdf import FORMATS, read_nquads, write;"
        "print([hashlib.sha256(write(read_nquads(pathlib.Path(sys.argv[1])), f)).hexdigest() for f in FORMATS])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, source],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {f"{[hashlib.sha256(write(QUADS, format)).hexdigest() for format in FORMATS]}\n"}


def test_an_empty_graph_is_an_empty_graph_in_every_format() -> None:
    for format, how in FORMATS.items():
        assert list(ox.parse(write([], format), format=how.syntax)) == []


def test_an_unknown_format_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as error:
        write(QUADS, "turtel")
    assert (error.value.kind, error.value.suggestions) == ("format", ("turtle",))
    with pytest.raises(UnknownName) as error:
        write(QUADS, "qqq")
    assert error.value.suggestions == tuple(FORMATS)


def test_nquads_are_read_in_order_with_literals_as_written(tmp_path: Path) -> None:
    path = tmp_path / "x.nq"
    path.write_bytes(write(QUADS, "nquads"))
    read = read_nquads(path)
    assert set(read) == set(QUADS)
    assert write(read, "nquads") == path.read_bytes() == b"".join(f"{quad} .\n".encode() for quad in read)


# --- reading Turtle ---------------------------------------------------------------------------------------------------

TURTLE = "@prefix : <https://example.org/> .\n:a :p [ :q 1.20 , 007 ] , [ :q ( true ) ] .\n"


def turtle(path: Path, text: str | bytes = TURTLE) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_literals_of_a_turtle_file_keep_their_form(tmp_path: Path) -> None:
    literals = {triple.object.value for triple in read_turtle(turtle(tmp_path / "x.ttl")) if isinstance(triple.object, ox.Literal)}
    assert literals == {"1.20", "007", "true"}


def test_blank_nodes_are_the_same_in_each_reading_and_others_in_each_file(tmp_path: Path) -> None:
    # "a1" is the trap: its node number 0 must not meet node number 10 of "a".
    ten = "@prefix : <https://example.org/> .\n" + "[] :p 1 .\n" * 12
    a, a1 = read_turtle(turtle(tmp_path / "a.ttl", ten)), read_turtle(turtle(tmp_path / "a1.ttl", ten))
    assert a == read_turtle(tmp_path / "a.ttl")
    nodes = [{triple.subject for triple in triples} for triples in (a, a1)]
    assert [len(part) for part in nodes] == [12, 12]
    assert not nodes[0] & nodes[1]


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("@prefix : <https://example.org/> .\n:a :b missing:c .\n", 2, 7),
        ("@prefix : <https://example.org/> .\n:a :b :c\n:d :e :f .\n", 3, None),
        (b"# \xff\n", None, None),
        (None, None, None),
    ],
    ids=["prefix", "dot", "not UTF-8", "no file"],
)
def test_a_turtle_file_that_cannot_be_read_is_a_finding_with_a_place(
    tmp_path: Path, content: Any, line: int | None, column: int | None
) -> None:
    path = tmp_path / "x.ttl"
    if content is not None:
        turtle(path, content)
    with pytest.raises(Findings) as error:
        read_turtle(path)
    (finding,) = error.value.findings
    assert finding.rule == "Turtle-syntax"
    assert finding.message
    assert finding.place
    assert finding.place.file == "x.ttl"
    if line:
        assert finding.place.line == line
    if column:
        assert finding.place.column == column


# --- rdflib -----------------------------------------------------------------------------------------------------------


def test_rdflib_gets_literals_as_written() -> None:
    graph = to_rdflib(QUADS)
    forms = {(str(o), str(o.datatype) if o.datatype else None, o.language) for o in graph.objects() if isinstance(o, rdflib.Literal)}
    literals = [term for term in OBJECTS if isinstance(term, ox.Literal)]
    strings = XSD + "string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
    assert forms == {
        *((t.value, None if t.datatype.value in strings else t.datatype.value, t.language) for t in literals),
        ("1.20", None, None),
    }


@pytest.mark.usefixtures("as_written")
def test_the_rdflib_graph_is_the_one_rdflib_parses() -> None:
    parsed = rdflib.Graph().parse(data=write(QUADS, "ntriples"), format="nt")
    assert isomorphic(parsed, to_rdflib(quad.triple for quad in QUADS))


def test_triples_are_added_to_the_graph_that_is_given() -> None:
    graph = rdflib.Graph()
    graph.add((rdflib.URIRef(A.value), rdflib.URIRef(Q.value), rdflib.URIRef(B.value)))
    assert to_rdflib(QUADS[:1], graph) is graph
    assert len(graph) == 2


def test_the_prefixes_of_the_project_are_bound() -> None:
    bound = {prefix: str(namespace) for prefix, namespace in to_rdflib([]).namespaces()}
    assert PREFIXES.items() <= bound.items()
