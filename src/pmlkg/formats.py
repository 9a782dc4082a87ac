"""Names of formats: one for each, however it is spelt."""

from __future__ import annotations

_SAME = {
    "ttl": "turtle",
    "nt": "ntriples",
    "n-triples": "ntriples",
    "nq": "nquads",
    "n-quads": "nquads",
    "json-ld": "jsonld",
    "rdf": "rdfxml",
    "rdf/xml": "rdfxml",
    "rdf-xml": "rdfxml",
    "markdown": "md",
    "bib": "bibtex",
    "txt": "table",
    "gv": "dot",
}


def format_name(name: str) -> str:
    """The one name of a format, however it is spelt: a file's ending, or what other tools call it.

    >>> format_name("ttl"), format_name(".NT"), format_name("json-ld"), format_name("csv")
    ('turtle', 'ntriples', 'jsonld', 'csv')
    """
    folded = name.lower().lstrip(".")
    return _SAME.get(folded, folded)
