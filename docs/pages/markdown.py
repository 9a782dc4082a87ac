"""The few pieces of Markdown that pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; texts of cells that may hold a bar go through `cell`."""
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def cell(text: str) -> str:
    """A text as it stands in the cell of a table."""
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def page(parts: Iterable[str]) -> str:
    """Blocks of a page with a blank line between them; empty blocks are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
