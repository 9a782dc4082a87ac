"""The list of withdrawn ids in, tombstones out: what an old IRI still says of itself, and what took its place.

An id that was once published is never given again, and never silent.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings, Place
from pmlkg.locations import WITHDRAWN, Data
from pmlkg.terms import DCTERMS, OWL, PMLKG, SKOS, XSD, did_you_mean, nearest

COLUMNS: Final = ("id", "since", "replaced_by", "reason")


def read_withdrawn(data: Data, records: Iterable[Mapping[str, Any]]) -> tuple[ox.Triple, ...]:
    """The tombstones. Raises Findings for a row that is malformed, an id that a record still has, or a replacement that none has.

    records : the items of the records (`Records.document`).
    """
    path = data.root / WITHDRAWN
    if not path.is_file():
        return ()
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError as error:
        raise Findings([_finding(str(error), "a tab-separated file in UTF-8", 1)]) from error
    known = {str(item["id"]) for item in records}
    findings = list(_findings(lines, known))
    if findings:
        raise Findings(findings)
    return tuple(triple for row in lines[1:] for triple in _tombstone(dict(zip(COLUMNS, row, strict=True))))


def _finding(message: str, right: str, line: int) -> Finding:
    return Finding("Withdrawn-row", message, right, Place(WITHDRAWN, line, 1))


def _findings(lines: list[list[str]], known: set[str]) -> Iterator[Finding]:
    if not lines or tuple(lines[0]) != COLUMNS:
        yield _finding("no line of titles", "\t".join(COLUMNS), 1)
        return
    seen: set[str] = set()
    gone = {row[0] for row in lines[1:] if row}
    for line, row in enumerate(lines[1:], 2):
        if len(row) != len(COLUMNS):
            yield _finding(f"{len(row)} cells under {len(COLUMNS)} titles", "a cell for each title, parted by tabs", line)
            continue
        id, since, replaced, reason = row
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", id, re.ASCII) or not re.fullmatch(r"\d+\.\d+\.\d+", since) or not reason.strip():
            yield _finding(f"{' '.join(row)!r} has no id, version or reason", "an id, a version such as 0.3.0, and why", line)
        if id in known:
            yield _finding(f"{id!r} is withdrawn, and a record has it", "a new id for the record", line)
        if id in seen:
            yield _finding(f"{id!r} is withdrawn twice", "one row", line)
        seen.add(id)
        for other in replaced.split():
            if other not in known:
                why = "is withdrawn itself" if other in gone else f"no record has{did_you_mean(nearest(other, known, count=1))}"
                yield _finding(f"{id!r} is replaced by {other!r}, which {why}", "the id of a record", line)


def _tombstone(row: Mapping[str, str]) -> Iterator[ox.Triple]:
    node = ox.NamedNode(PMLKG + row["id"])
    yield ox.Triple(node, ox.NamedNode(OWL + "deprecated"), ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")))
    yield ox.Triple(node, ox.NamedNode(SKOS + "changeNote"), ox.Literal(f"Withdrawn in {row['since']}: {row['reason']}.", language="en"))
    for other in row["replaced_by"].split():
        yield ox.Triple(node, ox.NamedNode(DCTERMS + "isReplacedBy"), ox.NamedNode(PMLKG + other))
