"""Claims as texts: what is said, of whom, with which figures, on what ground. Cards and proofs show them alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.reading.reader import Reader
from pmlkg.terms import PMLO, doi_link, expand, show

_CONFLICT: Final = ox.NamedNode(PMLO + "conflictsWith")
_STATUS: Final = ox.NamedNode(PMLO + "status")
_SUPERSEDED: Final = ox.NamedNode(PMLO + "superseded")


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
    return notes(reader, [claim])[0]


def notes(reader: Reader, claims: Sequence[ox.NamedNode]) -> tuple[ClaimNote, ...]:
    """Claims as texts, read together."""
    figures = _of_each(reader, _FIGURES, claims)
    grounds = evidence(reader, claims)
    return tuple(
        ClaimNote(
            show(claim),
            reader.text(claim, "dcterms:description"),
            ", ".join(reader.label(status) for status in reader.values(claim, "pmlo:status")),
            ", ".join(reader.label(group) for group in reader.values(claim, "pmlo:population")),
            tuple(show(figure) for (figure,) in figures[claim]),
            grounds[claim],
        )
        for claim in claims
    )


def evidence(reader: Reader, claims: Sequence[ox.NamedNode], how: str = "pmlo:supportedBy") -> dict[ox.NamedNode, tuple[Evidence, ...]]:
    """The evidence items of each claim that support it, or dispute it."""
    found = _of_each(reader, _EVIDENCE.replace("pmlo:supportedBy", how), claims)
    return {
        claim: tuple(
            Evidence(show(source), show(title), show(locator), show(depth), doi_link(doi.value) if doi else url.value if url else "")
            for source, title, locator, depth, doi, url in rows
        )
        for claim, rows in found.items()
    }


def disagreeing(reader: Reader, nodes: Iterable[ox.NamedNode]) -> list[tuple[str, str]]:
    """The pairs of claims in conflict, neither of them superseded, of which at least one is among the nodes."""
    pairs = set()
    for node in nodes:
        ends = [quad.object for quad in reader.store.quads_for_pattern(node, _CONFLICT, None, None)]
        ends += [quad.subject for quad in reader.store.quads_for_pattern(None, _CONFLICT, node, None)]
        pairs |= {(min(one, other), max(one, other)) for end in ends for one, other in [(show(node), show(end))]}
    return sorted(pair for pair in pairs if not any(reader.holds(ox.NamedNode(expand(claim)), _STATUS, _SUPERSEDED) for claim in pair))


def _of_each(reader: Reader, query: str, claims: Sequence[ox.NamedNode]) -> dict[ox.NamedNode, list[tuple[Any, ...]]]:
    """The rows of a query for each claim, which is their first column."""
    found: dict[ox.NamedNode, list[tuple[Any, ...]]] = {claim: [] for claim in claims}
    for claim, *cells in reader.rows(query % " ".join(map(str, claims))):
        found[claim].append(tuple(cells))
    return found


_FIGURES: Final = """SELECT ?claim ?figure WHERE {
  VALUES ?claim { %s }
  ?claim pmlo:statistic ?s . ?s pmlo:measure/rdfs:label ?measure ; pmlo:unit ?code .
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
_EVIDENCE: Final = """SELECT ?claim ?source ?title ?locator ?depth ?doi ?url WHERE {
  VALUES ?claim { %s }
  ?claim pmlo:supportedBy ?e . ?e pmlo:source ?source ; pmlo:readingDepth/rdfs:label ?depth . ?source dcterms:title ?title .
  OPTIONAL { ?e pmlo:locator ?locator }
  OPTIONAL { ?source pmlo:doi ?doi } OPTIONAL { ?source schema:url ?url } } ORDER BY ?source"""
