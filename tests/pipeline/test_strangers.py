"""Mistakes that people made with the program, one small file each, put beside the real data: each is a finding that says where and what is right."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pmlkg.findings import Finding, Findings
from pmlkg.locations import Data
from pmlkg.pipeline.build import assemble

CASES = Path(__file__).parents[1] / "data" / "cases" / "strangers"
RIGHT = {
    "context-list-python-message.jsonld": ("Context-syntax", "ontology/context.jsonld", "there is no @context"),
    "context-remote-message-assertionerror.jsonld": ("Context-syntax", "ontology/context.jsonld", "@context is no object of keys"),
    "context-without-context-message-is-a-key.jsonld": ("Context-syntax", "ontology/context.jsonld", "there is no @context"),
    "ontology-class-without-label-conforms.ttl": ("Ontology-term", "ontology/pmlkg.ttl", "does not say which ontology defines it"),
    "ontology-somevaluesfrom-outside-owl-rl-conforms.ttl": ("Ontology-profile", "ontology/pmlkg.ttl", "owl:someValuesFrom above of a class"),
    "ontology-two-drugs-same-as-conforms.ttl": ("Ontology-same", "ontology/pmlkg.ttl", "the same as pmlkg:rituximab"),
    "question-default-entity-unknown-conforms.rq": ("Question-default", "queries/zz.rq", "no record"),
    "question-key-group-missing-message-is-group.rq": ("Query-header", "queries/zz.rq:1:1", "it has no 'group'"),
    "record-bidi-override-conforms.yaml": ("Record-syntax", "ontology/records/zz.yaml:6:16", "u202e"),
    "record-bom-inside-text-conforms.yaml": ("Record-syntax", "ontology/records/zz.yaml:6:16", "ufeff"),
    "record-hash-cuts-sentence-conforms.yaml": ("Record-cutText", "ontology/records/zz.yaml:6:16", "ends at ' #'"),
    "record-in-dot-yml-file-is-ignored.yml": ("File-unread", "ontology/records/zz.yml", "nothing reads this file"),
    "record-incidence-in-percent-conforms.yaml": ("Statistic-unitFits", "ontology/records/zz.yaml:10:41", "does not fit"),
    "record-leading-zero-value-010-conforms.yaml": ("Record-datatype", "ontology/records/zz.yaml:10:35", "'010'"),
    "record-sample-size-10e30-conforms.yaml": ("Record-datatype", "ontology/records/zz.yaml:10:53", "no xsd:integer"),
    "record-source-as-subject-blames-other-file.yaml": ("Closure-clash", "ontology/records/zz.yaml:1:3", "pmlkg:Butzkueven2020 pmlo:increasesRiskOf pmlkg:pml"),
    "record-superseded-by-itself-conforms.yaml": ("Record-selfReference", "ontology/records/zz.yaml:9:17", "names the record itself"),
    "record-value-of-5000-digits-conforms.yaml": ("Record-datatype", "ontology/records/zz.yaml:10:35", "no xsd:decimal"),
    "shape-bad-regex-traceback.ttl": ("Shape-pattern", "shapes/zz.ttl:2:1", "unterminated character set"),
    "shape-js-constraint-ignored.ttl": ("Shape-word", "shapes/zz.ttl:2:1", "sh:js"),
    "shape-literal-path-exit-3-no-file.ttl": ("Shape-path", "shapes/zz.ttl:2:1", "a sh:path that is none"),
    "shape-mincount-text-exit-3-no-file.ttl": ("Shape-value", "shapes/zz.ttl:2:1", "sh:minCount 'one'"),
    "shape-recursive-python-warning.ttl": ("Shape-inner", "shapes/zz.ttl:2:1", "inside another"),
    "shape-select-syntax-unreadable-message.ttl": ("Shape-select", "shapes/zz.ttl:2:1", "'{' here is not closed"),
    "shape-without-target-conforms.ttl": ("Shape-metadata", "shapes/zz.ttl:2:1", "not one sh:description"),
    "sssom-row-drug-exactmatch-disease-conforms.tsv": ("Mapping-kind", "ontology/mappings/pmlkg.sssom.tsv:", "is a Drug"),
    "sssom-row-justification-nonsense-conforms.tsv": ("Mapping-justification", "ontology/mappings/pmlkg.sssom.tsv:", "semapv:Nope"),
    "sssom-row-label-of-another-drug-conforms.tsv": ("Mapping-label", "ontology/mappings/pmlkg.sssom.tsv:", "is that of pmlkg:natalizumab"),
    "sssom-row-two-columns-python-message.tsv": ("Mapping-row", "ontology/mappings/pmlkg.sssom.tsv:", "2 cells"),
    "sssom-row-unknown-prefix-message-is-FOO.tsv": ("Mapping-row", "ontology/mappings/pmlkg.sssom.tsv:", "FOO:123"),
}  # fmt: skip


def put(case: Path, root: Path) -> None:
    """The case where a person would have put it."""
    text = case.read_text(encoding="utf-8")
    kind = case.name.partition("-")[0]
    added = {"ontology": "ontology/pmlkg.ttl", "sssom": "ontology/mappings/pmlkg.sssom.tsv"}
    if kind in added:
        with (root / added[kind]).open("a", encoding="utf-8") as file:
            file.write(text.split("\n", 1)[1] if kind == "sssom" else f"\n{text}")
        return
    name = {
        "context": "ontology/context.jsonld",
        "question": "queries/zz.rq",
        "record": f"ontology/records/zz{case.suffix}",
        "shape": "shapes/zz.ttl",
    }
    (root / name[kind]).write_text(text, encoding="utf-8")


def findings(root: Path) -> tuple[Finding, ...]:
    try:
        return assemble(Data(root)).findings
    except Findings as error:
        return error.findings


@pytest.mark.parametrize("case", RIGHT)
def test_a_mistake_is_a_finding_with_its_place(data: Data, tmp_path: Path, case: str) -> None:
    for folder in ("ontology", "shapes", "queries"):
        shutil.copytree(data.root / folder, tmp_path / folder)
    put(CASES / case, tmp_path)
    rule, place, words = RIGHT[case]
    found = findings(tmp_path)
    (fitting,) = [one for one in found if one.rule == rule]
    assert str(fitting.place).startswith(place)
    assert words in fitting.message
    assert fitting.right
    assert len(found) <= 3, "one cause, a few findings"


def test_every_case_is_tried() -> None:
    assert {path.name for path in CASES.iterdir()} == set(RIGHT)
