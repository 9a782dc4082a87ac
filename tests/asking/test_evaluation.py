"""A query ends at its bounds, whatever it is, and the process that asked goes on."""

from __future__ import annotations

import threading
import time

import pytest

from pmlkg.asking.evaluation import Bounds, OutOfBounds
from pmlkg.graph import KnowledgeGraph

PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ FILTER({'(' * 10_000}1{')' * 10_000}) }}",
        f"SELECT * {'{' * 100_000}?s ?p ?o{'}' * 100_000}",
        f"SELECT * {{ FILTER({'!' * 100_000}true) }}",
        f"SELECT * {{ {' UNION '.join(['{?s ?p ?o}'] * 20_000)} }}",
    ],
    ids=["brackets", "groups", "negations", "unions"],
)
def test_what_is_nested_too_deeply_is_told(kg: KnowledgeGraph, query: str) -> None:
    with pytest.raises(OutOfBounds, match="nested too deeply"):
        kg.query(query)
    assert kg.query("ASK { ?x a pmlo:Virus }").boolean is True


@pytest.mark.parametrize("query", [f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}", f"SELECT * {{ {PRODUCT} }} ORDER BY ?l LIMIT 1"])
def test_time_is_bounded(kg: KnowledgeGraph, query: str) -> None:
    start = time.monotonic()
    with pytest.raises(OutOfBounds, match=r"no answer within 0\.3 s"):
        kg.query(query, timeout=0.3)
    assert time.monotonic() - start < 10


def test_memory_is_bounded(kg: KnowledgeGraph) -> None:
    small = KnowledgeGraph(kg.folder, kg.data, Bounds(megabytes=64))
    with pytest.raises(OutOfBounds, match="more than 64 MB"):
        small.query(f"SELECT * {{ {PRODUCT} }} ORDER BY ?l")
    assert len(small.query("SELECT ?x { ?x a pmlo:Virus }")) > 0


def test_rows_are_refused_and_never_cut(kg: KnowledgeGraph) -> None:
    few = KnowledgeGraph(kg.folder, kg.data, Bounds(rows=10))
    assert len(few.query("SELECT * { ?s ?p ?o } LIMIT 10")) == 10
    with pytest.raises(OutOfBounds, match="more than 10 rows"):
        few.query("SELECT * { ?s ?p ?o } LIMIT 11")
    with pytest.raises(OutOfBounds, match="more than 10 triples"):
        few.query("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 11")


def test_bounds_that_are_none_are_refused(kg: KnowledgeGraph) -> None:
    with pytest.raises(ValueError, match="the bound of megabytes is 0"):
        KnowledgeGraph(kg.folder, kg.data, Bounds(megabytes=0)).query("ASK {}")


def test_threads_may_ask_side_by_side(kg: KnowledgeGraph) -> None:
    counts: list[int] = []

    def ask() -> None:
        counts.extend(len(kg.query("SELECT ?x { ?x a pmlo:Drug }")) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 80
    assert set(counts) == {counts[0]}


def test_one_answer_has_the_same_values_in_every_form(kg: KnowledgeGraph) -> None:
    answer = kg.query("SELECT (STRUUID() AS ?chance) {}")
    chance = answer.rows[0][0].value
    assert all(chance in answer.serialize(form) for form in ("table", "csv", "tsv", "json", "xml"))
