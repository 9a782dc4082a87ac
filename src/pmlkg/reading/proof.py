"""Why a triple is in the graph: the shortest proof, down to claims, sources and axioms; as text, JSON, PROV or a drawing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from pmlkg import notebook
from pmlkg.formats import format_name
from pmlkg.rdf import write
from pmlkg.reading.claims import ClaimNote, carriers, notes
from pmlkg.reading.reader import Reader
from pmlkg.terms import GRAPHS, UnknownName, expand, nearest, plain

_NUMBER: Final = re.compile(r'"([+-]?[0-9.]+)"\^\^(?=<http://www\.w3\.org/2001/XMLSchema#(?:decimal|integer)>$)')
FILE: Final = "proofs.tsv"
"""Name of the file with all proofs in the folder of a build."""


@dataclass(frozen=True)
class Explanation:
    """Why a triple is in the graph.

    kind : ``edge`` (asserted by `claims`), ``asserted`` (it stands in the graph `graph`), or ``inferred`` (by `rule` from `premises`).
    triple : as texts; statement : as terms; cells : of the list that is the object of an axiom.
    """

    triple: tuple[str, str, str]
    kind: str
    graph: str = ""
    rule: str = ""
    premises: tuple[Explanation, ...] = ()
    claims: tuple[ClaimNote, ...] = ()
    statement: ox.Triple = field(kw_only=True, repr=False)
    cells: tuple[tuple[Any, Any, Any], ...] = field(default=(), kw_only=True, repr=False)

    @property
    def how(self) -> str:
        """The kind in words."""
        return {"edge": "asserted by", "asserted": f"stated in {self.graph}", "inferred": f"follows by {self.rule} from"}[self.kind]

    def parts(self) -> tuple[Explanation, ...]:
        """This triple and all it rests on, each once, premises after what rests on them."""
        found: dict[ox.Triple, Explanation] = {}

        def walk(part: Explanation) -> Iterator[Explanation]:
            yield part
            for premise in part.premises:
                yield from walk(premise)

        for part in walk(self):
            found.setdefault(part.statement, part)
        return tuple(found.values())

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; what does not apply is left out."""
        fields: dict[str, Any] = {"triple": list(self.triple), "kind": self.kind, "graph": self.graph, "rule": self.rule}
        fields["premises"] = [premise.to_dict() for premise in self.premises]
        fields["claims"] = [note.to_dict() for note in self.claims]
        return {key: value for key, value in fields.items() if value}

    def _repr_html_(self) -> str:
        return notebook.text(self.to_text())

    def to_text(self, depth: int = 0) -> str:
        """An indented proof for a person."""
        pad = "  " * depth
        lines = [f"{pad}{' '.join(self.triple)}   {self.how}"]
        for note in self.claims:
            lines.append(f"{pad}  {note.claim}: {note.sentence}")
            lines += [f"{pad}    {text}" for text in ((f"in {note.population}",) if note.population else ()) + note.figures]
            for item in note.evidence:
                details = ", ".join(part for part in (item.locator, item.reading_depth) if part)
                lines.append(f"{pad}    source: {item.title} ({item.source}; {details}) {item.link}".rstrip())
        lines += [premise.to_text(depth + 1) for premise in self.premises]
        return "\n".join(lines)

    def to_prov(self) -> bytes:
        """A PROV graph in Turtle: each triple an rdf:Statement, derived from its premises, its claims or its named graph.

        The names of the statements are made from what they say, so the same proof gives the same bytes.
        """
        quads: list[ox.Quad] = []

        def say(subject: Any, predicate: str, *objects: Any) -> None:
            quads.extend(ox.Quad(subject, ox.NamedNode(expand(predicate)), value) for value in objects)

        for part in self.parts():
            node = _name(part.statement)
            say(node, "rdf:type", ox.NamedNode(expand("rdf:Statement")), ox.NamedNode(expand("prov:Entity")))
            say(node, "rdf:subject", part.statement.subject)
            say(node, "rdf:predicate", part.statement.predicate)
            say(node, "rdf:object", part.statement.object)
            say(node, "rdfs:label", ox.Literal(" ".join((*part.triple, f"({_kind(part)})")), language="en"))
            for cell, member, rest in part.cells:
                say(cell, "rdf:first", member)
                say(cell, "rdf:rest", rest)
            if part.rule:
                step = ox.NamedNode(node.value.replace(":statement:", ":step:"))
                say(node, "prov:wasGeneratedBy", step)
                say(step, "rdf:type", ox.NamedNode(expand("prov:Activity")))
                say(step, "rdfs:label", ox.Literal(part.rule))
                say(step, "prov:used", *(_name(premise.statement) for premise in part.premises))
            say(node, "prov:wasDerivedFrom", *(_name(premise.statement) for premise in part.premises))
            if part.kind == "asserted":
                say(node, "prov:wasDerivedFrom", GRAPHS[part.graph])
            for note in part.claims:
                claim = ox.NamedNode(expand(note.claim))
                say(node, "prov:wasDerivedFrom", claim)
                say(claim, "rdf:type", ox.NamedNode(expand("prov:Entity")))
                say(claim, "dcterms:description", ox.Literal(note.sentence, language="en"))
                for item in note.evidence:
                    source = ox.NamedNode(expand(item.source))
                    say(claim, "prov:wasDerivedFrom", source)
                    say(source, "rdf:type", ox.NamedNode(expand("prov:Entity")))
                    say(source, "dcterms:title", ox.Literal(item.title, language="en"))
        return write(quads, "turtle")

    def to_dot(self) -> str:
        """A drawing for Graphviz: arrows go from what is given to what follows."""
        lines = ["digraph proof {", "  rankdir=BT;", '  node [fontname="sans-serif", shape=box];']
        for part in self.parts():
            node = _name(part.statement).value
            style = ", style=bold" if part.statement == self.statement else ""
            lines.append(f"  {_quote(node)} [label={_quote(' '.join(part.triple), _kind(part))}{style}];")
            lines += [f"  {_quote(_name(p.statement).value)} -> {_quote(node)} [label={_quote(part.rule)}];" for p in part.premises]
            for note in part.claims:
                lines.append(f"  {_quote(note.claim)} [shape=ellipse, tooltip={_quote(note.sentence)}];")
                lines.append(f"  {_quote(note.claim)} -> {_quote(node)};")
                for item in note.evidence:
                    lines.append(f"  {_quote(item.source)} [shape=note, tooltip={_quote(item.title)}];")
                    lines.append(f"  {_quote(item.source)} -> {_quote(note.claim)};")
        return "\n".join([*dict.fromkeys(lines), "}"]) + "\n"

    def to_svg(self) -> str:
        """A drawing in layers: sources, the claims that they support, the triples, and what follows. Needs matplotlib.

        Names are broken over lines as they fit, so a text search in the file may miss one.
        """

        from pmlkg.pictures.layers import layers
        from pmlkg.pictures.page import save

        def short(*names: str) -> str:
            return " ".join(name.removeprefix("pmlkg:").removeprefix("pmlo:") for name in names)

        arrows = []
        for part in self.parts():
            arrows += [(short(*premise.triple), part.rule, short(*part.triple)) for premise in part.premises]
            arrows += [(f"graph {part.graph}", "states", short(*part.triple))] if part.kind == "asserted" else []
            arrows += [(short(note.claim), "asserts", short(*part.triple)) for note in part.claims]
            arrows += [(short(item.source), "supports", short(note.claim)) for note in part.claims for item in note.evidence]
        drawn = layers(dict.fromkeys(arrows), f"Why {short(*self.triple)}")
        return save(drawn, "svg").decode()

    def render(self, format: str) -> str:
        """The proof in one of FORMATS."""
        name = format_name(format)
        if name not in FORMATS:
            raise UnknownName("format", format, nearest(name, FORMATS) or list(FORMATS))
        return FORMATS[name](self)


FORMATS: Final[dict[str, Callable[[Explanation], str]]] = {
    "text": lambda proof: f"{proof.to_text()}\n",
    "json": lambda proof: json.dumps(proof.to_dict(), ensure_ascii=False, indent=2) + "\n",
    "turtle": lambda proof: proof.to_prov().decode(),
    "dot": Explanation.to_dot,
    "svg": Explanation.to_svg,
}
"""Name of a form of a proof -> what makes it."""


def read_proofs(path: Path) -> dict[str, list[str]]:
    """All proofs of a build: an inferred triple as N-Triples -> the rule and the premises of its last step."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return {_written(triple): rest for triple, *rest in (line.split("\t") for line in lines if line)}


def _written(triple: str) -> str:
    """A triple with its number as a store writes it: "0.90" as "0.9"; proofs keep the digits of the records."""
    return _NUMBER.sub(lambda number: f'"{plain(number[1])}"^^', triple)


def explain(reader: Reader, triple: ox.Triple, proofs: Callable[[], dict[str, list[str]]]) -> Explanation:
    """The proof of a triple of the graph. `proofs` reads those of the build, for which only an inferred triple asks. Raises LookupError where a build lacks the proof of a triple that it holds as inferred."""
    names = (reader.show(triple.subject), reader.show(triple.predicate), reader.show(triple.object))
    cells = tuple(reader.cells(triple.object))
    graphs = {quad.graph_name for quad in reader.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)}
    if GRAPHS["edges"] in graphs:
        return Explanation(names, "edge", "edges", claims=notes(reader, carriers(reader, triple)), statement=triple)
    homes = [name for name, iri in GRAPHS.items() if iri in graphs and name != "inferred"]
    if homes:
        return Explanation(names, "asserted", homes[0], statement=triple, cells=cells)
    written = _written(str(triple))
    if written not in proofs():
        raise LookupError(f"the build has no proof of {' '.join(names)}")
    rule, *texts = proofs()[written]
    premises = (next(iter(ox.parse(f"{text} .", format=ox.RdfFormat.N_TRIPLES))).triple for text in texts)
    return Explanation(names, "inferred", "inferred", rule, tuple(explain(reader, p, proofs) for p in premises), statement=triple)


def _kind(part: Explanation) -> str:
    return {"edge": "asserted by claims", "asserted": part.how, "inferred": f"inferred by {part.rule}"}[part.kind]


def _name(triple: ox.Triple) -> ox.NamedNode:
    """An IRI for a statement, made from what it says."""
    return ox.NamedNode(f"urn:pmlkg:statement:{hashlib.sha256(str(triple).encode()).hexdigest()[:16]}")


def _quote(*lines: str) -> str:
    """A quoted text of the DOT language, of one or several lines."""
    return '"' + r"\n".join(" ".join(line.split()).replace("\\", "\\\\").replace('"', r"\"") for line in lines) + '"'
