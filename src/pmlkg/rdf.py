"""Triples in and out of files and libraries, with literals as written and the same bytes in each run.

An Oxigraph *store* rewrites literals ("1.20" becomes "1.2"), so what is published is read and written here, from
parsed terms; a store is only ever an index to ask questions of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings, Place
from pmlkg.formats import format_name
from pmlkg.jsonld import write_jsonld
from pmlkg.terms import PREFIXES, UnknownName, nearest, said, slug
from pmlkg.turtle import write_trig, write_turtle

if TYPE_CHECKING:
    import rdflib


class Format(NamedTuple):
    """A syntax to write a graph in; one that `has_graphs` keeps the names of named graphs."""

    syntax: ox.RdfFormat
    has_graphs: bool
    suffix: str


FORMATS: Final[dict[str, Format]] = {
    "turtle": Format(ox.RdfFormat.TURTLE, False, "ttl"),
    "ntriples": Format(ox.RdfFormat.N_TRIPLES, False, "nt"),
    "nquads": Format(ox.RdfFormat.N_QUADS, True, "nq"),
    "trig": Format(ox.RdfFormat.TRIG, True, "trig"),
    "jsonld": Format(ox.RdfFormat.JSON_LD, True, "jsonld"),
    "rdfxml": Format(ox.RdfFormat.RDF_XML, False, "rdf"),
}
"""Name -> format, shared by writer, command line and help."""


NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML cannot hold."""


def read_turtle(path: Path, name: str | None = None, shown: str | None = None) -> tuple[ox.Triple, ...]:
    """The triples of a Turtle file with literals as written; blank nodes get names that are the same in each run.

    name : what the names of blank nodes begin with, instead of the stem of the file; two files read together need two.
    shown : what findings call the file, instead of its name.

    Raises Findings (rule ``Turtle-syntax``) with file, line and column.
    """
    file = shown or path.name
    try:
        quads = list(ox.parse(path.read_text(encoding="utf-8"), format=ox.RdfFormat.TURTLE))
    except (SyntaxError, UnicodeDecodeError, OSError) as error:
        place = Place(file, getattr(error, "lineno", 0) or 0, getattr(error, "offset", 0) or 0)
        message = " ".join(str(error).split()) or type(error).__name__
        raise Findings([Finding("Turtle-syntax", message, "well-formed Turtle in UTF-8", place)]) from error
    said = {term.value for quad in quads for term in (quad.subject, quad.predicate, quad.object) if isinstance(term, ox.NamedNode)}
    if compact := sorted(iri for iri in said if iri.partition(":")[0] in PREFIXES and not iri.partition(":")[2].startswith("//")):
        right = "a compact name without angle brackets, or the whole IRI"
        raise Findings([Finding("Turtle-syntax", f"<{iri}> has a prefix for a scheme", right, Place(file)) for iri in compact])
    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def stable(term: Any) -> Any:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.BlankNode(f"{slug(name or path.stem)}-{len(names)}"))
        return term

    return tuple(ox.Triple(stable(q.subject), q.predicate, stable(q.object)) for q in quads)


def read_nquads(path: Path) -> list[ox.Quad]:
    """The quads of an N-Quads file written by this package, in its order, with literals as written."""
    return list(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))


def write(quads: Iterable[ox.Quad], format: str) -> bytes:
    """`quads` in the named format, sorted: the same quads give the same bytes.

    Formats without named graphs get each triple once. Raises UnknownName for a name that FORMATS does not have.
    """
    format = format_name(said(format, "the format"))
    if format not in FORMATS:
        raise UnknownName("format", format, nearest(format, FORMATS) or list(FORMATS))
    how, quads = FORMATS[format], list(quads)
    statements: Iterable[Any]
    if format in ("ntriples", "nquads"):
        return _lines(quads, how)
    if format in ("turtle", "trig") and not any(isinstance(quad.object, ox.Triple) for quad in quads):
        return write_trig(quads) if how.has_graphs else write_turtle(quad.triple for quad in quads)
    if format == "jsonld" and not any(isinstance(quad.object, ox.Triple) for quad in quads):
        return write_jsonld(quads)
    if how.has_graphs:
        statements = (pair[1] for pair in sorted({(str(quad.graph_name), _key(quad)): quad for quad in quads}.items()))
    else:
        statements = (pair[1] for pair in sorted({_key(quad): quad.triple for quad in quads}.items()))
    out = ox.serialize(statements, format=how.syntax, prefixes=PREFIXES) or b""
    return _as_xml(out, quads) if format == "rdfxml" else out


def _as_xml(out: bytes, quads: Sequence[ox.Quad]) -> bytes:
    """RDF/XML that can be read again. Raises ValueError for what the syntax cannot say."""
    if odd := NOT_XML.search(out):
        raise ValueError(f"RDF/XML has no character {odd[0].decode()!r}, which a text of the graph holds; right: another format")
    for predicate in sorted({quad.predicate.value for quad in quads}):
        if not re.search(r"[^\W\d][\w.-]*\Z", predicate):
            raise ValueError(f"RDF/XML has no name for the property <{predicate}>, which ends in no word; right: another format")
    return out.replace(b"\r", b"&#13;")  # else a parser reads it as a line end


def _lines(quads: Iterable[ox.Quad], how: Format) -> bytes:
    """N-Triples or N-Quads, sorted graph by graph. The order of lines is that of their terms, for no term begins another and goes on."""
    graphs: dict[Any, list[ox.Triple]] = {}
    for quad in quads:
        graphs.setdefault(quad.graph_name if how.has_graphs else None, []).append(quad.triple)
    parts = []
    for name in sorted(graphs, key=str):
        lines = set((ox.serialize(graphs[name], format=ox.RdfFormat.N_TRIPLES) or b"").splitlines(keepends=True))
        end = b" .\n" if name is None or isinstance(name, ox.DefaultGraph) else f" {name} .\n".encode()
        parts += [line[:-3] + end for line in sorted(lines)]
    return b"".join(parts)


def _key(quad: ox.Quad) -> tuple[str, str, str]:
    return str(quad.subject), str(quad.predicate), str(quad.object)


def to_rdflib(triples: Iterable[ox.Triple | ox.Quad], graph: rdflib.Graph | None = None) -> rdflib.Graph:
    """The triples as an rdflib Graph (a new one, or `graph`), with literals as written."""
    import rdflib

    known: dict[Any, Any] = {}

    def term(value: Any) -> Any:
        found = known.get(value)
        if found is None:
            if isinstance(value, ox.NamedNode):
                found = rdflib.URIRef(value.value)
            elif isinstance(value, ox.BlankNode):
                found = rdflib.BNode(value.value)
            elif value.language:
                found = rdflib.Literal(value.value, lang=value.language)
            else:
                datatype = value.datatype.value
                plain = datatype.endswith("XMLSchema#string")
                found = rdflib.Literal(value.value, datatype=None if plain else rdflib.URIRef(datatype), normalize=False)
            known[value] = found
        return found

    target = rdflib.Graph() if graph is None else graph
    for prefix, namespace in PREFIXES.items():
        target.bind(prefix, namespace)
    for triple in triples:
        target.add((term(triple.subject), term(triple.predicate), term(triple.object)))
    return target
