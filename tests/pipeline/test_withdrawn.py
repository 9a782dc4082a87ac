"""Withdrawn ids: an old IRI answers with what took its place; a list that is wrong stops a build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pmlkg.findings import Findings
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import WITHDRAWN, Data
from pmlkg.pipeline.withdrawn import COLUMNS, read_withdrawn
from pmlkg.terms import PMLKG

RECORDS = [{"id": "claim-new"}, {"id": "pml"}]


def listed(folder: Path, *rows: str) -> Data:
    file = folder / WITHDRAWN
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return Data(folder)


def test_a_tombstone_says_since_when_why_and_what_took_its_place(tmp_path: Path) -> None:
    triples = read_withdrawn(listed(tmp_path, "claim-old\t0.3.0\tclaim-new\tsaid twice", "claim-gone\t0.3.0\t\tno source says it"), RECORDS)
    assert [
        (t.subject.value.removeprefix(PMLKG), t.predicate.value.rpartition("/")[2].rpartition("#")[2], t.object.value) for t in triples
    ] == [
        ("claim-old", "deprecated", "true"),
        ("claim-old", "changeNote", "Withdrawn in 0.3.0: said twice."),
        ("claim-old", "isReplacedBy", PMLKG + "claim-new"),
        ("claim-gone", "deprecated", "true"),
        ("claim-gone", "changeNote", "Withdrawn in 0.3.0: no source says it."),
    ]
    assert read_withdrawn(Data(tmp_path / "none"), RECORDS) == ()


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        (["pml\t0.3.0\t\tgone"], 2, "a record has it"),
        (["a\t0.3.0\tclaim-now\tgone"], 2, "did you mean claim-new?"),
        (["a\t0.3.0\tb\tgone", "b\t0.3.0\t\tgone"], 2, "is withdrawn itself"),
        (["a\t0.3.0\t\tgone", "a\t0.3.0\t\tgone"], 3, "is withdrawn twice"),
        (["a\t0.3\t\tgone"], 2, "has no id, version or reason"),
        (["a\t0.3.0\t\t "], 2, "has no id, version or reason"),
        (["a\t0.3.0"], 2, "2 cells under 4 titles"),
    ],
)
def test_a_wrong_row_is_named(rows: list[str], line: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(Findings) as caught:
        read_withdrawn(listed(tmp_path, *rows), RECORDS)
    (finding,) = caught.value.findings
    assert said in finding.message
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == (WITHDRAWN, line)


def test_other_titles_and_other_bytes_are_named(tmp_path: Path) -> None:
    data = listed(tmp_path)
    for content in (b"id\treason\n", b"\xff\xfe", b""):
        (tmp_path / WITHDRAWN).write_bytes(content)
        with pytest.raises(Findings):
            read_withdrawn(data, RECORDS)


def test_an_id_of_0_2_0_still_answers(kg: KnowledgeGraph) -> None:
    card = kg.show("claim-eu-dmf-leaflet-contraindication")
    assert card.types == ("withdrawn record",)
    fields = dict(card.fields)
    assert fields["why"] == ("Withdrawn in 0.3.0: the same statement of the same source was recorded twice.",)
    assert fields["replaced by"] == (
        "The EU leaflet of dimethyl fumarate makes confirmed PML a contraindication. (pmlkg:rec-eu-label-dmf-contraindication)",
    )


def test_a_wrong_list_stops_the_build(data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pmlkg.cli import main

    root = tmp_path / "data"
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(data.root / name, root / name)
    with (root / WITHDRAWN).open("a", encoding="utf-8") as file:
        file.write("natalizumab\t0.4.0\t\tgone\n")
    assert main(["validate", "--data", str(root), "--quiet"]) == 1
    assert f"{WITHDRAWN}:" in capsys.readouterr().out
