"""Where data and builds lie, in a checkout, in an installed wheel, or where the user says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

ONTOLOGY: Final = "ontology/pmlkg.ttl"
"""The file of terms, as findings call it."""

WITHDRAWN: Final = "ontology/withdrawn.tsv"
"""The list of ids that are no longer given."""

MANIFEST: Final = "manifest.json"
"""The file of a build that says what is in it."""

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
        return self.root / ONTOLOGY

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
        ontology = {"ontology/context.jsonld": self.context, ONTOLOGY: self.ontology}
        withdrawn = {WITHDRAWN: self.root / WITHDRAWN} if (self.root / WITHDRAWN).is_file() else {}
        return {**ontology, **withdrawn, **self.records(), **self.mappings(), **self.shapes(), **self.queries()}

    def unread(self) -> list[str]:
        """Names of the files in the folders of the data that no build depends on; what is hidden, and a README, is nobody's input."""
        found = [f"{folder}/{name}" for folder in ("ontology", "queries", "shapes") for name in _walk(str(self.root / folder))]
        inputs = self.inputs()
        return sorted(name for name in found if name not in inputs and not name.rpartition("/")[2].startswith("README"))

    def _named(self, folder: str, ending: str) -> dict[str, Path]:
        return {f"{folder}/{name}": path for name, path in below(self.root / folder, ending).items()}


def below(folder: Path, ending: str) -> dict[str, Path]:
    """Name below a folder -> file, for every file with that ending, in the order of the parts of their names.

    A pipe, a socket or a device is no file: who read it might wait for ever.
    """
    names = sorted((name for name in _walk(str(folder)) if name.endswith(ending)), key=lambda name: name.split("/"))
    return {name: path for name in names for path in [folder / name] if _can_be_read(path)}


def _can_be_read(path: Path) -> bool:
    """Whether it is a file, or a link to none, which to read is an error that names it."""
    try:
        return S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _walk(folder: str, within: str = "") -> Iterator[str]:
    """Files below a folder that are not hidden, as names with slashes; a folder that is not there has none."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith("."):  # lock files and leavings of editors
            continue
        if entry.is_dir():
            yield from _walk(entry.path, f"{within}{entry.name}/")
        else:
            yield within + entry.name


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
