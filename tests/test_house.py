"""The house: each module imports only from floors below its own, as the table of docs/how-it-is-made.md says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {path.stem: path for path in sorted((ROOT / "src" / "pmlkg").glob("*.py"))}


def floors() -> dict[str, int]:
    """Module -> floor, from the table."""
    page = (ROOT / "docs" / "how-it-is-made.md").read_text(encoding="utf-8")
    return {name: int(floor) for floor, name in re.findall(r"^\| (\d) \| `(\w+)` \| \S.* \|$", page, re.M)}


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or where it needs them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: a relative import"
            whole = node.module == "pmlkg"
            found |= {f"pmlkg.{alias.name}" for alias in node.names} if whole else {str(node.module)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    names = {name.split(".")[1] for name in found if name.startswith("pmlkg.")}
    return names & set(MODULES)  # from pmlkg import __version__ names no module


def test_the_table_has_every_module_once() -> None:
    page = (ROOT / "docs" / "how-it-is-made.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \d \| `(\w+)` ", page, re.M)) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_below(name: str) -> None:
    table = floors()
    assert {other for other in imported(MODULES[name]) if table[other] >= table[name]} == set()


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_no_higher_than_its_imports_demand(name: str) -> None:
    """Else the table would not tell what rests on what; what is loaded only when it is used has no floor to show."""
    table = floors()
    if name != "__init__":
        assert table[name] == max((table[other] + 1 for other in imported(MODULES[name])), default=0)
