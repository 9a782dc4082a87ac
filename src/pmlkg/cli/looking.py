"""Verbs that look things up and write them out: `find`, `show`, `explain`, `path`, `export`."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any

from pmlkg.cli.output import OK, form, give, open_graph, render, width
from pmlkg.rdf import FORMATS
from pmlkg.terms import UnknownName


def find(options: argparse.Namespace, _: list[str]) -> int:
    """Rank what has the words."""
    graph = open_graph(options)
    answer = graph.table(graph.find(" ".join(options.words), options.limit, options.kind))
    return give(render(answer, options), options.output)


def show(options: argparse.Namespace, _: list[str]) -> int:
    """A card of one thing."""
    graph, name = open_graph(options), " ".join(options.entity)
    try:
        card = graph.show(name)
    except UnknownName as error:
        raise ValueError(f"{error}{_elsewhere(graph, name)}") from None
    print(json.dumps(card.to_dict(), ensure_ascii=False, indent=2) if options.format == "json" else card.to_text(width() or 80))
    return OK


def _elsewhere(graph: Any, name: str) -> str:
    """Where else a name stands that is nobody's own."""
    try:
        hits = graph.find(name, limit=1000)
    except (LookupError, ValueError):
        return ""
    return f"; {len(hits)} record{' has' if len(hits) == 1 else 's have'} it in a text: pmlkg find {shlex.quote(name)}"


def explain(options: argparse.Namespace, _: list[str]) -> int:
    """The shortest proof of a triple."""
    print(open_graph(options).explain(options.subject, options.predicate, options.object).render(options.format), end="")
    return OK


def path(options: argparse.Namespace, _: list[str]) -> int:
    """How two things are joined."""
    found = open_graph(options).path(options.start, options.end, options.limit)
    print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if options.format == "json" else found.to_text())
    return OK


def export(options: argparse.Namespace, _: list[str]) -> int:
    """The graph, a part of it, the neighbourhood of an entity, or the graph in another dialect."""
    if options.dialect is not None:
        from pmlkg.cli.publishing import dialect

        return dialect(options)
    content = open_graph(options).serialize(form(options, FORMATS, "turtle"), graph=options.graph, entity=options.entity)
    return give(content, options.output)
