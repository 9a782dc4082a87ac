"""What is said of one thing, and of the claims that speak of it, down to their sources: for one thing, or for each of many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLO

_SPEAKS: Final = frozenset(
    PMLO + name for name in ("subject", "object", "concerns", "population", "requires", "requiresAbsent", "requiresNotPositive")
)
_BELOW: Final = frozenset(PMLO + name for name in ("statistic", "supportedBy", "disputedBy", "source", "guideline", "criteriaSet"))


class Neighbourhoods:
    """The neighbourhoods of the things of a graph."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._of: dict[Any, list[tuple[int, ox.Quad]]] = {}
        self._to: dict[Any, list[tuple[int, ox.Quad]]] = {}
        for place, quad in enumerate(quads):
            self._of.setdefault(quad.subject, []).append((place, quad))
            self._to.setdefault(quad.object, []).append((place, quad))

    def said(self, thing: ox.NamedNode) -> list[ox.Quad]:
        """Quads about the thing alone, in the order of the graph."""
        return [quad for _, quad in self._of.get(thing, ())]

    def of(self, thing: ox.NamedNode) -> list[ox.Quad]:
        """Quads about the thing, and about each claim that speaks of it with all that hangs below it, in the order of the graph."""
        chosen: set[Any] = {thing, *(quad.subject for _, quad in self._to.get(thing, ()) if quad.predicate.value in _SPEAKS)}
        todo = list(chosen)
        while todo:
            more = {quad.object for _, quad in self._of.get(todo.pop(), ()) if quad.predicate.value in _BELOW} - chosen
            chosen |= more
            todo += more
        found = {place: quad for node in chosen for place, quad in self._of.get(node, ())}
        found |= dict(self._to.get(thing, ()))
        return [found[place] for place in sorted(found)]
