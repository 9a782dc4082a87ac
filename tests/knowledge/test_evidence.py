"""The graph against the evidence it was made from: every claim, figure, source and conflict, both ways.

``tests/data/evidence`` holds the evidence as it came: three files of claims, and the annotations of Orphanet in HPO terms.
``docs/evidence-links.tsv`` says which records each of them became; ``docs/evidence-not-taken.md`` says what has no record,
what has no edge, which sources are one document, and which sources were looked up besides the evidence.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox
import pytest
import yaml

from pmlkg.pipeline.build import Built
from pmlkg.pipeline.derivation import ATTRIBUTES
from pmlkg.terms import PMLKG, PMLO

ROOT = Path(__file__).parents[2]
EVIDENCE = ROOT / "tests" / "data" / "evidence"
LINKS = ROOT / "docs" / "evidence-links.tsv"
NOT_TAKEN = ROOT / "docs" / "evidence-not-taken.md"

Claim = dict[str, Any]
Node = dict[str, list[str]]
Graph = dict[str, Node]


class _AsWritten(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads numbers and dates as text, with every digit that stands in the file."""


_AsWritten.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in {"float", "int", "timestamp"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# What a figure of the evidence is called in a record.
NUMBERS = {
    "value": "value",
    "low": "rangeLow",
    "high": "rangeHigh",
    "ci_low": "confidenceLow",
    "ci_high": "confidenceHigh",
    "numerator": "numerator",
    "denominator": "denominator",
    "n": "sampleSize",
}
RECORD_NUMBERS = {*NUMBERS.values(), "valueBelow", "valueAbove"}
STRATUM = {"jcvAntibodyStatus", "jcvIndexOver", "jcvIndexUpTo", "priorImmunosuppressant", "exposureMonthsFrom", "exposureMonthsTo"}
FIGURE_AND_STRATUM = RECORD_NUMBERS | STRATUM | {"measure"}

# Figures that a record says in another form: (claim, place in its list of figures) -> why, and the statistics that they
# became, as far as the tables below would expect something else. A move may not change a digit; a test sees to that.
MOVES: dict[tuple[str, int], tuple[str, list[dict[str, str]]]] = {
    ("pml-incidence-france", 0): (
        "n counts the cases of the whole study, 2008-2017, and so neither people at risk nor the cases of 2010-2017",
        [
            {"value": "0.11", "confidenceLow": "0.1", "confidenceHigh": "0.12"},
            {"value": "584", "measure": "count", "unit": "{case}", "period": "2008-2017"},
        ],
    ),
    ("pml-incidence-finland-national", 0): (
        "n counts the cases, not the people among whom they arose",
        [{"value": "0.072", "confidenceLow": "0.05", "confidenceHigh": "0.1", "numerator": "35"}],
    ),
    ("pml-incidence-southern-finland", 0): (
        "n counts the cases, not the people among whom they arose",
        [{"value": "0.12", "numerator": "31"}],
    ),
    ("natalizumab-eid-range-2019", 0): (
        "a range has no key for a limit printed as below a number; the note of the statistic says so",
        [{"rangeLow": "0.01", "rangeHigh": "0.12"}],
    ),
    ("form-pml-iris-types", 2): (
        "the ends of the range are printed in two units: a smallest and a greatest value",
        [{"value": "1", "unit": "wk"}, {"value": "26", "unit": "mo"}],
    ),
    ("mri-ufibre-subcortical", 1): ("a range with a lower end only: larger than", [{"valueAbove": "3"}]),
    ("prognosis-hiv-haart-1998", 1): ("a range with a lower end only: over", [{"valueAbove": "500", "sampleSize": "5"}]),
    ("natalizumab-eid-hr-2019", 0): (
        "n counts the people of both arms and stands beside the ratio, as in the other claim on the study",
        [{"value": "0.06", "confidenceLow": "0.01", "confidenceHigh": "0.22"}, {"value": "35521", "measure": "count", "unit": "{person}"}],
    ),
    ("natalizumab-pml-incidence-2017", 0): (
        "the other source of the same figures gives the day, not only the end of the year",
        [{"value": "4.19", "numerator": "756", "denominator": "177800", "period": "to 2017-11-30"}],
    ),
    ("tx-art-spain-118", 0): (
        "the other claim on the study says from when on the weeks count",
        [{"value": "63.6", "numerator": "75", "denominator": "118", "period": "median 114 weeks after diagnosis"}],
    ),
    ("tx-transplant-mateen2011", 1): (
        "the other claim on the study says that they lived beyond the year",
        [{"value": "55.7", "confidenceLow": "41.2", "confidenceHigh": "67.2", "period": "beyond 1 year"}],
    ),
    ("iris-delayed-worse-hiv", 0): ("n is the number of which the figure is a part", [{"value": "5", "denominator": "12"}]),
    ("tx-art-five-drug", 1): ("a count of deaths, not a share", [{"value": "7", "denominator": "28"}]),
    ("tx-mefloquine-failure2013", 0): ("a count of deaths, not a share", [{"value": "2", "denominator": "2"}]),
    ("tx-steroids-iris-tan2009", 1): ("a count of deaths, not a share", [{"value": "5", "denominator": "12"}]),
    ("tx-outcome-austria", 0): ("n is the number of which the figure is a part", [{"value": "20", "denominator": "15"}]),
    ("tx-outcome-austria", 1): (
        "no range: the low figure is the median before PML, the high one that at last assessment",
        [{"value": "3.5", "period": "before PML"}, {"value": "6.5", "period": "at last assessment"}],
    ),
}

# Numbers that the evidence left out and that were read in its source: (claim, place in its list of figures) -> the numbers.
READ_AGAIN: dict[tuple[str, int], dict[str, str]] = {
    ("fingolimod-pml-profile", 2): {"numerator": "11", "denominator": "15"},  # eleven of the 15, in the same abstract
    ("nova-pml-case", 0): {"sampleSize": "247"},  # the size of the arm, in Table 1 of the trial
}

# Measures of the evidence that are not those of the record run together in one word.
MEASURES = {
    "CSF viral load": "csfViralLoad",
    "Spearman correlation": "correlation",
    "area under the curve": "areaUnderCurve",
    "capsid diameter": "diameter",
    "cd4-threshold": "threshold",
    "deletion length": "sequenceLength",
    "dosing-interval": "interval",
    "genome length": "sequenceLength",
    "index-variation": "variation",
    "jcv-index": "antibodyIndex",
    "lesion diameter": "diameter",
    "likelihood-ratio": "positiveLikelihoodRatio",
    "lymphocyte-threshold": "threshold",
    "mean EDSS": "disabilityScore",
    "mean survival": "survivalTime",
    "mean time from symptom onset to diagnosis": "timeToDiagnosis",
    "median EDSS": "disabilityScore",
    "median survival": "survivalTime",
    "median time from last dose to diagnosis": "timeToOnset",
    "median time from symptom onset to diagnosis": "timeToDiagnosis",
    "median time from transplant to symptoms": "timeToOnset",
    "monitoring-interval": "interval",
    "particle diameter": "diameter",
    "period": "duration",
    "protein length": "sequenceLength",
    "time to onset after ART": "timeToOnset",
}

# Claims whose measure is named more exactly in the record than in the evidence.
REMEASURED = {
    ("faers-ms-or-dimethyl-fumarate", "odds-ratio"): "reportingOddsRatio",  # odds among spontaneous reports
    ("faers-ms-or-fingolimod", "odds-ratio"): "reportingOddsRatio",
    ("faers-ms-or-natalizumab", "odds-ratio"): "reportingOddsRatio",
    ("faers-ms-or-rituximab", "odds-ratio"): "reportingOddsRatio",
    ("guideline-natalizumab-2007", "incidence"): "cumulativeIncidence",  # per person, not per person and time
    ("iris-incidence-hiv-muller", "incidence"): "cumulativeIncidence",
    ("iris-natalizumab-filgrastim-series", "incidence"): "cumulativeIncidence",
    ("l-selectin-first-report", "frequency"): "expression",  # share of the cells that carry the molecule
    ("natalizumab-pml-trials-2007", "risk"): "cumulativeIncidence",
    ("nova-jcv-positive-share", "frequency"): "seroprevalence",  # share of the people who have antibodies
    ("prognosis-hiv-switzerland", "mortality"): "mortalityRate",  # per person and time
    ("sweden-misdiagnosis", "frequency"): "positivePredictiveValue",  # share of the recorded diagnoses that held
    ("tx-art-five-drug", "mortality"): "count",  # deaths, not a share of the people
    ("tx-cidofovir-deluca2008", "mortality"): "mortalityRate",
    ("tx-filgrastim-stefoski2019", "frequency"): "cumulativeIncidence",
    ("tx-mefloquine-failure2013", "mortality"): "count",
    ("tx-steroids-iris-tan2009", "mortality"): "count",
}

# Measures of records that part what the evidence calls by one name: what a figure is a share of, and whether cases were reported or
# counted, is read from the sentence and the source. Shapes hold each to its kind of claim.
FINER = {
    "shareOfCases": {"frequency"},
    "reportingRate": {"cumulativeIncidence", "incidence", "risk"},
}

# Units of the evidence. The longest that begins the text counts; the words after it must stand in the record.
UNITS = {
    "10^9 lymphocytes per L": "10*9/L",
    "10^9 per litre": "10*9/L",
    "EDSS points": "{EDSS}",
    "PML cases": "{case}",
    "PML patients": "{person}",
    "VP1 pentamers": "{item}",
    "amino acids": "{aminoAcid}",
    "base pairs": "{bp}",
    "brains": "{item}",
    "case reports": "{item}",
    "case": "{case}",
    "cases": "{case}",
    "cells per microlitre": "/uL",
    "cells per mm3": "/uL",
    "clinical questions": "{item}",
    "cm": "cm",
    "cohort studies": "{item}",
    "confirmed PML cases": "{case}",
    "controls": "{person}",
    "copies per mL": "{copies}/mL",
    "copies per microlitre": "{copies}/uL",
    "days": "d",
    "deaths": "{person}",
    "definite PML case": "{case}",
    "doses": "{item}",
    "fold": "{fold}",
    "g per day": "g/d",
    "index": "{index}",
    "infusions": "{item}",
    "liver recipients": "{person}",
    "log copies": "{log_copies}",  # the volume is not in the evidence
    "log10 JCV equivalents per mL": "{log_copies}/mL",
    "matched controls": "{person}",
    "mg per kg per day": "mg/kg/d",
    "month": "mo",
    "months": "mo",
    "nm": "nm",
    "participants": "{person}",
    "patient": "{person}",
    "patients": "{person}",
    "per 100 person-years": "/(100.{person}.a)",
    "per 1000 patients": "/(1000.{person})",
    "per 1000 patients per year": "/(1000.{person}.a)",
    "per 1000 person-years": "/(1000.{person}.a)",
    "per 10000 patients": "/(10000.{person})",
    "per 100000": "/(100000.{person})",
    "per 100000 patients": "/(100000.{person})",
    "per 100000 patient-years": "/(100000.{person}.a)",
    "per 100000 person-years": "/(100000.{person}.a)",
    "per 1000000 persons per year": "/(1000000.{person}.a)",
    "per year": "/a",
    "percent": "%",
    "percent per year": "%/a",
    "probable PML case": "{case}",
    "published cases": "{case}",
    "recommendations": "{item}",
    "reports": "{item}",
    "sequences": "{item}",
    "suspected cases": "{case}",
    "survivors": "{person}",
    "weeks": "wk",
    "years": "a",
}
UNITLESS = {
    "count": {"{person}", "{case}", "{item}"},
    "expectedCount": {"{case}"},
    "disabilityScore": {"{EDSS}"},
    "antibodyIndex": {"{index}"},
}
"""Units of figures that have none in the evidence, by measure; 1 for all other measures."""
REUNITED = {("hiv-engsig-manifestations", "patients"): "{case}"}  # the 47 patients are the cases among 4,649 people

# Periods with more than a period in them: what follows the comma must stand in the record.
PERIOD_AND_GROUP = re.compile(r"(?P<period>1 year|6 months|12 months), ")

# Words in which the evidence tells a figure's group, and those of the record.
PHRASES = {
    "(PBMC)": "mononuclear cells",
    "AIDS-heralding illness": "first sign of AIDS",
    "ART": "antiretroviral therapy",
    "German": "Germany",
    "HAART": "antiretroviral therapy",
    "HIV infection": "HIV",
    "HIV-associated PML CSF": "HIV CSF",
    "HIV-infected": "HIV",
    "MS or CIS": "multiple sclerosis or clinically isolated syndrome",
    "MS": "multiple sclerosis",
    "PML with": "",
    "S1P-RM": "S1P-receptor modulators",
    "Scandinavian": "Scandinavia",
    "antirejection medication": "antirejection treatment",
    "as HIV presentation": "first sign of HIV",
    "autoimmune disorders": "autoimmune disease",
    "before PML and at last assessment": "before PML",
    "bone marrow recipients": "bone marrow transplantation",
    "computed from counts in the source": "computed",
    "computed here": "computed",
    "detectable": "",
    "diseases other than PML": "other than PML",
    "enhancement after withdrawal": "",
    "enhancement at diagnosis": "",
    "enhancement in lesion periphery among enhancing": "contrast enhancement at the lesion edge",
    "exclusive": "only",
    "from the two counts": "",
    "in this paper": "in the paper",
    "iv": "intravenous",
    "mean treatment": "mean",
    "natalizumab-treated multiple sclerosis": "natalizumab",
    "no PML": "without PML",
    "no transplant": "without transplantation",
    "non-PML": "without PML",
    "over 20%": "above 20%",
    "over follow-up": "",
    "paediatric": "children",
    "exposed": "",
    "pattern among enhancing": "contrast enhancement",
    "percent computed here": "computed",
    "pre-PML": "before PML",
    "primary immune deficiency": "primary immunodeficiency",
    "prior year": "year before",
    "retrieved text": "text that was read",
    "single lobe": "one lobe",
    "solid organ recipients": "solid organ transplantation",
    "solid organ transplant": "solid organ transplantation",
    "unilobar or multilobar": "one lobe or several lobes",
    "versus none": "",
    "versus": "",
    "viruric": "viruria",
    "when performed": "biopsied",
    "within cognitive onset": "cognitive",
    "without prior natalizumab": "never natalizumab",
}

# Numbers of a record that its evidence claim does not have: record -> evidence claim on the same source that has them.
BORROWED = {
    "claim-pml-incidence-france": "pml-share-france-hiv",  # the years of the whole study
    "claim-pml-sex-age-finland-age": "pml-incidence-finland-national",  # the age limit of the register study
    "claim-sweden-misdiagnosis": "pml-share-sweden-hematologic-malignancy",  # the years of the register
}

# Numbers that explain rather than report: record -> the numbers.
EXPLAINED = {
    "claim-csf-pcr-sens-preart-art-italy": {"100"},  # no percentage of people is above it, as its note says of a printed limit
    "claim-nova-pml-case": {"242"},  # the size of the other arm, in the same table
    "claim-natalizumab-pml-global-count-2022-death": {"690", "905"},  # the survivors that the source prints, and a sum that does not fit
}

# Numbers of a statement that its records do not repeat.
NOT_REPEATED = {
    "natalizumab-cognitive-onset": {"46", "38", "23"},  # rounded there; the figures have 46.15, 38.4 and 23.1
    "pml-minimal-immunosuppression-series": {"58"},  # rounded there; the figures have 57.9
    "guideline-bsr-2019": {"58", "220", "226", "21", "2018"},  # date, volume and pages, which the source record has
}

# Sources beyond those that the evidence names: a claim that is about what a page says names the page, the issuer of
# a guideline was found on another page of its site, and the size of an arm stands in a table of the trial.
FURTHER_SOURCES = {
    "claim-anti-tnf-pml-seed": {"SeedPage"},
    "claim-guideline-australia-hiv": {"ASHMabout"},
    "claim-nova-pml-case": {"NOVATable"},
}

# Conflicts beyond those that the evidence marks: two explanations within one claim, and plain opposites.
FURTHER_CONFLICTS = {
    frozenset({"vp1-mutation-immune-escape"}),
    frozenset({"hiv-pml-incidence-fhdh", "hiv-pml-incidence-1996-2011-spain"}),
    frozenset({"jcv-blood-detection", "viremia-npv"}),
    frozenset({"prognosis-natalizumab-severity", "prognosis-natalizumab-336"}),
    frozenset({"serum-antibody-false-negative-37", "jcv-elisa-false-negative"}),
    frozenset({"tx-art-wyen2004", "tx-cidofovir-deluca2001"}),
}


@pytest.fixture(scope="module")
def evidence() -> dict[str, Claim]:
    claims = [claim for path in sorted(EVIDENCE.glob("*.yaml")) for claim in yaml.load(path.read_text(encoding="utf-8"), Loader=_AsWritten)]
    with (EVIDENCE / "hpo-orphanet-pml.tsv").open(encoding="utf-8", newline="") as lines:
        claims += map(_annotation, csv.DictReader(lines, delimiter="\t"))
    assert len({claim["id"] for claim in claims}) == len(claims) > 0
    return {claim["id"]: claim for claim in claims}


def _annotation(row: dict[str, str]) -> Claim:
    """A row of the HPO annotations of Orphanet in the form of the other evidence."""
    low, high = row["frequency_range"].removesuffix("%").split("-")
    return {
        "id": f"hpo:{row['hpo_id']}",
        "statement": f"{row['hpo_label']}: {row['frequency_label']}, {row['frequency_range']}",
        "figures": [{"measure": "frequency", "low": low, "high": high, "unit": "percent"}],
        "sources": [{"key": "OrphanetHPO2025", "locator": f"{row['reference']}, {row['hpo_id']}"}],
        "confidence": "seen-in-source",
    }


@pytest.fixture(scope="module")
def links() -> dict[str, list[str]]:
    """Evidence claim -> its records."""
    table: dict[str, list[str]] = defaultdict(list)
    with LINKS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            table[row["evidence"]].append(row["record"])
    return dict(table)


@pytest.fixture(scope="module")
def origins(links: dict[str, list[str]]) -> dict[str, list[str]]:
    """Record -> the evidence claims that it came from: more than one where they say the same."""
    table: dict[str, list[str]] = defaultdict(list)
    for claim, records in links.items():
        for record in records:
            table[record].append(claim)
    return dict(table)


@pytest.fixture(scope="module")
def not_taken() -> dict[str, dict[str, list[str]]]:
    """Heading of docs/evidence-not-taken.md -> first cell of each row of the table below it -> the other cells."""
    tables: dict[str, dict[str, list[str]]] = {}
    for line in NOT_TAKEN.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            tables[line[3:]] = {}
        elif line.startswith("| `"):
            first, *others = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
            table = tables[list(tables)[-1]]
            assert first not in table, f"{first} twice"
            table[first] = others
    return tables


@pytest.fixture(scope="module")
def merged(not_taken: dict[str, dict[str, list[str]]]) -> dict[str, str]:
    """Source keys of the evidence that are one document with another source -> that source."""
    return {key: cells[0] for key, cells in not_taken["Sources that are one document"].items()}


@pytest.fixture(scope="module")
def looked_up(links: dict[str, list[str]], claim_records: set[str]) -> set[str]:
    """Ids of the claims that no evidence claim became."""
    return claim_records - {record for records in links.values() for record in records}


@pytest.fixture(scope="module")
def graph(built: Built) -> Graph:
    """Every node of the records: id -> local name of a property -> its values, ids and terms by their local names."""
    nodes: Graph = defaultdict(lambda: defaultdict(list))
    for triple in built.graphs["knowledge"]:
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode | ox.Literal):
            key = re.split(r"[#/]", triple.predicate.value)[-1]
            nodes[_local(triple.subject.value)][key].append(_local(triple.object.value))
    return {node: dict(values) for node, values in nodes.items()}


@pytest.fixture(scope="module")
def claim_records(built: Built) -> set[str]:
    """Ids of all claims, recommendations and diagnostic criteria of the graph."""
    kinds = {PMLO + "Claim", PMLO + "DiagnosticCriterion"}
    triples = (*built.graphs["knowledge"], *built.graphs["inferred"])
    return {_local(t.subject.value) for t in triples if t.predicate.value.endswith("#type") and t.object.value in kinds}


def _local(iri: str) -> str:
    return iri.removeprefix(PMLKG).removeprefix(PMLO)


def _conflicts(claim: Claim) -> Iterator[str]:
    """Ids of the claims that an evidence claim conflicts with: `id: why`, `id, id: why`, `id (why)` or {id: ..., why: ...}."""
    given = claim.get("conflicts_with", [])
    for item in given if isinstance(given, list) else [given]:
        yield from [item["id"]] if isinstance(item, dict) else re.findall(r"^[\w-]+(?:, [\w-]+)*", item)[0].split(", ")


def test_the_evidence_is_as_it_came() -> None:
    """Records are mended to fit the evidence, never the evidence to fit the records."""
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in EVIDENCE.iterdir()} == {
        "claims-2026b.yaml": "76eea5a51c1d65d7f359ab5ee5907fc4b6dd619dff78bc5925be36335cef18d0",
        "claims-disease.yaml": "4ca6554b150f6d5733f2e2c0a3a539a47b3b556a07123a152ebdd7652530b835",
        "claims-guidelines.yaml": "7014b04d39c9edbe81c41c98fac5d320c673b9cd1f2c733b37390db6e6e35460",
        "claims-risk.yaml": "86a4ada9edb4acd8b8b8e949aa590f4f6d7d5f5e5e2e53c54bf9652d72345980",
        "hpo-orphanet-pml.tsv": "810076e2d8cf03a57e8d957f25949d6d22ba274610ba8f81ec6a277efe53f52b",
    }


# --- every claim, and nothing but the claims ---------------------------------------------------------------------------


def test_every_evidence_claim_is_linked_or_listed_but_not_both(
    evidence: dict[str, Claim], links: dict[str, list[str]], not_taken: dict[str, dict[str, list[str]]]
) -> None:
    left_out = set(not_taken["Not in the graph"])
    assert set(links) | left_out == set(evidence)
    assert not set(links) & left_out
    assert all(reason for (reason,) in not_taken["Not in the graph"].values())


def test_every_linked_record_exists(origins: dict[str, list[str]], claim_records: set[str]) -> None:
    assert set(origins) - claim_records == set()


def test_no_link_stands_twice(origins: dict[str, list[str]]) -> None:
    assert [record for record, claims in origins.items() if len(set(claims)) < len(claims)] == []


def test_each_origin_of_a_shared_record_gives_it_a_source(
    evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    for record, claims in origins.items():
        found = {item["source"][0] for item in _items(graph, record)}
        for claim in claims:
            assert found & _locators(evidence[claim], merged).keys(), (record, claim)


def test_no_two_claims_say_the_same(graph: Graph, claim_records: set[str]) -> None:
    """What two evidence claims say alike is one claim with the evidence of both: no figure of a source stands twice for one edge."""
    told: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for record in claim_records:
        node = graph[record]
        stratum = {key: texts for key, texts in node.items() if key in FIGURE_AND_STRATUM}
        if "predicate" in node:
            for statistic in (graph[name] for name in node.get("statistic", [])):
                figure = sorted((key, *texts) for key, texts in (statistic | stratum).items() if key in FIGURE_AND_STRATUM)
                for item in _items(graph, record):
                    told[node["subject"][0], node["predicate"][0], node["object"][0], item["source"][0], *figure].add(record)
    assert {key: records for key, records in told.items() if len(records) > 1} == {}


# What a claim may say that comes from a source looked up besides the evidence.
LOOKED_UP = {"memberOf", "targets", "partOf"}


def test_every_claim_record_is_linked_or_says_only_where_something_belongs(looked_up: set[str], graph: Graph) -> None:
    """What was looked up is class, target or part: no figure, no group, nothing on the disease."""
    assert looked_up
    keys = {"type", "subject", "predicate", "object", "description", "status", "supportedBy"}
    for record in looked_up:
        node = {key: values for key, values in graph[record].items() if PMLO + key not in ATTRIBUTES}
        assert set(node) == keys, record
        assert (node["type"], node["status"]) == (["TaxonomyClaim"], ["current"]), record
        assert set(node["predicate"]) <= LOOKED_UP, record
        assert {graph[item]["readingDepth"][0] for item in node["supportedBy"]} <= {"abstract", "excerpt"}, record


def test_sources_are_those_of_the_evidence_and_those_listed_as_looked_up(
    evidence: dict[str, Claim],
    looked_up: set[str],
    claim_records: set[str],
    graph: Graph,
    merged: dict[str, str],
    not_taken: dict[str, dict[str, list[str]]],
) -> None:
    """Both ways: a listed source stands behind looked-up claims and no others, and these have no other sources."""

    def sources(records: set[str]) -> set[str]:
        items = [item for record in records for key in ("supportedBy", "disputedBy") for item in graph[record].get(key, [])]
        return {graph[item]["source"][0] for item in items}

    listed = not_taken["Sources looked up besides the evidence"]
    assert sources(looked_up) == set(listed)
    assert set(listed) & sources(claim_records - looked_up) == set()
    assert set(listed) & {merged.get(source["key"], source["key"]) for claim in evidence.values() for source in claim["sources"]} == set()
    for source, (purpose,) in listed.items():
        assert purpose, source
        assert any(note.startswith("Looked up for ") for note in graph[source]["note"]), source


def test_unverified_evidence_and_only_that_gives_unverified_records(
    evidence: dict[str, Claim], links: dict[str, list[str]], graph: Graph
) -> None:
    expected = {record for claim, records in links.items() if evidence[claim]["confidence"] == "unverified" for record in records}
    assert {record for records in links.values() for record in records if graph[record]["status"] == ["unverified"]} == expected


def test_no_edge_rests_on_unverified_evidence(
    built: Built, evidence: dict[str, Claim], links: dict[str, list[str]], looked_up: set[str], graph: Graph
) -> None:
    grounds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for claim, records in links.items():
        for record in records:
            node = graph[record]
            if "predicate" in node and node["status"] == ["current"]:
                grounds[node["subject"][0], node["predicate"][0], node["object"][0]].add(evidence[claim]["confidence"])
    edges = {(_local(t.subject.value), _local(t.predicate.value), _local(t.object.value)) for t in built.graphs["edges"]}
    beside = {(node["subject"][0], node["predicate"][0], node["object"][0]) for node in (graph[record] for record in looked_up)}
    assert edges == set(grounds) | beside
    assert [edge for edge in edges if "unverified" in grounds[edge]] == []


def test_every_record_without_edge_by_its_status_is_listed(
    claim_records: set[str], graph: Graph, not_taken: dict[str, dict[str, list[str]]]
) -> None:
    listed = {record: cells[0] for record, cells in not_taken["In the graph without an edge"].items()}
    assert {record: graph[record]["status"][0] for record in claim_records if graph[record]["status"] != ["current"]} == listed
    assert all(cells[1] for cells in not_taken["In the graph without an edge"].values())


# --- every figure, digit by digit --------------------------------------------------------------------------------------

FILLERS = set(
    re.findall(r"\w+", "a all among an and any as at by case cases for from in is of on or patient patients people pml that the to with")
)
NUMBER_WORDS = {
    word: str(number) for number, word in enumerate(re.findall(r"\w+", "zero one two three four five six seven eight nine ten"))
}
TEXT_KEYS = (
    "description",
    "populationDetail",
    "period",
    "comparator",
    "thresholdText",
    "unitDetail",
    "note",
    "dosingInterval",
    "aggregate",
)
REFERENCE_KEYS = ("subject", "object", "population", "concerns")


def _words(text: str) -> set[str]:
    """Words in one form: lower case, numbers as digits, no plural s, none of the fillers."""
    return {_word(word) for word in re.findall(r"[a-z0-9]+(?:[.,][0-9]+)*", text.lower()) if word not in FILLERS}


def _word(word: str) -> str:
    singular = re.sub(r"ies$", "y", word) if len(word) > 4 else word
    return NUMBER_WORDS.get(word, singular.rstrip("s") if len(word) > 3 else word)


class Statistic(NamedTuple):
    """A statistic with its name, the record that it stands in, its own words, and all words of the two.

    A shared one may have numbers of several evidence claims: each must have some figure, and all must be in one of them.
    """

    record: str
    name: str
    node: Node
    own_words: set[str]
    words: set[str]
    shared: bool


def _statistics(graph: Graph, records: Sequence[str], origins: dict[str, list[str]]) -> list[Statistic]:
    found = []
    for record in records:
        about = _node_words(graph, graph[record])
        for statistic in graph[record].get("statistic", []):
            own = _node_words(graph, graph[statistic])
            found.append(Statistic(record, statistic, graph[statistic], own, about | own, len(origins[record]) > 1))
    return found


def _node_words(graph: Graph, node: Node) -> set[str]:
    """The words of a claim or statistic: its texts, and the names of what it refers to."""
    texts = [text for key in TEXT_KEYS for text in node.get(key, [])]
    for reference in (reference for key in REFERENCE_KEYS for reference in node.get(key, [])):
        texts += [reference.replace("-", " "), *graph[reference].get("label", []), *graph[reference].get("altLabel", [])]
    return _words(" ".join((*texts, *(key for key in ("approximate", "computed") if key in node))))


class Expected(NamedTuple):
    """A figure of the evidence as a statistic should say it; `abouts` are two ways to tell what it is about."""

    name: str
    figure: dict[str, str]
    numbers: dict[str, str]
    measure: str
    units: set[str]
    period: str | None
    abouts: tuple[set[str], set[str]]


def _expected(claim: Claim) -> Iterator[Expected]:
    for place, figure in enumerate(claim.get("figures", [])):
        measure = REMEASURED.get((claim["id"], figure["measure"])) or MEASURES.get(figure["measure"]) or _camel(figure["measure"])
        _, moved = MOVES.get((claim["id"], place), ("", [_numbers(figure) | READ_AGAIN.get((claim["id"], place), {})]))
        for form in moved:
            measure = form.get("measure", measure)
            yield Expected(
                f"{claim['id']}[{place}]",
                figure,
                {key: text for key, text in form.items() if key in RECORD_NUMBERS},
                measure,
                {form["unit"]} if "unit" in form else _units(claim["id"], figure, measure),
                form.get("period") or _period(figure),
                _abouts(figure),
            )


def _numbers(figure: dict[str, str]) -> dict[str, str]:
    numbers = {NUMBERS[key]: text for key, text in figure.items() if key in NUMBERS}
    bound = re.fullmatch(r"([<>])=?(.+)", numbers.get("value", ""))
    if bound:
        del numbers["value"]
        numbers["valueBelow" if bound[1] == "<" else "valueAbove"] = bound[2]
    return numbers


def _camel(measure: str) -> str:
    first, *others = re.split(r"[ -]", re.sub(r"^(?:median|mean) ", "", measure))
    return first.lower() + "".join(word.capitalize() for word in others)


def _unit_part(figure: dict[str, str]) -> str:
    """The part of the unit text that names the unit."""
    return max((unit for unit in UNITS if re.match(re.escape(unit) + r"(?!\w)", figure["unit"])), key=len)


def _units(claim: str, figure: dict[str, str], measure: str) -> set[str]:
    if "unit" not in figure:
        return UNITLESS.get(measure, {"1"})
    return {REUNITED.get((claim, figure["unit"])) or UNITS[_unit_part(figure)]}


def _period(figure: dict[str, str]) -> str | None:
    text = figure.get("period")
    more = PERIOD_AND_GROUP.match(text or "")
    return more["period"] if more else text


def _abouts(figure: dict[str, str]) -> tuple[set[str], set[str]]:
    unit = figure["unit"][len(_unit_part(figure)) :] if "unit" in figure else ""
    text = " ".join((unit, *(figure.get(key, "") for key in ("population", "period", "note"))))
    said_otherwise = PHRASE.sub(lambda found: PHRASES[found[0]], text)
    return _words(text), _words(said_otherwise)


PHRASE = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(PHRASES, key=len, reverse=True))) + r")(?!\w)")


def _record_numbers(statistic: Statistic) -> dict[str, str]:
    return {key: texts[0] for key, texts in statistic.node.items() if key in RECORD_NUMBERS}


def _same_figure(expected: Expected, statistic: Statistic) -> bool:
    node, numbers = statistic.node, _record_numbers(statistic)
    return (
        (expected.numbers.items() <= numbers.items() if statistic.shared else expected.numbers == numbers)
        and (node["measure"] == [expected.measure] or expected.measure in FINER.get(node["measure"][0], ()))
        and node["unit"][0] in expected.units
        and (expected.period is None or node.get("period") == [expected.period])
    )


def _same_figure_and_group(expected: Expected, statistic: Statistic) -> bool:
    return _same_figure(expected, statistic) and any(about <= statistic.words for about in expected.abouts)


def _pairs(expected: Sequence[Expected], statistics: Sequence[Statistic], says: Callable[[Expected, Statistic], bool]) -> dict[int, int]:
    """Places of figures -> places of the statistics that say them, each used once (a matching by augmenting paths).

    Of several that would do, the one that shares most words with the figure comes first.
    """
    taken: dict[int, int] = {}

    def place(figure: int, seen: set[int]) -> bool:
        about = expected[figure].abouts[0]
        for candidate in sorted(range(len(statistics)), key=lambda found: -len(about & statistics[found].own_words)):
            if candidate not in seen and says(expected[figure], statistics[candidate]):
                seen.add(candidate)
                if candidate not in taken or place(taken[candidate], seen):
                    taken[candidate] = figure
                    return True
        return False

    for figure in range(len(expected)):
        place(figure, set())
    return {figure: statistic for statistic, figure in taken.items()}


def test_figures_are_read_as_they_are_written(evidence: dict[str, Claim]) -> None:
    figures = [figure for claim in evidence.values() for figure in claim.get("figures", [])]
    assert all(isinstance(text, str) for figure in figures for text in figure.values())
    assert {key for figure in figures for key in figure} - set(NUMBERS) == {"measure", "unit", "population", "period", "note"}


def test_every_figure_is_one_statistic_and_every_statistic_one_figure(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph
) -> None:
    """A statistic of a shared record may be the same figure of several evidence claims, but never two figures of one."""
    lost = []
    numbers: dict[str, dict[str, str]] = {}
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for claim, records in links.items():
        expected, statistics = list(_expected(evidence[claim])), _statistics(graph, records, origins)
        numbers |= {statistic.name: _record_numbers(statistic) for statistic in statistics}
        pairs = _pairs(expected, statistics, _same_figure)
        lost += [(figure.name, figure.figure) for place, figure in enumerate(expected) if place not in pairs]
        for place, found in pairs.items():
            said[statistics[found].name] |= expected[place].numbers
    assert lost == []
    assert {name: figures for name, figures in numbers.items() if said[name] != figures} == {}


def test_the_group_of_a_figure_is_told_with_it(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph
) -> None:
    """Population, note and the words in unit and period; also keeps like figures of two groups from changing places."""
    astray = []
    for claim, records in links.items():
        expected, statistics = list(_expected(evidence[claim])), _statistics(graph, records, origins)
        pairs = _pairs(expected, statistics, _same_figure_and_group)
        for place, figure in enumerate(expected):
            if place not in pairs:
                near = [(found.record, sorted(figure.abouts[1] - found.words)) for found in statistics if _same_figure(figure, found)]
                astray.append((figure.name, figure.figure, near))
    assert astray == []


def test_like_figures_of_one_record_are_told_apart_as_in_the_evidence(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph
) -> None:
    """Of two groups in one record each has its own figure: what only one of them is called stands in its statistic."""
    confused = []
    for claim, records in links.items():
        expected, statistics = list(_expected(evidence[claim])), _statistics(graph, records, origins)
        pairs = _pairs(expected, statistics, _same_figure_and_group)
        for place, found in pairs.items():
            statistic = statistics[found]
            likes = [expected[other] for other, its in pairs.items() if other != place and _alike(statistic, statistics[its])]
            telling = [about.difference(*(like.abouts[way] for like in likes)) for way, about in enumerate(expected[place].abouts)]
            if likes and all(words and not words & statistic.own_words for words in telling):
                confused.append((expected[place].name, statistic.record, telling, statistic.node))
    assert confused == []


def _alike(one: Statistic, other: Statistic) -> bool:
    return one.record == other.record and one.node["measure"] == other.node["measure"]


def test_moves_change_no_digit_and_are_needed(evidence: dict[str, Claim]) -> None:
    for (claim, place), (reason, forms) in MOVES.items():
        figure = evidence[claim]["figures"][place]
        before = sorted(digits for key in NUMBERS if key in figure for digits in re.findall(r"[\d.]+", figure[key]))
        assert sorted(form[key] for form in forms for key in form if key in RECORD_NUMBERS) == before, (claim, reason)
        assert forms != [_numbers(figure)], f"{claim}: no move"


def test_no_rule_of_the_tables_is_idle(evidence: dict[str, Claim], links: dict[str, list[str]]) -> None:
    figures = [(claim["id"], figure) for claim in evidence.values() if claim["id"] in links for figure in claim.get("figures", [])]
    assert all(set(numbers) - set(_numbers(evidence[claim]["figures"][place])) for (claim, place), numbers in READ_AGAIN.items())
    assert set(MEASURES) <= {figure["measure"] for _, figure in figures}
    assert set(REMEASURED) <= {(claim, figure["measure"]) for claim, figure in figures}
    assert set(UNITS) == {_unit_part(figure) for _, figure in figures if "unit" in figure}
    assert set(REUNITED) <= {(claim, figure.get("unit")) for claim, figure in figures}
    texts = " ".join(text for _, figure in figures for key, text in figure.items() if key not in NUMBERS)
    assert set(PHRASES) == set(PHRASE.findall(texts))


# --- every other number, source and conflict ---------------------------------------------------------------------------

MONTHS = re.findall(r"\w+", "January February March April May June July August September October November December")


def _digits(text: str) -> set[str]:
    """Numbers of a text that are written in digits and stand alone."""
    return set(re.findall(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text)))


def _told(text: str) -> set[str]:
    """Numbers of a text, those in words included; years of treatment count as months too, and month names as numbers."""
    words = {NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in NUMBER_WORDS}
    years = {NUMBER_WORDS.get(count, count) for count in re.findall(r"(\w+) years", text)}
    months = {str(12 * int(count)) for count in years if count.isdecimal()}
    named = {f"{number:02}" for number, month in enumerate(MONTHS, start=1) if month in text}
    return _digits(text) | words | months | named


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


NUMBERED_KEYS = (
    *TEXT_KEYS,
    *sorted(RECORD_NUMBERS),
    *("conflictNote", "mechanism", "modality", "publishedGrade", "ratingNote", "strength", "certainty"),
    *("jcvIndexOver", "jcvIndexUpTo", "exposureMonthsFrom", "exposureMonthsOver", "exposureMonthsTo"),
)


def _numbered(graph: Graph, record: str, *further: str) -> str:
    """The texts of a record and its statistics that may hold numbers."""
    nodes = [graph[record], *(graph[statistic] for statistic in graph[record].get("statistic", []))]
    texts = [text for node in nodes for key in (*NUMBERED_KEYS, *further) for text in node.get(key, [])]
    return " ".join(text for text in texts if not text.startswith("noted by "))  # which is of another record


def test_no_record_has_a_number_that_its_evidence_has_not(evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph) -> None:
    invented = []
    for record, claims in origins.items():
        known = [evidence[claim] for claim in (*claims, *filter(None, [BORROWED.get(record)]))]
        known += [numbers for (claim, _), numbers in READ_AGAIN.items() if claim in claims]
        found = _digits(_numbered(graph, record)) - _told(" ".join(_texts(known))) - EXPLAINED.get(record, set())
        invented += [(record, sorted(found))] if found else []
    assert invented == []


def test_numbers_are_borrowed_only_from_the_same_source_and_only_if_needed(
    evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph
) -> None:
    for record, lender in BORROWED.items():
        own = [evidence[claim] for claim in origins[record]]
        keys = [{source["key"] for claim in claims for source in claim["sources"]} for claims in (own, [evidence[lender]])]
        assert keys[0] & keys[1], record
        assert _digits(_numbered(graph, record)) - _told(" ".join(_texts(own))), record


def test_every_number_of_a_statement_is_in_its_records(evidence: dict[str, Claim], links: dict[str, list[str]], graph: Graph) -> None:
    lost = {}
    for claim, records in links.items():
        said = " ".join((*(_numbered(graph, record, "unit") for record in records), *(name.replace("-", " ") for name in records)))
        found = _digits(evidence[claim]["statement"]) - _told(said)
        if found:
            lost[claim] = found
    assert lost == NOT_REPEATED


def _items(graph: Graph, record: str) -> list[Node]:
    """Evidence items of a record, but for the sources that the evidence does not name."""
    items = [graph[item] for key in ("supportedBy", "disputedBy") for item in graph[record].get(key, [])]
    return [item for item in items if item["source"][0] not in FURTHER_SOURCES.get(record, set())]


def _locators(claim: Claim, merged: dict[str, str]) -> dict[str, set[str]]:
    """Source -> the places in it that an evidence claim names."""
    places: dict[str, set[str]] = defaultdict(set)
    for source in claim["sources"]:
        places[merged.get(source["key"], source["key"])].add(source["locator"])
    return places


def test_sources_and_locators_are_those_of_the_evidence(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    assert set(merged) <= {source["key"] for claim in evidence.values() for source in claim["sources"]}
    assert not set(merged) & set(graph), "a merged source has a record"
    found: dict[str, set[tuple[str, str]]] = {}
    for record, claims in origins.items():
        named: dict[str, set[str]] = defaultdict(set)
        for claim in claims:
            for source, places in _locators(evidence[claim], merged).items():
                named[source] |= places
        found[record] = set()
        for item in _items(graph, record):
            (source,), (locator,) = item["source"], item["locator"]
            found[record] |= {(source, place) for place in (locator.split("; ") if len(named[source]) > 1 else [locator])}
        assert found[record] <= {(source, place) for source, places in named.items() for place in places}, record
    for claim, records in links.items():
        expected = {(source, place) for source, places in _locators(evidence[claim], merged).items() for place in places}
        assert expected - {place for record in records for place in found[record]} == set(), claim


def test_further_sources_are_needed(
    evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    for record, sources in FURTHER_SOURCES.items():
        found = {graph[item]["source"][0] for item in graph[record]["supportedBy"]}
        assert sources <= found - {source for claim in origins[record] for source in _locators(evidence[claim], merged)}


def test_reading_depth_follows_the_confidence_of_the_evidence(
    evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    """What was read in another source that cites it says so; all else does not."""
    for record, claims in origins.items():
        for item in _items(graph, record):
            naming = [evidence[claim] for claim in claims if item["source"][0] in _locators(evidence[claim], merged)]
            if all(claim["confidence"] == "seen-cited-by-secondary" for claim in naming):
                assert item["readingDepth"] == ["viaSecondarySource"], record
            else:
                assert item["readingDepth"][0] in {"fullText", "abstract", "excerpt", "citationOnly"}, record


def test_every_conflict_of_the_evidence_is_one_of_the_graph(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph
) -> None:
    """A conflict of shared records is one of some of their evidence claims."""
    given = {frozenset({name, other}) for name, claim in evidence.items() for other in _conflicts(claim)}
    marked = {pair for pair in given if pair <= set(links)} | FURTHER_CONFLICTS  # what is not in the graph has no conflict there
    pairs = [(record, other) for record in origins for other in graph[record].get("conflictsWith", [])]
    between = {pair: {frozenset({one, two}) for one in origins[pair[0]] for two in origins[pair[1]]} for pair in pairs}
    assert [pair for pair, conflicts in between.items() if not conflicts & marked] == []
    assert marked - set().union(*between.values()) == set()
    assert [record for record in origins if "conflictsWith" in graph[record] and "conflictNote" not in graph[record]] == []


def test_recommendations_keep_guideline_strength_certainty_and_published_grade(
    evidence: dict[str, Claim], links: dict[str, list[str]], origins: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    """One recommendation in several documents names one of them, and all are its sources. A label that forbids does not grade."""
    keys = {"strength": "strength", "certainty": "certainty", "published_wording": "publishedGrade"}
    for claim, records in links.items():
        given = evidence[claim]
        if "guideline" not in given:
            continue
        for record in (record for record in records if graph[record]["type"] == ["Recommendation"]):
            node = graph[record]
            documents = {merged.get(key, key) for key in (evidence[origin].get("guideline") for origin in origins[record]) if key}
            assert set(node["guideline"]) <= documents <= {item["source"][0] for item in _items(graph, record)} | set(node["guideline"]), (
                record
            )
            expected = {own: [given[key]] if key in given else None for key, own in keys.items()}
            if node["strength"] == ["contraindication"]:
                assert (given["direction"], expected["strength"]) == ("against", ["not graded"]), record
                expected["strength"] = ["contraindication"]
            assert {key: node.get(key) for key in keys.values()} == expected, record


# Study designs as the evidence words them -> those of a record that say it; none where the words name no design.
DESIGNS: dict[str, set[str]] = {
    "case reports (Class IV)": {"caseReport"},
    "case review plus multicentre cohort": {"caseSeries", "cohortStudy"},
    "case series (Class IV)": {"caseSeries"},
    "commentary": {"expertOpinion"},
    "expert practice note": {"expertOpinion"},
    "expert reference text": {"expertOpinion"},
    "expert review (historical)": {"narrativeReview"},
    "expert statement": {"expertOpinion"},
    "letter": set(),
    "manufacturer safety database": {"pharmacovigilanceStudy"},
    "multicentre cohort": {"cohortStudy"},
    "observational": {"cohortStudy"},
    "observational cohort": {"cohortStudy"},
    "open-label case series": {"caseSeries"},
    "open-label cohort": {"cohortStudy"},
    "open-label series": {"caseSeries"},
    "open-label series (NCT02479698)": {"caseSeries"},
    "pilot trial, conference report": {"singleArmTrial"},
    "pooled individual data of one prospective and five cohort studies": {"metaAnalysis"},
    "prospective cohort": {"cohortStudy"},
    "randomised controlled trial": {"randomizedControlledTrial"},
    "randomised phase 2, registry record only": {"randomizedControlledTrial"},
    "registry": {"registryStudy"},
    "retrospective case review": {"caseSeries"},
    "retrospective cohort (TOUCH database)": {"cohortStudy"},
    "retrospective multicentre": {"caseSeries"},
    "retrospective multicentre cohort": {"cohortStudy"},
    "retrospective multicentre survey": {"caseSeries"},
    "retrospective review": {"caseSeries"},
    "retrospective series with historical controls": {"cohortStudy"},
    "retrospective single-centre series": {"caseSeries"},
    "retrospective single-cohort": {"cohortStudy"},
    "retrospective, historical controls": {"cohortStudy"},
    "retrospective, literature plus Italian registry": {"cohortStudy"},
    "review of case reports": {"narrativeReview"},
    "review statement": {"narrativeReview"},
    "single-arm pilot trial": {"singleArmTrial"},
    "systematic review of case reports": {"systematicReview"},
    "uncontrolled series": {"caseSeries"},
    "case report": {"caseReport"},
    "case reports": {"caseReport"},
    "case series": {"caseSeries"},
    "expert opinion": {"expertOpinion"},
    "expert review": {"narrativeReview"},
    "laboratory study": {"laboratoryStudy"},
    "literature review": {"narrativeReview"},
    "pharmacokinetic study": {"pharmacokineticStudy"},
    "retrospective cohort": {"cohortStudy"},
    "review": {"narrativeReview"},
    "systematic review": {"systematicReview"},
}

# Records of such evidence that rest on something else in the same source.
OTHER_GROUND = {"claim-tx-topotecan-in-vitro"}  # work in vitro that the record of the trial quotes


def test_a_design_that_the_evidence_names_is_in_the_record(
    evidence: dict[str, Claim], links: dict[str, list[str]], graph: Graph, merged: dict[str, str]
) -> None:
    """Read off the words of the evidence, source by source: what was named is recorded, and as nothing else."""
    named = {claim: text for claim in links if (text := _design(evidence[claim]))}
    assert set(named.values()) == set(DESIGNS)
    wrong = []
    for claim, text in named.items():
        sources = set(_locators(evidence[claim], merged))
        for record in links[claim]:
            if graph[record]["type"] == ["TaxonomyClaim"] or record in OTHER_GROUND:
                continue
            items = [item for item in _items(graph, record) if item["source"][0] in sources]
            found = {design for item in items for design in item.get("studyDesign", [])}
            if not found & DESIGNS[text] if DESIGNS[text] else found:
                wrong.append((record, text, sorted(found)))
    assert wrong == []


def _design(claim: Claim) -> str | None:
    qualifiers = claim.get("qualifiers", {})
    return claim.get("evidence_design") or (qualifiers.get("design") if isinstance(qualifiers, dict) else None)


def test_what_rests_on_another_ground_would_not_have_the_design(
    evidence: dict[str, Claim], origins: dict[str, list[str]], graph: Graph
) -> None:
    for record in OTHER_GROUND:
        designs = {design for item in _items(graph, record) for design in item.get("studyDesign", [])}
        assert any(text and not designs & DESIGNS[text] for text in (_design(evidence[claim]) for claim in origins[record])), record
