"""Works and their bibliography: what records say and nothing else, and every format read back by a parser of its library."""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
import yaml
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from pmlkg.answers.bibliography import FORMATS, Bibliography, Work, names
from pmlkg.extras import MissingLibrary, load
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import PMLKG, UnknownName

ROOT = Path(__file__).parents[2]
HOSTILE = [
    "a {b} c",
    "open { only",
    "close } only",
    "}{",
    "R&D <script>alert(1)</script>",
    "50% of $5 #1 _x_ ~ back\\slash \\",
    "first line\n  second line\r\nER  - \nTY  - JOUR",
    "he said \"x\" and 'y'",
    "@article{y, title = {z}}",
    "a -- b --- c `` '' ?` !` ,,",
    "Müller, Űrhajó, Έλληνας ≥ 10 αβ 日本",
    '<span class="nocase">x</span> &amp; <b>',
    "- x",
    "$math$ \\alpha \\url{https://example.org}",
    "10^9/L",
]


def parse_bibtex(text: str) -> dict[str, dict[str, str]]:
    """Entries by key, with LaTeX read as text."""
    context = get_default_latex_context_db()
    braces = [MacroTextSpec("textbraceleft", "{"), MacroTextSpec("textbraceright", "}"), MacroTextSpec("textasciicircum", "^")]
    context.add_context_category("braces", prepend=True, macros=braces)
    decoder = LatexDecodingMiddleware(decoder=LatexNodes2Text(latex_context=context, math_mode="verbatim"))
    library = bibtexparser.parse_string(text, append_middleware=[decoder])
    assert not library.failed_blocks
    return {entry.key: {"type": entry.entry_type, **{f.key: f.value for f in entry.fields}} for entry in library.entries}


def balanced(text: str) -> bool:
    """Whether BibTeX, which counts every brace, finds the end of each field."""
    return text.count("{") == text.count("}")


@pytest.fixture(scope="module")
def records() -> dict[str, dict[str, Any]]:
    """The records of sources as they stand in the files."""
    files = sorted((ROOT / "ontology" / "records" / "sources").glob("*.yaml"))
    return {record["id"]: record for path in files for record in yaml.safe_load(path.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def whole(kg: KnowledgeGraph) -> Bibliography:
    """Every source of the graph."""
    return kg.query("SELECT ?source { ?source a pmlo:Source }").bibliography()


# --- records -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "authors", "others"),
    [
        ("Berger JR, van de Beek D", [("Berger", "J. R."), ("van de Beek", "D.")], False),
        ("Hansen ABE, L'Honneur AS, Falck-Ytter Y", [("Hansen", "A. B. E."), ("L'Honneur", "A. S."), ("Falck-Ytter", "Y.")], False),
        ("Broge TA Jr", [("Broge", "T. A.", "Jr")], False),
        ("Berzero G, Basso S, et al.", [("Berzero", "G."), ("Basso", "S.")], True),
        ("Bozic C et al.", [("Bozic", "C.")], True),
        ("Cui et al", ["Cui"], True),
        ("Arkema EV, Askling J; ARTIS Study Group", [("Arkema", "E. V."), ("Askling", "J."), "ARTIS Study Group"], False),
        ("Panel co-edited by NIH, CDC and HIVMA/IDSA", ["Panel co-edited by NIH, CDC and HIVMA/IDSA"], False),
        ("Reviewed by Hanneman K", ["Reviewed by Hanneman K"], False),
        ("Hofmann JR; chief editor Bartlett J", [("Hofmann", "J. R."), "chief editor Bartlett J"], False),
        ("", [], False),
    ],
)
def test_authors_are_persons_or_stay_as_they_are(text: str, authors: list[Any], others: bool) -> None:
    expected = [
        {"literal": author} if isinstance(author, str) else dict(zip(("family", "given", "suffix"), author, strict=False))
        for author in authors
    ]
    assert names(text) == (expected, others)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"container": "AIDS", "volumePages": "22(14):1759-1767"}, ("AIDS", "22", "14", "1759-1767")),
        ({"container": "Ann Neurol 76(1):140-147"}, ("Ann Neurol", "76", "1", "140-147")),
        ({"container": "J Infect Dis 199:837"}, ("J Infect Dis", "199", None, "837")),
        ({"container": "Neurology 80(15):1430-1438", "volumePages": "80(15):1430-1438"}, ("Neurology", "80", "15", "1430-1438")),
        ({"container": "European Journal", "volumePages": "24(Suppl 1):A31.1"}, ("European Journal", "24", "Suppl 1", "A31.1")),
        ({"container": "Journal (issue 1/2024)"}, ("Journal (issue 1/2024)", None, None, None)),
        ({"container": "Journal 2013"}, ("Journal 2013", None, None, None)),
        ({}, (None, None, None, None)),
    ],
)
def test_volume_issue_and_pages_are_read_from_the_record(record: dict[str, str], fields: tuple[str | None, ...]) -> None:
    work = Work.from_record("X", "JournalArticle", {"title": "T", **record})
    assert tuple(work.fields.get(key) for key in ("container-title", "volume", "issue", "page")) == fields


@pytest.mark.parametrize(
    ("type", "record", "csl"),
    [
        ("JournalArticle", {}, "article-journal"),
        ("Guideline", {"container": "NICE"}, "report"),
        ("Guideline", {"container": "Neurology", "doi": "10.1000/x"}, "article-journal"),
        ("DrugLabel", {}, "report"),
        ("RegulatoryCommunication", {}, "report"),
        ("WebPage", {}, "webpage"),
        ("BookChapter", {}, "chapter"),
        ("SomethingNew", {}, "document"),
    ],
)
def test_the_class_of_a_source_gives_its_type(type: str, record: dict[str, str], csl: str) -> None:
    assert Work.from_record("X", type, {"title": "T", **record}).fields["type"] == csl


def test_a_work_has_no_field_that_its_record_lacks() -> None:
    assert Work.from_record("X", "WebPage", {"title": "T"}).to_csl() == {"id": "X", "type": "webpage", "title": "T"}


def test_every_work_of_the_graph_says_what_its_record_says(whole: Bibliography, records: dict[str, dict[str, Any]]) -> None:
    items = {item["id"]: item for item in whole.to_csl()}
    assert list(items) == sorted(records)
    for id, record in records.items():
        item = items[id]
        words = json.dumps(item, ensure_ascii=False)
        assert item["title"] == " ".join(record["title"].split())
        assert item.get("issued") == ({"date-parts": [[record["year"]]]} if "year" in record else None)
        for key, csl in (("doi", "DOI"), ("pmcid", "PMCID"), ("url", "URL")):
            assert item.get(csl) == record.get(key)
        assert item.get("PMID") == (str(record["pmid"]) if "pmid" in record else None)
        assert ("author" in item) == ("authors" in record)
        family = re.findall(r"[\w'’-]{3,}", re.sub(r"\bet al\b", "", record.get("authors", "")))
        assert all(word in words for word in family if not word.isupper())
        assert "et al" not in json.dumps(item.get("author", []))
        for word in re.findall(r"\w+", f"{record.get('container', '')} {record.get('volumePages', '')}"):
            assert word in words


def test_csl_items_hold_only_fields_of_csl(whole: Bibliography) -> None:
    texts = {"id", "type", "title", "container-title", "publisher", "volume", "issue", "page", "DOI", "PMID", "PMCID", "URL", "note"}
    for item in json.loads(whole.serialize("csl-json")):
        assert item.keys() <= texts | {"author", "issued"}
        assert all(isinstance(item[key], str) and item[key] for key in texts & item.keys())
        assert all(name.keys() in ({"literal"}, {"family", "given"}, {"family", "given", "suffix"}) for name in item.get("author", []))


# --- formats -------------------------------------------------------------------------------------------------------------


def test_every_source_of_the_graph_is_read_back_from_bibtex_and_ris(whole: Bibliography) -> None:
    items = {item["id"]: item for item in whole.to_csl()}
    bibtex = whole.serialize("bibtex")
    entries = parse_bibtex(bibtex)
    assert balanced(bibtex)
    assert list(entries) == sorted(items)
    ris = {entry["id"]: entry for entry in rispy.loads(whole.serialize("ris"))}
    assert list(ris) == sorted(items)
    for id, item in items.items():
        year = str(item["issued"]["date-parts"][0][0]) if "issued" in item else None
        assert entries[id]["title"] == ris[id]["title"] == item["title"]
        assert entries[id].get("year") == ris[id].get("year") == year
        assert entries[id].get("doi") == ris[id].get("doi") == item.get("DOI")
        assert ris[id].get("urls", []) == ([item["URL"]] if "URL" in item else [])
        assert len(ris[id].get("authors", [])) == len(item.get("author", []))


def test_bibtex_names_the_authors_in_parts_and_says_and_others() -> None:
    work = Work.from_record("X", "JournalArticle", {"title": "T", "authors": "van de Beek D, Broge TA Jr, et al.; The {odd} & Group"})
    author = parse_bibtex(Bibliography((work,)).serialize("bibtex"))["X"]["author"]
    assert author == "van de Beek, D. and Broge, Jr, T. A. and The {odd} & Group and others"


def test_text_says_et_al_where_the_record_does_and_calls_nothing_a_preprint(whole: Bibliography) -> None:
    works = [
        Work.from_record(
            "A", "JournalArticle", {"title": "First", "authors": "Berger JR, et al.", "container": "Neurology", "year": "2018"}
        ),
        Work.from_record("B", "JournalArticle", {"title": "Second", "authors": "Fox R", "container": "Neurology", "year": "2019"}),
    ]
    text = Bibliography(tuple(works), "cite me").serialize("text")
    assert text.splitlines()[0] == "How to cite this answer: cite me"
    assert "Berger, J.R. et al. (2018)" in text
    assert "Fox, R. (2019)" in text
    assert "preprint" not in whole.serialize("text").lower()


def test_text_has_every_source_of_the_graph_once(whole: Bibliography) -> None:
    lines = whole.serialize("text").splitlines()[2:]
    assert len(lines) == len(whole.works)
    text = "\n".join(lines)
    assert all(work.fields["title"].rstrip(".") in text for work in whole.works)


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_survives_every_format(title: str) -> None:
    check_round_trip(title)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.text("{}\\%&-`'?!,<>\"~^_#$@ ab;:.", min_size=1, max_size=20))
def test_any_title_survives_every_format(title: str) -> None:
    check_round_trip(title)


def check_round_trip(title: str) -> None:
    record = {"title": title, "authors": title, "container": title, "note": title, "doi": f"10.1000/{title}", "year": "2020"}
    works = (Work.from_record("Key", "JournalArticle", record), Work.from_record("Other", "WebPage", {"title": "other"}))
    bibliography = Bibliography(works, title)
    expected = "".join(c for c in " ".join(title.split()) if c.isprintable()) or None
    csl = json.loads(bibliography.serialize("csl-json"))
    assert [item["id"] for item in csl] == ["Key", "Other"]
    assert csl[0].get("title") == expected
    bibtex = bibliography.serialize("bibtex")
    assert balanced(bibtex)
    entries = parse_bibtex(bibtex)
    assert list(entries) == ["Key", "Other"]
    assert _blanks(entries["Key"].get("title")) == _blanks(expected)
    entries_of_ris = rispy.loads(bibliography.serialize("ris"))
    assert [entry["id"] for entry in entries_of_ris] == ["Key", "Other"]
    assert _blanks(entries_of_ris[0].get("title")) == _blanks(expected)
    assert bibliography.serialize("text").count("\n") >= 3


def _blanks(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())  # which pylatexenc makes of it


def test_an_unknown_format_and_a_missing_library_say_what_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work.from_record("X", "WebPage", {"title": "T"})
    with pytest.raises(UnknownName) as unknown:
        Bibliography((work,)).serialize("bibtexx")
    assert unknown.value.suggestions == ("bibtex",)
    for format, library in (("bibtex", "bibtexparser"), ("ris", "rispy"), ("text", "citeproc")):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, library, None)
            with pytest.raises(MissingLibrary, match=r"the extra 'bibliography' of pmlkg"):
                Bibliography((work,)).serialize(format)
            assert Bibliography((work,)).serialize("csl-json")
    with pytest.raises(MissingLibrary) as missing:
        load("no_such_library.part", "frames")
    assert (missing.value.library, missing.value.extra) == ("no_such_library", "frames")


# --- which works stand behind an answer ----------------------------------------------------------------------------------


def ids(answer: Any) -> set[str]:
    return {work.id for work in answer.bibliography().works}


@pytest.mark.parametrize("question", ["tropism", "treatments-without-benefit", "warnings", "test-performance", "guidance-by-risk-factor"])
def test_the_sources_of_an_answer_are_those_of_the_evidence(kg: KnowledgeGraph, question: str) -> None:
    """From the evidence as it came: the claims that became a claim of the answer, and the keys of their sources."""
    answer = kg.ask(question)
    column = answer.columns.index("claim")
    claims = {row[column].value.removeprefix(PMLKG) for row in answer.rows}
    with (ROOT / "docs" / "evidence-links.tsv").open(encoding="utf-8") as file:
        became = [row["evidence"] for row in csv.DictReader(file, delimiter="\t") if row["record"] in claims]
    evidence: dict[str, Any] = {}
    for path in (ROOT / "tests" / "data" / "evidence").glob("claims-*.yaml"):
        evidence |= {claim["id"]: claim for claim in yaml.safe_load(path.read_text(encoding="utf-8"))}
    given_there = {source["key"] for id in became for source in evidence[id].get("sources", [])}
    given_there |= {evidence[id]["guideline"] for id in became if "guideline" in evidence[id]}
    assert ids(answer) <= {_same_document(key) for key in given_there}
    records = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "ontology" / "records").rglob("*.yaml"))]
    by_id = {record["id"]: record for text in records for record in yaml.safe_load(text)}
    in_records = {item["source"] for id in claims for key in ("supportedBy", "disputedBy") for item in by_id[id].get(key, [])}
    assert ids(answer) == in_records | {by_id[id]["guideline"] for id in claims if "guideline" in by_id[id]}


def _same_document(key: str) -> str:
    row = re.search(rf"^\| `{key}` \| (\w+) \|", (ROOT / "docs" / "evidence-not-taken.md").read_text(encoding="utf-8"), re.M)
    return row[1] if row else key


def test_tropism_rests_on_these_sources(kg: KnowledgeGraph) -> None:
    """Read off the evidence on the sites of latency: Atkinson on kidney, urinary tract and tissue, Butic and Tan on B cells."""
    answer = kg.query("SELECT ?c { VALUES ?c { pmlkg:claim-jcv-latency-sites-b-cell pmlkg:claim-jcv-latency-sites-kidney } }")
    assert ids(answer) == {"Atkinson2020", "Butic2023", "Tan2009b"}


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("SELECT ?x { VALUES ?x { pmlkg:claim-risk } }", {"Article2020", "Article2021"}),
        ("SELECT ?x { VALUES ?x { pmlkg:claim-doubt } }", {"Article2021"}),  # disputed only
        ("SELECT ?x { VALUES ?x { pmlkg:Article2020 } }", {"Article2020"}),
        ("SELECT ?x { VALUES ?x { pmlkg:pml pmlkg:drug UNDEF } }", set()),  # entities are no claims
        ("SELECT ?x { pmlkg:claim-old pmlo:statistic ?x }", {"Article2020"}),
        ("SELECT ?x { pmlkg:claim-doubt pmlo:disputedBy ?x }", {"Article2021"}),
        ("SELECT ?x { BIND (1 AS ?x) }", set()),
        ("CONSTRUCT { ?s pmlo:increasesRiskOf ?o } WHERE { ?s pmlo:increasesRiskOf ?o }", {"Article2020", "Article2021"}),  # an edge
        ("CONSTRUCT { ?s pmlo:increasesRiskOf pmlkg:other } WHERE { VALUES ?s { pmlkg:drug } }", set()),  # none: superseded
        ("CONSTRUCT WHERE { pmlkg:drug pmlo:memberOf ?class }", {"Article2021"}),
        ("DESCRIBE pmlkg:claim-doubt", {"Article2021"}),
    ],
)
def test_claims_evidence_statistics_sources_and_edges_lead_to_works(tiny: KnowledgeGraph, query: str, sources: set[str]) -> None:
    assert ids(tiny.query(query)) == sources


def test_a_work_of_the_graph_has_the_fields_of_its_record(tiny: KnowledgeGraph) -> None:
    items = tiny.query("SELECT ?x { VALUES ?x { pmlkg:Article2021 pmlkg:Article2020 } }").bibliography().to_csl()
    assert items == [
        {"id": "Article2020", "type": "article-journal", "title": "Progressive syndrome", "DOI": "10.1000/ab"},
        {"id": "Article2021", "type": "article-journal", "title": "Second synthetic article", "URL": "https://example.org/2021"},
    ]


def test_the_citation_names_version_question_parameters_and_graph(tiny: KnowledgeGraph, kg: KnowledgeGraph) -> None:
    end = f"graph {tiny.folder.name}, https://w3id.org/pmlkg"
    answer = tiny.ask("echo", what="progressive syndrome", text='a\n"b"', number="0.9")
    assert re.fullmatch(
        r'pmlkg [\d.]+ \(20\d\d\), question echo with what=pmlkg:pml, text="a\\n\\"b\\"", number=0\.9, ', answer.citation.removesuffix(end)
    )
    assert "question tropism with agent=pmlkg:jc-virus, graph " in kg.ask("tropism").citation
    first, again, other = (tiny.query(query).citation for query in ("ASK {}", "ASK {}", "ASK { }"))
    assert first == again != other
    assert "SPARQL query with SHA-256" in first


def test_an_answer_without_sources_says_so(tiny: KnowledgeGraph) -> None:
    bibliography = tiny.query("SELECT ?x { VALUES ?x { pmlkg:pml } }").bibliography()
    assert "No source" in bibliography.serialize("text")
    assert json.loads(bibliography.serialize("csl-json")) == []
    assert rispy.loads(bibliography.serialize("ris")) == []
    assert parse_bibtex(bibliography.serialize("bibtex")) == {}
    assert set(FORMATS) == {"csl-json", "bibtex", "ris", "text"}


def test_sources_whose_ids_differ_in_case_only_stay_two_in_text() -> None:
    """The processor would take them for one."""
    works = [Work.from_record(name, "WebPage", {"title": f"Title of {name}"}) for name in ("News2017", "news2017")]
    lines = Bibliography(tuple(works), "cite me").serialize("text").splitlines()[2:]
    assert [name for name in ("News2017", "news2017") if sum(f"Title of {name}" in line for line in lines) == 1] == ["News2017", "news2017"]
