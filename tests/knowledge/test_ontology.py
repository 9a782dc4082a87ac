"""The ontology by itself: its profile, its header, its layout, and the context that the records are read with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox

from pmlkg import __version__
from pmlkg.locations import Data
from pmlkg.pipeline.derivation import ATTRIBUTES
from pmlkg.pipeline.records import NESTED, Vocabulary
from pmlkg.rdf import read_turtle
from pmlkg.terms import DCTERMS, ONTOLOGY_IRI, OWL, PMLO, RDF_TYPE, SKOS

HEADER = ox.NamedNode(ONTOLOGY_IRI)
OBJECT, DATATYPE = ox.NamedNode(OWL + "ObjectProperty"), ox.NamedNode(OWL + "DatatypeProperty")


def profile_violations(ontology: Path) -> dict[str, int]:
    """What an independent checker finds against OWL 2 RL: kind of axiom -> how often."""
    program = str(Path(sys.executable).with_name("pyowl2-profiles"))
    result = subprocess.run(
        [program, "detect", str(ontology), "--profile", "RL", "--format", "json"], capture_output=True, text=True, check=False
    )
    found: dict[str, int] = json.loads(result.stdout)["result"]["rl"]["violations_by_axiom_type"]
    return found


def test_the_ontology_is_owl_2_rl(data: Data) -> None:
    triples = read_turtle(data.ontology)
    chains = [t for t in triples if t.predicate == ox.NamedNode(OWL + "propertyChainAxiom")]
    # The checker counts every property chain as outside the profile, "conservatively" by its own words; the recommendation
    # (OWL 2 Profiles, 4.3) leaves out DisjointUnion and ReflexiveObjectProperty only. Both chains are of the form p o q => p,
    # which is regular.
    assert profile_violations(data.ontology) == {"owl:propertyChainAxiom": len(chains)}
    first = {t.subject: t.object for t in triples if t.predicate.value.endswith("#first")}
    assert [first[chain.object] for chain in chains] == [chain.subject for chain in chains]


def test_the_checker_sees_what_is_outside_the_profile(data: Data, tmp_path: Path) -> None:
    worse = tmp_path / "worse.ttl"
    axiom = "\npmlo:Gene rdfs:subClassOf [ a owl:Restriction ; owl:onProperty pmlo:partOf ; owl:someValuesFrom pmlo:Virus ] .\n"
    worse.write_text(data.ontology.read_text(encoding="utf-8") + axiom, encoding="utf-8")
    assert profile_violations(worse) != profile_violations(data.ontology)


def test_the_version_is_the_same_everywhere(data: Data) -> None:
    said = {
        t.predicate.value: t.object.value
        for t in read_turtle(data.ontology)
        if t.subject == HEADER and not isinstance(t.object, ox.BlankNode)
    }  # type: ignore[union-attr]
    assert said[OWL + "versionInfo"] == __version__
    assert said[OWL + "versionIRI"] == f"{ONTOLOGY_IRI}/{__version__}"
    assert f"version: {__version__}\n" in (data.root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {__version__} (" in (data.root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_terms_stand_in_alphabetical_order_one_block_each(data: Data) -> None:
    blocks = re.findall(r"^pmlo:(\w+)$", data.ontology.read_text(encoding="utf-8"), re.M)
    assert blocks == sorted(blocks, key=lambda name: (name.lower(), name))
    assert len(blocks) == len(set(blocks))
    assert set(blocks) == Vocabulary(data.context, data.ontology).terms


def test_the_context_has_a_key_for_each_attribute_and_none_for_an_edge(data: Data) -> None:
    vocabulary = Vocabulary(data.context, data.ontology)
    kinds = {t.subject: t.object for t in vocabulary.ontology_triples if t.predicate == RDF_TYPE and t.object in (OBJECT, DATATYPE)}
    above = {t.subject for t in vocabulary.ontology_triples if t.predicate.value.endswith("#subPropertyOf")}
    edges = {ox.NamedNode(PMLO + "relatedTo"), *(node for node in above if node not in _evidence())}
    attributes = {node.value for node in kinds if isinstance(node, ox.NamedNode) and node.value.startswith(PMLO) and node not in edges}
    keys = {vocabulary.path_of(key) for key in vocabulary.keys}
    # The first by its sub-properties, the second of measures, the others written by the build.
    assert attributes - keys == {PMLO + "hasEvidence", PMLO + "hasUnit", *ATTRIBUTES}
    assert {path for path in keys if path.startswith(PMLO)} <= attributes
    for key in vocabulary.keys:
        node = ox.NamedNode(vocabulary.path_of(key))
        if node in kinds:
            is_object = key in NESTED or vocabulary.datatype_of(key).startswith("@")
            assert is_object == (kinds[node] == OBJECT), key


def _evidence() -> set[ox.NamedNode]:
    return {ox.NamedNode(PMLO + name) for name in ("supportedBy", "disputedBy")}


def test_every_measure_has_units_and_every_unit_a_code_of_its_own(data: Data) -> None:
    triples = read_turtle(data.ontology)

    def of(kind: str) -> set[object]:
        return {t.subject for t in triples if t.predicate == RDF_TYPE and t.object == ox.NamedNode(PMLO + kind)}

    given = {t.subject: t.object for t in triples if t.predicate == ox.NamedNode(PMLO + "hasUnit")}
    codes = {t.subject: t.object for t in triples if t.predicate == ox.NamedNode(SKOS + "notation")}
    assert set(given) == of("Measure")
    assert {t.object for t in triples if t.predicate == ox.NamedNode(PMLO + "hasUnit")} == of("Unit") == set(codes)
    assert len(set(codes.values())) == len(codes)


def test_every_deprecated_term_names_its_replacement_and_the_migration_leaves_none_of_it(data: Data) -> None:
    triples = read_turtle(data.ontology)
    replaced = {t.subject: t.object for t in triples if t.predicate.value == DCTERMS + "isReplacedBy"}
    deprecated = {t.subject for t in triples if t.predicate.value == OWL + "deprecated"}
    assert deprecated == set(replaced) != set()
    assert {t.subject for t in triples} >= set(replaced.values())
    synthetic = ox.NamedNode("https://example.org/synthetic")
    other, claim = ox.NamedNode("https://example.org/other"), ox.NamedNode("https://example.org/claim")
    predicate = ox.NamedNode(PMLO + "predicate")
    store = ox.Store()
    for old in replaced:
        store.extend([ox.Quad(synthetic, old, other), ox.Quad(claim, predicate, old)])  # type: ignore[arg-type]
    store.update((data.root / "docs" / "migrations" / "0.3.0.ru").read_text(encoding="utf-8"))
    edges = {quad.predicate for quad in store.quads_for_pattern(synthetic, None, other, None)}
    asserted = {quad.object for quad in store.quads_for_pattern(claim, predicate, None, None)}
    assert edges == asserted == set(replaced.values())


def test_the_migration_keeps_the_steps_that_a_claim_asserts_and_renames_the_others(data: Data) -> None:
    store = ox.Store()
    names = {name: ox.NamedNode(f"https://example.org/{name}") for name in ("a", "b", "c", "claim")}
    leads, may = ox.NamedNode(PMLO + "leadsTo"), ox.NamedNode(PMLO + "mayLeadTo")
    said = {"subject": names["a"], "predicate": leads, "object": names["b"]}
    store.extend(ox.Quad(names["claim"], ox.NamedNode(PMLO + key), value) for key, value in said.items())
    store.extend([ox.Quad(names["a"], leads, names["b"]), ox.Quad(names["a"], leads, names["c"])])
    store.update((data.root / "docs" / "migrations" / "0.3.0.ru").read_text(encoding="utf-8"))
    assert {quad.object for quad in store.quads_for_pattern(names["a"], leads, None, None)} == {names["b"]}
    assert {quad.object for quad in store.quads_for_pattern(names["a"], may, None, None)} == {names["c"]}
