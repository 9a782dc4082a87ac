"""The whole dataset as files: every syntax, asserted and inferred apart, each named graph, shapes that fit, dialects, and what describes them.

A release is written beside its place and steps into it whole. The same graph, inputs and libraries give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.asking.questions import Question
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.pipeline.description import describe_question
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.publishing import catalogue
from pmlkg.publishing.catalogue import File, Header, Made
from pmlkg.publishing.dialects.table import DIALECTS
from pmlkg.publishing.folder import in_place_of
from pmlkg.rdf import FORMATS, write
from pmlkg.reading.snapshot import Snapshot
from pmlkg.terms import GRAPH_NAMES, GRAPHS, PMLKG, PMLS, PREFIXES, UnknownName, expand, nearest
from pmlkg.turtle import write_turtle
from pmlkg.version import __version__

ASSERTED: Final = ("ontology", "knowledge", "edges", "mappings")
"""The graphs of what was said; what follows stands in `inferred`."""
PARTS: Final = {
    "pmlkg": (GRAPH_NAMES, "all that is asserted and inferred", "shapes/closed.ttl"),
    "pmlkg-asserted": (ASSERTED, "what is asserted", "shapes/asserted.ttl"),
    "pmlkg-inferred": (("inferred",), "what is inferred from what is asserted", ""),
}
"""Stem of a file -> the named graphs in it, what it is, and the shapes that it conforms to."""
CRATE: Final = "ro-crate-metadata.json"
"""The file by which a release is known."""
_COMMENTED: Final = ("turtle", "trig", "ntriples", "nquads")
"""Syntaxes that have comments."""
_LARGE: Final = 50_000
"""Bytes from which a file has a compressed one beside it."""
_CLOSED: Final = ox.NamedNode(PMLS + "appliesTo")
_MEDIA: Final = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "owl": "application/rdf+xml",
    "rq": "application/sparql-query",
    "ru": "application/sparql-update",
    "tsv": "text/tab-separated-values",
    "hpoa": "text/tab-separated-values",
    "json": "application/json",
    "cyjs": "application/json",
    "jsonl": "application/jsonl",
    "ndjson": "application/fhir+ndjson",
    "bib": "application/x-bibtex",
    "graphml": "application/graphml+xml",
    "parquet": "application/vnd.apache.parquet",
    "md": "text/markdown",
}
"""Ending of a file -> its media type, which a compressed one keeps."""

Progress = Callable[[str], None]


class Content(NamedTuple):
    """A file to be written."""

    name: str
    content: bytes
    what: str
    triples: int | None = None
    conforms: str = ""


def write_release(kg: KnowledgeGraph, target: Path, progress: Progress = lambda _: None, without: Iterable[str] = ()) -> list[File]:
    """Write a release; returns its files.

    without : dialects that are left out, which its README names. Raises UnknownName for a dialect that is not one, MissingLibrary
    where a library of one is not installed, and OSError with what the system says; then what stood at `target` stands there still.
    """
    left_out = list(dict.fromkeys(without))
    for name in left_out:
        if name not in DIALECTS:
            raise UnknownName("dialect", name, nearest(name, DIALECTS) or list(DIALECTS))
    with in_place_of(target, CRATE) as folder:
        graph = Snapshot(kg.quads(), kg.vocabularies)
        files: list[File] = []
        for content in _contents(kg, graph, progress, left_out):
            files += _put(folder, content)
        progress("describing the files")
        described = sorted(files)
        for content in (
            Content("void.ttl", catalogue.void(graph, described, _made(kg.data)), "description of the dataset: VoID, DCAT 3, PROV"),
            Content("dataset.jsonld", catalogue.schema_org(graph, described), "description for search engines: a schema.org Dataset"),
        ):
            files += _put(folder, content)
        readme = Content("README.md", _readme(graph, sorted(files), left_out), "what is here, and how to check and cite it")
        files += _put(folder, readme)
        crate = catalogue.ro_crate(graph, sorted(files))
        files += _put(folder, Content(CRATE, crate, "RO-Crate 1.1"))
    return sorted(files)


def _put(folder: Path, content: Content) -> list[File]:
    """Write a file, and a compressed one beside it where it is large."""
    made = [content]
    ending = content.name.rpartition(".")[2]
    if len(content.content) >= _LARGE and ending != "parquet":
        packed = gzip.compress(content.content, 9, mtime=0)
        made.append(content._replace(name=content.name + ".gz", content=packed, what=content.what + " (compressed)"))
    files = []
    for each in made:
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)
        digest = hashlib.sha256(each.content).hexdigest()
        files.append(File(each.name, len(each.content), digest, _MEDIA[ending], each.what, each.triples, each.conforms))
    return files


def _contents(kg: KnowledgeGraph, graph: Snapshot, progress: Progress, left_out: list[str]) -> Iterator[Content]:
    """The files, but for those that describe the others."""
    named = {name: [quad for quad in graph.quads if quad.graph_name == iri] for name, iri in GRAPHS.items()}
    jobs = [(stem, format) for stem in PARTS for format in FORMATS]
    progress(f"writing {len(jobs)} files of triples")
    for stem, format in jobs:
        names, what, shapes = PARTS[stem]
        quads = [quad for name in names for quad in named[name]]
        count = len(quads) if FORMATS[format].has_graphs else len({quad.triple for quad in quads})
        head = _head(graph, what, shapes) if format in _COMMENTED else b""
        yield Content(f"{stem}.{FORMATS[format].suffix}", head + write(quads, format), what, count, shapes)
    for name, quads in named.items():
        yield Content(f"graphs/{name}.ttl", write(quads, "turtle"), f"the named graph {name}", len({quad.triple for quad in quads}))
    ontology = len(named["ontology"])
    yield Content("ontology/pmlkg.ttl", kg.data.ontology.read_bytes(), "the ontology as it is written", ontology)
    yield Content("ontology/pmlkg.owl", write(named["ontology"], "rdfxml"), "the ontology for Protégé (RDF/XML)", ontology)
    yield Content("ontology/context.jsonld", kg.data.context.read_bytes(), "the JSON-LD context of the records")
    yield from _shapes(kg.data)
    yield from _questions(kg)
    for name, path in kg.data.mappings().items():
        yield Content(f"mappings/{Path(name).name}", path.read_bytes(), "mappings to other vocabularies (SSSOM)")
    yield Content("prefixes.ttl", catalogue.prefixes({**PREFIXES, **kg.vocabularies}), "the prefixes as data")
    for name, dialect in DIALECTS.items():
        if name not in left_out:
            progress(f"writing the dialect {name}")
            for file, content in sorted(dialect.write(graph).items()):
                yield Content(f"dialects/{file}", content, dialect.title)


def _head(graph: Snapshot, what: str, shapes: str) -> bytes:
    """What a file says of itself to who opens it."""
    header = Header.of(graph)
    fits = f"# Conforms to {shapes}.\n" if shapes else ""
    return f"# pmlkg {header.version}: {what}. {header.license}\n{fits}# {catalogue.NOTICE}\n".encode()


def _shapes(data: Data) -> Iterator[Content]:
    """Two files of shapes: one for what is asserted, one for the closed graph."""
    triples = load_shapes(data.shapes()).triples
    said: dict[Any, list[ox.Triple]] = {}
    for triple in triples:
        said.setdefault(triple.subject, []).append(triple)
    names = {node for node in said if isinstance(node, ox.NamedNode)}
    closed = {triple.subject for triple in triples if triple.predicate == _CLOSED}
    shared = {ox.NamedNode(PMLS.rstrip("#"))}  # the header, with the prefixes of the queries
    for name, what, wanted in (
        ("asserted", "shapes that what is asserted conforms to", names - closed),
        ("closed", "shapes that the closed graph conforms to", names & closed | shared),
    ):
        todo: list[Any] = [node for node in said if node in wanted]
        kept: dict[Any, list[ox.Triple]] = {}
        while todo:
            node = todo.pop()
            if node not in kept:
                kept[node] = said[node]
                todo += [triple.object for triple in said[node] if isinstance(triple.object, ox.BlankNode)]
        found = [triple for node in said if node in kept for triple in kept[node]]
        yield Content(f"shapes/{name}.ttl", write_turtle(found), what, len(set(found)))


def _questions(kg: KnowledgeGraph) -> Iterator[Content]:
    """The questions as they are asked, and as data with their columns."""
    triples = [triple for question in kg.questions.values() for triple in _described(question)]
    yield Content(
        "questions/questions.ttl", write_turtle(triples), "the named questions as data, with parameters and columns", len(set(triples))
    )
    for name, path in kg.data.queries().items():
        yield Content(f"questions/{Path(name).name}", path.read_bytes(), f"a question: {kg.questions[Path(name).stem].title}")


def _described(question: Question) -> Iterator[ox.Triple]:
    """A question with what it takes and what it gives."""
    yield from describe_question(question)
    node = ox.NamedNode(PMLKG + "question-" + question.name)
    for kind, own, names in (
        ("sh:Parameter", "sh:parameter", {parameter.name: parameter.description for parameter in question.parameters}),
        ("csvw:Column", "csvw:column", question.columns),
    ):
        for place, (name, what) in enumerate(names.items(), 1):
            part = ox.NamedNode(f"{node.value}-{own.partition(':')[2]}-{name}")
            for predicate, value in (
                (own, part),
                ("rdf:type", ox.NamedNode(expand(kind))),
                ("sh:name" if kind == "sh:Parameter" else "csvw:name", ox.Literal(name)),
                ("dcterms:description", ox.Literal(what, language="en")),
                ("sh:order", ox.Literal(str(place), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))),
            ):
                yield ox.Triple(node if value is part else part, ox.NamedNode(expand(predicate)), value)


def _made(data: Data) -> Made:
    inputs = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in data.inputs().items()}
    programs = {"pmlkg": __version__, **{name: version(name) for name in ("pyoxigraph", "pyshacl", "rdflib")}}
    return Made(inputs, programs, _commit(data.root))


def _commit(root: Path) -> str:
    """The commit of a checkout, marked where files that it keeps have changed since; nothing elsewhere."""
    if not (root / ".git").exists():
        return ""
    try:
        name, changed = (
            subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=30, check=True).stdout.strip()  # noqa: S603, S607
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{name}-changed" if changed else name


def _readme(graph: Snapshot, files: list[File], left_out: list[str]) -> bytes:
    header = Header.of(graph)
    rows = [
        f"| [{file.name}]({file.name}) | {file.what} | {file.size:,} | {'' if file.triples is None else f'{file.triples:,}'} | {file.conforms} |"
        for file in files
        if not file.name.endswith(".gz")
    ]
    dialects = [f"| {dialect.title} | {dialect.loses} | {dialect.judge} |" for name, dialect in DIALECTS.items() if name not in left_out]
    without = [f"Left out on demand: {', '.join(left_out)}.", ""] if left_out else []
    return "\n".join(
        [
            f"# {header.title}, {header.version}",
            "",
            header.description,
            "",
            f"Licence: <{header.license}>. Cite as: {header.citation}",
            "",
            "Which file? `pmlkg.ttl` is for reading and for a first load, `pmlkg.nq` and `pmlkg.trig` keep the named graphs, `pmlkg-asserted` leaves out",
            "what follows by OWL 2 RL, `dialects/` has the same in the forms of others. A file that ends in `.gz` is the one beside it, compressed.",
            "",
            "## To check it",
            "```sh",
            "sha256sum --check --quiet SHA256SUMS",
            "pyshacl --shacl shapes/asserted.ttl pmlkg-asserted.ttl",
            "pyshacl --shacl shapes/closed.ttl pmlkg.ttl",
            "```",
            "",
            *without,
            "## Files",
            "| file | what | bytes | triples | conforms to |",
            "| --- | --- | ---: | ---: | --- |",
            *rows,
            "",
            "## What the dialects lose",
            "| dialect | loses | checked by |",
            "| --- | --- | --- |",
            *dialects,
            "",
        ]
    ).encode()
