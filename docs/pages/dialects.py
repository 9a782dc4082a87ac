"""The page of the dialects: what each is, what checks it, and what is lost, counted on the graph."""

from __future__ import annotations

from pages.markdown import table
from pmlkg import KnowledgeGraph
from pmlkg.publishing.dialects.loss import loss
from pmlkg.publishing.dialects.table import DIALECTS
from pmlkg.reading.snapshot import Snapshot


def dialects(kg: KnowledgeGraph) -> str:
    """The text of ``reference/dialects.md``."""
    graph = Snapshot(kg.quads(), kg.vocabularies)
    parts = [
        "# Dialects",
        "",
        "The graph as others write what they know. Made from the graph by `docs/generate.py`. Each is written by `pmlkg export --dialect NAME`, and stands in",
        "`dialects/` of a [release](../publishing.md). A value counts as lost where neither its text nor the name of what it is stands in what the dialect tells of",
        "the claim; words for display that the build derives from others (`designs`, `sourceKeys`, `commonValue` and the like) are counted too.",
        "",
    ]
    for name, dialect in DIALECTS.items():
        files = sorted(dialect.write(graph))
        parts += [
            f"## {name}",
            "",
            f"{dialect.title}.",
            "",
            f"- Files: {', '.join(f'`{file}`' for file in files)}",
            f"- Loses: {dialect.loses}.",
        ]
        parts.append(f"- Checked by: {dialect.judge}.")
        if dialect.extra:
            parts.append(f"- Needs the extra `{dialect.extra}`.")
        if dialect.told is not None:
            told = loss(graph, dialect)
            parts.append(f"- Claims: {told.claims:,} of {told.of:,}.")
            parts += [
                "",
                table(["property", "values lost", "of"], [[f"`{key}`", f"{gone:,}", f"{of:,}"] for key, (gone, of) in told.lost.items()]),
            ]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"
