"""Records: curated YAML read with a place for every word, checked, and turned into triples by a JSON-LD processor.

A YAML file is a list of records. ``ontology/context.jsonld`` says what each key means, so nothing here maps keys to
properties. What is done here is what JSON-LD does not do: it names the file, line and column of what is wrong
(an unknown key is dropped by JSON-LD in silence), it reads figures as they are written, and it gives nested items
readable, stable identifiers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import yaml

from pmlkg.findings import Finding, Findings, Place
from pmlkg.rdf import read_turtle
from pmlkg.terms import PMLKG, PMLO, RDF_TYPE, SKOS, XSD, curie, did_you_mean, nearest, slug

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same nodes from libyaml, ten times faster

ID_PATTERN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*\Z")

DATATYPES: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    XSD + "decimal": (
        re.compile(r"[+-]?(?:(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?|\.[0-9]{1,17})\Z"),
        "a decimal such as 1.078, of at most 18 digits, without exponent, unit, sign < or noughts before it",
    ),
    XSD + "integer": (re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})\Z"), "a whole number such as 6148, of at most 18 digits"),
    XSD + "boolean": (re.compile(r"(?:true|false)\Z"), "true or false"),
}

_DEEPEST: Final = 16  # a record needs five levels
_SENTENCES: Final = ("conflictNote", "definition", "description", "note", "populationDetail", "scopeNote", "title", "label")
_SUSPECT: Final = re.compile(rf"(?:^|[\s\[{{,:?-])[&*!]|^[ ?-]{{{_DEEPEST}}}", re.M)
"""What a tag, a name for a value or a deep block begins with; most texts have none, and are parsed only once."""
_ODD: Final = re.compile("[^\t\n\x20-\x7e\x85\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters that no text has: control characters, marks that turn the direction of what is read, and byte order marks."""

RULES: Final[dict[str, str]] = {
    "Record-syntax": "well-formed YAML in UTF-8, without tags, anchors, aliases or control characters",
    "Record-structure": "a list of records, each a mapping of keys to texts, lists of texts or nested items",
    "Record-duplicateKey": "each key once in a record; several values stand in a list",
    "Record-unknownKey": "a key of ontology/context.jsonld",
    "Record-emptyValue": "a value, or no such line at all",
    "Record-missingId": "an id and a type for each record",
    "Record-badId": "an id of letters, digits and single hyphens that starts with a letter",
    "Record-duplicateId": "an id of its own for each record of the whole tree",
    "Record-unknownType": "a class of the ontology",
    "Record-unknownTerm": "a term of the ontology",
    "Record-danglingReference": "the id of a record",
    "Record-cutText": "the text in quotes, or the comment on a line of its own",
    "Record-selfReference": "another record",
    "Record-datatype": "a value of the datatype of its key",
    "Record-badAddress": "an http(s) address without spaces",
    "Record-ambiguousItem": "items of one claim that differ in what tells them apart",
}
"""Rule -> what would be right, for the checks made before there is a graph. Names are as in the shapes namespace."""


@dataclass(frozen=True)
class _Nested:
    """How the items under a key are typed and named: `keys` tell one item of a record from the next."""

    type: str
    keys: tuple[str, ...]
    infix: str = ""


NESTED: Final[dict[str, _Nested]] = {
    "statistic": _Nested(
        "Statistic",
        ("measure", "aggregate", "arm", "population", "populationDetail", "period", "comparator", "thresholdText", "unitDetail"),
    ),
    "supportedBy": _Nested("EvidenceItem", ("source",), "evidence"),
    "disputedBy": _Nested("EvidenceItem", ("source",), "dispute"),
    "grade": _Nested("Grade", ("notation",), "grade"),
}
"""Nested keys. An item is named after its record and the values of these keys, never after its position."""


class Vocabulary:
    """What a record may say: the keys of the JSON-LD context and the terms of the ontology.

    Raises Findings when either file cannot be read.
    """

    def __init__(self, context: Path, ontology: Path) -> None:
        self.context_document: dict[str, Any] = _read_json(context)
        terms: dict[str, Any] = self.context_document["@context"]
        self.base: str = terms["@base"]
        self.keys: dict[str, dict[str, str]] = {key: value for key, value in terms.items() if isinstance(value, dict)}
        self._prefixes = {key: value for key, value in terms.items() if isinstance(value, str) and not key.startswith("@")}
        self.ontology_triples: tuple[ox.Triple, ...] = read_turtle(ontology, shown=f"{ontology.parent.name}/{ontology.name}")
        self.classes: set[str] = set()
        self.terms: set[str] = set()
        for triple in self.ontology_triples:
            if triple.predicate != RDF_TYPE or not isinstance(triple.subject, ox.NamedNode):
                continue
            iri, kind = triple.subject.value, triple.object.value if isinstance(triple.object, ox.NamedNode) else ""
            if iri.startswith(PMLO):
                self.terms.add(iri[len(PMLO) :])
                if kind.endswith("owl#Class"):
                    self.classes.add(iri[len(PMLO) :])
        self.schemes = {t.subject.value for t in self.ontology_triples if _is_scheme(t) and isinstance(t.subject, ox.NamedNode)}

    def path_of(self, key: str) -> str:
        """The property IRI of a key, or of ``type``."""
        if key == "type":
            return RDF_TYPE.value
        iri = self.keys[key]["@id"]
        prefix, _, local = iri.partition(":")
        return self._prefixes[prefix] + local

    def datatype_of(self, key: str) -> str:
        """``@id`` for a reference, ``@vocab`` for a term of the ontology, a datatype IRI, or "" for text."""
        kind = self.keys[key].get("@type", "")
        return kind if kind.startswith("@") or not kind else XSD + kind.partition(":")[2]


def _is_scheme(triple: ox.Triple) -> bool:
    return triple.predicate == RDF_TYPE and triple.object == ox.NamedNode(SKOS + "ConceptScheme")


@dataclass(frozen=True)
class Records:
    """Records as triples, with the place of every node and key.

    places : IRI of a node -> property IRI (None for the node itself) -> place.
    document : the JSON-LD document that the triples were read from, without its context.
    """

    triples: tuple[ox.Triple, ...]
    places: Mapping[str, Mapping[str | None, Place]]
    document: tuple[dict[str, Any], ...]

    def place(self, node: str | None, paths: Sequence[str | None] = ()) -> Place | None:
        """Where `node` says the last of `paths` that it says; where it begins if it says none; None for an unknown node."""
        places = self.places.get(node or "")
        return places[next((path for path in reversed(paths) if path and path in places), None)] if places else None


def load_records(files: Mapping[str, Path], vocabulary: Vocabulary, *, known: frozenset[str] = frozenset()) -> Records:
    """Read all record files.

    files : the name to show in findings -> the file.
    known : ids that references may name although no record of `files` has them.

    Raises Findings with everything that is wrong in any of the files.
    """
    reader = _Reader(vocabulary)
    for name in sorted(files):
        reader.read(name, files[name])
    reader.check_references(known)
    if reader.findings:
        raise Findings(reader.findings)
    document = {**vocabulary.context_document, "@graph": reader.document}
    triples = [
        ox.Triple(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse(json.dumps(document, ensure_ascii=False), format=ox.RdfFormat.JSON_LD)
    ]
    return Records(tuple(dict.fromkeys(triples)), reader.places, tuple(reader.document))


def _read_json(path: Path) -> dict[str, Any]:
    place = Place(f"{path.parent.name}/{path.name}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        at = Place(place.file, error.lineno, error.colno)
        raise Findings([Finding("Context-syntax", error.msg, "a JSON-LD context", at)]) from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise Findings([Finding("Context-syntax", _one_line(error), "a JSON-LD context", place)]) from error
    terms = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(terms, dict):
        message = "@context is no object of keys" if isinstance(document, dict) and "@context" in document else "there is no @context"
        raise Findings([Finding("Context-syntax", message, 'an object {"@context": {…}} that says what each key means', place)])
    if not isinstance(terms.get("@base"), str):
        raise Findings([Finding("Context-syntax", "@context has no @base", "the namespace of the records as @base", place)])
    return dict(document)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@dataclass
class _Reader:
    vocabulary: Vocabulary
    findings: list[Finding] = field(default_factory=list)
    document: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, dict[str | None, Place]] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)  # of the file that is being read
    _first: dict[str, Place] = field(default_factory=dict)
    _references: list[tuple[str, str, str, Place]] = field(default_factory=list)  # node, key, id, place

    def _find(self, rule: str, message: str, place: Place, *, node: str | None = None, path: str | None = None) -> None:
        self.findings.append(Finding(rule, message, RULES[rule], place, node, path))

    def read(self, name: str, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
            self._lines = text.split("\n")
            root = yaml.compose(text, Loader=_Loader) if self._plain(text, name) else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
            self._find("Record-syntax", error.problem or _one_line(error), place)
            return
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            self._find("Record-syntax", _one_line(error), Place(name))
            return
        if root is None:
            return
        if not isinstance(root, yaml.SequenceNode):
            self._find("Record-structure", "the file is not a list of records", _place(root, name))
            return
        for node in root.value:
            if isinstance(node, yaml.MappingNode):
                self._record(node, name)
            else:
                self._find("Record-structure", "not a mapping of keys to values", _place(node, name))

    def _plain(self, text: str, name: str) -> bool:
        """Whether nothing is tagged, shared (aliases can grow a small file without bound) or too deep.

        Events are looked at, before nodes are made of them: the parser ends the process where its stack does.
        """
        if not _SUSPECT.search(text) and not _deep(text):
            return True
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
            if depth > _DEEPEST:
                self._find("Record-structure", f"more than {_DEEPEST} levels of nesting", _place(event, name))
            elif tag:
                self._find("Record-syntax", f"the tag {tag}", _place(event, name))
            elif anchor:
                sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
                self._find("Record-syntax", f"{sign}{anchor} shares a value between places", _place(event, name))
            else:
                continue
            return False
        return True

    def _keys(self, node: yaml.MappingNode, name: str) -> dict[str, tuple[yaml.Node, Place]]:
        """The keys of a mapping that are known, once each, with a value."""
        found: dict[str, tuple[yaml.Node, Place]] = {}
        for key_node, value in node.value:
            place = _place(key_node, name)
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if key in found:
                self._find("Record-duplicateKey", f"the key {key!r} again (first on line {found[key][1].line})", place)
            elif key not in ("id", "type") and key not in self.vocabulary.keys:
                self._find("Record-unknownKey", f"unknown key {key!r}{_hint(key, ['id', 'type', *self.vocabulary.keys])}", place)
            elif isinstance(value, yaml.ScalarNode) and (value.tag.endswith(":null") or not value.value.strip()):
                self._find("Record-emptyValue", f"no value for {key!r}", place)
            elif isinstance(value, yaml.SequenceNode) and not value.value:
                self._find("Record-emptyValue", f"an empty list for {key!r}", place)
            else:
                found[key] = (value, place)
        return found

    def _record(self, node: yaml.MappingNode, name: str) -> None:
        start = _place(node, name)
        keys = self._keys(node, name)
        for key in ("id", "type"):
            if key not in keys:
                self._find("Record-missingId", f"the record has no {key}", start)
        if "id" not in keys:
            return
        id_node, id_place = keys["id"]
        identifier = id_node.value if isinstance(id_node, yaml.ScalarNode) else ""
        if not ID_PATTERN.match(identifier):
            self._find("Record-badId", f"the id {identifier!r}", id_place)
            return
        if "type" in keys:
            self.document.append(self._item(identifier, keys, start, name))

    def _item(self, identifier: str, keys: dict[str, tuple[yaml.Node, Place]], start: Place, name: str) -> dict[str, Any]:
        """One node of the JSON-LD document; nested items are named and typed on the way."""
        iri = PMLKG + identifier
        if identifier in self._first:
            message = f"the id {identifier!r} again (first at {self._first[identifier]})"
            self._find("Record-duplicateId", message, start, node=iri)
        self._first.setdefault(identifier, start)
        places = self.places.setdefault(iri, {})
        places.setdefault(None, start)
        item: dict[str, Any] = {"id": identifier}
        for key, (value, place) in keys.items():
            if key == "id":
                continue
            places.setdefault(self.vocabulary.path_of(key), place)
            if key in NESTED:
                item[key] = list(self._nested(identifier, key, value, name))
            else:
                texts = list(self._texts(iri, key, value, name))
                if texts:
                    item[key] = texts if len(texts) > 1 else texts[0]
        return item

    def _texts(self, iri: str, key: str, value: yaml.Node, name: str) -> Iterator[str]:
        for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            place = _place(node, name)
            if not isinstance(node, yaml.ScalarNode):
                self._find("Record-structure", f"{key!r} holds a nested item, not a text", place, node=iri)
            elif node.tag.endswith(":null") or not node.value.strip():
                self._find("Record-emptyValue", f"an empty item in {key!r}", place, node=iri)
            elif self._is_cut(key, node):
                self._find("Record-cutText", f"the text of {key!r} ends at ' #', for what follows is a comment", place, node=iri)
            elif odd := _ODD.search(node.value):
                self._find("Record-syntax", f"{key!r} holds the character {odd[0]!r}", place, node=iri)
            elif self._fits(iri, key, node.value, place):
                yield node.value

    def _is_cut(self, key: str, node: yaml.ScalarNode) -> bool:
        """Whether a sentence without quotes goes on behind a number sign, which begins a comment."""
        if node.style or key not in _SENTENCES:
            return False
        line = self._lines[node.end_mark.line] if node.end_mark.line < len(self._lines) else ""
        return bool(re.match(r"[ \t]+#", line[node.end_mark.column :]))

    def _fits(self, iri: str, key: str, text: str, place: Place) -> bool:
        vocabulary = self.vocabulary
        kind = "@type" if key == "type" else vocabulary.datatype_of(key)
        path = vocabulary.path_of(key)
        if kind == "@type":
            if text not in vocabulary.classes:
                message = f"unknown type {text!r}{_hint(text, vocabulary.classes)}"
                self._find("Record-unknownType", message, place, node=iri, path=path)
                return False
        elif kind == "@vocab":
            if text not in vocabulary.terms:
                message = f"unknown term {text!r} for {key!r}{_hint(text, vocabulary.terms)}"
                self._find("Record-unknownTerm", message, place, node=iri, path=path)
                return False
        elif kind == "@id" and PMLKG + text == iri:
            self._find("Record-selfReference", f"{key!r} names the record itself", place, node=iri, path=path)
            return False
        elif kind == "@id" and path.startswith(PMLO):
            self._references.append((iri, key, text, place))
        elif kind == "@id":
            if not _is_address(text):
                self._find("Record-badAddress", f"{key!r} is {text!r}", place, node=iri, path=path)
                return False
        elif kind in DATATYPES:
            pattern, right = DATATYPES[kind]
            if not pattern.match(text):
                self.findings.append(Finding("Record-datatype", f"{key!r} is {text!r}, no {curie(kind)}", right, place, iri, path, text))
                return False
        return True

    def _nested(self, owner: str, key: str, value: yaml.Node, name: str) -> Iterator[dict[str, Any]]:
        how = NESTED[key]
        named: dict[str, Place] = {}
        for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            start = _place(node, name)
            if not isinstance(node, yaml.MappingNode):
                self._find("Record-structure", f"{key!r} holds a text, not a nested item", start, node=PMLKG + owner)
                continue
            keys = self._keys(node, name)
            for word in ("id", "type"):
                if word in keys:
                    self._find("Record-unknownKey", f"{word!r} in a nested item, which gets its own", keys.pop(word)[1])
            parts = [slug(v.value) for k in how.keys if k in keys and isinstance(v := keys[k][0], yaml.ScalarNode)]
            identifier = "-".join(part for part in (owner, how.infix, *parts) if part)
            telling = ", ".join(how.keys)
            if identifier == owner:
                self._find(
                    "Record-ambiguousItem", f"an item of {key!r} has nothing to be named by (of {telling})", start, node=PMLKG + owner
                )
                continue
            if identifier in named:
                message = f"two items of {key!r} are told apart by nothing (of {telling}); the first is on line {named[identifier].line}"
                self._find("Record-ambiguousItem", message, start, node=PMLKG + owner)
                continue
            named[identifier] = start
            yield {"type": how.type, **self._item(identifier, keys, start, name)}

    def check_references(self, known: frozenset[str]) -> None:
        ids = {*self._first, *known}
        candidates: list[str] | None = None
        for iri, key, text, place in self._references:
            if text in ids:
                continue
            if candidates is None:  # only records can be meant, not their nested items
                candidates = sorted(item["id"] for item in self.document)
            message = f"{key!r} names {text!r}, which no record has as its id{_hint(text, candidates)}"
            self._find("Record-danglingReference", message, place, node=iri, path=self.vocabulary.path_of(key))


def _deep(text: str) -> bool:
    """Whether brackets may stand deeper in each other than records need."""
    depth = deepest = 0
    for sign in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if sign in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > _DEEPEST // 2


def _place(node: Any, name: str) -> Place:
    return Place(name, node.start_mark.line + 1, node.start_mark.column + 1)


def _is_address(text: str) -> bool:
    try:
        return bool(re.match("https?://", ox.NamedNode(text).value))  # which JSON-LD would drop in silence were it no IRI
    except ValueError:
        return False


def _hint(word: str, known: Any) -> str:
    return did_you_mean(nearest(word, known))
