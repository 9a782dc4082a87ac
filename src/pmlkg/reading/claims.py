"""Claims as texts: what is said, of whom, with which figures, on what ground. Cards and proofs show them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.reading.reader import Reader
from pmlkg.terms import show


@dataclass(frozen=True)
class Evidence:
    """The ground of a claim in one source, as texts."""

    source: str
    title: str
    locator: str
    reading_depth: str
    link: str


@dataclass(frozen=True)
class ClaimNote:
    """A claim as texts: what it says, whom it is about, its figures, and its evidence."""

    claim: str
    sentence: str
    status: str
    population: str
    figures: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return {**vars(self), "evidence": [vars(item) for item in self.evidence]}


def carriers(reader: Reader, edge: ox.Triple) -> tuple[ox.NamedNode, ...]:
    """The claims that carry an edge of the graph: current, and with at least one supporting evidence item."""
    if not reader.holds(edge.subject, edge.predicate, edge.object, "edges"):
        return ()
    query = f"""SELECT DISTINCT ?claim WHERE {{
      ?claim pmlo:subject {edge.subject} ; pmlo:predicate {edge.predicate} ; pmlo:object {edge.object} ; pmlo:status pmlo:current .
      FILTER EXISTS {{ ?claim pmlo:supportedBy ?evidence }} }} ORDER BY ?claim"""
    return tuple(row[0] for row in reader.rows(query))


def note(reader: Reader, claim: ox.NamedNode) -> ClaimNote:
    """A claim as texts."""
    population = ", ".join(reader.label(group) for group in reader.values(claim, "pmlo:population"))
    return ClaimNote(
        show(claim),
        reader.text(claim, "dcterms:description"),
        ", ".join(reader.label(status) for status in reader.values(claim, "pmlo:status")),
        population,
        tuple(show(row[0]) for row in reader.rows(_FIGURES % claim)),
        evidence(reader, claim),
    )


def evidence(reader: Reader, claim: ox.NamedNode, how: str = "pmlo:supportedBy") -> tuple[Evidence, ...]:
    """The evidence items of a claim that support it, or dispute it."""
    return tuple(Evidence(*(show(cell) for cell in row)) for row in reader.rows(_EVIDENCE % (claim, how)))


_FIGURES: Final = """SELECT ?figure WHERE {
  %s pmlo:statistic ?s . ?s pmlo:measure/rdfs:label ?measure ; pmlo:unit ?code .
  OPTIONAL { ?u a pmlo:Unit ; skos:notation ?code ; rdfs:label ?unit }
  OPTIONAL { ?s pmlo:value ?v } OPTIONAL { ?s pmlo:valueBelow ?below } OPTIONAL { ?s pmlo:valueAbove ?above }
  OPTIONAL { ?s pmlo:rangeLow ?low } OPTIONAL { ?s pmlo:rangeHigh ?high }
  OPTIONAL { ?s pmlo:confidenceLow ?cl ; pmlo:confidenceHigh ?ch } OPTIONAL { ?s pmlo:period ?period }
  OPTIONAL { ?s pmlo:unitDetail ?detail } OPTIONAL { ?s pmlo:numerator ?n } OPTIONAL { ?s pmlo:denominator ?of }
  OPTIONAL { ?s pmlo:comparator ?against }
  OPTIONAL { ?s pmlo:arm ?arm ; pmlo:inWhom ?group FILTER (?arm IN (pmlo:comparatorArm, pmlo:wholeStudy)) }
  BIND (CONCAT(COALESCE(CONCAT("(", ?group, ") "), ""), STR(?measure), ": ", COALESCE(STR(?v), CONCAT("below ", STR(?below)), CONCAT("above ", STR(?above)), ""),
    COALESCE(CONCAT(" (range ", STR(?low), " to ", STR(?high), ")"), ""), " ", COALESCE(STR(?unit), ?code),
    COALESCE(CONCAT(", CI ", STR(?cl), " to ", STR(?ch)), ""), COALESCE(CONCAT(" (", STR(?n), " of ", STR(?of), ")"), ""),
    COALESCE(CONCAT(", ", ?detail), ""), COALESCE(CONCAT(", against ", ?against), ""), COALESCE(CONCAT(", ", ?period), "")) AS ?figure) } ORDER BY ?s"""
_EVIDENCE: Final = """SELECT ?source ?title ?locator ?depth ?link WHERE {
  %s %s ?e . ?e pmlo:source ?source ; pmlo:readingDepth/rdfs:label ?depth . ?source dcterms:title ?title .
  OPTIONAL { ?e pmlo:locator ?locator }
  OPTIONAL { ?source pmlo:doi ?doi } OPTIONAL { ?source schema:url ?url }
  BIND (COALESCE(CONCAT("https://doi.org/", ?doi), STR(?url), "") AS ?link) } ORDER BY ?source"""
