"""schema.org in JSON-LD: what search engines read. Things, risk factors, claims with their sources, and recommendations.

The context is written out, so nothing has to be fetched to read it.
"""

from __future__ import annotations

from typing import Any, Final

from pmlkg.publishing.dialects.form import Dialect, digits, present, to_json, told
from pmlkg.reading.snapshot import Node, Snapshot
from pmlkg.terms import PREFIXES, doi_link

CONTEXT: Final = {"@vocab": PREFIXES["schema"], "id": "@id", "type": "@type", "url": {"@type": "@id"}, "sameAs": {"@type": "@id"}}
_PARENT: Final = {
    "Biomarker": "MedicalEntity",
    "Strategy": "MedicalEntity",
    "BiologicalProcess": "MedicalEntity",
    "Population": "MedicalEntity",
} | {
    "Disease": "MedicalCondition",
    "ClinicalFeature": "MedicalSignOrSymptom",
    "ImagingFinding": "MedicalSignOrSymptom",
    "LaboratoryFinding": "MedicalSignOrSymptom",
    "HistologicalFinding": "MedicalSignOrSymptom",
    "Outcome": "MedicalCondition",
    "Virus": "MedicalEntity",
    "Gene": "Gene",
    "Protein": "Protein",
    "CellType": "AnatomicalStructure",
}
"""Kinds whose type the alignment has only by the class above, or not at all."""


def _type(graph: Snapshot, node: Node) -> str:
    aligned = [code.removeprefix("schema:") for _, code in graph.term(node.kind).matches if code.startswith("schema:")]
    return _PARENT.get(node.kind) or next(iter(aligned), "Thing")


def _ref(node: Node | None) -> dict[str, str]:
    return {"id": node.iri} if node else {}


def _entity(graph: Snapshot, node: Node) -> dict[str, Any]:
    kind = _type(graph, node)
    codes = [code.split(":", 1) for match, code in node.matches if match == "exactMatch"]
    medical = kind not in ("Thing", "Organization", "Gene", "Protein")
    risks = sorted({object for s, p, object in graph.edges if s == node.iri and graph.node(p).id == "increasesRiskOf"})
    signs = sorted({object for s, p, object in graph.edges if s == node.iri and graph.node(p).id == "hasClinicalFeature"})
    return present(
        {
            "id": node.iri,
            "type": [kind, "MedicalRiskFactor"] if risks else kind,
            "name": node.label,
            "alternateName": node.texts("skos:altLabel"),
            "description": node.text("skos:definition"),
            "code": [{"type": "MedicalCode", "codingSystem": system, "codeValue": value} for system, value in codes] if medical else None,
            "increasesRiskOf": [{"id": iri} for iri in risks],
            "signOrSymptom": [{"id": iri} for iri in signs] if kind == "MedicalCondition" else None,
        }
    )


def _source(node: Node) -> dict[str, Any]:
    kind = {"JournalArticle": "ScholarlyArticle", "Guideline": "MedicalGuideline", "WebPage": "WebPage", "BookChapter": "Chapter"}
    own = kind.get(node.kind, "CreativeWork")
    doi = node.text("doi")
    return present(
        {
            "id": node.iri,
            "type": own,
            "name": node.text("dcterms:title"),
            "author" if own != "MedicalGuideline" else "evidenceOrigin": node.text("authors"),
            "datePublished" if own != "MedicalGuideline" else "guidelineDate": node.text("year"),
            "sameAs" if own == "MedicalGuideline" else "url": doi_link(doi)
            if doi
            else next((value.value for value in node.values("schema:url")), ""),
        }
    )


def _figure(node: Node) -> dict[str, Any]:
    measure = node.node("measure")
    return present(
        {
            "id": node.iri,
            "type": "Observation",
            "measuredProperty": {"type": "Property", "id": measure.iri, "name": measure.label} if measure else None,
            "value": digits(node.text("value")),
            "unitText": node.text("unit"),
            "observationPeriod": node.text("period"),
            "description": node.text("inWhom"),
        }
    )


def _claim(claim: Node) -> dict[str, Any]:
    sources = {source.iri for _, item in claim.evidence for source in item.nodes("source")}
    if claim.kind == "Recommendation":
        against = claim.text("predicate") == "notRecommendedFor" and "contraindication" in claim.text("strength")
        return present(
            {
                "id": claim.iri,
                "type": "MedicalGuidelineContraindication" if against else "MedicalGuidelineRecommendation",
                "description": claim.text("dcterms:description"),
                "guidelineSubject": [_ref(claim.node("subject")), _ref(claim.node("object"))],
                "recommendationStrength" if not against else "disambiguatingDescription": claim.text("strength"),
                "guidelineDate": claim.text("latestYear"),
                "evidenceOrigin": ", ".join(claim.texts("guideline")),
                "subjectOf": [{"id": iri} for iri in sorted(sources)],
            }
        )
    return present(
        {
            "id": claim.iri,
            "type": "Claim",
            "text": claim.text("dcterms:description"),
            "about": [reference for name in ("subject", "object") if (reference := _ref(claim.node(name)))],
            "appearance": [{"id": iri} for iri in sorted(sources)],
            "hasPart": [{"id": figure.iri} for figure in claim.nodes("statistic")],
        }
    )


def _write(graph: Snapshot) -> dict[str, bytes]:
    figures = [figure for claim in graph.claims for figure in claim.nodes("statistic")]
    said = [
        *(_entity(graph, node) for node in graph.entities),
        *map(_claim, graph.claims),
        *map(_figure, figures),
        *map(_source, graph.sources),
    ]
    return {"schema-org/pmlkg.jsonld": to_json({"@context": CONTEXT, "@graph": said}, indent=None)}


DIALECT = Dialect(
    "schema.org (JSON-LD)",
    _write,
    loses="certainty, intervals, counts, strata, locators, reading depth, designs, conflicts; that a recommendation is against, but for contraindications",
    judge="the types of schema-dts 2.1.0 in TypeScript",
    told=lambda graph: {claim.id: told([_claim(claim), *map(_figure, claim.nodes("statistic"))]) for claim in graph.claims},
)
