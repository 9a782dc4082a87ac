"""Which sources stand behind an answer: those of its claims, recommendations and criteria, and those that it holds itself."""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from pmlkg.answers.answer import Answer
from pmlkg.answers.bibliography import TYPES, Work
from pmlkg.reading.claims import carriers
from pmlkg.reading.reader import Reader
from pmlkg.terms import DCTERMS, PMLKG, PMLO, PREFIXES, RDF

_STATISTIC: Final = ox.NamedNode(PMLO + "statistic")
_TYPE: Final = ox.NamedNode(RDF + "type")
_SOURCE: Final = ox.NamedNode(PMLO + "Source")
_TEXTS: Final = {
    "title": DCTERMS + "title",
    **{name: PMLO + name for name in ("authors", "container", "volumePages", "year", "doi", "pmid", "pmcid", "note")},
}
"""Key of a record of a source -> its property."""


def works_behind(reader: Reader, answer: Answer) -> tuple[Work, ...]:
    """The sources behind an answer, in the order of their ids.

    A statistic stands for its claim, an evidence item for its source, a triple of `edges` for the claims that carry it.
    """
    parts = [part for triple in answer.triples or () for part in (triple.subject, triple.object)]
    nodes: set[Any] = {cell for cell in (*(cell for row in answer.rows for cell in row), *parts) if isinstance(cell, ox.NamedNode)}
    nodes |= {claim for triple in answer.triples or () for claim in carriers(reader, triple)}
    nodes |= {quad.subject for node in nodes for quad in reader.store.quads_for_pattern(None, _STATISTIC, node, None)}
    sources = set().union(*(_sources(reader, node) for node in nodes))
    return tuple(_work(reader, source) for source in sorted(sources, key=str))


def _sources(reader: Reader, node: ox.NamedNode) -> set[Any]:
    if reader.holds(node, _TYPE, _SOURCE):
        return {node}
    evidence = {node, *reader.values(node, PMLO + "supportedBy"), *reader.values(node, PMLO + "disputedBy")}
    documents = {*reader.values(node, PMLO + "guideline"), *reader.values(node, PMLO + "criteriaSet")}
    return documents.union(*(reader.values(item, PMLO + "source") for item in evidence))


def _work(reader: Reader, source: ox.NamedNode) -> Work:
    types = {term.value for term in reader.values(source, RDF + "type")}
    record = {key: text for key, iri in _TEXTS.items() if (text := reader.text(source, iri))}
    for value in reader.values(source, PREFIXES["schema"] + "url"):
        record["url"] = value.value  # the whole address, not a compact one
    return Work.from_record(source.value.removeprefix(PMLKG), next((name for name in TYPES if PMLO + name in types), ""), record)
