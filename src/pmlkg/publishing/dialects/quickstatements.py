"""Statements for Wikidata as rows of QuickStatements, each with its references, for a person to check and send.

Only what Wikidata has a property for that says no more than the claim: the cause of a disease, its symptoms and signs, and what a drug
acts on; and only where both things have an item. Nothing here is sent anywhere.
"""

from __future__ import annotations

from typing import Final

from pmlkg.publishing.dialects.form import Dialect
from pmlkg.reading.snapshot import Node, Snapshot

_PROPERTIES: Final = {
    "causes": ("P828", True),  # has cause
    "hasClinicalFeature": ("P780", False),  # symptoms and signs
    "targets": ("P129", False),  # physically interacts with
}
"""Our property -> that of Wikidata, and whether it points the other way."""


def _reference(source: Node) -> str:
    """One reference: a work by DOI or PubMed identifier, else an address."""
    if doi := source.text("doi"):
        return f'S356\t"{doi.upper()}"'  # as Wikidata writes it
    if pmid := source.text("pmid"):
        return f'S698\t"{pmid}"'
    return next((f'S854\t"{value.value}"' for value in source.values("schema:url")), "")


def _write(graph: Snapshot) -> dict[str, bytes]:
    rows: dict[str, list[str]] = {}
    for edge, claims in sorted(graph.asserting.items()):
        found = _PROPERTIES.get(graph.node(edge[1]).id)
        if not found:
            continue
        ends = [graph.node(iri).exactly("wikidata").removeprefix("wikidata:") for iri in (edge[0], edge[2])]
        if not all(ends):
            continue
        subject, object = reversed(ends) if found[1] else ends
        references = [
            _reference(source)
            for claim in claims
            for role, item in claim.evidence
            if role == "supportedBy"
            for source in item.nodes("source")
        ]
        rows.setdefault(f"{subject}\t{found[0]}\t{object}", []).extend(reference for reference in references if reference)
    # A further reference of a statement is a further row: they are joined when they are read.
    lines = [f"{statement}\t{reference}" for statement in sorted(rows) for reference in dict.fromkeys(rows[statement])]
    return {"wikidata/quickstatements.tsv": ("\n".join(lines) + "\n" if lines else "").encode()}


DIALECT = Dialect(
    "Wikidata statements as rows of QuickStatements",
    _write,
    loses="every claim but causes, clinical features and targets between things that have an item in Wikidata; all figures, groups and locators",
    judge="a grammar of the rows, and the items of the mappings",
)
