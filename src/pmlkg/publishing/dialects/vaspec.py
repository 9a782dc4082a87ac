"""Claims as statements with lines of evidence, in the names of SEPIO and of the GA4GH Variant Annotation Specification.

The envelope is shaped like theirs and has a schema of its own (`SCHEMA`), for their Statement takes propositions on variants only;
propositions, lines of evidence, documents and methods inside it are theirs.
"""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from pmlkg.publishing.dialects.form import Dialect, digits, present, to_json, to_json_lines, told
from pmlkg.reading.snapshot import Node, Snapshot
from pmlkg.terms import PMLKG, XSD, doi_link

_PROPOSITIONS: Final = {
    "RiskClaim": "ExposureRiskProposition",
    "RiskStratum": "ExposureRiskProposition",
    "Recommendation": "RecommendationProposition",
    "TreatmentClaim": "TreatmentEffectProposition",
    "ManifestationClaim": "ManifestationProposition",
}
_NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "nonNegativeInteger", "positiveInteger", "gYear"))
_DIRECTIONS: Final = {"supportedBy": "supports", "disputedBy": "disputes"}
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://w3id.org/pmlkg/schemas/statement.json",
    "title": "A claim of pmlkg, shaped like a VA-Spec statement",
    "type": "object",
    "required": ["type", "id", "direction", "proposition", "hasEvidenceLines"],
    "properties": {
        "type": {"const": "Statement"},
        "id": {"type": "string", "format": "uri"},
        "description": {"type": "string"},
        "direction": {"enum": ["supports", "disputes"]},
        "strength": {"type": "object"},
        "proposition": {"type": "object", "required": ["type", "subject", "predicate", "object"]},
        "hasEvidenceLines": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["type", "directionOfEvidenceProvided"]},
        },
        "extensions": {"type": "array", "items": {"type": "object", "required": ["name", "value"]}},
    },
    "additionalProperties": False,
}
_FIGURE: Final = (
    *(
        "measure",
        "value",
        "valueAbove",
        "valueBelow",
        "rangeLow",
        "rangeHigh",
        "confidenceLow",
        "confidenceHigh",
        "confidenceLevel",
        "unit",
    ),
    *("unitDetail", "numerator", "denominator", "sampleSize", "population", "populationDetail", "period", "comparator", "arm", "aggregate"),
    *("thresholdText", "approximate", "computed", "computationMethod", "inWhom", "calendarYearFrom", "calendarYearTo", "country", "note"),
)
_STRATUM: Final = (
    *("jcvAntibodyStatus", "jcvIndexOver", "jcvIndexUpTo", "priorImmunosuppressant", "exposureMonthsFrom", "exposureMonthsOver"),
    *("exposureMonthsTo", "dosingInterval", "stratumTable"),
)
_ABOUT: Final = (
    *("status", "population", "populationDetail", "inWhom", "modality", "mechanism", "comparator", "background", "conflictsWith"),
    *(
        "conflictNote",
        "note",
        "guideline",
        "phase",
        "certainty",
        "publishedGrade",
        "concerns",
        "supersededBy",
        "country",
        "calendarYearFrom",
    ),
    *("calendarYearTo", "ratingNote", "limitedBy", *_STRATUM),
)


def _thing(node: Node | None) -> dict[str, str]:
    return {"id": node.iri, "name": node.label} if node else {}


def _values(node: Node, name: str) -> Any:
    """What a property says, one or several: numbers with their digits, truth values, things of the graph by their IRI, else texts."""
    found = [_value(value, text) for value, text in zip(node.values(name), node.texts(name), strict=True)]
    return found[0] if len(found) == 1 else found


def _value(value: Any, text: str) -> Any:
    if isinstance(value, ox.NamedNode):
        return value.value if value.value.startswith(PMLKG) else text
    kind = value.datatype.value
    return text == "true" if kind == XSD + "boolean" else digits(text) if kind in _NUMBERS else text


def _extensions(node: Node, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"name": name, "value": _values(node, name)} for name in names if node.values(name)]


def _document(source: Node) -> dict[str, Any]:
    return present(
        {
            "type": "Document",
            "id": source.iri,
            "title": source.text("dcterms:title"),
            "doi": source.text("doi"),
            "pmid": source.text("pmid"),
            "urls": [doi_link(source.text("doi"))] if source.text("doi") else [value.value for value in source.values("schema:url")],
        }
    )


def _line(claim: Node, role: str, item: Node, proposition: dict[str, Any]) -> dict[str, Any]:
    design = item.node("studyDesign")
    return present(
        {
            "type": "EvidenceLine",
            "id": item.iri,
            "directionOfEvidenceProvided": _DIRECTIONS[role],
            "targetProposition": proposition,
            "specifiedBy": {"type": "Method", "name": design.label} if design else None,
            "hasEvidenceItems": [statistic.iri for statistic in claim.nodes("statistic")] if role == "supportedBy" else None,
            "reportedIn": [_document(source) for source in item.nodes("source")],
            "extensions": _extensions(item, ("locator", "readingDepth", "sourceRole", "directness", "limitation", "note")),
        }
    )


def statement(claim: Node) -> dict[str, Any]:
    """One claim. Its proposition has the predicate of the claim, also one that denies or advises against, which the evidence then supports."""
    proposition = {
        "type": _PROPOSITIONS.get(claim.kind, "GeneralProposition"),
        "subject": _thing(claim.node("subject")),
        "predicate": claim.text("predicate"),
        "object": _thing(claim.node("object")),
    }
    strength, scheme = claim.text("strength"), claim.node("ratingScheme")
    return present(
        {
            "type": "Statement",
            "id": claim.iri,
            "description": claim.text("dcterms:description"),
            "direction": "supports" if claim.values("supportedBy") else "disputes",
            "strength": present({"name": strength, "primaryCoding": {"code": strength, "system": scheme.iri} if scheme else None})
            if strength
            else None,
            "proposition": proposition,
            "hasEvidenceLines": [_line(claim, role, item, proposition) for role, item in claim.evidence],
            "extensions": [
                *_extensions(claim, _ABOUT),
                *(
                    {
                        "name": "statistic",
                        "value": {"id": figure.iri, **{name: _values(figure, name) for name in _FIGURE if figure.values(name)}},
                    }
                    for figure in claim.nodes("statistic")
                ),
            ],
        }
    )


def _said(graph: Snapshot) -> list[Node]:
    return [claim for claim in graph.claims if all(graph.edge_of(claim))]


def _write(graph: Snapshot) -> dict[str, bytes]:
    return {
        "va-spec/statements.jsonl": to_json_lines(map(statement, _said(graph))),
        "va-spec/statement.schema.json": to_json(SCHEMA, indent=1),
    }


DIALECT = Dialect(
    "Statements with lines of evidence, shaped like SEPIO and GA4GH VA-Spec (JSON lines)",
    _write,
    loses="claims without subject, predicate and object (criteria, counts of reports); of the others what is derived for display",
    judge="ga4gh.va_spec 0.4.4 takes propositions, lines, documents and methods; our schema takes the envelope",
    told=lambda graph: {claim.id: told(statement(claim)) for claim in _said(graph)},
)
