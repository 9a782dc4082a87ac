"""The way of the data: records -> knowledge -> edges -> OWL 2 RL closure -> SHACL -> dataset on disk.

A build is a folder named after the hash of everything it was made from. It is written beside the others and takes
effect by renaming one small file, ``current``, last: whatever interrupts it, the graph built before still answers.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from pmlkg import __version__, house
from pmlkg.closure import Closure, close, describe
from pmlkg.findings import Finding, Findings, Place, conforms
from pmlkg.locations import Data, current, input_key
from pmlkg.names import compact
from pmlkg.proof import FILE as PROOFS
from pmlkg.questions import Question, load_questions
from pmlkg.rdf import write
from pmlkg.records import Records, Vocabulary, load_records
from pmlkg.search import FILE as INDEX
from pmlkg.search import Entry, write_index
from pmlkg.terms import DCTERMS, GRAPH_NAMES, GRAPHS, OWL, PMLKG, PMLO, PREFIXES, RDF_TYPE, SH, XSD, expand
from pmlkg.validation import Shapes, load_shapes, validate

Progress = Callable[[str], None]

_BUILD_NAME: Final = re.compile(r"[0-9a-f]{16}")
_AT_WORK: Final = 3600  # seconds for which an unfinished build may still be at work
_AT_HAND: Final = 60  # seconds for which a finished build may be that of a neighbour, who is about to point to it


@dataclass(frozen=True)
class Built:
    """A graph in memory: the triples of each named graph, the proofs, what the shapes found, and the prefixes of the mappings."""

    graphs: dict[str, tuple[ox.Triple, ...]]
    closure: Closure
    findings: tuple[Finding, ...]
    records: Records
    vocabularies: dict[str, str]

    def quads(self) -> list[ox.Quad]:
        """All triples with the names of their graphs."""
        return [
            ox.Quad(triple.subject, triple.predicate, triple.object, GRAPHS[name])
            for name, triples in self.graphs.items()
            for triple in triples
        ]


def assemble(data: Data, progress: Progress = lambda _: None) -> Built:
    """All steps in memory. Raises Findings where the input cannot be used or contradicts itself; shape findings are returned."""
    files = data.records()
    progress(f"reading {len(files)} record files")
    vocabulary = Vocabulary(data.context, data.ontology)
    shapes = load_shapes(data.shapes().values())
    questions = load_questions(data.queries())
    records = load_records(files, vocabulary)
    if not records.triples:
        raise Findings([Finding("Record-structure", "no records found", "YAML files under ontology/records", Place("ontology/records"))])
    ontology = vocabulary.ontology_triples
    knowledge, edges = house.derive(records.triples, ontology)
    progress(f"closing {len(ontology) + len(knowledge) + len(edges):,} triples under OWL 2 RL")
    asserted = list(dict.fromkeys((*ontology, *knowledge, *edges)))
    closure = close(asserted)
    if closure.clashes:
        raise Findings(_clash(step, records) for step in closure.clashes)
    inferred = tuple(triple for triple in closure.inferred if published(triple))
    progress(f"checking {len(asserted):,} asserted and {len(inferred):,} inferred triples against {len(shapes.rules)} rules")
    findings = validate(asserted, inferred, shapes, records, whole=True)
    mappings, vocabularies = _mappings(data, {PMLKG + item["id"] for item in records.document})
    graphs = {
        "ontology": ontology,
        "knowledge": knowledge,
        "edges": edges,
        "mappings": mappings,
        "inferred": inferred,
    }
    graphs["dataset"] = _dataset(graphs, ontology, shapes, questions)
    return Built(graphs, closure, tuple(findings), records, vocabularies)


def build(data: Data, builds: Path, progress: Progress = lambda _: None) -> tuple[Path, tuple[Finding, ...]]:
    """Make the build of `data` and let it take effect; returns its folder and the findings that do not stop it.

    Raises Findings, and leaves the build before untouched, where anything is a violation.
    """
    key = input_key(data)
    target = builds / key
    if not (target / "manifest.json").is_file():
        built = assemble(data, progress)
        if not conforms(built.findings):
            raise Findings(built.findings)
        progress("writing the dataset")
        builds.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=builds))
        try:
            _write(built, key, work)
            if target.exists() and not (target / "manifest.json").is_file():  # what a killed clean-up has left
                _drop(target)
            os.replace(work, target)
        except OSError:
            if not (target / "manifest.json").is_file():  # else another process has made the same build meanwhile
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    before = current(builds)
    _point_to(builds, key)
    if before != target:
        _tidy(builds, target, before)
    report = json.loads((target / "findings.json").read_text(encoding="utf-8"))
    return target, tuple(_finding_of(entry) for entry in report["findings"])


def published(triple: ox.Triple) -> bool:
    """Whether an inferred triple is worth publishing: blank list cells of the ontology are not."""
    return not isinstance(triple.subject, ox.BlankNode) and not isinstance(triple.object, ox.BlankNode)


def _clash(step: Any, records: Records) -> Finding:
    node = next((t.subject.value for t in step.premises if isinstance(t.subject, ox.NamedNode) and records.place(t.subject.value)), None)
    return Finding(
        "Closure-clash",
        f"the records contradict the ontology by {describe(step)}",
        "statements that can hold together: is one of the premises wrong?",
        records.place(node) if node else None,
        node,
    )


_MAPPING_PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def _mappings(data: Data, known: set[str]) -> tuple[tuple[ox.Triple, ...], dict[str, str]]:
    """SSSOM rows as SKOS triples, and the prefixes of their objects. Raises Findings for a row that is malformed or maps what no record describes."""
    triples: list[ox.Triple] = []
    vocabularies: dict[str, str] = {}
    problems: list[Finding] = []
    for name, path in data.mappings().items():
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError as error:
            problems.append(Finding("Mapping-row", str(error), "a tab-separated file in UTF-8", Place(name)))
            continue
        head = next((number for number, line in enumerate(lines) if not line.startswith("#")), 0)
        curies = {}
        for line in lines[:head]:
            prefix, colon, iri = line.lstrip("#").strip().partition(": ")
            if colon and iri.strip('"').startswith("http"):
                curies[prefix.strip()] = iri.strip().strip('"')
        reader = csv.DictReader(lines[head:], delimiter="\t", quoting=csv.QUOTE_NONE)
        for row in reader:
            place = Place(name, head + reader.line_num, 1)
            try:
                subject, predicate = row["subject_id"], row["predicate_id"].removeprefix("skos:")
                prefix, _, local = row["object_id"].partition(":")
                iri, target = expand(subject), ox.NamedNode(curies[prefix] + local)
            except (KeyError, ValueError, AttributeError) as error:
                right = "subject_id, predicate_id, object_id with prefixes of the curie_map"
                problems.append(Finding("Mapping-row", f"the row cannot be read: {error}", right, place))
                continue
            if predicate not in _MAPPING_PREDICATES or iri not in known:
                problems.append(Finding("Mapping-row", f"{subject} {row['predicate_id']}", "a skos mapping of a record", place))
                continue
            triples.append(ox.Triple(ox.NamedNode(iri), ox.NamedNode(PREFIXES["skos"] + predicate), target))
            vocabularies[prefix] = curies[prefix]
    if problems:
        raise Findings(problems)
    return tuple(dict.fromkeys(triples)), dict(sorted(vocabularies.items()))


def _dataset(
    graphs: dict[str, tuple[ox.Triple, ...]], ontology: Sequence[ox.Triple], shapes: Shapes, questions: dict[str, Question]
) -> tuple[ox.Triple, ...]:
    """The description of the dataset (VoID, DCAT, PROV) and the questions as data; no clock, so the same bytes each time."""
    header = {t.predicate.value: t.object for t in ontology if t.subject == ox.NamedNode("https://w3id.org/pmlkg/ontology")}
    dataset = GRAPHS["dataset"]
    triples: list[ox.Triple] = []

    def say(subject: ox.NamedNode, predicate: str, value: Any) -> None:
        triples.append(ox.Triple(subject, ox.NamedNode(expand(predicate)), value))

    def number(value: int) -> ox.Literal:
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))

    for kind in ("void:Dataset", "dcat:Dataset", "prov:Entity"):
        say(dataset, "rdf:type", ox.NamedNode(expand(kind)))
    say(dataset, "dcterms:title", ox.Literal("pmlkg: the knowledge graph of progressive multifocal leukoencephalopathy", language="en"))
    say(
        dataset,
        "dcterms:description",
        ox.Literal("Claims with evidence, edges, and what follows. For research; not medical advice.", language="en"),
    )
    for name in ("license", "creator", "issued", "modified"):
        say(dataset, f"dcterms:{name}", header[DCTERMS + name])
    say(dataset, "owl:versionInfo", header[OWL + "versionInfo"])
    say(dataset, "void:uriSpace", ox.Literal(PMLKG))
    say(dataset, "void:triples", number(sum(len(part) for part in graphs.values())))
    for name in GRAPH_NAMES[:-1]:
        say(dataset, "void:subset", GRAPHS[name])
        say(GRAPHS[name], "rdf:type", ox.NamedNode(expand("void:Dataset")))
        say(GRAPHS[name], "void:triples", number(len(graphs[name])))
    for name, sources in {"edges": ["knowledge"], "inferred": ["ontology", "knowledge", "edges"]}.items():
        for source in sources:
            say(GRAPHS[name], "prov:wasDerivedFrom", GRAPHS[source])
    for question in questions.values():
        node = ox.NamedNode(PMLKG + "question-" + question.name)
        say(node, "rdf:type", ox.NamedNode(SH + "SPARQLSelectExecutable"))
        say(node, "rdfs:label", ox.Literal(question.title, language="en"))
        say(node, "dcterms:description", ox.Literal(question.question, language="en"))
        say(node, "sh:select", ox.Literal(question.text))
        for keyword in question.keywords:
            say(node, "schema:keywords", ox.Literal(keyword))
    return tuple(triples)


def _write(built: Built, key: str, folder: Path) -> None:
    quads = built.quads()
    (folder / "pmlkg.nq").write_bytes(write(quads, "nquads"))
    (folder / PROOFS).write_text(_proofs(built), encoding="utf-8")
    report = {"conforms": conforms(built.findings), "findings": [finding.to_dict() for finding in built.findings]}
    (folder / "findings.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    store = ox.Store(str(folder / "store"))
    store.bulk_extend(quads)
    store.flush()
    del store
    write_index(folder / INDEX, _entries(built))
    triples = {name: len(part) for name, part in built.graphs.items()}
    manifest = {"key": key, "version": __version__, "triples": triples, "vocabularies": built.vocabularies}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


_SAID: Final = {
    name: expand(name)
    for name in ("dcterms:description", "dcterms:title", "rdf:type", "rdfs:label", "skos:altLabel", "skos:definition", "skos:exactMatch")
}
"""What of a record goes into the index -> its IRI."""


def _entries(built: Built) -> list[Entry]:
    """What can be found by its words: every entity, claim, source and other record that has a name or a sentence."""
    said: dict[Any, dict[str, list[Any]]] = {}
    for name in ("ontology", "knowledge", "mappings", "inferred"):
        for triple in built.graphs[name]:
            said.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
    own: dict[Any, list[Any]] = {}
    for triple in built.graphs["knowledge"]:
        if triple.predicate == RDF_TYPE:
            own.setdefault(triple.subject, []).append(triple.object)

    def texts(node: Any, name: str) -> list[str]:
        return sorted(value.value for value in said.get(node, {}).get(_SAID[name], []))

    entries = []
    for node in sorted(own, key=str):
        title, sentence = texts(node, "dcterms:title"), texts(node, "dcterms:description")
        labels = [label for label in texts(node, "rdfs:label") if label not in title]
        if not (labels or title or sentence):
            continue
        iris = texts(node, "skos:exactMatch")
        codes = [":".join(compact(iri, built.vocabularies)) for iri in iris]
        entries.append(
            Entry(
                node.value,
                tuple(iri.removeprefix(PMLO) for iri in texts(node, "rdf:type")),
                ", ".join(label for kind in own[node] for label in texts(kind, "rdfs:label")),
                "\n".join(labels),
                "\n".join(texts(node, "skos:altLabel")),
                "\n".join([node.value.removeprefix(PMLKG), *codes]),
                "\n".join(texts(node, "skos:definition")),
                "\n".join(title),
                "\n".join(sentence),
            )
        )
    return entries


def _proofs(built: Built) -> str:
    """One line for each published inferred triple: the triple, the rule, then its premises, parted by tabs."""
    lines = []
    for triple in built.graphs["inferred"]:
        step = built.closure.step(triple)
        assert step
        lines.append("\t".join([str(triple), step.rule, *(str(premise) for premise in step.premises)]))
    return "\n".join(sorted(lines)) + "\n"


def _finding_of(entry: dict[str, Any]) -> Finding:
    place = Place(entry["file"], entry.get("line", 0), entry.get("column", 0)) if "file" in entry else None
    rule = entry["rule"].rpartition("#")[2]
    rest = {name: entry.get(name) for name in ("node", "path", "value")}
    return Finding(rule, entry["message"], entry.get("right", ""), place, severity=entry["severity"], **rest)


def _point_to(builds: Path, key: str) -> None:
    pointer = builds / f".current-{os.getpid()}"
    pointer.write_text(key + "\n", encoding="utf-8")
    os.replace(pointer, builds / "current")


def _tidy(builds: Path, target: Path, before: Path | None) -> None:
    """Drop builds but the new one and the one `before`, which somebody may be reading, and what killed builds have left."""
    for path in builds.iterdir():
        if _BUILD_NAME.fullmatch(path.name):
            if path not in (target, before) and _age(path) > _AT_HAND:
                _drop(path)
        elif path.name.startswith((".unfinished-", ".current-")) and _age(path) > _AT_WORK:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _drop(build: Path) -> None:
    """Remove a build; it is renamed first, so that what is left after a crash is no build any more."""
    grave = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=build.parent))
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        os.replace(build, grave / build.name)
    shutil.rmtree(grave, ignore_errors=True)


def _age(path: Path) -> float:
    """Seconds since it was touched; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0
