"""Full-text search: ranking, words that look like syntax, typing errors, and the index of the real graph."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlkg.graph import KnowledgeGraph
from pmlkg.reading.search import Entry, NothingFound, search, write_index
from pmlkg.terms import PMLKG, UnknownName

ENTRIES = [
    Entry("urn:label", ("Drug", "Entity"), "Drug", label="synthetic alpha"),
    Entry("urn:synonym", ("Drug", "Entity"), "Drug", label="zeta", synonyms="other name\nalpha"),
    Entry("urn:defined", ("Drug", "Entity"), "Drug", label="beta", definition="A drug that is like alpha."),
    Entry("urn:title", ("Guideline", "Source"), "Guideline", title="A guideline on alpha and on more"),
    Entry("urn:claim", ("RiskClaim", "Claim"), "Risk Claim", sentence="Of the people with alpha some had Sjögren's syndrome."),
    Entry("urn:other", ("Disease", "Entity"), "Disease", label="demyelinating disease", name="other-disease\nmondo:0016318\natc:L04AG03"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index # 100%?") / "search.db"  # a folder whose name must be escaped in a URI
    write_index(path, ENTRIES)
    return path


def found(index: Path, text: str, limit: int = 20, kind: str = "") -> list[str]:
    return [hit.iri.removeprefix("urn:") for hit in search(index, text, limit, kind)]


def test_names_come_before_definitions_before_titles_before_sentences(index: Path) -> None:
    # The synonym is the very word, so it comes before the label that has another word as well.
    assert found(index, "alpha") == ["synonym", "label", "defined", "title", "claim"]
    assert [hit.rank for hit in search(index, "alpha")] == [1, 2, 3, 4, 5]
    scores = [hit.score for hit in search(index, "alpha")][1:]
    assert scores == sorted(scores, reverse=True)


def test_a_hit_tells_class_label_and_the_text_that_matches(index: Path) -> None:
    (hit,) = search(index, "sjogren")  # without the diaeresis
    assert (hit.iri, hit.kind, hit.label) == ("urn:claim", "Risk Claim", "")
    assert "Sjögren's syndrome" in hit.text
    (hit,) = search(index, "guideline more")
    assert hit.label == "A guideline on alpha and on more"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ALPHA beta", ["defined"]),  # all words, in whatever texts of the entry
        ("demyelination diseases", ["other"]),  # stems
        ("demyel dis", ["other"]),  # beginnings, where the words are not there
        ("MONDO:0016318", ["other"]),
        ("L04AG03", ["other"]),
        ("other-disease", ["other"]),
    ],
)
def test_words_are_found(index: Path, text: str, names: list[str]) -> None:
    assert found(index, text) == names


def test_hits_are_of_a_class_and_not_too_many(index: Path) -> None:
    assert found(index, "alpha", 2) == ["synonym", "label"]
    assert found(index, "alpha", kind="entity") == ["synonym", "label", "defined"]
    assert found(index, "alpha", kind="Source") == ["title"]
    assert found(index, "alpha", kind="pmlo:RiskClaim") == found(index, "alpha", kind="risk claim") == ["claim"]
    with pytest.raises(UnknownName) as error:
        found(index, "alpha", kind="Guidline")
    assert error.value.suggestions == ("Guideline",)


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [("alfa", ("alpha",)), ("synthetc alpha", ("synthetic",)), ("alpha disease", ()), ("xqzw", ())],
)
def test_nothing_found_brings_the_nearest_words(index: Path, text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(NothingFound) as error:
        search(index, text)
    assert error.value.suggestions == suggestions
    assert all(word in str(error.value) for word in suggestions)


@pytest.mark.parametrize("text", ["", "  ", "*", '"', "( )", "\0", "word " * 51])
def test_a_text_that_cannot_be_looked_for_is_refused(index: Path, text: str) -> None:
    with pytest.raises(ValueError, match="word"):
        search(index, text)


def test_a_limit_below_one_and_a_build_without_index_are_told(index: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="limit is 0"):
        search(index, "alpha", 0)
    with pytest.raises(FileNotFoundError, match=r"no search\.db"):
        search(tmp_path / "search.db", "alpha")
    (tmp_path / "search.db").write_text("no index")
    with pytest.raises(RuntimeError, match="cannot be read"):
        search(tmp_path / "search.db", "alpha")


SYNTAX = ["alpha AND", "AND", "alpha OR beta", "NOT alpha", "NEAR(alpha beta)", "label:alpha", "alpha*", "^alpha", '"alpha', 'a""b', "alpha -beta",
          "{label}: alpha", "'; DROP TABLE entry; --", "alpha\0beta", "\ud800 alpha", "ﬁ", "½", "%s {0}"]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(text=st.text(max_size=40) | st.lists(st.sampled_from([*SYNTAX, "alpha", "(", ")", '"', "*", "AND", "NEAR", "+", ":"])).map(" ".join))
def test_no_text_is_syntax(index: Path, text: str) -> None:
    try:
        hits = search(index, text)
    except (NothingFound, ValueError):
        return
    assert hits


@pytest.mark.parametrize("text", SYNTAX)
def test_operators_are_words(index: Path, text: str) -> None:
    try:
        names = found(index, text)
    except (NothingFound, ValueError):
        return
    words = [word for word in text.encode("utf-8", "replace").decode().replace("\0", " ").split() if any(map(str.isalnum, word))]
    assert len(names) <= 5
    assert len(words) == 1 or names == found(index, " ".join(reversed(words)))  # no operator between them


def test_searching_writes_nothing(index: Path) -> None:
    before = index.read_bytes()
    search(index, "alpha")
    assert index.read_bytes() == before
    assert [path.name for path in index.parent.iterdir()] == [index.name]


def test_an_index_that_cannot_be_written_is_told(index: Path) -> None:
    with pytest.raises(RuntimeError, match="no search index"):
        write_index(index, ENTRIES)  # it is there already


# --- the real graph ---------------------------------------------------------------------------------------------------


def test_every_name_of_an_entity_finds_it(kg: KnowledgeGraph) -> None:
    rows = kg.query(
        "SELECT ?x ?name { GRAPH pmlg:knowledge { ?x rdfs:label|skos:altLabel ?name } ?x a pmlo:Entity } ORDER BY ?name ?x"
    ).rows
    assert rows
    same: dict[str, set[str]] = {}
    for x, name in rows:
        same.setdefault(name.value.lower(), set()).add(x.value)
    for name, iris in list(same.items())[::7]:
        hits = kg.find(name, limit=len(iris), kind="entity")
        assert {hit.iri for hit in hits} == iris, name


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("Tysabri", "", "natalizumab"),
        ("PML", "entity", "pml"),
        ("MONDO:0016318", "", "pml"),
        ("L04AG03", "", "natalizumab"),
        ("pml", "Disease", "pml"),
    ],
)
def test_the_first_hit_is_what_is_meant(kg: KnowledgeGraph, text: str, kind: str, first: str) -> None:
    assert kg.find(text, limit=1, kind=kind)[0].iri == PMLKG + first


def test_every_entity_claim_and_source_is_in_the_index(kg: KnowledgeGraph) -> None:
    wanted = {row[0].value for row in kg.query("SELECT DISTINCT ?x { VALUES ?c { pmlo:Entity pmlo:Claim pmlo:Source } ?x a ?c }").rows}
    with sqlite3.connect(kg.folder / "search.db") as db:
        there = {iri for (iri,) in db.execute("SELECT iri FROM entry")}
    db.close()
    assert wanted <= there
    assert all(iri.startswith(PMLKG) for iri in there)


def test_hits_as_an_answer_keep_their_order(kg: KnowledgeGraph) -> None:
    hits = kg.find("natalizumab", limit=12)
    answer = kg.table(hits)
    assert [row["id"].value for row in answer] == [hit.iri for hit in hits]
    assert [row["text"].value for row in answer] == [hit.text for hit in hits]


def test_a_claim_shows_its_sentence_and_a_source_its_title(kg: KnowledgeGraph) -> None:
    hits = [hit for words in ("plasma exchange", "rituximab", "MRI") for hit in kg.find(words, limit=200)]
    said = {hit.iri: hit for hit in hits if "claim-" in hit.iri or "/rec-" in hit.iri}
    assert said
    assert [hit.iri for hit in said.values() if hit.text == hit.iri.removeprefix(PMLKG)] == []
    assert all(" " in hit.text for hit in said.values())
