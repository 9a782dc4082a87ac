"""Verbs that make the graph: `build` and `validate`."""

from __future__ import annotations

import argparse
import gc
import json
import sys

from pmlkg.cli.output import NOT_SO, OK, progress
from pmlkg.findings import Findings, conforms, to_json, to_report_graph, to_text
from pmlkg.locations import MANIFEST, find_builds, find_data
from pmlkg.pipeline.build import assemble
from pmlkg.pipeline.build import build as make


def build(options: argparse.Namespace, _: list[str]) -> int:
    """Build the graph and say what it holds."""
    gc.disable()  # a build makes some hundred thousand objects, and nearly all live until it ends
    data = find_data(options.data)
    folder, findings = make(data, find_builds(data, options.build_dir), progress(options), force=options.force)
    if findings:
        print(to_text(findings), file=sys.stderr)
    triples = json.loads((folder / MANIFEST).read_bytes())["triples"]
    parts = ", ".join(f"{number:,} {name}" for name, number in triples.items())
    print(f"built {sum(triples.values()):,} triples ({parts})\n{folder / 'pmlkg.nq'}")
    return OK


def validate(options: argparse.Namespace, _: list[str]) -> int:
    """Report what is wrong, and write nothing."""
    gc.disable()
    try:
        findings = assemble(find_data(options.data), progress(options)).findings
    except Findings as problems:
        findings = problems.findings
    print({"text": to_text, "json": to_json, "turtle": to_report_graph}[options.format](sorted(findings, key=lambda f: f.sort_key())))
    return OK if conforms(findings) else NOT_SO
