"""Rules of the house: what follows from records by our own rule rather than by logic, and the edges that claims assert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLO, PREFIXES, RDF_TYPE

TEXT_RULES: Final = (
    # A label is also the preferred label: people ask for either.
    "CONSTRUCT { ?x skos:prefLabel ?label } WHERE { ?x rdfs:label ?label FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }",
    # A title is a label, so that whatever a query meets can be named in one way.
    "CONSTRUCT { ?x rdfs:label ?title } WHERE { ?x dcterms:title ?title FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }",
    # Identifiers are links too.
    'CONSTRUCT { ?x rdfs:seeAlso ?link } WHERE { ?x pmlo:doi ?id BIND (IRI(CONCAT("https://doi.org/", REPLACE(ENCODE_FOR_URI(?id), "%2F", "/"))) AS ?link) }',
    'CONSTRUCT { ?x rdfs:seeAlso ?link } WHERE { ?x pmlo:pmid ?id BIND (IRI(CONCAT("https://pubmed.ncbi.nlm.nih.gov/", ?id)) AS ?link) }',
    # Of whom a claim or figure speaks, in one line: population, stratum, details. Each question shows it with each figure.
    """CONSTRUCT { ?x pmlo:inWhom ?text } WHERE {
      { ?claim pmlo:status ?status BIND (?claim AS ?x) }
      UNION
      { ?claim pmlo:statistic ?x OPTIONAL { ?x pmlo:population/rdfs:label ?own } OPTIONAL { ?x pmlo:populationDetail ?ownDetail } }
      OPTIONAL { ?claim pmlo:population/rdfs:label ?population }
      OPTIONAL { ?claim pmlo:populationDetail ?detail }
      OPTIONAL { ?claim pmlo:jcvAntibodyStatus/rdfs:label ?antibodies }
      OPTIONAL { ?claim pmlo:jcvIndexOver ?over }
      OPTIONAL { ?claim pmlo:jcvIndexUpTo ?upTo }
      OPTIONAL { ?claim pmlo:priorImmunosuppressant ?prior }
      OPTIONAL { ?claim pmlo:exposureMonthsFrom ?from }
      OPTIONAL { ?claim pmlo:exposureMonthsOver ?after }
      OPTIONAL { ?claim pmlo:exposureMonthsTo ?to }
      OPTIONAL { ?claim pmlo:dosingInterval ?dosing }
      BIND (REPLACE(CONCAT(
        COALESCE(STR(?own), STR(?population), ""),
        COALESCE(CONCAT("; anti-JCV antibodies ", STR(?antibodies)), ""),
        COALESCE(CONCAT("; index over ", STR(?over)), ""),
        COALESCE(CONCAT("; index up to ", STR(?upTo)), ""),
        IF(BOUND(?prior), IF(?prior, "; prior immunosuppressant", "; no prior immunosuppressant"), ""),
        COALESCE(CONCAT("; from month ", STR(?from)), ""),
        COALESCE(CONCAT("; after month ", STR(?after)), ""),
        COALESCE(CONCAT("; to month ", STR(?to)), ""),
        COALESCE(CONCAT("; dosing ", ?dosing), ""),
        COALESCE(CONCAT("; ", ?detail), ""),
        COALESCE(CONCAT("; ", ?ownDetail), "")), "^; ", "") AS ?text)
      FILTER (?text != "") }""",
    # What the limits of a figure are; a confidence interval stands before a range over studies.
    """CONSTRUCT { ?x pmlo:limits ?kind } WHERE { ?x a pmlo:Statistic
      BIND (IF(EXISTS { ?x pmlo:confidenceLow|pmlo:confidenceHigh ?ci }, "confidence interval",
            IF(EXISTS { ?x pmlo:rangeLow|pmlo:rangeHigh ?range }, "range",
            IF(EXISTS { ?x pmlo:valueAbove|pmlo:valueBelow ?bound }, "bound", ""))) AS ?kind)
      FILTER (?kind != "") }""",
)
"""CONSTRUCT queries over records and ontology; they give IRIs and texts, for a store would rewrite other literals."""

_LIMITS: Final = {
    "low": ("confidenceLow", "rangeLow", "valueAbove"),
    "high": ("confidenceHigh", "rangeHigh", "valueBelow"),
}
"""A limit of a figure -> what it is taken from, the first that is there, with its digits."""

ATTRIBUTES: Final = frozenset(PMLO + name for name in ("high", "inWhom", "limits", "low"))
"""Attributes that only these rules give, and that no record may have."""

EDGE_RULE: Final = """
CONSTRUCT { ?subject ?predicate ?object } WHERE {
  ?claim pmlo:subject ?subject ; pmlo:predicate ?predicate ; pmlo:object ?object ; pmlo:status pmlo:current .
  FILTER EXISTS { ?claim pmlo:supportedBy ?evidence }
}"""
"""An edge for each claim that is current and has at least one supporting evidence item, and for no other."""


def derive(records: Sequence[ox.Triple], ontology: Sequence[ox.Triple]) -> tuple[tuple[ox.Triple, ...], tuple[ox.Triple, ...]]:
    """What follows from the triples of the records: the knowledge, which is they and what the rules add, and the edges, sorted.

    ontology : the triples that say what the terms used by records are called.
    """
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*records, *ontology))
    knowledge = dict.fromkeys((*records, *_construct(store, TEXT_RULES), *limits(records)))
    return tuple(knowledge), tuple(_construct(store, [EDGE_RULE]))


def limits(records: Iterable[ox.Triple]) -> list[ox.Triple]:
    """The lower and upper limit of each statistic, whatever kind of limit it is, as the very literals of the records."""
    statistic = ox.NamedNode(PMLO + "Statistic")
    statistics: dict[Any, dict[str, Any]] = {t.subject: {} for t in records if t.predicate == RDF_TYPE and t.object == statistic}
    for triple in records:
        if triple.subject in statistics:
            statistics[triple.subject][triple.predicate.value.removeprefix(PMLO)] = triple.object
    found = []
    for subject, said in statistics.items():
        for limit, names in _LIMITS.items():
            value = next((said[name] for name in names if name in said), None)
            if value is not None:
                found.append(ox.Triple(subject, ox.NamedNode(PMLO + limit), value))
    return found


def _construct(store: ox.Store, queries: Iterable[str]) -> list[ox.Triple]:
    """The triples of CONSTRUCT queries, sorted."""
    found: set[Any] = set()
    for query in queries:
        found.update(store.query(query, prefixes=PREFIXES))  # type: ignore[arg-type]  # CONSTRUCT gives triples
    return sorted(found, key=str)
