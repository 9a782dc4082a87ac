"""The verb that serves the graph: `serve`."""

from __future__ import annotations

import argparse

from pmlkg.cli.output import progress
from pmlkg.extras import load


def serve(options: argparse.Namespace, _: list[str]) -> int:
    """Serve until told to stop."""
    for library in ("jinja2", "starlette", "uvicorn"):
        load(library, "web")
    from pmlkg.graph import KnowledgeGraph
    from pmlkg.web.forks import Limits
    from pmlkg.web.server import Settings, serve

    say = progress(options)
    limits = Limits()._replace(seconds=options.timeout, megabytes=options.memory, at_once=options.at_once or Limits().at_once)
    limits = limits._replace(bytes=options.max_bytes << 20, kept=options.keep << 20)
    limits.bounds().check()
    if options.workers < 1 or limits.at_once < 1 or options.max_bytes < 1:
        raise ValueError("workers, --at-once and --max-bytes are numbers from 1")
    if options.root and not options.root.startswith("/"):
        raise ValueError(f"the root is {options.root!r}; right: a path such as /pml")
    settings = Settings(
        options.host,
        options.port,
        options.workers,
        tuple(options.allow_host),
        options.root.rstrip("/"),
        options.base_iri,
        limits,
        options.log,
    )
    return serve(lambda: KnowledgeGraph.open(options.data, options.build_dir, progress=say, bounds=None), settings, say)


def mcp(options: argparse.Namespace, _: list[str]) -> int:
    """Serve tools to a language model until the client goes or it is stopped."""
    from pmlkg.cli.output import OK, open_graph

    load("mcp.server.mcpserver", "mcp")
    from pmlkg.mcp.server import run

    run(open_graph(options), options.http, options.host, options.port)
    return OK
