"""What went wrong in, a line to stderr and an exit code out; a fault of ours keeps its traceback."""

from __future__ import annotations

import sys

from pmlkg.cli.output import FAILED, NOT_SO, USAGE


def told(error: Exception) -> int:
    """Tell a person of an error, and give the exit code. Raises what is none of the user's doing."""
    from pmlkg.findings import Findings, to_text

    if isinstance(error, Findings):
        print(to_text(error.findings), file=sys.stderr)
        return NOT_SO
    if isinstance(error, ValueError):  # UnknownName and usage
        return complain(str(error), USAGE)
    if isinstance(error, LookupError):
        return complain(str(error.args[0]), NOT_SO)
    if isinstance(error, SyntaxError):
        return complain(_syntax(error), USAGE)
    if isinstance(error, (OSError, RuntimeError)):
        return complain(f"could not run: {error}", FAILED)
    raise error


def complain(message: str, code: int) -> int:
    """A line to stderr; returns the exit code."""
    print(f"pmlkg: {message}", file=sys.stderr)
    return code


def _syntax(error: SyntaxError) -> str:
    """A syntax error with its place and line, and a mark below the column."""
    import re
    import textwrap

    message = textwrap.shorten(error.msg or str(error), 160, placeholder=" …")
    match = re.search(r"(\d+):(\d+)", message)
    line, column = (int(match[1]), int(match[2])) if match else (error.lineno or 0, error.offset or 0)
    lines = (error.text or "").splitlines()
    if not 0 < line <= len(lines):
        return f"syntax error: {message}"
    return f"syntax error in line {line}, column {column}: {message}\n  {lines[line - 1]}\n  {' ' * max(column - 1, 0)}^"
