"""The real records in, a folder with N times as many, or with a part of them, out; the same for the same seed.

Each further copy of a record gets an id, label and DOI of its own. Claims and sources are always copied; of the entities some are shared
by all copies, those that many records speak of first (the disease, the virus), and of the others one in ten. So the graph grows as
a curated one does: more claims on the same disease, more things that are spoken of, a few of them by all.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from pmlkg.locations import Data, find_data
from pmlkg.pipeline.records import Vocabulary
from pmlkg.terms import PMLO

_OFTEN = 60
"""An entity that so many records speak of is the same in all copies."""
_SHARED = 0.1
_OWN_TEXT = ("altLabel", "label", "stratumTable")


def cut(target: Path, whole: tuple[str, ...], few: int) -> Path:
    """Write a data folder with a part of the records, and with no question and no mapping.

    whole : the files of claims of which all are taken. few : how many of each other file. All that these speak of comes with them.
    """
    data = find_data()
    target.mkdir(parents=True)
    shutil.copytree(data.root / "shapes", target / "shapes")
    (target / "queries").mkdir()
    (target / "ontology" / "records").mkdir(parents=True)
    (target / "ontology" / "mappings").mkdir()
    for name in (data.context, data.ontology):
        shutil.copy(name, target / "ontology")
    links, files = _links_of(data), _read(data)
    records = {record["id"]: record for each in files.values() for record in each}
    wanted = set()
    for name, each in files.items():
        folder, file = name.split("/")[-2:]
        if folder == "claims":
            wanted |= {record["id"] for record in (each if Path(file).stem in whole else each[:few])}
            for key in {key for record in each for key in record}:  # so that each rule has something to look at
                wanted.add(next(record["id"] for record in each if key in record))
    while more := {one for name in wanted for one in _links(records[name], links)} - wanted:
        wanted |= more
    _write(target / "ontology" / "records" / "cut.yaml", [record for name, record in records.items() if name in wanted])
    return target


def grow(target: Path, times: int, seed: int = 1) -> Path:
    """Write a data folder with `times` as many records; its ontology, shapes, queries and mappings are the real ones."""
    data = find_data()
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(data.root / name, target / name)
    links, files = _links_of(data), _read(data)
    mentions = Counter(one for records in files.values() for record in records for one in _links(record, links))
    entities = [record["id"] for name, records in files.items() if "entities/" in name for record in records]

    def records_of(ids: set[str]) -> list[dict[str, Any]]:
        return [record for records in files.values() for record in records if record["id"] in ids]

    for copy in range(1, times):
        chance = random.Random(f"{seed}-{copy}")
        shared = {one for one in entities if mentions[one] >= _OFTEN or chance.random() < _SHARED}
        while more := {one for record in records_of(shared) for one in _links(record, links)} - shared:
            shared |= more  # what a shared one names is shared, so that nothing is left over in a copy
        for name, records in files.items():
            grown = [_copy(record, copy, shared, links) for record in records if record["id"] not in shared]
            path = target / "ontology" / "records" / f"copy-{copy}" / Path(name).relative_to("ontology/records")
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, grown)
    return target


def _read(data: Data) -> dict[str, list[dict[str, Any]]]:
    """The records of each file, all values as texts."""
    return {name: yaml.load(path.read_text(encoding="utf-8"), yaml.CBaseLoader) or [] for name, path in data.records().items()}


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(records, file, yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000)


def _links_of(data: Data) -> set[str]:
    """The keys whose values name records."""
    words = Vocabulary(data.context, data.ontology)
    return {key for key in words.keys if words.datatype_of(key) == "@id" and words.path_of(key).startswith(PMLO)}


def _links(record: dict[str, Any], links: set[str]) -> list[str]:
    found = []
    for key, value in record.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found += _links(one, links)
            elif key in links:
                found.append(one)
    return found


def _copy(record: dict[str, Any], copy: int, shared: set[str], links: set[str]) -> dict[str, Any]:
    def name(one: str) -> str:
        return one if one in shared else f"{one}-c{copy}"

    def value(key: str, one: Any) -> Any:
        if isinstance(one, list):
            return [value(key, each) for each in one]
        if isinstance(one, dict):
            return _copy(one, copy, shared, links)
        if key == "id" or key in links:
            return name(one)
        if key == "doi":
            return f"{one}.c{copy}"
        return f"{one} of copy {copy}" if key in _OWN_TEXT else one

    return {key: value(key, one) for key, one in record.items()}
