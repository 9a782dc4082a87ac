"""FHIR R5 as lines of resources: Evidence for claims with figures, ArtifactAssessment for recommendations, Citation for sources.

Grades are given in the words of their scheme and become codes of no other scheme. Names of fields stand in one place each, for R6 renames
some of them.
"""

from __future__ import annotations

from typing import Any, Final

from pmlkg.publishing.dialects.form import Dialect, digits, present, to_json_lines, told
from pmlkg.reading.snapshot import Node, Snapshot

_SYSTEMS: Final = {
    "MONDO": "http://purl.obolibrary.org/obo/mondo.owl",
    "HP": "http://human-phenotype-ontology.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "loinc": "http://loinc.org",
    "snomedct": "http://snomed.info/sct",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "mesh": "http://id.nlm.nih.gov/mesh",
    "unii": "http://fdasis.nlm.nih.gov",
}
"""Prefix of the mappings -> the code system of FHIR. Prefixes without one are given as the identifier of the thing alone."""
_PREFIXED: Final = frozenset(("MONDO", "HP"))
"""Those whose codes have the prefix in them."""
_STATUS: Final = {"current": "active", "superseded": "retired", "disputed": "active", "unverified": "draft"}
_STATO: Final = "http://purl.obolibrary.org/obo/stato.owl"
_UCUM: Final = "http://unitsofmeasure.org"
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/variable-role"
_OWN: Final = "https://w3id.org/pmlkg/ontology"
_COUNTED_FIRST: Final = frozenset(("occursIn", "establishesLatencyIn", "partOf"))
"""Predicates whose subject is what is counted, in the people or the place that the object names."""
_OF_ITS_PEOPLE: Final = frozenset(
    (
        *("hasClinicalFeature", "hasImagingFinding", "hasLaboratoryFinding", "hasHistologicalFinding", "rarelyHasManifestation"),
        *("hasOutcome", "hasComplication", "hasForm", "hasUnderlyingCondition"),
    )
)
"""Predicates whose object is counted in the people who have the subject."""
_HAD: Final = frozenset(("Disease", "Condition"))
_LIMITS: Final = {"confidence interval": "Confidence interval", "range": "Range"}
_ITEM: Final = ("locator", "readingDepth", "sourceRole", "directness", "limitation", "studyDesign", "note")
_FIGURE_NOTES: Final = (
    *(
        "aggregate",
        "approximate",
        "arm",
        "comparator",
        "computationMethod",
        "computed",
        "country",
        "note",
        "population",
        "populationDetail",
    ),
    *("thresholdText", "unitDetail"),
)
_CLAIM_NOTES: Final = (
    *(
        "background",
        "comparator",
        "concerns",
        "conflictNote",
        "conflictsWith",
        "country",
        "calendarYearFrom",
        "calendarYearTo",
        "mechanism",
    ),
    *("modality", "note", "phase", "populationDetail", "predicate", "ratingNote", "status", "supersededBy"),
    *(
        "dosingInterval",
        "exposureMonthsFrom",
        "exposureMonthsOver",
        "exposureMonthsTo",
        "jcvAntibodyStatus",
        "jcvIndexOver",
        "jcvIndexUpTo",
    ),
    *("priorImmunosuppressant", "stratumTable"),
)
"""What FHIR has no field for, told as a note: the name of our property and what it says."""


def _notes(node: Node, names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"text": f"{name}: {', '.join(node.texts(name))}"} for name in names if node.values(name)]


def _concept(node: Node) -> dict[str, Any]:
    """A thing with its codes, ours last."""
    codes = [code.partition(":") for match, code in node.matches if match == "exactMatch"]
    coding = [
        {"system": _SYSTEMS[prefix], "code": f"{prefix}:{local}" if prefix in _PREFIXED else local}
        for prefix, _, local in codes
        if prefix in _SYSTEMS
    ]
    return {"coding": [*coding, {"system": "https://w3id.org/pmlkg/id", "code": node.id, "display": node.label}], "text": node.label}


def _variable(node: Node, name: str) -> dict[str, Any]:
    """What a variable of a claim is, as a resource inside it."""
    return {
        "resourceType": "EvidenceVariable",
        "id": name,
        "url": node.iri,
        "status": "active",
        "title": node.label,
        "characteristic": [{"definitionCodeableConcept": _concept(node)}],
    }


def _roles(claim: Node) -> list[tuple[str, str, Node]]:
    """Role in FHIR, name of the resource inside, thing.

    What is counted is the measured variable: the object, but of `occursIn` and its like the subject. Who has a disease, or is of a group,
    is the population; what acts on it is the exposure, which a warning does not do: there it is what the warning concerns.
    """
    predicate = claim.text("predicate")
    subject = claim.node("subject")
    acts = (
        "population"
        if subject is not None and (subject.kind == "Population" or (predicate in _OF_ITS_PEOPLE and subject.kind in _HAD))
        else "exposure"
    )
    if predicate in _COUNTED_FIRST:
        named = (("population", "population"), ("measuredVariable", "subject"), ("population", "object"))
    elif predicate == "warnsOf":
        named = (("population", "population"), ("exposure", "concerns"), ("measuredVariable", "object"))
    else:
        named = (("population", "population"), (acts, "subject"), ("measuredVariable", "object"))
    return [(role, name, node) for role, name in named if (node := claim.node(name)) is not None]


def _statistic(figure: Node) -> dict[str, Any]:
    measure = figure.node("measure")
    stato = next((code for _, code in measure.matches if code.startswith("STATO:")), "") if measure else ""
    coding = {"system": _STATO, "code": stato.replace(":", "_")} if stato else {"system": _OWN, "code": figure.text("measure")}
    low, high, limits = figure.text("low"), figure.text("high"), figure.text("limits")
    unit = figure.text("unit")
    quantity = {"unit": unit, "system": _UCUM, "code": unit}
    value, above, below = (figure.text(name) for name in ("value", "valueAbove", "valueBelow"))
    sign = "" if value else ">" if above else "<" if below else ""
    estimate = present(
        {
            "type": {"text": _LIMITS.get(limits, limits)} if limits else None,
            "level": digits(figure.text("confidenceLevel")),
            "range": present(
                {
                    "low": {"value": digits(low), **quantity} if low else None,
                    "high": {"value": digits(high), **quantity} if high else None,
                }
            ),
        }
    )
    size = figure.text("sampleSize") or figure.text("denominator")
    years = [figure.text(name) for name in ("calendarYearFrom", "calendarYearTo") if figure.text(name)]
    return present(
        {
            "description": "; ".join(text for text in (figure.text("period"), figure.text("inWhom"), " to ".join(years)) if text),
            "note": _notes(figure, _FIGURE_NOTES),
            "statisticType": {"coding": [coding], "text": measure.label if measure else ""},
            "quantity": present({"value": digits(value or above or below), "comparator": sign, **quantity}),
            "numberOfEvents": digits(figure.text("numerator")) if figure.text("numerator").isdigit() else "",
            "sampleSize": {"knownDataCount": digits(size)} if size.isdigit() else None,
            "attributeEstimate": [estimate] if limits else None,
        }
    )


def _artifact(item: Node) -> dict[str, Any]:
    return present(
        {
            "type": "derived-from",
            "label": item.text("source"),
            "classifier": [{"text": f"{name}: {', '.join(item.texts(name))}"} for name in _ITEM if item.values(name)],
            "resourceReference": {"reference": next((source.iri for source in item.nodes("source")), "")},
        }
    )


def evidence(claim: Node) -> dict[str, Any]:
    """A claim with figures."""
    roles = _roles(claim)
    designs = {item.text("studyDesign"): node for _, item in claim.evidence if (node := item.node("studyDesign"))}
    return present(
        {
            "resourceType": "Evidence",
            "url": claim.iri,
            "status": _STATUS.get(claim.text("status"), "unknown"),
            "contained": [_variable(node, name) for _, name, node in roles],
            "assertion": claim.text("dcterms:description"),
            "note": _notes(claim, _CLAIM_NOTES),
            "variableDefinition": [
                present(
                    {
                        "description": claim.text("inWhom") if role == "population" else "",
                        "variableRole": {"coding": [{"system": _ROLES, "code": role}]},
                        "observed": {"reference": f"#{name}"},
                    }
                )
                for role, name, _ in roles
            ],
            "studyDesign": [{"coding": [{"system": _OWN, "code": name}], "text": node.label} for name, node in sorted(designs.items())],
            "statistic": [_statistic(figure) for figure in claim.nodes("statistic")],
            "relatedArtifact": [_artifact(item) for role, item in claim.evidence if role == "supportedBy"],
        }
    )


def _amount(figure: Node) -> dict[str, Any]:
    """A figure that a recommendation names."""
    told = _statistic(figure)
    words = [told.get("description", ""), *(note["text"] for note in told.get("note", ()))]
    return present(
        {
            "informationType": "rating",
            "type": told["statisticType"],
            "quantity": told.get("quantity"),
            "summary": "; ".join(text for text in words if text),
        }
    )


def assessment(claim: Node) -> dict[str, Any]:
    """A recommendation."""
    scheme = claim.node("ratingScheme")
    predicate = claim.node("predicate")

    def rating(kind: str, text: str) -> dict[str, Any]:
        return present(
            {
                "informationType": "rating",
                "type": {"text": kind},
                "classifier": [
                    present({"text": text, "coding": [{"system": scheme.iri, "display": text}] if scheme and kind != "direction" else None})
                ],
            }
        )

    ratings = [rating(kind, text) for kind in ("strength", "certainty") if (text := claim.text(kind))]
    locators = [item.text("locator") for _, item in claim.evidence if item.text("locator")]
    grade = claim.text("publishedGrade")
    comment = "; ".join(text for text in (f"published grade: {grade}" if grade else "", ", ".join(locators)) if text)
    remarks = [note["text"] for note in _notes(claim, _CLAIM_NOTES)]
    whom = [f"{name}: {node.label}" for name in ("subject", "object") if (node := claim.node(name)) is not None]
    return present(
        {
            "resourceType": "ArtifactAssessment",
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": claim.iri}],
            "title": claim.text("dcterms:description"),
            "artifactUri": next((source.iri for source in claim.nodes("guideline")), claim.iri),
            "content": [
                {"informationType": "container", "summary": "; ".join([*whom, claim.text("inWhom")]).strip("; ")},
                rating("direction", predicate.label if predicate else ""),
                *ratings,
                *({"informationType": "comment", "summary": text} for text in (comment, *remarks) if text),
                *map(_amount, claim.nodes("statistic")),
                *({"informationType": "container", "relatedArtifact": [_artifact(item)]} for _, item in claim.evidence),
            ],
        }
    )


def citation(source: Node) -> dict[str, Any]:
    """A source."""
    identifiers = [
        {"system": system, "value": source.text(name)}
        for name, system in (
            ("doi", "https://doi.org"),
            ("pmid", "https://pubmed.ncbi.nlm.nih.gov"),
            ("pmcid", "https://pmc.ncbi.nlm.nih.gov"),
        )
        if source.text(name)
    ]
    return present(
        {
            "resourceType": "Citation",
            "url": source.iri,
            "status": "active",
            "citedArtifact": present(
                {
                    "identifier": identifiers,
                    "title": [{"text": source.text("dcterms:title")}] if source.text("dcterms:title") else None,
                    "publicationForm": [
                        present(
                            {
                                "publishedIn": {"title": source.text("container")} if source.text("container") else None,
                                "articleDate": source.text("year"),
                            }
                        )
                    ]
                    if source.text("container") or source.text("year")
                    else None,
                    "webLocation": [{"url": value.value} for value in source.values("schema:url")],
                    "contributorship": {"summary": [{"value": source.text("authors")}]} if source.text("authors") else None,
                }
            ),
        }
    )


def _said(graph: Snapshot) -> tuple[list[Node], list[Node]]:
    """Recommendations, and other claims with figures."""
    recommendations = [claim for claim in graph.claims if claim.kind == "Recommendation"]
    counted = [
        claim for claim in graph.claims if claim.kind != "Recommendation" and claim.values("statistic") and all(graph.edge_of(claim))
    ]
    return recommendations, counted


def _write(graph: Snapshot) -> dict[str, bytes]:
    recommendations, counted = _said(graph)
    things = {node.iri: node for claim in counted for _, _, node in _roles(claim)}
    variables = [{name: value for name, value in _variable(things[iri], "").items() if name != "id"} for iri in sorted(things)]
    return {
        "fhir/Evidence.ndjson": to_json_lines(map(evidence, counted)),
        "fhir/EvidenceVariable.ndjson": to_json_lines(variables),
        "fhir/ArtifactAssessment.ndjson": to_json_lines(map(assessment, recommendations)),
        "fhir/Citation.ndjson": to_json_lines(map(citation, graph.sources)),
    }


def _told(graph: Snapshot) -> dict[str, str]:
    recommendations, counted = _said(graph)
    return {claim.id: told(evidence(claim)) for claim in counted} | {claim.id: told(assessment(claim)) for claim in recommendations}


DIALECT = Dialect(
    "FHIR R5 Evidence, EvidenceVariable, ArtifactAssessment, Citation (lines of JSON)",
    _write,
    loses="claims without figures that are no recommendation; whatever FHIR has no field for is a note in words, which no program can ask for",
    judge="fhir.resources 8.3.0, and the code lists of R5",
    told=_told,
)
