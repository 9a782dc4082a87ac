"""Two graphs in, what differs in what they claim out: claims, figures, evidence, names; not triples.

A graph is a release, a build, or a file in any syntax. What is compared is what records say; what the build adds to it (labels in one
line, common units, inferred types) would only tell the same again.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings, Place
from pmlkg.formats import format_name
from pmlkg.locations import MANIFEST
from pmlkg.rdf import FORMATS, write
from pmlkg.reading.snapshot import Node, Snapshot
from pmlkg.standing import current
from pmlkg.terms import (
    DCTERMS,
    GRAPHS,
    ONTOLOGY_IRI,
    OWL,
    PMLKG,
    PMLO,
    PREFIXES,
    RDF,
    RDF_TYPE,
    RDFS,
    XSD,
    UnknownName,
    curie,
    nearest,
    show,
)

CHANGES: Final = "http://purl.org/vocab/changeset/schema#"
"""The ChangeSet vocabulary."""
_WHOLE: Final = ("pmlkg.nq", "pmlkg.nq.gz", "pmlkg.trig", "pmlkg.ttl", "pmlkg.nt")
"""What is looked for in a folder, in this order."""
_DERIVED: Final = frozenset(
    PMLO + name
    for name in (
        *(
            "commonHigh",
            "commonLow",
            "commonUnit",
            "commonValue",
            "country",
            "calendarYearFrom",
            "calendarYearTo",
            "designs",
            "hasEvidence",
        ),
        *("high", "inWhom", "latestYear", "limitations", "limitedBy", "limits", "low", "ofThose", "sourceKeys"),
    )
) | {PREFIXES["skos"] + "prefLabel", PREFIXES["rdfs"] + "seeAlso", PREFIXES["rdfs"] + "isDefinedBy"}
"""What the build adds to a record."""
_MANY: Final = frozenset(PMLO + name for name in ("statistic", "supportedBy", "disputedBy"))
_FIGURE: Final = (
    "value",
    "valueAbove",
    "valueBelow",
    "confidenceLow",
    "confidenceHigh",
    "rangeLow",
    "rangeHigh",
    "unit",
    "numerator",
    "denominator",
)
_GROUPS: Final = (("claim", ("Claim", "DiagnosticCriterion")), ("entity", ("Entity", "RatingScheme", "Grade")), ("source", ("Source",)))
_WORDS: Final = {
    "dcterms:description": "sentence",
    "rdfs:label": "label",
    "skos:altLabel": "synonyms",
    "skos:definition": "definition",
    "dcterms:title": "title",
    "rdf:type": "class",
    "schema:url": "address",
    "owl:deprecated": "deprecated",
}
"""Property -> what a change of it is called, where that is not its local name."""


class Change(NamedTuple):
    """One difference.

    kind : new, withdrawn or changed. of : claim, entity, source or term. id : whose it is. what : of which it speaks, such as status or
    figure; nothing for a whole thing. before, after : what it said. label : how the thing is called, or its sentence. property : the IRI of what
    it speaks of.
    """

    kind: str
    of: str
    id: str
    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    label: str
    iri: str
    property: str = ""


class Comparison(NamedTuple):
    """All differences of two graphs. versions : of the older and the newer."""

    changes: tuple[Change, ...]
    versions: tuple[str, str]

    def render(self, format: str = "text") -> bytes:
        """As text, json, md or RDF (a format of `pmlkg.rdf.FORMATS`). Raises UnknownName for another."""
        format = format_name(format)
        if format in ("text", "table"):
            return _text(self)
        if format == "json":
            return _json(self)
        if format == "md":
            return _markdown(self)
        if format in FORMATS:
            return write(_rdf(self), format)
        known = ["text", "json", "md", *FORMATS]
        raise UnknownName("format of a comparison", format, nearest(format, known) or known)


# --- reading ------------------------------------------------------------------------------------------------------------


def read(path: Path) -> Snapshot:
    """The graph of a release, of a build or its folder, or of a file. Raises Findings for a file that cannot be read, FileNotFoundError for none."""
    file = _file(path)
    syntax = next((how.syntax for how in FORMATS.values() if file.name.removesuffix(".gz").endswith("." + how.suffix)), None)
    if syntax is None:
        endings = ", ".join("." + how.suffix for how in FORMATS.values())
        raise ValueError(f"{file} has no ending that tells its syntax; right: one of {endings}, or one of them and .gz")
    try:
        content = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
        quads = list(ox.parse(content, format=syntax))
    except (SyntaxError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        place = Place(file.name, getattr(error, "lineno", 0) or 0, getattr(error, "offset", 0) or 0)
        raise Findings([Finding("Graph-syntax", " ".join(str(error).split()), f"a whole file in {syntax.name}", place)]) from error
    if not any(quad.predicate.value == RDFS + "subClassOf" and str(quad.subject).startswith(f"<{PMLO}") for quad in quads):
        raise ValueError(
            f"{file} holds {len(quads):,} triples and not the ontology that tells what they are; "
            "right: a whole graph, such as pmlkg.nq or pmlkg.ttl of a release"
        )
    manifest = file.parent / MANIFEST
    vocabularies = json.loads(manifest.read_bytes())["vocabularies"] if manifest.is_file() else {}
    return Snapshot(quads if _named_graphs(quads) else _placed(quads), vocabularies)


def _named_graphs(quads: Iterable[ox.Quad]) -> bool:
    return any(quad.graph_name == GRAPHS["edges"] for quad in quads)


def _file(path: Path) -> Path:
    if path.is_dir():
        folder = current(path) or path
        found = next((folder / name for name in _WHOLE if (folder / name).is_file()), None)
        if found is None:
            raise FileNotFoundError(f"no {_WHOLE[0]} in {path}; right: a release, a build, or a file")
        return found
    if not path.exists():
        raise FileNotFoundError(f"no {path}; right: a release, a build, or a file")
    return path


def _placed(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Quads without their graphs, in two: what is of a term, and everything else."""
    placed = []
    for triple in dict.fromkeys(quad.triple for quad in quads):
        own = isinstance(triple.subject, ox.NamedNode) and triple.subject.value.startswith((PMLO, ONTOLOGY_IRI))
        placed.append(ox.Quad(triple.subject, triple.predicate, triple.object, GRAPHS["ontology" if own else "knowledge"]))
    return placed


# --- comparing ----------------------------------------------------------------------------------------------------------


def compare(older: Snapshot, newer: Snapshot) -> Comparison:
    """What differs. Where one has no named graphs, neither is read by them: what was inferred is then compared too."""
    if _named_graphs(older.quads) != _named_graphs(newer.quads):
        older, newer = (Snapshot(_placed(graph.quads), graph.vocabularies) for graph in (older, newer))
    tombstones = {
        quad.subject.value: quad.object.value
        for quad in newer.quads
        if quad.predicate.value == DCTERMS + "isReplacedBy"
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode)
    }
    changes = [change for of, kinds in _GROUPS for change in _things(of, _named(older, kinds), _named(newer, kinds), tombstones)]
    changes += _things("term", _terms(older), _terms(newer), tombstones)
    versions = tuple(graph.node(ONTOLOGY_IRI).text("owl:versionInfo") for graph in (older, newer))
    return Comparison(tuple(changes), (versions[0], versions[1]))


def _named(graph: Snapshot, kinds: tuple[str, ...]) -> dict[str, Node]:
    return {node.id: node for node in graph.of(*kinds)}


def _terms(graph: Snapshot) -> dict[str, Node]:
    names = {quad.subject.value for quad in graph.quads if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(PMLO)}
    return {node.id: node for node in map(graph.node, sorted(names)) if node.values("rdfs:label")}


def _label(node: Node) -> str:
    return node.text("dcterms:description") or node.label


def _things(of: str, before: dict[str, Node], after: dict[str, Node], tombstones: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            node = new or old
            assert node is not None
            replaced = (tombstones[node.iri].removeprefix(PMLKG),) if new is None and node.iri in tombstones else ()
            yield Change("new" if old is None else "withdrawn", of, name, "", (), replaced, _label(node), node.iri)
            continue
        for property, what, said, says in _differences(old, new):
            yield Change("changed", of, name, what, said, says, _label(new), new.iri, property)


def _differences(old: Node, new: Node) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    for iri in sorted({*old.properties, *new.properties} - _DERIVED - _MANY):
        said, says = (_said(node, iri) for node in (old, new))
        if said != says:
            yield iri, _word(iri), said, says
    for part, what, tell, iri in (
        ("statistic", "figure", _figure, PMLO + "statistic"),
        ("evidence", "evidence", _ground, PMLO + "supportedBy"),
    ):
        for was, now in _pairs(_parts(old, part), _parts(new, part)):
            said, says = ((tell(each),) if each else () for each in (was, now))
            if said != says:
                yield iri, what, said, says


def _pairs(olds: list[Node], news: list[Node]) -> Iterator[tuple[Node | None, Node | None]]:
    """Old and new of the same: by name, then by what is most alike in them, then the rest alone."""
    left, come = {each.id: each for each in olds}, {each.id: each for each in news}
    for name in sorted(left.keys() & come.keys()):
        yield left.pop(name), come.pop(name)
    for alike in (
        ("measure", "value", "rangeLow", "rangeHigh"),
        ("value", "rangeLow", "rangeHigh"),
        ("measure", "period"),
        ("measure",),
        ("source",),
    ):
        for name in sorted(left):
            own = [left[name].texts(each) for each in alike]
            found = [other for other in sorted(come) if any(own) and [come[other].texts(each) for each in alike] == own]
            if len(found) == 1:
                yield left.pop(name), come.pop(found[0])
    yield from ((left[name], None) for name in sorted(left))
    yield from ((None, come[name]) for name in sorted(come))


def _parts(node: Node, part: str) -> list[Node]:
    return node.nodes("statistic") if part == "statistic" else [item for _, item in node.evidence]


def _said(node: Node, iri: str) -> tuple[str, ...]:
    if iri == RDF_TYPE.value:  # a file without named graphs has the inferred classes too
        return (node.kind,)
    if any(isinstance(value, ox.BlankNode) for value in node.values(iri)):
        return ()  # an axiom, whose parts have no names to compare
    return tuple(node.texts(iri))


def _word(iri: str) -> str:
    name = curie(iri).strip("<>")
    prefix, _, local = name.partition(":")
    return _WORDS.get(name, local if prefix in ("pmlo", "skos") else name)


def _figure(node: Node) -> str:
    """A figure in one line: all that is printed of it, then what it is of."""
    told = {_word(iri): ", ".join(node.texts(iri)) for iri in node.properties if iri not in _DERIVED and iri != RDF_TYPE.value}
    value = told.get("value") or (
        f"over {told['valueAbove']}" if "valueAbove" in told else f"under {told['valueBelow']}" if "valueBelow" in told else ""
    )
    limits = [
        f"{told[low]} to {told[high]}"
        for low, high in (("confidenceLow", "confidenceHigh"), ("rangeLow", "rangeHigh"))
        if {low, high} <= told.keys()
    ]
    counts = f"{told['numerator']}/{told.get('denominator', '?')}" if "numerator" in told else ""
    rest = [f"{name} {text}" for name, text in sorted(told.items()) if name not in (*_FIGURE, "measure")]
    inside = "; ".join(text for text in (*limits, counts, *rest) if text)
    return " ".join(text for text in (told.get("measure"), value, told.get("unit")) if text) + (f" ({inside})" if inside else "")


def _ground(node: Node) -> str:
    told = {_word(iri): ", ".join(node.texts(iri)) for iri in node.properties if iri not in _DERIVED and iri != RDF_TYPE.value}
    return ", ".join([told.pop("source", "?"), *(f"{name} {text}" for name, text in sorted(told.items()))])


# --- telling ------------------------------------------------------------------------------------------------------------

_HEADINGS: Final = (("new", "New"), ("withdrawn", "Withdrawn"), ("changed", "Changed"))
_PLURALS: Final = {"claim": "claims", "entity": "entities", "source": "sources", "term": "terms of the ontology"}


def summary(comparison: Comparison) -> str:
    """How much differs, in one line."""
    counts = []
    for kind, _ in _HEADINGS:
        for of, plural in _PLURALS.items():
            number = len({change.id for change in comparison.changes if change.kind == kind and change.of == of})
            if number:
                counts.append(f"{number} {of if number == 1 else plural} {kind}")
    return ", ".join(counts) or "nothing differs in what is claimed"


def _line(change: Change, arrow: str = "->") -> str:
    if change.kind != "changed":
        return change.label + (f" (replaced by {', '.join(change.after)})" if change.after else "")
    return f"{change.what}: {'; '.join(change.before) or '(nothing)'} {arrow} {'; '.join(change.after) or '(nothing)'}"


def _grouped(comparison: Comparison) -> Iterator[tuple[str, list[Change]]]:
    for kind, title in _HEADINGS:
        for of, plural in _PLURALS.items():
            found = [change for change in comparison.changes if change.kind == kind and change.of == of]
            if found:
                yield f"{title} {plural}", found


def _versions(comparison: Comparison) -> str:
    return " and ".join(version or "(no version)" for version in comparison.versions)


def _text(comparison: Comparison) -> bytes:
    lines = [f"{_versions(comparison)}: {summary(comparison)}"]
    for title, changes in _grouped(comparison):
        lines += ["", f"{title} ({len({change.id for change in changes})})"]
        last = ""
        for change in changes:
            if change.id != last:
                lines.append(f"  {change.id}" + ("" if change.kind != "changed" else f"  {change.label}"))
            last = change.id
            lines.append(f"      {_line(change)}")
    return ("\n".join(lines) + "\n").encode()


def _markdown(comparison: Comparison) -> bytes:
    def safe(text: str) -> str:
        return "".join("\\" + character if character in "\\`*_[]<>|#" else character for character in " ".join(text.split()))

    lines = [f"{_versions(comparison)}: {summary(comparison)}."]
    for title, changes in _grouped(comparison):
        lines += ["", f"### {title}", ""]
        lines += [f"- `{change.id}`: {safe(_line(change, '→'))}" for change in changes]
    return ("\n".join(lines) + "\n").encode()


def _json(comparison: Comparison) -> bytes:
    document = {
        "older": comparison.versions[0],
        "newer": comparison.versions[1],
        "summary": summary(comparison),
        "changes": [{**change._asdict(), "before": list(change.before), "after": list(change.after)} for change in comparison.changes],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _rdf(comparison: Comparison) -> Iterator[ox.Quad]:
    """A ChangeSet for each thing that differs, with what was removed and what was added, in words: it is for reading, not for patching."""

    def say(subject: str, predicate: str, value: Any) -> ox.Quad:
        object = value if isinstance(value, ox.Literal) else ox.NamedNode(value)
        return ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), object)

    base = f"{PMLKG.removesuffix('id/')}changes/{comparison.versions[0] or 'older'}-{comparison.versions[1] or 'newer'}/"
    places: dict[str, int] = {}
    for change in comparison.changes:
        own = f"{base}{change.of}/{change.id}"
        yield say(own, RDF_TYPE.value, CHANGES + "ChangeSet")
        yield say(own, CHANGES + "subjectOfChange", change.iri)
        number = places[own] = places.get(own, 0) + 1
        reason = f"{change.kind} {change.of}" if change.kind != "changed" else f"{change.what} changed"
        yield say(own, CHANGES + "changeReason", ox.Literal(reason))
        for side, texts in (("removal", change.before), ("addition", change.after)):
            for place, text in enumerate(texts, 1):
                statement = f"{own}/{side}-{number}-{place}"
                yield say(own, CHANGES + side, statement)
                yield say(statement, RDF_TYPE.value, RDF + "Statement")
                yield say(statement, RDF + "subject", change.iri)
                yield say(statement, RDF + "predicate", change.property or DCTERMS + "isReplacedBy")
                yield say(statement, RDF + "object", ox.Literal(text))
        if change.kind == "withdrawn":
            yield say(change.iri, OWL + "deprecated", ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")))


# --- questions ----------------------------------------------------------------------------------------------------------


class Differing(NamedTuple):
    """A question that the two graphs answer otherwise. gone, come : rows that only the older, only the newer one gives."""

    name: str
    columns: tuple[str, ...]
    gone: tuple[tuple[str, ...], ...]
    come: tuple[tuple[str, ...], ...]


def asked(sparql: str, name: str, older: ox.Store, newer: ox.Store) -> Differing:
    """A question asked of both. Raises ValueError where it gives no rows in one, for it is asked of nothing then."""
    answers: list[tuple[tuple[str, ...], Counter[tuple[str, ...]]]] = []
    for store in (older, newer):
        result: Any = store.query(sparql, use_default_graph_as_union=True, prefixes=PREFIXES)
        if not isinstance(result, ox.QuerySolutions):
            raise ValueError(f"{name} gives no rows; right: a SELECT")
        columns = tuple(variable.value for variable in result.variables)
        answers.append((columns, Counter(tuple(show(cell) for cell in row) for row in result)))
    (_, before), (columns, after) = answers
    gone, come = (tuple(sorted((one - other).elements())) for one, other in ((before, after), (after, before)))
    return Differing(name, columns, gone, come)


def store_of(graph: Snapshot) -> ox.Store:
    """A store that answers questions of a graph."""
    store = ox.Store()
    store.bulk_extend(graph.quads)
    return store


def side_by_side(differing: Differing, format: str = "text") -> bytes:
    """Rows that only one of both gives: those of the older one with a minus, those of the newer one with a plus. As text, json or csv."""
    rows = [("-", *row) for row in differing.gone] + [("+", *row) for row in differing.come]
    if format == "json":
        columns = list(differing.columns)
        gone, come = ([dict(zip(columns, row, strict=True)) for row in side] for side in (differing.gone, differing.come))
        return (json.dumps({"question": differing.name, "older": gone, "newer": come}, ensure_ascii=False, indent=1) + "\n").encode()
    if format == "csv":
        import csv
        import io

        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([("in", *differing.columns), *rows])
        return out.getvalue().encode()
    if format != "text":
        raise UnknownName("format of a question asked of two graphs", format, ["text", "json", "csv"])
    if not rows:
        return f"{differing.name}: both graphs give the same rows\n".encode()
    lines = [f"{differing.name}: {len(differing.gone)} rows only in the older graph (-), {len(differing.come)} only in the newer one (+)"]
    for sign, *cells in sorted(rows, key=lambda row: (row[-1], row[1:-1], row[0] != "-")):
        told = [f"{column} {cell}" for column, cell in zip(differing.columns, cells, strict=True) if cell]
        lines.append(f"{sign} {'; '.join(told)}")
    return ("\n".join(lines) + "\n").encode()


def told(comparison: Comparison, differing: list[Differing], older: Snapshot, newer: Snapshot) -> str:
    """What differs in the claims, which questions answer otherwise, and by how much the version grows."""
    names = tuple(_asked_in(graph) for graph in (older, newer))
    lines = [f"{_versions(comparison)}: {summary(comparison)}"]
    changed = [each for each in differing if each.gone or each.come]
    lines.append(f"{len(changed)} of {len(differing)} questions answer otherwise")
    lines += [f"  {each.name}: {len(each.gone)} rows gone, {len(each.come)} come" for each in changed]
    lines += [f"  {name}: a new question" for name in sorted(names[1] - names[0])] + [
        f"  {name}: gone" for name in sorted(names[0] - names[1])
    ]
    known = [each for each in differing if each.name in names[0]]
    lines.append(f"the version grows by: {bump(comparison, known, names)} (before 1.0 the first two numbers move one place down)")
    return "\n".join(lines) + "\n"


def _asked_in(graph: Snapshot) -> set[str]:
    """The names of the questions that a graph has as data."""
    start = PMLKG + "question-"
    return {
        q.subject.value.removeprefix(start)
        for q in graph.quads
        if isinstance(q.subject, ox.NamedNode) and q.subject.value.startswith(start)
    }


def bump(comparison: Comparison, differing: Iterable[Differing], questions: tuple[set[str], ...]) -> str:
    """By how much the version grows: major where an existing question answers otherwise or is gone, minor where something is new, else patch.

    questions : names of those of the older and of the newer graph.
    """
    if any(each.gone or each.come for each in differing) or questions[0] - questions[1]:
        return "major"
    if comparison.changes or questions[1] - questions[0]:
        return "minor"
    return "patch"
