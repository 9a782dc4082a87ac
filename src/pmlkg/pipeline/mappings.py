"""SSSOM files in, SKOS triples out, with the prefixes of what they map to, and what is wrong with a row and its neighbours."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import yaml

from pmlkg.findings import Finding, Findings, Place, Severity, conforms
from pmlkg.locations import Data
from pmlkg.terms import PMLKG, PREFIXES, RDFS, curie, did_you_mean, expand, nearest

_PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_COLUMNS: Final = ("subject_id", "predicate_id", "object_id")
_BUILT_IN: Final = {
    "linkml": "https://w3id.org/linkml/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": PREFIXES["skos"],
    "sssom": "https://w3id.org/sssom/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that SSSOM has without a curie_map."""
_LABEL: Final = ox.NamedNode(RDFS + "label")
_NO_TERM: Final = "https://w3id.org/sssom/NoTermFound"
_JUSTIFICATIONS: Final = frozenset(
    f"semapv:{name}"
    for name in (
        *("BackgroundKnowledgeBasedMatching", "CompositeMatching", "InstanceBasedMatching", "LexicalMatching"),
        *("LexicalSimilarityThresholdMatching", "LogicalReasoning", "ManualMappingCuration", "MappingChaining", "MappingInversion"),
        *("MappingReview", "SemanticSimilarityThresholdMatching", "StructuralMatching", "UnspecifiedMatching"),
    )
)
_DISEASES: Final = ("Condition", "Disease")
_SUBSTANCES: Final = ("Drug", "DrugClass")
_OF: Final[dict[str, tuple[str, ...]]] = {
    "CHEBI": _SUBSTANCES,
    "CL": ("CellType",),
    "DOID": _DISEASES,
    "MONDO": _DISEASES,
    "ORPHA": _DISEASES,
    "UBERON": ("AnatomicalStructure",),
    "atc": _SUBSTANCES,
    "chembl.compound": _SUBSTANCES,
    "drugbank": _SUBSTANCES,
    "hgnc": ("Gene",),
    "icd10": _DISEASES,
    "icd10cm": _DISEASES,
    "icd11": _DISEASES,
    "icd9cm": _DISEASES,
    "ror": ("Organization",),
    "rxnorm": _SUBSTANCES,
    "unii": _SUBSTANCES,
    "uniprot": ("Protein",),
}
"""Vocabularies of one kind of thing -> the classes of the records that one of their terms can be exactly."""


@dataclass
class Mappings:
    """What the files say: triples, the prefixes of their objects, and what does not stop a build."""

    triples: tuple[ox.Triple, ...] = ()
    vocabularies: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Row:
    """A mapping that was read: the record, the match, and the term, in full and as it was written."""

    place: Place
    subject: str
    match: str
    target: str
    prefix: str
    written: str


def read_mappings(data: Data, records: Iterable[Mapping[str, Any]], ontology: Iterable[ox.Triple]) -> Mappings:
    """All mapping files. Raises Findings where a row is malformed, maps what nothing describes, or contradicts another.

    records : the items of the records (`Records.document`), which say what each id is and how it is called. ontology : its triples;
    its terms are mapped too, each with its label.
    """
    terms = {
        t.subject.value: {"label": t.object.value}
        for t in ontology
        if t.predicate == _LABEL and isinstance(t.subject, ox.NamedNode) and isinstance(t.object, ox.Literal)
    }
    reader = _Reader({**terms, **{PMLKG + item["id"]: item for item in records}})
    for name, path in data.mappings().items():
        reader.read(name, path)
    reader.compare()
    if not conforms(reader.findings):
        raise Findings(reader.findings)
    triples = (ox.Triple(ox.NamedNode(r.subject), ox.NamedNode(PREFIXES["skos"] + r.match), ox.NamedNode(r.target)) for r in reader.rows)
    vocabularies = {row.prefix: reader.namespaces[row.prefix][0] for row in reader.rows}
    return Mappings(tuple(dict.fromkeys(triples)), dict(sorted(vocabularies.items())), tuple(reader.findings))


class _Reader:
    def __init__(self, known: Mapping[str, Mapping[str, Any]]) -> None:
        self.known = known
        self.rows: list[_Row] = []
        self.findings: list[Finding] = []
        self.namespaces: dict[str, tuple[str, str]] = {}  # prefix -> namespace, file

    def _find(self, rule: str, message: str, right: str, place: Place, severity: Severity = "Violation") -> None:
        self.findings.append(Finding(f"Mapping-{rule}", message, right, place, severity=severity))

    def read(self, name: str, path: Path) -> None:
        """One file: a header in YAML behind number signs, then rows whose cells are parted by tabs and may be quoted."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            self._find("row", str(error), "a tab-separated file in UTF-8", Place(name))
            return
        if odd := re.search("[\0-\x08\x0b\x0c\x0e-\x1f]", text):
            line = text.count("\n", 0, odd.start()) + 1
            self._find("row", f"the character {odd[0]!r}", "text without control characters", Place(name, line, 1))
            return
        lines = text.split("\n")
        head = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
        curies = self._header(name, "\n".join(line[1:] for line in lines[:head]))
        table = csv.reader(io.StringIO("\n".join(lines[head:]), newline=""), delimiter="\t")
        titles = next(table, [])
        if missing := [column for column in _COLUMNS if column not in titles]:
            self._find("row", f"no column {', '.join(missing)}", f"a line of titles with {', '.join(_COLUMNS)}", Place(name, head + 1, 1))
            return
        line, empty = table.line_num, True
        for cells in table:
            place, line = Place(name, head + line + 1, 1), table.line_num
            if not cells:
                continue
            empty = False
            if len(cells) != len(titles):
                self._find("row", f"{len(cells)} cells under {len(titles)} titles", "a cell for each title, parted by tabs", place)
                continue
            self._row(dict(zip(titles, (cell.strip() for cell in cells), strict=True)), curies, place)
        if empty:
            self._find("row", "a file without rows", "a row for each mapping", Place(name), "Warning")

    def _header(self, name: str, text: str) -> dict[str, str]:
        """The prefixes of a file, those of SSSOM included."""
        try:
            said = yaml.safe_load(text) or {}
            curies = said.get("curie_map") or {}
            given = {str(prefix): str(iri) for prefix, iri in curies.items()}
        except (yaml.YAMLError, AttributeError) as error:
            self._find("header", f"the header is no YAML: {' '.join(str(error).split())[:160]}", "keys and values behind #", Place(name))
            return {}
        for prefix, iri in given.items():
            other, file = self.namespaces.setdefault(prefix, (iri, name))
            if other != iri:
                self._find("prefix", f"{prefix!r} is {iri} here and {other} in {file}", "one namespace for a prefix", Place(name))
        return {**_BUILT_IN, **given}

    def _row(self, row: dict[str, str], curies: dict[str, str], place: Place) -> None:
        subject, predicate, written = (row[column] for column in _COLUMNS)
        prefix, colon, local = written.partition(":")
        if not colon or prefix not in curies:
            like = did_you_mean(nearest(prefix, curies)) if colon else ""
            self._find("row", f"the object {written!r} has no prefix of the curie_map{like}", "a prefix that the header declares", place)
            return
        try:
            iri, target = expand(subject), ox.NamedNode(curies[prefix] + local).value
        except ValueError:
            self._find("row", f"{subject!r} or {written!r} is no name", "subject_id and object_id as prefix:name", place)
            return
        match = predicate.removeprefix("skos:")
        if match not in _PREDICATES or not predicate.startswith("skos:"):
            self._find("row", f"the predicate {predicate!r}", f"skos:{', skos:'.join(_PREDICATES)}", place)
            return
        item = self.known.get(iri)
        if item is None:
            like = did_you_mean(nearest(subject, [curie(name) for name in self.known], count=1))
            self._find("row", f"{subject!r}, which no record has as its id{like}", "the id of a record, or a term of the ontology", place)
            return
        if _NO_TERM in (iri, target):  # says that there is nothing to map to
            return
        if modifier := row.get("predicate_modifier"):
            if modifier.lower() != "not":
                self._find("row", f"the predicate_modifier {modifier!r}", "Not, or nothing", place)
            else:
                self._find("negated", f"{subject} is not a match of {written}: no triple is made", "", place, "Warning")
            return
        if local.startswith((f"{prefix}:", f"{prefix}_")):
            self._find("row", f"the prefix stands twice in {written!r}", f"{prefix}:{local[len(prefix) + 1 :]}", place)
            return
        justification = row.get("mapping_justification")
        if justification and justification not in _JUSTIFICATIONS:
            like = did_you_mean(nearest(justification, _JUSTIFICATIONS, count=1))
            self._find(
                "justification", f"the justification {justification!r}{like}", "one of semapv, such as semapv:ManualMappingCuration", place
            )
        label = row.get("subject_label")
        if label and label not in _names(item) and (other := self._called(label)):
            self._find("label", f"the label {label!r} of {subject} is that of {curie(other)}", "the label of the record", place)
        kinds, fitting = set(_texts(item.get("type"))), _OF.get(prefix, ())
        if match == "exactMatch" and fitting and not kinds & set(fitting):
            self._find(
                "kind", f"{subject} is a {', '.join(sorted(kinds))} and exactly {written}", f"a {' or '.join(fitting)} for {prefix}", place
            )
        self.rows.append(_Row(place, iri, match, target, prefix, written))

    def _called(self, label: str) -> str | None:
        return next((iri for iri, item in self.known.items() if label in _names(item)), None)

    def compare(self) -> None:
        """Tell of rows that say the same or contradict each other."""
        first: dict[tuple[str, str], _Row] = {}
        exact: dict[str, _Row] = {}
        for row in self.rows:
            other = first.setdefault((row.subject, row.target), row)
            if other is not row and other.match == row.match:
                self._find(
                    "twice", f"{curie(row.subject)} and {row.written} again (first at {other.place})", "one row", row.place, "Warning"
                )
            elif other is not row:
                message = f"{curie(row.subject)} {row.match} {row.written}, and {other.match} at {other.place}"
                self._find("contradiction", message, "one match of a record and a term", row.place)
            if row.match == "exactMatch" and (same := exact.setdefault(row.target, row)).subject != row.subject:
                message = f"{row.written} is exactly {curie(row.subject)} here and {curie(same.subject)} at {same.place}"
                self._find("oneTerm", message, "a term that is exactly one record; closeMatch or broadMatch for the other", row.place)


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _names(item: Mapping[str, Any]) -> Iterator[str]:
    for key in ("label", "title", "altLabel"):
        yield from _texts(item.get(key))
