"""Shapes files in, rules out: what SHACL allows is run as pySHACL runs it, or refused by name; nothing is read and passed over."""

from __future__ import annotations

import re
from pathlib import Path

import pyshacl
import pytest
import rdflib

from pmlkg.findings import Finding, Findings, to_report_graph
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.pipeline.validation import validate
from pmlkg.rdf import read_turtle, to_rdflib
from pmlkg.terms import SH

CASES = Path(__file__).parents[1] / "data" / "cases" / "shapes"
DATA = read_turtle(CASES / "data.ttl")
EX = "https://example.org/"

SHAPE = """
@prefix pmlg: <https://w3id.org/pmlkg/graph/> . @prefix pmlo: <https://w3id.org/pmlkg/ontology#> .
@prefix pmls: <https://w3id.org/pmlkg/shapes#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
pmls:Gene-synthetic a sh:PropertyShape ;
    sh:path pmlo:note ; sh:minCount 1 ;
    sh:name "note" ; sh:description "A note." ; sh:message "A gene has a note." ; sh:severity sh:Info ; sh:targetClass pmlo:Gene .
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('sh:name "note" ;', "", "Shape-metadata"),
        ('sh:description "A note." ;', "", "Shape-metadata"),
        ('sh:message "A gene has a note." ;', "", "Shape-metadata"),
        ("sh:severity sh:Info ;", "", "Shape-metadata"),
        ("; sh:targetClass pmlo:Gene", "", "Shape-target"),
        ("a sh:PropertyShape", "pmls:appliesTo pmlg:inferred ; a sh:PropertyShape", "Shape-phase"),
        ("sh:minCount 1 ;", "sh:minCount 1", "Turtle-syntax"),
    ],
)
def test_shape_that_cannot_be_used_is_refused(old: str, new: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "synthetic.ttl"
    file.write_text(SHAPE, encoding="utf-8")
    assert set(load_shapes({file.name: file}).rules) == {"Gene-synthetic"}
    assert old in SHAPE
    file.write_text(SHAPE.replace(old, new), encoding="utf-8")
    with pytest.raises(Findings) as raised:
        load_shapes({file.name: file})
    assert {finding.rule for finding in raised.value.findings} == {rule}
    assert all(finding.place and finding.place.file == "synthetic.ttl" for finding in raised.value.findings)


def found(*files: Path) -> list[Finding]:
    return validate(DATA, [], load_shapes({str(file): file for file in files}))


def refused(*files: Path) -> set[str]:
    """The rules by which the files are refused, none where they are not."""
    try:
        load_shapes({str(file): file for file in files})
    except Findings as error:
        return {finding.rule for finding in error.findings if finding.right and finding.place and finding.place.file == str(files[-1])}
    return set()


def judged(file: Path) -> set[str]:
    """The focus nodes that pySHACL finds at the top."""
    _, report, text = pyshacl.validate(to_rdflib(DATA), shacl_graph=rdflib.Graph().parse(file), inference="none")
    assert isinstance(report, rdflib.Graph), text
    sh = rdflib.Namespace(SH)
    return {str(report.value(result, sh.focusNode)) for result in report.subjects(rdflib.RDF.type, sh.ValidationResult)}


REFUSED = {
    "10-path": {"Shape-inner", "Shape-metadata"},
    "13-closed": {"Shape-inner"},
    "14-anonymous-property-shape": {"Shape-metadata"},
    "15-sub-select-behind-a-comment": {"Shape-select"},
    "16-inner-shape": {"Shape-inner", "Shape-metadata"},
    "18-own-severity": {"Shape-inner", "Shape-metadata"},
    "19-shared-property-shape": {"Shape-inner", "Shape-metadata"},
    "20-sparql-in-and": {"Shape-word"},
    "21-unnamed-shape": {"Shape-name"},
    "06-filter-this": {"Shape-select"},
    "07-inner-group": {"Shape-select"},
    "24-lexical-form": {"Shape-select"},
    "shape-bad-regex-traceback": {"Shape-pattern"},
    "shape-js-constraint-ignored": {"Shape-word", "Shape-constraint"},
    "shape-literal-path-exit-3-no-file": {"Shape-path"},
    "shape-mincount-text-exit-3-no-file": {"Shape-value"},
    "shape-recursive-python-warning": {"Shape-inner"},
    "shape-select-syntax-unreadable-message": {"Shape-select"},
    "shape-without-target-conforms": {"Shape-metadata"},
}


@pytest.mark.parametrize("file", sorted(CASES.glob("*.ttl")), ids=lambda path: path.stem)
def test_what_is_run_finds_what_pyshacl_finds(file: Path) -> None:
    if file == CASES / "data.ttl":
        return
    assert refused(file) == REFUSED.get(file.stem, set())
    if file.stem not in REFUSED:
        nodes = {finding.node for finding in found(file)}
        assert {node if node and not node.startswith("_:") else "_" for node in nodes} == {
            node if ":" in node else "_" for node in judged(file)
        }


def test_two_files_of_one_stem_do_not_mix() -> None:
    rules = load_shapes({name: CASES / "two" / name / "x.ttl" for name in ("a", "b")}).rules
    assert [("ex:knows" in select.text) for select in rules["Drug-other"].selects] == [True]


def test_a_message_names_what_was_found() -> None:
    assert {finding.right for finding in found(CASES / "11-message-template.ttl")} == {
        "The dose '50' of <https://example.org/b> is too high.",
        "The dose '60' of <https://example.org/d> is too high.",
    }


def test_report_has_terms_of_their_kinds() -> None:
    assert "sh:focusNode _:" in to_report_graph(found(CASES / "25-blank-focus.ttl"))
    assert re.search(rf"sh:value <{EX}b>", to_report_graph(found(CASES / "26-value-is-an-iri.ttl")))


SELECTS = [
    "SELECT $this (COUNT(?x) AS ?n) WHERE { $this ?y ?x }",
    "SELECT ?x WHERE { $this ?y ?x }",
    "ASK { $this ?y ?x }",
    "SELECT $this WHERE { { SELECT ?x WHERE { $this ?y ?x } } }",
    "SELECT $this WHERE { VALUES ?x { 1 2 } $this ?y ?x }",
    "SELECT $this WHERE { SERVICE <https://example.org/> { $this ?y ?x } }",
    "SELECT $this WHERE { $this ?y ?x MINUS { $this ?y 1 } }",
    "SELECT $this WHERE { $this nowhere:declared ?x }",
    "SELECT $this WHERE { $this ?y ?x FILTER (STR(?x) = '5.00') }",
    "SELECT $this WHERE { $this $PATH ?x }",
    "SELECT $this ?x WHERE { BIND (1 AS ?x) } VALUES ?x { 2 }",
]


def constraint(select: str) -> str:
    text = SHAPE.replace("a sh:PropertyShape", f'a sh:NodeShape ; sh:sparql [ sh:select """{select}""" ]')
    return text.replace("sh:path pmlo:note ; sh:minCount 1 ;", "")


@pytest.mark.parametrize("select", SELECTS)
def test_select_that_means_something_else_for_each_node_is_refused(select: str, tmp_path: Path) -> None:
    file = tmp_path / "synthetic.ttl"
    file.write_text(constraint(select), encoding="utf-8")
    assert refused(file) == {"Shape-select"}


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this WHERE { $this ?y ?x . # MINUS, VALUES and { SELECT ?x } in a comment\n FILTER (?x != 'VALUES') }",
        "SELECT $this WHERE { { SELECT $this (COUNT(?x) AS ?n) WHERE { $this ?y ?x } GROUP BY $this } FILTER (?n > 3) }",
        "SELECT $this WHERE { $this ?y <https://example.org/MINUS#VALUES> }",
        "SELECT $this ?valueless WHERE { $this ?y ?valueless }",
        "SELECT $this WHERE { $this ?y ?x FILTER STRSTARTS(STR(IRI(?y)), 'https://') }",
    ],
)
def test_words_that_only_look_forbidden_are_taken(select: str, tmp_path: Path) -> None:
    file = tmp_path / "synthetic.ttl"
    file.write_text(constraint(select), encoding="utf-8")
    assert refused(file) == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("sh:minCount 1 ;", "sh:minCount 1 ; sh:expression 1 ;", "Shape-word"),
        ("sh:minCount 1 ;", "sh:minCuont 1 ;", "Shape-word"),
        ("sh:minCount 1 ;", "", "Shape-constraint"),
        ("sh:minCount 1 ;", "sh:or ( [ sh:path ( 1 ) ; sh:minCount 1 ] ) ;", "Shape-path"),
        ("sh:minCount 1 ;", "sh:or [ sh:minCount 1 ] ;", "Shape-list"),
        ("sh:minCount 1 ;", "sh:minInclusive 'much' ;", "Shape-value"),
        ("sh:minCount 1 ;", "sh:not 'text' ;", "Shape-inner"),
        ("sh:minCount 1 ;", "sh:not pmls:Gene-synthetic ;", "Shape-inner"),
        ("pmls:Gene-synthetic a", "pmls:Gene-synthetic sh:not _:a . _:a sh:not _:a . pmls:Gene-synthetic a", "Shape-recursive"),
        ("pmls:Gene-synthetic a", "<https://example.org/rule> a", "Shape-name"),
        ("sh:Info", "sh:Fatal", "Shape-metadata"),
        ("sh:targetClass pmlo:Gene", "sh:targetNode 'text'", "Shape-target"),
    ],
)
def test_what_is_no_shape_is_named(old: str, new: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "synthetic.ttl"
    assert old in SHAPE
    file.write_text(SHAPE.replace(old, new, 1), encoding="utf-8")
    assert rule in refused(file)
