"""Dialects: what keeps all comes back equal, what does not says what it loses, and each is taken by its own tool."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml

from pmlkg.graph import KnowledgeGraph
from pmlkg.publishing.dialects import fhir, hpoa, kgx, nanopub, rdf12, tables, vaspec
from pmlkg.publishing.dialects.form import digits, to_columns, to_json
from pmlkg.publishing.dialects.loss import loss
from pmlkg.publishing.dialects.table import DIALECTS
from pmlkg.reading.snapshot import Snapshot
from pmlkg.terms import GRAPHS

Files = dict[str, bytes]

outside = pytest.mark.filterwarnings("ignore")
"""A test that asks a library of others, whose warnings are not ours."""


@pytest.fixture(scope="module")
def graph(kg: KnowledgeGraph) -> Snapshot:
    return Snapshot(kg.quads(), kg.vocabularies)


@pytest.fixture(scope="module")
def made(graph: Snapshot) -> dict[str, Files]:
    return {name: dialect.write(graph) for name, dialect in DIALECTS.items()}


@pytest.fixture(scope="module")
def small(tiny: KnowledgeGraph) -> Snapshot:
    return Snapshot(tiny.quads(), tiny.vocabularies)


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def columns(content: bytes) -> list[dict[str, str]]:
    text = "".join(line for line in content.decode().splitlines(keepends=True) if not line.startswith("#"))
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


# --- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIALECTS)
def test_the_same_graph_gives_the_same_bytes(name: str, graph: Snapshot, kg: KnowledgeGraph, made: dict[str, Files]) -> None:
    shuffled = Snapshot(reversed(graph.quads), kg.vocabularies)
    assert DIALECTS[name].write(shuffled) == made[name]


def test_no_two_dialects_write_one_file(made: dict[str, Files]) -> None:
    counted = Counter(file for files in made.values() for file in files)
    assert [file for file, number in counted.items() if number > 1] == []
    assert all(content for files in made.values() for content in files.values())


@pytest.mark.parametrize("name", DIALECTS)
def test_a_graph_of_little_is_written_too(name: str, small: Snapshot) -> None:
    assert DIALECTS[name].write(small)


def test_a_figure_keeps_its_digits_and_a_cell_its_row() -> None:
    assert (
        to_json({"a": digits("1.20"), "b": digits("010"), "c": digits("-3"), "d": '"\ue000'})
        == '{"a":1.20,"b":"010","c":-3,"d":"\\"\ue000"}\n'.encode()
    )
    assert to_columns(("x", "y"), [{"x": "a\tb\nc", "y": ["1", "2"]}]) == b"x\ty\na b c\t1|2\n"


# --- what is lost ----------------------------------------------------------------------------------------------------

CORE = {
    *("subject", "predicate", "object", "population", "description"),
    *(f"statistic {name}" for name in ("measure", "value", "low", "high", "unit", "numerator", "period", "inWhom", "sampleSize")),
    *(f"evidence {name}" for name in ("source", "locator", "readingDepth", "studyDesign", "sourceRole")),
}
"""What a claim is: two things, whom, how much, and on what ground."""


@pytest.mark.parametrize("name", ["va-spec", "fhir", "tables"])
def test_what_a_claim_is_comes_through(name: str, graph: Snapshot) -> None:
    assert set(loss(graph, DIALECTS[name]).lost) & CORE == set()


def test_what_biolink_and_schema_org_cannot_say_is_counted_as_lost(graph: Snapshot) -> None:
    biolink, schema = (loss(graph, DIALECTS[name]) for name in ("kgx", "schema-org"))
    assert biolink.claims < biolink.of == schema.claims == len(graph.claims)
    assert {"evidence readingDepth", "evidence locator", "statistic confidenceLow", "statistic period"} <= set(biolink.lost)
    assert {"certainty", "evidence readingDepth", "statistic low", "conflictsWith"} <= set(schema.lost)
    assert "description" not in {*biolink.lost, *schema.lost}


def test_a_loss_is_seen(graph: Snapshot) -> None:
    whole = DIALECTS["fhir"]
    assert whole.told is not None
    cut = whole._replace(told=lambda graph: {claim: text.replace("3.518", "") for claim, text in (whole.told or dict)(graph).items()})
    before, after = loss(graph, whole).lost.get("statistic value", (0, 0))[0], loss(graph, cut).lost["statistic value"][0]
    assert after == before + 1


# --- RDF 1.2 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "syntax"), [("pmlkg-rdf12.nt", ox.RdfFormat.N_TRIPLES), ("pmlkg-rdf12.ttl", ox.RdfFormat.TURTLE)])
def test_rdf_12_has_what_is_asserted_and_a_reifier_for_each_claim(
    file: str, syntax: ox.RdfFormat, graph: Snapshot, made: dict[str, Files]
) -> None:
    read = [quad.triple for quad in ox.parse(made["rdf12"][file], format=syntax)]
    reified = {triple.subject.value: triple.object for triple in read if triple.predicate == rdf12.REIFIES}
    plain = {str(triple) for triple in read if triple.predicate != rdf12.REIFIES and "_:" not in str(triple)}
    asserted = {GRAPHS[name] for name in ("ontology", "knowledge", "edges", "mappings")}
    assert plain == {str(quad.triple) for quad in graph.quads if quad.graph_name in asserted and "_:" not in str(quad.triple)}
    wanted = {claim.iri: graph.edge_of(claim) for claim in graph.claims if all(graph.edge_of(claim))}
    assert {claim: (t.subject.value, t.predicate.value, t.object.value) for claim, t in reified.items()} == wanted


def test_sparql_12_finds_a_claim_by_its_triple_and_tells_what_is_not_asserted(made: dict[str, Files]) -> None:
    store = ox.Store()
    store.load(made["rdf12"]["pmlkg-rdf12.ttl"], format=ox.RdfFormat.TURTLE)
    names = "PREFIX pmlo: <https://w3id.org/pmlkg/ontology#> PREFIX pmlkg: <https://w3id.org/pmlkg/id/> "
    found: Any = store.query(
        names + "SELECT ?c { pmlkg:natalizumab pmlo:increasesRiskOf ?o ~ ?c {| pmlo:statistic ?s |} . ?s pmlo:value ?v FILTER(?v = 3.518) }"
    )
    assert [row[0].value.rpartition("/")[2] for row in found] == ["claim-natalizumab-top-incidence-3y"]
    named: Any = store.query(
        names + "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
        "SELECT ?s { ?c rdf:reifies <<( ?s ?p ?o )>> ; pmlo:status ?status FILTER(?status != pmlo:current) FILTER NOT EXISTS { ?s ?p ?o } }"
    )
    assert len(list(named)) > 0


# --- nanopublications ------------------------------------------------------------------------------------------------


def publications(content: bytes) -> dict[str, list[ox.Quad]]:
    found = defaultdict(list)
    for quad in ox.parse(content, format=ox.RdfFormat.TRIG):
        found[quad.graph_name.value.partition("#")[0]].append(quad)
    return dict(found)


def test_a_nanopublication_keeps_the_claim_its_figures_and_its_evidence(graph: Snapshot, made: dict[str, Files]) -> None:
    read = publications(made["nanopub"]["nanopubs.trig"])
    assert set(read) == {nanopub.BASE + claim.id for claim in graph.claims}
    for claim in graph.claims:
        nodes = [claim, *claim.nodes("statistic"), *(item for _, item in claim.evidence)]
        wanted = {(node.iri, name, str(value)) for node in nodes for name in node.properties for value in node.values(name)}
        got = {(quad.subject.value, quad.predicate.value, str(quad.object)) for quad in read[nanopub.BASE + claim.id]}
        assert wanted <= got, claim
        edge = graph.edge_of(claim)
        assert ((edge[0], edge[1], f"<{edge[2]}>") in got) == (claim in graph.asserting.get(edge, ())), claim


@outside
def test_checkers_of_nanopublications_call_them_valid(made: dict[str, Files], tmp_path: Path) -> None:
    rdflib, checker, signer = pytest.importorskip("rdflib"), pytest.importorskip("nanopub"), pytest.importorskip("nanopub_sign")
    read = publications(made["nanopub"]["nanopubs.trig"])
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        for name in sorted(read)[::25]:
            text = ox.serialize(read[name], format=ox.RdfFormat.TRIG)
            assert text is not None
            file = tmp_path / "one.trig"
            file.write_bytes(text)
            assert checker.Nanopub(rdf=file).is_valid, name
            assert signer.Nanopub(text.decode()).check().info()["uri"]["value"] == name
    finally:
        rdflib.NORMALIZE_LITERALS = before


# --- KGX ------------------------------------------------------------------------------------------------------------


@outside
def test_biolink_takes_every_node_and_edge(made: dict[str, Files]) -> None:
    model: Any = pytest.importorskip("biolink_model.datamodel.pydanticmodel_v2")
    for part in ("nodes", "edges"):
        for record in lines(made["kgx"][f"kgx/pmlkg_{part}.jsonl"]):
            getattr(model, record["category"][0].removeprefix("biolink:"))(**record)


@outside
def test_biolink_knows_every_predicate_of_the_alignment(graph: Snapshot) -> None:
    model: Any = pytest.importorskip("biolink_model.datamodel.pydanticmodel_v2")
    toolkit: Any = pytest.importorskip("bmt")
    schema = Path(model.__file__).parents[1] / "schema" / "biolink_model.yaml"
    known = toolkit.Toolkit(schema=str(schema), predicate_map={"predicate mappings": []})
    used = {edge["predicate"] for edge in kgx.edges(graph)}
    assert [name for name in sorted(used) if not known.is_predicate(name)] == []


def test_edges_of_kgx_have_their_ends_and_say_what_a_claim_says(graph: Snapshot, made: dict[str, Files]) -> None:
    nodes = {node["id"]: node for node in lines(made["kgx"]["kgx/pmlkg_nodes.jsonl"])}
    edges = {edge["id"]: edge for edge in lines(made["kgx"]["kgx/pmlkg_edges.jsonl"])}
    assert all(edge[end] in nodes for edge in edges.values() for end in ("subject", "object"))
    risk = edges["pmlkg:claim-natalizumab-top-incidence-3y"]
    assert (risk["subject"], risk["predicate"], risk["object"]) == ("RXCUI:354770", "biolink:predisposes_to_condition", "MONDO:0016318")
    assert risk["publications"] == ["doi:10.1136/jnnp-2019-322326"]
    assert "effect_size" not in risk  # an incidence is no size of an effect
    assert not [edge for edge in edges.values() if ("effect_size" in edge) != ("effect_type" in edge)]
    for edge in edges.values():
        claim = graph.node(edge["id"].removeprefix("pmlkg:"))
        if edge["knowledge_level"] != "logical_entailment":
            assert claim.text("status") == "current"
            assert claim.text("predicate") not in ("recommendedFor", "hasUncertainAssociationWith", "resembles")
            assert (claim.text("predicate") in ("hasNoShownBenefitFor", "hasUncertainEffectOn")) == (
                edge["predicate"] == "biolink:studied_to_treat"
            )


def test_a_ratio_is_an_effect_size_and_a_band_of_frequency_a_qualifier(graph: Snapshot) -> None:
    edges = {edge["id"]: edge for edge in kgx.edges(graph)}
    dosing, index = (edges[f"pmlkg:claim-{name}"] for name in ("natalizumab-eid-hr-2019", "jcv-index-3-or-more"))
    assert (json.loads(to_json(dosing))["effect_size"], dosing["effect_type"]) == (0.06, "hazard_ratio")
    assert (json.loads(to_json(index))["effect_size"], index["effect_type"]) == (14.5, "relative_risk")
    headache = edges["pmlkg:claim-orphanet-headache"]
    assert headache["frequency_qualifier"] == "HP:0040282"
    assert "has_percentage" not in headache


@outside
def test_every_prefix_of_kgx_is_one_of_biolink(made: dict[str, Files]) -> None:
    model: Any = pytest.importorskip("biolink_model.datamodel.pydanticmodel_v2")
    schema = yaml.load((Path(model.__file__).parents[1] / "schema" / "biolink_model.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    known = {*schema["prefixes"], *(prefix for each in schema["classes"].values() for prefix in each.get("id_prefixes", ())), "pmlkg"}
    used = {code.partition(":")[0] for node in lines(made["kgx"]["kgx/pmlkg_nodes.jsonl"]) for code in (node["id"], *node.get("xref", ()))}
    assert used - known == set()


def test_tables_and_lines_of_kgx_say_the_same(made: dict[str, Files]) -> None:
    for part in ("nodes", "edges"):
        rows = columns(made["kgx"][f"kgx/pmlkg_{part}.tsv"])
        records = [json.loads(line, parse_float=str) for line in made["kgx"][f"kgx/pmlkg_{part}.jsonl"].splitlines()]
        assert [row["id"] for row in rows] == [record["id"] for record in records]
        for row, record in zip(rows, records, strict=True):
            for name, value in record.items():
                texts = [" ".join(str(each).replace("|", "/").split()) for each in (value if isinstance(value, list) else [value])]
                assert row[name].split("|") == [text.lower() if value is True else text for text in texts], (record["id"], name)


# --- statements, FHIR -------------------------------------------------------------------------------------------------


@outside
def test_the_parts_of_a_statement_are_those_of_va_spec(made: dict[str, Files]) -> None:
    base: Any = pytest.importorskip("ga4gh.va_spec.base")
    for record in lines(made["va-spec"]["va-spec/statements.jsonl"]):
        for line in record["hasEvidenceLines"]:
            base.EvidenceLine(**line)
            for document in line["reportedIn"]:
                base.Document(**document)


@outside
def test_the_envelope_of_a_statement_is_as_its_schema_says(made: dict[str, Files]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(vaspec.SCHEMA)
    records = lines(made["va-spec"]["va-spec/statements.jsonl"])
    assert [error.message for record in records for error in check.iter_errors(record)] == []
    assert list(check.iter_errors({**records[0], "direction": "perhaps"}))


def test_a_proposition_is_supported_by_what_supports_it_also_where_it_advises_against(graph: Snapshot) -> None:
    made = vaspec.statement(graph.node("rec-aga-against-natalizumab"))
    assert (made["direction"], made["strength"]["name"]) == ("supports", "conditional")
    assert made["proposition"]["predicate"] == "notRecommendedFor"
    for claim in graph.claims:
        if all(graph.edge_of(claim)):
            statement = vaspec.statement(claim)
            lines = {line["directionOfEvidenceProvided"] for line in statement["hasEvidenceLines"]}
            assert statement["direction"] in lines, claim.id


def test_a_figure_of_a_statement_has_numbers_truth_values_and_names_of_things(graph: Snapshot) -> None:
    made = json.loads(to_json(vaspec.statement(graph.node("claim-natalizumab-top-incidence-3y"))))
    figures = [each["value"] for each in made["extensions"] if each["name"] == "statistic"]
    (figure,) = [each for each in figures if each.get("value") == 3.518]
    assert (figure["numerator"], figure["confidenceLow"], figure["confidenceHigh"]) == (36, 2.537, 4.877)
    (people,) = [each["value"] for each in made["extensions"] if each["name"] == "population"]
    assert people.startswith("https://w3id.org/pmlkg/id/")
    kinds: dict[str, set[type]] = {}
    for claim in graph.claims:
        for each in json.loads(to_json(vaspec.statement(claim))).get("extensions", ()) if all(graph.edge_of(claim)) else ():
            for name, value in each["value"].items() if each["name"] == "statistic" else ():
                kinds.setdefault(name, set()).add(type(value))
    assert kinds["approximate"] == kinds["computed"] == {bool}
    for name in ("numerator", "denominator", "sampleSize", "confidenceLevel", "calendarYearFrom", "valueAbove"):
        assert kinds[name] <= {int, float}, name


CODES = {
    "status": {"draft", "active", "retired", "unknown"},
    "informationType": {"comment", "classifier", "rating", "container", "response", "change-request"},
    "type": {"derived-from"},
    "comparator": {"<", "<=", ">=", ">", "ad"},
}
"""Field -> the codes of FHIR R5 for it, which its library does not check."""


@outside
@pytest.mark.parametrize("kind", ["Evidence", "EvidenceVariable", "ArtifactAssessment", "Citation"])
def test_fhir_takes_every_resource(kind: str, made: dict[str, Files]) -> None:
    resource: Any = getattr(pytest.importorskip(f"fhir.resources.{kind.lower()}"), kind)
    for record in lines(made["fhir"][f"fhir/{kind}.ndjson"]):
        resource(**record)
        for field, value in walk(record):
            assert not isinstance(value, str) or value in CODES.get(field, {value}), (record.get("url"), field, value)


def walk(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, each in value.items() for pair in walk(each, key)]
    if isinstance(value, list):
        return [pair for each in value for pair in walk(each, name)]
    return [(name, value)]


def test_an_incidence_in_fhir(graph: Snapshot) -> None:
    made = json.loads(to_json(fhir.evidence(graph.node("claim-natalizumab-top-incidence-3y"))))
    (figure,) = [each for each in made["statistic"] if each["description"].startswith("after 3 years")]
    assert figure["statisticType"]["coding"][0]["code"] == "STATO_0000413"
    assert (figure["quantity"]["value"], figure["quantity"]["code"], figure["numberOfEvents"]) == (3.518, "/(1000.{person}.a)", 36)
    assert [figure["attributeEstimate"][0]["range"][end]["value"] for end in ("low", "high")] == [2.537, 4.877]
    raw = to_json(fhir.evidence(graph.node("claim-natalizumab-top-incidence-3y")))
    assert b'"value":1.078' in raw


def test_the_roles_of_fhir_are_those_of_the_claim(graph: Snapshot) -> None:
    def roles(claim: str) -> dict[str, set[str]]:
        made = fhir.evidence(graph.node(claim))
        names = {each["id"]: each["title"] for each in made["contained"]}
        found: dict[str, set[str]] = {}
        for each in made["variableDefinition"]:
            found.setdefault(each["variableRole"]["coding"][0]["code"], set()).add(names[each["observed"]["reference"][1:]])
        return found

    label = graph.node("pml").label
    share = roles("claim-faers-ms-share")
    assert share["measuredVariable"] == {label}
    assert "multiple sclerosis" in share["population"]
    assert "exposure" not in share
    risk = roles("claim-natalizumab-top-incidence-3y")
    assert (risk["exposure"], risk["measuredVariable"]) == ({"natalizumab"}, {label})
    for claim in graph.claims:
        if claim.values("statistic") and all(graph.edge_of(claim)) and claim.kind != "Recommendation":
            predicate, found = claim.text("predicate"), roles(claim.id)
            assert "measuredVariable" in found, claim.id
            if predicate in ("occursIn", "hasClinicalFeature", "hasOutcome"):
                assert "exposure" not in found, claim.id
                assert "population" in found, claim.id


def test_codes_of_fhir_are_those_of_their_systems(graph: Snapshot, made: dict[str, Files]) -> None:
    codes: dict[str, set[str]] = {}
    for record in lines(made["fhir"]["fhir/EvidenceVariable.ndjson"]):
        for characteristic in record["characteristic"]:
            for coding in characteristic["definitionCodeableConcept"]["coding"]:
                codes.setdefault(coding["system"], set()).add(coding["code"])
    for system, form in (
        ("http://purl.obolibrary.org/obo/mondo.owl", r"MONDO:\d{7}"),
        ("http://human-phenotype-ontology.org", r"HP:\d{7}"),
        ("http://snomed.info/sct", r"\d+"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", r"\d+"),
    ):
        assert codes[system]
        assert [code for code in codes[system] if not re.fullmatch(form, code)] == [], system


def test_the_grade_of_a_scheme_becomes_no_code_of_another(graph: Snapshot) -> None:
    for claim in graph.claims:
        if claim.kind == "Recommendation":
            for part in fhir.assessment(claim)["content"]:
                for concept in part.get("classifier", ()):
                    assert all("code" not in coding for coding in concept.get("coding", ()))


# --- schema.org -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The types of schema.org in TypeScript, as a function of objects by type that gives what the compiler says."""
    import shutil
    import subprocess

    if not shutil.which("npm"):
        pytest.skip("no npm")
    folder = tmp_path_factory.mktemp("schema-dts")
    for file in (Path(__file__).parents[1] / "data" / "schema-dts").iterdir():
        shutil.copy(file, folder)
    installed = subprocess.run(["npm", "ci", "--silent"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if installed.returncode:
        pytest.skip(f"npm installs nothing: {installed.stderr[:200]}")

    def check(objects: list[tuple[str, Any]]) -> str:
        names = ", ".join(sorted({kind for kind, _ in objects}))
        lines = [f"export const x{place}: {kind} = {json.dumps(made)};" for place, (kind, made) in enumerate(objects)]
        (folder / "check.ts").write_text(f'import type {{ {names} }} from "schema-dts";\n' + "\n".join(lines), encoding="utf-8")
        words = [
            "npx",
            "tsc",
            "--noEmit",
            "--strict",
            "--skipLibCheck",
            "--target",
            "es2022",
            "--module",
            "esnext",
            "--moduleResolution",
            "bundler",
        ]
        return subprocess.run([*words, "check.ts"], cwd=folder, capture_output=True, text=True, timeout=300, check=False).stdout

    return check


def at_signs(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"@{key}" if key in ("id", "type") else key: at_signs(each) for key, each in value.items()}
    return [at_signs(each) for each in value] if isinstance(value, list) else value


def test_the_types_of_schema_org_fit(made: dict[str, Files], compiler: Any) -> None:
    """One object of each type with each set of properties; of a thing of two types, each with its own properties."""
    objects: dict[tuple[str, tuple[str, ...]], Any] = {}
    for each in json.loads(made["schema-org"]["schema-org/pmlkg.jsonld"])["@graph"]:
        kinds = each["type"] if isinstance(each["type"], list) else [each["type"]]
        for kind in kinds:
            shared = {"id", "name"} if len(kinds) > 1 else set(each)
            own = {key for key in each if (key == "increasesRiskOf") == (kind == "MedicalRiskFactor")} if len(kinds) > 1 else set()
            kept = {key: value for key, value in each.items() if key in shared | own and key != "type"}
            objects.setdefault((kind, tuple(sorted(kept))), at_signs({"type": kind, **kept}))
    told = [(kind, value) for (kind, _), value in objects.items()]
    assert len({kind for kind, _ in told}) > 15
    assert compiler(told) == ""
    assert "recommendationStrenght" in compiler(
        [("MedicalGuidelineRecommendation", {"@type": "MedicalGuidelineRecommendation", "recommendationStrenght": "strong"})]
    )


# --- HPO ------------------------------------------------------------------------------------------------------------


def frequencies(tmp_path: Path, rows: str) -> Snapshot:
    """A graph of synthetic frequencies."""
    import shutil

    from pmlkg.locations import find_data

    data = find_data()
    root = tmp_path / "data"
    for name in ("ontology/records/x.yaml", "ontology/mappings/x.sssom.tsv", "queries/echo.rq"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(data.context, root / "ontology")
    shutil.copy(data.ontology, root / "ontology")
    (root / "ontology/mappings/x.sssom.tsv").write_text(
        "#curie_map:\n#  HP: http://purl.obolibrary.org/obo/HP_\n#  ORPHA: http://www.orpha.net/ORDO/Orphanet_\n"
        "subject_id\tpredicate_id\tobject_id\npmlkg:seizure\tskos:exactMatch\tHP:0001250\npmlkg:ataxia\tskos:exactMatch\tHP:0001251\n"
        "pmlkg:pml\tskos:exactMatch\tORPHA:217260\n",
        encoding="utf-8",
    )
    (root / "ontology/records/x.yaml").write_text(
        "- {id: pml, type: Disease, label: progressive syndrome}\n- {id: seizure, type: ClinicalFeature, label: seizure}\n"
        '- {id: ataxia, type: ClinicalFeature, label: ataxia}\n- {id: S1, type: JournalArticle, title: One, pmid: "1"}\n'
        "- {id: S2, type: JournalArticle, title: Two, doi: 10.1000/x}\n" + rows,
        encoding="utf-8",
    )
    graph = KnowledgeGraph.open(root)
    return Snapshot(graph.quads(), graph.vocabularies)


def frequency(name: str, finding: str, source: str, figure: str) -> str:
    return (
        f"- {{id: claim-{name}, type: ManifestationClaim, subject: pml, predicate: hasClinicalFeature, object: {finding}, status: current, "
        f'description: Synthetic frequency., statistic: [{{measure: frequency, unit: "%", {figure}}}], '
        f"supportedBy: [{{source: {source}, readingDepth: abstract}}]}}\n"
    )


def test_a_row_of_hpo_has_counts_and_is_the_largest_cohort(tmp_path: Path) -> None:
    graph = frequencies(
        tmp_path,
        frequency("a", "seizure", "S1", "value: 30, numerator: 3, denominator: 10")
        + frequency("b", "seizure", "S1", "value: 40, numerator: 12, denominator: 30")
        + frequency("c", "seizure", "S2", "value: 50, numerator: 50, denominator: 100")
        + frequency("d", "ataxia", "S1", "value: 45")
        + frequency("e", "ataxia", "S1", "rangeLow: 30, rangeHigh: 40"),
    )
    files = hpoa.DIALECT.write(graph)
    rows = [(row["hpo_id"], row["frequency"], row["reference"], row["qualifier"]) for row in columns(files["hpoa/pmlkg.hpoa"])]
    assert rows == [("HP:0001250", "12/30", "PMID:1", ""), ("HP:0001251", "HP:0040282", "PMID:1", "")]
    reasons = {row["claim"]: row["no_row_for"] for row in columns(files["hpoa/frequencies.tsv"])}
    assert reasons == {
        "claim-a": "a larger cohort has the row",
        "claim-b": "",
        "claim-c": "no PubMed identifier",
        "claim-d": "",
        "claim-e": "no counts and no percentage in one band",
    }


@outside
def test_a_reader_of_hpo_annotations_takes_the_counts_as_they_are(tmp_path: Path) -> None:
    toolkit: Any = pytest.importorskip("hpotk")
    graph = frequencies(tmp_path, frequency("b", "seizure", "S1", "value: 40, numerator: 12, denominator: 30"))
    file = tmp_path / "pmlkg.hpoa"
    file.write_bytes(hpoa.DIALECT.write(graph)["hpoa/pmlkg.hpoa"])
    ontology = hpo(toolkit, tmp_path)
    loader: Any = pytest.importorskip("hpotk.annotations.load.hpoa")
    (disease,) = loader.SimpleHpoaDiseaseLoader(ontology).load(str(file))
    (annotation,) = disease.annotations
    assert (annotation.identifier.value, annotation.numerator, annotation.denominator) == ("HP:0001250", 12, 30)


def hpo(toolkit: Any, folder: Path) -> Any:
    """A minute ontology of phenotypes, in the form that the reader loads."""
    base = "http://purl.obolibrary.org/obo/HP_"
    names = {
        "0000001": "All",
        "0000118": "Phenotypic abnormality",
        "0001250": "Seizure",
        "0040279": "Frequency",
        "0012823": "Clinical modifier",
    }
    names |= {"0000005": "Mode of inheritance", "0031797": "Clinical course", "0032223": "Blood group", "0032443": "Past medical history"}
    nodes = [{"id": base + code, "lbl": name, "type": "CLASS", "meta": {}} for code, name in names.items()]
    edges = [
        {"sub": base + code, "pred": "is_a", "obj": base + ("0000118" if code == "0001250" else "0000001")}
        for code in names
        if code != "0000001"
    ]
    meta = {"basicPropertyValues": [{"pred": "http://www.w3.org/2002/07/owl#versionInfo", "val": "2026-01-01"}]}
    file = folder / "hp.json"
    file.write_text(
        json.dumps({"graphs": [{"id": "http://purl.obolibrary.org/obo/hp.json", "meta": meta, "nodes": nodes, "edges": edges}]})
    )
    return toolkit.load_minimal_ontology(str(file))


def test_every_frequency_of_a_finding_with_a_term_stands_in_a_table_of_hpo(graph: Snapshot, made: dict[str, Files]) -> None:
    wide = {row["statistic"]: row for row in columns(made["hpoa"]["hpoa/frequencies.tsv"])}
    expected = {
        figure.id
        for claim in graph.claims
        if claim.text("predicate") in ("hasClinicalFeature", "hasImagingFinding", "hasLaboratoryFinding", "hasHistologicalFinding")
        and (finding := claim.node("object")) is not None
        and finding.exactly("HP")
        for figure in claim.nodes("statistic")
        if figure.text("measure") == "frequency"
    }
    assert set(wide) == expected
    without = sum(1 for row in wide.values() if row["no_row_for"])
    told = f"#rows: {len(wide) - without} of {len(wide)} frequencies"
    assert told in made["hpoa"]["hpoa/pmlkg.hpoa"].decode()


def test_no_frequency_of_hpo_is_empty_or_given_twice(made: dict[str, Files]) -> None:
    rows = columns(made["hpoa"]["hpoa/pmlkg.hpoa"])
    assert all(row["frequency"] and row["reference"].startswith("PMID:") for row in rows)
    assert len({row["hpo_id"] for row in rows}) == len(rows)
    wide = columns(made["hpoa"]["hpoa/frequencies.tsv"])
    assert wide
    assert not [row for row in wide if "orphanet" in row["claim"] and "HPO has already" not in row["no_row_for"]]


# --- the others -----------------------------------------------------------------------------------------------------


def test_rows_for_wikidata_have_items_and_a_reference(graph: Snapshot, made: dict[str, Files]) -> None:
    import re

    rows = made["wikidata"]["wikidata/quickstatements.tsv"].decode().splitlines()
    items = {code.removeprefix("wikidata:") for node in graph.entities for match, code in node.matches if match == "exactMatch"}
    assert "Q704930\tP828\tQ1676563" in {row.rsplit("\t", 2)[0] for row in rows}  # PML has the cause JC virus
    for row in rows:
        subject, _, object = re.fullmatch(
            r'(Q\d+)\t(P828|P780|P129)\t(Q\d+)\t(?:S356\t"10\.[^"]+"|S698\t"\d+"|S854\t"https?://[^"]+")', row
        ).groups()  # type: ignore[union-attr]
        assert {subject, object} <= items


@outside
def test_graphml_and_cytoscape_have_the_edges(graph: Snapshot, made: dict[str, Files]) -> None:
    networkx = pytest.importorskip("networkx")
    read = networkx.read_graphml(io.BytesIO(made["drawing"]["drawing/pmlkg.graphml"]), force_multigraph=True)
    wanted = {tuple(graph.node(iri).id for iri in edge) for edge in graph.edges}
    assert {(s, data["predicate"], o) for s, o, data in read.edges(data=True)} == wanted
    drawn = json.loads(made["drawing"]["drawing/pmlkg.cyjs"])["elements"]
    assert {node["data"]["id"] for node in drawn["nodes"]} == set(read.nodes)
    assert {(e["data"]["source"], e["data"]["predicate"], e["data"]["target"]) for e in drawn["edges"]} == wanted
    assert read.nodes["natalizumab"]["kind"] == "Drug"


def test_the_sources_are_read_back(graph: Snapshot, made: dict[str, Files]) -> None:
    bibtex = pytest.importorskip("bibtexparser")
    items = json.loads(made["sources"]["sources/pmlkg.csl.json"])
    library = bibtex.parse_string(made["sources"]["sources/pmlkg.bib"].decode())
    assert len(items) == len(library.entries) == len(graph.sources)
    assert not library.failed_blocks
    assert {item["DOI"] for item in items if "DOI" in item} == {source.text("doi") for source in graph.sources} - {""}


def test_tables_come_back_as_they_were(graph: Snapshot, made: dict[str, Files]) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    for name, rows in tables.rows(graph).items():
        read = parquet.read_table(io.BytesIO(made["tables"][f"tables/{name}.parquet"])).to_pylist()
        assert len(read) == len(rows)
        for got, row in zip(read, rows, strict=True):
            for column, text in row.items():
                value = got[column]
                if isinstance(text, list) or isinstance(value, str):
                    assert value == text
                elif value is None:
                    assert text == ""
                else:  # a number, beside which its digits stand
                    assert str(value).lower() == text or float(value) == float(text)


def test_every_key_of_the_tables_leads_somewhere(graph: Snapshot) -> None:
    found = tables.rows(graph)
    claims = {row["id"] for row in found["claims"]}
    things = {row["id"] for row in found["nodes"]}
    assert len(things) == len(found["nodes"])
    for name in ("statistics", "evidence", "recommendations", "strata"):
        assert {row["claim"] for row in found[name]} <= claims, name
    assert {row[end] for row in found["edges"] for end in ("subject", "object")} <= things
    assert {row["source"] for row in found["evidence"]} <= {row["id"] for row in found["sources"]}


@outside
def test_croissant_is_valid_and_reads_a_table(made: dict[str, Files], tmp_path: Path) -> None:
    croissant: Any = pytest.importorskip("mlcroissant")
    for name, content in made["tables"].items():
        (tmp_path / Path(name).name).write_bytes(content)
    dataset = croissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
    assert not dataset.metadata.ctx.issues.report()
    rows = {row["statistics/id"]: row for row in dataset.records("statistics")}
    one = rows[b"claim-natalizumab-top-incidence-3y-incidence-after-3-years-of-treatment"]
    assert (one["statistics/value_text"], float(one["statistics/value"])) == (b"3.518", 3.518)
