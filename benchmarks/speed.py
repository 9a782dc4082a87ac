"""What is done often, beside the least that it could take: start-up, cold answers, build, validation; and the published shapes in pySHACL.

Each row is measured beside its floor in the same run, as processor time of fresh processes, the best of several; read the ratio.
The floor of an answer is Python that opens the store read-only with pyoxigraph and runs the same query; that of a build is to
parse and write its triples with pyoxigraph.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pmlkg.locations import current, find_builds, find_data

ROOT = Path(__file__).resolve().parents[1]
COLD = {
    "ask tropism": (["ask", "tropism"], "tropism"),
    "ask risk-to-guidance": (["ask", "risk-to-guidance"], "risk-to-guidance"),
    "show natalizumab": (["show", "natalizumab"], None),
    "find natalizumab risk": (["find", "natalizumab", "risk"], None),
    "explain natalizumab increasesRiskOf pml": (["explain", "natalizumab", "increasesRiskOf", "pml"], None),
}
LEAST = "import pyoxigraph as ox\nstore = ox.Store.read_only({store!r})\n{query}"
QUERY = "for row in store.query(open({file!r}).read(), use_default_graph_as_union=True): pass"
LOOK = "for quad in store.quads_for_pattern(ox.NamedNode('https://w3id.org/pmlkg/id/natalizumab'), None, None, None): pass"
REWRITE = "import pyoxigraph as ox\nquads = list(ox.parse(path={file!r}, format=ox.RdfFormat.N_QUADS))\nox.serialize(quads, format=ox.RdfFormat.N_QUADS)"
STOCK = """
import sys, time
import pyoxigraph as ox
import pyshacl, rdflib
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.locations import find_data
from pmlkg.rdf import to_rdflib
quads = ox.parse(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
data = to_rdflib(q.triple for q in quads if q.graph_name.value.rpartition("/")[2] in ("ontology", "knowledge", "edges"))
shapes = load_shapes(find_data().shapes().values())
closed = {"https://w3id.org/pmlkg/shapes#" + name for name, rule in shapes.rules.items() if rule.on_closed}
rules = to_rdflib(t for t in shapes.triples if t.subject.value not in closed)
pyshacl.validate(data, shacl_graph=rules, inference="none", inplace=True)
"""


def seconds(command: list[str], repeat: int, environment: dict[str, str]) -> tuple[float, float]:
    """Processor and wall time of a process, the best of `repeat`."""
    best = (float("inf"), float("inf"))
    for _ in range(repeat):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=ROOT, env=environment)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best[0], spent), min(best[1], wall)
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7, help="runs of each cold answer (default: 7)")
    parser.add_argument("--stock", action="store_true", help="run the published shapes in pySHACL too, which takes minutes")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    data = find_data(ROOT)
    build = current(find_builds(data))
    if build is None:
        sys.exit("no build; right: pmlkg build")
    python = [sys.executable]
    rows: list[dict[str, float | str]] = []
    with tempfile.TemporaryDirectory() as work:
        # Compiled modules as an installed program has them, whatever the environment says.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = work + "/compiled"

        def tell(what: str, spent: float, wall: float, floor: float) -> None:
            rows.append({"what": what, "seconds": spent, "wall": wall, "floor": floor, "ratio": spent / floor})
            print(f"{what:<42}{spent:8.3f} s{wall:8.3f} s wall{floor:8.3f} s floor{spent / floor:7.1f} x", flush=True)

        def row(what: str, command: list[str], least: list[str], repeat: int = options.repeat) -> None:
            seconds(command, 1, environment)  # what is only done once
            tell(what, *seconds(command, repeat, environment), seconds(least, repeat, environment)[0])

        command = [*python, "-m", "pmlkg.cli"]
        row("--help", [*command, "--help"], [*python, "-c", "pass"])
        store = str(build / "store")
        for what, (words, question) in COLD.items():
            query = QUERY.format(file=str(ROOT / "queries" / f"{question}.rq")) if question else LOOK
            row(what, [*command, *words, "--quiet"], [*python, "-c", LEAST.format(store=store, query=query)])
        rewrite = [*python, "-c", REWRITE.format(file=str(build / "pmlkg.nq"))]
        environment["PMLKG_BUILD"] = work + "/builds"
        row("validate", [*command, "validate", "--quiet"], rewrite, 2)
        spent, wall, floor = float("inf"), float("inf"), seconds(rewrite, 3, environment)[0]
        for n in range(2):
            environment["PMLKG_BUILD"] = f"{work}/builds{n}"
            one = seconds([*command, "build", "--quiet"], 1, environment)
            spent, wall = min(spent, one[0]), min(wall, one[1])
        tell("build", spent, wall, floor)
        if options.stock:
            row("published shapes in pySHACL", [*python, "-c", STOCK, str(build / "pmlkg.nq")], [*command, "validate", "--quiet"], 1)
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
