"""The ontology in, what of it the closure would misread out: axioms outside OWL 2 RL, circles of classes, things made one, bare terms.

The closure applies the rules of OWL 2 RL and passes over what the profile does not have, in silence; so that is looked for here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.findings import Finding, Place
from pmlkg.pipeline.shapes import Said, index, items
from pmlkg.terms import OWL, PMLKG, PMLO, RDF, RDF_TYPE, RDFS, curie

_SUB: Final = frozenset({"intersectionOf", "unionOf", "oneOf", "someValuesFrom", "hasValue"})
_SUPER: Final = frozenset({"intersectionOf", "complementOf", "allValuesFrom", "hasValue", "maxCardinality", "maxQualifiedCardinality"})
_BOTH: Final = frozenset({"intersectionOf", "hasValue"})
_EXPRESSIONS: Final = (
    *sorted(_SUB | _SUPER),
    "minCardinality",
    "cardinality",
    "minQualifiedCardinality",
    "qualifiedCardinality",
    "hasSelf",
)
_OUTSIDE: Final = ("disjointUnionOf", "ReflexiveProperty")
_KINDS: Final = frozenset(
    {OWL + kind for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")} | {RDFS + "Class", RDF + "Property"}
)


def check_ontology(triples: Iterable[ox.Triple], file: str) -> list[Finding]:
    """Findings on the ontology as it is asserted. file : what they call it."""
    said = index(triples)
    return [Finding(rule, message, right, Place(file), node) for rule, message, right, node in _problems(said)]


def _problems(said: Said) -> Iterator[tuple[str, str, str, str | None]]:
    for node, properties in said.items():
        name = node.value if isinstance(node, ox.NamedNode) else None
        kinds = {kind.value for kind in properties.get(RDF_TYPE.value, ()) if isinstance(kind, ox.NamedNode)}
        if name and name.startswith(PMLO) and kinds & _KINDS and RDFS + "isDefinedBy" not in properties:
            yield "Ontology-term", "a term that does not say which ontology defines it", "rdfs:isDefinedBy, with label and definition", name
        for other in properties.get(OWL + "sameAs", ()):
            if name and name.startswith(PMLKG):
                yield "Ontology-same", f"is said to be the same as {_show(other)}", "one record for one thing, with synonyms", name
        for predicate, place, allowed in (
            (RDFS + "subClassOf", "above", _SUPER),
            (RDFS + "domain", "as domain", _SUPER),
            (RDFS + "range", "as range", _SUPER),
            (OWL + "equivalentClass", "as equivalent", _BOTH),
            (OWL + "disjointWith", "as disjoint", _SUB),
        ):
            for value in properties.get(predicate, ()):
                for word in _words(said, value, allowed):
                    yield _outside(
                        name or _show(value), f"owl:{word} {place} of a class" if "domain" not in place else f"owl:{word} {place}"
                    )
        if RDFS + "subClassOf" in properties and not name:
            for word in _words(said, node, _SUB):
                yield _outside(None, f"owl:{word} below a class")
        for word in _OUTSIDE:
            if OWL + word in properties or OWL + word in kinds:
                yield _outside(name, f"owl:{word}")
    for circle in _circles({node: above.get(RDFS + "subClassOf", ()) for node, above in said.items() if isinstance(node, ox.NamedNode)}):
        names = " and ".join(curie(name) for name in circle)
        yield "Ontology-circle", f"{names} include each other", "owl:equivalentClass, or one below the other", circle[0]


def _outside(node: str | None, what: str) -> tuple[str, str, str, str | None]:
    return (
        "Ontology-profile",
        f"{what}: outside OWL 2 RL, so nothing would follow from it",
        "an axiom of the profile, or a SHACL shape",
        node,
    )


def _words(said: Said, expression: Any, allowed: frozenset[str]) -> Iterator[str]:
    """The words of a class expression that the profile does not allow where it stands, to all depths."""
    properties = said.get(expression, {}) if isinstance(expression, ox.BlankNode) else {}
    for word in _EXPRESSIONS:
        for value in properties.get(OWL + word, ()):
            if word not in allowed or (word.startswith("max") and value.value not in ("0", "1")):
                yield word
            if word == "complementOf":
                yield from _words(said, value, _SUB)
            elif word in ("intersectionOf", "unionOf"):
                for member in items(said, value) or ():
                    yield from _words(said, member, allowed)
            elif word.endswith("ValuesFrom"):
                yield from _words(said, value, allowed)


def _circles(above: Mapping[Any, Iterable[Any]]) -> Iterator[list[str]]:
    """Classes that are below one another, each circle once."""
    reach: dict[Any, set[Any]] = {}
    for start in above:
        todo, found = [start], set()
        while todo:
            for one in above.get(todo.pop(), ()):
                if one not in found and isinstance(one, ox.NamedNode):
                    found.add(one)
                    todo.append(one)
        reach[start] = found
    seen: set[Any] = set()
    for one, found in reach.items():
        circle = {other for other in found if other != one and one in reach.get(other, ())} | {one}
        if len(circle) > 1 and one not in seen:
            seen |= circle
            yield sorted(node.value for node in circle)


def _show(term: Any) -> str:
    return curie(term.value) if isinstance(term, ox.NamedNode) else "a class expression" if isinstance(term, ox.BlankNode) else str(term)
