"""Two graphs compared: claims, not triples, in every form; and a question asked of both."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg.cli import main
from pmlkg.findings import Findings
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.publishing.compare import CHANGES, Comparison, Differing, asked, bump, compare, read, side_by_side, store_of, summary
from pmlkg.rdf import FORMATS, write
from pmlkg.terms import GRAPHS, PMLKG, UnknownName
from tests_records import RECORDS, opened


def graph(folder: Path, data: Data, *changes: tuple[str, str]) -> KnowledgeGraph:
    """The small graph of conftest, with its records changed."""
    text = RECORDS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return opened(folder, data, text)


@pytest.fixture(scope="module")
def old(data: Data, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph(tmp_path_factory.mktemp("old"), data)


@pytest.fixture(scope="module")
def new(data: Data, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph(
        tmp_path_factory.mktemp("new"),
        data,
        ("value: 1.2,", "value: 1.20,"),
        ("{measure: risk, rangeLow: 2, rangeHigh: 3", "{measure: risk, rangeLow: 2, rangeHigh: 4"),
        ("Synthetic claim that is only disputed.\n  status: current", "Synthetic claim that is only disputed.\n  status: disputed"),
        ("label: synthetic people}", "label: synthetic persons}"),
        ("readingDepth: abstract}\n- id: claim-doubt", "readingDepth: fullText}\n- id: claim-doubt"),
        ("- id: claim-member", "- id: claim-membership"),
    )


@pytest.fixture(scope="module")
def differs(old: KnowledgeGraph, new: KnowledgeGraph) -> Comparison:
    return compare(read(old.folder), read(new.folder))


def test_what_differs_is_told_as_claims(differs: Comparison) -> None:
    assert [(c.kind, c.of, c.id, c.what, c.before, c.after) for c in differs.changes] == [
        ("changed", "claim", "claim-doubt", "status", ("current",), ("disputed",)),
        ("withdrawn", "claim", "claim-member", "", (), ()),
        ("new", "claim", "claim-membership", "", (), ()),
        (
            *("changed", "claim", "claim-risk", "figure"),
            ("incidence 1.2 /(1000.{person}.a) (0.9 to 1.5; period first year)",),
            ("incidence 1.20 /(1000.{person}.a) (0.9 to 1.5; period first year)",),
        ),
        ("changed", "claim", "claim-risk", "figure", ("risk % (2 to 3)",), ("risk % (2 to 4)",)),
        ("changed", "claim", "claim-risk", "evidence", ("Article2021, readingDepth abstract",), ("Article2021, readingDepth fullText",)),
        ("changed", "entity", "group", "label", ("synthetic people",), ("synthetic persons",)),
    ]
    assert summary(differs) == "1 claim new, 1 claim withdrawn, 2 claims changed, 1 entity changed"


def test_a_graph_does_not_differ_from_itself_in_whichever_form(old: KnowledgeGraph, tmp_path: Path) -> None:
    whole = read(old.folder)
    for format, how in FORMATS.items():
        file = tmp_path / f"graph.{how.suffix}.gz"
        file.write_bytes(gzip.compress(old.serialize(format)))
        assert compare(whole, read(file)).changes == (), format
        assert compare(read(file), whole).changes == (), format


def test_the_real_graph_does_not_differ_from_itself(kg: KnowledgeGraph, tmp_path: Path) -> None:
    file = tmp_path / "pmlkg.ttl"
    file.write_bytes(kg.serialize("turtle"))
    assert compare(read(kg.folder), read(file)).changes == ()


def test_every_form_tells_all_changes(differs: Comparison) -> None:
    text, markdown = differs.render("text").decode(), differs.render("md").decode()
    assert "status: current -> disputed" in text
    assert "status: current → disputed" in markdown
    for words in ("claim-doubt", "0.9 to 1.5", "synthetic persons", "claim-membership"):
        assert words in text
        assert words in markdown
    assert len(json.loads(differs.render("json"))["changes"]) == len(differs.changes)
    store = ox.Store()
    store.load(differs.render("turtle"), format=ox.RdfFormat.TURTLE)
    rows: Any = store.query(f"SELECT ?s ?r {{ ?c a <{CHANGES}ChangeSet> ; <{CHANGES}subjectOfChange> ?s ; <{CHANGES}changeReason> ?r }}")
    assert {(row[0].value, row[1].value) for row in rows} == {
        (c.iri, f"{c.what} changed" if c.kind == "changed" else f"{c.kind} {c.of}") for c in differs.changes
    }
    statements: Any = store.query("""
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT ?s ?p ?o { ?x a rdf:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }""")
    assert {(row[0].value, row[1].value, row[2].value) for row in statements} == {
        (c.iri, c.property, text) for c in differs.changes for text in (*c.before, *c.after)
    }
    gone: Any = store.query(f"SELECT ?o {{ <{PMLKG}claim-member> <http://www.w3.org/2002/07/owl#deprecated> ?o }}")
    assert [row[0].value for row in gone] == ["true"]
    with pytest.raises(UnknownName, match="format of a comparison"):
        differs.render("pdf")


def test_markdown_says_nothing_in_its_own_signs(old: KnowledgeGraph, data: Data, tmp_path: Path) -> None:
    odd = graph(tmp_path, data, ("label: synthetic people}", 'label: "*a* [b](c) <script> | `d`"}'))
    text = compare(read(old.folder), read(odd.folder)).render("md").decode()
    assert r"\*a\* \[b\](c) \<script\> \| \`d\`" in text


def test_a_question_asked_of_both(old: KnowledgeGraph, new: KnowledgeGraph) -> None:
    stores = [store_of(read(each.folder)) for each in (old, new)]
    query = "SELECT ?claim ?status { ?claim pmlo:status ?status } ORDER BY ?claim"
    differing = asked(query, "statuses", *stores)
    assert differing == Differing(
        "statuses",
        ("claim", "status"),
        (("pmlkg:claim-doubt", "pmlo:current"), ("pmlkg:claim-member", "pmlo:current")),
        (("pmlkg:claim-doubt", "pmlo:disputed"), ("pmlkg:claim-membership", "pmlo:current")),
    )
    text = side_by_side(differing).decode()
    assert "- claim pmlkg:claim-doubt; status pmlo:current\n" in text
    assert side_by_side(differing, "csv").decode().splitlines()[1] == "-,pmlkg:claim-doubt,pmlo:current"
    assert len(json.loads(side_by_side(differing, "json"))["newer"]) == 2
    assert side_by_side(asked(query, "statuses", stores[0], stores[0])) == b"statuses: both graphs give the same rows\n"


def test_the_version_rule(differs: Comparison) -> None:
    same, other = Differing("q", (), (), ()), Differing("q", (), (("a",),), ())
    nothing = Comparison((), ("1", "2"))
    assert bump(differs, [other], ({"q"}, {"q"})) == "major"
    assert bump(nothing, [same], ({"q", "gone"}, {"q"})) == "major"
    assert bump(differs, [same], ({"q"}, {"q"})) == "minor"
    assert bump(nothing, [same], ({"q"}, {"q", "new"})) == "minor"
    assert bump(nothing, [same], ({"q"}, {"q"})) == "patch"


def test_what_cannot_be_read_is_named(tmp_path: Path, old: KnowledgeGraph) -> None:
    (tmp_path / "cut.nq.gz").write_bytes(gzip.compress(old.serialize("nquads"))[:500])
    packed = gzip.compress(old.serialize("nquads"))
    half = len(packed) // 2
    (tmp_path / "spoilt.nq.gz").write_bytes(packed[:half] + bytes(8) + packed[half + 8 :])
    (tmp_path / "odd.ttl").write_text("@prefix a: <urn:a:> .\na:b a:c\n")
    (tmp_path / "latin.nt").write_bytes('<urn:a> <urn:b> "é" .\n'.encode("latin-1"))
    (tmp_path / "empty").mkdir()
    for name, said in (("cut.nq.gz", "cut.nq.gz"), ("spoilt.nq.gz", "spoilt.nq.gz"), ("odd.ttl", "odd.ttl:"), ("latin.nt", "latin.nt:1:")):
        with pytest.raises(Findings) as caught:
            read(tmp_path / name)
        assert str(caught.value.findings[0].place).startswith(said)
    for name, said in (("empty", "no pmlkg.nq in"), ("nothing.ttl", "right: a release, a build, or a file")):
        with pytest.raises(FileNotFoundError, match=said):
            read(tmp_path / name)
    (tmp_path / "graph.docx").write_text("")
    with pytest.raises(ValueError, match=r"right: one of \.ttl"):
        read(tmp_path / "graph.docx")
    (tmp_path / "other.ttl").write_text("<urn:a> a <urn:b> .")
    (tmp_path / "none.ttl").touch()
    part = [quad for quad in old.quads() if quad.graph_name == GRAPHS["knowledge"]]
    (tmp_path / "part.ttl").write_bytes(write((ox.Quad(*quad.triple) for quad in part), "turtle"))
    for name in ("other.ttl", "none.ttl", "part.ttl"):
        with pytest.raises(ValueError, match=r"triples and not the ontology that tells what they are; right: a whole graph"):
            read(tmp_path / name)


def test_the_command(old: KnowledgeGraph, new: KnowledgeGraph, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(old.folder), str(new.folder)]
    assert main([*words, "--output", str(tmp_path / "notes.md")]) == 0
    assert (tmp_path / "notes.md").read_text(encoding="utf-8").startswith("0.3.0 and 0.3.0: 1 claim new")
    assert main([*words, "--question", "tropism", "--quiet"]) == 0
    assert "both graphs give the same rows" in capsys.readouterr().out
    assert main([*words, "--question", "claims-of-source", "--source", "Anand2019", "--quiet"]) == 0
    capsys.readouterr()
    assert main([*words, "--questions", "--quiet"]) == 0
    assert "questions answer otherwise" in capsys.readouterr().out
    assert main([*words, "--exposure", "pml"]) == 2
    assert "parameters belong to --question" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "no"), "--quiet"]) == 3
