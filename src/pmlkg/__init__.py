"""pmlkg: the knowledge graph of progressive multifocal leukoencephalopathy. For research; not medical advice."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pmlkg.version import __version__

if TYPE_CHECKING:
    from pmlkg.answers.answer import Answer
    from pmlkg.findings import Finding, Findings
    from pmlkg.graph import KnowledgeGraph
    from pmlkg.terms import UnknownName

__all__ = ["Answer", "Finding", "Findings", "KnowledgeGraph", "UnknownName", "__version__"]

_HOME = {"Answer": "answers.answer", "KnowledgeGraph": "graph", "Finding": "findings", "Findings": "findings", "UnknownName": "terms"}


def __getattr__(name: str) -> Any:
    # Names are loaded when they are used, so that the command line answers without waiting for what it does not need.
    if name in _HOME:
        return getattr(import_module(f"pmlkg.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pmlkg' has no attribute {name!r}")
