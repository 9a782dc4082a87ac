"""What the tests share: the project's own data, its built graph, and small graphs made from fixture files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pmlkg.build import Built, assemble
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data, find_data

TESTS = Path(__file__).parent


@pytest.fixture(scope="session")
def data() -> Data:
    """The project's own ontology, records, shapes and queries."""
    return find_data(TESTS.parent)


@pytest.fixture(scope="session")
def built(data: Data) -> Built:
    """The whole graph with proofs and findings, assembled in memory once."""
    return assemble(data)


@pytest.fixture(scope="session")
def kg(data: Data) -> KnowledgeGraph:
    """The whole graph as a user opens it; built in build/ of the checkout if it is not there."""
    return KnowledgeGraph.open(data.root)


@pytest.fixture
def small(data: Data, tmp_path: Path) -> Callable[..., Data]:
    """Makes a data folder with the real ontology, shapes and queries, and only the record files that are given."""

    def make(*records: Path) -> Data:
        root = tmp_path / "data"
        for name in ("shapes", "queries"):
            shutil.copytree(data.root / name, root / name)
        (root / "ontology" / "records").mkdir(parents=True)
        shutil.copy(data.context, root / "ontology")
        shutil.copy(data.ontology, root / "ontology")
        for record in records:
            shutil.copy(record, root / "ontology" / "records")
        return Data(root)

    return make
