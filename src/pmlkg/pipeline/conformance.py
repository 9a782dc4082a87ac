"""Triples and shapes in, the names of those core shapes out that are not sure to conform.

pySHACL says what is wrong, and how. But it reads the whole graph into rdflib first, and asks of each node in turn, which takes
seconds where nothing is wrong. What is checked here is whether a shape holds of all its nodes at once; a shape that uses a
word not known here, or that any value might break, is left to pySHACL, so its findings stay those of pySHACL.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.pipeline.shapes import index, items
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


Test = Callable[[Any], bool]
Walk = Callable[[Any], set[Any]]
Check = Callable[[set[Any], Any], bool]
"""Whether a constraint holds of the values of a node."""


class _Unsure(Exception):
    """The shape has something that is not known here."""


def doubtful(
    shapes: Sequence[ox.Triple], asserted: Iterable[ox.Triple], names: Iterable[str], nodes: Nodes, instances: Instances
) -> set[str]:
    """Names of the shapes that a node may break, or that use what is not known here.

    shapes : their triples, without SPARQL constraints. nodes : gives the focus nodes of a name. instances : those of a class.
    """
    made = _Maker(shapes, asserted, instances)
    found = set()
    for name in names:
        try:
            sure = all(map(made.shape(ox.NamedNode(PMLS + name)), nodes(name)))
        except _Unsure:
            sure = False
        if not sure:
            found.add(name)
    return found


class _Maker:
    """Makes of each shape a function that tells whether it holds of a node. Raises _Unsure for what is not known here."""

    def __init__(self, shapes: Iterable[ox.Triple], asserted: Iterable[ox.Triple], instances: Instances) -> None:
        self._said = index(shapes)
        self._instances = instances
        self._triples: dict[str, list[ox.Triple]] = {}
        for triple in asserted:
            self._triples.setdefault(triple.predicate.value, []).append(triple)
        self._indexes: dict[tuple[str, bool], dict[Any, set[Any]]] = {}

    def shape(self, shape: Any) -> Test:
        about = self._said[shape]
        walk = self._walk(about[SH + "path"][0]) if SH + "path" in about else lambda node: {node}
        checks = [self._check(word, one, about) for word, arguments in about.items() if word not in _ABOUT for one in arguments]
        if len(checks) == 1:
            (check,) = checks
            return lambda node: check(walk(node), node)

        def holds(node: Any) -> bool:
            values = walk(node)
            return all(check(values, node) for check in checks)

        return holds

    def _index(self, predicate: str, *, back: bool = False) -> dict[Any, set[Any]]:
        """Subject -> objects of a predicate, or the other way."""
        index = self._indexes.get((predicate, back))
        if index is None:
            index = self._indexes[predicate, back] = {}
            for triple in self._triples.get(predicate, ()):
                one, other = (triple.object, triple.subject) if back else (triple.subject, triple.object)
                index.setdefault(one, set()).add(other)
        return index

    def _walk(self, path: Any) -> Walk:
        """From a node to the values of a path."""
        none: set[Any] = set()
        if isinstance(path, ox.NamedNode):
            ahead = self._index(path.value)
            return lambda node: ahead.get(node, none)
        about = self._said[path]
        if RDF + "first" in about:
            first, *rest = [self._walk(step) for step in self._list(path)]

            def along(node: Any) -> set[Any]:
                nodes = first(node)
                for step in rest:
                    nodes = set().union(*map(step, nodes))
                return nodes

            return along
        ((word, (inner,)),) = about.items() if len(about) == 1 else (("", (None,)),)
        if word == SH + "inversePath" and isinstance(inner, ox.NamedNode):
            back = self._index(inner.value, back=True)
            return lambda node: back.get(node, none)
        if word == SH + "alternativePath":
            ways = [self._walk(step) for step in self._list(inner)]
            return lambda node: set().union(*(way(node) for way in ways))
        if word in (SH + "oneOrMorePath", SH + "zeroOrMorePath"):
            step = self._walk(inner)

            def closure(node: Any) -> set[Any]:
                found: set[Any] = {node} if word == SH + "zeroOrMorePath" else set()
                todo = [node]
                while todo:
                    new = step(todo.pop()) - found
                    found |= new
                    todo += new
                return found

            return closure
        raise _Unsure

    def _list(self, head: Any) -> list[Any]:
        members = items(self._said, head)
        if members is None:
            raise _Unsure
        return members

    def _check(self, word: str, argument: Any, about: Mapping[str, list[Any]]) -> Check:
        name = word.removeprefix(SH)
        if name in _SHAPES:
            tests = [self.shape(one) for one in (self._list(argument) if name in ("and", "or", "xone") else [argument])]
            right = _SHAPES[name]
            return lambda values, node: all(right(sum(test(value) for test in tests), len(tests)) for value in values)
        if name in ("minCount", "maxCount"):
            count = int(_number(argument))
            return (lambda values, node: len(values) >= count) if name == "minCount" else (lambda values, node: len(values) <= count)
        if name in _PAIRS:
            others, fits = self._walk(argument), _PAIRS[name]
            return lambda values, node: fits(values, others(node))
        if name == "qualifiedValueShape":
            test = self.shape(argument)
            (least,), most = about.get(SH + "qualifiedMinCount", [None]), about.get(SH + "qualifiedMaxCount")
            if most or least is None or SH + "qualifiedValueShapesDisjoint" in about:
                raise _Unsure
            count = int(_number(least))
            return lambda values, node: sum(map(test, values)) >= count
        if name == "qualifiedMinCount":
            return lambda values, node: True  # said by the shape that it counts
        if name == "class":
            members = self._instances(argument)
            return lambda values, node: values <= members
        if name == "in":
            allowed = set(self._list(argument))
            return lambda values, node: values <= allowed
        if name == "hasValue":
            return lambda values, node: argument in values
        if name == "datatype":
            return lambda values, node: all(_typed(value, argument) for value in values)
        if name == "pattern":
            flags = about.get(SH + "flags", [])
            if any(flag.value != "i" for flag in flags):
                raise _Unsure
            find = re.compile(argument.value, re.IGNORECASE if flags else 0).search
            return lambda values, node: all(find(_text(value)) for value in values)
        if name == "flags":
            return lambda values, node: True  # said of the pattern
        if name in _BOUNDS:
            bound, within = _number(argument), _BOUNDS[name]
            return lambda values, node: all(within(_number(value), bound) for value in values)
        raise _Unsure


_SHAPES: Final[dict[str, Callable[[int, int], bool]]] = {
    "and": operator.eq,
    "node": operator.eq,
    "not": lambda holding, of: holding == 0,
    "or": lambda holding, of: holding > 0,
    "property": operator.eq,
    "xone": lambda holding, of: holding == 1,
}
"""Constraint -> whether it holds of a value of which so many of so many shapes hold."""
_BOUNDS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "maxExclusive": operator.lt,
    "maxInclusive": operator.le,
    "minExclusive": operator.gt,
    "minInclusive": operator.ge,
}
_PAIRS: Final[dict[str, Callable[[set[Any], set[Any]], bool]]] = {
    "disjoint": lambda values, others: values.isdisjoint(others),
    "equals": operator.eq,
    "lessThan": lambda values, others: all(_number(value) < _number(other) for value in values for other in others),
    "lessThanOrEquals": lambda values, others: all(_number(value) <= _number(other) for value in values for other in others),
}
"""Constraint -> whether it holds of the values of a path and those of the property that it names."""


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
