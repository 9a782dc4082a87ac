"""What went wrong in, a line to stderr and an exit code out; a fault of ours keeps its traceback."""

from __future__ import annotations

import sys

from pmlkg.cli.output import FAILED, NOT_SO, USAGE

_SHOWN = 60  # characters of a line on both sides of a mistake


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
        said = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else error
        return complain(f"could not run: {said}", FAILED)
    raise error


def complain(message: str, code: int) -> int:
    """A line to stderr; returns the exit code."""
    print(f"pmlkg: {message}", file=sys.stderr)
    return code


def _syntax(error: SyntaxError) -> str:
    """A syntax error with its place and line, and a mark below the column."""
    line, column, lines = error.lineno or 1, error.offset or 1, (error.text or "").splitlines() or [""]
    shown = lines[min(line, len(lines)) - 1]
    start = max(column - _SHOWN, 0)
    mark = f"\n  {shown[start : start + 2 * _SHOWN]}\n  {' ' * (column - 1 - start)}^" if shown.strip() else ""
    return f"syntax error in line {line}, column {column}: {error.msg}{mark}"
