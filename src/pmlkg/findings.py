"""What is wrong, where, and what would be right: the one form in which every check reports.

Readers of records, SHACL shapes and the closure all give `Finding` objects; text, JSON and a SHACL report graph
are three views of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

import pyoxigraph as ox

from pmlkg.terms import PMLS, RDF_TYPE, SH, XSD, curie

Severity = Literal["Violation", "Warning", "Info"]
_SHOWN: Final = 25
_ORDER: Final[dict[str, int]] = {"Violation": 0, "Warning": 1, "Info": 2}


class Place(NamedTuple):
    """A position in a file as a person counts: line and column start at 1; 0 means not known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Finding(NamedTuple):
    """One thing that is wrong.

    rule : local name in the shapes namespace, e.g. ``Statistic-confidenceLow``.
    message : what was found, naming the offending word or value.
    right : what would be right.
    place : file, line and column, or None where a finding has no place (a rule that selects nothing).
    node, path, value : IRIs or literals of the graph that are concerned, in plain text, where there are any; blank nodes begin with ``_:``.
    """

    rule: str
    message: str
    right: str = ""
    place: Place | None = None
    node: str | None = None
    path: str | None = None
    value: str | None = None
    severity: Severity = "Violation"
    value_is_node: bool = False

    def sort_key(self) -> tuple[Any, ...]:
        """Worst first, then by place."""
        place = self.place or Place("")
        return (_ORDER[self.severity], place, self.rule, self.node or "", self.path or "", self.value or "", self.message)

    def to_text(self) -> str:
        """Two lines for a person: place, node and message; then rule and what would be right."""
        where = str(self.place) if self.place else "(no file)"
        node = f"  {curie(self.node)}" if self.node else ""
        mark = "" if self.severity == "Violation" else f" [{self.severity.lower()}]"
        first = f"{where}{node}{mark}  {self.message}"
        second = f"    rule pmls:{self.rule}" + (f"   right: {self.right}" if self.right else "")
        return f"{first}\n{second}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON object with stable keys; what is not known is left out."""
        fields: dict[str, Any] = {
            "severity": self.severity,
            "rule": PMLS + self.rule,
            "file": self.place.file if self.place else None,
            "line": self.place.line if self.place and self.place.line else None,
            "column": self.place.column if self.place and self.place.line else None,
            "node": self.node,
            "path": self.path,
            "value": self.value,
            "valueIsNode": self.value_is_node or None,
            "message": self.message,
            "right": self.right or None,
        }
        return {key: value for key, value in fields.items() if value is not None}


class Findings(Exception):
    """Input that cannot be used, with everything that is wrong with it, sorted."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings, key=Finding.sort_key))
        super().__init__(f"{len(self.findings)} finding(s)")

    def __str__(self) -> str:
        return to_text(self.findings)


def conforms(findings: Iterable[Finding]) -> bool:
    """True where no finding is a violation; warnings and infos do not count."""
    return all(finding.severity != "Violation" for finding in findings)


def to_text(findings: Sequence[Finding]) -> str:
    """All findings for a person, and a closing line that counts them. Of one rule _SHOWN are told, and the others counted: they have one cause."""
    counts = {severity: sum(f.severity == severity for f in findings) for severity in _ORDER}
    summary = ", ".join(f"{number} {name.lower()}{'' if number == 1 else 's'}" for name, number in counts.items() if number)
    left: Counter[str] = Counter()
    told = []
    for finding in findings:
        left[finding.rule] += 1
        if left[finding.rule] <= _SHOWN:
            told.append(finding.to_text())
    more = [
        f"… and {number - _SHOWN:,} more of rule pmls:{rule}; --format json has all" for rule, number in left.items() if number > _SHOWN
    ]
    return "\n".join([*told, *more, summary or "conforms: no findings"])


def to_json(findings: Sequence[Finding]) -> str:
    """A JSON object: ``conforms`` and ``findings``."""
    report = {"conforms": conforms(findings), "findings": [finding.to_dict() for finding in findings]}
    return json.dumps(report, ensure_ascii=False, indent=2)


def to_report_graph(findings: Sequence[Finding]) -> str:
    """A ``sh:ValidationReport`` in Turtle; blank nodes as SHACL has them, numbered in the order of the findings."""
    report = ox.BlankNode("report")

    def sh(name: str) -> ox.NamedNode:
        return ox.NamedNode(SH + name)

    def flag(value: bool) -> ox.Literal:
        return ox.Literal("true" if value else "false", datatype=ox.NamedNode(XSD + "boolean"))

    triples = [
        ox.Triple(report, RDF_TYPE, sh("ValidationReport")),
        ox.Triple(report, sh("conforms"), flag(not findings)),
    ]
    triples += [ox.Triple(report, sh("result"), ox.BlankNode(f"result{n}")) for n in range(len(findings))]
    for number, finding in enumerate(findings):
        result = ox.BlankNode(f"result{number}")
        rule = ox.NamedNode(PMLS + finding.rule)
        where = f"{finding.place}: " if finding.place else ""
        right = f" Right: {finding.right}" if finding.right else ""
        triples += [
            ox.Triple(result, RDF_TYPE, sh("ValidationResult")),
            ox.Triple(result, sh("resultSeverity"), sh(finding.severity)),
            ox.Triple(result, sh("sourceShape"), rule),
            # Checks of the records run before there is a graph; they are constraint components of their own.
            ox.Triple(result, sh("sourceConstraintComponent"), ox.NamedNode(PMLS + finding.rule + "-constraint")),
            ox.Triple(result, sh("resultMessage"), ox.Literal(f"{where}{finding.message}{right}", language="en")),
            ox.Triple(result, sh("focusNode"), _node(finding.node) if finding.node else rule),
        ]
        if finding.path:
            triples.append(ox.Triple(result, sh("resultPath"), ox.NamedNode(finding.path)))
        if finding.value is not None:
            value = _node(finding.value) if finding.value_is_node else ox.Literal(finding.value)
            triples.append(ox.Triple(result, sh("value"), value))
    out = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes={"pmls": PMLS, "sh": SH, "xsd": XSD})
    assert out is not None  # no output file was given
    return out.decode()


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)
