"""Libraries that only some answers need: they are loaded when they are asked for, and a missing one is named with its extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingLibrary(RuntimeError):
    """A library that is not installed. Attributes: ``library``, and ``extra``, the extra of pmlkg that brings it."""

    def __init__(self, library: str, extra: str) -> None:
        self.library = library
        self.extra = extra
        super().__init__(f"{library} is not installed; right: pip install {library} (the extra {extra!r} of pmlkg)")


def load(module: str, extra: str) -> Any:
    """The module of that name. Raises MissingLibrary where its library is not installed."""
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library:
            raise  # the library is there and lacks something itself
        raise MissingLibrary(library, extra) from error
