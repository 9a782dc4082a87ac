"""Tables in Parquet for learning and table engines, keyed by the IRI of the claim, with a Croissant description.

One meaning a column; a number stands beside the text that was printed (``value`` and ``value_text``); rows are sorted, and no clock is in
the files.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from pmlkg.extras import load
from pmlkg.publishing.dialects.form import Dialect, to_json, told
from pmlkg.reading.snapshot import Node, Snapshot
from pmlkg.terms import ONTOLOGY_IRI

EXTRA: Final = "tables"
_DECIMALS: Final = {
    "statistics": ("value", "low", "high", "confidence_low", "confidence_high", "numerator", "denominator"),
    "strata": ("index_over", "index_up_to", "months_from", "months_over", "months_to"),
}
_LISTS: Final = frozenset(("synonyms", "exact"))
_BOOLEANS: Final = frozenset(("asserted", "prior_immunosuppressant", "approximate", "computed"))
_INTEGERS: Final = frozenset(("year", "year_from", "year_to", "sample_size"))

_CLAIM: Final = {
    "subject": "subject",
    "predicate": "predicate",
    "object": "object",
    "population": "population",
    "population_detail": "populationDetail",
    "in_whom": "inWhom",
    "status": "status",
    "modality": "modality",
    "mechanism": "mechanism",
    "comparator": "comparator",
    "background": "background",
    "concerns": "concerns",
    "country": "country",
    "year_from": "calendarYearFrom",
    "year_to": "calendarYearTo",
    "conflicts_with": "conflictsWith",
    "conflict_note": "conflictNote",
    "superseded_by": "supersededBy",
    "limited_by": "limitedBy",
    "sentence": "dcterms:description",
    "note": "note",
}
_STATISTIC: Final = {
    "measure": "measure",
    "value_text": "value",
    "value_above": "valueAbove",
    "value_below": "valueBelow",
    "low_text": "low",
    "high_text": "high",
    "limits": "limits",
    "confidence_level": "confidenceLevel",
    "unit": "unit",
    "unit_detail": "unitDetail",
    "aggregate": "aggregate",
    "arm": "arm",
    "sample_size": "sampleSize",
    "period": "period",
    "population": "population",
    "population_detail": "populationDetail",
    "in_whom": "inWhom",
    "comparator": "comparator",
    "threshold": "thresholdText",
    "approximate": "approximate",
    "computed": "computed",
    "computation_method": "computationMethod",
    "country": "country",
    "year_from": "calendarYearFrom",
    "year_to": "calendarYearTo",
    "note": "note",
}
_NUMBERS: Final = {
    "value": "value",
    "low": "low",
    "high": "high",
    "confidence_low": "confidenceLow",
    "confidence_high": "confidenceHigh",
    "numerator": "numerator",
    "denominator": "denominator",
}
_EVIDENCE: Final = {
    "source": "source",
    "locator": "locator",
    "reading_depth": "readingDepth",
    "study_design": "studyDesign",
    "source_role": "sourceRole",
    "directness": "directness",
    "limitation": "limitation",
    "note": "note",
}
_SOURCE: Final = {
    "type": "rdf:type",
    "title": "dcterms:title",
    "authors": "authors",
    "container": "container",
    "volume_pages": "volumePages",
    "year": "year",
    "doi": "doi",
    "pmid": "pmid",
    "pmcid": "pmcid",
    "url": "schema:url",
}
_RECOMMENDATION: Final = {
    "guideline": "guideline",
    "phase": "phase",
    "strength": "strength",
    "certainty": "certainty",
    "published_grade": "publishedGrade",
    "rating_scheme": "ratingScheme",
    "rating_note": "ratingNote",
}
_STRATUM: Final = {
    "table": "stratumTable",
    "antibody_status": "jcvAntibodyStatus",
    "index_over": "jcvIndexOver",
    "index_up_to": "jcvIndexUpTo",
    "prior_immunosuppressant": "priorImmunosuppressant",
    "months_from": "exposureMonthsFrom",
    "months_over": "exposureMonthsOver",
    "months_to": "exposureMonthsTo",
    "dosing_interval": "dosingInterval",
}

Row = dict[str, Any]


def _row(node: Node, columns: dict[str, str]) -> Row:
    """The texts of a thing; several values are parted by bars."""
    return {column: "|".join(node.texts(name)) for column, name in columns.items()}


def rows(graph: Snapshot) -> dict[str, list[Row]]:
    """Table -> its rows, as texts, lists of texts and truth values."""
    claims = graph.claims
    figures = [(claim, figure) for claim in claims for figure in claim.nodes("statistic")]
    asserted = {claim.id for group in graph.asserting.values() for claim in group}
    inferred = sorted(set(graph.inferred) - set(graph.edges))
    own = [(claim.id, graph.edge_of(claim)) for claim in claims if claim.id in asserted]
    edges = [
        *({"id": claim, "subject": s, "predicate": p, "object": o, "claim": claim, "asserted": "true"} for claim, (s, p, o) in own),
        *(
            {
                "id": f"{graph.node(s).id}-{graph.node(p).id}-{graph.node(o).id}",
                "subject": s,
                "predicate": p,
                "object": o,
                "claim": "",
                "asserted": "false",
            }
            for s, p, o in inferred
        ),
    ]
    for edge in edges:
        edge |= {end: graph.node(edge[end]).id for end in ("subject", "predicate", "object")}
    ends = {edge[end] for edge in edges for end in ("subject", "object")}
    spoken = [source for source in graph.sources if source.id in ends]  # a label that warns is an end of an edge too
    return {
        "nodes": [
            {
                "id": node.id,
                "label": node.label,
                "type": node.kind,
                "definition": node.text("skos:definition"),
                "synonyms": node.texts("skos:altLabel"),
                "exact": [code for match, code in node.matches if match == "exactMatch"],
            }
            for node in (*graph.entities, *spoken)
        ],
        "edges": sorted(edges, key=lambda edge: edge["id"]),
        "claims": [{"id": claim.id, "type": claim.kind, **_row(claim, _CLAIM)} for claim in claims],
        "statistics": [
            {"id": figure.id, "claim": claim.id, **_row(figure, _STATISTIC), **_row(figure, _NUMBERS)}
            for claim, figure in sorted(figures, key=lambda pair: (pair[0].id, pair[1].id))
        ],
        "evidence": [
            {"id": item.id, "claim": claim.id, "direction": role, **_row(item, _EVIDENCE)}
            for claim in claims
            for role, item in claim.evidence
        ],
        "sources": [{"id": source.id, **_row(source, _SOURCE)} for source in graph.sources],
        "recommendations": [{"claim": claim.id, **_row(claim, _RECOMMENDATION)} for claim in claims if claim.kind == "Recommendation"],
        "strata": [
            {"claim": claim.id, **_row(claim, _STRATUM)} for claim in claims if any(claim.values(name) for name in _STRATUM.values())
        ],
        "mappings": [
            {"entity": node.id, "match": match, "vocabulary": code.partition(":")[0], "code": code.partition(":")[2]}
            for node in graph.entities
            for match, code in node.matches
        ],
    }


def _table(name: str, found: Sequence[Row]) -> Any:
    arrow = load("pyarrow", EXTRA)
    decimals = _DECIMALS.get(name, ())

    def kind(column: str) -> Any:
        if column in _LISTS:
            return arrow.list_(arrow.string())
        if column in decimals:
            return arrow.decimal128(24, 8)
        return arrow.bool_() if column in _BOOLEANS else arrow.int64() if column in _INTEGERS else arrow.string()

    def cell(column: str, text: Any) -> Any:
        if column in _LISTS:
            return text
        if text == "":
            return None
        if column in decimals:
            return Decimal(text).quantize(Decimal("0.00000001"))
        return text == "true" if column in _BOOLEANS else int(text) if column in _INTEGERS else text

    columns = list(found[0])
    arrays = {column: arrow.array([cell(column, row[column]) for row in found], type=kind(column)) for column in columns}
    return arrow.table(arrays)


def _croissant(graph: Snapshot, tables: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    header = graph.node(ONTOLOGY_IRI)
    kinds = {"string": "sc:Text", "bool": "sc:Boolean", "int64": "sc:Integer"}

    def field(table: str, column: Any) -> Row:
        own: Row = {
            "@type": "cr:Field",
            "@id": f"{table}/{column.name}",
            "name": f"{table}/{column.name}",
            "dataType": kinds.get(str(column.type), "sc:Text" if str(column.type).startswith("list") else "sc:Float"),
            "source": {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": column.name}},
        }
        return own | ({"repeated": True} if str(column.type).startswith("list") else {})

    return {
        "@context": CROISSANT,
        "@type": "sc:Dataset",
        "name": "pmlkg",
        "description": header.text("dcterms:description"),
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": next((value.value for value in header.values("dcterms:license")), ""),
        "url": "https://w3id.org/pmlkg",
        "version": header.text("owl:versionInfo"),
        "datePublished": header.text("dcterms:modified"),
        "creator": [{"@type": "sc:Organization", "name": name} for name in header.texts("dcterms:creator")],
        "citeAs": header.text("dcterms:bibliographicCitation"),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{name}.parquet",
                "name": f"{name}.parquet",
                "contentUrl": f"{name}.parquet",
                "encodingFormat": "application/x-parquet",
                "sha256": hashlib.sha256(files[f"tables/{name}.parquet"]).hexdigest(),
            }
            for name in tables
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": name, "name": name, "field": [field(name, column) for column in table.schema]}
            for name, table in tables.items()
        ],
    }


CROISSANT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.0 publishes."""


def _write(graph: Snapshot) -> dict[str, bytes]:
    parquet = load("pyarrow.parquet", EXTRA)
    tables = {name: _table(name, found) for name, found in rows(graph).items() if found}
    files: dict[str, bytes] = {}
    for name, table in tables.items():
        out = io.BytesIO()
        parquet.write_table(table, out, compression="zstd", version="2.6", store_schema=False)
        files[f"tables/{name}.parquet"] = out.getvalue()
    files["tables/croissant.json"] = to_json(_croissant(graph, tables, files), indent=1)
    return files


def _told(graph: Snapshot) -> dict[str, str]:
    found: dict[str, list[Row]] = {}
    made = rows(graph)
    for name, key in (("claims", "id"), ("statistics", "claim"), ("evidence", "claim"), ("recommendations", "claim"), ("strata", "claim")):
        for row in made[name]:
            found.setdefault(row[key], []).append(row)
    return {claim: told(each).replace("|", "\n") for claim, each in found.items()}


DIALECT = Dialect(
    "Tables in Parquet, with a Croissant description",
    _write,
    loses="what is derived for display alone",
    judge="mlcroissant 1.1.1 validates the description and reads the tables through it",
    extra=EXTRA,
    told=_told,
)
