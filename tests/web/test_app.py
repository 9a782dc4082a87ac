"""Every address of the real graph: things, documents, pages; with their links, and without anybody else's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmlkg import __version__
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import GRAPHS
from pmlkg.web.forks import Limits
from pmlkg.web.service import Service

from .asking import Ask, asking


@pytest.fixture(scope="module")
def ask(kg: KnowledgeGraph) -> Iterator[Ask]:
    with asyncio.Runner() as runner:
        open_here = KnowledgeGraph(kg.folder, kg.data, bounds=None)
        yield asking(Service(open_here, Limits(megabytes=4096), watch=False), runner)


class Links(HTMLParser):
    """What a page links to, loads, and has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        self.tags.append(tag)
        self.ids += [have["id"]] if have.get("id") else []
        if tag == "a" and have.get("href"):
            self.links.append(str(have["href"]))
        if tag in ("img", "script", "link") and (have.get("src") or have.get("href")):
            self.loads.append(str(have.get("src") or have.get("href")))
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"], (tag, attrs)
        assert tag != "img" or have.get("alt")


PAGES = [
    "/", "/lead?exposure=natalizumab", "/lead?exposure=HIV%20infection", "/lead?exposure=sarcoidosis", "/question", "/question/risk-lookup",
    "/question/risk-to-guidance", "/question/guidance-side-by-side", "/question/mechanism", "/question/wikidata-drugs", "/find?q=Tysabri",
    "/find?q=xyzzyq", "/path?start=hiv-infection&end=hemiparesis", "/explain?s=pml&p=hasRiskFactor&o=natalizumab", "/id/natalizumab.html",
    "/id/pml.html", "/id/claim-natalizumab-top-incidence-3y.html", "/id/EMA2016.html", "/id/Butzkueven2020.html", "/term/Drug", "/term/incidence",
    "/ontology.html", "/graph.html", "/coverage", "/about", "/editor",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made_and_loads_nothing_from_elsewhere(ask: Ask, path: str) -> None:
    response = ask(path, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Links()
    page.feed(response.text)
    assert [load for load in page.loads if not load.startswith("/")] == []
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert "not medical advice" in response.text
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", response.text)
    assert inline == []


@pytest.mark.parametrize(
    "path", ["/", "/lead?exposure=natalizumab", "/id/natalizumab.html", "/id/EMA2016.html", "/question/risk-to-guidance"]
)
def test_the_links_of_a_page_lead_somewhere(ask: Ask, path: str) -> None:
    page = Links()
    page.feed(ask(path).text)
    own = list(dict.fromkeys(link for link in page.links if link.startswith("/")))
    assert len(own) >= 10
    step = max(len(own) // 25, 1)
    for link in own[::step]:
        assert ask(link.partition("#")[0]).status_code in (200, 302), link


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [("text/html", "html"), ("text/turtle", "ttl"), ("application/ld+json", "jsonld"), ("application/rdf+xml", "rdf"), (None, "html")],
)
def test_a_thing_points_to_the_document_that_suits(ask: Ask, accept: str | None, suffix: str) -> None:
    response = ask("/id/natalizumab", headers={"accept": accept} if accept else {})
    assert (response.status_code, response.headers["location"]) == (303, f"/id/natalizumab.{suffix}")
    assert "Accept" in response.headers["vary"]
    document = ask(response.headers["location"])
    assert document.status_code == 200
    link = document.headers["link"]
    assert '</id/natalizumab.ttl>; rel="alternate"; type="text/turtle"' in link
    assert '<https://w3id.org/pmlkg/id/natalizumab>; rel="describes"' in link
    assert 'rel="license"' in link


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # of rdflib's parser about rdflib
def test_what_a_thing_says_is_what_the_graph_says(ask: Ask, kg: KnowledgeGraph) -> None:
    graphs = [
        rdflib.Graph().parse(data=ask(f"/id/natalizumab.{suffix}").content, format=name)
        for suffix, name in (("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld"))
    ]
    expected = rdflib.Graph().parse(data=kg.serialize("ntriples", entity="natalizumab"), format="nt")
    assert all(len(graph) == len(expected) for graph in graphs)
    assert ask("/id/natalizumab.json").json() == json.loads(json.dumps(kg.show("natalizumab").to_dict()))


@pytest.mark.parametrize("path", ["/ontology", f"/ontology/{__version__}", "/shapes", "/mappings", "/graph", "/graph/edges"])
def test_a_document_comes_in_the_form_that_is_asked_for(ask: Ask, path: str) -> None:
    for accept, format in (("text/turtle", ox.RdfFormat.TURTLE), ("application/n-triples", ox.RdfFormat.N_TRIPLES)):
        response = ask(path, headers={"accept": accept})
        assert response.status_code == 200
        assert len(list(ox.parse(response.content, format=format))) > 100
    assert ask(f"{path}.nt").content == response.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/id/nobody", 404), ("/id/nobody.html", 404), ("/id/nobody.ttl", 404), ("/id/a%20b", 404), ("/id/..%2f..%2fetc%2fpasswd", 404), ("/term/Nothing", 404),
        ("/question/nothing", 404), ("/question/nothing.csv", 404), ("/question/tropism.docx", 406), ("/question/tropism.csv?network=true", 400),
        ("/question/tropism.csv?timeout=1", 400), ("/question/tropism.svg", 400), ("/question/risk-by-exposure.svg?width=wide", 400),
        ("/question/risk-by-exposure.svg?top=many", 400), ("/question/wikidata-drugs.csv", 403), ("/lead?exposure=nobody", 404), ("/explain?s=pml&p=causes&o=pml", 404),
        ("/explain.exe?s=pml&p=causes&o=pml", 404), ("/ontology/9.9", 404), ("/graph/nothing", 404), ("/static/../app.py", 404), ("/nothing", 404), ("/.env", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_right_is_told(ask: Ask, kg: KnowledgeGraph, path: str, status: int) -> None:
    for accept in ("text/html", "*/*"):
        response = ask(path, headers={"accept": accept})
        assert response.status_code == status, response.text[:200]
        assert "Traceback" not in response.text
        assert str(kg.data.root) not in response.text
        assert response.headers["x-content-type-options"] == "nosniff"
    page = ask(path, headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/find?q={}", "/lead?exposure={}", "/question/risk-lookup?exposure={}", "/path?start={}&end=pml", "/id/{}", "/term/{}"]
)
def test_a_text_of_the_client_is_never_markup(ask: Ask, path: str) -> None:
    response = ask(path.format("%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%7B%7B7*7%7D%7D"), headers={"accept": "text/html"})
    assert "<script>alert" not in response.text
    assert "49" not in re.findall(r"alert\(1\)[^<]{0,30}", response.text.replace("%7B%7B7*7%7D%7D", ""))
    assert response.status_code in (200, 404)


def test_the_description_of_the_service_has_every_graph_and_form(ask: Ask) -> None:
    graph = rdflib.Graph().parse(data=ask("/sparql", headers={"accept": "text/turtle"}).content, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    (service,) = graph.subjects(rdflib.RDF.type, sd.Service)
    assert str(service) == "http://test/sparql"
    assert {str(name) for name in graph.objects(None, sd.name)} == {node.value for node in GRAPHS.values()}
    assert len(list(graph.objects(service, sd.resultFormat))) == 10
    assert graph.value(service, sd.defaultEntailmentRegime)


def test_things_and_terms_are_named_by_their_labels(ask: Ask) -> None:
    names = [hit["name"] for hit in ask("/find.json?q=natalizumab").json()["hits"]]
    assert names[0] == "pmlkg:natalizumab"
    assert "pmlkg:natalizumab" in [hit["name"] for hit in ask("/find.json?q=tysabri").json()["hits"]]
    assert "pmlo:increasesRiskOf" in [hit["name"] for hit in ask("/find.json?q=increases%20risk").json()["hits"]]
    assert ask("/find.json?q=%22%5C").json() == {"hits": []}
    assert ask("/find.json").json() == {"hits": []}


def test_health_and_metrics(ask: Ask, kg: KnowledgeGraph) -> None:
    assert ask("/health").json() == {"status": "ok", "version": __version__, "graph": kg.folder.name}
    assert 'pmlkg_requests_total{route="/health",status="200"}' in ask("/metrics").text
    assert "nobody" not in ask("/metrics").text  # what was asked is nobody's business


def test_the_lead_page_has_every_row_of_the_lead_question(ask: Ask, kg: KnowledgeGraph) -> None:
    text = ask("/lead?exposure=Tysabri").text
    for row in kg.ask("risk-to-guidance"):
        if row["claim"] is not None:
            assert f"/id/{row['claim'].value.rpartition('/')[2]}.html" in text
    assert "question/risk-by-exposure.svg?factor=natalizumab" in text


def test_a_large_page_is_sent_small_to_who_can_read_it(ask: Ask) -> None:
    packed = ask("/ontology.html", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == ask("/ontology.html", headers={"accept-encoding": "identity"}).text


_WORDS = st.lists(
    st.sampled_from(["/id/", "/term/", "/question/", "/lead?exposure=", "/find?q=", "/path?start=", "&end=", "/explain?s=", "&p=", "&o=", "natalizumab", "pml",
                     "tropism", ".csv", ".svg", ".ttl", "?format=", "json", "%00", "%ff", "%2e%2e%2f", "<b>", "'", "\"", "{{1}}", "?width=", "180mm", "é", " ", "//", ";", "#"]),
    max_size=6,
)  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    _WORDS,
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
    st.sampled_from(["*/*", "text/html", "text/turtle;q=x", "", "a/b"]),
)
def test_whatever_is_asked_is_answered_with_a_status_that_says_whose_fault_it_is(
    ask: Ask, words: list[str], method: str, accept: str
) -> None:
    response = ask("/" + "".join(words).lstrip("/"), method, headers={"accept": accept})
    assert response.status_code in (200, 302, 303, 400, 403, 404, 405, 406, 415), (words, response.text[:200])
    assert "Traceback" not in response.text


def test_a_page_that_has_not_changed_keeps_its_policy(ask: Ask) -> None:
    first = ask("/editor")
    again = ask("/editor", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" not in again.headers


def test_the_description_for_programs_has_paths_that_answer(ask: Ask, kg: KnowledgeGraph) -> None:
    described = ask("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {path for path in described["paths"] if path.startswith("/question/")} == {
        f"/question/{question.name}" for question in kg.questions.values() if not question.network
    }
    filled = {"/id/{name}": "/id/pml", "/term/{name}": "/term/Drug", "/graph/{name}": "/graph/edges"}
    for path in described["paths"]:
        status = ask(filled.get(path, path), headers={"accept": "*/*"}).status_code
        assert str(status) in described["paths"][path]["get"]["responses"], path
