"""A folder that is written beside its place and takes it in one step, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from errno import EEXIST, ENOENT
from pathlib import Path
from typing import Final

SUMS: Final = "SHA256SUMS"
"""The list of the files of a folder, with their digests."""


@contextlib.contextmanager
def in_place_of(target: Path, mark: str) -> Iterator[Path]:
    """A new folder beside `target`, which takes its place when all is written; whatever fails on the way leaves `target` as it was.

    Its files are listed in `SUMS` with their digests. mark : the file by which a folder of this kind is known; one is replaced only if it
    has it, and nothing that is not as it was written. Raises FileExistsError for anything else that stands there, and OSError for what the
    system refuses.
    """
    target = Path(os.path.abspath(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, "no such folder", str(target.parent))
    if target.exists():
        _replaceable(target, mark)
    new, old = (target.with_name(f".{target.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    new.mkdir()
    try:
        yield new
        (new / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in _digests(new).items()), encoding="utf-8")
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


def _replaceable(target: Path, mark: str) -> None:
    """Raise FileExistsError for what would be lost if a folder took its place."""
    if target.is_dir() and not any(target.iterdir()):
        return
    try:
        lines = (target / SUMS).read_text(encoding="utf-8").splitlines()
        told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except (OSError, UnicodeDecodeError):
        told = {}
    if mark not in told:
        raise FileExistsError(
            EEXIST, f"it is neither empty nor a folder of this kind (with {mark}, listed in {SUMS}); right: another name", str(target)
        )
    found = _digests(target)
    found.pop(SUMS)
    if own := sorted(name for name, digest in found.items() if told.get(name) != digest):
        more = f" and {len(own) - 1:,} more" if own[1:] else ""
        raise FileExistsError(EEXIST, f"{own[0]}{more} in it is not as it was written, and would be lost; right: another name", str(target))


def _digests(folder: Path) -> dict[str, str]:
    """Name -> digest, for every file of a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
