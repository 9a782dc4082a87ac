"""The documentation: generated pages are fresh, links lead somewhere, and all that is shown is run and gives what is shown.

In README.md and docs/*.md,

- a line of a ``sh`` block that begins with ``pmlkg`` is run and exits 0, or as its comment says (``# exits 1``);
- a ``python`` block is executed, with the blocks before it on the page;
- a ``sparql`` block is answered with rows, and is the file that its first comment names (``# incidence.rq``) for what follows;
- the lines of a ``text`` block after one of these stand in its output in that order, where ``…`` stands for what is left out;
- a ``yaml`` block is a list of records, each of which is one of the graph, or a part of one, or says that it is synthetic.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import generate
from pmlkg import cli
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.pipeline.build import assemble

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SHOWN = [page for page in PAGES if re.search(r"^ *```(sh|python|sparql|text|yaml)", page.read_text(encoding="utf-8"), re.M)]

FIRST_ANSWER = "pmlkg ask risk-to-guidance --exposure natalizumab --format digest"  # as on a terminal
NOT_RUN = {
    "python3 start.py": FIRST_ANSWER,  # builds, then asks this
    "python3 start.py test": "",
    "python3 start.py serve": "",  # which does not end
    "pmlkg serve --port 7878 --workers 2": "",
    ". .venv/bin/activate": "",
}
"""Lines of ``sh`` blocks that set something up -> what is run in their place."""
DONE: dict[str, str] = {}
"""What the commands showed that take long, and are run once for all pages."""
READERS = ("dot -Tpdf", "head -5")
"""What an answer is piped into."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"^(?P<pad> *)```(?P<language>\w+)\n(?P<text>.*?)^(?P=pad)```$", text, re.M | re.S):
        body = re.sub(f"^{match['pad']}", "", match["text"], flags=re.M)
        yield Block(match["language"], body, text.count("\n", 0, match.start()) + 1)


def run(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a line of a ``sh`` block and return what it shows."""
    command, _, comment = line.partition("  #")
    expected = int(found[1]) if (found := re.search(r"exits (\d)", comment)) else 0
    command = NOT_RUN.get(command.strip(), command.strip())
    if not command or "--allow-network" in command:
        return ""
    if piped := re.fullmatch(r"echo '(.*)' \| (pmlkg .*)", command):
        monkeypatch.setattr("sys.stdin", io.StringIO(piped[1]))
        command = piped[2]
    command = command.partition(" > ")[0]
    if command in DONE:
        return DONE[command]
    words = shlex.split(command)
    if "|" in words:
        assert " ".join(words[words.index("|") + 1 :]) in READERS, line
        words = words[: words.index("|")]
    assert words[0] == "pmlkg", f"{line!r} is not run: begin it with pmlkg, or name it in NOT_RUN"
    try:
        code = cli.main(words[1:])
    except SystemExit as end:  # of argparse
        code = int(end.code or 0)
    shown = capsys.readouterr()
    assert code == expected, f"{line}\n{shown.err}"
    if words[1:] == ["validate"]:
        DONE[command] = shown.out
    return shown.out + shown.err


def check_shown(block: Block, output: str) -> None:
    rest = iter(output.splitlines())
    for line in block.text.splitlines():
        if line.strip() not in ("", "…"):
            start = line.removesuffix("…")
            fits = any(other.startswith(start) if start != line else other.rstrip() == line for other in rest)
            assert fits, f"line {block.line}: the output has no (further) {line!r}"


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_what_is_shown_is_run_and_gives_what_is_shown(
    page: Path,
    kg: KnowledgeGraph,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PMLKG_BUILD", str(kg.folder.parent))
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, Any] = {}
    output: str | None = None
    for block in blocks(page):
        if block.language == "sh":
            output = "".join(run(line, capsys, monkeypatch) for line in block.text.splitlines() if not line.startswith("#"))
        elif block.language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, f"{page.name}:{block.line}", "exec"), names)
            output = printed.getvalue()
        elif block.language == "sparql":
            answer = kg.query(block.text)
            assert len(answer), f"line {block.line}"
            output = answer.serialize("table", width=80)
            if named := re.match(r"# (\w+\.rq)\n", block.text):
                Path(named[1]).write_text(block.text, encoding="utf-8")
        elif block.language == "text" and output is not None:
            check_shown(block, output)
            output = None


def shown_records(*pages: Path) -> list[dict[str, Any]]:
    """The records of ``yaml`` blocks, which are lists of records."""
    shown = [yaml.load(block.text, Loader=yaml.BaseLoader) for page in pages for block in blocks(page) if block.language == "yaml"]
    assert all(isinstance(record, dict) for records in shown for record in records)
    return [record for records in shown for record in records]


def within(part: Any, whole: Any) -> bool:
    """Whether all that is shown is there; of a list some items may be shown."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(within(item, other) for other in whole) for item in part)
    return bool(part == whole)


def test_records_that_are_shown_are_records_of_the_graph(data: Data) -> None:
    records = {
        item["id"]: item for path in data.records().values() for item in yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader) or ()
    }
    shown = [record for record in shown_records(*SHOWN) if "Synthetic" not in record.get("description", "")]
    assert shown
    for record in shown:
        assert within(record, records[record["id"]]), record["id"]


def test_a_record_to_copy_conforms(data: Data, tmp_path: Path) -> None:
    """As somebody would do it: the claim of the how-to, and the synthetic one with what it names, put among the records under names of their own."""
    for folder in ("ontology", "shapes", "queries"):
        shutil.copytree(data.root / folder, tmp_path / folder)
    copied = [{**record, "id": f"{record['id']}-copied"} for record in shown_records(DOCS / "how-to.md")]
    synthetic = [record for record in shown_records(DOCS / "how-it-is-made.md") if "Synthetic" in record.get("description", "")]
    assert len(copied) == len(synthetic) == 1
    named = [
        {"id": "synthetic-drug", "type": "Drug", "label": "synthetic drug", "definition": "A synthetic drug."},
        {"id": "Synthetic2026", "type": "JournalArticle", "title": "Synthetic article", "year": "2026", "doi": "10.1000/synthetic"},
    ]
    (tmp_path / "ontology" / "records" / "copied.yaml").write_text(yaml.safe_dump([*copied, *synthetic, *named]), encoding="utf-8")
    found = assemble(Data(tmp_path)).findings
    assert [one for one in found if one.place and one.place.file == "ontology/records/copied.yaml" and one.severity == "Violation"] == []


def test_links_lead_somewhere() -> None:
    """To a file of the repository, and to a heading or place of a page."""
    for page in [*PAGES, *sorted((DOCS / "reference").glob("*.md"))]:
        text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith(("https:", "http:")):
                continue
            name, _, place = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            assert other.exists(), f"{page.name}: {target}"
            if place:
                assert place in places(other), f"{page.name}: {target}"


def places(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    headings = (re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M))
    named = [*re.findall(r'<a id="([^"]+)"', text), *headings]
    return set(named)


def test_places_of_the_ontology_page_are_unique() -> None:
    named = re.findall(r'<a id="([^"]+)"', (DOCS / "reference" / "ontology.md").read_text(encoding="utf-8"))
    assert len(named) == len({name.lower() for name in named})


def test_pages_made_from_the_graph_are_fresh(kg: KnowledgeGraph) -> None:
    stale = [name for name, make in generate.PAGES.items() if (DOCS / name).read_text(encoding="utf-8") != make(kg)]
    assert stale == [], "run .venv/bin/python docs/generate.py"


def test_coverage_counts_are_those_of_the_records(kg: KnowledgeGraph, built: Any) -> None:
    """The page against the records themselves, not against the queries that made it."""
    document = built.records.document
    page = generate.PAGES["coverage.md"](kg)
    for kind in ("Drug", "RiskClaim", "Recommendation", "Population"):
        assert f"| `pmlo:{kind}` | {sum(item['type'] == kind for item in document)} |" in page
    statistics = sum(len(item.get("statistic", [])) for item in document)
    assert f"{statistics} statistics by measure." in page


def test_the_reference_has_every_term_rule_and_question(kg: KnowledgeGraph) -> None:
    """The pages against the files, read another way than the pages are made."""
    terms = re.findall(r"^pmlo:(\w+)$", kg.data.ontology.read_text(encoding="utf-8"), re.M)
    page = generate.PAGES["reference/ontology.md"](kg)
    assert [name for name in terms if f"`{name}`" not in page and f"### {name}\n" not in page] == []
    page = generate.PAGES["reference/shapes.md"](kg)
    rules = [rule for path in kg.data.shapes().values() for rule in re.findall(r"^pmls:([\w-]+)$", path.read_text(encoding="utf-8"), re.M)]
    assert [rule for rule in rules if f"`{rule}`" not in page] == []
    page = generate.PAGES["reference/questions.md"](kg)
    for path in kg.data.queries().values():
        header = yaml.safe_load("\n".join(re.findall(r"^# ?(.*)$", path.read_text(encoding="utf-8").split("\nPREFIX")[0], re.M)))
        section = page.partition(f"### {path.stem}\n")[2].partition("\n### ")[0]
        assert header["question"] in section, path.stem
        assert ("--allow-network" in section) is header.get("network", False), path.stem
        assert [name for name in [*(header.get("parameters") or {}), *header["columns"]] if f"| `{name}` |" not in section] == []


def test_the_readme_claims_no_more_questions_than_there_are(kg: KnowledgeGraph) -> None:
    said = re.search(r"more than (\d+) named questions", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert said
    assert len(kg.questions) > int(said[1])
