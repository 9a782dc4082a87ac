"""Build and ask, side by side with the reference pipeline, each in fresh processes of one run. See README.md here."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """Wall and processor seconds, and peak memory in MB, of one process; lower bounds where it was not `done` in time."""

    wall: float
    processor: float
    memory: float
    done: bool

    def row(self, name: str) -> str:
        more = "" if self.done else "over "
        return f"| {name} | {more}{self.wall:.2f} | {more}{self.processor:.2f} | {more}{self.memory:.0f} |"


def measure(*command: str, limit: float = 300) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    stop = threading.Timer(limit, process.kill)
    stop.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    stop.cancel()
    done = wall < limit
    if status and done:
        raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, done)


def reference(output: Path) -> None:
    """rdflib reads and writes, owlrl closes, pySHACL runs every constraint; the rules are those of the project."""
    import owlrl
    import pyshacl
    import rdflib

    from pmlkg.locations import find_data
    from pmlkg.pipeline.derivation import EDGE_RULE, TEXT_RULES, limits
    from pmlkg.pipeline.records import Vocabulary, load_records
    from pmlkg.rdf import to_rdflib
    from pmlkg.terms import PREFIXES

    rdflib.NORMALIZE_LITERALS = False
    data = find_data(ROOT)
    vocabulary = Vocabulary(data.context, data.ontology)
    records = load_records(data.records(), vocabulary)
    graph = rdflib.Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    graph.parse(data=json.dumps({**vocabulary.context_document, "@graph": list(records.document)}), format="json-ld")
    graph += to_rdflib(limits(records.triples))
    graph.parse(data.ontology)
    for query in (*TEXT_RULES, EDGE_RULE):
        for triple in graph.query(query, initNs=PREFIXES):
            graph.add(triple)
    shapes = {False: rdflib.Graph(), True: rdflib.Graph()}
    for path in data.shapes().values():
        shapes[path.stem == "inference"].parse(path)
    for prefixes in [path for path in data.shapes().values() if path.stem == "shapes"]:
        shapes[True].parse(prefixes)
    findings = set()
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")

    def check(closed: bool) -> None:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes[closed], inference="none", inplace=True)
        for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
            findings.add((str(report.value(result, sh.sourceShape)), str(report.value(result, sh.focusNode))))

    check(closed=False)
    asserted = set(graph)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    check(closed=True)
    for triple in [triple for triple in graph if isinstance(triple[0], rdflib.Literal)]:
        graph.remove(triple)  # what Turtle cannot write
    graph.serialize(output / "reference.ttl", format="turtle")
    inferred = sorted(" ".join(term.n3() for term in triple) for triple in set(graph) - asserted)
    (output / "inferred.txt").write_text("\n".join(inferred), encoding="utf-8")
    (output / "findings.json").write_text(json.dumps(sorted(findings)), encoding="utf-8")


def same(build: Path, output: Path) -> str:
    """Whether owlrl has all that was inferred, and pySHACL found the same. That owlrl has no more that is useful is a test."""
    theirs = set((output / "inferred.txt").read_text(encoding="utf-8").splitlines())
    ours = {line.split("\t")[0] for line in (build / "proofs.tsv").read_text(encoding="utf-8").splitlines()}
    missing = ours - theirs
    found = {tuple(pair) for pair in json.loads((output / "findings.json").read_text(encoding="utf-8"))}
    own = {(f["rule"], f.get("node", "")) for f in json.loads((build / "findings.json").read_text(encoding="utf-8"))["findings"]}
    if missing or found != own:
        raise SystemExit(f"not the same: {len(missing)} inferred triples that owlrl lacks, findings {found ^ own}")
    return f"same result: {len(ours):,} inferred triples are all in owlrl's closure, {len(own)} finding(s) on both sides"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", metavar="DIR", help="run the reference pipeline only, writing to DIR (used by this script itself)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each quick command; the median counts (default: 3)")
    parser.add_argument("--limit", type=float, default=3600, help="seconds after which the reference pipeline is stopped (default: 3600)")
    options = parser.parse_args()
    if options.reference:
        reference(Path(options.reference))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        builds = [measure("-m", "pmlkg.cli", "build", "--build-dir", str(work / f"build{n}")) for n in range(options.repeat)]
        asks = [
            measure("-m", "pmlkg.cli", "ask", "risk-to-guidance", "--exposure", "natalizumab", "--build-dir", str(work / "build0"))
            for _ in range(max(5, options.repeat))
        ]
        whole = measure(__file__, "--reference", folder, limit=options.limit)
        build, ask = (sorted(runs, key=lambda run: run.wall)[len(runs) // 2] for runs in (builds, asks))
        key = (work / "build0" / "current").read_text().strip()
        verdict = (
            same(work / "build0" / key, work) if whole.done else "the reference pipeline was stopped at the limit: ratios are lower bounds"
        )
        triples = json.loads((work / "build0" / key / "manifest.json").read_text())["triples"]
    print(f"{sum(triples.values()):,} triples: {', '.join(f'{number:,} {name}' for name, number in triples.items())}\n")
    print("| | wall s | processor s | peak MB |\n|---|---|---|---|")
    print(build.row("`pmlkg build`, cold"))
    print(whole.row("rdflib + owlrl + pySHACL"))
    print(ask.row("`pmlkg ask risk-to-guidance`, cold, graph built"))
    least = "" if whole.done else "at least "
    print(
        f"\nbuild: {least}{whole.wall / build.wall:.1f} times faster (wall), {least}{whole.processor / build.processor:.1f} times (processor)"
    )
    print(verdict)


if __name__ == "__main__":
    main()
