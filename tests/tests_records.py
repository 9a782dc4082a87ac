"""A small synthetic graph that several tests share: the texts of its files, and the graph."""

from __future__ import annotations

import shutil
from pathlib import Path

from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data

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


def opened(root: Path, data: Data, records: str = RECORDS) -> KnowledgeGraph:
    """The graph of the records under the real ontology; without the real shapes, which ask for all kinds of records."""
    for path, text in {"ontology/records/x.yaml": records, "ontology/mappings/x.sssom.tsv": MAPPING, "queries/echo.rq": QUESTION}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for file in (data.context, data.ontology):
        shutil.copy(file, root / "ontology")
    return KnowledgeGraph.open(root)
