"""The documentation: pages made from the graph are what the graph gives now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pmlkg.graph import KnowledgeGraph

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_made_from_the_graph_are_fresh(kg: KnowledgeGraph, generate: ModuleType) -> None:
    stale = [name for name, make in generate.PAGES.items() if (DOCS / name).read_text(encoding="utf-8") != make(kg)]
    assert stale == [], "run .venv/bin/python docs/generate.py"


def test_coverage_counts_are_those_of_the_records(kg: KnowledgeGraph, generate: ModuleType, built: object) -> None:
    """The page against the records themselves, not against the queries that made it."""
    document = built.records.document  # type: ignore[attr-defined]
    page = generate.coverage(kg)
    for kind in ("Drug", "RiskClaim", "Recommendation", "Population"):
        assert f"| `pmlo:{kind}` | {sum(item['type'] == kind for item in document)} |" in page
    statistics = sum(len(item.get("statistic", [])) for item in document)
    assert f"{statistics} statistics by measure." in page
