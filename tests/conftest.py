"""What the tests share: the project's own data, its built graph, and small graphs made from fixture files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data, find_data
from pmlkg.pipeline.build import Built, assemble
from tests_records import opened

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


@pytest.fixture(scope="session")
def tiny(data: Data, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """A small synthetic graph; see tests/tests_records.py."""
    return opened(tmp_path_factory.mktemp("tiny"), data)


class Endpoint:
    """A second SPARQL endpoint, which the questions that ask one are sent to; see tests/endpoint.py."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.address = self.root + "/sparql"

    def sent(self) -> list[str]:
        """The queries that came since this was last asked."""
        with urlopen(self.root + "/sent", timeout=10) as answer:
            found: list[str] = json.load(answer)
        return found


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    command = [sys.executable, str(TESTS / "endpoint.py"), str(TESTS / "fixtures" / "remote.trig")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield Endpoint(int(process.stdout.readline()))
        process.kill()
