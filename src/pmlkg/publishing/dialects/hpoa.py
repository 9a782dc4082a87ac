"""Rows of HPO annotations for the manifestations of PML, in the form of ``phenotype.hpoa``, and a wider table of what these rows cannot hold.

Readers of that form take an empty frequency for always, sum rows of one term, and fail on a range; so a row has counts as they were
printed, or the band of a printed percentage, one row stands for a term (the largest cohort), and its reference has a PubMed identifier. Everything else is in the wider
table, with the reason why it is no such row.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from pmlkg.publishing.dialects.form import Dialect, link, to_columns
from pmlkg.reading.snapshot import Node, Snapshot
from pmlkg.terms import ONTOLOGY_IRI

COLUMNS: Final = (
    *("database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence", "onset", "frequency", "sex", "modifier", "aspect"),
    "biocuration",
)
EXTENDED: Final = (
    "disease",
    "hpo_id",
    "finding",
    "frequency",
    "percent",
    "low",
    "high",
    "in_whom",
    "period",
    "reference",
    "claim",
    "statistic",
    "no_row_for",
)
_FINDINGS: Final = frozenset(("hasClinicalFeature", "hasImagingFinding", "hasLaboratoryFinding", "hasHistologicalFinding"))
_DISEASE: Final = "pml"
_ANNOTATIONS: Final = "orphanet"
"""Whose frequency bands are annotations of this kind already: they are not given out again as ours."""


_BANDS: Final = ((100, "HP:0040280"), (80, "HP:0040281"), (30, "HP:0040282"), (5, "HP:0040283"), (0, "HP:0040284"))
"""Least percentage -> the term of HPO for so frequent: obligate, very frequent, frequent, occasional, very rare."""


def band(percent: str) -> str:
    """The term of HPO for a percentage, or nothing where it is none or lies between two bands.

    >>> band("45"), band("100"), band("79.5"), band("")
    ('HP:0040282', 'HP:0040280', '', '')
    """
    try:
        value = Decimal(percent)
    except InvalidOperation:
        return ""
    found = next((term for least, term in _BANDS if value >= least), "")
    gap = any(least - 1 < value < least for least, _ in _BANDS)  # the bands are of whole numbers
    return "" if gap or not 0 < value <= 100 else found


class _Row:
    """A frequency of a finding that has a term of HPO."""

    def __init__(self, claim: Node, statistic: Node, finding: Node, source: Node) -> None:
        self.claim, self.statistic, self.finding, self.source = claim, statistic, finding, source
        self.term = finding.exactly("HP")
        counts = statistic.text("numerator"), statistic.text("denominator")
        self.counts = "/".join(counts) if all(count.isdigit() for count in counts) else ""
        self.size = int(counts[1]) if self.counts else 0
        self.frequency = self.counts or (band(statistic.text("value")) if statistic.text("unit") == "%" else "")
        known = _ANNOTATIONS in (source.id + source.text("container") + source.text("issuer")).lower()
        self.lacks = [
            reason
            for reason, lacking in (
                ("an annotation of Orphanet, which HPO has already", known),
                ("a form of the disease", claim.text("subject") != _DISEASE),
                ("a claim that is not current", claim.text("status") != "current"),
                ("no counts and no percentage in one band", not self.frequency),
                ("people to compare with", statistic.text("arm") == "comparatorArm"),
                ("no PubMed identifier", not source.text("pmid")),
            )
            if lacking
        ]


def _rows(graph: Snapshot) -> Iterator[_Row]:
    for claim in graph.claims:
        finding = claim.node("object")
        if claim.text("predicate") not in _FINDINGS or finding is None or not finding.exactly("HP"):
            continue
        source = next((source for _, item in claim.evidence for source in item.nodes("source")), None)
        if source is None:
            continue
        for statistic in claim.nodes("statistic"):
            if statistic.text("measure") == "frequency":
                yield _Row(claim, statistic, finding, source)


def _write(graph: Snapshot) -> dict[str, bytes]:
    header = graph.node(ONTOLOGY_IRI)
    date, version = header.text("dcterms:modified"), header.text("owl:versionInfo")
    rows = list(_rows(graph))
    best: dict[str, _Row] = {}
    for row in rows:
        if not row.lacks and (row.term not in best or row.size > best[row.term].size):
            best[row.term] = row
    disease = graph.node(_DISEASE)
    strict = [
        {
            "database_id": disease.exactly("ORPHA"),
            "disease_name": disease.label,
            "hpo_id": row.term,
            "reference": f"PMID:{row.source.text('pmid')}",
            "evidence": "PCS",
            "frequency": row.frequency,
            "aspect": "P",
            "biocuration": f"PMLKG:curators[{date}]",
        }
        for _, row in sorted(best.items())
    ]
    wide = [
        {
            "disease": row.claim.text("subject"),
            "hpo_id": row.term,
            "finding": row.finding.label,
            "frequency": row.counts,
            "percent": row.statistic.text("value"),
            "low": row.statistic.text("low"),
            "high": row.statistic.text("high"),
            "in_whom": row.statistic.text("inWhom"),
            "period": row.statistic.text("period"),
            "reference": link(row.source),
            "claim": row.claim.id,
            "statistic": row.statistic.id,
            "no_row_for": "; ".join(row.lacks) or ("" if best[row.term] is row else "a larger cohort has the row"),
        }
        for row in sorted(rows, key=lambda row: (row.term, row.claim.id, row.statistic.id))
    ]
    lines = (
        "#description: Frequencies of the manifestations of progressive multifocal leukoencephalopathy, each from the largest cohort that pmlkg holds",
        f"#version: {date}",
        "#tracker: https://w3id.org/pmlkg",
        f"#pmlkg-version: {version}",
        f"#rows: {len(strict)} of {len(rows)} frequencies; why each of the others has none stands in frequencies.tsv",
    )
    return {
        "hpoa/pmlkg.hpoa": ("\n".join(lines) + "\n").encode() + to_columns(COLUMNS, strict),
        "hpoa/frequencies.tsv": to_columns(EXTENDED, wide),
    }


DIALECT = Dialect(
    "HPO annotation rows for the manifestations (phenotype.hpoa), with a wider table",
    _write,
    loses="everything but the frequency in the largest cohort of PML itself, of a finding with an HPO term, from a source with a PubMed identifier that HPO has not "
    "yet. Each other frequency, with its interval and group, stands in the wider table with the reason; the head of the strict file says how many rows it has, which may be none",
    judge="hpo-toolkit 0.8.1 reads each row of a graph that has some with its counts",
)
