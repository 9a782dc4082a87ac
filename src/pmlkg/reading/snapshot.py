"""The whole graph in memory, with literals as written: records as things with names, for whatever leaves the house in another form.

A `Reader` asks a store, whose numbers are values; a snapshot is read from the quads of the build, whose figures are those of the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.reading.names import compact
from pmlkg.terms import GRAPHS, PMLKG, PMLO, RDF, SKOS, expand, show

_TYPE: Final = RDF + "type"
_MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
EVIDENCE: Final = ("supportedBy", "disputedBy")
"""The properties that lead to the ground of a claim."""


class Node:
    """A thing of the graph: its `iri`, and what is asserted of it. Names of properties without prefix are those of the ontology."""

    __slots__ = ("_said", "_whole", "iri")

    def __init__(self, whole: Snapshot, iri: str, said: Mapping[str, list[Any]]) -> None:
        self._whole = whole
        self._said = said
        self.iri = iri

    def __repr__(self) -> str:
        return f"Node({self.id})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.iri == other.iri

    def __hash__(self) -> int:
        return hash(self.iri)

    @property
    def id(self) -> str:
        """The local name."""
        return self.iri.removeprefix(PMLKG).removeprefix(PMLO)

    @property
    def properties(self) -> list[str]:
        """The IRIs of the properties that it has."""
        return sorted(self._said)

    def values(self, name: str) -> list[Any]:
        """The objects of a property, in the order of their texts."""
        return sorted(self._said.get(expand(name, default=PMLO), ()), key=str)

    def texts(self, name: str) -> list[str]:
        """Likewise as texts: a literal as it is written, a thing by its local name or its compact IRI."""
        return [show(value).removeprefix("pmlkg:").removeprefix("pmlo:") for value in self.values(name)]

    def text(self, name: str) -> str:
        """The first of them, or nothing."""
        return next(iter(self.texts(name)), "")

    def nodes(self, name: str) -> list[Node]:
        """The things that a property leads to."""
        return [self._whole.node(value.value) for value in self.values(name) if isinstance(value, ox.NamedNode)]

    def node(self, name: str) -> Node | None:
        """The first of them."""
        return next(iter(self.nodes(name)), None)

    @property
    def label(self) -> str:
        """How it is called."""
        return self.text("rdfs:label") or self.text("dcterms:title") or self.id

    @property
    def kind(self) -> str:
        """The class that its record gives it, by its local name; of several, the narrowest."""
        kinds = [value.value for value in self.values("rdf:type") if isinstance(value, ox.NamedNode)]
        wider = {above for kind in kinds if len(kinds) > 1 for above in self._whole.above(kind, "rdfs:subClassOf") - {kind}}
        return next((kind.removeprefix(PMLO) for kind in kinds if kind not in wider), "")

    @property
    def evidence(self) -> list[tuple[str, Node]]:
        """The evidence of a claim, each with the property that leads to it."""
        return [(name, item) for name in EVIDENCE for item in self.nodes(name)]

    @property
    def matches(self) -> list[tuple[str, str]]:
        """Its terms elsewhere: kind of match, and compact identifier by the prefixes of the mappings."""
        return [
            (match, ":".join(compact(value.value, self._whole.vocabularies)))
            for match in _MATCHES
            for value in sorted(self._said.get(SKOS + match, ()), key=str)
        ]

    def exactly(self, *prefixes: str) -> str:
        """The first identifier that is exactly this thing, in the order of the prefixes; nothing where there is none."""
        exact = [code for match, code in self.matches if match == "exactMatch"]
        return next((code for prefix in prefixes for code in exact if code.startswith(prefix + ":")), "")


class Snapshot:
    """All things of the graph.

    vocabularies : prefixes of the mappings -> their namespaces. edges, inferred : the edges that claims assert, and those that follow,
    as triples of IRIs.
    """

    def __init__(self, quads: Iterable[ox.Quad], vocabularies: Mapping[str, str]) -> None:
        self.vocabularies = vocabularies
        self.quads = list(quads)
        self._said: dict[str, dict[str, list[Any]]] = {}
        asserted = {GRAPHS[name] for name in ("ontology", "knowledge", "mappings")}
        self.edges: list[tuple[str, str, str]] = []
        self._own: set[str] = set()
        for quad in self.quads:
            if quad.graph_name in asserted and isinstance(quad.subject, ox.NamedNode):
                self._said.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, []).append(quad.object)
                if quad.graph_name == GRAPHS["knowledge"]:
                    self._own.add(quad.subject.value)
            elif quad.graph_name == GRAPHS["edges"] and not isinstance(quad.subject, ox.Triple) and not isinstance(quad.object, ox.Triple):
                self.edges.append((quad.subject.value, quad.predicate.value, quad.object.value))

    @cached_property
    def inferred(self) -> list[tuple[str, str, str]]:
        """Edges between records that follow from others."""
        relations = {iri for iri, said in self._said.items() if self._below(iri, PMLO + "relatedTo")}
        return [
            (quad.subject.value, quad.predicate.value, quad.object.value)
            for quad in self.quads
            if quad.graph_name == GRAPHS["inferred"]
            and quad.predicate.value in relations
            and isinstance(quad.subject, ox.NamedNode)
            and isinstance(quad.object, ox.NamedNode)
        ]

    def _below(self, iri: str, top: str) -> bool:
        return iri != top and top in self.above(iri, "rdfs:subPropertyOf")

    def above(self, iri: str, by: str) -> set[str]:
        """The IRIs above a class or a property, itself included."""
        seen, todo = {iri}, [iri]
        while todo:
            for value in self._said.get(todo.pop(), {}).get(expand(by), ()):
                if isinstance(value, ox.NamedNode) and value.value not in seen:
                    seen.add(value.value)
                    todo.append(value.value)
        return seen

    def node(self, iri: str) -> Node:
        """A thing by its IRI or local name."""
        whole = iri if "://" in iri else PMLKG + iri
        return Node(self, whole, self._said.get(whole, {}))

    def term(self, name: str) -> Node:
        """A term of the ontology by its local name."""
        return self.node(PMLO + name)

    def of(self, *kinds: str) -> Iterator[Node]:
        """The records of these classes and of the classes below them, in the order of their ids."""
        wanted = {expand(kind, default=PMLO) for kind in kinds}
        fits = {iri: bool(self.above(iri, "rdfs:subClassOf") & wanted) for iri in self._said if iri.startswith(PMLO)}
        for iri in sorted(self._own):
            if any(fits.get(kind.value) for kind in self._said[iri].get(_TYPE, ())):
                yield self.node(iri)

    @cached_property
    def claims(self) -> list[Node]:
        """Claims of every kind, recommendations included."""
        return list(self.of("Claim"))

    @cached_property
    def entities(self) -> list[Node]:
        """Whatever claims are about."""
        return list(self.of("Entity"))

    @cached_property
    def sources(self) -> list[Node]:
        """Where it is read."""
        return list(self.of("Source"))

    @cached_property
    def asserting(self) -> dict[tuple[str, str, str], list[Node]]:
        """Edge -> the claims that assert it: current, with support."""
        edges = set(self.edges)
        found: dict[tuple[str, str, str], list[Node]] = {}
        for claim in self.claims:
            edge = self.edge_of(claim)
            if edge in edges and claim.text("status") == "current" and claim.values("supportedBy"):
                found.setdefault(edge, []).append(claim)
        return found

    def edge_of(self, claim: Node) -> tuple[str, str, str]:
        """Subject, predicate and object of a claim as IRIs; empty where it has none."""
        parts = [next((value.value for value in claim.values(name)), "") for name in ("subject", "predicate", "object")]
        return parts[0], parts[1], parts[2]
