"""pmlkg: the knowledge graph of progressive multifocal leukoencephalopathy. For research; not medical advice."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pmlkg.version import __version__

if TYPE_CHECKING:
    from pmlkg.answers.answer import Answer
    from pmlkg.asking.evaluation import Bounds, OutOfBounds
    from pmlkg.findings import Finding, Findings
    from pmlkg.graph import KnowledgeGraph
    from pmlkg.pictures.page import Look
    from pmlkg.terms import UnknownName

__all__ = ["Answer", "Bounds", "Finding", "Findings", "KnowledgeGraph", "Look", "OutOfBounds", "UnknownName", "__version__"]

_HOME = {
    "Answer": "answers.answer",
    "Bounds": "asking.evaluation",
    "Finding": "findings",
    "Findings": "findings",
    "KnowledgeGraph": "graph",
    "Look": "pictures.page",
    "OutOfBounds": "asking.evaluation",
    "UnknownName": "terms",
}


def __getattr__(name: str) -> Any:
    # Names are loaded when they are used, so that the command line answers without waiting for what it does not need.
    if name in _HOME:
        return getattr(import_module(f"pmlkg.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pmlkg' has no attribute {name!r}")
