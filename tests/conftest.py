"""What the tests share: the project's own data, its built graph, and small graphs made from fixture files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data, find_data
from pmlkg.pipeline.build import Built, assemble

TESTS = Path(__file__).parent

RECORDS = """
- {id: pml, type: Disease, label: progressive syndrome, altLabel: [PS, shared name], definition: A synthetic disease.}
- {id: other, type: Disease, label: other syndrome, altLabel: [shared name, "odd: name [x] 100%"]}
- {id: drug, type: Drug, label: synthetic drug}
- {id: drug-class, type: DrugClass, label: synthetic class}
- {id: group, type: Population, label: synthetic people}
- {id: Article2020, type: JournalArticle, title: Progressive syndrome, doi: 10.1000/ab}
- {id: Article2021, type: JournalArticle, title: Second synthetic article, url: "https://example.org/2021"}
- id: claim-risk
  type: RiskClaim
  subject: drug
  predicate: increasesRiskOf
  object: pml
  description: Synthetic claim of risk.
  population: group
  status: current
  statistic:
    - {measure: incidence, value: 1.2, confidenceLow: 0.9, confidenceHigh: 1.5, unit: "/(1000.{person}.a)", period: first year}
    - {measure: risk, rangeLow: 2, rangeHigh: 3, unit: "%"}
  supportedBy:
    - {source: Article2020, locator: Table 1, readingDepth: fullText}
    - {source: Article2021, readingDepth: abstract}
- id: claim-doubt
  type: RiskClaim
  subject: drug
  predicate: increasesRiskOf
  object: pml
  description: Synthetic claim that is only disputed.
  status: current
  disputedBy: [{source: Article2021, readingDepth: abstract}]
- id: claim-old
  type: RiskClaim
  subject: drug
  predicate: increasesRiskOf
  object: other
  description: Synthetic claim that is superseded.
  status: superseded
  statistic: [{measure: risk, value: 1.20, unit: "%"}]
  supportedBy: [{source: Article2020, readingDepth: abstract}]
- id: claim-member
  type: TaxonomyClaim
  subject: drug
  predicate: memberOf
  object: drug-class
  description: Synthetic claim of membership.
  status: current
  supportedBy: [{source: Article2021, readingDepth: abstract}]
"""
QUESTION = """# title: Echo
# question: What was asked?
# group: synthetic
# keywords: [echo]
# parameters:
#   what: {kind: entity, description: an entity}
#   measure: {kind: term, of: MeasureScheme, description: a measure}
#   text: {kind: text, description: any text}
#   number: {kind: decimal, description: a number}
#   whole: {kind: integer, description: a whole number}
#   flag: {kind: boolean, description: yes or no}
# columns: {what: the entity, measure: the measure, text: the text, number: the number, whole: the whole number, flag: the flag}
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?what ?measure ?text ?number ?whole ?flag
WHERE { VALUES (?what ?measure ?text ?number ?whole ?flag) { (UNDEF UNDEF UNDEF UNDEF UNDEF UNDEF) } }
"""
MAPPING = """#curie_map:
#  MONDO: http://purl.obolibrary.org/obo/MONDO_
subject_id\tpredicate_id\tobject_id
pmlkg:pml\tskos:exactMatch\tMONDO:0000001
"""


@pytest.fixture(scope="session")
def data() -> Data:
    """The project's own ontology, records, shapes and queries."""
    return find_data(TESTS.parent)


@pytest.fixture(scope="session")
def built(data: Data) -> Built:
    """The whole graph with proofs and findings, assembled in memory once."""
    return assemble(data)


@pytest.fixture(scope="session")
def kg(data: Data) -> KnowledgeGraph:
    """The whole graph as a user opens it; built in build/ of the checkout if it is not there."""
    return KnowledgeGraph.open(data.root)


@pytest.fixture
def small(data: Data, tmp_path: Path) -> Callable[..., Data]:
    """Makes a data folder with the real ontology, shapes and queries, and only the record files that are given."""

    def make(*records: Path) -> Data:
        root = tmp_path / "data"
        for name in ("shapes", "queries"):
            shutil.copytree(data.root / name, root / name)
        (root / "ontology" / "records").mkdir(parents=True)
        shutil.copy(data.context, root / "ontology")
        shutil.copy(data.ontology, root / "ontology")
        for record in records:
            shutil.copy(record, root / "ontology" / "records")
        return Data(root)

    return make


@pytest.fixture(scope="session")
def tiny(data: Data, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """A graph of the records above under the real ontology; without the real shapes, which ask for all kinds of records."""
    root = tmp_path_factory.mktemp("tiny")
    for path, text in {
        "ontology/records/x.yaml": RECORDS,
        "ontology/mappings/x.sssom.tsv": MAPPING,
        "queries/echo.rq": QUESTION,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for file in (data.context, data.ontology):
        shutil.copy(file, root / "ontology")
    return KnowledgeGraph.open(root)


class Endpoint:
    """A second SPARQL endpoint, which the questions that ask one are sent to; see tests/endpoint.py."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.address = self.root + "/sparql"

    def sent(self) -> list[str]:
        """The queries that came since this was last asked."""
        with urlopen(self.root + "/sent", timeout=10) as answer:
            found: list[str] = json.load(answer)
        return found


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    command = [sys.executable, str(TESTS / "endpoint.py"), str(TESTS / "fixtures" / "remote.trig")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield Endpoint(int(process.stdout.readline()))
        process.kill()
