"""Two things in, the shortest chains of claims that join them out: from a risk to what it looks like, with the source of every step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox

from pmlkg import notebook
from pmlkg.reading.claims import ClaimNote, carriers, notes
from pmlkg.reading.reader import Reader
from pmlkg.terms import GRAPHS, show

LONGEST: Final = 6
"""Steps of a chain that is looked for: what is further apart has little to do with one another."""
_SHOWN: Final = 3
"""Claims of a step that a text tells in full; the others are named."""

Edge = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Step:
    """One edge of a chain, read in the direction of the chain.

    forward : whether the edge points that way. claims : those that carry it.
    """

    start: str
    predicate: str
    end: str
    forward: bool
    triple: tuple[str, str, str]
    claims: tuple[ClaimNote, ...]

    def to_text(self) -> str:
        """The edge as it stands in the graph, in words."""
        return f"{self.start} – {self.predicate} → {self.end}" if self.forward else f"{self.start} ← {self.predicate} – {self.end}"


@dataclass(frozen=True)
class Chain:
    """Edges that lead from one thing to another."""

    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return {"steps": [{**vars(step), "claims": [claim.to_dict() for claim in step.claims]} for step in self.steps]}


@dataclass(frozen=True)
class Paths:
    """The shortest chains between two things; `total` counts those that there are, of which `chains` are the first."""

    start: str
    end: str
    chains: tuple[Chain, ...]
    total: int

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return {"start": self.start, "end": self.end, "total": self.total, "chains": [chain.to_dict() for chain in self.chains]}

    def _repr_html_(self) -> str:
        return notebook.text(self.to_text())

    def to_text(self) -> str:
        """Each chain with the sentences and sources of its steps. No step says more than its claims: a chain is no finding of its own."""
        length = len(self.chains[0].steps)
        lines = [
            f"{self.start} to {self.end}: {self.total} chain{'' if self.total == 1 else 's'} of {length} step{'' if length == 1 else 's'}"
        ]
        for number, chain in enumerate(self.chains, 1):
            lines += ["", f"{number}."]
            for step in chain.steps:
                lines.append(f"  {step.to_text()}")
                for claim in step.claims[:_SHOWN]:
                    sources = ", ".join(item.source.removeprefix("pmlkg:") for item in claim.evidence)
                    lines.append(f"      {claim.sentence} [{claim.claim}; {sources}]")
                if len(step.claims) > _SHOWN:
                    lines.append(f"      … and {len(step.claims) - _SHOWN} more: {', '.join(c.claim for c in step.claims[_SHOWN:])}")
        if self.total > len(self.chains):
            lines += ["", f"… and {self.total - len(self.chains)} more chains: --limit"]
        return "\n".join([*lines, "", "A chain joins what its claims say; that it is a finding of its own, no source says."])


def paths(reader: Reader, start: ox.NamedNode, end: ox.NamedNode, limit: int = 3) -> Paths:
    """The shortest chains of edges, whatever their direction. Those whose edges more claims carry come first.

    Raises LookupError where none of LONGEST steps or fewer is there, and ValueError for one thing twice or a limit below 1.
    """
    if start == end:
        raise ValueError(f"{show(start)} twice; right: two things")
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"the limit is {limit!r}; right: a number of chains from 1")
    around: dict[Any, list[Edge]] = defaultdict(list)
    for quad in reader.store.quads_for_pattern(None, None, None, GRAPHS["edges"]):
        edge = (quad.subject, quad.predicate, quad.object)
        for node in {quad.subject, quad.object}:
            around[node].append(edge)
    distance = _distances(around, start, end)
    if end not in distance:
        held = [node for node in (start, end) if node not in around]
        why = f"; no claim joins {show(held[0])} to anything" if held else ""
        raise LookupError(f"no chain of up to {LONGEST} steps joins {show(start)} and {show(end)}{why}")
    every = list(islice(_chains(around, distance, end), 10_000))
    support = {edge: len(carriers(reader, ox.Triple(*edge))) for chain in every for edge in chain}
    every.sort(key=lambda chain: (-min(support[edge] for edge in chain), -sum(support[edge] for edge in chain), str(chain)))
    return Paths(show(start), show(end), tuple(_told(reader, chain, start) for chain in every[:limit]), len(every))


def _distances(around: Mapping[Any, Sequence[Edge]], start: Any, end: Any) -> dict[Any, int]:
    """How many steps each thing is from the start, up to the end or LONGEST."""
    distance, now = {start: 0}, [start]
    while now and end not in distance and distance[now[0]] < LONGEST:
        following = []
        for node in now:
            for subject, _, object_ in around.get(node, ()):
                other = object_ if subject == node else subject
                if other not in distance:
                    distance[other] = distance[node] + 1
                    following.append(other)
        now = following
    return distance


def _chains(around: Mapping[Any, Sequence[Edge]], distance: Mapping[Any, int], end: Any) -> Iterator[tuple[Edge, ...]]:
    """All shortest chains, from the end backwards."""
    if distance[end] == 0:
        yield ()
        return
    for edge in sorted(around[end], key=str):
        before = edge[0] if edge[2] == end else edge[2]
        if distance.get(before) == distance[end] - 1:
            for chain in _chains(around, distance, before):
                yield (*chain, edge)


def _told(reader: Reader, chain: Sequence[Edge], start: Any) -> Chain:
    steps, here = [], start
    for edge in chain:
        forward = edge[0] == here
        there = edge[2] if forward else edge[0]
        triple = (show(edge[0]), show(edge[1]), show(edge[2]))
        claims = notes(reader, carriers(reader, ox.Triple(*edge)))
        steps.append(Step(reader.label(here), reader.label(edge[1]), reader.label(there), forward, triple, claims))
        here = there
    return Chain(tuple(steps))
