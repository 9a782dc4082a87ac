"""Triples and shapes in, the names of those core shapes out that are not sure to conform.

pySHACL says what is wrong, and how. But it reads the whole graph into rdflib first, and asks of each node in turn, which takes
seconds where nothing is wrong. What is checked here is whether a shape holds of all its nodes at once; a shape that uses a
word not known here, or that any value might break, is left to pySHACL, so its findings stay those of pySHACL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLS, RDF, RDF_TYPE, SH, XSD

Nodes = Callable[[str], set[Any]]
"""The focus nodes of a shape, by its name."""
Instances = Callable[[Any], set[Any]]
"""The instances of a class and of the classes below it."""

_ABOUT: Final = frozenset(
    (
        RDF_TYPE.value,
        *(SH + name for name in ("description", "message", "name", "path", "severity")),
        *(SH + name for name in ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")),
    )
)
"""What is said of a shape that constrains nothing."""
_NUMBERS: Final = frozenset(XSD + name for name in ("decimal", "integer"))
_LEXICAL: Final = {
    XSD + "boolean": re.compile(r"true|false|0|1"),
    XSD + "decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"),
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "string": re.compile(r"(?s).*"),
}


class _Unsure(Exception):
    """The shape has something that is not known here."""


def doubtful(
    shapes: Sequence[ox.Triple], asserted: Iterable[ox.Triple], names: Iterable[str], nodes: Nodes, instances: Instances
) -> set[str]:
    """Names of the shapes that a node may break, or that use what is not known here.

    shapes : their triples, without SPARQL constraints. nodes : gives the focus nodes of a name. instances : those of a class.
    """
    said: dict[Any, dict[str, list[Any]]] = {}
    for triple in shapes:
        said.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
    graph = _Graph(asserted, instances)
    found = set()
    for name in names:
        shape = ox.NamedNode(PMLS + name)
        try:
            sure = all(_holds(graph, said, shape, node) for node in nodes(name))
        except _Unsure:
            sure = False
        if not sure:
            found.add(name)
    return found


class _Graph:
    """Triples by predicate, both ways, and the instances of each class."""

    def __init__(self, triples: Iterable[ox.Triple], instances: Instances) -> None:
        self.instances = instances
        self.ahead: dict[str, dict[Any, set[Any]]] = {}
        self.back: dict[str, dict[Any, set[Any]]] = {}
        for triple in triples:
            predicate = triple.predicate.value
            self.ahead.setdefault(predicate, {}).setdefault(triple.subject, set()).add(triple.object)
            self.back.setdefault(predicate, {}).setdefault(triple.object, set()).add(triple.subject)


def _holds(graph: _Graph, said: Mapping[Any, Mapping[str, list[Any]]], shape: Any, node: Any) -> bool:
    about = said[shape]
    values = _values(graph, said, about[SH + "path"][0], node) if SH + "path" in about else {node}
    for word, arguments in about.items():
        if word in _ABOUT:
            continue
        if word not in _CONSTRAINTS:
            raise _Unsure
        for argument in arguments:
            if not _CONSTRAINTS[word](graph, said, argument, values, node):
                return False
    return True


def _values(graph: _Graph, said: Mapping[Any, Mapping[str, list[Any]]], path: Any, node: Any) -> set[Any]:
    if isinstance(path, ox.NamedNode):
        return graph.ahead.get(path.value, {}).get(node, set())
    about = said[path]
    if about.keys() == {SH + "inversePath"}:
        (way,) = about[SH + "inversePath"]
        if isinstance(way, ox.NamedNode):
            return graph.back.get(way.value, {}).get(node, set())
    elif about.keys() == {SH + "alternativePath"}:
        return set().union(*(_values(graph, said, one, node) for one in _list(said, about[SH + "alternativePath"][0])))
    raise _Unsure


def _list(said: Mapping[Any, Mapping[str, list[Any]]], head: Any) -> list[Any]:
    items = []
    while head.value != RDF + "nil" if isinstance(head, ox.NamedNode) else True:
        items.append(said[head][RDF + "first"][0])
        (head,) = said[head][RDF + "rest"]
    return items


def _number(term: Any) -> Decimal:
    if isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS and _LEXICAL[term.datatype.value].fullmatch(term.value):
        return Decimal(term.value)
    raise _Unsure


def _typed(term: Any, datatype: Any) -> bool:
    if datatype.value == RDF + "langString":
        return isinstance(term, ox.Literal) and term.language is not None
    if datatype.value not in _LEXICAL:
        raise _Unsure
    return isinstance(term, ox.Literal) and term.datatype == datatype and bool(_LEXICAL[datatype.value].fullmatch(term.value))


def _text(term: Any) -> str:
    if isinstance(term, ox.BlankNode):
        raise _Unsure
    return str(term.value)


_CONSTRAINTS: Final[dict[str, Callable[..., bool]]] = {
    SH + "minCount": lambda graph, said, least, values, node: len(values) >= _number(least),
    SH + "maxCount": lambda graph, said, most, values, node: len(values) <= _number(most),
    SH + "class": lambda graph, said, cls, values, node: values <= graph.instances(cls),
    SH + "in": lambda graph, said, head, values, node: values <= set(_list(said, head)),
    SH + "datatype": lambda graph, said, datatype, values, node: all(_typed(value, datatype) for value in values),
    SH + "pattern": lambda graph, said, pattern, values, node: all(re.search(pattern.value, _text(value)) for value in values),
    SH + "minInclusive": lambda graph, said, least, values, node: all(_number(value) >= _number(least) for value in values),
    SH + "minExclusive": lambda graph, said, least, values, node: all(_number(value) > _number(least) for value in values),
    SH + "maxInclusive": lambda graph, said, most, values, node: all(_number(value) <= _number(most) for value in values),
    SH + "maxExclusive": lambda graph, said, most, values, node: all(_number(value) < _number(most) for value in values),
    SH + "disjoint": lambda graph, said, other, values, node: values.isdisjoint(_values(graph, said, other, node)),
    SH + "equals": lambda graph, said, other, values, node: values == _values(graph, said, other, node),
    SH + "lessThan": lambda graph, said, other, values, node: all(
        _number(value) < _number(more) for value in values for more in _values(graph, said, other, node)
    ),
    SH + "lessThanOrEquals": lambda graph, said, other, values, node: all(
        _number(value) <= _number(more) for value in values for more in _values(graph, said, other, node)
    ),
    SH + "not": lambda graph, said, shape, values, node: not any(_holds(graph, said, shape, value) for value in values),
    SH + "or": lambda graph, said, head, values, node: all(
        any(_holds(graph, said, one, value) for one in _list(said, head)) for value in values
    ),
}
"""Constraint -> whether it holds of the values of a node."""
