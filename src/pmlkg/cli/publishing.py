"""Verbs by which the graph leaves the house: `release`, `publish`, `compare`, `site`, and `export --dialect`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pmlkg.cli.output import OK, form, give, open_graph, progress
from pmlkg.rdf import FORMATS


def release(options: argparse.Namespace, _: list[str]) -> int:
    """Write the dataset as files."""
    from pmlkg.publishing.release import write_release

    files = write_release(open_graph(options), Path(options.folder), progress(options), options.without)
    print(f"{options.folder}: {len(files)} files, {sum(file.size for file in files) / 1e6:,.1f} MB; see README.md there")
    return OK


def publish(options: argparse.Namespace, _: list[str]) -> int:
    """Put the graph into another store."""
    from pmlkg.asking.federation import endpoint
    from pmlkg.publishing.stores import Target
    from pmlkg.publishing.stores import publish as put

    target = Target.of(options.to, options.engine)
    query, update, store = (
        str(endpoint(given).value) if (given := getattr(options, name)) else getattr(target, name) for name in ("query", "update", "store")
    )
    done = put(open_graph(options), target._replace(query=query, update=update, store=store), progress(options), options.timeout)
    for each in done:
        print(f"{each.graph}  {each.triples:,} triples{'' if each.staged else ', sent before'}")
    print(f"to ask there: pmlkg ask NAME --at {query}")
    return OK


def site(options: argparse.Namespace, _: list[str]) -> int:
    """Write the pages as files."""
    from pmlkg.publishing.site import w3id, write_site

    if options.w3id:
        print(w3id(options.w3id), end="")
        return OK
    if options.processes is not None and options.processes < 1:
        raise ValueError(f"--processes is {options.processes}; right: a number from 1")
    made = write_site(open_graph(options), Path(options.folder), progress(options), options.processes)
    print(f"{options.folder}: {sum(made.values()):,} files, of which {made.get('html', 0):,} pages; open index.html there")
    return OK


def compare(options: argparse.Namespace, rest: list[str]) -> int:
    """What differs between two graphs."""
    from pmlkg.cli.asking import pairs
    from pmlkg.publishing import compare as comparing

    if rest and not options.question:
        raise ValueError(f"unknown argument {rest[0]!r}; parameters belong to --question")
    if options.question and options.questions:
        raise ValueError("--question and --questions are two things; right: one of them")
    graph = open_graph(options)
    older, newer = comparing.read(Path(options.older)), comparing.read(Path(options.newer or graph.folder))
    if options.question:
        question = graph.question(options.question)
        bound = graph.bind(question, pairs(rest))
        both = [comparing.store_of(each) for each in (older, newer)]
        return give(comparing.side_by_side(comparing.asked(bound, question.name, *both), options.format or "text"), options.output)
    found = comparing.compare(older, newer)
    if options.questions:
        progress(options)(f"asking {len(graph.questions)} questions of both")
        both = [comparing.store_of(each) for each in (older, newer)]
        differing = [comparing.asked(each.text, each.name, *both) for each in graph.questions.values() if not each.network]
        return give(comparing.told(found, differing, older, newer).encode(), options.output)
    return give(found.render(form(options, ("json", "md", *FORMATS), "text")), options.output)


def dialect(options: argparse.Namespace) -> int:
    """Write the graph in one dialect: to stdout where it is one file, else into a folder."""
    from pmlkg.publishing.dialects.table import DIALECTS
    from pmlkg.publishing.folder import in_place_of
    from pmlkg.reading.snapshot import Snapshot
    from pmlkg.terms import UnknownName, nearest

    if options.format is not None:
        raise ValueError("a dialect has a form of its own; right: --dialect or --format")
    name = options.dialect
    if name not in DIALECTS:
        raise UnknownName("dialect", name, nearest(name, DIALECTS) or list(DIALECTS))
    graph = open_graph(options)
    files = DIALECTS[name].write(Snapshot(graph.quads(), graph.vocabularies))
    print(f"pmlkg: {name} loses {DIALECTS[name].loses}", file=sys.stderr)
    if len(files) == 1:
        return give(next(iter(files.values())), options.output)
    if options.output in (None, "-"):
        raise ValueError(f"{name} is {len(files)} files: {', '.join(sorted(files))}; right: --output FOLDER")
    short = {file.rpartition("/")[2]: content for file, content in files.items()}
    with in_place_of(Path(options.output), min(short)) as folder:
        for file, content in short.items():
            (folder / file).write_bytes(content)
    return OK
