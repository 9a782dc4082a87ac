"""A folder that is written beside its place and takes it in one step, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from errno import EEXIST, ENOENT
from pathlib import Path
from typing import Final

SUMS: Final = "SHA256SUMS"
"""The file by which a folder of ours is known, in whose place a newer one may step."""


@contextlib.contextmanager
def in_place_of(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, which takes its place when all is written; whatever fails on the way leaves `target` as it was.

    Raises FileExistsError where something stands there that is not a folder of this kind, and OSError for what the system refuses.
    """
    target = Path(os.path.abspath(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, "no such folder", str(target.parent))
    if target.exists() and not (target.is_dir() and ((target / SUMS).is_file() or not any(target.iterdir()))):
        raise FileExistsError(EEXIST, f"it is neither empty nor a folder with {SUMS}; right: another name", str(target))
    new, old = (target.with_name(f".{target.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    new.mkdir()
    try:
        yield new
        if target.exists():
            target.rename(old)
            try:
                new.rename(target)
            except OSError:
                old.rename(target)
                raise
        else:
            new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def sums(files: Mapping[str, bytes]) -> str:
    """The lines of `SUMS` for files."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))


def sums_of(folder: Path) -> dict[str, str]:
    """Name -> digest, for every file of a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
