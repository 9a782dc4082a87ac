"""All steps in their order: records -> knowledge -> edges -> OWL 2 RL closure -> SHACL -> a folder on disk."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from pmlkg.asking.questions import Question, load_questions
from pmlkg.findings import Finding, Findings, Place, conforms
from pmlkg.locations import ONTOLOGY as ONTOLOGY_FILE
from pmlkg.locations import Data
from pmlkg.pipeline import derivation
from pmlkg.pipeline.builds import drop, findings_of, tidy, unfinished, write_build
from pmlkg.pipeline.built import Built
from pmlkg.pipeline.closure import Closure, Step, close, describe, triple_text
from pmlkg.pipeline.description import describe_dataset
from pmlkg.pipeline.mappings import read_mappings
from pmlkg.pipeline.profile import check_ontology
from pmlkg.pipeline.records import Records, Vocabulary, load_records
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.pipeline.validation import validate
from pmlkg.pipeline.withdrawn import read_withdrawn
from pmlkg.standing import current, damage, input_key, put
from pmlkg.terms import PMLKG, PMLO, did_you_mean, nearest

Progress = Callable[[str], None]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of circles: a graph in memory has none, and looking for them grows faster than it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def assemble(data: Data, progress: Progress = lambda _: None) -> Built:
    """All steps in memory. Raises Findings where the input cannot be used or contradicts itself; shape findings are returned."""
    files = data.records()
    progress(f"reading {len(files)} record files")
    vocabulary = Vocabulary(data.context, data.ontology)
    shapes = load_shapes(data.shapes())
    questions = load_questions(data.queries())
    records = load_records(files, vocabulary)
    if not records.triples:
        raise Findings([Finding("Record-structure", "no records found", "YAML files under ontology/records", Place("ontology/records"))])
    ontology = vocabulary.ontology_triples
    knowledge, edges = derivation.derive(records.triples, ontology)
    progress(f"closing {len(ontology) + len(knowledge) + len(edges):,} triples under OWL 2 RL")
    asserted = list(dict.fromkeys((*ontology, *knowledge, *edges)))
    closure = close(asserted)
    if closure.clashes:
        raise Findings(_clash(closure, step, records) for step in closure.clashes)
    inferred = tuple(triple for triple in closure.inferred if published(triple))
    progress(f"checking {len(asserted):,} asserted and {len(inferred):,} inferred triples against {len(shapes.rules)} rules")
    findings = validate(asserted, inferred, shapes, records, whole=True)
    mappings = read_mappings(data, records.document, ontology)
    findings = sorted(
        [
            *findings,
            *check_ontology(ontology, ONTOLOGY_FILE),
            *mappings.findings,
            *_unread(data),
            *_strange_defaults(data, questions, records),
        ],
        key=Finding.sort_key,
    )
    graphs = {
        "ontology": ontology,
        "knowledge": knowledge,
        "edges": edges,
        "mappings": mappings.triples,
        "inferred": inferred,
    }
    graphs["dataset"] = describe_dataset(graphs, ontology, questions, read_withdrawn(data, records.document))
    return Built(graphs, closure, tuple(findings), records, mappings.vocabularies, questions)


def _strange_defaults(data: Data, questions: Mapping[str, Question], records: Records) -> list[Finding]:
    """Questions that are asked, unless told otherwise, of a record that is not there: they would answer nothing, for ever."""
    files = {Path(name).stem: name for name in data.queries()}
    known = {f"pmlkg:{item['id']}" for item in records.document}
    return [
        Finding(
            "Question-default",
            f"the default {one.default!r} of {one.name!r} is no record{near}",
            "the id of a record",
            Place(files[name]),
            severity="Warning",
        )
        for name, question in questions.items()
        for one in question.parameters
        if one.kind == "entity" and one.default.startswith("pmlkg:") and one.default not in known
        for near in [did_you_mean(nearest(one.default, known, count=1))]
    ]


@_uncollected()
def build(data: Data, builds: Path, progress: Progress = lambda _: None, *, force: bool = False) -> tuple[Path, tuple[Finding, ...]]:
    """Make the build of `data` and let it take effect; returns its folder and the findings that do not stop it.

    What is there and whole is not made again, but with `force`; of what is damaged `progress` is told why it is.
    Raises Findings, and leaves the build before untouched, where anything is a violation.
    """
    key = input_key(data)
    target = builds / key
    fault = damage(target) if target.exists() else "not there"
    if target.exists() and fault:
        progress(f"warning: the build is damaged ({fault}) and is made anew")
    if fault or force:
        built = assemble(data, progress)
        if not conforms(built.findings):
            raise Findings(built.findings)
        progress("writing the dataset")
        builds.mkdir(parents=True, exist_ok=True)
        work = unfinished(builds)
        try:
            write_build(built, key, work)
            if target.exists() and (force or damage(target)):
                drop(target)
            os.replace(work, target)
        except OSError:
            if damage(target):  # else another process has made the same build meanwhile
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    before = current(builds)
    if before != target:
        put(builds / "current", f"{key}\n".encode())
        tidy(builds, target, before)
    return target, findings_of(target)


def _unread(data: Data) -> list[Finding]:
    """Files in the folders of the data that no step reads: what a person put there and believes to be in the graph."""
    right = "records .yaml, mappings .sssom.tsv, shapes .ttl and questions .rq, each in its folder; a name that begins with a point to hide a file"
    return [Finding("File-unread", "nothing reads this file", right, Place(name), severity="Warning") for name in data.unread()]


def published(triple: ox.Triple) -> bool:
    """Whether an inferred triple is worth publishing: blank list cells of the ontology are not."""
    return not isinstance(triple.subject, ox.BlankNode) and not isinstance(triple.object, ox.BlankNode)


def _clash(closure: Closure, step: Step, records: Records) -> Finding:
    """A contradiction, blamed on the claims that say what it follows from, else on the record that it is about."""
    leaves = list(dict.fromkeys(_leaves(closure, step)))
    claims = [
        item["id"]
        for item in records.document
        for leaf in leaves
        if item.get("predicate") and leaf.predicate.value == PMLO + item["predicate"]
        if (leaf.subject, leaf.object) == (ox.NamedNode(PMLKG + item.get("subject", "")), ox.NamedNode(PMLKG + item.get("object", "")))
    ]
    about = [t.subject.value for t in (*leaves, *step.premises) if isinstance(t.subject, ox.NamedNode)]
    node = next((one for one in (*(PMLKG + claim for claim in claims), *about) if records.place(one)), None)
    source = f"; it follows from {' and '.join(map(triple_text, leaves))}" if leaves != list(step.premises) else ""
    return Finding(
        "Closure-clash",
        f"the records contradict the ontology by {describe(step)}{source}",
        "statements that can hold together: is one of the premises wrong?",
        records.place(node),
        node,
    )


def _leaves(closure: Closure, step: Step) -> Iterator[ox.Triple]:
    """What is asserted of a proof, apart from the axioms of the ontology, which are no one's mistake."""
    for premise in step.premises:
        before = closure.step(premise)
        if before:
            yield from _leaves(closure, before)
        elif isinstance(premise.subject, ox.NamedNode) and premise.subject.value.startswith(PMLKG):
            yield premise
