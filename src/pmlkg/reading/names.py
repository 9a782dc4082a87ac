"""What a person calls a thing -> its IRI: an id, a label, a synonym, an identifier of another vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from unicodedata import normalize

import pyoxigraph as ox

from pmlkg.reading.reader import Reader
from pmlkg.reading.spelling import fold
from pmlkg.terms import PMLKG, PREFIXES, UnknownName, curie, expand

_FILLERS: Final = frozenset({"and", "by", "for", "in", "of", "on", "or", "people", "the", "to", "with"})
_LONG: Final = 5  # letters from which a word can be misspelt and still be told
_PIECE: Final = 3  # letters of a piece that means something alone: "IL" and "7" do not
_ALIKE: Final = 0.84  # one wrong letter in seven
VOCABULARIES: Final = {
    "atc": "ATC", "chembl.compound": "ChEMBL", "CHEBI": "ChEBI", "CL": "Cell Ontology", "drugbank": "DrugBank", "gard": "GARD",
    "hgnc": "HGNC", "HP": "HPO", "icd10": "ICD-10", "icd10cm": "ICD-10-CM", "icd11": "ICD-11", "icd11.code": "ICD-11 code",
    "icd9cm": "ICD-9-CM", "loinc": "LOINC", "mesh": "MeSH", "NCBITaxon": "NCBI Taxonomy", "NCIT": "NCI Thesaurus", "ORPHA": "Orphanet",
    "rxnorm": "RxNorm", "snomedct": "SNOMED CT", "umls": "UMLS", "unii": "UNII", "uniprot": "UniProt", "wikidata": "Wikidata",
}  # fmt: skip
"""Prefix of a mapping -> what people call the vocabulary, where that is not the prefix itself."""
_DEFINED: Final = ox.NamedNode(expand("rdfs:isDefinedBy"))
_EXACT: Final = ox.NamedNode(expand("skos:exactMatch"))
_LABELS: Final = (ox.NamedNode(expand("rdfs:label")), ox.NamedNode(expand("skos:altLabel")))
_OTHER: Final = tuple(ox.NamedNode(expand(f"skos:{name}Match")) for name in ("close", "broad", "narrow", "related"))


def resolve(reader: Reader, vocabularies: Mapping[str, str], name: str) -> str:
    """The IRI of what is named, by the first of these that fits: an id or IRI of ours, a mapped identifier (compact or IRI),
    a label or synonym in any spelling, the DOI or PubMed identifier of a source, the code of a mapped identifier alone.

    vocabularies : prefix -> namespace of the mapped identifiers. Only exact mappings are names. Raises UnknownName with
    the candidates where several things have the name, else with the nearest names.
    """
    try:
        iri = expand(name)
    except UnknownName:
        iri = ""
    if iri and reader.holds(ox.NamedNode(iri), None, None):
        return iri
    identifiers = _identifiers(name.strip(), iri, vocabularies)
    found = (
        _subjects(reader, identifiers, _EXACT)
        or _labelled(reader, name.strip())
        or _published(reader, name.strip())
        or [iri for iri, codes in _codes(reader, vocabularies).items() if name.strip().casefold() in codes]
    )
    if len(found) == 1:
        return found[0]
    entities = [iri for iri in found if reader.is_a(ox.NamedNode(iri), "pmlo:Entity")]
    if len(entities) == 1:  # before the sources that bear its name as their title
        return entities[0]
    if found:
        raise UnknownName("name for one thing", name, map(curie, sorted(found)))
    near = [iri for predicate in _OTHER for iri in _subjects(reader, identifiers, predicate)]
    raise UnknownName("entity", name, [curie(iri) for iri in near] or suggestions(name, _names(reader)))


def term_named(reader: Reader, name: str) -> str:
    """The IRI of the term of the ontology that has the name as local name, label or synonym, in any spelling; nothing where none or several have it."""
    form = fold(name.strip().removeprefix("pmlo:"))
    terms = [quad.subject for quad in reader.store.quads_for_pattern(None, _DEFINED, None, None)]
    spelt = {
        term.value: {term.value.removeprefix(PREFIXES["pmlo"]), *(text for label in _LABELS for text in reader.texts(term, label.value))}
        for term in terms
        if isinstance(term, ox.NamedNode)
    }
    local = [iri for iri in spelt if iri == PREFIXES["pmlo"] + name.strip()]
    found = local or [iri for iri, names in spelt.items() if form in map(fold, names)]
    return found[0] if len(found) == 1 else ""


def compact(iri: str, vocabularies: Mapping[str, str]) -> tuple[str, str]:
    """Prefix and code of a mapped identifier; the longest namespace that fits. Without one, nothing and the IRI.

    >>> compact("http://example.org/atc/L04", {"x": "http://example.org/", "atc": "http://example.org/atc/"})
    ('atc', 'L04')
    """
    fitting = [prefix for prefix, namespace in vocabularies.items() if iri.startswith(namespace)]
    prefix = max(fitting, key=lambda prefix: len(vocabularies[prefix]), default="")
    return prefix, iri[len(vocabularies[prefix]) :] if prefix else iri


def suggestions(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Up to `count` of the `known` names that share a word with `name`, best first: a therapy is not taken for one whose letters are alike.

    A misspelt word counts as shared where all but a letter or two of a long word are right.

    >>> suggestions("CAR-T", ["cART", "CAR T cell therapy"]), suggestions("natalizumap", ["natalizumab"])
    (['CAR T cell therapy'], ['natalizumab'])
    """
    typed = _words(name)
    long = _LONG if re.search(r"\W", name.strip()) else 0  # one plain word alone may be short: nothing else can be meant by it
    ranked = []
    for candidate in sorted(set(known)):
        words = _words(candidate)
        shared = sum(max((_likeness(word, other, long) for other in words), default=0.0) for word in typed)
        if shared:
            likeness = _ratio(name.casefold(), candidate.casefold())
            ranked.append((-shared, -likeness, candidate))
    return [candidate for _, _, candidate in sorted(ranked)[:count]]


def _words(text: str) -> set[str]:
    """What tells one name from another: its words, as they are and in the one form of their spellings, and the longer pieces of those with hyphens; none that stand in any name."""
    whole = re.findall(r"\w[\w-]+", text.casefold())
    pieces = [piece for word in whole for piece in word.split("-") if len(piece) >= _PIECE]
    folded = [word for word in fold(text).split() if len(word) >= _PIECE]
    return {*whole, *pieces, *folded} - _FILLERS


def _ratio(one: str, other: str) -> float:
    from difflib import SequenceMatcher  # which only a mistake needs

    return SequenceMatcher(None, one, other).ratio()


def _likeness(word: str, other: str, long: int) -> float:
    """1 for the same word, less for one of `long` letters or more that is misspelt, 0 for another."""
    if word == other:
        return 1.0
    if min(len(word), len(other)) < long or word[0] != other[0]:
        return 0.0
    ratio = _ratio(word, other)
    return ratio if ratio >= _ALIKE else 0.0


def _identifiers(name: str, iri: str, vocabularies: Mapping[str, str]) -> list[ox.NamedNode]:
    """The IRIs that a name may mean: itself, and a compact one, by its prefix or by what people call the vocabulary, whatever their case."""
    texts = []
    for known, namespace in vocabularies.items():
        for called in dict.fromkeys((known, VOCABULARIES.get(known, known))):
            if match := re.fullmatch(rf"{re.escape(called)}(?:\s*:\s*|[\s_]+)(\S.*)", name, re.I):
                texts += [namespace + part for part in dict.fromkeys((match[1], match[1].upper()))]
    found = []
    for text in [iri, *texts] if iri else texts:
        try:
            found.append(ox.NamedNode(text))
        except ValueError:  # characters that no IRI has
            continue
    return found


def _subjects(reader: Reader, objects: list[ox.NamedNode], predicate: ox.NamedNode) -> list[str]:
    subjects: set[Any] = {quad.subject for node in objects for quad in reader.store.quads_for_pattern(None, predicate, node, None)}
    return sorted(subject.value for subject in subjects)


def _labelled(reader: Reader, name: str) -> list[str]:
    """What has the name as a label or synonym, whatever its case; else what has it in another spelling."""
    said = [(quad.subject, quad.object) for label in _LABELS for quad in reader.store.quads_for_pattern(None, label, None, None)]
    names = [(node.value, term.value) for node, term in said if isinstance(node, ox.NamedNode) and isinstance(term, ox.Literal)]
    own = [(iri, text) for iri, text in names if iri.startswith(PMLKG)]
    typed = normalize("NFC", name).casefold()
    same = {iri for iri, text in own if normalize("NFC", text.strip()).casefold() == typed}
    form = fold(name)
    return sorted(same or {iri for iri, text in own if form and fold(text) == form})


def _published(reader: Reader, name: str) -> list[str]:
    """The sources with a DOI or PubMed identifier."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/|pmid:?\s*)", "", name, flags=re.I).rstrip(
        "/"
    )
    query = "SELECT DISTINCT ?x { { ?x pmlo:doi ?id } UNION { ?x pmlo:pmid ?id } FILTER (LCASE(?id) = LCASE(%s)) } ORDER BY ?x"
    return [row[0].value for row in reader.rows(query % ox.Literal(bare))]


def _codes(reader: Reader, vocabularies: Mapping[str, str]) -> dict[str, set[str]]:
    """IRI of a record -> the codes of its exact mappings, case folded; a term of the ontology is not called by the name of a like one."""
    found: dict[str, set[str]] = {}
    for quad in reader.store.quads_for_pattern(None, _EXACT, None, None):
        subject, mapped = cast(ox.NamedNode, quad.subject), cast(ox.NamedNode, quad.object)
        if not subject.value.startswith(PMLKG):
            continue
        found.setdefault(subject.value, set()).add(compact(mapped.value, vocabularies)[1].casefold())
    return found


def _names(reader: Reader) -> list[str]:
    names = reader.rows("SELECT ?n WHERE { ?x rdfs:label|skos:altLabel ?n FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }")
    ids = reader.rows("SELECT DISTINCT ?x WHERE { ?x rdfs:label ?n FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }")
    return [row[0].value for row in names] + [row[0].value.removeprefix(PMLKG) for row in ids]


def ontology_names(reader: Reader) -> list[str]:
    """The local names of the terms of the ontology."""
    return [row[0].value.removeprefix(PREFIXES["pmlo"]) for row in reader.rows("SELECT ?x WHERE { ?x rdfs:isDefinedBy ?o }")]


def vocabulary_names(reader: Reader, name: str) -> list[str]:
    """The local names of the concepts of a scheme, or of the terms below a property or class, all given by a local name."""
    home = ox.NamedNode(PREFIXES["pmlo"] + name)
    query = f"SELECT DISTINCT ?x {{ {{ ?x skos:inScheme|skos:topConceptOf {home} }} UNION {{ ?x rdfs:subPropertyOf|rdfs:subClassOf {home} }} }} ORDER BY ?x"
    return [row[0].value.removeprefix(PREFIXES["pmlo"]) for row in reader.rows(query) if isinstance(row[0], ox.NamedNode)]
