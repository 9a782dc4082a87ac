"""Nanopublications in TriG, unsigned: each claim with its figures as an assertion, its evidence as provenance.

To sign and publish them is the act of a person with a key; nothing here does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from pmlkg.publishing.dialects.form import Dialect
from pmlkg.rdf import write
from pmlkg.reading.snapshot import EVIDENCE, Node, Snapshot
from pmlkg.terms import DCTERMS, ONTOLOGY_IRI, OWL, PMLO, PREFIXES, RDF_TYPE, doi_link

NP: Final = "http://www.nanopub.org/nschema#"
BASE: Final = "https://w3id.org/pmlkg/np/"
_DERIVED: Final = ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom")
_GROUND: Final = frozenset(PMLO + name for name in (*EVIDENCE, "hasEvidence"))


def nanopublication(graph: Snapshot, claim: Node) -> Iterator[ox.Quad]:
    """The four graphs of one claim."""
    own = ox.NamedNode(BASE + claim.id)
    head, assertion, provenance, about = (ox.NamedNode(f"{own.value}#{name}") for name in ("Head", "assertion", "provenance", "pubinfo"))
    for predicate, value in (
        (RDF_TYPE, ox.NamedNode(NP + "Nanopublication")),
        (ox.NamedNode(NP + "hasAssertion"), assertion),
        (ox.NamedNode(NP + "hasProvenance"), provenance),
        (ox.NamedNode(NP + "hasPublicationInfo"), about),
    ):
        yield ox.Quad(own, predicate, value, head)
    edge = graph.edge_of(claim)
    if claim in graph.asserting.get(edge, ()):
        yield ox.Quad(ox.NamedNode(edge[0]), ox.NamedNode(edge[1]), ox.NamedNode(edge[2]), assertion)
    for node in (claim, *claim.nodes("statistic")):
        for name in node.properties:
            if name not in _GROUND:
                yield from (ox.Quad(ox.NamedNode(node.iri), ox.NamedNode(name), value, assertion) for value in node.values(name))
    for role, item in claim.evidence:
        yield ox.Quad(ox.NamedNode(claim.iri), ox.NamedNode(PMLO + role), ox.NamedNode(item.iri), provenance)
        for name in item.properties:
            yield from (ox.Quad(ox.NamedNode(item.iri), ox.NamedNode(name), value, provenance) for value in item.values(name))
        for source in item.nodes("source"):
            doi = source.text("doi")
            yield ox.Quad(assertion, _DERIVED, ox.NamedNode(doi_link(doi) if doi else source.iri), provenance)
    header = graph.node(ONTOLOGY_IRI)
    for name in ("license", "creator"):
        yield from (ox.Quad(own, ox.NamedNode(DCTERMS + name), value, about) for value in header.values("dcterms:" + name))
    yield from (ox.Quad(own, ox.NamedNode(OWL + "versionInfo"), value, about) for value in header.values("owl:versionInfo"))
    yield ox.Quad(own, _DERIVED, ox.NamedNode(claim.iri), about)


def _write(graph: Snapshot) -> dict[str, bytes]:
    return {"nanopubs.trig": write([quad for claim in graph.claims for quad in nanopublication(graph, claim)], "trig")}


DIALECT = Dialect(
    "Nanopublications, unsigned (TriG)",
    _write,
    loses="nothing of a claim, its figures and its evidence; what is known of the things and of the sources stands in the graph",
    judge="the packages nanopub 2.0.1 and nanopub-sign 0.2.0 call each one valid",
)
