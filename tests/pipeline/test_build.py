"""The build: what becomes an edge, what stops it, and that neither a crash nor a neighbour spoils the graph in effect."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg import locations, standing
from pmlkg.findings import Findings, Place
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data, find_builds, find_data
from pmlkg.pipeline import builds as builds_module
from pmlkg.pipeline.build import Built, assemble, build
from pmlkg.standing import SEAL, current, damage, fresh, input_key
from pmlkg.terms import DCTERMS, GRAPH_NAMES, GRAPHS, PMLKG, PMLO, PREFIXES, RDF_TYPE, RDFS, SKOS, XSD

ENTITIES = """
- {id: pml, type: Disease, label: PML}
- {id: drug, type: Drug, label: synthetic drug}
- {id: Article2020, type: JournalArticle, title: Synthetic article, doi: "10.1000/ab/2<3>", pmid: "12345"}
"""
SHAPE = """@prefix pmlo: <https://w3id.org/pmlkg/ontology#> . @prefix pmls: <https://w3id.org/pmlkg/shapes#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
pmls:Disease-label a sh:PropertyShape ; sh:targetClass pmlo:Disease ; sh:path rdfs:label ; sh:minCount 1 ; sh:severity sh:Violation ;
  sh:name "label"@en ; sh:description "Synthetic."@en ; sh:message "A disease has a label."@en .
pmls:Disease-definition a sh:PropertyShape ; sh:targetClass pmlo:Disease ; sh:path pmlo:note ; sh:minCount 1 ; sh:severity sh:Warning ;
  sh:name "note"@en ; sh:description "Synthetic."@en ; sh:message "A disease has a note."@en .
"""
QUESTION = """# title: All labels
# question: Which labels are there?
# group: synthetic
# keywords: [label, "synthetic word"]
# columns: {label: a label}
SELECT ?label WHERE { ?x <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label
"""


def claim(name: str, subject: str, status: str, *evidence: str) -> str:
    items = "".join(f"  {kind}: [{{source: Article2020, readingDepth: abstract}}]\n" for kind in evidence)
    head = f"- id: claim-{name}\n  type: RiskClaim\n  subject: {subject}\n  predicate: increasesRiskOf\n  object: pml\n"
    return head + f"  description: Synthetic claim.\n  status: {status}\n{items}"


def record_file(data: Data) -> Path:
    return data.root / "ontology" / "records" / "x.yaml"


@pytest.fixture
def tiny(small: Callable[..., Data], tmp_path: Path) -> Callable[[str], Data]:
    """Makes a data folder with the given records, two shapes and one question: the real ones ask for all kinds of records."""

    def make(records: str) -> Data:
        path = tmp_path / "x.yaml"
        path.write_text(records, encoding="utf-8")
        data = small(path)
        for folder, name, text in (("shapes", "x.ttl", SHAPE), ("queries", "labels.rq", QUESTION)):
            shutil.rmtree(data.root / folder)
            (data.root / folder).mkdir()
            (data.root / folder / name).write_text(text, encoding="utf-8")
        return data

    return make


def labels(folder: Path | None, data: Data) -> list[str]:
    """What the build answers, by way of the store and of the file."""
    assert folder
    kg = KnowledgeGraph(folder, data)
    asked = [row[0].value for row in kg.query("SELECT ?l { pmlkg:pml rdfs:label ?l } ORDER BY ?l").rows]
    written = [quad.object.value for quad in kg.quads() if quad.subject.value == PMLKG + "pml" and quad.predicate.value == RDFS + "label"]
    assert asked == sorted(written)
    return asked


def started(data: Data, builds: Path, **environment: str) -> subprocess.Popen[str]:
    """A build in a process of its own that tells its steps on stdout."""
    program = (
        "import pathlib, sys; from pmlkg.pipeline.build import build; from pmlkg.locations import Data\n"
        "build(Data(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), lambda step: print(step, flush=True))"
    )
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.Popen([sys.executable, "-c", program, data.root, builds], env=paths, stdout=subprocess.PIPE, text=True)


# --- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_changes_with_every_input_and_with_nothing_else(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES)
    mappings = data.root / "ontology" / "mappings" / "x.sssom.tsv"
    mappings.parent.mkdir()
    mappings.write_text(SSSOM_HEAD, encoding="utf-8")
    inputs = [data.context, data.ontology, record_file(data), mappings, data.root / "shapes" / "x.ttl", data.root / "queries" / "labels.rq"]
    assert sorted(data.inputs().values()) == sorted(inputs)
    key = input_key(data)
    seen = {key}
    for path in inputs:
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        seen.add(input_key(data))
        path.write_bytes(before)
        assert input_key(data) == key  # time stamps do not count
    record_file(data).rename(record_file(data).with_name("y.yaml"))
    seen.add(input_key(data))  # findings name the file
    assert len(seen) == len(inputs) + 2
    (data.root / "README.md").write_text("no input", encoding="utf-8")
    assert input_key(data) in seen
    elsewhere = data.root.with_name("moved")
    data.root.rename(elsewhere)
    assert input_key(Data(elsewhere)) in seen


def test_the_key_changes_with_the_program(tiny: Callable[[str], Data], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = tiny(ENTITIES)
    package = tmp_path / "package"
    shutil.copytree(locations.PACKAGE, package)
    key = input_key(data)
    monkeypatch.setattr(standing, "PACKAGE", package)
    assert input_key(data) == key
    with (package / "pipeline" / "closure.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert input_key(data) != key


def test_inputs_that_have_not_changed_are_not_read_again(
    tiny: Callable[[str], Data], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    long_ago = time.time() - 60
    for path in (*data.inputs().values(), *folder.rglob("*")):
        os.utime(path, (long_ago, long_ago))
    assert fresh(folder, data)  # which reads them, and notes their sizes and times
    with monkeypatch.context() as patch:
        patch.setattr(standing, "input_key", lambda _: pytest.fail("they were read"))
        if time.time() - max(path.stat().st_mtime for path in locations.PACKAGE.rglob("*.py")) > 5:
            assert fresh(folder, data)
    assert not fresh(folder.with_name("0123456789abcdef"), data)


def test_a_change_of_no_byte_more_within_a_tick_of_the_clock_is_seen(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    assert fresh(folder, data)
    path = next(iter(data.records().values()))
    was = path.stat()
    path.write_bytes(path.read_bytes().replace(b"PML", b"PNL", 1))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))  # as where the clock stood still
    assert not fresh(folder, data)


# --- what a build holds -----------------------------------------------------------------------------------------------


def test_a_build_is_written_and_takes_effect(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES + claim("a", "drug", "current", "supportedBy")), tmp_path / "builds"
    assert current(builds) is None
    folder, found = build(data, builds)
    assert folder == current(builds) == builds / input_key(data)
    assert [(finding.rule, finding.severity) for finding in found] == [("Disease-definition", "Warning")]
    assert found == assemble(data).findings  # read back from the file
    assert {path.name for path in builds.iterdir()} == {"current", folder.name}
    assert {path.name for path in folder.iterdir()} == {
        "pmlkg.nq",
        SEAL,
        "proofs.tsv",
        "findings.json",
        "manifest.json",
        "questions",
        "search.db",
        "store",
    }
    kg = KnowledgeGraph(folder, data)
    counts = Counter(quad.graph_name for quad in kg.quads())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["key"] == folder.name
    assert manifest["triples"] == {name: counts[GRAPHS[name]] for name in GRAPH_NAMES}
    stored = kg.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert {graph: int(number.value) for graph, number in stored.rows} == counts


def test_a_second_build_of_the_same_inputs_reads_the_first(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    steps: list[str] = []
    first = build(data, builds, steps.append)
    assert steps
    steps.clear()
    assert build(data, builds, steps.append) == first
    assert steps == []


EDGES = ENTITIES + "".join(f"- {{id: drug-{n}, type: Drug, label: synthetic drug {n}}}\n" for n in range(7))


def test_an_edge_stands_for_each_current_supported_claim_and_for_no_other(tiny: Callable[[str], Data]) -> None:
    records = EDGES + "".join(
        claim(name, subject, status, *evidence)
        for name, subject, status, evidence in [
            ("a", "drug-0", "current", ["supportedBy"]),
            ("b", "drug-1", "superseded", ["supportedBy"]),
            ("c", "drug-2", "disputed", ["supportedBy"]),
            ("d", "drug-3", "unverified", ["supportedBy"]),
            ("e", "drug-4", "current", ["disputedBy"]),
            ("f", "drug-5", "current", []),
            ("g", "drug-6", "current", ["supportedBy", "disputedBy"]),
            # The same said twice, once no longer: the edge stands, once.
            ("h", "drug-0", "superseded", ["supportedBy"]),
            ("i", "drug-0", "current", ["supportedBy"]),
        ]
    )
    edges = assemble(tiny(records)).graphs["edges"]
    risk, pml = ox.NamedNode(PMLO + "increasesRiskOf"), ox.NamedNode(PMLKG + "pml")
    assert edges == tuple(ox.Triple(ox.NamedNode(PMLKG + subject), risk, pml) for subject in ("drug-0", "drug-6"))


def test_a_claim_without_an_object_gives_no_edge(tiny: Callable[[str], Data]) -> None:
    assert assemble(tiny(ENTITIES + claim("a", "drug", "current", "supportedBy").replace("  object: pml\n", ""))).graphs["edges"] == ()


def test_rules_of_the_house(tiny: Callable[[str], Data]) -> None:
    said = {(t.predicate.value, t.object) for t in assemble(tiny(ENTITIES)).graphs["knowledge"] if t.subject.value == PMLKG + "Article2020"}
    title = ox.Literal("Synthetic article", language="en")
    assert {(RDFS + "label", title), (DCTERMS + "title", title)} <= said
    links = {term.value for path, term in said if path == RDFS + "seeAlso"}
    assert links == {"https://doi.org/10.1000/ab/2%3C3%3E", "https://pubmed.ncbi.nlm.nih.gov/12345"}


def test_a_label_is_the_preferred_label_too(built: Built) -> None:
    pairs = {
        path: {(t.subject, t.object) for t in built.graphs["knowledge"] if t.predicate.value == path}
        for path in (RDFS + "label", SKOS + "prefLabel", DCTERMS + "title")
    }
    assert pairs[SKOS + "prefLabel"]
    assert pairs[RDFS + "label"] == pairs[SKOS + "prefLabel"] | pairs[DCTERMS + "title"]


def test_the_dataset_describes_itself(tiny: Callable[[str], Data]) -> None:
    made = assemble(tiny(ENTITIES))
    said = {(t.subject.value, t.predicate.value, t.object) for t in made.graphs["dataset"]}
    assert (PMLKG + "question-labels", PREFIXES["sh"] + "select", ox.Literal(QUESTION)) in said
    assert (PMLKG + "question-labels", PREFIXES["schema"] + "keywords", ox.Literal("synthetic word")) in said

    def number(value: int) -> ox.Literal:
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))

    for name in GRAPH_NAMES[:-1]:
        assert (GRAPHS[name].value, PREFIXES["void"] + "triples", number(len(made.graphs[name]))) in said
        assert (GRAPHS["dataset"].value, PREFIXES["void"] + "subset", GRAPHS[name]) in said
    total = sum(len(made.graphs[name]) for name in GRAPH_NAMES)
    assert (GRAPHS["dataset"].value, PREFIXES["void"] + "triples", number(total)) in said


# --- the real graph ---------------------------------------------------------------------------------------------------


def test_only_the_ontology_has_blank_nodes(built: Built) -> None:
    blank = {
        name for name, triples in built.graphs.items() for t in triples if any(isinstance(x, ox.BlankNode) for x in (t.subject, t.object))
    }
    assert blank == {"ontology"}


def test_edges_and_claims_of_the_real_graph_answer_to_each_other(built: Built) -> None:
    claims = [item for item in built.records.document if item.get("status") == "current" and item.get("supportedBy") and "object" in item]
    said = {
        ox.Triple(ox.NamedNode(PMLKG + item["subject"]), ox.NamedNode(PMLO + item["predicate"]), ox.NamedNode(PMLKG + item["object"]))
        for item in claims
    }
    assert said
    assert set(built.graphs["edges"]) == said
    assert len(built.graphs["edges"]) == len(said)


def test_every_inferred_triple_has_a_proof_that_ends_in_what_is_asserted(kg: KnowledgeGraph) -> None:
    home = {str(quad.triple): quad.graph_name for quad in kg.quads() if quad.graph_name != GRAPHS["inferred"]}
    inferred = {str(quad.triple) for quad in kg.quads() if quad.graph_name == GRAPHS["inferred"]}
    rows = [line.split("\t") for line in (kg.folder / "proofs.tsv").read_text(encoding="utf-8").removesuffix("\n").split("\n")]
    premises = {row[0]: row[2:] for row in rows}
    assert len(rows) == len(premises)
    assert premises.keys() == inferred
    assert not inferred & home.keys()
    assert {premise for proof in premises.values() for premise in proof} <= inferred | home.keys()
    # What rests only on proved triples is proved, until nothing is left: a circle would stay.
    proved, left = set(home), dict(premises)
    while left:
        now = {triple for triple, proof in left.items() if proved.issuperset(proof)}
        assert now, list(left)[:3]
        proved |= now
        left = {triple: proof for triple, proof in left.items() if triple not in now}


def test_types_of_records_are_asserted_in_knowledge(built: Built) -> None:
    typed = {t.subject.value.removeprefix(PMLKG) for t in built.graphs["knowledge"] if t.predicate == RDF_TYPE}
    assert {item["id"] for item in built.records.document} <= typed


def test_no_triple_stands_in_two_graphs(built: Built) -> None:
    counts = Counter(triple for triples in built.graphs.values() for triple in triples)
    assert {str(triple) for triple, number in counts.items() if number > 1} == set()


def test_another_environment_gives_the_same_bytes(kg: KnowledgeGraph, data: Data, tmp_path: Path) -> None:
    environment = {"PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C", "TZ": "Pacific/Kiritimati", "PYTHONUTF8": "0", "HOME": str(tmp_path)}
    process = started(data, tmp_path / "builds", **environment)
    process.communicate()
    assert process.returncode == 0
    other = current(tmp_path / "builds")
    assert other
    assert other.name == kg.folder.name
    for name in ("pmlkg.nq", "proofs.tsv", "findings.json", "manifest.json"):
        assert (other / name).read_bytes() == (kg.folder / name).read_bytes(), name


# --- what stops it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("label: PML", "lable: PML"), "Record-unknownKey"),
        (("label: PML", "note: x"), "Disease-label"),
        (("type: Disease", "type: [Disease, JournalArticle]"), "Closure-clash"),
    ],
)
def test_a_broken_record_leaves_the_build_before(tiny: Callable[[str], Data], tmp_path: Path, change: tuple[str, str], rule: str) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    before = {path: path.stat().st_mtime_ns for path in builds.rglob("*")}
    record_file(data).write_text(ENTITIES.replace(*change), encoding="utf-8")
    with pytest.raises(Findings) as error:
        build(data, builds)
    assert rule in {finding.rule for finding in error.value.findings}
    assert current(builds) == folder
    assert {path: path.stat().st_mtime_ns for path in builds.rglob("*")} == before
    said: list[str] = []
    assert labels(KnowledgeGraph.open(data.root, builds, progress=said.append).folder, data) == ["PML"]
    assert any(step.startswith("warning:") and rule in step for step in said)


def test_without_a_build_before_a_broken_record_is_an_error(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data = tiny(ENTITIES.replace("label: PML", "lable: PML"))
    with pytest.raises(Findings):
        KnowledgeGraph.open(data.root, tmp_path / "builds")
    assert current(tmp_path / "builds") is None


def test_a_record_that_contradicts_the_ontology_stops_with_the_proof(tiny: Callable[[str], Data]) -> None:
    with pytest.raises(Findings) as error:
        assemble(tiny(ENTITIES.replace("type: Disease", "type: [Disease, JournalArticle]")))
    finding = error.value.findings[0]
    assert {f.rule for f in error.value.findings} == {"Closure-clash"}
    assert finding.place == Place("ontology/records/x.yaml", 2, 3)
    assert finding.node == PMLKG + "pml"
    assert "cax-dw: " in finding.message
    assert "owl:disjointWith" in finding.message
    assert "pmlkg:pml rdf:type pmlo:Source" in finding.message
    assert "pmlkg:pml rdf:type pmlo:Entity" in finding.message


def test_an_axiom_that_contradicts_the_records_stops_with_the_proof(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES + claim("a", "drug", "current", "supportedBy"))
    assemble(data)
    with data.ontology.open("a", encoding="utf-8") as file:
        file.write("\npmlo:increasesRiskOf owl:propertyDisjointWith pmlo:relatedTo .\n")
    with pytest.raises(Findings) as error:
        assemble(data)
    (finding,) = error.value.findings
    assert finding.rule == "Closure-clash"
    assert "prp-pdw: pmlo:increasesRiskOf owl:propertyDisjointWith pmlo:relatedTo" in finding.message
    assert "pmlkg:drug pmlo:increasesRiskOf pmlkg:pml" in finding.message
    assert finding.node == PMLKG + "claim-a"  # which says it


def test_a_rule_that_selects_nothing_stops(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data = tiny("- {id: drug, type: Drug, label: synthetic drug}\n")
    with pytest.raises(Findings) as error:
        build(data, tmp_path / "builds")
    assert [finding.rule for finding in error.value.findings] == ["Disease-definition", "Disease-label"]


def test_no_records_are_an_error(tiny: Callable[[str], Data]) -> None:
    with pytest.raises(Findings) as error:
        assemble(tiny("# none\n"))
    assert [finding.rule for finding in error.value.findings] == ["Record-structure"]


def test_a_question_that_does_not_parse_stops(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES)
    (data.root / "queries" / "labels.rq").write_text(QUESTION.replace("WHERE {", "WHERE"), encoding="utf-8")
    with pytest.raises(Findings) as error:
        assemble(data)
    assert [finding.rule for finding in error.value.findings] == ["Query-syntax"]


# --- mappings ---------------------------------------------------------------------------------------------------------

SSSOM_HEAD = """#mapping_set_id: https://example.org/synthetic
#curie_map:
#  MONDO: http://purl.obolibrary.org/obo/MONDO_
#  HP: "http://purl.obolibrary.org/obo/HP_"
subject_id\tpredicate_id\tobject_id\tmapping_justification
"""


@pytest.fixture
def mapped(tiny: Callable[[str], Data]) -> Callable[..., Built]:
    """Assembles with the given rows, or bytes, as the one mapping file."""

    def make(*rows: str, content: bytes | None = None) -> Built:
        data = tiny(ENTITIES)
        path = data.root / "ontology" / "mappings" / "x.sssom.tsv"
        path.parent.mkdir()
        text = SSSOM_HEAD + "".join(f"{row}\tsemapv:ManualMappingCuration\n" if row else "\n" for row in rows)
        path.write_bytes(text.encode() if content is None else content)
        return assemble(data)

    return make


def test_rows_become_skos_triples(mapped: Callable[..., Built]) -> None:
    row = "pmlkg:pml\tskos:exactMatch\tMONDO:0000001"
    built = mapped(row, row, "drug\tskos:broadMatch\tHP:01")
    assert [(finding.rule, finding.place and finding.place.line) for finding in built.findings if finding.rule.startswith("Mapping")] == [
        ("Mapping-twice", 7)
    ]
    assert [str(triple) for triple in built.graphs["mappings"]] == [
        f"<{PMLKG}pml> <{SKOS}exactMatch> <http://purl.obolibrary.org/obo/MONDO_0000001>",
        f"<{PMLKG}drug> <{SKOS}broadMatch> <http://purl.obolibrary.org/obo/HP_01>",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "pmlkg:pml\tskos:exactMatch\tMESH:1",
        "pmlkg:pml\tskos:exactMatch\t0000001",
        "pmlkg:pml\tskos:exactMatch\tMONDO:00 01",
        "pmlkg:pml\tskos:exactMatch",
        "pmlkg:pml\tskos:sameMatch\tMONDO:1",
        "pmlkg:pml\towl:sameAs\tMONDO:1",
        "pmlkg:nobody\tskos:exactMatch\tMONDO:1",
        "wrong:pml\tskos:exactMatch\tMONDO:1",
        "pml x\tskos:exactMatch\tMONDO:1",
        "\tskos:exactMatch\tMONDO:1",
        "pmlkg:pml\t\tMONDO:1",
    ],
)
def test_a_row_that_maps_nothing_known_is_told_with_its_line(mapped: Callable[..., Built], row: str) -> None:
    good = "pmlkg:pml\tskos:exactMatch\tMONDO:0000001"
    with pytest.raises(Findings) as error:
        mapped(good, "", row)
    (finding,) = error.value.findings
    # Four lines of comment and one of titles, the good row, a blank line, then this one.
    assert (finding.rule, finding.place) == ("Mapping-row", Place("ontology/mappings/x.sssom.tsv", 8, 1))


EXACT = f"<{PMLKG}pml> <{SKOS}exactMatch> <http://purl.obolibrary.org/obo/MONDO_1>"
CASES = Path(__file__).parents[1] / "data" / "cases" / "mappings"


@pytest.mark.parametrize(
    ("case", "rule", "triples"),
    [
        ("01-negated", "Mapping-negated", []),
        ("02-no-term-found", None, []),
        ("03-no-term-found-built-in-prefix", None, []),
        ("04-slot-taken-for-a-prefix", "Mapping-row", None),
        ("05-single-quotes", None, [EXACT]),
        ("06-comment-after-the-address", None, [EXACT]),
        ("07-quoted-cell-with-tab", None, [EXACT]),
        ("08-quoted-cell-with-newline", None, [EXACT]),
        ("09-byte-order-mark", None, [EXACT]),
        ("11-exact-and-broad", "Mapping-contradiction", None),
        ("13-prefix-in-the-local-part", "Mapping-row", None),
    ],
)
def test_sssom_is_read_as_its_standard_has_it(mapped: Callable[..., Built], case: str, rule: str | None, triples: list[str] | None) -> None:
    """None where the rows make no graph: what they say is a finding that stops the build."""
    content = (CASES / f"{case}.sssom.tsv").read_bytes().replace(b"pmlkg:disease", b"pmlkg:pml")
    if triples is None:
        with pytest.raises(Findings) as error:
            mapped(content=content)
        assert {finding.rule for finding in error.value.findings} == {rule}
    else:
        built = mapped(content=content)
        assert [str(triple) for triple in built.graphs["mappings"]] == triples
        assert {found.rule for found in built.findings if found.rule.startswith("Mapping")} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (["pmlkg:drug\t\tskos:exactMatch\tMONDO:1\t"], "Mapping-kind"),
        (["pmlkg:pml\tsynthetic drug\tskos:exactMatch\tMONDO:1\t"], "Mapping-label"),
        (["pmlkg:pml\t\tskos:exactMatch\tMONDO:1\tsemapv:Nope"], "Mapping-justification"),
        (["pmlkg:pml\t\tskos:exactMatch\tNCIT:1\t", "pmlkg:drug\t\tskos:exactMatch\tNCIT:1\t"], "Mapping-oneTerm"),
        (["pmlkg:pml\t\tskos:exactMatch\tMONDO:1\t\0"], "Mapping-row"),
        (["pmlkg:pml\tdisease"], "Mapping-row"),
    ],
)
def test_a_row_that_cannot_be_true_stops(mapped: Callable[..., Built], rows: list[str], rule: str) -> None:
    head = "#curie_map:\n#  MONDO: http://purl.obolibrary.org/obo/MONDO_\n#  NCIT: http://purl.obolibrary.org/obo/NCIT_\n"
    titles = "subject_id\tsubject_label\tpredicate_id\tobject_id\tmapping_justification"
    with pytest.raises(Findings) as error:
        mapped(content="\n".join([head + titles, *rows]).encode())
    assert {finding.rule for finding in error.value.findings} == {rule}
    assert all(finding.right and finding.place and finding.place.line for finding in error.value.findings)


def test_one_prefix_has_one_namespace(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES)
    folder = data.root / "ontology" / "mappings"
    folder.mkdir()
    for letter in "ab":
        text = (CASES / f"10-prefix-twice-{letter}.sssom.tsv").read_text(encoding="utf-8")
        (folder / f"{letter}.sssom.tsv").write_text(text.replace("pmlkg:disease-form", "pmlkg:drug").replace("pmlkg:disease", "pmlkg:pml"))
    with pytest.raises(Findings) as error:
        assemble(data)
    assert [finding.rule for finding in error.value.findings] == ["Mapping-prefix"]


def test_a_question_whose_default_is_no_record_is_told(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data = tiny(ENTITIES)
    text = QUESTION.replace("{ ?x <http", "{ VALUES (?what) { (pmlkg:drugg) } ?what <http")
    head = "# parameters:\n#   what: {kind: entity, description: synthetic}\n"
    path = data.root / "queries" / "own.rq"
    path.parent.mkdir(exist_ok=True)
    text = text.replace("# columns:", head + "# columns:").replace("SELECT", f"PREFIX pmlkg: <{PMLKG}>\nSELECT")
    path.write_text(text, encoding="utf-8")
    found = [one for one in assemble(data).findings if one.rule == "Question-default"]
    assert [(one.message, one.place) for one in found] == [
        ("the default 'pmlkg:drugg' of 'what' is no record; did you mean pmlkg:drug?", Place("queries/own.rq"))
    ]


def test_a_file_that_nothing_reads_is_told_and_a_hidden_one_is_nobodys(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES)
    for name in (
        "ontology/records/mine.yml",
        "ontology/extra.ttl",
        "queries/mine.sparql",
        "ontology/records/.#x.yaml",
        "queries/README.md",
    ):
        path = data.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("synthetic", encoding="utf-8")
    found = [(one.severity, one.place and one.place.file) for one in assemble(data).findings if one.rule == "File-unread"]
    assert found == [("Warning", name) for name in ("ontology/extra.ttl", "ontology/records/mine.yml", "queries/mine.sparql")]


def test_a_mapping_file_of_another_encoding_is_a_finding(mapped: Callable[..., Built]) -> None:
    with pytest.raises(Findings) as error:
        mapped(content=b"subject_id\tpredicate_id\tobject_id\npmlkg:\xff\n")
    assert error.value.findings[0].place == Place("ontology/mappings/x.sssom.tsv")


# --- crashes and neighbours -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


def relabel(data: Data, label: str) -> None:
    record_file(data).write_text(ENTITIES.replace("label: PML", f"label: {label}"), encoding="utf-8")


def aged(path: Path, hours: float) -> None:
    os.utime(path, (time.time() - 3600 * hours,) * 2)


@pytest.mark.parametrize("step", ["writing", "renaming the build", "renaming the pointer"])
def test_a_build_that_dies_at_any_step_leaves_a_graph_and_the_way_free(
    tiny: Callable[[str], Data], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    build(data, builds)
    relabel(data, "PML two")
    replace = os.replace

    def die(*paths: Any) -> None:
        if step == "renaming the pointer" and Path(paths[1]).name != "current":
            replace(*paths)
        else:
            raise Killed

    with monkeypatch.context() as patch:
        if step == "writing":
            patch.setattr(builds_module, "write_index", die)
        else:
            patch.setattr(os, "replace", die)
        with pytest.raises(Killed):
            build(data, builds)
    assert labels(current(builds), data) == ["PML"]
    assert labels(build(data, builds)[0], data) == ["PML two"]


def test_a_build_that_dies_while_it_drops_an_older_one_leaves_no_half_build(
    tiny: Callable[[str], Data], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    first, _ = build(data, builds)
    relabel(data, "PML two")
    second, _ = build(data, builds)
    for path in (first, second):
        aged(path, 3)
    relabel(data, "PML three")
    remove = shutil.rmtree

    def die(path: Any, **options: Any) -> None:
        for store in Path(path).rglob("store"):
            remove(store)
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", die)
        with pytest.raises(Killed):
            build(data, builds)
    assert labels(current(builds), data) == ["PML three"]
    relabel(data, "PML")  # back to the inputs of the build that was being dropped
    assert labels(build(data, builds)[0], data) == ["PML"]


@pytest.mark.parametrize("left", [None, "proofs.tsv"])
def test_a_folder_that_is_no_whole_build_is_replaced(tiny: Callable[[str], Data], tmp_path: Path, left: str | None) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder = builds / input_key(data)
    folder.mkdir(parents=True)
    if left:
        (folder / left).write_text("half", encoding="utf-8")
    assert labels(build(data, builds)[0], data) == ["PML"]


def test_killing_a_build_at_any_moment_leaves_the_old_graph_answering(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    old, _ = build(data, builds)
    relabel(data, "PML two")
    new = builds / input_key(data)
    # Up to which step it is left to run, and how long after that.
    for step, delay in (("reading", 0), ("closing", 0), ("checking", 0.02), ("writing", 0), ("writing", 0.01), ("writing", 0.03)):
        process = started(data, builds)
        assert process.stdout
        for line in process.stdout:
            if line.startswith(step):
                break
        time.sleep(delay)
        process.kill()
        process.communicate()
        folder = current(builds)
        assert labels(folder, data) == (["PML two"] if folder == new else ["PML"])
        if process.returncode == -signal.SIGKILL and not new.exists():
            assert folder == old
    assert labels(build(data, builds)[0], data) == ["PML two"]


def test_two_builds_at_once_both_succeed(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    processes = [started(data, builds) for _ in range(3)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert labels(current(builds), data) == ["PML"]
    assert {path.name for path in builds.iterdir()} == {"current", input_key(data)}


def test_a_build_that_another_process_has_made_meanwhile_is_taken(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    others: list[Path] = []

    def meanwhile(step: str) -> None:
        if step.startswith("writing"):
            others.append(build(data, builds)[0])

    folder, _ = build(data, builds, meanwhile)
    assert others == [folder]
    assert labels(folder, data) == ["PML"]
    assert {path.name for path in builds.iterdir()} == {"current", folder.name}


def test_the_build_in_use_before_is_kept_and_older_ones_go(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    first, _ = build(data, builds)
    relabel(data, "PML two")
    second, _ = build(data, builds)
    reader = KnowledgeGraph(second, data)
    aged(first, 3)
    aged(second, 2)
    relabel(data, "PML")
    assert build(data, builds)[0] == first  # made long ago and in use again
    relabel(data, "PML three")
    third, _ = build(data, builds)
    assert {path for path in builds.iterdir() if path.is_dir()} == {first, third}
    assert reader.query("ASK { pmlkg:pml rdfs:label 'PML two'@en }").boolean  # an open store outlives its files


def test_building_again_keeps_the_build_in_use_before(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    first, _ = build(data, builds)
    aged(first, 3)
    relabel(data, "PML two")
    second, _ = build(data, builds)
    assert build(data, builds)[0] == second
    assert {path for path in builds.iterdir() if path.is_dir()} == {first, second}


def test_leftovers_of_killed_builds_go_and_work_in_progress_stays(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    builds.mkdir()
    for name in (".unfinished-old", ".unfinished-young", "notes"):
        (builds / name).mkdir()
    (builds / ".current-1").write_text("x", encoding="utf-8")
    for name in (".unfinished-old", ".current-1", "notes"):
        aged(builds / name, 2)
    build(data, builds)
    assert {path.name for path in builds.iterdir()} == {"current", input_key(data), ".unfinished-young", "notes"}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "flipped": flip,
    "other": lambda path: path.write_text("[]"),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize(
    "name", ["manifest.json", SEAL, "proofs.tsv", "search.db", "questions/labels.json", "store/CURRENT", "store/*.sst"]
)
def test_a_damaged_build_is_told_and_made_anew(tiny: Callable[[str], Data], tmp_path: Path, name: str, kind: str) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    assert damage(folder) == ""
    path = max(folder.glob(name), key=lambda file: file.stat().st_size)
    DAMAGE[kind](path)
    assert path.relative_to(folder).as_posix() in damage(folder)
    with pytest.warns(UserWarning, match="the build is damaged"):
        assert KnowledgeGraph.open(data.root, builds).ask("labels").rows
    assert damage(folder) == ""
    assert labels(current(builds), data) == ["PML"]


def test_a_file_too_many_is_damage_and_a_diary_is_not(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    folder, _ = build(tiny(ENTITIES), tmp_path / "builds")
    (folder / "store" / "LOG").write_text("another word", encoding="utf-8")
    assert damage(folder) == ""
    (folder / "questions" / "more.json").write_text("{}", encoding="utf-8")
    assert damage(folder) == f"questions/more.json is not in {SEAL}"


def test_a_damaged_build_is_no_refuge_from_inputs_that_make_none(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    record_file(data).write_text("- {id: pml, type: Nothing}\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="answering from the build before"):
        KnowledgeGraph.open(data.root, builds)
    flip(folder / "proofs.tsv")
    with pytest.raises(Findings):
        KnowledgeGraph.open(data.root, builds)


def test_a_build_is_made_again_where_that_is_asked_for(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)
    inode = folder.stat().st_ino
    assert build(data, builds)[0].stat().st_ino == inode
    again, _ = build(data, builds, force=True)
    assert (again, damage(again)) == (folder, "")
    assert again.stat().st_ino != inode


def test_a_whole_build_is_taken_without_a_write(tiny: Callable[[str], Data], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, builds = tiny(ENTITIES), tmp_path / "builds"
    folder, _ = build(data, builds)

    def refuse(*_: Any) -> None:
        raise PermissionError(30, "Read-only file system")

    for name in ("replace", "mkdir", "rename", "unlink"):
        monkeypatch.setattr(os, name, refuse)
    read = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode="r", *rest, **more: read(path, mode, *rest, **more) if "r" in mode else refuse())
    assert build(data, builds)[0] == folder
    assert KnowledgeGraph.open(data.root, builds).ask("labels").rows


def test_a_build_is_for_whom_the_user_lets_read(tiny: Callable[[str], Data], tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder, _ = build(tiny(ENTITIES), tmp_path / "builds")
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in (folder, folder / "store", folder / "questions")} == {"0o750"}
    assert (folder / "pmlkg.nq").stat().st_mode & 0o777 == 0o640


def test_a_pipe_among_the_records_is_no_record(tiny: Callable[[str], Data]) -> None:
    data = tiny(ENTITIES)
    os.mkfifo(record_file(data).with_name("pipe.yaml"))
    assert [one.place for one in assemble(data).findings if one.rule == "File-unread"] == [Place("ontology/records/pipe.yaml")]


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"../x\n", b"\xff\xfe"])
def test_a_pointer_to_nothing_is_no_build(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "current").write_bytes(content)
    assert current(tmp_path) is None


# --- where things lie -------------------------------------------------------------------------------------------------


def test_the_data_folder_is_the_one_named_else_that_of_the_environment(
    tiny: Callable[[str], Data], data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tiny(ENTITIES)
    monkeypatch.setenv("PMLKG_DATA", str(other.root))
    assert find_data() == other
    assert find_data(data.root) == data
    with pytest.raises(FileNotFoundError, match="not a pmlkg data folder"):
        find_data(tmp_path)


def test_builds_lie_where_named_else_where_the_environment_says_else_beside_the_data(
    tiny: Callable[[str], Data], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tiny(ENTITIES)
    monkeypatch.delenv("PMLKG_BUILD", raising=False)
    assert find_builds(data) == data.root / "build"
    monkeypatch.setenv("PMLKG_BUILD", str(tmp_path / "there"))
    assert find_builds(data) == tmp_path / "there"
    assert find_builds(data, tmp_path / "here") == tmp_path / "here"
