"""Triples of records in, knowledge and edges out: what follows by our own rule rather than by logic, and what claims assert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.pipeline.places import where_and_when
from pmlkg.terms import PMLO, PREFIXES, RDF_TYPE, XSD, curie

TEXT_RULES: Final = (
    # A label is also the preferred label: people ask for either.
    "CONSTRUCT { ?x skos:prefLabel ?label } WHERE { ?x rdfs:label ?label FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }",
    # A title is a label, so that whatever a query meets can be named in one way.
    "CONSTRUCT { ?x rdfs:label ?title } WHERE { ?x dcterms:title ?title FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }",
    # Identifiers are links too.
    'CONSTRUCT { ?x rdfs:seeAlso ?link } WHERE { ?x pmlo:doi ?id BIND (IRI(CONCAT("https://doi.org/", REPLACE(ENCODE_FOR_URI(?id), "%2F", "/"))) AS ?link) }',
    'CONSTRUCT { ?x rdfs:seeAlso ?link } WHERE { ?x pmlo:pmid ?id BIND (IRI(CONCAT("https://pubmed.ncbi.nlm.nih.gov/", ?id)) AS ?link) }',
    # What limits the findings behind a claim: what its evidence says, what the design brings with it, and that we computed.
    """CONSTRUCT { ?claim pmlo:limitedBy ?limitation } WHERE {
      { ?claim pmlo:supportedBy/pmlo:limitation ?limitation }
      UNION
      { VALUES (?design ?limitation) {
          (pmlo:caseReport pmlo:uncontrolled) (pmlo:caseSeries pmlo:uncontrolled) (pmlo:singleArmTrial pmlo:uncontrolled)
          (pmlo:pharmacovigilanceStudy pmlo:selfSelectedReports) }
        ?claim pmlo:supportedBy/pmlo:studyDesign ?design }
      UNION
      { ?claim pmlo:supportedBy ?item ; pmlo:statistic/pmlo:computed true BIND (pmlo:computedByUs AS ?limitation) } }""",
    # Of whom a claim or figure speaks, in one line: population, stratum, details. Each question shows it with each figure. A figure
    # of the comparator or of the whole study is of its own group, not of the claim's.
    """CONSTRUCT { ?x pmlo:inWhom ?text } WHERE {
      { ?claim pmlo:status ?status BIND (?claim AS ?x) }
      UNION
      { ?claim pmlo:statistic ?x OPTIONAL { ?x pmlo:population/rdfs:label ?own } OPTIONAL { ?x pmlo:populationDetail ?ownDetail }
        OPTIONAL { ?x pmlo:arm ?armTerm . ?armTerm rdfs:label ?arm FILTER (?armTerm IN (pmlo:comparatorArm, pmlo:wholeStudy)) } }
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
      BIND (REPLACE(IF(BOUND(?arm),
        CONCAT(STR(?arm), COALESCE(CONCAT("; ", STR(?own)), ""), COALESCE(CONCAT("; ", ?ownDetail), "")),
        CONCAT(
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
        COALESCE(CONCAT("; ", ?ownDetail), ""))), "^; ", "") AS ?text)
      FILTER (?text != "") }""",
    # What the limits of a figure are; a confidence interval stands before a range over studies.
    """CONSTRUCT { ?x pmlo:limits ?kind } WHERE { ?x a pmlo:Statistic
      BIND (IF(EXISTS { ?x pmlo:confidenceLow|pmlo:confidenceHigh ?ci }, "confidence interval",
            IF(EXISTS { ?x pmlo:rangeLow|pmlo:rangeHigh ?range }, "range",
            IF(EXISTS { ?x pmlo:valueAbove|pmlo:valueBelow ?bound }, "only above or below", ""))) AS ?kind)
      FILTER (?kind != "") }""",
)
"""CONSTRUCT queries over records and ontology; they give IRIs and texts, for a store would rewrite other literals."""

_LIMITS: Final = {
    "low": ("confidenceLow", "rangeLow", "valueAbove"),
    "high": ("confidenceHigh", "rangeHigh", "valueBelow"),
}
"""A limit of a figure -> what it is taken from, the first that is there, with its digits."""

_LINES: Final = {
    "sourceKeys": "?item pmlo:source ?source BIND (REPLACE(STR(?source), '^.*/', '') AS ?text)",
    "designs": "?item pmlo:studyDesign/rdfs:label ?text",
    "limitations": "?claim pmlo:limitedBy/rdfs:label ?text",
}
"""A line on the evidence behind a claim -> the texts that it joins, by the supporting evidence item."""

_LATEST: Final = """SELECT ?claim (MAX(?year) AS ?latest) {
  ?claim pmlo:status ?status ; pmlo:supportedBy/pmlo:source/pmlo:year ?year } GROUP BY ?claim"""

_NOTE: Final = ox.NamedNode(PMLO + "conflictNote")
_CONFLICT: Final = ox.NamedNode(PMLO + "conflictsWith")
_DECIMAL: Final = ox.NamedNode(XSD + "decimal")
_THREE_DIGITS: Final = Context(prec=3, rounding=ROUND_HALF_EVEN)
_COMMON: Final = {
    "/(100.{person}.a)": (Decimal(10), "per 1,000 person-years"),
    "/(1000.{person}.a)": (Decimal(1), "per 1,000 person-years"),
    "/(100000.{person}.a)": (Decimal("0.01"), "per 1,000 person-years"),
    "/(1000000.{person}.a)": (Decimal("0.001"), "per 1,000 person-years"),
    "%": (Decimal(10), "per 1,000 persons"),
    "/(1000.{person})": (Decimal(1), "per 1,000 persons"),
    "/(10000.{person})": (Decimal("0.1"), "per 1,000 persons"),
    "/(100000.{person})": (Decimal("0.01"), "per 1,000 persons"),
    "d": (1 / Decimal("30.4375"), "months"),
    "wk": (7 / Decimal("30.4375"), "months"),
    "mo": (Decimal(1), "months"),
    "a": (Decimal(12), "months"),
}
"""Unit of a figure -> what it is multiplied by in the common unit, and that unit. A month is 30.4375 days, a year 12 months."""
_RISKS: Final = frozenset(PMLO + name for name in ("cumulativeIncidence", "incidence", "mortalityRate", "reportingRate", "risk"))
_TIMES: Final = frozenset(PMLO + name for name in ("duration", "survivalTime", "timeToDeath", "timeToDiagnosis", "timeToOnset"))

ATTRIBUTES: Final = frozenset(
    PMLO + name
    for name in (
        *("calendarYearFrom", "calendarYearTo", "country"),
        *("commonHigh", "commonLow", "commonUnit", "commonValue", "designs", "high", "inWhom", "latestYear", "limitations"),
        *("limitedBy", "limits", "low", "ofThose", "sourceKeys"),
    )
)
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
    limit = limits(records)
    said = _construct(store, TEXT_RULES)
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in said)
    knowledge = dict.fromkeys(
        (*records, *said, *limit, *common([*records, *limit]), *conflicts(records), *where_and_when(records), *_grounds(store))
    )
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


def common(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """The figure of each risk and time in the common unit, to three significant digits, and `n/N` of each share.

    triples : the records with the limits of their figures. What is computed here stands beside what was printed, never for it.
    """
    wanted = {PMLO + name: name for name in ("measure", "unit", "value", "low", "high", "numerator", "denominator")}
    statistics: dict[Any, dict[str, Any]] = {}
    for triple in triples:
        if triple.predicate.value in wanted:
            statistics.setdefault(triple.subject, {})[wanted[triple.predicate.value]] = triple.object
    found = []
    for subject, said in statistics.items():
        unit, measure = said.get("unit"), said.get("measure")
        if unit is None or measure is None:
            continue
        if unit.value in _COMMON and measure.value in (_TIMES if _COMMON[unit.value][1] == "months" else _RISKS):
            factor, name = _COMMON[unit.value]
            for key in ("value", "low", "high"):
                if key in said:
                    # Clinicians read three digits, and a store would rewrite more than a plain decimal.
                    value = format(_THREE_DIGITS.multiply(Decimal(said[key].value), factor).normalize(_THREE_DIGITS), "f")
                    found.append(ox.Triple(subject, ox.NamedNode(f"{PMLO}common{key.title()}"), ox.Literal(value, datatype=_DECIMAL)))
            if any(key in said for key in ("value", "low", "high")):
                found.append(ox.Triple(subject, ox.NamedNode(PMLO + "commonUnit"), ox.Literal(name)))
        if "numerator" in said and "denominator" in said:
            text = f"{said['numerator'].value}/{said['denominator'].value}"
            found.append(ox.Triple(subject, ox.NamedNode(PMLO + "ofThose"), ox.Literal(text)))
    return found


def conflicts(records: Iterable[ox.Triple]) -> list[ox.Triple]:
    """The reason of a conflict on its other side too, for a claim that names no conflict itself: whoever comes from there finds it.

    The note says whose it is, for its "here" and "there" are those of the claim that has it.
    """
    notes: dict[Any, ox.Literal] = {}
    named: dict[Any, list[Any]] = {}
    naming: set[Any] = set()
    for triple in records:
        if triple.predicate == _NOTE and isinstance(triple.object, ox.Literal):
            notes[triple.subject] = triple.object
        elif triple.predicate == _CONFLICT:
            named.setdefault(triple.object, []).append(triple.subject)
            naming.add(triple.subject)
    found = []
    for claim, others in sorted(named.items(), key=str):
        others = sorted((other for other in set(others) if other in notes), key=str)
        if claim in naming or not others:  # one that names a conflict says why itself
            continue
        told = [f"noted by {curie(other.value)}: {notes[other].value}" for other in others]
        found.append(ox.Triple(claim, _NOTE, ox.Literal(" ".join(told), language=notes[others[0]].language)))
    return found


def _grounds(store: ox.Store) -> list[ox.Triple]:
    """On what a claim rests, each in one line: the sources that support it, their designs and limitations, and the newest year."""
    found = []
    for name, pattern in _LINES.items():
        lines: dict[Any, set[str]] = {}
        for claim, text in _select(store, f"SELECT ?claim ?text {{ ?claim pmlo:status ?status ; pmlo:supportedBy ?item . {pattern} }}"):
            lines.setdefault(claim, set()).add(text.value)
        found += [ox.Triple(claim, ox.NamedNode(PMLO + name), ox.Literal("; ".join(sorted(texts)))) for claim, texts in lines.items()]
    found += [ox.Triple(claim, ox.NamedNode(PMLO + "latestYear"), year) for claim, year in _select(store, _LATEST)]
    return sorted(found, key=str)


def _select(store: ox.Store, query: str) -> list[Any]:
    return list(store.query(query, prefixes=PREFIXES))  # type: ignore[arg-type]  # SELECT gives rows


def _construct(store: ox.Store, queries: Iterable[str]) -> list[ox.Triple]:
    """The triples of CONSTRUCT queries, sorted."""
    found: set[Any] = set()
    for query in queries:
        found.update(store.query(query, prefixes=PREFIXES))  # type: ignore[arg-type]  # CONSTRUCT gives triples
    return sorted(found, key=str)
