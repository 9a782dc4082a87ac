"""KGX with Biolink 4.4: nodes and edges as tables and as lines of JSON, for Monarch, Translator and what reads them.

Predicates and categories are those of the alignment of our terms (``ontology/mappings/terms.sssom.tsv``); what no predicate says without
saying more than the claim stays out, and is counted in the loss. A figure becomes an effect size only where Biolink has a type for its
measure; other figures are an attribute with value and unit, in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pmlkg.publishing.dialects.form import Dialect, digits, link, present, to_columns, to_json_lines, told
from pmlkg.publishing.dialects.hpoa import band
from pmlkg.reading.snapshot import Node, Snapshot

_BIOLINK: Final = "biolink:"
_PREFERRED: Final[dict[str, tuple[str, ...]]] = {
    "Drug": ("rxnorm", "umls", "CHEBI", "unii", "chembl.compound", "drugbank"),
    "DrugClass": ("CHEBI", "umls", "mesh"),
    "Disease": ("MONDO", "DOID", "umls", "mesh"),
    "Condition": ("MONDO", "HP", "umls", "mesh"),
    "ClinicalFeature": ("HP", "umls", "mesh"),
    "ImagingFinding": ("HP", "umls", "mesh"),
    "LaboratoryFinding": ("HP", "umls", "mesh"),
    "HistologicalFinding": ("HP", "umls", "mesh"),
    "CellType": ("CL", "umls", "mesh"),
    "AnatomicalStructure": ("UBERON", "umls", "mesh"),
    "Virus": ("NCBITaxon", "umls", "mesh"),
    "Gene": ("hgnc",),
    "Protein": ("uniprot",),
    "Procedure": ("MAXO", "umls", "mesh"),
    "Strategy": ("MAXO",),
    "BiologicalProcess": ("umls", "mesh"),
}
"""Kind of a thing -> the vocabularies that its identifier is taken from, in the order that Biolink prefers."""
_SPELT: Final = {"rxnorm": "RXCUI", "umls": "UMLS", "unii": "UNII", "chembl.compound": "CHEMBL.COMPOUND", "drugbank": "DRUGBANK"} | {
    "hgnc": "HGNC",
    "uniprot": "UniProtKB",
    "mesh": "MESH",
    "wikidata": "WIKIDATA",
    "snomedct": "SNOMEDCT",
    "icd10": "ICD10",
    "loinc": "LOINC",
}
"""Prefix of the mappings -> that of Biolink, where they differ."""
_FOREIGN: Final = frozenset(("atc", "icd10cm", "icd9cm", "gard", "ORPHA", "icd11.code"))
"""Prefixes that Biolink has not."""
_KINDS: Final = {"Strategy": "Procedure", "Outcome": "PhenotypicFeature", "Biomarker": "NamedThing", "DiagnosticTest": "Procedure"}
"""Kind of a thing whose category is not that of the alignment, for none fits closely."""
_CONDITIONS: Final = frozenset(("Disease", "DiseaseOrPhenotypicFeature", "PhenotypicFeature"))
_CHEMICALS: Final = frozenset(("Drug", "ChemicalEntity"))
_EFFECTS: Final = {"oddsRatio": "odds_ratio", "relativeRisk": "relative_risk", "hazardRatio": "hazard_ratio"}
_NEGATED: Final = frozenset(("notAssociatedWith",))
_UNSAID: Final = frozenset(("hasUncertainAssociationWith", "rarelyHasManifestation"))
"""A match of the alignment that would say more than the claim."""
_COUNTED: Final = frozenset(("cohortStudy", "caseSeries", "caseReport", "registryStudy", "pharmacovigilanceStudy", "singleArmTrial"))
"""Designs in which people were counted."""
_RATIOS: Final = frozenset((*_EFFECTS, "incidenceRateRatio", "reportingOddsRatio", "proportionalReportingRatio", "relativeRiskReduction"))

NODE_COLUMNS: Final = ("id", "category", "name", "xref", "synonym", "description", "provided_by")
EDGE_COLUMNS: Final = (
    *("id", "category", "subject", "predicate", "object", "negated", "knowledge_level", "agent_type", "primary_knowledge_source"),
    *("publications", "supporting_text", "population_context_qualifier", "effect_size", "effect_type"),
    *("frequency_qualifier", "has_count", "has_total", "has_percentage"),
)


def identifier(node: Node) -> str:
    """The compact identifier of a thing, by the order that Biolink prefers; our own where no vocabulary has exactly it."""
    code = node.exactly(*_PREFERRED.get(node.kind, ()))
    return _spelt(code) if code else f"pmlkg:{node.id}"


def category(graph: Snapshot, node: Node) -> str:
    """The Biolink category of a thing."""
    return _KINDS.get(node.kind) or next((_local(code) for code in _aligned(graph, node.kind)), "NamedThing")


def predicates(graph: Snapshot, name: str) -> list[str]:
    """The Biolink predicates of one of ours that say no more than it does, in the order of their names."""
    return [] if name in _UNSAID else [_local(code) for code in _aligned(graph, name)]


def _aligned(graph: Snapshot, name: str) -> list[str]:
    return [code for _, code in graph.term(name).matches if code.startswith(_BIOLINK)]


def _local(code: str) -> str:
    return code.removeprefix(_BIOLINK)


def _said(graph: Snapshot, claim: Node) -> tuple[str, str] | None:
    """Association and predicate of a claim, or None where Biolink cannot say it."""
    subject, object = claim.node("subject"), claim.node("object")
    if subject is None or object is None:
        return None
    kinds, name = (category(graph, subject), category(graph, object)), claim.text("predicate")
    candidates = predicates(graph, name)
    if name == "notRecommendedFor" and "contraindication" not in claim.text("publishedGrade").lower() + claim.text("strength").lower():
        return None
    if not candidates or claim.text("status") != "current":
        return None
    drug, condition = kinds[0] in _CHEMICALS, kinds[1] in _CONDITIONS
    if name == "increasesRiskOf":
        if drug and condition:
            return "ChemicalEntityToDiseaseOrPhenotypicFeatureAssociation", "predisposes_to_condition"
        both = kinds[0] == "Disease" and kinds[1] == "Disease"
        return ("DiseaseToDiseaseAssociation" if both else "Association"), "associated_with_increased_likelihood_of"
    predicate = candidates[0]
    association = "Association"
    if predicate == "has_phenotype" and kinds == ("Disease", "PhenotypicFeature"):
        association = "DiseaseToPhenotypicFeatureAssociation"
    elif predicate in ("ameliorates_condition", "studied_to_treat") and drug and condition:
        association = "ChemicalOrDrugOrTreatmentToDiseaseOrPhenotypicFeatureAssociation"
    elif predicate in ("exacerbates_condition", "contraindicated_in") and drug and condition:
        association = "ChemicalEntityToDiseaseOrPhenotypicFeatureAssociation"
    elif predicate == "has_adverse_event" and drug and condition:
        association = "ChemicalOrDrugOrTreatmentAdverseEventAssociation"
    elif predicate == "disease_has_location" and kinds[0] == "Disease" and kinds[1] == "AnatomicalEntity":
        association = "DiseaseOrPhenotypicFeatureToLocationAssociation"
    return association, predicate


def _knowledge(claim: Node) -> str:
    """How it is known, in the words of Biolink."""
    measures = {statistic.text("measure") for statistic in claim.nodes("statistic")}
    if measures & _RATIOS:
        return "statistical_association"
    designs = {item.text("studyDesign") for _, item in claim.evidence}
    return "observation" if measures and designs & _COUNTED else "knowledge_assertion"


def _edge(graph: Snapshot, claim: Node, association: str, predicate: str) -> dict[str, Any]:
    subject, object = claim.node("subject"), claim.node("object")
    assert subject is not None
    assert object is not None
    publications = dict.fromkeys(link(source) for _, item in claim.evidence for source in item.nodes("source"))
    edge: dict[str, Any] = {
        "id": f"pmlkg:{claim.id}",
        "category": [_BIOLINK + association],
        "subject": identifier(subject),
        "predicate": _BIOLINK + predicate,
        "object": identifier(object),
        "negated": claim.text("predicate") in _NEGATED,
        "knowledge_level": _knowledge(claim),
        "agent_type": "manual_agent",
        "primary_knowledge_source": "infores:pmlkg",
        "publications": list(publications),
        "supporting_text": claim.texts("dcterms:description"),
    }
    population = claim.node("population")
    if association == "ChemicalEntityToDiseaseOrPhenotypicFeatureAssociation" and population is not None:
        edge["population_context_qualifier"] = identifier(population)
    effects = [s for s in claim.nodes("statistic") if s.text("measure") in _EFFECTS and s.text("value")]
    if len(effects) == 1:  # of two, neither is the size of the effect
        edge |= {"effect_size": digits(effects[0].text("value")), "effect_type": _EFFECTS[effects[0].text("measure")]}
    if association == "DiseaseToPhenotypicFeatureAssociation":
        shares = [s for s in claim.nodes("statistic") if s.text("measure") == "frequency"]
        if len(shares) == 1:
            bands = {band(shares[0].text(end)) for end in ("rangeLow", "rangeHigh")}
            edge |= {
                "frequency_qualifier": bands.pop() if len(bands) == 1 else "",
                "has_count": digits(shares[0].text("numerator")),
                "has_total": digits(shares[0].text("denominator")),
                "has_percentage": digits(shares[0].text("value")),
            }
    return {name: value for name, value in present(edge).items() if name != "negated" or value}


def _inferred(graph: Snapshot) -> Iterator[dict[str, Any]]:
    """Edges that follow from others, as logic says them."""
    for s, p, o in sorted(set(graph.inferred) - set(graph.edges)):
        subject, object, name = graph.node(s), graph.node(o), graph.node(p).id
        found = predicates(graph, name)
        if name not in ("hasManifestation", "partOf", "memberOf", "affectsStructure") or not found:
            continue  # what an inverse says is said by its edge
        yield {
            "id": f"pmlkg:{subject.id}-{name}-{object.id}",
            "category": [_BIOLINK + "Association"],
            "subject": identifier(subject),
            "predicate": _BIOLINK + found[0],
            "object": identifier(object),
            "knowledge_level": "logical_entailment",
            "agent_type": "automated_agent",
            "primary_knowledge_source": "infores:pmlkg",
        }


def _node(graph: Snapshot, node: Node) -> dict[str, Any]:
    own = identifier(node)
    others = [_spelt(code) for match, code in node.matches if match == "exactMatch" and code.partition(":")[0] not in _FOREIGN]
    return present(
        {
            "id": own,
            "category": [_BIOLINK + category(graph, node)],
            "name": node.label,
            "xref": [code for code in (f"pmlkg:{node.id}", *others) if code != own],
            "synonym": node.texts("skos:altLabel"),
            "description": node.text("skos:definition"),
            "provided_by": ["infores:pmlkg"],
        }
    )


def _spelt(code: str) -> str:
    prefix, _, local = code.partition(":")
    return f"{_SPELT.get(prefix, prefix)}:{local}"


def edges(graph: Snapshot) -> list[dict[str, Any]]:
    """The edges, each a claim that Biolink can say, then what follows."""
    said = [(claim, found) for claim in graph.claims if (found := _said(graph, claim))]
    asserted = [_edge(graph, claim, *found) for claim, found in said]
    spoken = {(edge["subject"], edge["predicate"], edge["object"]) for edge in asserted}
    return [*asserted, *(edge for edge in _inferred(graph) if (edge["subject"], edge["predicate"], edge["object"]) not in spoken)]


def _write(graph: Snapshot) -> dict[str, bytes]:
    links = edges(graph)
    used = {edge[end] for edge in links for end in ("subject", "object")} | {edge.get("population_context_qualifier", "") for edge in links}
    nodes = {made["id"]: made for node in reversed(graph.entities) if (made := _node(graph, node))["id"] in used}
    ordered = [nodes[name] for name in sorted(nodes)]
    return {
        "kgx/pmlkg_nodes.jsonl": to_json_lines(ordered),
        "kgx/pmlkg_edges.jsonl": to_json_lines(links),
        "kgx/pmlkg_nodes.tsv": to_columns(NODE_COLUMNS, ({k: _cell(v) for k, v in node.items()} for node in ordered)),
        "kgx/pmlkg_edges.tsv": to_columns(EDGE_COLUMNS, ({k: _cell(v) for k, v in edge.items()} for edge in links)),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each).replace("|", "/") for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value).removeprefix("\ue000")


DIALECT = Dialect(
    "KGX with Biolink 4.4 (TSV and JSON lines)",
    _write,
    loses="recommendations but contraindications, test accuracy, prognosis, strata and whatever no predicate says without overclaiming; of a "
    "claim that is in: intervals, units, periods, counts of risks, locators, reading depth, designs, conflicts; of a thing: codes of ATC, GARD, Orphanet, ICD-CM and ICD-11, for which Biolink has no prefix",
    judge="the classes of biolink-model 4.4.6 and bmt 1.5.0",
    told=lambda graph: {claim.id: told(_edge(graph, claim, *found)) for claim in graph.claims if (found := _said(graph, claim))},
)
