"""A graph in memory in, a folder on disk out; and the life of such folders.

A build is a folder named after the hash of everything it was made from. It is written beside the others and takes
effect by renaming one small file, ``current``, last: whatever interrupts it, the graph built before still answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.asking.questions import to_json
from pmlkg.findings import Finding, Place, conforms
from pmlkg.locations import MANIFEST, QUESTIONS
from pmlkg.pipeline.built import Built
from pmlkg.pipeline.index import entries
from pmlkg.rdf import write
from pmlkg.reading.proof import FILE as PROOFS
from pmlkg.reading.search import FILE as INDEX
from pmlkg.reading.search import write_index
from pmlkg.standing import BUILD_NAME, seal
from pmlkg.version import __version__

_AT_WORK: Final = 3600  # seconds for which an unfinished build may still be at work
_AT_HAND: Final = 60  # seconds for which a finished build may be that of a neighbour, who is about to point to it


def write_build(built: Built, key: str, folder: Path) -> None:
    """The files of a build, in a folder that is not yet one."""
    quads = built.quads()
    (folder / "pmlkg.nq").write_bytes(write(quads, "nquads"))
    (folder / PROOFS).write_text(_proofs(built), encoding="utf-8")
    report = {"conforms": conforms(built.findings), "findings": [finding.to_dict() for finding in built.findings]}
    (folder / "findings.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / QUESTIONS).mkdir()
    for question in built.questions.values():
        (folder / QUESTIONS / f"{question.name}.json").write_text(to_json(question), encoding="utf-8")
    store = ox.Store(str(folder / "store"))
    store.bulk_extend(quads)
    store.flush()
    del store
    write_index(folder / INDEX, entries(built))
    triples = {name: len(part) for name, part in built.graphs.items()}
    manifest = {"key": key, "version": __version__, "triples": triples, "vocabularies": built.vocabularies}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    seal(folder)


def _proofs(built: Built) -> str:
    """One line for each published inferred triple: the triple, the rule, then its premises, parted by tabs."""
    lines = []
    for triple in built.graphs["inferred"]:
        step = built.closure.step(triple)
        assert step
        lines.append("\t".join([str(triple), step.rule, *(str(premise) for premise in step.premises)]))
    return "\n".join(sorted(lines)) + "\n"


def findings_of(build: Path) -> tuple[Finding, ...]:
    """What the shapes found when the build was made."""
    report = json.loads((build / "findings.json").read_text(encoding="utf-8"))
    return tuple(_finding(entry) for entry in report["findings"])


def _finding(entry: dict[str, Any]) -> Finding:
    place = Place(entry["file"], entry.get("line", 0), entry.get("column", 0)) if "file" in entry else None
    rule = entry["rule"].rpartition("#")[2]
    node, path, value = (entry.get(name) for name in ("node", "path", "value"))
    is_node = entry.get("valueIsNode", False)
    return Finding(rule, entry["message"], entry.get("right", ""), place, node, path, value, entry["severity"], is_node)


def tidy(builds: Path, target: Path, before: Path | None) -> None:
    """Drop builds but the new one and the one `before`, which somebody may be reading, and what killed builds have left."""
    for path in builds.iterdir():
        if BUILD_NAME.fullmatch(path.name):
            if path not in (target, before) and _age(path) > _AT_HAND:
                drop(path)
        elif path.name.startswith((".unfinished-", ".current-", ".inputs.json-")) and _age(path) > _AT_WORK:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def drop(build: Path) -> None:
    """Remove a build; it is renamed first, so that what is left after a crash is no build any more."""
    grave = unfinished(build.parent)
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        os.replace(build, grave / build.name)
    shutil.rmtree(grave, ignore_errors=True)


def unfinished(builds: Path) -> Path:
    """A new folder for what is no build yet or no more, open to whom the user lets read."""
    folder = builds / f".unfinished-{os.getpid()}-{os.urandom(4).hex()}"
    folder.mkdir()
    return folder


def _age(path: Path) -> float:
    """Seconds since it was touched; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0
