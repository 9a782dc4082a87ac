"""A verb of the command in, a program with the least that its answer could take out: Python that opens the same store and asks the same."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyoxigraph as ox

import pmlkg.graph
from pmlkg.asking import evaluation
from pmlkg.cli import main

_HEAD = """import pyoxigraph as ox
s = ox.Store.read_only({store!r})
P = {prefixes!r}
N, L, B, D = ox.NamedNode, ox.Literal, ox.BlankNode, ox.DefaultGraph
"""
FIND = """import sqlite3
db = sqlite3.connect("file:{index}?mode=ro&immutable=1", uri=True)
list(db.execute("SELECT iri, kind, label, snippet(entry, -1, '', '', '', 18) FROM entry WHERE entry MATCH ? ORDER BY bm25(entry) LIMIT 20", ({words!r},)))
"""
"""The least that a search could take."""


class _Recorder:
    """A store that notes what it is asked."""

    def __init__(self, store: ox.Store, lines: list[str]) -> None:
        self._store, self._lines = store, lines

    def query(self, sparql: str, **options: Any) -> Any:
        options["prefixes"] = "P" if "prefixes" in options else None
        given = "".join(f", {name}={value}" for name, value in options.items() if value is not None)
        self._lines.append(f"for r in s.query({sparql!r}{given}): pass")
        options["prefixes"] = pmlkg.terms.PREFIXES if options["prefixes"] else None
        return self._store.query(sparql, **options)

    def quads_for_pattern(self, *pattern: Any) -> Any:
        self._lines.append(f"for q in s.quads_for_pattern({', '.join(map(_code, pattern))}): break")
        return self._store.quads_for_pattern(*pattern)


def _code(term: Any) -> str:
    if term is None:
        return "None"
    if isinstance(term, ox.NamedNode):
        return f"N({term.value!r})"
    if isinstance(term, ox.Literal):
        more = f", language={term.language!r}" if term.language else f", datatype=N({term.datatype.value!r})"
        return f"L({term.value!r}{more})"
    return "D()" if isinstance(term, ox.DefaultGraph) else f"B({term.value!r})"


def floor(words: list[str], build: Path) -> str:
    """The source of a program that asks the store what ``pmlkg WORDS`` asks it."""
    lines: list[str] = []
    opened = SimpleNamespace(read_only=lambda path: _Recorder(ox.Store.read_only(path), lines))
    pmlkg.graph.ox = SimpleNamespace(**vars(ox) | {"Store": opened})  # type: ignore[assignment]
    apart, evaluation.apart = evaluation.apart, lambda job, *_: job()  # where what is asked can be noted
    try:
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            main([*words, "--quiet"])
    finally:
        evaluation.apart = apart
        pmlkg.graph.ox = ox  # type: ignore[assignment]
    return _HEAD.format(store=str(build / "store"), prefixes=pmlkg.terms.PREFIXES) + "\n".join(lines)
