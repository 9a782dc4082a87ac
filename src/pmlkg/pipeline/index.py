"""A graph in memory in, the entries of the full-text index out."""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from pmlkg.pipeline.built import Built
from pmlkg.reading.names import compact
from pmlkg.reading.search import Entry
from pmlkg.terms import PMLKG, PMLO, RDF_TYPE, expand

_SAID: Final = {
    name: expand(name)
    for name in ("dcterms:description", "dcterms:title", "rdf:type", "rdfs:label", "skos:altLabel", "skos:definition", "skos:exactMatch")
}
"""What of a record goes into the index -> its IRI."""


def entries(built: Built) -> list[Entry]:
    """What can be found by its words: every entity, claim, source and other record that has a name or a sentence."""
    said: dict[Any, dict[str, list[Any]]] = {}
    wanted = {ox.NamedNode(iri) for iri in _SAID.values()}
    for name in ("ontology", "knowledge", "mappings", "inferred"):
        for triple in built.graphs[name]:
            if (predicate := triple.predicate) in wanted:
                said.setdefault(triple.subject, {}).setdefault(predicate.value, []).append(triple.object)
    own: dict[Any, list[Any]] = {}
    for triple in built.graphs["knowledge"]:
        if triple.predicate == RDF_TYPE:
            own.setdefault(triple.subject, []).append(triple.object)

    def texts(node: Any, name: str) -> list[str]:
        return sorted(value.value for value in said.get(node, {}).get(_SAID[name], []))

    found = []
    for node in sorted(own, key=str):
        title, sentence = texts(node, "dcterms:title"), texts(node, "dcterms:description")
        labels = [label for label in texts(node, "rdfs:label") if label not in title]
        if not (labels or title or sentence):
            continue
        iris = texts(node, "skos:exactMatch")
        codes = [":".join(compact(iri, built.vocabularies)) for iri in iris]
        found.append(
            Entry(
                node.value,
                tuple(iri.removeprefix(PMLO) for iri in texts(node, "rdf:type")),
                ", ".join(label for kind in own[node] for label in texts(kind, "rdfs:label")),
                "\n".join(labels),
                "\n".join(texts(node, "skos:altLabel")),
                "\n".join([node.value.removeprefix(PMLKG), *codes]),
                "\n".join(texts(node, "skos:definition")),
                "\n".join(title),
                "\n".join(sentence),
            )
        )
    return found
