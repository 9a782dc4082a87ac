"""Mappings of entities to public vocabularies: the SSSOM file by itself, against the records, and as a graph."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from pmlkg.locations import Data
from pmlkg.pipeline.build import Built
from pmlkg.terms import OWL, PMLKG, PMLO, RDFS, SKOS

Row = dict[str, str]

COLUMNS = ["subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "comment"]

# The address of a concept, by prefix, as its own vocabulary (or its resolver) gives it.
ADDRESSES = {
    "CHEBI": r"http://purl\.obolibrary\.org/obo/CHEBI_\d+",
    "CL": r"http://purl\.obolibrary\.org/obo/CL_\d{7}",
    "DOID": r"http://purl\.obolibrary\.org/obo/DOID_\d+",
    "EFO": r"http://www\.ebi\.ac\.uk/efo/EFO_\d{7}",
    "HP": r"http://purl\.obolibrary\.org/obo/HP_\d{7}",
    "MAXO": r"http://purl\.obolibrary\.org/obo/MAXO_\d{7}",
    "MONDO": r"http://purl\.obolibrary\.org/obo/MONDO_\d{7}",
    "NCBITaxon": r"http://purl\.obolibrary\.org/obo/NCBITaxon_\d+",
    "NCIT": r"http://purl\.obolibrary\.org/obo/NCIT_C\d+",
    "OBI": r"http://purl\.obolibrary\.org/obo/OBI_\d{7}",
    "ORPHA": r"http://www\.orpha\.net/ORDO/Orphanet_\d+",
    "UBERON": r"http://purl\.obolibrary\.org/obo/UBERON_\d{7}",
    "atc": r"http://identifiers\.org/atc/[A-Z]\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?",
    "chembl.compound": r"http://rdf\.ebi\.ac\.uk/resource/chembl/molecule/CHEMBL\d+",
    "drugbank": r"http://identifiers\.org/drugbank/DB\d{5}",
    "gard": r"https://rarediseases\.info\.nih\.gov/\?gard_id=\d+",
    "hgnc": r"http://identifiers\.org/hgnc/\d+",
    "icd10": r"https://icd\.who\.int/browse10/2019/en#/[A-Z]\d\d(?:\.\d|-[A-Z]\d\d)?",
    "icd10cm": r"http://purl\.bioontology\.org/ontology/ICD10CM/[A-Z]\d\d(?:\.\d+)?",
    "icd11": r"http://id\.who\.int/icd/entity/\d+",
    "icd11.code": r"https://bioregistry\.io/icd11\.code:[0-9A-Z]{4}(?:\.\d+)?",
    "icd9cm": r"http://purl\.bioontology\.org/ontology/ICD9CM/\d{3}(?:\.\d+)?",
    "loinc": r"http://loinc\.org/rdf/(?:LP)?\d+-\d",
    "mesh": r"http://id\.nlm\.nih\.gov/mesh/[CD]\d+",
    "ror": r"https://ror\.org/0[0-9a-z]{6}\d{2}",
    "rxnorm": r"http://purl\.bioontology\.org/ontology/RXNORM/\d+",
    "snomedct": r"http://snomed\.info/id/\d+",
    "umls": r"http://identifiers\.org/umls/C\d{7}",
    "unii": r"http://identifiers\.org/unii/[0-9A-Z]{10}",
    "uniprot": r"http://purl\.uniprot\.org/uniprot/[A-Z]\d{5}",
    "wikidata": r"http://www\.wikidata\.org/entity/Q\d+",
}

# Vocabularies whose labels may not be passed on under the licence of the data: licensed, or not to be changed or relicensed.
WITHOUT_LABELS = {"atc", "icd10", "icd11", "icd11.code", "loinc", "meddra", "snomedct", "umls"}


@pytest.fixture(scope="module")
def sssom(data: Data) -> Path:
    return data.mappings()["ontology/mappings/pmlkg.sssom.tsv"]


@pytest.fixture(scope="module")
def header(sssom: Path) -> dict[str, Any]:
    lines = (line.removeprefix("#") for line in sssom.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    document = yaml.safe_load("\n".join(lines))
    assert isinstance(document, dict)
    return document


@pytest.fixture(scope="module")
def rows(sssom: Path) -> list[Row]:
    lines = [line for line in sssom.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert reader.fieldnames == COLUMNS
    return list(reader)


def _prefix(row: Row) -> str:
    return row["object_id"].partition(":")[0]


def _address(row: Row, header: dict[str, Any]) -> str:
    prefix, _, local = row["object_id"].partition(":")
    return str(header["curie_map"][prefix]) + local


def _exact(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["predicate_id"] == "skos:exactMatch"]


def test_the_header_names_the_set_its_licence_and_its_version(header: dict[str, Any], built: Built) -> None:
    assert header["mapping_set_id"] == "https://w3id.org/pmlkg/mappings"
    assert header["license"] == "https://creativecommons.org/licenses/by/4.0/"
    versions = {t.object.value for t in built.graphs["ontology"] if t.predicate.value == OWL + "versionInfo"}
    assert {header["mapping_set_version"]} == versions


def test_the_prefixes_are_those_that_are_used(header: dict[str, Any], rows: list[Row]) -> None:
    fields = ("subject_id", "predicate_id", "object_id", "mapping_justification")
    assert set(header["curie_map"]) == {row[field].partition(":")[0] for row in rows for field in fields}
    assert header["curie_map"]["pmlkg"] == PMLKG
    assert header["curie_map"]["skos"] == SKOS


def test_rows_are_complete_sorted_and_said_once(rows: list[Row]) -> None:
    keys = [(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows]
    assert keys == sorted(keys)
    pairs = Counter((row["subject_id"], row["object_id"]) for row in rows)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    assert [row for row in rows if not all(row[column] for column in COLUMNS if column != "object_label")] == []


def test_each_address_is_one_of_its_vocabulary(header: dict[str, Any], rows: list[Row]) -> None:
    assert [row for row in rows if not re.fullmatch(ADDRESSES[_prefix(row)], _address(row, header))] == []


def test_no_address_pattern_is_idle(rows: list[Row]) -> None:
    assert set(ADDRESSES) == {_prefix(row) for row in rows}


def test_subjects_are_entities_under_their_own_label(rows: list[Row], built: Built) -> None:
    entities = {
        t.subject.value
        for t in built.graphs["inferred"]
        if t.predicate.value.endswith("#type") and t.object.value.endswith("ontology#Entity")
    }
    labels = {t.subject.value: t.object.value for t in built.graphs["knowledge"] if t.predicate.value == RDFS + "label"}
    subjects = {(PMLKG + row["subject_id"].removeprefix("pmlkg:"), row["subject_label"]) for row in rows}
    assert {iri for iri, _ in subjects} - entities == set()
    assert {(iri, label) for iri, label in subjects if labels[iri] != label} == set()


def test_predicates_are_skos_matches_by_hand(rows: list[Row]) -> None:
    kinds = {"skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch"}
    assert {row["predicate_id"] for row in rows} == kinds
    assert {row["mapping_justification"] for row in rows} == {"semapv:ManualMappingCuration"}


def test_an_exact_match_is_one_to_one_within_a_vocabulary(rows: list[Row]) -> None:
    """Two entities with one exact match would be one entity; two exact matches of one entity would be one concept. The code that a drug
    had before the vocabulary gave it another is one concept with it, and says so."""
    objects = Counter(row["object_id"] for row in _exact(rows))
    former = [row for row in _exact(rows) if ": the code until 20" in row["comment"]]
    assert {_prefix(row) for row in former} == {"atc"}
    assert {(row["subject_id"], row["comment"].rpartition("now ")[2]) for row in former} <= {
        (row["subject_id"], row["object_id"].removeprefix("atc:")) for row in _exact(rows)
    }
    subjects = Counter((row["subject_id"], _prefix(row)) for row in _exact(rows) if row not in former)
    assert [key for key, count in (*objects.items(), *subjects.items()) if count > 1] == []


def test_both_taxon_nodes_of_jc_virus_are_there(rows: list[Row]) -> None:
    """The virus itself, and the species to which the taxonomy now counts it."""
    found = {
        (row["predicate_id"], row["object_id"]) for row in rows if row["subject_id"] == "pmlkg:jc-virus" and _prefix(row) == "NCBITaxon"
    }
    assert found == {("skos:exactMatch", "NCBITaxon:10632"), ("skos:broadMatch", "NCBITaxon:1891763")}


@pytest.mark.parametrize("concept", ["MONDO:0016318", "mesh:D007968"])
def test_forms_of_pml_match_pml_only_as_something_broader(concept: str, rows: list[Row]) -> None:
    found = {row["subject_id"]: row["predicate_id"] for row in rows if row["object_id"] == concept}
    assert found.pop("pmlkg:pml") == "skos:exactMatch"
    assert {"pmlkg:natalizumab-associated-pml", "pmlkg:hiv-associated-pml", "pmlkg:drug-induced-pml"} <= set(found)
    assert set(found.values()) == {"skos:broadMatch"}


def test_broad_matches_become_no_other_relation(rows: list[Row], header: dict[str, Any], built: Built) -> None:
    broad = {(row["subject_id"], _address(row, header)) for row in rows if row["predicate_id"] == "skos:broadMatch"}
    found = {
        ("pmlkg:" + t.subject.value.removeprefix(PMLKG), t.object.value, t.predicate.value)
        for graph in ("mappings", "inferred")
        for t in built.graphs[graph]
        if t.subject.value.startswith(PMLKG)
    }
    assert {predicate for subject, target, predicate in found if (subject, target) in broad} == {SKOS + "broadMatch"}


def test_no_label_of_a_licensed_vocabulary_is_shipped(rows: list[Row]) -> None:
    assert [row for row in rows if (_prefix(row) in WITHOUT_LABELS) == bool(row["object_label"])] == []
    # Full SNOMED CT names end in the kind of their concept.
    assert [row for row in rows if re.search(r"\((?:disorder|finding|procedure|substance|product)\)", row["comment"])] == []


def test_the_graph_of_mappings_is_the_rows(rows: list[Row], header: dict[str, Any], built: Built) -> None:
    expected = {
        (PMLKG + row["subject_id"].removeprefix("pmlkg:"), SKOS + row["predicate_id"].removeprefix("skos:"), _address(row, header))
        for row in rows
    }
    triples = [(t.subject.value, t.predicate.value, t.object.value) for t in built.graphs["mappings"] if t.subject.value.startswith(PMLKG)]
    assert len(triples) == len(rows)
    assert set(triples) == expected


# --- the terms of the ontology ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def terms(data: Data) -> list[Row]:
    text = data.mappings()["ontology/mappings/terms.sssom.tsv"].read_text(encoding="utf-8")
    return list(csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_terms_are_mapped_by_their_labels_once_each_with_where_it_was_seen(terms: list[Row], built: Built) -> None:
    labels = {t.subject.value: t.object.value for t in built.graphs["ontology"] if t.predicate.value == RDFS + "label"}
    assert terms == sorted(terms, key=lambda row: tuple(row.values()))
    assert len({(row["subject_id"], row["object_id"]) for row in terms}) == len(terms)
    for row in terms:
        assert labels[PMLO + row["subject_id"].removeprefix("pmlo:")] == row["subject_label"]
        assert row["object_label"]
        assert row["comment"]


def test_no_axiom_follows_from_a_mapping(built: Built) -> None:
    """The terms of others bring no domain, range or hierarchy of theirs into the closure."""
    mapped = {triple.object for triple in built.graphs["mappings"]}
    assert {t for t in built.graphs["inferred"] if t.object in mapped or t.predicate in mapped} == set()


@pytest.mark.filterwarnings("ignore")
def test_the_terms_of_biolink_and_prov_are_theirs(terms: list[Row]) -> None:
    from rdflib.namespace import PROV

    assert [row["object_id"] for row in terms if row["object_id"].startswith("prov:") and row["object_id"][5:] not in PROV] == []
    model = pytest.importorskip("biolink_model.datamodel.pydanticmodel_v2")
    schema = yaml.load((Path(model.__file__).parents[1] / "schema" / "biolink_model.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    known = {*schema["classes"], *schema["slots"]}
    assert [row["object_label"] for row in terms if row["object_id"].startswith("biolink:") and row["object_label"] not in known] == []
    names = {"".join(word[0].upper() + word[1:] for word in name.split()) for name in schema["classes"]}
    names |= {name.replace(" ", "_") for name in schema["slots"]}
    assert [row["object_id"] for row in terms if row["object_id"].startswith("biolink:") and row["object_id"][8:] not in names] == []
