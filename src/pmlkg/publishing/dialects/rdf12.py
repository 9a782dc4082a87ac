"""RDF 1.2: each claim is the reifier of its triple, so that graphs of RDF 1.1 and 1.2 join at the IRI of the claim.

N-Triples 1.2 has the asserted graph with a line ``<claim> rdf:reifies <<( s p o )>>`` for each claim; Turtle 1.2 says the same as
annotations: a claim with an edge asserts its triple, another only names it.
"""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from pmlkg.publishing.dialects.form import Dialect
from pmlkg.reading.snapshot import Snapshot
from pmlkg.terms import GRAPHS, RDF
from pmlkg.turtle import Reified, write_turtle

REIFIES = ox.NamedNode(RDF + "reifies")


def _write(graph: Snapshot) -> dict[str, bytes]:
    said = {GRAPHS[name] for name in ("ontology", "knowledge", "mappings")}
    triples = list(dict.fromkeys(quad.triple for quad in graph.quads if quad.graph_name in said))
    edges = [quad.triple for quad in graph.quads if quad.graph_name == GRAPHS["edges"]]
    asserting = {claim.iri for claims in graph.asserting.values() for claim in claims}
    reifiers: dict[Any, Reified] = {}
    for claim in graph.claims:
        subject, predicate, object = graph.edge_of(claim)
        if subject and predicate and object:
            triple = ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object))
            reifiers[ox.NamedNode(claim.iri)] = Reified(triple, claim.iri in asserting)
    lines = {f"{triple} ." for triple in (*triples, *edges)}
    lines |= {f"{claim} {REIFIES} <<( {reified.triple} )>> ." for claim, reified in reifiers.items()}
    return {
        "pmlkg-rdf12.nt": ("\n".join(sorted(lines)) + "\n").encode(),
        "pmlkg-rdf12.ttl": write_turtle(triples, reifiers),
    }


DIALECT = Dialect(
    "RDF 1.2: claims as reifiers of their triples (N-Triples, Turtle)",
    _write,
    loses="nothing that is asserted; what is inferred is not in it",
    judge="pyoxigraph 0.5 reads it back",
)
