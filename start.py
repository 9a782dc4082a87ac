"""Set up this checkout and use it: ``python3 start.py`` answers the lead question, ``python3 start.py test`` runs the tests.
``python3 start.py serve`` serves the graph.

Needs Python 3.11 or newer and nothing else. Everything goes into ``.venv/`` and ``build/`` of this folder; packages are
installed from the locks in ``requirements/``, whose hashes pip checks. Safe to repeat: what is there is not done again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
USAGE = "usage: python3 start.py [serve | test | setup | pmlkg ARGUMENTS ...]"


def main() -> int:
    if sys.version_info < (3, 11):
        return fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    words = sys.argv[1:]
    if words[:1] == ["test"]:
        setup("dev")
        return run("-m", "pytest", *words[1:])
    if words == ["setup"]:
        setup("dev")
        return 0
    setup("run")
    if words[:1] == ["serve"]:
        return run("-m", "pmlkg.cli", *words)
    if words[:1] == ["pmlkg"]:
        return run("-m", "pmlkg.cli", *words[1:])
    if words:
        return fail(USAGE)
    return run("-m", "pmlkg.cli", "build") or run("-m", "pmlkg.cli", "ask", "risk-to-guidance", "--exposure", "natalizumab")


def setup(kind: str) -> None:
    """Make the environment and install the lock of `kind`, "run" or "dev" (which holds "run" too), unless that is done."""
    if any(stamp(each).is_file() and stamp(each).read_text() == digest(each) for each in (kind, "dev")) and whole():
        return
    print(f"setting up .venv/ from requirements/{kind}.txt", file=sys.stderr, flush=True)
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit(fail("Python cannot make a virtual environment here; on Debian, install the package python3-venv"))
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-cache-dir", "--no-deps")
    if run(*pip, "--require-hashes", "-r", str(lock(kind))) or run(*pip, "--no-build-isolation", "-e", str(ROOT)):
        sys.exit(fail("the installation failed; its messages are above"))
    stamp(kind).write_text(digest(kind))


def whole() -> bool:
    """Whether what is installed can be used: the Python that it was made with may be gone, or a part of it."""
    try:
        return run("-c", "import pmlkg.graph, rdflib, yaml", quiet=True) == 0
    except OSError:
        return False


def lock(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def stamp(kind: str) -> Path:
    return VENV / f"installed-{kind}"


def digest(kind: str) -> str:
    """Of all that the environment was made from: the lock, the metadata, and the folder, which .venv/ cannot leave."""
    return hashlib.sha256(lock(kind).read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()


def run(*arguments: str, quiet: bool = False) -> int:
    out = subprocess.DEVNULL if quiet else None
    environment = {"PAGER": "", **os.environ} if sys.argv[1:] == [] else None  # the first answer is a page, and is left on the screen
    return subprocess.run([str(BIN / "python"), *arguments], cwd=ROOT, check=False, stdout=out, stderr=out, env=environment).returncode


def fail(message: str) -> int:
    print(f"start.py: {message}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
