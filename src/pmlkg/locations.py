"""Where data and builds lie, in a checkout, in an installed wheel, or where the user says, and which build is in effect."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import time_ns
from typing import Final, NamedTuple

import pyoxigraph as ox

from pmlkg.version import __version__

QUESTIONS: Final = "questions"
"""The folder of a build in which the questions are kept as they were read."""

PACKAGE = Path(__file__).resolve().parent
"""The folder of the code."""


class Data(NamedTuple):
    """A folder with ``ontology/``, ``shapes/`` and ``queries/``."""

    root: Path

    @property
    def context(self) -> Path:
        """What the keys of records mean."""
        return self.root / "ontology" / "context.jsonld"

    @property
    def ontology(self) -> Path:
        """The terms."""
        return self.root / "ontology" / "pmlkg.ttl"

    def records(self) -> dict[str, Path]:
        """Name as shown in findings -> file, for every record file."""
        return self._named("ontology/records", ".yaml")

    def mappings(self) -> dict[str, Path]:
        """Likewise for SSSOM files."""
        return self._named("ontology/mappings", ".sssom.tsv")

    def shapes(self) -> dict[str, Path]:
        """Likewise for SHACL files."""
        return self._named("shapes", ".ttl")

    def queries(self) -> dict[str, Path]:
        """Likewise for named questions."""
        return self._named("queries", ".rq")

    def inputs(self) -> dict[str, Path]:
        """Every file that a build depends on."""
        ontology = {"ontology/context.jsonld": self.context, "ontology/pmlkg.ttl": self.ontology}
        return {**ontology, **self.records(), **self.mappings(), **self.shapes(), **self.queries()}

    def unread(self) -> list[str]:
        """Names of the files in the folders of the data that no build depends on; what is hidden, and a README, is nobody's input."""
        found = [f"{folder}/{name}" for folder in ("ontology", "queries", "shapes") for name in _walk(str(self.root / folder))]
        inputs = self.inputs()
        return sorted(name for name in found if name not in inputs and not name.rpartition("/")[2].startswith("README"))

    def _named(self, folder: str, ending: str) -> dict[str, Path]:
        return {f"{folder}/{name}": path for name, path in _below(self.root / folder, ending).items()}


def _below(folder: Path, ending: str) -> dict[str, Path]:
    """Name below a folder -> file, for every file with that ending, in the order of the parts of their names."""
    names = sorted((name for name in _walk(str(folder)) if name.endswith(ending)), key=lambda name: name.split("/"))
    return {name: folder / name for name in names}


def _walk(folder: str, below: str = "") -> Iterator[str]:
    """Files below a folder that are not hidden, as names with slashes; a folder that is not there has none."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith("."):  # lock files and leavings of editors
            continue
        if entry.is_dir():
            yield from _walk(entry.path, f"{below}{entry.name}/")
        else:
            yield below + entry.name


def find_data(root: Path | str | None = None) -> Data:
    """The data folder: `root`, else ``$PMLKG_DATA``, else that of the wheel or the checkout.

    Raises FileNotFoundError naming what is missing.
    """
    chosen = root or os.environ.get("PMLKG_DATA")
    packaged = PACKAGE / "_data"
    data = Data(Path(chosen) if chosen else packaged if packaged.is_dir() else PACKAGE.parents[1])
    for path in (data.context, data.ontology):
        if not path.is_file():
            raise FileNotFoundError(f"no {path.relative_to(data.root)} in {data.root}: not a pmlkg data folder")
    return data


def find_builds(data: Data, root: Path | str | None = None) -> Path:
    """Where builds go: `root`, else ``$PMLKG_BUILD``, else ``build/`` beside the data, else the user's cache for a wheel."""
    chosen = root or os.environ.get("PMLKG_BUILD")
    if chosen:
        return Path(chosen)
    if data.root == PACKAGE / "_data":
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "pmlkg"
    return data.root / "build"


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
    return {**data.inputs(), **{f"src/{name}": path for name, path in _below(PACKAGE, ".py").items()}}


def fresh(builds: Path, data: Data, key: str) -> bool:
    """Whether the build of that key is one of the data and the program as they are.

    Reading and hashing all inputs takes longer than most answers, so their sizes and times are kept beside the builds; where
    none has changed, nor was so new when it was looked at that it could have changed within a tick of its clock, the key stands.
    """
    looks = {name: path.stat() for name, path in _key_files(data).items()}
    seen = {name: [look.st_size, look.st_mtime_ns] for name, look in looks.items()}
    notes = builds / "inputs.json"
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
        if noted["key"] == key and noted["seen"] == seen and noted["at"] - max(time for _, time in seen.values()) > _TICK:
            return True
    except (OSError, ValueError, KeyError, TypeError):
        pass
    at = time_ns()
    if input_key(data) != key:
        return False
    with contextlib.suppress(OSError):  # who may not write there waits a little longer
        put(notes, json.dumps({"key": key, "at": at, "seen": seen}))
    return True


_TICK: Final = 2_000_000_000
"""Nanoseconds that the clock of a file system may stand still."""


def put(path: Path, text: str) -> None:
    """Write a small file in one step: whoever reads it meanwhile gets the old or the new one."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def current(builds: Path) -> Path | None:
    """The folder of the build in effect, or None where nothing is built."""
    try:
        folder = builds / (builds / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return folder if (folder / "manifest.json").is_file() else None
