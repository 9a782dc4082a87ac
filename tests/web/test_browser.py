"""The pages in a browser, as a person walks them. Needs chromium and `requirements/browser.txt`; where they are not, these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pmlkg.graph import KnowledgeGraph

from .test_server import Server

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -r requirements/browser.txt")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
AXE = (Path(__file__).parents[1] / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
KINDS = (
    "/", "/lead?exposure=natalizumab", "/question", "/question/risk-lookup", "/question/guidance-side-by-side", "/id/natalizumab.html",
    "/id/claim-natalizumab-top-incidence-3y.html", "/id/EMA2016.html", "/term/Drug", "/ontology.html", "/graph.html", "/find?q=MRI",
    "/path?start=hiv-infection&end=hemiparesis", "/explain?s=pml&p=hasRiskFactor&o=natalizumab", "/map?entity=rituximab", "/coverage", "/about", "/nothing",
)  # fmt: skip
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Walk:
    """A browser at a running server; what its pages said to the console, and what they asked for elsewhere."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address
        self.said: list[str] = []
        self.elsewhere: list[str] = []

    def page(self, width: int = 1280, **how: Any) -> Any:
        page = self.browser.new_context(viewport={"width": width, "height": 900}, **how).new_page()
        page.on("console", lambda message: self.said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda asked: self.elsewhere.append(asked.url) if not asked.url.startswith((self.address, "data:", "blob:")) else None,
        )
        return page


@pytest.fixture(scope="module")
def walk(kg: KnowledgeGraph) -> Iterator[Walk]:
    server = Server(kg.data.root, "--build-dir", str(kg.folder.parent))
    try:
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            walk = Walk(browser, server.address)
            yield walk
            browser.close()
        assert walk.said == []
        assert walk.elsewhere == []
    finally:
        assert server.stop() == 0


def test_from_the_form_to_the_source(walk: Walk) -> None:
    page = walk.page()
    page.goto(f"{walk.address}/")
    page.fill("#exposure", "Tysabri")
    page.click("form[action$='/lead'] button")
    assert page.locator("h1").text_content() == "natalizumab and PML"
    page.locator("ul.rows li a").first.click()
    assert page.locator("text=proof of the edge").count() == 1
    page.locator("h2:has-text('Evidence') + ul a").first.click()
    assert page.locator("h2:has-text('What it supports')").count() == 1


def test_a_query_runs_in_the_editor_and_its_links_lead_to_pages(walk: Walk) -> None:
    page = walk.page()
    page.goto(f"{walk.address}/editor")
    page.click(".yasqe_queryButton")
    page.wait_for_selector(".yasr_results table tbody tr")
    page.locator(".yasr_results table a").first.click()
    page.wait_for_url("**/id/*.html")
    page.goto(f"{walk.address}/question/tropism")
    page.click("summary")
    page.click("text=Open in the editor")
    page.wait_for_selector(".CodeMirror")
    assert "pmlo:infects" in page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")


def test_a_thing_is_put_into_a_query_by_its_label(walk: Walk) -> None:
    page = walk.page()
    page.goto(f"{walk.address}/editor")
    page.wait_for_selector(".CodeMirror")
    page.fill("#thing", "Tysabri")
    page.wait_for_selector("#things option", state="attached")
    page.press("#thing", "Enter")
    assert "pmlkg:natalizumab" in page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")


def test_a_table_is_sorted_and_filtered(walk: Walk) -> None:
    page = walk.page()
    page.goto(f"{walk.address}/question/risk-lookup")
    heads = page.locator("th").all_text_contents()
    place = next(number for number, head in enumerate(heads) if head.startswith("value"))
    page.click(f"th:nth-child({place + 1}) button")
    values = [float(cell) for cell in page.locator(f"tbody tr td:nth-child({place + 1})").all_text_contents() if cell]
    assert values == sorted(values)
    page.locator("main input[type=search]").fill("Ho2017")
    assert page.locator("tbody tr:visible").count() < page.locator("tbody tr").count()


def test_a_map_is_walked_with_the_keyboard(walk: Walk) -> None:
    page = walk.page()
    page.goto(f"{walk.address}/map?entity=rituximab")
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    assert ": " in (page.locator("#map-told").text_content() or "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/*.html")


@pytest.mark.parametrize("path", KINDS)
def test_nothing_is_in_the_way_of_a_reader_and_nothing_runs_over_the_edge(walk: Walk, path: str) -> None:
    for scheme in ("light", "dark"):
        page = walk.browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True, color_scheme=scheme).new_page()
        page.goto(walk.address + path)
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
        page.close()
    narrow = walk.browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    narrow.goto(walk.address + path)
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    narrow.close()


def test_a_page_is_read_without_a_script(walk: Walk) -> None:
    page = walk.page(java_script_enabled=False)
    page.goto(f"{walk.address}/question/risk-lookup")
    assert page.locator("tbody tr").count() > 10
    page.goto(f"{walk.address}/editor")
    assert page.locator("noscript form").count() == 1
