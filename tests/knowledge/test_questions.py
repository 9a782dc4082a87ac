"""The named questions: their headers, their binding, and their answers against rows worked out by hand from the evidence.

``tests/expected/NAME.yaml`` holds, for the question NAME:

- ``parameters``: what it is asked with; without it, the defaults of the query.
- ``contains``: rows that a reader of the evidence demands. A row is partial: column -> text, number as text, or null for
  an unbound cell; an IRI of ours is written without its prefix, another in full. ``evidence`` names the claim in ``tests/data/evidence``
  from which the row was worked out; it is no column, and is left out where no column holds a claim.
- ``absent``: the same form; no row of the answer may fit.
- ``exactly``: the number of rows, where it can be counted in the evidence; a comment says how.
- ``in_order``: true where the rows of ``contains`` must come in that order.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml

from pmlkg.asking.federation import RemoteAccess, addresses, at_address, offline
from pmlkg.asking.questions import KINDS, Parameter, Picture, Question, find_question, literal, load_questions
from pmlkg.findings import Finding, Findings
from pmlkg.graph import KnowledgeGraph
from pmlkg.terms import PMLKG, PMLO, PREFIXES, UnknownName, curie, show

ROOT = Path(__file__).parents[2]
EXPECTED = ROOT / "tests" / "expected"
QUERIES = sorted((ROOT / "queries").glob("*.rq"))
NETWORK = [path.stem for path in QUERIES if "\n# network: true\n" in path.read_text(encoding="utf-8")]
NAMES = [path.stem for path in QUERIES if path.stem not in NETWORK]  # what the graph answers by itself
NUMERIC = {"decimal", "integer", "double"}
FIGURES = ("value", "low", "high", "numerator", "denominator", "band_low", "band_high")
CLAIMS = ("claim", "criterion", "first", "second", "cohort_claim")
SOURCES = ("source", "first_source", "cohort_source")
PREFIXES_OF = {
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "ORPHA": "http://www.orpha.net/ORDO/Orphanet_",
    "wikidata": "http://www.wikidata.org/entity/",
}

Row = dict[str, Any]
Text = dict[str, str | None]


@pytest.fixture(scope="session")
def questions(kg: KnowledgeGraph) -> dict[str, Question]:
    return kg.questions


@pytest.fixture(scope="session")
def as_rdflib(kg: KnowledgeGraph) -> rdflib.Graph:
    return kg.to_rdflib()


@pytest.fixture(scope="session")
def reversed_store(kg: KnowledgeGraph) -> ox.Store:
    """The same quads, put in last first."""
    store = ox.Store()
    for quad in reversed(kg.quads()):
        store.add(quad)
    return store


@pytest.fixture(scope="session")
def evidence() -> dict[str, dict[str, Any]]:
    """Evidence claims by id, with figures as written; annotations of Orphanet by HPO term."""
    claims: list[dict[str, Any]] = []
    with (ROOT / "tests" / "data" / "evidence" / "hpo-orphanet-pml.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            band = row["frequency_range"].removesuffix("%").split("-")
            claims.append({"id": f"hpo:{row['hpo_id']}", "figures": band, "sources": [{"key": "OrphanetHPO2025"}]})
    for path in sorted((ROOT / "tests" / "data" / "evidence").glob("claims-*.yaml")):
        claims += yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return {claim["id"]: claim for claim in claims}


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    """Source key of the evidence -> the source of the graph that is the same document."""
    text = (ROOT / "docs" / "evidence-not-taken.md").read_text(encoding="utf-8").rpartition("## Sources that are one document")[2]
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.M))


@pytest.fixture(scope="session")
def records() -> dict[str, set[str]]:
    """Evidence id -> the records that it became."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "docs" / "evidence-links.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        claim, record = line.split("\t")
        found.setdefault(claim, set()).add(record)
    return found


def load(name: str) -> dict[str, Any]:
    """An expectation, with numbers as written."""
    found: dict[str, Any] = yaml.load((EXPECTED / f"{name}.yaml").read_text(encoding="utf-8"), Loader=_Texts)
    return found


class _Texts(yaml.SafeLoader):
    """Reads every scalar but null, true and false as text."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in {"null", "bool"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def by_value(cell: Any) -> Any:
    """A cell of Oxigraph or rdflib in one form: numbers by value, other literals with their language, IRIs, None."""
    if cell is None:
        return None
    if isinstance(cell, ox.NamedNode | rdflib.URIRef):
        return ("iri", cell.value if isinstance(cell, ox.NamedNode) else str(cell))
    text = cell.value if isinstance(cell, ox.Literal) else str(cell)
    datatype = str(cell.datatype.value if isinstance(cell, ox.Literal) else cell.datatype or "")
    kind = datatype.rpartition("#")[2]
    if kind in NUMERIC:
        return ("number", Decimal(text))
    return ("text", text, cell.language or "", "" if kind in ("", "string", "langString") else kind)


def answer(kg: KnowledgeGraph, name: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    return list(kg.ask(name, **(parameters or {})))


def says_claims(question: Question) -> bool:
    """Whether the rows of an answer name the claims that they come from."""
    return bool(set(CLAIMS) & set(question.columns))


def fits(row: Row, wanted: Text) -> bool:
    return all(_same(row[column], value) for column, value in wanted.items() if column != "evidence")


def _same(cell: Any, wanted: str | bool | None) -> bool:
    if wanted is None or cell is None:
        return cell is None and wanted is None
    if isinstance(wanted, bool):
        return str(cell.value) == str(wanted).lower()
    if isinstance(cell, ox.NamedNode):
        return str(cell.value) in (PMLKG + wanted, PMLO + wanted, wanted)
    if cell.datatype.value.rpartition("#")[2] in NUMERIC:
        try:
            return Decimal(cell.value) == Decimal(wanted)
        except InvalidOperation:
            return False
    return str(cell.value) == wanted


def near(rows: list[Row], wanted: Text) -> str:
    """The rows that share most with the wanted one, for the message of a failure."""
    columns = [column for column in wanted if column != "evidence"]
    ranked = sorted(rows, key=lambda row: -sum(_same(row[column], wanted[column]) for column in columns))
    return "\n".join(str({column: show(row[column]) for column in columns}) for row in ranked[:3])


# --- expected rows ---------------------------------------------------------------------------------------------------


def test_every_question_has_expected_rows_and_the_reverse() -> None:
    assert {path.stem for path in EXPECTED.glob("*.yaml")} == {*NAMES, *NETWORK}


@pytest.mark.parametrize("name", [*NAMES, *NETWORK])
def test_expectation_names_columns_of_the_question(name: str, questions: dict[str, Question]) -> None:
    expectation = load(name)
    assert set(expectation) <= {"parameters", "contains", "absent", "exactly", "in_order"}
    assert expectation["contains"]
    rows = [*expectation["contains"], *expectation.get("absent", [])]
    assert {column for row in rows for column in row} <= {*questions[name].columns, "evidence"}
    assert all(set(row) - {"evidence"} for row in rows), "a row without a column fits everything"


@pytest.mark.parametrize("name", NAMES)
def test_expected_figures_and_sources_stand_in_the_evidence(
    name: str, questions: dict[str, Question], evidence: dict[str, dict[str, Any]], documents: dict[str, str]
) -> None:
    for row in load(name)["contains"]:
        if not says_claims(questions[name]):
            assert "evidence" not in row
            continue
        claim = evidence[row["evidence"]]
        printed = {Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?", str(claim))}
        figures = {Decimal(row[column]) for column in FIGURES if row.get(column) is not None}
        assert figures <= printed, row
        keys = {documents.get(item["key"], item["key"]) for item in claim["sources"]}
        given = {row[column] for column in SOURCES if row.get(column)}
        assert given <= keys, row


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_the_rows_that_the_evidence_demands(kg: KnowledgeGraph, records: dict[str, set[str]], name: str) -> None:
    expectation = load(name)
    rows = answer(kg, name, expectation.get("parameters"))
    places = []
    for wanted in expectation["contains"]:
        found = [place for place, row in enumerate(rows) if fits(row, wanted)]
        assert found, f"no row fits {wanted}; nearest:\n{near(rows, wanted)}"
        places.append(found[0])
        if not says_claims(kg.questions[name]):
            continue
        speaking = {str(row[column].value).removeprefix(PMLKG) for row in (rows[i] for i in found) for column in CLAIMS if row.get(column)}
        assert speaking & records[wanted["evidence"]], f"{wanted} is said by {speaking}, not by a record of its evidence"
    if expectation.get("in_order"):
        assert places == sorted(places)
    if "exactly" in expectation:
        assert len(rows) == int(expectation["exactly"])


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_no_row_that_the_evidence_excludes(kg: KnowledgeGraph, name: str) -> None:
    expectation = load(name)
    rows = answer(kg, name, expectation.get("parameters"))
    for unwanted in expectation.get("absent", []):
        assert not [row for row in rows if fits(row, unwanted)], unwanted


# --- the lead question -----------------------------------------------------------------------------------------------


def steps(kg: KnowledgeGraph, exposure: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in kg.ask("risk-to-guidance", exposure=exposure):
        found.setdefault(row["step"].value, []).append(row)
    return found


def test_lead_question_goes_from_risk_to_guidance_each_with_its_sources(kg: KnowledgeGraph) -> None:
    found = steps(kg, "natalizumab")
    assert list(found) == ["1 risk", "2 cases", "3 warning", "4 picture", "5 guidance", "6 claims"]
    titled = {row[0].value for row in kg.query("SELECT DISTINCT ?source WHERE { ?source a pmlo:Source ; dcterms:title ?title }").rows}
    named = {PMLKG + key for rows in found.values() for row in rows for key in row["sources"].value.split("; ")}
    assert named <= titled


def test_lead_question_begins_with_the_table_that_a_reader_looks_for_then_the_newest_figures(kg: KnowledgeGraph) -> None:
    rows = steps(kg, "natalizumab")["1 risk"]
    places = [place for place, row in enumerate(rows) if row["table"] and row["table"].value == "UTDcalc2016-composite"]
    assert places == list(range(16))
    # natalizumab-utd-*: antibodies, then prior immunosuppressant, then the index, then months.
    assert [row["value"].value for row in rows[:4]] == ["0.02", "0.2", "0.06", "0.9"]
    assert [row["value"].value for row in rows[4:16]] == ["1", "3", "6", "0.2", "1.1", "1.4", "1.2", "8.8", "10.1", "6", "12", "13"]
    years = [int(row["year"].value) for row in rows[16:] if row["year"]]
    assert years == sorted(years, reverse=True) != []


def test_lead_question_shows_only_the_picture_that_belongs_to_the_exposure(kg: KnowledgeGraph) -> None:
    said = kg.query("SELECT ?exposure ?label WHERE { ?group pmlo:characterizedBy ?exposure ; rdfs:label ?label }").rows
    groups: dict[str, set[str]] = {}
    for exposure, label in said:
        groups.setdefault(exposure.value, set()).add(label.value)
    for exposure in ("natalizumab", "hiv-infection", "rituximab", "sarcoidosis"):
        for row in steps(kg, exposure)["4 picture"]:
            form = row["finding"].value.split(" in ", 1)[1].split(",")[0]
            assert {form, row["in_whom"].value.split(";")[0]} & groups[PMLKG + exposure], row


@pytest.mark.parametrize(
    ("name", "evidence", "value", "common"),
    [
        ("CAR-T", "cart-pml-incidence", "0.9", "0.9"),
        ("HSCT", "pml-incidence-bmt", "35.4", "0.354"),
        ("organ transplantation", "pml-incidence-heart-lung-transplant", "1.24", "1.24"),
        ("transplant", "pml-incidence-heart-lung-transplant", "1.24", "1.24"),
        ("non-Hodgkin lymphoma", "pml-incidence-nhl", "8.3", "0.083"),
        ("NHL", "pml-incidence-nhl", "8.3", "0.083"),
    ],
)
def test_lead_question_joins_an_exposure_with_its_people(kg: KnowledgeGraph, name: str, evidence: str, value: str, common: str) -> None:
    """The figure is one of the people who have it, printed for them: the answer joins the two, the logic does not."""
    found = [row for row in steps(kg, name)["1 risk"] if row["value"] and row["value"].value == value]
    assert [row["common"].value for row in found] == [common], evidence
    assert not kg.query("ASK { pmlkg:transplantation pmlo:increasesRiskOf pmlkg:pml }").boolean


def test_lead_question_tells_how_it_ends_in_those_who_have_the_exposure(kg: KnowledgeGraph) -> None:
    # sarcoidosis-untreated: 7 of 25 died.
    (row,) = steps(kg, "sarcoidosis")["4 picture"]
    assert (row["value"].value, row["of_those"].value) == ("28", "7/25")
    assert row["finding"].value.startswith("death in")


@pytest.mark.parametrize("exposure", ["sarcoidosis", "ruxolitinib", "belatacept", "pregnancy"])
def test_lead_question_says_that_no_size_of_the_risk_is_held_and_what_is(kg: KnowledgeGraph, exposure: str) -> None:
    found = steps(kg, exposure)
    assert next(iter(found)) == "0 note"
    assert len(found["0 note"]) == 1
    assert "1 risk" not in found
    assert len(found) > 1


def test_lead_question_has_no_note_where_a_size_is_held(kg: KnowledgeGraph) -> None:
    for exposure in ("natalizumab", "fingolimod", "hiv-infection", "rituximab"):
        assert "0 note" not in steps(kg, exposure)
        assert "1 risk" in steps(kg, exposure)


def test_lead_question_on_hiv_infection_has_its_incidence(kg: KnowledgeGraph) -> None:
    # hiv-pml-incidence-denmark: 3.3, 1.8 and 1.3 per 1,000 person-years; a share of HIV among cases of PML is no size of risk.
    rows = steps(kg, "hiv-infection")
    found = {Decimal(row["value"].value) for row in rows["1 risk"] if row["sources"].value == "Engsig2009"}
    assert {Decimal("3.3"), Decimal("1.8"), Decimal("1.3")} <= found
    # Swiss figures are printed per 100: the common unit lets them be read beside the Danish ones.
    assert "2.4" in {row["common"].value for row in rows["1 risk"] if row["value"].value == "0.24"}
    assert not [row for row in rows["1 risk"] if "share of cases" in row["finding"].value]
    assert [row for row in rows["2 cases"] if "share of cases" in row["finding"].value and row["value"].value == "43.7"]


def test_lead_question_shows_no_share_of_women_as_a_risk(kg: KnowledgeGraph) -> None:
    found = steps(kg, "fingolimod")
    assert {row["value"].value for row in found["1 risk"]}.isdisjoint({"73"})
    (share,) = [row for row in found["2 cases"] if row["value"] and row["value"].value == "73"]
    assert "share of cases" in share["finding"].value
    assert "women" in share["finding"].value


def test_lead_question_tells_of_the_warnings(kg: KnowledgeGraph) -> None:
    for drug in ("rituximab", "natalizumab", "belatacept"):
        assert steps(kg, drug)["3 warning"]


def test_lead_question_tells_reports_from_risk(kg: KnowledgeGraph) -> None:
    # isatuximab-pml-signal: known from a signal alone. A figure of a class is none of the drug.
    assert "1 risk" not in steps(kg, "isatuximab")
    assert "1 risk" not in steps(kg, "thalidomide")
    # myeloma-pml-faers: 97% of the reports, which is no risk of 97%.
    assert {row["value"].value for row in steps(kg, "immunomodulatory-imide-drug")["2 cases"]} == {"97"}
    # aers-signal-lost-methotrexate: a signal that vanished is no absence of risk.
    assert not kg.query("ASK { pmlkg:methotrexate pmlo:notAssociatedWith pmlkg:pml }").boolean
    assert kg.query("ASK { pmlkg:methotrexate pmlo:hasNoReportingSignalFor pmlkg:pml }").boolean


# --- risk ------------------------------------------------------------------------------------------------------------


LOOKUPS: list[tuple[dict[str, Any], set[str]]] = [
    # natalizumab-utd-*: what is given -> the figures of the strata that state all of it. Both ends are those of the table:
    # the index 1.5 is "up to 1.5", month 24 is "1-24", month 72 is "49-72" and nothing follows it.
    ({"antibodies": "positive", "index": "0.9", "prior_immunosuppressant": False, "months": "24"}, {"0.2"}),
    ({"antibodies": "positive", "index": "1.5", "prior_immunosuppressant": False, "months": "24"}, {"0.2"}),
    ({"antibodies": "positive", "index": "1.51", "prior_immunosuppressant": False, "months": "24"}, {"1.2"}),
    ({"antibodies": "positive", "index": "1.5", "prior_immunosuppressant": False, "months": "25"}, {"1.1"}),
    ({"antibodies": "positive", "index": "0.9", "prior_immunosuppressant": False, "months": "48"}, {"1.1"}),
    ({"antibodies": "positive", "index": "0.9", "prior_immunosuppressant": False, "months": "49"}, {"1.4"}),
    ({"antibodies": "positive", "index": "2", "prior_immunosuppressant": False, "months": "72"}, {"10.1"}),
    ({"antibodies": "positive", "index": "2", "prior_immunosuppressant": False, "months": "73"}, set()),
    ({"antibodies": "negative", "prior_immunosuppressant": False, "months": "24"}, {"0.02"}),
    ({"antibodies": "negative", "prior_immunosuppressant": True, "months": "25"}, {"0.9"}),
    # Who has no index falls into the strata of any index, and into that of "index not available".
    ({"antibodies": "positive", "prior_immunosuppressant": False, "months": "24"}, {"0.2", "1", "1.2"}),
    # natalizumab-all-three-1-in-44 begins after month 24, natalizumab-all-three-fda2012 with month 25.
    ({"antibodies": "positive", "prior_immunosuppressant": True, "months": "24"}, {"6"}),
    ({"antibodies": "positive", "prior_immunosuppressant": True, "months": "25"}, {"11", "12", "22.7"}),
    ({"antibodies": "positive", "prior_immunosuppressant": True, "months": "49"}, {"13", "22.7"}),
]


@pytest.mark.parametrize(
    ("given", "figures"), LOOKUPS, ids=lambda part: "-".join(map(str, part.values())) if isinstance(part, dict) else ""
)
def test_look_up_of_the_risk_keeps_to_the_bounds_of_the_strata(kg: KnowledgeGraph, given: dict[str, Any], figures: set[str]) -> None:
    rows = answer(kg, "risk-lookup", given)
    assert {str(row["value"].value) for row in rows if row["not_stated"].value == ""} == figures
    stated = {
        "antibodies": ("antibody_status",),
        "index": ("index_over", "index_up_to"),
        "prior_immunosuppressant": ("immunosuppressant_before",),
        "months": ("months_from", "months_over", "months_to"),
    }
    for row in rows:
        silent = [name for name, columns in stated.items() if name in given and all(row[column] is None for column in columns)]
        assert row["not_stated"].value == ", ".join(silent)


def test_look_up_without_anything_given_has_every_stratum_of_a_risk(kg: KnowledgeGraph) -> None:
    def figures(name: str) -> list[tuple[Any, ...]]:
        rows = (row for row in kg.ask(name) if row["measure"].value != "count")
        return sorted(tuple(str(row[column]) for column in ("claim", "value", "low", "high", "source")) for row in rows)

    assert figures("risk-lookup") == figures("risk-strata")
    assert {row["not_stated"].value for row in kg.ask("risk-lookup")} == {""}


def test_figure_in_a_class_of_drugs_is_one_that_names_the_drug(kg: KnowledgeGraph) -> None:
    named = kg.query(
        """SELECT DISTINCT ?claim ?drug { GRAPH pmlg:knowledge { ?claim pmlo:statistic ?statistic .
        { ?claim pmlo:subject ?term } UNION { ?claim pmlo:concerns ?term } ?term rdfs:label ?drug } }"""
    )
    pairs = {(row["claim"], row["drug"]) for row in named}
    for group in ("monoclonal-antibody", "multiple-sclerosis-therapy", "biological-agent"):
        rows = answer(kg, "risk-within-class", {"drug_class": group})
        assert rows
        assert {(row["claim"], row["drug"]) for row in rows} <= pairs
    # cart-pml-incidence is of CAR T-cell therapy as a whole, and of none of its products.
    assert not answer(kg, "risk-within-class", {"drug_class": "car-t-cell-therapy"})


def test_years_of_a_period_are_in_order(kg: KnowledgeGraph) -> None:
    spans = [(row["from_year"], row["to_year"]) for row in kg.ask("incidence-by-population")]
    assert all(first is None or int(first.value) <= int(last.value) for first, last in spans)
    assert sum(first is not None for first, _ in spans) > len(spans) / 2


# --- treatment -------------------------------------------------------------------------------------------------------


def test_dossier_of_a_drug_has_what_is_said_of_its_class_and_says_so(kg: KnowledgeGraph) -> None:
    # tx-ici-boumaza2023: 79 people on checkpoint inhibitors, 19% with the syndrome; EACS on anti-PD-1 antibodies: no conclusive data.
    rows = list(kg.ask("therapy-dossier", what="pembrolizumab"))
    found = {(row["part"].value, row["of"].value, row["claim"].value.removeprefix(PMLKG)) for row in rows}
    assert ("open", "pembrolizumab", "claim-tx-pembrolizumab-cortese2019") in found
    assert ("against", "class: immune checkpoint inhibitor", "claim-tx-ici-boumaza2023-iris") in found
    assert ("course", "class: immune checkpoint inhibitor", "claim-tx-ici-boumaza2023-iris-death") in found
    assert ("guidance", "class: anti-PD-1 monoclonal antibody", "rec-eacs-immunotherapies-anti-pd-1") in found
    # Joined in the answer, not in the logic: what is said of the class never stands as said of the drug.
    assert {claim for _, of, claim in found if of == "pembrolizumab"}.isdisjoint(claim for _, of, claim in found if of != "pembrolizumab")
    assert not [claim for _, of, claim in found if of == "pembrolizumab" and "boumaza" in claim]
    assert not kg.query("ASK { GRAPH pmlg:edges { pmlkg:pembrolizumab pmlo:hasComplication pmlkg:pml-iris } }").boolean


@pytest.mark.parametrize("name", ["therapy-dossier", "treatment-effects", "treatment-harms", "prognostic-factors", "outcomes-and-sequelae"])
def test_sentence_of_a_claim_stands_once_and_before_its_other_figures(kg: KnowledgeGraph, name: str) -> None:
    said: dict[str, list[bool]] = {}
    for row in kg.ask(name):
        said.setdefault(row["claim"].value, []).append(row["sentence"] is not None)
    assert {claim for claim, rows in said.items() if rows != [True] + [False] * (len(rows) - 1)} == set()


# --- conflicts and gaps ----------------------------------------------------------------------------------------------


CONFLICTS = {
    "hiv-infection": ("claim-hiv-pml-incidence-denmark", "claim-hiv-pml-incidence-1996-2011-spain"),
    "people-with-hiv": ("claim-hiv-pml-incidence-swiss", "claim-hiv-pml-incidence-1996-2011-spain"),
    "plasma-exchange": ("claim-tx-plex-landi2017", "claim-tx-plex-standard-of-care-2017-use"),
    "cidofovir": ("claim-tx-cidofovir-deluca2008", "claim-tx-cidofovir-deluca2001"),
    "maraviroc": ("claim-tx-maraviroc-scarpazza2017-maraviroc", "claim-tx-maraviroc-case-reports-2017"),
    "mirtazapine": ("claim-tx-mirtazapine-jamilloux2016-pml", "claim-tx-mirtazapine-cettomai2009"),
    "corticosteroid-therapy": ("claim-iris-delayed-worse-hiv-steroids", "claim-tx-steroids-iris-editorial2009"),
    "pml-iris": ("claim-iris-delayed-worse-hiv-steroids", "claim-tx-steroids-iris-editorial2009"),
    "low-l-selectin": ("claim-l-selectin-not-reliable", "claim-l-selectin-low-risk-marker"),
    "tnf-inhibitor": ("claim-anti-tnf-pml-unlikely-anti-tnf", "claim-anti-tnf-pml-seed"),
    "anti-jcv-antibodies": ("claim-serum-antibody-false-negative-37", "claim-serum-antibody-elisa-false-negative"),
    "natalizumab-associated-pml": ("claim-prognosis-italy-39-death", "claim-prognosis-natalizumab-336-death"),
}


@pytest.mark.parametrize("about", CONFLICTS)
def test_conflicts_are_found_by_what_they_are_about(kg: KnowledgeGraph, about: str) -> None:
    rows = list(kg.ask("conflicts", about=about))
    found = {(row["first"].value.removeprefix(PMLKG), row["second"].value.removeprefix(PMLKG)) for row in rows}
    assert CONFLICTS[about] in found
    assert len(found) < len({(row["first"], row["second"]) for row in kg.ask("conflicts")})


def test_every_conflict_of_the_evidence_is_answered(
    kg: KnowledgeGraph, evidence: dict[str, dict[str, Any]], records: dict[str, set[str]]
) -> None:
    """In whichever direction the records have it."""
    origins: dict[str, set[str]] = {}
    for claim, linked in records.items():
        for record in linked:
            origins.setdefault(record, set()).add(claim)
    pairs = [[origins[row[key].value.removeprefix(PMLKG)] for key in ("first", "second")] for row in kg.ask("conflicts")]
    answered = {frozenset({one, other}) for first, second in pairs for one in first for other in second}
    marked = set()
    for claim, given in evidence.items():
        noted = given.get("conflicts_with", [])
        for other in noted if isinstance(noted, list) else [noted]:
            named = [other["id"]] if isinstance(other, dict) else re.findall(r"^[\w-]+(?:, [\w-]+)*", other)[0].split(", ")
            marked |= {frozenset({claim, one}) for one in named}
    marked = {pair for pair in marked if pair <= records.keys()}  # what has no record has no conflict in the graph
    assert marked
    assert marked - answered == set()


def test_a_conflict_is_answered_only_where_a_record_notes_it(kg: KnowledgeGraph) -> None:
    """A note is about the conflicts that its own record names, not about those that others have with it."""
    recorded = kg.query("SELECT ?first ?second { GRAPH pmlg:knowledge { ?first pmlo:conflictsWith ?second ; pmlo:conflictNote ?why } }")
    answered = {(row["first"], row["second"]) for row in kg.ask("conflicts")}
    assert answered == {(row[0], row[1]) for row in recorded.rows}
    other = kg.query("SELECT ?a ?b ?why { ?a pmlo:conflictsWith ?b ; pmlo:conflictNote ?why FILTER STRSTARTS(?why, 'noted by ') }")
    assert {(row[1], row[0]) for row in other.rows} <= answered  # from there too, with whose note it is
    assert all(curie(row[1].value) in row[2].value for row in other.rows)


def test_window_of_old_figures_follows_its_parameters(kg: KnowledgeGraph) -> None:
    years = {int(row["source_year"].value) for row in kg.ask("gap-old-figures", year="2020", years="15")}
    assert years
    assert max(years) < 2005


def test_kind_of_unmapped_entities_may_be_a_class_or_a_role(kg: KnowledgeGraph) -> None:
    assert {row["class"].value for row in kg.ask("gap-no-mapping", kind="Drug")} <= {"Drug"}
    found = {row["entity"] for row in kg.ask("gap-no-mapping", kind="RiskFactor")}
    assert set() < found < {row["entity"] for row in kg.ask("gap-no-mapping")}


def test_single_sources_are_found_by_what_the_claim_is_about(kg: KnowledgeGraph) -> None:
    found = {row["claim"].value.removeprefix(PMLKG) for row in kg.ask("gap-single-source", about="maraviroc")}
    assert {claim for claim in found if "looked-up" not in claim} == {
        "claim-tx-maraviroc-scarpazza2017-maraviroc",
        "claim-tx-maraviroc-aids-pml",
    }


# --- diagnostic criteria ---------------------------------------------------------------------------------------------

BIOPSY = {"demyelination": True, "astrocytes": True, "oligodendroglia": True, "virus": True}

# What is known of a patient -> the rows that are satisfied, read from the tables of the criteria sets.
SATISFIED: dict[str, tuple[dict[str, bool], set[str]]] = {
    "definite-by-biopsy": (BIOPSY, {"aan2013-histo-definite"}),
    "definite-by-typical-tissue-and-virus": ({"histology": True, "virus": True}, {"rec-eacs-diagnosis-categories-histology-definite"}),
    "definite-by-clinic-mri-and-proof": (
        {"clinical": True, "imaging": True, "proof": True},
        # The AAN's clinical table says nothing of tissue: without a PCR its row on both is met too.
        {"criteria-ajnr-presumptive-definite-histology", "aan2013-clin-possible-a"}
    ),
    "definite-by-clinic-mri-and-pcr": (
        {"clinical": True, "imaging": True, "pcr": True},
        {"aan2013-clin-definite", "criteria-ajnr-presumptive-definite-csf",
         "rec-eacs-diagnosis-categories-laboratory-definite", "rec-australia-diagnosis-probable"},
    ),
    "probable": ({"clinical": False, "imaging": True, "pcr": True}, {"aan2013-clin-probable-b"}),
    "probable-not-seen-in-the-table": ({"clinical": True, "imaging": False, "pcr": True}, {"aan2013-clin-probable-a"}),
    "possible": ({"clinical": True, "imaging": True, "pcr": False}, {"aan2013-clin-possible-a", "criteria-ajnr-presumptive-presumptive"}),
    "possible-not-seen-in-the-table": ({"clinical": False, "imaging": False, "pcr": True}, {"aan2013-clin-possible-b"}),
    "not-pml-imaging-only": ({"clinical": False, "imaging": True, "pcr": False}, {"aan2013-clin-notpml-imaging-only"}),
    "not-pml-clinic-only": ({"clinical": True, "imaging": False, "pcr": False}, {"aan2013-clin-notpml-clinical-only"}),
    "not-pml-nothing": ({"clinical": False, "imaging": False, "pcr": False}, {"aan2013-clin-notpml-none"}),
    "pcr-not-done": ({"clinical": True, "imaging": True}, {"aan2013-clin-possible-a", "criteria-ajnr-presumptive-presumptive"}),
    "not-pml-imaging-only-pcr-not-done": ({"clinical": False, "imaging": True}, {"aan2013-clin-notpml-imaging-only"}),
    "biopsy-without-virus": ({**BIOPSY, "virus": False}, set()),
    "biopsy-with-virus-not-looked-for": ({key: True for key in BIOPSY if key != "virus"}, set()),
    "nothing-known": ({}, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", SATISFIED)
def test_criteria_are_satisfied_by_what_is_known_and_nothing_else(kg: KnowledgeGraph, case: str) -> None:
    known, rows = SATISFIED[case]
    found = {row["criterion"].value for row in kg.ask("criteria-satisfied", **known) if row["verdict"].value == "1 satisfied"}
    assert found == {f"{PMLKG}criterion-{row}" for row in rows}


def test_row_that_was_not_seen_in_the_table_says_so(kg: KnowledgeGraph) -> None:
    known, _ = SATISFIED["probable-not-seen-in-the-table"]
    (row,) = [row for row in kg.ask("criteria-satisfied", **known) if row["verdict"].value == "1 satisfied"]
    assert (row["certainty"].value, row["status"].value) == ("probable", "unverified")


def test_verdict_on_criteria_is_that_of_the_worst_part(kg: KnowledgeGraph, questions: dict[str, Question]) -> None:
    """By three-valued logic over the parts of each row, for all that can be known of the clinic, the MRI and the PCR."""

    def verdict(value: bool | None, wanted: bool | None) -> int:
        """1 satisfied, 2 open, 3 not; None as what is wanted is "not positive": negative, or not done."""
        if wanted is None:
            return 3 if value else 1
        return 2 if value is None else 1 if value is wanted else 3

    text = questions["criteria-satisfied"].text
    names = dict(re.findall(r"pmlo:requires pmlkg:([\w-]+) \} && COALESCE\(!\?(\w+)", text))
    wants: dict[str, list[tuple[str, bool | None]]] = {}
    for term, wanted in (("requires", True), ("requiresAbsent", False), ("requiresNotPositive", None)):
        for row, part in kg.query(f"SELECT ?row ?part {{ ?row pmlo:{term} ?part }}").rows:
            wants.setdefault(row.value, []).append((names[part.value.removeprefix(PMLKG)], wanted))
    assert set(names.values()) == {parameter.name for parameter in questions["criteria-satisfied"].parameters}
    for values in itertools.product((True, False, None), repeat=3):
        known = dict(zip(("clinical", "imaging", "pcr"), values, strict=True))
        asked = {name: value for name, value in known.items() if value is not None}
        found = {row["criterion"].value: row["verdict"].value[0] for row in kg.ask("criteria-satisfied", **asked)}
        expected = {row: str(max(verdict(known.get(name), wanted) for name, wanted in parts)) for row, parts in wants.items()}
        assert found == expected, known


# --- every answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_joined_texts_have_no_loose_separator(kg: KnowledgeGraph, name: str) -> None:
    cells = {show(cell) for row in kg.ask(name).rows for cell in row if isinstance(cell, ox.Literal)}
    assert sorted(text for text in cells if text != text.strip(" ;,")) == []


FIGURED = (
    "incidence-by-population",
    "incidence-in-hiv",
    "mortality-and-survival",
    "risk-by-exposure",
    "risk-lookup",
    "risk-strata",
    "risk-within-class",
    "seroprevalence",
    "survival-by-host",
    "test-performance",
    "underlying-conditions",
)


@pytest.mark.parametrize("name", FIGURED)
def test_row_of_figures_has_a_figure(kg: KnowledgeGraph, name: str) -> None:
    empty = [show(row["claim"]) for row in kg.ask(name) if all(row.get(column) is None for column in FIGURES)]
    assert empty == []


# --- engines and order -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_rdflib_and_oxigraph_agree_on_rows_and_order(
    kg: KnowledgeGraph, as_rdflib: rdflib.Graph, questions: dict[str, Question], name: str
) -> None:
    found = as_rdflib.query(questions[name].text)
    ours = kg.ask(name)
    assert [str(variable) for variable in found.vars or []] == list(ours.columns)
    assert [tuple(map(by_value, row)) for row in found] == [tuple(map(by_value, row)) for row in ours.rows]


@pytest.mark.parametrize("name", NAMES)
def test_order_does_not_hang_on_the_order_of_loading(
    kg: KnowledgeGraph, reversed_store: ox.Store, questions: dict[str, Question], name: str
) -> None:
    other: Any = reversed_store.query(questions[name].text, use_default_graph_as_union=True)
    assert [tuple(map(by_value, row)) for row in other] == [tuple(map(by_value, row)) for row in kg.ask(name).rows]


@pytest.mark.parametrize("name", NAMES)
def test_order_by_tells_any_two_rows_apart(kg: KnowledgeGraph, questions: dict[str, Question], name: str) -> None:
    order = questions[name].text.rpartition("ORDER BY")[2]
    keys = [key for key in re.findall(r"\?(\w+)", order) if key in questions[name].columns]
    assert keys
    seen = Counter(tuple(by_value(row[key]) for key in keys) for row in kg.ask(name))
    assert [key for key, times in seen.items() if times > 1] == []


# --- questions that ask another endpoint -----------------------------------------------------------------------------
# The endpoint of the tests holds synthetic data in the words of the real ones; see tests/fixtures/remote.trig.


@pytest.mark.parametrize("name", NETWORK)
def test_question_that_asks_elsewhere_joins_what_it_gets_with_the_graph(kg: KnowledgeGraph, endpoint: Any, name: str) -> None:
    expectation = load(name)
    rows = list(kg.ask(name, network=True, endpoint=endpoint.address, **expectation.get("parameters", {})))
    for wanted in expectation["contains"]:
        assert [row for row in rows if fits(row, wanted)], f"no row fits {wanted}; nearest:\n{near(rows, wanted)}"
    for unwanted in expectation.get("absent", []):
        assert not [row for row in rows if fits(row, unwanted)], unwanted
    assert len(rows) == int(expectation["exactly"])


@pytest.mark.parametrize("name", NETWORK)
def test_rdflib_and_oxigraph_agree_on_what_an_endpoint_gives(
    kg: KnowledgeGraph, as_rdflib: rdflib.Graph, questions: dict[str, Question], endpoint: Any, name: str
) -> None:
    found = as_rdflib.query(at_address(questions[name].text, endpoint.address))
    ours = kg.ask(name, network=True, endpoint=endpoint.address)
    assert [tuple(map(by_value, row)) for row in found] == [tuple(map(by_value, row)) for row in ours.rows] != []


@pytest.mark.parametrize("name", NETWORK)
def test_nothing_of_the_graph_is_sent_and_only_once(kg: KnowledgeGraph, endpoint: Any, name: str) -> None:
    endpoint.sent()
    answer = kg.ask(name, network=True, endpoint=endpoint.address)
    assert answer.serialize("csv").count("\n") == len(answer) + 1
    (sent,) = endpoint.sent()
    assert PMLKG not in sent


@pytest.mark.parametrize("name", NETWORK)
def test_question_that_asks_elsewhere_says_how_to_allow_it(kg: KnowledgeGraph, questions: dict[str, Question], name: str) -> None:
    (address,) = addresses(questions[name].text)
    with pytest.raises(RemoteAccess, match=re.escape(f"would ask {address}. network=True, or --allow-network")):
        kg.ask(name)


@pytest.mark.parametrize(
    ("name", "prefix", "iri", "kind"),
    [
        ("hpo-terms", "obo:HP_", PREFIXES_OF["HP"], "Manifestation"),
        ("orphanet-disease", "ordo:Orphanet_", PREFIXES_OF["ORPHA"], "Entity"),
        ("wikidata-drugs", "wd:Q", PREFIXES_OF["wikidata"] + "Q", "Drug"),
    ],
)
def test_what_is_asked_for_is_what_the_graph_maps_to(
    kg: KnowledgeGraph, questions: dict[str, Question], name: str, prefix: str, iri: str, kind: str
) -> None:
    """The identifiers stand in the query, so that it asks for no more than it needs; a new mapping belongs there too."""
    mapped = kg.query(f"SELECT DISTINCT ?y {{ ?x a pmlo:{kind} ; skos:exactMatch ?y FILTER STRSTARTS(STR(?y), '{iri}') }}")
    asked = re.search(r"VALUES \?\w+ \{([^}]*)\}", questions[name].text)
    assert asked
    assert sorted(asked[1].split()) == sorted(prefix + row[0].value.removeprefix(iri) for row in mapped.rows)


@pytest.mark.parametrize(
    "address", ["", "x", "ftp://example.org/sparql", "http://", "https://example.org/> { } #", "http://exa mple.org/", "file:///etc/passwd"]
)
def test_address_of_an_endpoint_is_checked(kg: KnowledgeGraph, address: str) -> None:
    with pytest.raises(ValueError, match=r"the endpoint is .*; right: an address such as"):
        kg.ask("hpo-terms", network=True, endpoint=address)


def test_question_that_asks_nobody_has_no_endpoint(kg: KnowledgeGraph) -> None:
    with pytest.raises(ValueError, match="tropism asks no endpoint"):
        kg.ask("tropism", endpoint="https://example.org/sparql")


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_runs_without_our_prefixes_and_selects_the_columns_of_its_header(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = yaml.safe_load("\n".join(line[2:] for line in text.splitlines() if line.startswith("# ")))
    result: Any = ox.Store().query(offline(text))
    assert [variable.value for variable in result.variables] == list(header["columns"])


@pytest.mark.parametrize("name", [*NAMES, *NETWORK])
def test_catalogue_has_what_a_person_searches_for(questions: dict[str, Question], name: str) -> None:
    question = questions[name]
    assert question.title
    assert question.question.endswith("?")
    assert question.keywords
    assert all(question.columns.values())
    assert all(parameter.kind in KINDS and parameter.description for parameter in question.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_answer_carries_the_meaning_of_its_columns(kg: KnowledgeGraph, questions: dict[str, Question], name: str) -> None:
    found = kg.ask(name)
    assert list(found.question.columns) == list(found.columns)
    assert found.question.columns == questions[name].columns


GOOD = """# title: Synthetic things
# question: "Which synthetic things are there?"
# group: test
# keywords: [synthetic]
# parameters:
#   thing: {kind: entity, description: "a thing"}
# columns:
#   name: "label"
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?name WHERE { VALUES (?thing) { (UNDEF) } ?thing rdfs:label ?name } ORDER BY ?name
"""

REMOTE = GOOD.replace("# columns:", "# network: true\n# columns:").replace(
    "?thing rdfs:label ?name", "SERVICE <https://example.org/sparql> { ?thing rdfs:label ?name }"
)

# What is put in for what, the rule that reports it, and words that the message must have.
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "bad-yaml": ("# keywords: [synthetic]", "# keywords: [synthetic", "Query-header", "header"),
    "no-title": ("# title: Synthetic things\n", "", "Query-header", "title"),
    "no-columns": ('# columns:\n#   name: "label"\n', "", "Query-header", "columns"),
    "columns-differ": ("#   name:", "#   label:", "Query-header", "'label'"),
    "column-not-selected": ('"label"', '"label"\n#   more: "of it"', "Query-header", "'more'"),
    "parameter-not-in-values": ("#   thing:", "#   think:", "Query-header", "think"),
    "parameter-not-described": ("(?thing) { (UNDEF) }", "(?thing ?more) { (UNDEF UNDEF) }", "Query-header", "more"),
    "row-too-short": ("(?thing)", "(?thing ?more)", "Query-header", "header"),
    "type-of-no-column": ('"label"', '"label"\n# types: {nam: decimal}', "Query-header", "nam"),
    "unknown-type": ('"label"', '"label"\n# types: {name: decimall}', "Query-header", "decimall"),
    "unknown-kind": ("kind: entity", "kind: entiti", "Query-header", "entiti"),
    "no-kind": ("kind: entity, ", "", "Query-header", "kind"),
    "syntax-error": ("ORDER BY", "ORDER OF", "Query-syntax", ""),
    "prefix-not-declared": ("PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n", "", "Query-syntax", ""),
    "not-a-select": ("SELECT ?name WHERE { VALUES (?thing) { (UNDEF) } ?thing rdfs:label ?name } ORDER BY ?name",
                     "ASK { VALUES (?thing) { (UNDEF) } ?thing rdfs:label ?name }", "Query-header", "SELECT"),
    "service-without-network": (GOOD, REMOTE.replace("# network: true\n", ""), "Query-header", "SERVICE"),
    "network-without-service": ("# columns:", "# network: true\n# columns:", "Query-header", "SERVICE"),
    "network-is-no-boolean": (GOOD, REMOTE.replace("network: true", 'network: "true"'), "Query-header", "'true'"),
    "service-of-a-variable": (GOOD, REMOTE.replace("<https://example.org/sparql>", "?thing"), "Query-syntax", ""),
    "service-by-another-protocol": (GOOD, REMOTE.replace("https:", "ftp:"), "Query-header", "ftp:"),
    "service-and-syntax-error": (GOOD, REMOTE.replace("ORDER BY", "ORDER OF"), "Query-syntax", ""),
    "range-of-no-number": ("kind: entity,", "kind: entity, minimum: 1,", "Query-header", "range"),
    "range-in-words": ("kind: entity,", "kind: decimal, maximum: many,", "Query-header", "many"),
    "reserved-parameter": (GOOD, GOOD.replace("thing", "endpoint"), "Query-header", "option"),
    "picture-of-unknown-kind": ("# columns:", "# picture: {kind: forrest, label: name}\n# columns:", "Query-header", "forrest"),
    "picture-without-kind": ("# columns:", "# picture: {label: name}\n# columns:", "Query-header", "kind"),
    "picture-is-no-mapping": ("# columns:", "# picture: forest\n# columns:", "Query-header", "header"),
    "picture-of-a-missing-column": ("# columns:", "# picture: {kind: layers, from: name, to: nome, source: name}\n# columns:",
                                    "Query-header", "'nome'"),
    "picture-without-a-role": ("# columns:", "# picture: {kind: layers, from: name, source: name}\n# columns:", "Query-header", "no to"),
    "picture-with-a-strange-role": ("# columns:", "# picture: {kind: layers, from: name, to: name, source: name, hue: name}\n# columns:",
                                    "Query-header", "'hue'"),
    "picture-without-a-unit": ("# columns:", "# picture: {kind: bars, label: name, value: name, source: name}\n# columns:",
                               "Query-header", "unit"),
    "picture-with-two-units": ("# columns:", "# picture: {kind: bars, label: name, value: name, source: name, unit: name, axis: percent}\n# columns:",
                               "Query-header", "unit"),
    "picture-with-a-strange-scale": ("# columns:", "# picture: {kind: bars, label: name, value: name, source: name, unit: name, scale: lg}\n# columns:",
                                     "Query-header", "'lg'"),
    "picture-with-an-axis-that-it-has-not": ("# columns:", "# picture: {kind: layers, from: name, to: name, source: name, axis: x}\n# columns:",
                                             "Query-header", "axis"),
    "no-header": (GOOD, "SELECT ?name WHERE { ?thing ?p ?name }\n", "Query-header", "comment"),
    "header-is-no-mapping": (GOOD, "# words\nSELECT ?name WHERE { ?thing ?p ?name }\n", "Query-header", "header"),
    "empty": (GOOD, "", "Query-header", "comment"),
}  # fmt: skip


def faults(text: str, folder: Path) -> tuple[Finding, ...]:
    path = folder / "synthetic.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Findings) as caught:
        load_questions({"queries/synthetic.rq": path})
    return caught.value.findings


def test_good_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "synthetic.rq"
    path.write_text(GOOD, encoding="utf-8")
    question = load_questions({"queries/synthetic.rq": path})["synthetic"]
    assert question.parameters == (Parameter("thing", "entity", "a thing", "UNDEF"),)
    assert question.columns == {"name": "label"}
    assert question.keywords == ("synthetic",)


def test_question_that_asks_elsewhere_is_read_without_asking(tmp_path: Path, endpoint: Any) -> None:
    path = tmp_path / "synthetic.rq"
    path.write_text(at_address(REMOTE, endpoint.address), encoding="utf-8")
    endpoint.sent()
    assert load_questions({"queries/synthetic.rq": path})["synthetic"].network is True
    assert endpoint.sent() == []


def test_picture_of_a_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "synthetic.rq"
    line = "# picture: {kind: bars, label: [name], value: name, source: name, axis: percent, scale: log}\n# columns:"
    path.write_text(GOOD.replace("# columns:", line), encoding="utf-8")
    picture = load_questions({"queries/synthetic.rq": path})["synthetic"].picture
    assert picture == Picture("bars", {"label": ("name",), "value": ("name",), "source": ("name",)}, "percent", "log")
    path.write_text(GOOD, encoding="utf-8")
    assert load_questions({"queries/synthetic.rq": path})["synthetic"].picture is None


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_a_header_is_reported_with_its_file(fault: str, tmp_path: Path) -> None:
    old, new, rule, words = FAULTS[fault]
    assert old in GOOD
    found = faults(GOOD.replace(old, new), tmp_path)
    assert {finding.rule for finding in found} == {rule}
    assert all(finding.place and finding.place.file == "queries/synthetic.rq" for finding in found)
    assert all(words in finding.message for finding in found)


def test_syntax_error_has_its_line(tmp_path: Path) -> None:
    (finding,) = faults(GOOD.replace("ORDER BY", "ORDER OF"), tmp_path)
    assert finding.place
    assert finding.place.line == 1 + GOOD[: GOOD.index("ORDER BY")].count("\n")


def test_undecodable_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "synthetic.rq"
    path.write_bytes(b"# title: \xff\n")
    with pytest.raises(Findings) as caught:
        load_questions({"queries/synthetic.rq": path})
    assert [finding.rule for finding in caught.value.findings] == ["Query-header"]


def test_all_faulty_files_are_reported_at_once(tmp_path: Path) -> None:
    files = {}
    for name in ("one", "two"):
        files[f"queries/{name}.rq"] = tmp_path / f"{name}.rq"
        files[f"queries/{name}.rq"].write_text(GOOD.replace("kind: entity", "kind: entiti"), encoding="utf-8")
    with pytest.raises(Findings) as caught:
        load_questions(files)
    assert [finding.place and finding.place.file for finding in caught.value.findings] == ["queries/one.rq", "queries/two.rq"]


# --- binding ---------------------------------------------------------------------------------------------------------

MARKER = ox.NamedNode("https://example.org/marker")


@pytest.mark.parametrize("path", [path for path in QUERIES if "# parameters:" in path.read_text()], ids=lambda path: path.stem)
def test_binding_replaces_only_the_row_of_values(path: Path) -> None:
    question = load_questions({path.name: path})[path.stem]
    names = " ".join(f"?{parameter.name}" for parameter in question.parameters)
    blocks = question.text.count(f"VALUES ({names}) {{ (")
    assert blocks
    for parameter in question.parameters:
        bound = question.bind({parameter.name: MARKER})
        assert bound.count(str(MARKER)) == blocks  # a question with several branches has the parameters in each
        assert bound.replace(str(MARKER), parameter.default) == question.text
    assert question.bind({}) == question.text


def test_second_parameter_keeps_its_default(questions: dict[str, Question]) -> None:
    bound = questions["risk-to-guidance"].bind({"exposure": MARKER})
    rows = re.findall(r"VALUES \(\?exposure \?disease\) \{ \((.*)\) \}", bound)
    assert set(rows) == {f"{MARKER} pmlkg:pml"}


@pytest.mark.parametrize(
    "given",
    ["jc-virus", "pmlkg:jc-virus", "JCV", "jcv", " JC virus ", PMLKG + "jc-virus", f"<{PMLKG}jc-virus>", ox.NamedNode(PMLKG + "jc-virus")],
)
def test_entity_is_found_by_id_label_synonym_and_iri(kg: KnowledgeGraph, questions: dict[str, Question], given: Any) -> None:
    bound = kg.bind(questions["tropism"], {"agent": given})
    assert bound == questions["tropism"].bind({"agent": ox.NamedNode(PMLKG + "jc-virus")})


@pytest.mark.parametrize("given", ["increasesRiskOf", "pmlo:increasesRiskOf", PMLO + "increasesRiskOf"])
def test_term_is_found_by_name_and_iri(kg: KnowledgeGraph, given: str) -> None:
    assert kg.ask("edge-sources", predicate=given).rows == kg.ask("edge-sources").rows


def test_parameter_that_is_none_keeps_its_default(kg: KnowledgeGraph) -> None:
    assert kg.ask("tropism", agent=None).rows == kg.ask("tropism").rows


def test_parameter_narrows_the_answer(kg: KnowledgeGraph) -> None:
    every = kg.ask("test-performance")
    one = kg.ask("test-performance", what="csf-jcv-pcr")
    assert 0 < len(one) < len(every)
    assert set(one.rows) < set(every.rows)
    assert len({row["test"] for row in one}) == 1


INJECTIONS = [
    "pml) } ?claim ?p ?o . VALUES (?x) { (pmlkg:pml",
    "> <https://example.org/x",
    '" } ?a ?b ?c { "',
    "' ) UNION { ?s ?p ?o } #",
    "pml\n} ORDER BY ?x #",
    "\\u003e",
    "?claim",
    "UNDEF",
    "*",
    "",
    "_:b",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("attack", INJECTIONS)
def test_text_that_is_no_name_never_reaches_a_query(kg: KnowledgeGraph, questions: dict[str, Question], attack: str) -> None:
    with pytest.raises(UnknownName):
        kg.bind(questions["tropism"], {"agent": attack})
    with pytest.raises(UnknownName):
        kg.bind(questions["edge-sources"], {"predicate": attack})


@pytest.mark.parametrize("given", ["pmlkg:pml) } ?s ?p ?o #", "?agent", ox.BlankNode("b")])
def test_question_binds_only_iris_and_literals(questions: dict[str, Question], given: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        questions["tropism"].bind({"agent": given})


def synthetic(kind: str, default: str = "UNDEF") -> Question:
    text = f"SELECT ?given WHERE {{ VALUES (?given) {{ ({default}) }} }} ORDER BY ?given"
    return Question("synthetic", "t", "q?", "test", ("k",), (Parameter("given", kind, "d", default),), {"given": "the same"}, text)


@pytest.mark.parametrize("attack", [*INJECTIONS, "a\\", 'a"""b', "naïve 漢字 \U0001f9e0", "\t\r\n"])
def test_text_value_comes_back_as_it_was_given(kg: KnowledgeGraph, attack: str) -> None:
    result = kg.query(kg.bind(synthetic("text"), {"given": attack}))
    assert [row["given"] for row in result] == [ox.Literal(attack)]


@pytest.mark.parametrize(
    ("kind", "given"), [("decimal", "0.90"), ("decimal", "-3"), ("integer", "12"), ("boolean", "true"), ("boolean", False)]
)
def test_typed_value_becomes_a_literal_of_its_type(kg: KnowledgeGraph, kind: str, given: Any) -> None:
    bound = kg.bind(synthetic(kind), {"given": given})
    text = str(given).lower() if isinstance(given, bool) else given
    assert str(ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + kind))) in bound


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("decimal", "1,5"),
        ("decimal", "1e3"),
        ("decimal", "nan"),
        ("decimal", ""),
        ("integer", "1.0"),
        ("integer", "1\n"),
        ("boolean", "yes"),
    ],
)
def test_value_of_the_wrong_kind_says_what_would_be_right(kind: str, given: str) -> None:
    with pytest.raises(ValueError, match=r"given.*right: ") as caught:
        literal(Parameter("given", kind, "d", "UNDEF"), given)
    assert KINDS[kind] in str(caught.value)


@pytest.mark.parametrize("given", ["-0.1", "100.1", "1000000"])
def test_number_out_of_range_says_the_range(given: str) -> None:
    with pytest.raises(ValueError, match=r"given is .*; right: a number such as 0\.9 from 0 to 100"):
        literal(Parameter("given", "decimal", "d", "UNDEF", "0", "100"), given)
    for end in ("0", "100", "0.0", "100.00"):
        assert literal(Parameter("given", "decimal", "d", "UNDEF", "0", "100"), end).value == end


def test_range_of_a_question_is_kept(kg: KnowledgeGraph) -> None:
    with pytest.raises(ValueError, match="months is '-1'; right: a whole number from 0"):
        kg.ask("risk-lookup", months="-1")
    with pytest.raises(ValueError, match="percent is '101'"):
        kg.ask("rare-sites", percent=101)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("tropism", "agent", ox.Literal("JC virus")),
        ("tropism", "agent", ox.BlankNode("b")),
        ("edge-sources", "predicate", ox.Literal("increasesRiskOf")),
    ],
)
def test_term_of_the_wrong_kind_is_refused(
    kg: KnowledgeGraph, questions: dict[str, Question], name: str, parameter: str, value: Any
) -> None:
    with pytest.raises(ValueError, match=r"JC virus|_:b|increasesRiskOf"):
        kg.bind(questions[name], {parameter: value})


@pytest.mark.parametrize(
    ("call", "offender", "suggestion"),
    [
        (lambda kg: kg.ask("risk-to-guidence"), "risk-to-guidence", "risk-to-guidance"),
        (lambda kg: kg.ask("risk-strata", exposur="natalizumab"), "exposur", "exposure"),
        (lambda kg: kg.ask("risk-strata", exposure="natalizumap"), "natalizumap", "natalizumab"),
        (lambda kg: kg.ask("edge-sources", predicate="increaseRiskOf"), "increaseRiskOf", "increasesRiskOf"),
        (lambda kg: kg.ask("tropism", agent="pmlk:jc-virus"), "pmlk:jc-virus", "jc-virus"),
    ],
)
def test_unknown_name_is_an_error_with_the_nearest_names(
    kg: KnowledgeGraph, call: Callable[[KnowledgeGraph], Any], offender: str, suggestion: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        call(kg)
    assert caught.value.name == offender
    assert suggestion in [name.removeprefix("pmlkg:") for name in caught.value.suggestions]


def test_parameter_of_a_question_without_parameters_is_refused(kg: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName):
        kg.ask("diagnostic-criteria", disease="pml")


def test_unknown_question_is_found_out_without_reading_the_files(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        find_question({"queries/tropism.rq": tmp_path / "tropism.rq"}, "tropsim")
    assert caught.value.suggestions == ("tropism",)


def test_the_size_of_a_risk_is_the_same_in_every_question(kg: KnowledgeGraph) -> None:
    """The lead question and the one on risks, for every drug and for all that people have; the first also tells figures of a class, and
    those of claims that raise no risk."""

    def figures(rows: Iterable[dict[str, Any]]) -> set[tuple[str, ...]]:
        return {tuple(show(row[name]) for name in ("value", "low", "high", "unit", "claim")) for row in rows}

    exposures = [row[0] for row in kg.query("SELECT DISTINCT ?x { { ?x a pmlo:Drug } UNION { ?people pmlo:characterizedBy ?x } }").rows]
    assert len(exposures) > 100
    raises = {f"pmlo:{name}" for name in ("increasesRiskOf", "occursIn")}
    for exposure in exposures:
        lead = figures(
            r
            for r in kg.ask("risk-to-guidance", exposure=exposure)
            if show(r["step"]) == "1 risk" and "frequency" not in show(r["finding"])
        )
        risks = figures(kg.ask("risk-by-exposure", factor=exposure))
        assert risks <= lead, exposure
        for *_, claim in lead - risks:
            card = kg.query(
                f"SELECT ?p ?class {{ {claim} pmlo:predicate ?p OPTIONAL {{ {claim} pmlo:concerns ?class . ?class a pmlo:DrugClass }} }}"
            )
            assert any(show(p) not in raises or of_class is not None for p, of_class in card.rows), (exposure, claim)
