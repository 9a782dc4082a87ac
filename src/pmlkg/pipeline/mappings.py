"""SSSOM files in, SKOS triples out, with the prefixes of what they map to."""

from __future__ import annotations

import csv
from typing import Final

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings, Place
from pmlkg.locations import Data
from pmlkg.terms import PREFIXES, expand

_MAPPING_PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def read_mappings(data: Data, known: set[str]) -> tuple[tuple[ox.Triple, ...], dict[str, str]]:
    """SSSOM rows as SKOS triples, and the prefixes of their objects. Raises Findings for a row that is malformed or maps what no record describes."""
    triples: list[ox.Triple] = []
    vocabularies: dict[str, str] = {}
    problems: list[Finding] = []
    for name, path in data.mappings().items():
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError as error:
            problems.append(Finding("Mapping-row", str(error), "a tab-separated file in UTF-8", Place(name)))
            continue
        head = next((number for number, line in enumerate(lines) if not line.startswith("#")), 0)
        curies = {}
        for line in lines[:head]:
            prefix, colon, iri = line.lstrip("#").strip().partition(": ")
            if colon and iri.strip('"').startswith("http"):
                curies[prefix.strip()] = iri.strip().strip('"')
        reader = csv.DictReader(lines[head:], delimiter="\t", quoting=csv.QUOTE_NONE)
        for row in reader:
            place = Place(name, head + reader.line_num, 1)
            try:
                subject, predicate = row["subject_id"], row["predicate_id"].removeprefix("skos:")
                prefix, _, local = row["object_id"].partition(":")
                iri, target = expand(subject), ox.NamedNode(curies[prefix] + local)
            except (KeyError, ValueError, AttributeError) as error:
                right = "subject_id, predicate_id, object_id with prefixes of the curie_map"
                problems.append(Finding("Mapping-row", f"the row cannot be read: {error}", right, place))
                continue
            if predicate not in _MAPPING_PREDICATES or iri not in known:
                problems.append(Finding("Mapping-row", f"{subject} {row['predicate_id']}", "a skos mapping of a record", place))
                continue
            triples.append(ox.Triple(ox.NamedNode(iri), ox.NamedNode(PREFIXES["skos"] + predicate), target))
            vocabularies[prefix] = curies[prefix]
    if problems:
        raise Findings(problems)
    return tuple(dict.fromkeys(triples)), dict(sorted(vocabularies.items()))
