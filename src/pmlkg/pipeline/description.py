"""The named graphs in, the description of the dataset (VoID, DCAT, PROV) out, with the questions as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox

from pmlkg.asking.questions import Question
from pmlkg.terms import DCTERMS, GRAPH_NAMES, GRAPHS, OWL, PMLKG, SH, XSD, expand


def describe_dataset(
    graphs: dict[str, tuple[ox.Triple, ...]], ontology: Sequence[ox.Triple], questions: dict[str, Question], withdrawn: Sequence[ox.Triple]
) -> tuple[ox.Triple, ...]:
    """The description of the dataset (VoID, DCAT, PROV), the questions as data, and what is withdrawn; no clock, so the same bytes each time."""
    header = {t.predicate.value: t.object for t in ontology if t.subject == ox.NamedNode("https://w3id.org/pmlkg/ontology")}
    dataset = GRAPHS["dataset"]
    triples: list[ox.Triple] = list(withdrawn)

    def say(subject: ox.NamedNode, predicate: str, value: Any) -> None:
        triples.append(ox.Triple(subject, ox.NamedNode(expand(predicate)), value))

    def number(value: int) -> ox.Literal:
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))

    for kind in ("void:Dataset", "dcat:Dataset", "prov:Entity"):
        say(dataset, "rdf:type", ox.NamedNode(expand(kind)))
    say(dataset, "dcterms:title", ox.Literal("pmlkg: the knowledge graph of progressive multifocal leukoencephalopathy", language="en"))
    say(
        dataset,
        "dcterms:description",
        ox.Literal("Claims with evidence, edges, and what follows. For research; not medical advice.", language="en"),
    )
    for name in ("license", "creator", "issued", "modified"):
        say(dataset, f"dcterms:{name}", header[DCTERMS + name])
    say(dataset, "owl:versionInfo", header[OWL + "versionInfo"])
    say(dataset, "void:uriSpace", ox.Literal(PMLKG))
    for name in GRAPH_NAMES[:-1]:
        say(dataset, "void:subset", GRAPHS[name])
        say(GRAPHS[name], "rdf:type", ox.NamedNode(expand("void:Dataset")))
        say(GRAPHS[name], "void:triples", number(len(graphs[name])))
    for name, sources in {"edges": ["knowledge"], "inferred": ["ontology", "knowledge", "edges"]}.items():
        for source in sources:
            say(GRAPHS[name], "prov:wasDerivedFrom", GRAPHS[source])
    for question in questions.values():
        triples += describe_question(question)
    say(
        dataset, "void:triples", number(sum(len(part) for part in graphs.values()) + len(triples) + 1)
    )  # with this one, as the files have it
    return tuple(triples)


def describe_question(question: Question) -> list[ox.Triple]:
    """A question as data."""
    node = ox.NamedNode(PMLKG + "question-" + question.name)
    said: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        ("rdf:type", ox.NamedNode(SH + "SPARQLSelectExecutable")),
        ("rdfs:label", ox.Literal(question.title, language="en")),
        ("dcterms:description", ox.Literal(question.question, language="en")),
        ("sh:select", ox.Literal(question.text)),
        *(("schema:keywords", ox.Literal(keyword)) for keyword in question.keywords),
    ]
    return [ox.Triple(node, ox.NamedNode(expand(predicate)), value) for predicate, value in said]
