"""A query without an answer in, the names in it that the graph does not have out."""

from __future__ import annotations

import re

import pyoxigraph as ox

from pmlkg.asking.federation import QUIET
from pmlkg.reading.names import ontology_names
from pmlkg.reading.reader import Reader
from pmlkg.terms import PREFIXES, curie, did_you_mean, expand, nearest

_NAME = re.compile(r"(?<![\w?$:%\\-])([A-Za-z][\w.-]*:[\w-][\w.-]*[\w-]|[A-Za-z][\w.-]*:\w)")


def strangers(reader: Reader, sparql: str) -> list[str]:
    """A line for each IRI of the query that stands nowhere in the graph, with the nearest that does."""
    text = QUIET.sub(lambda quiet: quiet[0] if quiet[0].startswith("<") else " ", sparql)
    body = re.sub(r"\b(?:PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>)", " ", text, flags=re.I)
    declared = dict(re.findall(r"\bPREFIX\s+([\w.-]*):\s*<([^>]*)>", text, re.I))
    named = [(prefix, local) for prefix, _, local in (name.partition(":") for name in _NAME.findall(re.sub(r"<[^>]*>", " ", body)))]
    spaces = {**PREFIXES, **declared}
    iris = [spaces[prefix] + local for prefix, local in named if prefix in spaces] + re.findall(r"<([^<>\s]+:[^<>\s]*)>", body)
    lines = []
    for iri in dict.fromkeys(iris):
        node = ox.NamedNode(iri)
        if iri.startswith((PREFIXES["xsd"], PREFIXES["xsd"].rstrip("#"))) or any(
            reader.holds(*place) for place in ((node, None, None), (None, node, None), (None, None, node))
        ):
            continue
        if next(iter(reader.store.quads_for_pattern(None, None, None, node)), None):
            continue
        near = [f"pmlo:{name}" for name in nearest(iri.removeprefix(PREFIXES["pmlo"]), ontology_names(reader))]
        lines.append(f"{curie(iri)} stands nowhere in the graph{did_you_mean(near if iri.startswith(expand('pmlo:x')[:-1]) else ())}")
    return lines
