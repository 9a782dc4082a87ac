"""Verbs that look things up and write them out: `find`, `show`, `explain`, `export`."""

from __future__ import annotations

import argparse
import json

from pmlkg.cli.output import OK, give, open_graph, render, width


def find(options: argparse.Namespace, _: list[str]) -> int:
    """Rank what has the words."""
    graph = open_graph(options)
    answer = graph.table(graph.find(" ".join(options.words), options.limit, options.kind))
    return give(render(answer, options), options.output)


def show(options: argparse.Namespace, _: list[str]) -> int:
    """A card of one thing."""
    card = open_graph(options).show(options.entity)
    print(json.dumps(card.to_dict(), ensure_ascii=False, indent=2) if options.format == "json" else card.to_text(width() or 80))
    return OK


def explain(options: argparse.Namespace, _: list[str]) -> int:
    """The shortest proof of a triple."""
    print(open_graph(options).explain(options.subject, options.predicate, options.object).render(options.format), end="")
    return OK


def export(options: argparse.Namespace, _: list[str]) -> int:
    """The graph, a part of it, or the neighbourhood of an entity."""
    content = open_graph(options).serialize(options.format, graph=options.graph, entity=options.entity)
    return give(content, options.output)
