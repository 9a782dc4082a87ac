"""The site of files: every link leads somewhere, nothing is asked of anyone else, and the IRIs can be led to it."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest

from pmlkg.cli import main
from pmlkg.graph import KnowledgeGraph
from pmlkg.pages import answers, front, record
from pmlkg.pages.lead import lead
from pmlkg.publishing.folder import SUMS
from pmlkg.publishing.site import StaticSite, w3id, write_site
from pmlkg.terms import PMLKG, PMLO
from pmlkg.version import __version__

ATTRIBUTE = re.compile(r'<(\w+)[^>]*?\s(?:href|src|srcset|action)="([^"]*)"')


@pytest.fixture(scope="module")
def site(tiny: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites") / "site"
    write_site(KnowledgeGraph.open(tiny.data.root), folder, processes=1)
    return folder


def leading(page: str, text: str) -> Iterator[tuple[str, str]]:
    """Tag and file of each link of a page to the site itself; what leads elsewhere as it is."""
    for tag, address in ATTRIBUTE.findall(text):
        parts = urlsplit(html.unescape(address))
        if parts.scheme:
            yield tag, address
        elif parts.path:
            yield tag, os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path)))


def test_every_link_of_every_page_leads_to_a_file(site: Path) -> None:
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert {"index.html", "id/pml.html", "id/pml.ttl", "id/pml.jsonld", "id/pml.nt", "question/echo.html", "find.html", SUMS} <= files
    for page in sorted(name for name in files if name.endswith(".html")):
        for tag, target in leading(page, (site / page).read_text(encoding="utf-8")):
            if target.startswith(("http://", "https://")):
                assert tag == "a", f"{page} fetches {target}"
            else:
                assert target in files, f"{page} leads to {target}"


def test_every_link_of_the_real_pages_leads_to_a_page_that_is_written(kg: KnowledgeGraph) -> None:
    """The pages of kinds that the small graph does not have, against the names of what `write_site` writes."""
    real = KnowledgeGraph.open(kg.data.root)
    exposures = frozenset(row[0].value.removeprefix(PMLKG) for row in real.query(front.EXPOSURES).rows)
    top, below = StaticSite(real, 0, exposures), StaticSite(real, 1, exposures)
    pages = {
        "index.html": front.home(top),
        "coverage.html": front.coverage(top),
        "shapes.html": record.shapes(top),
        "ontology.html": record.ontology(top),
        "lead/natalizumab.html": lead(below, "natalizumab"),
        "map/pml.html": record.around(below, "pml"),
        "question/index.html": answers.catalogue(below),
        "question/risk-by-exposure.html": answers.question(below, "risk-by-exposure", {}, whole=True),
        **{
            f"id/{name}.html": record.record(below, PMLKG + name)
            for name in ("natalizumab", "DHHS2025", "rec-aga-against-natalizumab", "TysabriPIL")
        },
        "term/increasesRiskOf.html": record.term(below, "increasesRiskOf"),
    }
    for page, text in pages.items():
        for _, target in leading(page, text):
            if not target.startswith("http"):
                assert written(target, real, exposures), f"{page} leads to {target}"
    assert "Sign in" not in pages["index.html"]
    assert "sparql" not in pages["index.html"].lower()


def written(target: str, kg: KnowledgeGraph, exposures: frozenset[str]) -> bool:
    folder, _, name = target.rpartition("/")
    stem, _, ending = name.rpartition(".")
    graph = kg.store
    match folder:
        case "id":
            return ending in ("html", "ttl", "jsonld", "nt", "rdf", "json") and _there(graph, PMLKG + stem)
        case "term":
            return ending == "html" and _there(graph, PMLO + stem)
        case "map":
            return bool(graph.query(f"ASK {{ <{PMLKG}{stem}> a <{PMLO}Entity> }}", use_default_graph_as_union=True))
        case "lead":
            return stem in exposures
        case "question":
            return stem in {"index", *kg.questions} and ending in ("html", "csv", "tsv", "json", "md", "svg")
        case "graph":
            return stem in kg.triples
        case "static" | "static/vendor":
            from pmlkg.pages.site import STATIC

            return (STATIC / target.removeprefix("static/")).is_file()
    return target in {"index.html", "about.html", "coverage.html", "find.html", "ontology.html", "shapes.html", "graph.html"} or (
        stem in ("ontology", "shapes", "mappings") and ending in ("ttl", "jsonld", "rdf", "nt")
    )


def _there(store: ox.Store, iri: str) -> bool:
    return next(iter(store.quads_for_pattern(ox.NamedNode(iri), None, None, None)), None) is not None


def test_the_data_beside_a_page_is_what_the_graph_says(site: Path, tiny: KnowledgeGraph) -> None:
    for suffix, syntax in (("ttl", "turtle"), ("jsonld", "jsonld"), ("nt", "ntriples")):
        assert (site / f"id/claim-risk.{suffix}").read_bytes() == tiny.serialize(syntax, entity="claim-risk", named=False)
    assert json.loads((site / "id/claim-risk.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(tiny.show("claim-risk").to_dict())
    )
    things = {q.subject.value for q in tiny.quads() if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(PMLKG)}
    assert {f"{iri.removeprefix(PMLKG)}.html" for iri in things} == {path.name for path in (site / "id").glob("*.html")}


def test_again_and_with_more_processes_it_is_the_same_bytes(site: Path, tiny: KnowledgeGraph, tmp_path: Path) -> None:
    write_site(KnowledgeGraph.open(tiny.data.root), tmp_path / "again", processes=2)
    assert (tmp_path / "again" / SUMS).read_text() == (site / SUMS).read_text()


def test_the_command(tiny: KnowledgeGraph, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", str(tmp_path / "s"), "--data", str(tiny.data.root), "--processes", "1"]) == 0
    told = capsys.readouterr()
    assert "open index.html there" in told.out
    assert "writing the pages of" in told.err
    assert main(["site", str(tmp_path / "s"), "--data", str(tiny.data.root), "--processes", "0"]) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("x")
    assert main(["site", str(tmp_path / "mine"), "--data", str(tiny.data.root), "--quiet"]) == 3
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["x"]


# --- in a browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    if not program:
        pytest.skip("no chromium")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_a_folder_without_a_server_and_axe_finds_nothing(scheme: str, site: Path, browser: Any) -> None:
    axe = (Path(__file__).parents[1] / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in (
        "index",
        "id/drug",
        "id/claim-risk",
        "id/Article2020",
        "question/echo",
        "question/index",
        "ontology",
        "shapes",
        "graph",
        "find",
        "about",
        "coverage",
    ):
        page.goto((site / f"{name}.html").as_uri())
        found = page.evaluate(axe + ";axe.run(document, {preload: false}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].target))")
        assert found == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    assert [address for address in asked if not address.startswith("file:")] == []
    assert said == []
    context.close()


def test_search_runs_in_the_page(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.fill("#q", "PS")
    page.press("#q", "Enter")
    page.wait_for_selector("#hits a")
    assert page.locator("#hits a").first.inner_text() == "progressive syndrome"
    page.locator("#hits a").first.click()
    assert page.url.endswith("/id/pml.html")
    page.goto((site / "find.html").as_uri())
    page.fill("#words", "nothing like it")
    assert page.locator("#told").inner_text() == "0 found"
    page.close()


def test_a_printed_page_has_its_content_on_paper(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "id/claim-risk.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert len(page.pdf(format="A4")) > 5_000
    page.close()


# --- the IRIs lead to it --------------------------------------------------------------------------------------------------

REQUESTS = [
    ("/id/natalizumab", "text/html,*/*", 303, "/id/natalizumab.html"),
    ("/id/natalizumab", "text/turtle", 303, "/id/natalizumab.ttl"),
    ("/id/natalizumab", "application/ld+json", 303, "/id/natalizumab.jsonld"),
    ("/id/natalizumab", "application/rdf+xml", 303, "/id/natalizumab.rdf"),
    ("/id/natalizumab.ttl", "*/*", 302, "/id/natalizumab.ttl"),
    ("/id/Article-1.2", "application/n-triples", 303, "/id/Article-1.2.nt"),
    ("/ontology", "text/turtle", 303, "/ontology.ttl"),
    ("/ontology", "text/html", 303, "/ontology.html"),
    ("/ontology/0.3.0", "*/*", 303, "/ontology.html"),
    ("/ontology/0.3.0", "application/rdf+xml, text/turtle;q=0.9", 303, "/ontology.ttl"),
    ("/id/natalizumab", "text/html, text/turtle;q=0.1", 303, "/id/natalizumab.html"),
    ("/np/claim-natalizumab-top-incidence-3y", "*/*", 303, f"/releases/{__version__}/dialects/nanopubs.trig"),
    ("/graph/dataset/links/MONDO-exactMatch", "text/turtle", 303, f"/releases/{__version__}/void.ttl"),
    ("/schemas/statement.json", "*/*", 302, f"/releases/{__version__}/dialects/va-spec/statement.schema.json"),
    ("/shapes", "text/turtle", 303, "/shapes.ttl"),
    ("/mappings", "*/*", 303, "/mappings.ttl"),
    ("/graph/edges", "text/turtle", 303, "/graph/edges.ttl"),
    ("/graph/edges", "text/html", 303, "/graph.html"),
    ("/releases/0.3.0/pmlkg.ttl", "*/*", 302, "/releases/0.3.0/pmlkg.ttl"),
    ("/", "text/html", 302, "/"),
]
BASE = "https://example.org/pml"


@pytest.fixture(scope="module")
def apache() -> Iterator[int]:
    """Apache on loopback with the redirects in its root, as w3id.org has them."""
    program = shutil.which("apache2") or ("/usr/sbin/apache2" if os.path.exists("/usr/sbin/apache2") else None)
    if not program:
        pytest.skip("no Apache; on Debian, install apache2-bin")
    folder = Path(tempfile.mkdtemp())  # the folders of the tests are for their owner alone, and Apache gives up being root
    (folder / "root").mkdir()
    (folder / "root" / ".htaccess").write_text(w3id(BASE), encoding="utf-8")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    modules = Path("/usr/lib/apache2/modules")
    loaded = "\n".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so"
        for name in ("mpm_event", "authz_core", "rewrite", "mime", "dir", "negotiation", "alias")
    )
    user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    folder.chmod(0o755)
    (folder / "httpd.conf").write_text(
        f'ServerRoot "{folder}"\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile "{folder}/pid"\nErrorLog "{folder}/error.log"\nDefaultRuntimeDir "{folder}"\n{loaded}\n{user}'
        f'TypesConfig /etc/mime.types\nDocumentRoot "{folder}/root"\n<Directory "{folder}/root">\nAllowOverride All\nRequire all granted\n</Directory>\n'
    )
    process = subprocess.Popen([program, "-f", str(folder / "httpd.conf"), "-X"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "error.log").read_text() if (folder / "error.log").exists() else "Apache has ended"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("path", "accept", "code", "target"), REQUESTS)
def test_the_redirects_lead_an_iri_to_its_page_or_its_data(path: str, accept: str, code: int, target: str, apache: int) -> None:
    connection = HTTPConnection("127.0.0.1", apache, timeout=20)
    connection.request("GET", path, headers={"Accept": accept})
    reply = connection.getresponse()
    assert (reply.status, reply.getheader("Location")) == (code, BASE + target)
    connection.close()


def test_redirects_go_to_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "unused", "--w3id", BASE + "/"]) == 0
    assert f"{BASE}/id" not in capsys.readouterr().out.replace(f"{BASE}/$1", "")
    for odd in ("https://example.org/p?x=$1", "https://example.org/a%1", "https://somebody:secret@example.org/"):
        assert main(["site", "unused", "--w3id", odd]) == 2
        told = capsys.readouterr().err
        assert "right:" in told
        assert "secret" not in told
    assert main(["site", "unused", "--w3id", "nowhere"]) == 2
