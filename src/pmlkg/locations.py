"""Where data and builds lie, in a checkout, in an installed wheel, or where the user says, and which build is in effect."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from pmlkg.version import __version__

PACKAGE = Path(__file__).resolve().parent
"""The folder of the code."""


@dataclass(frozen=True, slots=True)
class Data:
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
        return self._named("ontology/records", "*.yaml")

    def mappings(self) -> dict[str, Path]:
        """Likewise for SSSOM files."""
        return self._named("ontology/mappings", "*.sssom.tsv")

    def shapes(self) -> dict[str, Path]:
        """Likewise for SHACL files."""
        return self._named("shapes", "*.ttl")

    def queries(self) -> dict[str, Path]:
        """Likewise for named questions."""
        return self._named("queries", "*.rq")

    def inputs(self) -> dict[str, Path]:
        """Every file that a build depends on."""
        ontology = {"ontology/context.jsonld": self.context, "ontology/pmlkg.ttl": self.ontology}
        return {**ontology, **self.records(), **self.mappings(), **self.shapes(), **self.queries()}

    def _named(self, folder: str, pattern: str) -> dict[str, Path]:
        return {str(path.relative_to(self.root).as_posix()): path for path in sorted((self.root / folder).rglob(pattern))}


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
    digest = hashlib.sha256(f"{__version__} {ox.__version__}".encode())
    code = {f"src/{path.relative_to(PACKAGE).as_posix()}": path for path in sorted(PACKAGE.rglob("*.py"))}
    for name, path in {**data.inputs(), **code}.items():
        digest.update(f"\0{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def current(builds: Path) -> Path | None:
    """The folder of the build in effect, or None where nothing is built."""
    try:
        folder = builds / (builds / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return folder if (folder / "manifest.json").is_file() else None
