"""The command line: one file a group of verbs, which hold no logic of their own."""

from __future__ import annotations

from pmlkg.cli.command import main

__all__ = ["main"]
