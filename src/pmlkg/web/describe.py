"""The service in, its description as RDF out (SPARQL 1.1 Service Description, with VoID)."""

from __future__ import annotations

import pyoxigraph as ox

from pmlkg.graph import KnowledgeGraph
from pmlkg.rdf import write
from pmlkg.terms import GRAPHS, RDF, XSD
from pmlkg.web.negotiation import GRAPH_FORMS, RESULT_FORMS

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads")
assert len(_RESULTS) == len(RESULT_FORMS)
assert len(_GRAPHS) == len(GRAPH_FORMS)


def describe(kg: KnowledgeGraph, endpoint: str, format: str) -> bytes:
    """The description in a format of `pmlkg.rdf.FORMATS`. endpoint : the whole address of the service."""
    service, dataset, default = ox.NamedNode(endpoint), ox.BlankNode("dataset"), ox.BlankNode("default")
    triples: list[ox.Triple] = []

    def say(subject: ox.NamedNode | ox.BlankNode, predicate: str, value: ox.NamedNode | ox.BlankNode | ox.Literal) -> None:
        triples.append(ox.Triple(subject, ox.NamedNode(predicate), value))

    def number(count: int) -> ox.Literal:
        return ox.Literal(str(count), datatype=ox.NamedNode(XSD + "integer"))

    say(service, RDF + "type", ox.NamedNode(_SD + "Service"))
    say(service, _SD + "endpoint", service)
    say(service, _SD + "supportedLanguage", ox.NamedNode(_SD + "SPARQL11Query"))
    say(service, _SD + "feature", ox.NamedNode(_SD + "UnionDefaultGraph"))
    say(service, _SD + "defaultEntailmentRegime", ox.NamedNode("http://www.w3.org/ns/entailment/OWL-RDF-Based"))
    say(service, _SD + "defaultSupportedEntailmentProfile", ox.NamedNode("http://www.w3.org/ns/owl-profile/RL"))
    for name in (*_RESULTS, *_GRAPHS):
        say(service, _SD + "resultFormat", ox.NamedNode(_FORMATS + name))
    say(service, _SD + "defaultDataset", dataset)
    say(dataset, RDF + "type", ox.NamedNode(_SD + "Dataset"))
    say(dataset, _SD + "defaultGraph", default)
    say(default, RDF + "type", ox.NamedNode(_SD + "Graph"))
    void = "http://rdfs.org/ns/void#"
    say(default, void + "triples", number(sum(kg.triples.values())))
    for name, node in GRAPHS.items():
        entry = ox.BlankNode(f"graph-{node.value.rpartition('/')[2]}")
        graph = ox.BlankNode(f"content-{node.value.rpartition('/')[2]}")
        say(dataset, _SD + "namedGraph", entry)
        say(entry, RDF + "type", ox.NamedNode(_SD + "NamedGraph"))
        say(entry, _SD + "name", node)
        say(entry, _SD + "graph", graph)
        say(graph, RDF + "type", ox.NamedNode(_SD + "Graph"))
        say(graph, void + "triples", number(kg.triples[name]))
    return write((ox.Quad(*triple) for triple in triples), format)
