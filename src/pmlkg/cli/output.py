"""What the verbs share: exit codes, the open graph, progress, and bytes to stdout or to a file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

OK, NOT_SO, USAGE, FAILED = 0, 1, 2, 3


def open_graph(options: argparse.Namespace) -> Any:
    """The graph of the folders that the options name, with their bounds on queries."""
    from pmlkg.asking.evaluation import Bounds
    from pmlkg.graph import KnowledgeGraph

    named = {"timeout": "seconds", "memory": "megabytes", "max_rows": "rows"}
    bounds = Bounds(**{bound: getattr(options, name) for name, bound in named.items() if name in options})
    return KnowledgeGraph.open(options.data, options.build_dir, progress=progress(options), bounds=bounds)


def progress(options: argparse.Namespace) -> Any:
    """What tells a person of each step of a build."""

    def say(message: str) -> None:
        if not options.quiet or message.startswith("warning:"):  # an answer from an older build is never silent
            print(f"pmlkg: {message}", file=sys.stderr, flush=True)

    return say


def render(answer: Any, options: argparse.Namespace) -> bytes:
    """An answer in its format. Bytes of an image would only upset a terminal, so they are refused before they are made."""
    if options.format == "png" and options.output is None and sys.stdout.isatty():
        raise ValueError("a PNG is no text for a terminal; right: --output FILE")
    return bytes(answer.render(options.format, width=width() if options.output is None else None))


def give(content: bytes, output: str | None) -> int:
    """To stdout, or to a file, which is replaced in one step: it is the old or the new one, never half of it."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return OK
    target = Path(output).resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # a pipe or a device is written to, not replaced
        target.write_bytes(content)
        return OK
    import tempfile

    handle, beside = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return OK


def width() -> int | None:
    """The width of the terminal; a pipe gets whole tables."""
    if not (sys.stdout.isatty() or "COLUMNS" in os.environ):
        return None
    import shutil

    return shutil.get_terminal_size().columns


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
