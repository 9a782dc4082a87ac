"""Which core shapes are sure to hold: never one that pySHACL finds broken, and on the real graph all."""

from __future__ import annotations

from functools import cache, partial

import pyoxigraph as ox
import pytest

from pmlkg.locations import Data
from pmlkg.pipeline.built import Built
from pmlkg.pipeline.conformance import doubtful
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.pipeline.validation import focus_nodes, instances
from pmlkg.rdf import to_rdflib
from pmlkg.terms import PMLS

PREFIXES = """@prefix : <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."""
SHAPE = f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix pmls: <{PMLS}> . {PREFIXES}
pmls:rule a sh:PropertyShape ; sh:targetClass :Thing ; sh:path {{path}} ; {{constraint}} ."""
INVERSE = "[ sh:inversePath :of ]"
EITHER = "[ sh:alternativePath ( :p [ sh:inversePath :of ] ) ]"

CASES = [
    # constraint, path, what is said of :x (a :Thing), whether it holds
    ("sh:minCount 1", ":p", ":x :p 1 .", True),
    ("sh:minCount 2", ":p", ":x :p 1 .", False),
    ("sh:maxCount 1", ":p", ":x :p 1 , 2 .", False),
    ("sh:minCount 1", INVERSE, ":y :of :x .", True),
    ("sh:minCount 3", EITHER, ":x :p :a . :y :of :x .", False),
    ("sh:minCount 2", EITHER, ":x :p :a . :y :of :x .", True),
    ("sh:class :Kind", ":p", ":x :p :a . :a a :Sub . :Sub rdfs:subClassOf :Kind .", True),
    ("sh:class :Kind", ":p", ":x :p :a .", False),
    ("sh:class :Kind", ":p", ':x :p "text" .', False),
    ("sh:in ( 1 2.0 :a )", ":p", ":x :p 1 , :a .", True),
    ("sh:in ( 1 2.0 :a )", ":p", ":x :p 2 .", False),
    ("sh:datatype xsd:decimal", ":p", ":x :p 1.5 .", True),
    ("sh:datatype xsd:decimal", ":p", ':x :p "high"^^xsd:decimal .', False),
    ("sh:datatype rdf:langString", ":p", ':x :p "text"@en .', True),
    ("sh:datatype rdf:langString", ":p", ':x :p "text" .', False),
    ('sh:pattern "^[a-z]+$"', ":p", ':x :p "abc" .', True),
    ('sh:pattern "^[a-z]+$"', ":p", ':x :p "ABC" .', False),
    ("sh:minInclusive 0", ":p", ":x :p 0 .", True),
    ("sh:minExclusive 0", ":p", ":x :p 0.0 .", False),
    ("sh:maxInclusive 100", ":p", ":x :p 100.01 .", False),
    ("sh:maxExclusive 100", ":p", ":x :p 99.9 .", True),
    ("sh:lessThan :q", ":p", ":x :p 1 ; :q 1 .", False),
    ("sh:lessThanOrEquals :q", ":p", ":x :p 1 ; :q 1.0 .", True),
    ("sh:disjoint :q", ":p", ":x :p :a ; :q :a .", False),
    ("sh:equals :q", ":p", ":x :p :a ; :q :a .", True),
    ("sh:not [ sh:in ( :a ) ]", ":p", ":x :p :b .", True),
    ("sh:not [ sh:in ( :a ) ]", ":p", ":x :p :a .", False),
    ("sh:or ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :b .", True),
    ("sh:or ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :c .", False),
    ("sh:and ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :b . :b a :Kind .", True),
    ("sh:and ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :b .", False),
    ("sh:xone ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :b .", True),
    ("sh:xone ( [ sh:class :Kind ] [ sh:in ( :b ) ] )", ":p", ":x :p :b . :b a :Kind .", False),
    ("sh:node [ sh:property [ sh:path :q ; sh:minCount 1 ] ]", ":p", ":x :p :b . :b :q 1 .", True),
    ("sh:node [ sh:property [ sh:path :q ; sh:minCount 1 ] ]", ":p", ":x :p :b .", False),
    ("sh:property [ sh:path :q ; sh:minCount 1 ]", ":p", ":x :p :b .", False),
    ("sh:hasValue :b", ":p", ":x :p :a , :b .", True),
    ("sh:hasValue :b", ":p", ":x :p :a .", False),
    ("sh:hasValue :b", "( :p :q )", ":x :p :a . :a :q :b .", True),
    ("sh:hasValue :b", "( :p [ sh:inversePath :of ] )", ":x :p :a . :b :of :a .", True),
    ("sh:hasValue :b", "[ sh:oneOrMorePath :p ]", ":x :p :a . :a :p :b . :b :p :a .", True),
    ("sh:hasValue :x", "[ sh:oneOrMorePath :p ]", ":x :p :a .", False),
    ("sh:hasValue :x", "[ sh:zeroOrMorePath :p ]", ":x :p :a .", True),
    ("sh:qualifiedValueShape [ sh:class :Kind ] ; sh:qualifiedMinCount 1", ":p", ":x :p :a , :b . :b a :Kind .", True),
    ("sh:qualifiedValueShape [ sh:class :Kind ] ; sh:qualifiedMinCount 2", ":p", ":x :p :a , :b . :b a :Kind .", False),
    ('sh:pattern "^abc$" ; sh:flags "i"', ":p", ':x :p "ABC" .', True),
    ("sh:disjoint :q", "( :p :p )", ":x :p :a ; :q :c . :a :p :c .", False),
]


def parsed(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]


def stored(triples: list[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def doubt(shape: str, said: str) -> set[str]:
    triples = parsed(f"{PREFIXES} :x a :Thing . {said}")
    of_class = partial(instances, stored(triples))
    return doubtful(parsed(shape), triples, ["rule"], lambda _: {ox.NamedNode("https://example.org/x")}, of_class)


@pytest.mark.parametrize(("constraint", "path", "said", "holds"), CASES)
def test_a_shape_is_sure_where_pyshacl_finds_that_it_holds(constraint: str, path: str, said: str, holds: bool) -> None:
    import pyshacl

    shape = SHAPE.format(path=path, constraint=constraint)
    conforms, _, _ = pyshacl.validate(to_rdflib(parsed(f"{PREFIXES} :x a :Thing . {said}")), shacl_graph=to_rdflib(parsed(shape)))
    assert conforms is holds
    assert doubt(shape, said) == (set() if holds else {"rule"})


@pytest.mark.parametrize(
    ("constraint", "path", "said"),
    [
        ("sh:uniqueLang true", ":p", ':x :p "a"@en .'),
        ("sh:minLength 1", ":p", ':x :p "a" .'),
        ("sh:deactivated true ; sh:minCount 2", ":p", ":x :p 1 ."),
        ("sh:minCount 1", "[ sh:zeroOrOnePath :p ]", ":x :p :a ."),
        ("sh:minCount 1", "[ sh:inversePath ( :p :q ) ]", ":y :p :a . :a :q :x ."),
        ("sh:qualifiedValueShape [ sh:class :Kind ] ; sh:qualifiedMaxCount 1", ":p", ":x :p :a ."),
        ('sh:pattern "a" ; sh:flags "x"', ":p", ':x :p "a" .'),
        ("sh:closed true ; sh:minCount 1", ":p", ":x :p :a ."),
        ("sh:minInclusive 0", ":p", ':x :p "2026-01-01"^^xsd:date .'),
        ("sh:lessThan :q", ":p", ':x :p 1 ; :q "high" .'),
        ("sh:datatype xsd:date", ":p", ':x :p "2026-01-01"^^xsd:date .'),
    ],
)
def test_what_is_not_known_here_is_left_to_pyshacl(constraint: str, path: str, said: str) -> None:
    assert doubt(SHAPE.format(path=path, constraint=constraint), said) == {"rule"}


def test_the_real_graph_leaves_nothing_to_pyshacl(built: Built, data: Data) -> None:
    shapes = load_shapes(data.shapes())
    asserted = [triple for name in ("ontology", "knowledge", "edges") for triple in built.graphs[name]]
    store = stored(asserted)
    core = {name: rule for name, rule in shapes.rules.items() if not rule.selects}
    assert len(core) > 90
    assert doubtful(shapes.core(), asserted, core, lambda name: focus_nodes(store, core[name]), cache(partial(instances, store))) == set()
