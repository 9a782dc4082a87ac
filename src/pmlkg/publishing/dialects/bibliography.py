"""The sources as CSL JSON and BibTeX, for whoever cites them."""

from __future__ import annotations

from pmlkg.answers.bibliography import EXTRA, TYPES, Bibliography, Work
from pmlkg.publishing.dialects.form import Dialect
from pmlkg.reading.snapshot import Node, Snapshot


def work(source: Node) -> Work:
    """The work of a source."""
    record = {key: source.text(key) for key in ("authors", "container", "volumePages", "year", "doi", "pmid", "pmcid", "note")}
    record["title"] = source.text("dcterms:title")
    record["url"] = next((value.value for value in source.values("schema:url")), "")
    kinds = source.texts("rdf:type")
    return Work.from_record(source.id, next((name for name in TYPES if name in kinds), ""), record)


def _write(graph: Snapshot) -> dict[str, bytes]:
    made = Bibliography(tuple(work(source) for source in graph.sources))
    return {
        "sources/pmlkg.csl.json": made.serialize("csl-json").encode(),
        "sources/pmlkg.bib": made.serialize("bibtex").encode(),
    }


DIALECT = Dialect(
    "The sources (CSL JSON, BibTeX)",
    _write,
    loses="everything but the works: what was read in them, and what they say",
    judge="citeproc-py and bibtexparser read them",
    extra=EXTRA,
)
