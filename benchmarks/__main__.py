"""What pmlkg takes, beside the least that it could take and beside what a user would pick instead, in one run.

Read the ratios: both sides of each ran on the same machine in the same minutes. Parts: ``often`` (start and cold answers), ``making``
(build and validation), ``growth`` (the steps and questions on grown records), ``reference`` (rdflib, owlrl and pySHACL on a cut),
``stock`` (the published shapes in pySHACL) and ``questions`` (each question in Oxigraph and in rdflib). See README.md here.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from floors import FIND, floor
from grow import cut, grow
from pmlkg import KnowledgeGraph
from pmlkg.locations import find_builds, find_data
from pmlkg.standing import current
from reference import same
from runs import PMLKG, PYTHON, ROOT, Row, run, table

HERE = Path(__file__).resolve().parent
CUT = ("risks", "risk-strata"), 6
"""Claims of these files, and the first six of each other file of claims: as much as owlrl closes within a minute."""
_WORSE = 1.7
"""A ratio that is so many times the recorded one fails a check."""
_REWRITE = """import pyoxigraph as ox
quads = list(ox.parse(path={file!r}, format=ox.RdfFormat.N_QUADS))
ox.serialize(quads, format=ox.RdfFormat.N_QUADS)"""
_STOCK = """import sys
import pyoxigraph as ox, pyshacl
from pmlkg.locations import find_data
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.rdf import to_rdflib
quads = ox.parse(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
data = to_rdflib(q.triple for q in quads if q.graph_name.value.rpartition("/")[2] in ("ontology", "knowledge", "edges"))
shapes = load_shapes(find_data().shapes())
closed = {"https://w3id.org/pmlkg/shapes#" + name for name, rule in shapes.rules.items() if rule.on_closed}
rules = to_rdflib(t for t in shapes.triples if t.subject.value not in closed)
conforms, _, text = pyshacl.validate(data, shacl_graph=rules, inference="none", inplace=True)
sys.exit(0 if conforms else text)"""


def often(build: Path, repeat: int) -> list[Row]:
    """Start-up and cold answers, each beside a program that does the same in the store and nothing else."""
    rows = [Row("often", "`--help`", "bare Python", run([*PMLKG, "--help"], repeat=repeat), run([PYTHON, "-c", "pass"], repeat=repeat), 3)]
    verbs = [
        (["ask", "tropism"], 1.6),
        (["ask", "risk-to-guidance"], 1.8),
        (["show", "natalizumab"], 1.8),
        (["find", "natalizumab", "risk"], 1.8),
        (["explain", "natalizumab", "increasesRiskOf", "pml"], 1.8),
    ]
    for words, aim in verbs:
        least = FIND.format(index=build / "search.db", words=" ".join(words[1:])) if words[0] == "find" else floor(words, build)
        ours = run([*PMLKG, *words, "--quiet"], repeat=repeat)
        rows.append(
            Row("often", f"`{' '.join(words)}`", "the same questions to the store", ours, run([PYTHON, "-c", least], repeat=repeat), aim)
        )
    return rows


def making(build: Path, repeat: int) -> list[Row]:
    """Validation, a whole build, and a build after one record file has changed."""
    least = run([PYTHON, "-c", _REWRITE.format(file=str(build / "pmlkg.nq"))], repeat=repeat)
    beside = "parse and write the same triples"
    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / "data"
        for name in ("ontology", "shapes", "queries"):
            shutil.copytree(ROOT / name, data / name)
        command = [*PMLKG, "build", "--data", str(data), "--quiet", "--build-dir"]
        whole = [run([*command, f"{work}/build{number}"]) for number in range(repeat)]
        changed = data / "ontology" / "records" / "claims" / "tests.yaml"
        one = []
        for number in range(repeat):
            changed.write_text(
                changed.read_text(encoding="utf-8").replace("  description: ", f"  description: Changed {number}. ", 1), encoding="utf-8"
            )
            one.append(run([*command, f"{work}/build0"]))
        check = run([*PMLKG, "validate", "--data", str(data), "--build-dir", f"{work}/none", "--quiet"], repeat=repeat)
    made, again = (min(runs, key=lambda each: each.processor) for runs in (whole, one))
    return [
        Row("making", "`validate`", beside, check, least),
        Row("making", "`build`", beside, made, least),
        Row("making", "`build`, one record file changed", "`build`", again, made, 0.4),
    ]


def growth(sizes: list[int]) -> tuple[list[Row], dict[str, Any]]:
    """Exponents by which steps and questions grow with the graph, from its own size to the largest."""
    measured: dict[int, Any] = {}
    with tempfile.TemporaryDirectory() as work:
        for size in [1, *sizes]:
            say(f"growth: {size} times the records")
            data = ROOT if size == 1 else grow(Path(work) / f"x{size}", size)
            text = subprocess.run([PYTHON, str(HERE / "steps.py"), str(data)], check=True, capture_output=True, cwd=ROOT).stdout
            measured[size] = json.loads(text)
            if size != 1:
                shutil.rmtree(data)
    largest = max(sizes)
    small, large = measured[1], measured[largest]
    scale = math.log(large["triples"] / small["triples"])

    def exponent(part: str, name: str) -> float:
        before, after = (each[part][name] for each in (small, large))
        if isinstance(before, float):
            return math.log(after / before) / scale
        touched = math.log(max(after["rows"], 1) / max(before["rows"], 1))  # rows may grow more than the graph: pairs of claims
        return math.log(max(after["seconds"], 1e-3) / max(before["seconds"], 1e-3)) / max(scale, touched)

    found = {
        "sizes": {size: each["triples"] for size, each in measured.items()},
        "steps": {name: round(exponent("steps", name), 2) for name in small["steps"]},
        "questions": {name: round(exponent("questions", name), 2) for name in small["questions"]},
        "measured": measured,
    }
    print(f"\n| step | {' | '.join(f'x {size}, s' for size in measured)} | exponent |\n|---|{'---|' * len(measured)}---|")
    for name, value in found["steps"].items():
        seconds = " | ".join(format(each["steps"][name], ".2f") for each in measured.values())
        print(f"| {name} | {seconds} | {value} |")
    steep = sorted(((value, name) for name, value in found["questions"].items() if value > 1.2), reverse=True)
    print(f"\nQuestions: median exponent {statistics.median(found['questions'].values()):.2f}; above 1.2: {steep or 'none'}")
    return [], found


def reference() -> list[Row]:
    """The whole build beside the reference engines, on a cut of the records; both must give the same."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        data = cut(work / "cut", *CUT)
        ours = run([*PMLKG, "build", "--data", str(data), "--build-dir", f"{folder}/build", "--quiet"])
        (build,) = (path.parent for path in (work / "build").glob("*/manifest.json"))
        triples = json.loads((build / "manifest.json").read_text())["triples"]
        say(
            f"reference: {sum(triples.values()):,} triples ({triples}), the claims of {' and '.join(CUT[0])}, {CUT[1]} of each other file, and all that they speak of"
        )
        theirs = run([PYTHON, str(HERE / "reference.py"), str(data), folder])
        say(same(build, work))
    return [Row("reference", f"`build` of a cut ({sum(triples.values()):,} triples)", "rdflib, owlrl and pySHACL", ours, theirs)]


def stock(build: Path) -> list[Row]:
    """The published shapes on the published graph in pySHACL, as an outsider would run them; 60 s are the aim."""
    theirs = run([*PMLKG, "validate", "--quiet"])
    return [Row("stock", "published shapes in pySHACL", "`validate`", run([PYTHON, "-c", _STOCK, str(build / "pmlkg.nq")]), theirs)]


def questions() -> tuple[list[Row], dict[str, Any]]:
    """Each question in Oxigraph and in rdflib, warm; both must give as many rows (that they are equal is a test)."""
    kg = KnowledgeGraph.open(ROOT, bounds=None)
    graph = kg.to_rdflib()
    found = {}

    def timed(action: Callable[[], Any], times: int) -> tuple[float, Any]:
        best = float("inf")
        for _ in range(times):
            begin = time.process_time()
            result = action()
            best = min(best, time.process_time() - begin)
        return best, result

    print("\n| question | rows | Oxigraph ms | rdflib ms | rdflib / Oxigraph |\n|---|---|---|---|---|")
    for name, question in kg.questions.items():
        if question.network:
            continue
        sparql = question.bind({})
        ours, rows = timed(lambda sparql=sparql: len(kg.query(sparql)), 5)
        theirs, other = timed(lambda sparql=sparql: len(list(graph.query(sparql))), 2)
        if rows != other:
            raise SystemExit(f"{name}: {rows} rows in Oxigraph, {other} in rdflib")
        found[name] = {"rows": rows, "oxigraph": ours, "rdflib": theirs}
        print(f"| `{name}` | {rows} | {1000 * ours:.0f} | {1000 * theirs:.0f} | {theirs / ours:.0f} |", flush=True)
    return [], found


def check(rows: list[Row], recorded: Path) -> None:
    """Fail where a ratio is far worse than the recorded one."""
    before = {entry["what"]: entry["ratio"] for entry in json.loads(recorded.read_text(encoding="utf-8"))["rows"]}
    worse = [
        f"{row.what}: {row.ratio:.2f}, recorded {before[row.what]:.2f}"
        for row in rows
        if row.ratio > _WORSE * before.get(row.what, math.inf)
    ]
    if worse:
        raise SystemExit("far slower than recorded, beside the same things in the same run:\n" + "\n".join(worse))


def say(message: str) -> None:
    """Tell of progress."""
    print(f"benchmark: {message}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, write and compare."""
    parts = ("often", "making", "growth", "reference", "stock", "questions")
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=parts, help="this part; may be repeated (default: all)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each cold command, of which the best counts (default: 5)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 5, 20], metavar="N", help="times as many records (default: 2 5 20)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there too")
    parser.add_argument("--check", metavar="FILE", type=Path, help="fail where a ratio is far worse than in this file")
    options = parser.parse_args()
    chosen = options.part or list(parts)
    run([*PMLKG, "build", "--quiet"])
    build = current(find_builds(find_data(ROOT)))
    assert build
    rows: list[Row] = []
    more: dict[str, Any] = {}
    for part in chosen:
        say(part)
        if part == "growth":
            found, more[part] = growth(options.sizes)
        elif part == "questions":
            found, more[part] = questions()
        elif part == "often":
            run([*PMLKG, "ask", "tropism"])  # what is only done once
            found = often(build, options.repeat)
        elif part == "making":
            found = making(build, max(options.repeat // 2, 1))
        else:
            found = reference() if part == "reference" else stock(build)
        if found:
            print(f"\n{table(found)}", flush=True)
        rows += found
    if options.json:
        options.json.write_text(json.dumps({"rows": [row.to_dict() for row in rows], **more}, indent=1) + "\n", encoding="utf-8")
    if options.check:
        check(rows, options.check)


if __name__ == "__main__":
    main()
