"""The edges for people who draw: GraphML for Gephi and yEd, JSON for Cytoscape."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from pmlkg.publishing.dialects.form import Dialect, to_json
from pmlkg.reading.snapshot import Snapshot

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


def elements(graph: Snapshot) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Nodes and edges as fields. An edge counts the claims and the sources behind it."""
    edges: list[dict[str, Any]] = []
    for (subject, predicate, object), claims in sorted(graph.asserting.items()):
        ends = [graph.node(iri) for iri in (subject, predicate, object)]
        works = {source.id for claim in claims for _, item in claim.evidence for source in item.nodes("source")}
        edges.append(
            {
                "id": "-".join(end.id for end in ends),
                "source": ends[0].id,
                "target": ends[2].id,
                "predicate": ends[1].id,
                "label": ends[1].label,
                "claims": len(claims),
                "sources": len(works),
            }
        )
    used = sorted({edge[end] for edge in edges for end in ("source", "target")})
    nodes = [{"id": node.id, "label": node.label, "kind": node.kind, "iri": node.iri} for node in map(graph.node, used)]
    return nodes, edges


def _graphml(nodes: list[dict[str, str]], edges: list[dict[str, Any]]) -> bytes:
    root = ElementTree.Element("graphml", xmlns=_NAMESPACE)
    for domain, items in (("node", nodes), ("edge", edges)):
        for name, value in items[0].items() if items else ():
            if name not in ("id", "source", "target"):
                kind = "int" if isinstance(value, int) else "string"
                ElementTree.SubElement(root, "key", {"id": f"{domain}-{name}", "for": domain, "attr.name": name, "attr.type": kind})
    graph = ElementTree.SubElement(root, "graph", id="pmlkg", edgedefault="directed")
    for domain, items in (("node", nodes), ("edge", edges)):
        for item in items:
            own = {name: str(value) for name, value in item.items() if name in ("id", "source", "target")}
            element = ElementTree.SubElement(graph, domain, own)
            for name, value in item.items():
                if name not in own:
                    ElementTree.SubElement(element, "data", key=f"{domain}-{name}").text = str(value)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _write(graph: Snapshot) -> dict[str, bytes]:
    nodes, edges = elements(graph)
    cytoscape = {"nodes": [{"data": {"name": node["label"], **node}} for node in nodes], "edges": [{"data": edge} for edge in edges]}
    return {
        "drawing/pmlkg.graphml": _graphml(nodes, edges),
        "drawing/pmlkg.cyjs": to_json({"data": {"name": "pmlkg"}, "elements": cytoscape}, indent=1),
    }


DIALECT = Dialect(
    "Edges for drawing (GraphML, Cytoscape JSON)",
    _write,
    loses="everything but the edges, with how many claims and sources stand behind each",
    judge="networkx reads the GraphML with the same nodes and edges",
)
