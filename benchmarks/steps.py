"""A data folder in, the processor seconds of each step of its build and of each question out, as JSON on stdout.

Run as a process of its own: ``python benchmarks/steps.py DATA FOLDER``; FOLDER takes the build.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pmlkg import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.pipeline import derivation
from pmlkg.pipeline.build import build, published
from pmlkg.pipeline.closure import close
from pmlkg.pipeline.records import Vocabulary, load_records
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.pipeline.validation import validate
from pmlkg.rdf import write


def main(data: Data, folder: Path) -> None:
    """Time and print."""
    gc.disable()  # as a build does
    spent: dict[str, float] = {}

    def timed(name: str, action: Callable[[], Any]) -> Any:
        begin = time.process_time()
        result = action()
        spent[name] = time.process_time() - begin
        return result

    vocabulary, shapes = Vocabulary(data.context, data.ontology), load_shapes(data.shapes())
    records = timed("records", lambda: load_records(data.records(), vocabulary))
    knowledge, edges = timed("derivation", lambda: derivation.derive(records.triples, vocabulary.ontology_triples))
    asserted = list(dict.fromkeys((*vocabulary.ontology_triples, *knowledge, *edges)))
    closure = timed("closure", lambda: close(asserted))
    inferred = [triple for triple in closure.inferred if published(triple)]
    timed("validation", lambda: validate(asserted, inferred, shapes, records))
    timed("whole build", lambda: build(data, folder))
    kg = KnowledgeGraph.open(data.root, folder, bounds=None)  # the fork of each query is the same, however large the graph
    quads = kg.quads()
    timed("N-Quads", lambda: write(quads, "nquads"))
    questions = {}
    for name, question in kg.questions.items():
        if not question.network:
            sparql = question.bind({})
            rows = len(kg.query(sparql))
            begin = time.process_time()
            kg.query(sparql)
            questions[name] = {"seconds": time.process_time() - begin, "rows": rows}
    print(json.dumps({"triples": len(quads), "steps": spent, "questions": questions}))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        main(Data(Path(sys.argv[1])), Path(work))
