"""The house: a room imports only rooms below it, and inside a room only what stands before, as docs/how-it-is-made.md says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "pmlkg"


def module(path: Path) -> str:
    """Dotted name below pmlkg."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {module(path): path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"}


def house() -> dict[str, tuple[int, int]]:
    """Module -> floor and place in its room, from the table."""
    page = (ROOT / "docs" / "how-it-is-made.md").read_text(encoding="utf-8")
    found = {}
    for floor, room, files in re.findall(r"^\| (\d+) \| (\S+) \| (`.*?`) \| \S.* \|$", page, re.M):
        folder = room.strip("`").removesuffix("/").replace("/", ".") + "." if room.endswith("/`") else ""
        for place, name in enumerate(re.findall(r"`(\w+)`", files)):
            assert folder + name not in found, name
            found[folder + name] = (int(floor), place)
    return found


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or where it needs them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: a relative import"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.removeprefix("pmlkg.") for name in found} & set(MODULES)


def test_the_table_has_every_module_once() -> None:
    assert sorted(house()) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_below(name: str) -> None:
    """Floors and places are in order, so this allows no circle either."""
    table = house()
    assert {other for other in imported(MODULES[name]) if table[other] >= table[name]} == set()


def test_nothing_below_takes_a_name_from_the_front_door() -> None:
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "pmlkg":
                assert {alias.name for alias in node.names} <= set(MODULES), f"{path}:{node.lineno}"


def test_a_room_has_no_face_of_its_own() -> None:
    """The file of a room says what happens in it, and loads nothing; but for the command, which is called by it."""
    for path in PACKAGE.glob("*/**/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(body[0], ast.Expr), path
        assert path.parent.name == "cli" or len(body) == 1, path


def test_no_private_name_leaves_its_module() -> None:
    """What tests and benchmarks need from inside has a public name."""
    places = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py"), *(ROOT / "docs").glob("*.py")]
    for path in places:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pmlkg"):
                assert not [alias.name for alias in node.names if re.match(r"_[a-z]", alias.name)], f"{path}:{node.lineno}"


def test_tests_mirror_the_rooms() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders == rooms | {"knowledge"}  # what the graph says, whichever way it is asked
