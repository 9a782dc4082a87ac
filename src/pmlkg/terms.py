"""Names: namespaces, named graphs, compact IRIs and the nearest known word.

Everything that gives or reads a name of the graph goes through here, so that a prefix has one home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

ONTOLOGY_IRI: Final = "https://w3id.org/pmlkg/ontology"
PMLO: Final = "https://w3id.org/pmlkg/ontology#"
PMLKG: Final = "https://w3id.org/pmlkg/id/"
PMLG: Final = "https://w3id.org/pmlkg/graph/"
PMLS: Final = "https://w3id.org/pmlkg/shapes#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
SH: Final = "http://www.w3.org/ns/shacl#"

PREFIXES: Final[dict[str, str]] = {
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": DCTERMS,
    "owl": OWL,
    "pmlg": PMLG,
    "pmlkg": PMLKG,
    "pmlo": PMLO,
    "pmls": PMLS,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": SH,
    "skos": SKOS,
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": XSD,
}
"""Prefix -> namespace IRI, for reading compact IRIs and for every file that is written."""

GRAPH_NAMES: Final = ("ontology", "knowledge", "edges", "mappings", "inferred", "dataset")
"""Local names of the named graphs, in the order in which the build makes them."""

GRAPHS: Final[dict[str, ox.NamedNode]] = {name: ox.NamedNode(PMLG + name) for name in GRAPH_NAMES}

RDF_TYPE: Final = ox.NamedNode(RDF + "type")

_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\Z")


class UnknownName(ValueError):
    """A name that stands for nothing known.

    Attributes: ``kind`` (what was looked for), ``name`` (the offender), ``suggestions`` (nearest known names).
    """

    def __init__(self, kind: str, name: str, suggestions: Iterable[str] = ()) -> None:
        self.kind = kind
        self.name = name
        self.suggestions = tuple(suggestions)
        super().__init__(f"unknown {kind} {name!r}{did_you_mean(self.suggestions)}")


def curie(iri: str) -> str:
    """The compact form of an IRI, or the IRI in angle brackets where no prefix fits.

    >>> curie("https://w3id.org/pmlkg/id/natalizumab")
    'pmlkg:natalizumab'
    >>> curie("https://example.org/x")
    '<https://example.org/x>'
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL.match(iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def show(cell: Any) -> str:
    """A term for a person: a compact IRI, or the text of a literal; nothing for an unbound cell. What cannot be seen is dropped."""
    if cell is None:
        return ""
    text = curie(cell.value) if isinstance(cell, ox.NamedNode) else str(getattr(cell, "value", cell))  # a triple term has no value
    return visible(text)


def visible(text: str) -> str:
    """What can be seen of a text: every space is one, joiners of letters and signs stay, other marks that no one sees are dropped.

    >>> visible("10\u202f000\u2009mg"), visible("a\u202eb")
    ('10 000 mg', 'ab')
    """
    return "".join(
        character if character.isprintable() or character in "\n\u200c\u200d" else " " if character.isspace() else "" for character in text
    )


def doi_link(doi: str) -> str:
    """The address of a DOI, in which no character ends it too early.

    >>> doi_link("10.1000/(SICI)1:1<1::X>3.0.CO;2-#")
    'https://doi.org/10.1000/(SICI)1:1%3C1::X%3E3.0.CO;2-%23'
    """
    from urllib.parse import quote

    return "https://doi.org/" + quote(doi, safe="/():;.,_-~")


def plain(number: str) -> str:
    """A number without what does not change it, or the text where it is none.

    >>> plain("0.90"), plain("+7"), plain("100"), plain("about 3")
    ('0.9', '7', '100', 'about 3')
    """
    from decimal import Decimal, InvalidOperation

    try:
        return format(Decimal(number).normalize(), "f")
    except InvalidOperation:
        return number


def expand(name: str, *, default: str = PMLKG) -> str:
    """The IRI of a full IRI, an ``<IRI>``, a compact IRI, or a bare local name in the `default` namespace.

    Raises UnknownName for an unknown prefix or for characters that no IRI has.

    >>> expand("pmlo:infects"), expand("natalizumab")
    ('https://w3id.org/pmlkg/ontology#infects', 'https://w3id.org/pmlkg/id/natalizumab')
    """
    text = name.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    if not text:
        raise UnknownName("name", name)
    prefix, colon, local = text.partition(":")
    if re.match(r"(?:https?|urn|mailto):", text):
        iri = text
    elif not colon:
        iri = default + text
    elif prefix in PREFIXES:
        iri = PREFIXES[prefix] + local
    else:
        raise UnknownName("prefix", prefix, nearest(prefix, PREFIXES))
    try:
        return ox.NamedNode(iri).value
    except ValueError:
        raise UnknownName("name", name) from None


def said(value: Any, what: str) -> str:
    """A text that a caller gave. Raises TypeError for anything else. what : what it is to be."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is {value!r}; right: a text")
    return value


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Up to `count` of the `known` names most like `word`, best first; case is ignored.

    >>> nearest("incidense", ["incidence", "prevalence"])
    ['incidence']
    """
    import difflib  # which only a mistake needs

    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(candidate.casefold(), candidate)
    return [folded[m] for m in difflib.get_close_matches(word.casefold(), folded, n=count, cutoff=0.6)]


def did_you_mean(names: Iterable[str]) -> str:
    """What a message about an unknown word ends with; nothing where no name is like it."""
    listed = " or ".join(names)
    return f"; did you mean {listed}?" if listed else ""


def slug(text: str, *, limit: int = 48) -> str:
    """A readable piece of an IRI made from words: lower case, digits and single hyphens.

    Comparison signs and decimal points are spelt out, so that "<0.9" and ">0.9" stay apart.
    Text longer than `limit` is cut at a word; the caller must not rely on cut slugs being different.

    >>> slug("First 3 years of treatment"), slug(">1.5")
    ('first-3-years-of-treatment', 'over-1p5')
    """
    spelt = text.replace(">=", " from ").replace("<=", " upto ").replace("≥", " from ").replace("≤", " upto ")
    spelt = spelt.replace(">", " over ").replace("<", " under ").replace("+", " plus ")
    spelt = re.sub(r"(?<=\d)\.(?=\d)", "p", spelt)
    words = re.sub(r"[^a-z0-9]+", "-", spelt.casefold()).strip("-")
    if len(words) <= limit:
        return words
    return words[: limit + 1].rsplit("-", 1)[0] if "-" in words[: limit + 1] else words[:limit]
