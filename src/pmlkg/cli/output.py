"""What the verbs share: exit codes, the open graph, progress, and bytes to stdout or to a file."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Container
from errno import EISDIR, ENOENT
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from pmlkg.formats import format_name

OK, NOT_SO, USAGE, FAILED = 0, 1, 2, 3


def open_graph(options: argparse.Namespace) -> Any:
    """The graph of the folders that the options name, with their bounds on queries."""
    from pmlkg.asking.evaluation import Bounds
    from pmlkg.graph import KnowledgeGraph

    named = {"timeout": "seconds", "memory": "megabytes", "max_rows": "rows"}
    bounds = Bounds(**{bound: getattr(options, name) for name, bound in named.items() if name in options})
    if address := getattr(options, "at", None):
        return KnowledgeGraph.at(address, options.data, options.build_dir, progress=progress(options), bounds=bounds)
    return KnowledgeGraph.open(options.data, options.build_dir, progress=progress(options), bounds=bounds)


def progress(options: argparse.Namespace) -> Any:
    """What tells a person of each step of a build."""

    def say(message: str) -> None:
        if not options.quiet or message.startswith("warning:"):  # an answer from an older build is never silent
            print(f"pmlkg: {message}", file=sys.stderr, flush=True)

    return say


def form(options: argparse.Namespace, known: Container[str], default: str) -> str:
    """The format that is asked for: by name, else by the ending of the file, where it is that of one of the `known`."""
    if options.format is not None:
        return str(options.format)
    ending = format_name(Path(options.output or "").suffix)
    return ending if ending in known else default


def render(answer: Any, options: argparse.Namespace) -> bytes:
    """An answer in its format. Bytes of an image would only upset a terminal, so they are refused before they are made."""
    from pmlkg.answers.answer import RENDERERS

    here = options.output in (None, "-")
    question = answer.question if here and sys.stdout.isatty() and answer.rows and answer.total == len(answer.rows) else None
    format = form(options, RENDERERS, "digest" if question and question.digest else "table")
    if format in ("png", "pdf") and here and sys.stdout.isatty():
        raise ValueError(f"a {format.upper()} is no text for a terminal; right: --output FILE")
    return bytes(answer.render(format, width=width() if here else None, look=_look(options)))


def _look(options: argparse.Namespace) -> Any:
    """What is asked of a picture, or None where nothing is."""
    from pmlkg.pictures.page import Look

    given = {name: value for name in Look._fields if (value := getattr(options, name, None)) is not None}
    return Look.read(given) if given else None


def give(content: bytes, output: str | None) -> int:
    """To stdout, or to a file, which is replaced in one step: it is the old or the new one, never half of it."""
    if output in (None, "-"):
        sys.stdout.flush()
        if not _paged(content):
            sys.stdout.buffer.write(content)
        return OK
    named = Path(output)
    if named.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), output)
    if output.startswith("/dev/") or (named.exists() and not named.is_file()):  # a pipe or a device is written to, not replaced
        with named.open("ab") as file:
            file.write(content)
        return OK
    target = named.resolve()  # a link stays a link
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(target.parent))
    from pmlkg.standing import put

    put(target, content)
    return OK


def _paged(content: bytes) -> bool:
    """Whether a pager has shown it: on a terminal, what is longer than the screen, unless ``PAGER`` is empty."""
    if not sys.stdout.isatty():
        return False
    import shutil

    if content.count(b"\n") < shutil.get_terminal_size().lines:
        return False
    import shlex
    import subprocess

    command = shlex.split(os.environ.get("PAGER", "less"))
    if not command or not shutil.which(command[0]):
        return False
    with contextlib.suppress(BrokenPipeError):  # who leaves the pager has seen enough
        subprocess.run(command, input=content, env={"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}, check=False)  # noqa: S603 - what the user says
    return True


def streams() -> bool:
    """Make the streams of this process fit for what is said: UTF-8 in and out, whatever the terminal. False where stdout is closed."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the life of the process
    if sys.stdout is None:
        print("pmlkg: could not run: standard output is closed", file=sys.stderr)
        return False
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig")
    return True


def finish() -> None:
    """Let what stdout could not take (a reader that has gone away, a full disk; it was told) be no news when the process ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def width() -> int | None:
    """The width of the terminal; a pipe gets whole tables."""
    if not (sys.stdout.isatty() or "COLUMNS" in os.environ):
        return None
    import shutil

    return shutil.get_terminal_size().columns
