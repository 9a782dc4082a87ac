"""Write the pages of ``docs/`` that are made from the graph: ``.venv/bin/python docs/generate.py``.

With ``--check``, nothing is written and the exit code is 1 where a page is not what the graph gives now. The same graph
gives the same pages; a test holds the pages in the repository to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pages import coverage, dialects, reference
from pmlkg import KnowledgeGraph

DOCS: Final = Path(__file__).resolve().parent

PAGES: Final[dict[str, Callable[[KnowledgeGraph], str]]] = {
    "coverage.md": coverage.coverage,
    "reference/dialects.md": dialects.dialects,
    "reference/ontology.md": reference.ontology,
    "reference/questions.md": reference.questions,
    "reference/shapes.md": reference.shapes,
}
"""File under ``docs/`` -> what makes its text."""


def main() -> int:
    """Write, or with ``--check`` compare, all pages; the names of those that differ go to stderr."""
    kg = KnowledgeGraph.open(DOCS.parent, progress=lambda message: print(message, file=sys.stderr))
    stale = []
    for name, make in PAGES.items():
        page, text = DOCS / name, make(kg)
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    print("\n".join(stale) if stale else "all pages are as the graph gives them", file=sys.stderr)
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
