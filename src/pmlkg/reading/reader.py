"""`Reader`: the few ways in which names, cards and proofs read the store of a build."""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import GRAPHS, PREFIXES, RDF, expand, show

Term = ox.NamedNode | ox.BlankNode | ox.Literal

_FIRST: Final = ox.NamedNode(RDF + "first")
_REST: Final = ox.NamedNode(RDF + "rest")


class Reader:
    """A store, all of whose named graphs are read as one."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    def rows(self, sparql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT of our own."""
        result: Any = self.store.query(sparql, use_default_graph_as_union=True, prefixes=PREFIXES)
        return [tuple(row) for row in result]

    def holds(self, subject: Any, predicate: Any, object: Any, graph: str | None = None) -> bool:
        """Whether a triple fits; None fits everything."""
        home = GRAPHS[graph] if graph else None
        return next(iter(self.store.quads_for_pattern(subject, predicate, object, home)), None) is not None

    def values(self, node: Any, predicate: str, graph: str | None = None) -> list[Any]:
        """The objects of a predicate, given in any form that `expand` reads, in the order of their texts."""
        home = GRAPHS[graph] if graph else None
        return sorted({quad.object for quad in self.store.quads_for_pattern(node, ox.NamedNode(expand(predicate)), None, home)}, key=str)

    def texts(self, node: Any, predicate: str) -> list[str]:
        """Likewise as texts."""
        return sorted(show(value) for value in self.values(node, predicate))

    def text(self, node: Any, predicate: str) -> str:
        """The first of them, or nothing."""
        return next(iter(self.texts(node, predicate)), "")

    def label(self, node: Any) -> str:
        """The label of a node, else the node itself."""
        labels = self.texts(node, "rdfs:label") if isinstance(node, ox.NamedNode) else []
        return labels[0] if labels else self.show(node)

    def show(self, term: Any) -> str:
        """A term for a person; a list of the ontology, which has no name, by its members."""
        if not isinstance(term, ox.BlankNode):
            return show(term)
        members = self.members(term)
        return f"({' '.join(show(member) for member in members)})" if members else f"_:{term.value}"

    def members(self, head: Any) -> list[Any]:
        """The members of an RDF list."""
        return [cell[1] for cell in self.cells(head)]

    def cells(self, head: Any) -> list[tuple[Any, Any, Any]]:
        """The cells of an RDF list: the cell, its member, and the next cell."""
        found: list[tuple[Any, Any, Any]] = []
        while isinstance(head, ox.BlankNode) and head not in {cell for cell, _, _ in found}:
            member, rest = (next((q.object for q in self.store.quads_for_pattern(head, p, None, None)), None) for p in (_FIRST, _REST))
            if member is None:
                break
            found.append((head, member, rest))
            head = rest
        return found

    def is_a(self, node: Any, kind: str) -> bool:
        """Whether the node is of a class, given in compact form."""
        return self.holds(node, ox.NamedNode(RDF + "type"), ox.NamedNode(expand(kind)))

    def title(self, node: Any) -> str:
        """How a record is called where it stands beside others: label, else the sentence, else its id."""
        return self.text(node, "rdfs:label") or self.text(node, "dcterms:description") or self.show(node)
