"""Quads in, JSON-LD that a developer reads out: a context of its own, one thing an object, what belongs to a claim inside it.

Keys are local names of properties; what kind of value a property has stands in the context where all its values are of one kind, and
beside the value where they are not. Literals stay as they are written: a decimal is a text, so that no reader takes digits from it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLO, PREFIXES, RDF, XSD
from pmlkg.turtle import Said, circle, order, said_of

_FIRST, _REST, _NIL = RDF + "first", RDF + "rest", ox.NamedNode(RDF + "nil")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_STRING: Final = XSD + "string"
_ORDER: Final = ("id", "type", "label", "prefLabel", "altLabel", "title", "definition", "description", "subject", "predicate", "object")
_INSIDE: Final = frozenset(PMLO + name for name in ("statistic", "supportedBy", "disputedBy"))
"""Properties whose values stand inside what has them, where they belong to nothing else."""


def write_jsonld(quads: Iterable[ox.Quad]) -> bytes:
    """The quads as JSON-LD, graph by graph where they have names; the same quads give the same bytes."""
    graphs: dict[Any, list[ox.Triple]] = defaultdict(list)
    for quad in quads:
        graphs[quad.graph_name].append(quad.triple)
    context = _Context(triple for triples in graphs.values() for triple in triples)
    whole: list[dict[str, Any]] = []
    for name in sorted(graphs, key=str):
        objects = _Objects(said_of(graphs[name]), context).all()
        whole += objects if isinstance(name, ox.DefaultGraph) else [{"id": context.name(name), "graph": objects}]
    document = {"@context": context.document(), "graph": whole}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


class _Context:
    """Keys for the properties, and what kind of values they have."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        kinds: dict[str, set[str]] = defaultdict(set)
        self.used: set[str] = set()
        for triple in triples:
            kinds[triple.predicate.value].add(_kind(triple.object))
        self.kinds = {name: next(iter(found)) if len(found) == 1 else "" for name, found in kinds.items()}
        locals_: dict[str, list[str]] = defaultdict(list)
        for name in kinds:
            locals_[re.split(r"[#/]", name)[-1]].append(name)
        self.keys: dict[str, str] = {}
        taken = {"id", "type", "graph", *PREFIXES}
        for local, names in locals_.items():
            for name in names:
                fits = len(names) == 1 and local not in taken and bool(_KEY.match(local))
                self.keys[name] = local if fits else self.name(ox.NamedNode(name))
        self.keys[RDF + "type"] = "type"

    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = {"id": "@id", "type": "@type", "graph": "@graph"}
        for name, key in sorted(self.keys.items(), key=lambda pair: pair[1]):
            if name == RDF + "type":
                continue
            kind = self.kinds[name]
            own = {"@type": "@id"} if kind == "id" else {"@language": kind[1:]} if kind.startswith("@") else {}
            if kind.startswith("^") and kind[1:] != _STRING:
                own = {"@type": self.name(ox.NamedNode(kind[1:]))}
            made[key] = {"@id": self.name(ox.NamedNode(name)), **own}
        return {**{prefix: PREFIXES[prefix] for prefix in sorted(self.used)}, **made}

    def name(self, term: Any) -> str:
        """A thing by its compact IRI, or by its IRI."""
        if isinstance(term, ox.BlankNode):
            return f"_:{term.value}"
        for prefix, namespace in PREFIXES.items():
            if term.value.startswith(namespace) and term.value != namespace and not term.value[len(namespace) :].startswith("//"):
                self.used.add(prefix)
                return f"{prefix}:{term.value[len(namespace) :]}"
        return str(term.value)


def _kind(value: Any) -> str:
    if not isinstance(value, ox.Literal):
        return "id"
    return f"@{value.language}" if value.language else f"^{value.datatype.value}"


class _Objects:
    """The things of one graph."""

    def __init__(self, said: Said, context: _Context) -> None:
        self.said = said
        self.context = context
        pointed: dict[Any, list[tuple[Any, str]]] = defaultdict(list)
        for subject, properties in said.items():
            for predicate, values in properties.items():
                for value in values:
                    if value in said:
                        pointed[value].append((subject, predicate))
        self.inside: set[Any] = set()
        for node, found in pointed.items():
            owners = {owner for owner, predicate in found if predicate in _INSIDE}
            own = isinstance(node, ox.NamedNode) and len(owners) == 1 and str(node).startswith(str(next(iter(owners)))[:-1] + "-")
            if own or (isinstance(node, ox.BlankNode) and len(found) == 1 and found[0][1] != RDF + "type" and not circle(said, node)):
                self.inside.add(node)

    def all(self) -> list[dict[str, Any]]:
        """The things that stand by themselves, in the order of things."""
        tops = sorted((node for node in self.said if node not in self.inside), key=lambda node: order(self.said, node))
        return [self._object(node) for node in tops]

    def _object(self, node: Any) -> dict[str, Any]:
        made: dict[str, Any] = {} if node in self.inside and isinstance(node, ox.BlankNode) else {"id": self.context.name(node)}
        for predicate, values in self.said[node].items():
            ordered = sorted(values, key=str)
            if predicate == RDF + "type":  # a key for names alone
                texts = [self._member(value) for value in ordered if isinstance(value, ox.Literal)]
                told: list[Any] = [self.context.name(value) for value in ordered if not isinstance(value, ox.Literal)]
                made |= {self.context.name(ox.NamedNode(predicate)): texts} if texts else {}
            else:
                told = [self._value(predicate, value) for value in ordered]
            if told:
                made[self.context.keys[predicate]] = told[0] if len(told) == 1 else told
        rank = {name: place for place, name in enumerate(_ORDER)}
        return dict(sorted(made.items(), key=lambda pair: (rank.get(pair[0], len(rank)), pair[0])))

    def _value(self, predicate: str, value: Any) -> Any:
        if isinstance(value, ox.Literal):
            if self.context.kinds[predicate]:
                return value.value
            if value.language:
                return {"@value": value.value, "@language": value.language}
            kind = value.datatype
            return value.value if kind.value == _STRING else {"@value": value.value, "@type": self.context.name(kind)}
        members = self._members(value)
        if members is not None:
            return {"@list": members}
        if value in self.inside and (isinstance(value, ox.BlankNode) or predicate in _INSIDE):
            return self._object(value)
        return self.context.name(value) if self.context.kinds[predicate] else {"id": self.context.name(value)}

    def _member(self, value: Any) -> Any:
        if value in self.inside:
            return self._object(value)
        if isinstance(value, ox.Literal):
            return {
                "@value": value.value,
                **({"@language": value.language} if value.language else {"@type": self.context.name(value.datatype)}),
            }
        return {"id": self.context.name(value)}

    def _members(self, head: Any) -> list[Any] | None:
        """The members of a list all of whose cells stand here and nowhere else, or None."""
        found: list[Any] = []
        node = head
        while node != _NIL:
            said = self.said.get(node, {})
            if node not in self.inside or set(said) != {_FIRST, _REST} or len(said[_FIRST]) != 1 or len(said[_REST]) != 1:
                return None
            member = said[_FIRST][0]
            found.append(self._member(member))
            node = said[_REST][0]
        return found if found else None
