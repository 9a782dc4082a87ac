"""What a dialect loses, counted: which values of claims, figures and evidence do not stand in what it tells of the claim."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pyoxigraph as ox

from pmlkg.publishing.dialects.form import Dialect
from pmlkg.reading.snapshot import Node, Snapshot


class Loss(NamedTuple):
    """claims : how many are in it, `of` so many. lost : property -> how many of its values are not there, and of how many, for those with any."""

    claims: int
    of: int
    lost: dict[str, tuple[int, int]]


def loss(graph: Snapshot, dialect: Dialect) -> Loss:
    """What is lost of the claims that are in a dialect. Raises ValueError for one that has no claims, or keeps all of them as they are.

    A value is there where its text is, or the label or the id of the thing that it is; the properties of figures and of evidence are
    named after them.
    """
    if dialect.told is None:
        raise ValueError(f"{dialect.title} does not tell what it says of a claim")
    told, found, of = dialect.told(graph), dict[str, int](), dict[str, int]()
    for claim in graph.claims:
        if claim.id not in told:
            continue
        text = " ".join(told[claim.id].split())
        parts: list[tuple[str, Node]] = [("", claim), *(("statistic ", each) for each in claim.nodes("statistic"))]
        parts += [("evidence ", item) for _, item in claim.evidence]
        for prefix, node in parts:
            for iri in node.properties:
                for value in node.values(iri):
                    name = prefix + re.split(r"[#/]", iri)[-1]
                    of[name] = of.get(name, 0) + 1
                    found[name] = found.get(name, 0) + _stands(graph, value, text)
    lost = {name: (of[name] - found[name], of[name]) for name in sorted(of) if found[name] < of[name]}
    return Loss(len(told), len(graph.claims), lost)


def _stands(graph: Snapshot, value: Any, text: str) -> bool:
    if isinstance(value, ox.NamedNode):
        node = graph.node(value.value)
        words = [value.value, node.id, node.label]
    else:
        words = [" ".join(value.value.split())]
    return any(re.search(rf"(?<![\w.]){re.escape(word)}(?!\w|\.\d)", text) for word in words if word)
