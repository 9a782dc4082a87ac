"""A graph in memory: what the steps hand on to what writes it down."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from pmlkg.asking.questions import Question
from pmlkg.findings import Finding
from pmlkg.pipeline.closure import Closure
from pmlkg.pipeline.records import Records
from pmlkg.terms import GRAPHS


@dataclass(frozen=True)
class Built:
    """A graph in memory: the triples of each named graph, the proofs, what the shapes found, the prefixes of the mappings, and the questions."""

    graphs: dict[str, tuple[ox.Triple, ...]]
    closure: Closure
    findings: tuple[Finding, ...]
    records: Records
    vocabularies: dict[str, str]
    questions: dict[str, Question]

    def quads(self) -> list[ox.Quad]:
        """All triples with the names of their graphs."""
        return [
            ox.Quad(triple.subject, triple.predicate, triple.object, GRAPHS[name])
            for name, triples in self.graphs.items()
            for triple in triples
        ]
