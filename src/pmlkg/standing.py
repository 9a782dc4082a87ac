"""Builds in a folder in, which of them is in effect out; whether it is one of the inputs as they are, and whole.

A build is sealed with the size and the digest of each of its files: what a full disk, a broken copy or a stray hand has done to
it is told from what was written.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from time import time_ns
from typing import Final

import pyoxigraph as ox

from pmlkg.locations import PACKAGE, Data, below
from pmlkg.version import __version__

BUILD_NAME: Final = re.compile(r"[0-9a-f]{16}")
SEAL: Final = "digests.json"
_CHANGING: Final = ("store/LOG", "store/LOCK")
"""Files of a build that may change: the diary of the store, and its lock."""
_TICK: Final = 2_000_000_000
"""Nanoseconds that the clock of a file system may stand still."""


def current(builds: Path) -> Path | None:
    """The folder of the build in effect, or None where nothing is built."""
    try:
        name = (builds / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return builds / name if BUILD_NAME.fullmatch(name) and (builds / name).is_dir() else None


def input_key(data: Data) -> str:
    """The hash of everything that a build depends on: data files, this program, and the store's version."""
    import hashlib

    digest = hashlib.sha256(f"{__version__} {ox.__version__}".encode())
    for name, path in _key_files(data).items():
        digest.update(f"\0{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _key_files(data: Data) -> dict[str, Path]:
    """Name -> file, for all data and all code that a build depends on."""
    return {**data.inputs(), **{f"src/{name}": path for name, path in below(PACKAGE, ".py").items()}}


def fresh(build: Path, data: Data) -> bool:
    """Whether the build is whole, and one of the data and the program as they are.

    Reading and hashing all inputs and the build takes longer than most answers, so their sizes and times are kept beside the
    builds; where none has changed, nor was so new when it was looked at that it could have changed within a tick of its clock,
    what was found then stands.
    """
    files = {**_key_files(data), **{f"build/{name}": path for name, path in _kept(build).items()}, SEAL: build / SEAL}
    try:
        seen = {name: [look.st_size, look.st_mtime_ns] for name, path in files.items() for look in [path.stat()]}
    except FileNotFoundError:
        return False
    notes = build.parent / "inputs.json"
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
        if noted["key"] == build.name and noted["seen"] == seen and noted["at"] - max(time for _, time in seen.values()) > _TICK:
            return True
    except (OSError, ValueError, KeyError, TypeError):
        pass
    at = time_ns()
    if input_key(data) != build.name or damage(build):
        return False
    with contextlib.suppress(OSError):  # who may not write there waits a little longer
        put(notes, json.dumps({"key": build.name, "at": at, "seen": seen}).encode())
    return True


def seal(build: Path) -> None:
    """Finish a build: note the size and the digest of each of its files."""
    files = {name: [path.stat().st_size, _digest(path)] for name, path in _kept(build).items()}
    (build / SEAL).write_text(json.dumps(files, indent=1) + "\n", encoding="utf-8")


def damage(build: Path) -> str:
    """What is not as it was when the build was sealed, or nothing where all is. All files are read."""
    try:
        files = dict(json.loads((build / SEAL).read_bytes()))
    except (OSError, ValueError, TypeError):
        return f"{SEAL} cannot be read"
    kept = _kept(build)
    if odd := sorted(files.keys() ^ kept.keys()):
        return f"{odd[0]} is {'missing' if odd[0] in files else f'not in {SEAL}'}"
    for name, path in kept.items():
        if files[name] != [path.stat().st_size, _digest(path)]:
            return f"{name} is not as it was written"
    return ""


def _kept(build: Path) -> dict[str, Path]:
    """Name -> file, for all that does not change once it is written."""
    return {name: path for name, path in below(build, "").items() if name not in (SEAL, *_CHANGING)}


def _digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads it meanwhile gets the old or the new one, and so does who comes after a crash."""
    beside = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
