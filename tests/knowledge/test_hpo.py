"""The annotations of Orphanet in HPO terms, row by row against the claims on their source, both ways."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from pmlkg.pipeline.build import Built
from pmlkg.terms import PMLKG, PMLO, SKOS

ROWS = Path(__file__).parents[1] / "data" / "evidence" / "hpo-orphanet-pml.tsv"
HP = "http://purl.obolibrary.org/obo/HP_"
SOURCE = PMLKG + "OrphanetHPO2025"

Node = dict[str, set[str]]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with ROWS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.fixture(scope="module")
def nodes(built: Built) -> dict[str, Node]:
    """IRI -> property -> values, of records and mappings."""
    found: dict[str, Node] = defaultdict(lambda: defaultdict(set))
    for triple in (*built.graphs["knowledge"], *built.graphs["mappings"]):
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode | ox.Literal):
            found[triple.subject.value][triple.predicate.value].add(triple.object.value)
    return found


@pytest.fixture(scope="module")
def claims(nodes: dict[str, Node]) -> list[Node]:
    """The claims that have evidence from the annotations."""
    return [node for node in nodes.values() if SOURCE in _sources(nodes, node)]


def _sources(nodes: dict[str, Node], claim: Node) -> set[str]:
    return {source for item in claim.get(PMLO + "supportedBy", ()) for source in nodes[item][PMLO + "source"]}


def _terms(entity: Node) -> set[str]:
    """HPO terms that an entity matches, exactly or closely; a broader term is another finding."""
    return {iri for match in ("exactMatch", "closeMatch") for iri in entity.get(SKOS + match, ()) if iri.startswith(HP)}


def test_rows_are_one_disease_and_no_row_is_negated_or_qualified(rows: list[dict[str, str]]) -> None:
    """What the claims do not say, the rows do not say either."""
    assert rows
    assert {(row["disease_id"], row["aspect"]) for row in rows} == {("ORPHA:217260", "P")}
    assert {row[column] for row in rows for column in ("qualifier", "onset", "sex", "modifier")} == {""}


def test_rows_and_claims_are_the_same(rows: list[dict[str, str]], claims: list[Node], nodes: dict[str, Node]) -> None:
    expected = sorted((HP + row["hpo_id"].removeprefix("HP:"), row["frequency_label"], row["frequency_range"]) for row in rows)
    found = []
    for claim in claims:
        ((entity,), (statistic,), (band,)) = (claim[PMLO + name] for name in ("object", "statistic", "modality"))
        (term,) = _terms(nodes[entity])
        ((low,), (high,)) = (nodes[statistic][PMLO + name] for name in ("rangeLow", "rangeHigh"))
        found.append((term, band, f"{low}-{high}%"))
    assert sorted(found) == expected


def test_claims_are_of_pml_current_and_in_percent(claims: list[Node], nodes: dict[str, Node]) -> None:
    for claim in claims:
        assert (claim[PMLO + "subject"], claim[PMLO + "status"]) == ({PMLKG + "pml"}, {PMLO + "current"})
        (statistic,) = claim[PMLO + "statistic"]
        assert (nodes[statistic][PMLO + "measure"], nodes[statistic][PMLO + "unit"]) == ({PMLO + "frequency"}, {"%"})


def test_bands_are_not_merged_with_figures_of_cohorts(claims: list[Node], nodes: dict[str, Node]) -> None:
    assert [claim for claim in claims if _sources(nodes, claim) != {SOURCE}] == []


def test_source_has_the_release_of_the_rows(rows: list[dict[str, str]], nodes: dict[str, Node]) -> None:
    (release,) = {row["data_version"] for row in rows}
    assert nodes[SOURCE][PMLO + "version"] == {f"HPO release {release}"}
    assert nodes[SOURCE][PMLO + "year"] == {release[:4]}
