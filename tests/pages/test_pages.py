"""Pages from the graph: each kind of thing and each question has one, and what stands on it is what the graph says."""

from __future__ import annotations

import re
from html import unescape

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.pages import answers, front, lead, record
from pmlkg.pages.site import STATIC, Site, environment
from pmlkg.terms import PMLKG, PMLO, UnknownName, show


@pytest.fixture(scope="module")
def site(kg: KnowledgeGraph) -> Site:
    return Site(KnowledgeGraph(kg.folder, kg.data, bounds=None), "/under")


def test_every_question_has_a_page_with_its_rows(site: Site) -> None:
    for name, question in site.kg.questions.items():
        text = answers.question(site, name, {})
        assert question.title in unescape(text)
        if not question.network:
            assert f"{len(site.kg.ask(name))} row" in text, name


def test_the_form_of_a_question_holds_what_was_asked_and_says_what_is_wrong(site: Site) -> None:
    text = answers.question(site, "risk-lookup", {"index": "high", "antibodies": "positive"})
    assert "index is &#39;high&#39;; right: a number such as 0.9 from 0" in text
    assert 'name="antibodies" value="positive"' in text
    assert "unknown parameter of risk-lookup &#39;network&#39;" in answers.question(site, "risk-lookup", {"network": "true"})
    assert "no row for exposure pmlkg:ataxia" in answers.question(site, "risk-lookup", {"exposure": "ataxia"})
    with pytest.raises(UnknownName):
        answers.question(site, "nothing", {})


def test_a_long_answer_begins_with_its_first_rows_and_says_so(site: Site) -> None:
    name = max((q for q in site.kg.questions.values() if not q.network), key=lambda q: len(site.kg.ask(q.name))).name
    total = len(site.kg.ask(name))
    assert total > 200
    first, whole = answers.question(site, name, {}), answers.question(site, name, {}, whole=True)
    assert f"{total} rows, the first 200" in first
    assert f"All {total} rows" in first
    assert first.count("<tr>") == 201
    assert whole.count("<tr>") == total + 1


def test_every_kind_of_record_has_a_page_with_its_links_below_the_root(site: Site) -> None:
    rows = site.kg.query("SELECT ?type (MIN(STR(?x)) AS ?first) { GRAPH pmlg:knowledge { ?x a ?type } } GROUP BY ?type ORDER BY ?type").rows
    assert len(rows) > 40
    for _, first in rows:
        text = record.record(site, first.value)
        assert 'href="/under/' in text
        assert f"<code>{first.value}</code>" in text


def test_a_claim_shows_sentence_figures_evidence_and_proof(site: Site) -> None:
    text = unescape(record.record(site, PMLKG + "claim-natalizumab-top-incidence-3y"))
    for part in (
        "1.078",
        "0.67",
        "1.734",
        "per 1,000 person-years",
        "first 3 years of treatment",
        "Table 3",
        "/under/explain?s=pmlkg%3Anatalizumab",
    ):
        assert part in text
    assert '<a href="/under/id/claim-pml-incidence-france.html">pmlkg:claim-pml-incidence-france</a>' in text  # what it is compared with
    (row,) = site.kg.query("SELECT ?s { pmlkg:claim-natalizumab-top-incidence-3y dcterms:description ?s }").rows
    assert row[0].value in text


def test_a_guideline_shows_all_that_it_advises(site: Site) -> None:
    rows = site.kg.query("SELECT ?s { ?c pmlo:guideline pmlkg:EMA2016 ; dcterms:description ?s }").rows
    text = unescape(record.record(site, PMLKG + "EMA2016"))
    assert rows
    assert all(show(row[0]) in text for row in rows)


def test_every_term_of_the_ontology_has_a_page_and_stands_in_the_list(site: Site) -> None:
    listed = record.ontology(site)
    terms = [row[0].value.removeprefix(PMLO) for row in site.kg.query("SELECT DISTINCT ?x { ?x rdfs:isDefinedBy ?o }").rows]
    assert len(terms) > 300
    for name in terms:
        assert f"{PMLO}{name}" in record.term(site, name)
    assert [name for name in terms if f'<dt id="{name}">' not in listed] == []


@pytest.mark.parametrize("exposure", ["natalizumab", "HIV infection", "sarcoidosis", "rituximab"])
def test_the_lead_page_has_each_row_its_conflicts_and_gaps(site: Site, exposure: str) -> None:
    answer = site.kg.ask("risk-to-guidance", exposure=exposure)
    text = " ".join(unescape(lead.lead(site, exposure)).split())
    for row in answer:
        assert " ".join(show(row["finding"]).split()) in text
    steps = {show(row["step"]) for row in answer}
    assert ("The graph holds nothing on" in text) == (len(steps - {"0 note"}) < 6)
    assert text.count("<em>against</em>") == len(answer.conflicts)
    with pytest.raises(UnknownName):
        lead.lead(site, "nobody")


def test_home_counts_what_is_there(site: Site) -> None:
    (claims,) = site.kg.query("SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a pmlo:Claim }").rows
    assert f"<dt>claims</dt><dd>{int(claims[0].value):,}</dd>" in front.home(site)
    told = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) are ", front.home(site))]
    assert sum(told) == int(claims[0].value)
    assert site.kg.folder.name in front.about(site)


def test_search_finds_things_and_says_where_it_finds_none(site: Site) -> None:
    assert "/under/id/natalizumab.html" in front.found(site, "Tysabri")
    assert "nothing found for" in front.found(site, "xyzzyq")


def test_vendored_files_are_those_that_were_taken() -> None:
    import hashlib

    folder = STATIC / "vendor"
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    licences = (folder / "LICENSES.txt").read_text(encoding="utf-8")
    assert all(path.name in licences for path in folder.iterdir() if path.suffix in (".js", ".css"))


def test_templates_escape() -> None:
    assert environment().autoescape is True
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
