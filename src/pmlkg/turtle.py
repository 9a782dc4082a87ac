"""Triples in, Turtle and TriG that people read out: one thing a block, `a` first, one value a line, the same bytes each time.

Literals stay as they are written: a decimal stands bare only where Turtle reads the same digits back. A list is written as one, and
a node without name stands where it is named, unless more than one thing names it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.terms import DCTERMS, OWL, PMLKG, PMLO, PREFIXES, RDF, RDFS, SKOS, XSD

_FIRST: Final = tuple(
    [RDF + "type", RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", SKOS + "definition", DCTERMS + "title", DCTERMS + "description"]
    + [PMLO + name for name in ("subject", "predicate", "object", "population", "measure", "value")]
)
_RANK: Final = {predicate: place for place, predicate in enumerate(_FIRST)}
_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[\w.-]*[\w-])?\Z", re.ASCII)
_BARE: Final = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+\Z"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+\Z"),
    XSD + "boolean": re.compile(r"(?:true|false)\Z"),
}
_SPACES: Final = sorted(PREFIXES.items(), key=lambda pair: -len(pair[1]))
_NIL: Final = ox.NamedNode(RDF + "nil")
_ITEM, _REST = RDF + "first", RDF + "rest"
_NUMBERED: Final = re.compile(r"\A(claim|rec|crit)-")

_QUOTE: Final = re.compile(r'\\|"(?="|\Z)|[\x00-\x08\x0b-\x1f\x7f]')
"""What a text of many lines cannot hold as it is."""


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found[0] if found[0] in '\\"' else f"\\u{ord(found[0]):04X}"


Said = dict[Any, dict[str, list[Any]]]


class Reified(NamedTuple):
    """A triple that a thing is the reifier of, in Turtle 1.2; one that is not `asserted` is only named."""

    triple: ox.Triple
    asserted: bool


def write_turtle(triples: Iterable[ox.Triple], reifiers: Mapping[Any, Reified] | None = None) -> bytes:
    """The triples as Turtle.

    reifiers : thing -> the triple that it reifies. With them it is Turtle 1.2: what is said of such a thing stands as annotation of its
    triple, and asserts that too where it is `asserted`.
    """
    made = _Blocks(triples, reifiers or {})
    return _document(list(made.blocks("")), made.used, 'VERSION "1.2"\n' if reifiers else "")


def write_trig(quads: Iterable[ox.Quad]) -> bytes:
    """The quads as TriG, graph by graph."""
    graphs: dict[Any, list[ox.Triple]] = defaultdict(list)
    for quad in quads:
        graphs[quad.graph_name].append(quad.triple)
    blocks, used = [], set()
    for name in sorted(graphs, key=str):
        made = _Blocks(graphs[name])
        inside = list(made.blocks("" if isinstance(name, ox.DefaultGraph) else "\t"))
        blocks += inside if isinstance(name, ox.DefaultGraph) else [f"{made.say(_name(name))} {{\n" + "\n".join(inside) + "}\n"]
        used |= made.used
    return _document(blocks, used)


def _document(blocks: Sequence[str], used: Collection[str], first: str = "") -> bytes:
    """The blocks below the prefixes that they use."""
    head = first + "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(used))
    return "\n".join([head, *blocks] if head else blocks).encode()


def said_of(triples: Iterable[ox.Triple]) -> Said:
    """What is said of each thing, each triple once."""
    said: Said = {}
    for triple in dict.fromkeys(triples):
        said.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
    return said


def circle(said: Said, node: Any) -> bool:
    """Whether a node without name leads back to itself by such nodes alone."""
    seen, todo = set(), [node]
    while todo:
        for values in said.get(todo.pop(), {}).values():
            for value in values:
                if isinstance(value, ox.BlankNode):
                    if value == node:
                        return True
                    if value not in seen:
                        seen.add(value)
                        todo.append(value)
    return False


def order(said: Said, subject: Any) -> tuple[int, str]:
    """The place of a thing: what describes the whole, entities, claims, what belongs to claims, sources."""
    name = str(subject)
    local = subject.value[len(PMLKG) :] if isinstance(subject, ox.NamedNode) and subject.value.startswith(PMLKG) else ""
    kinds = {kind.value for kind in said[subject].get(RDF + "type", ()) if isinstance(kind, ox.NamedNode)}
    if kinds & {OWL + "Ontology", PREFIXES["dcat"] + "Dataset"}:
        return 0, name
    if _NUMBERED.match(local) or PMLO + "measure" in said[subject]:
        return 2 if not kinds & {PMLO + "Statistic", PMLO + "EvidenceItem"} else 3, name
    if PMLO + "authors" in said[subject] or DCTERMS + "title" in said[subject]:
        return 4, name
    return 1, name


class _Blocks:
    """The triples of one graph by what they are of."""

    def __init__(self, triples: Iterable[ox.Triple], reifiers: Mapping[Any, Reified] = MappingProxyType({})) -> None:
        self.reifiers = reifiers
        self.said = said_of(triples)
        self.used: set[str] = set()
        named: dict[Any, int] = defaultdict(int)
        for said in self.said.values():
            for values in said.values():
                for value in values:
                    if isinstance(value, ox.BlankNode):
                        named[value] += 1
        self.inline = {node for node, count in named.items() if count == 1 and node in self.said and not circle(self.said, node)}
        self.labels = {
            node: f"_:b{number}"
            for number, node in enumerate(sorted({n for n in (*named, *self.said) if isinstance(n, ox.BlankNode)} - self.inline, key=str))
        }

    def say(self, name: str) -> str:
        """A written name, whose prefix is noted."""
        if name[0] not in '<"_':
            self.used.add(name.partition(":")[0])
        return name

    def blocks(self, pad: str) -> Iterator[str]:
        """A block for each thing, in the order of things."""
        for subject in sorted((node for node in self.said if node not in self.inline), key=lambda node: order(self.said, node)):
            lines = " ;\n".join(self._lines(self.said[subject], pad + "\t"))
            own = self._term(subject, pad)
            if subject not in self.reifiers:
                yield f"{pad}{own}\n{lines} .\n"
                continue
            triple, asserted = self.reifiers[subject]
            named = f"{self._term(triple.subject, pad)} {self._term(triple.predicate, pad)} {self._term(triple.object, pad)} ~ {own}"
            yield f"{pad}{named} {{|\n{lines}\n{pad}|}} .\n" if asserted else f"{pad}<< {named} >>\n{lines} .\n"

    def _lines(self, said: Mapping[str, list[Any]], pad: str) -> list[str]:
        lines = []
        for predicate in sorted(said, key=lambda name: (_RANK.get(name, len(_RANK)), _compact(name))):
            verb = "a" if predicate == RDF + "type" else self.say(_compact(predicate))
            values = sorted({self._term(value, pad) for value in said[predicate]})
            if len(values) == 1 or verb == "a":
                lines.append(f"{pad}{verb} {' , '.join(values)}")
            else:
                lines.append(f"{pad}{verb}\n" + " ,\n".join(f"{pad}\t{value}" for value in values))
        return lines

    def _term(self, term: Any, pad: str) -> str:
        if term not in self.inline:
            if isinstance(term, ox.BlankNode):
                return self.labels[term]
            if isinstance(term, ox.NamedNode):
                return self.say(_compact(term.value))
            return self._literal(term)
        members = self._members(term)
        if members is not None:
            return f"( {' '.join(self._term(member, pad) for member in members)} )" if members else "()"
        return "[\n" + " ;\n".join(self._lines(self.said[term], pad + "\t")) + f"\n{pad}]"

    def _literal(self, term: ox.Literal) -> str:
        if term.language is None and "\n" in term.value and term.datatype.value == XSD + "string":
            return f'"""{_QUOTE.sub(_escaped, term.value)}"""'  # a query keeps its lines
        if term.language is None:
            kind = term.datatype.value
            if kind in _BARE and _BARE[kind].match(term.value):
                return term.value
            if kind != XSD + "string":
                return f"{ox.Literal(term.value)}^^{self.say(_compact(kind))}"
        return str(term)

    def _members(self, head: Any) -> list[Any] | None:
        """The members of a list all of whose cells stand here and nowhere else, or None."""
        found = []
        while head != _NIL:
            said = self.said.get(head, {})
            if head not in self.inline or set(said) != {_ITEM, _REST} or len(said[_ITEM]) != 1 or len(said[_REST]) != 1:
                return None
            found.append(said[_ITEM][0])
            head = said[_REST][0]
        return found


def _name(term: Any) -> str:
    """The name of a graph."""
    return _compact(term.value) if isinstance(term, ox.NamedNode) else str(term)


@lru_cache(maxsize=100_000)
def _compact(iri: str) -> str:
    for prefix, namespace in _SPACES:
        if iri.startswith(namespace) and _LOCAL.match(iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return str(ox.NamedNode(iri))
