"""The command: exit codes, data on stdout and talk on stderr, and the nearest right name for a wrong one."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from pmlkg import __version__, cli
from pmlkg.cli import looking
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.rdf import FORMATS
from pmlkg.standing import current
from pmlkg.terms import GRAPHS, PMLKG, PMLO, PMLS, RDF_TYPE, SH

RECORDS = """
- {id: pml, type: Disease, label: progressive syndrome, altLabel: PS}
- {id: drug, type: Drug, label: synthetic drug}
- {id: Article2020, type: JournalArticle, title: Synthetic article}
- id: claim-risk
  type: RiskClaim
  subject: drug
  predicate: increasesRiskOf
  object: pml
  description: "Synthetic claim: ≥ 1 case."
  status: current
  supportedBy: [{source: Article2020, readingDepth: abstract}]
"""
BROKEN = RECORDS.replace("label: synthetic drug", "lable: synthetic drug")
SHAPE = """@prefix pmlo: <https://w3id.org/pmlkg/ontology#> . @prefix pmls: <https://w3id.org/pmlkg/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
pmls:Drug-note a sh:PropertyShape ; sh:targetClass pmlo:Drug ; sh:path pmlo:note ; sh:minCount 1 ; sh:severity sh:Warning ;
  sh:name "note"@en ; sh:description "Synthetic."@en ; sh:message "A drug has a note."@en .
"""
QUESTION = """# title: Echo
# question: What was asked?
# group: synthetic
# keywords: [echo]
# parameters:
#   what: {kind: entity, description: an entity}
#   text: {kind: text, description: any text}
#   time: {kind: integer, description: a whole number}
# columns: {what: the entity, text: the text, time: the number}
SELECT ?what ?text ?time WHERE { VALUES (?what ?text ?time) { (UNDEF UNDEF 5) } }
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


def make_folder(data: Data, root: Path) -> Path:
    """A data folder of the records above; the real shapes ask for all kinds of records, so it has one of its own."""
    files = {"ontology/records/x.yaml": RECORDS, "shapes/x.ttl": SHAPE, "queries/echo.rq": QUESTION}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for file in (data.context, data.ontology):
        shutil.copy(file, root / "ontology")
    return root


@pytest.fixture(scope="module")
def folder(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that no test changes, built once."""
    root = make_folder(data, tmp_path_factory.mktemp("cli"))
    KnowledgeGraph.open(root)
    return root


@pytest.fixture
def own(data: Data, tmp_path: Path) -> Path:
    """A data folder to change, not built yet."""
    return make_folder(data, tmp_path / "own")


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process, on the built folder unless another is named."""
    for name in ("COLUMNS", "PMLKG_DATA", "PMLKG_BUILD"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, data: Path | None = folder) -> Result:
        capsys.readouterr()
        try:
            code: Any = cli.main([*arguments, *(("--data", str(data)) if data else ())])
        except SystemExit as exit:
            code = exit.code
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("PYTHONUNBUFFERED", None)
    return subprocess.Popen([sys.executable, "-m", "pmlkg.cli", *arguments], env=environment, stderr=subprocess.PIPE, **options)


# --- usage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required: COMMAND"),
        (("shwo", "pml"), "did you mean show?"),
        (("show",), "required: entity"),
        (("show", "pml", "--formt", "json"), "'--formt'"),
        (("explain", "drug", "increasesRiskOf", "pml", "other"), "a name of several words stands in quotes"),
        (("show", "pml", "--format", "xml"), "choose from 'text', 'json'"),
        (("explain", "drug", "increasesRiskOf", "pml", "--format", "xml"), "choose from 'text', 'json', 'turtle', 'dot', 'svg'"),
        (("find",), "required: words"),
        (("find", "drug", "--limit", "few"), "invalid int value: 'few'"),
        (("explain", "drug", "increasesRiskOf"), "required: object"),
        (("export", "--graph", "edges", "--entity", "pml"), "not allowed with"),
        (("sparql",), "required: query"),
        (("sparql", "ASK {}", "--timeout", "soon"), "invalid float value: 'soon'"),
        (("validate", "--force"), "'--force'"),
    ],
)
def test_wrong_usage_is_told_on_stderr_with_code_2(run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments, data=None)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert "Traceback" not in result.err


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    result = run("--help", data=None)
    assert (result.code, result.err) == (0, "")
    for word in (
        "build",
        "validate",
        "ask",
        "sparql",
        "find",
        "show",
        "explain",
        "export",
        "not medical advice",
        "Exit codes: 0",
        "3 could not run",
    ):
        assert word in " ".join(result.out.split())


def test_help_of_a_question_says_its_parameters_and_columns(run: Run) -> None:
    result = run("ask", "echo", "--help")
    assert (result.code, result.err) == (0, "")
    assert "What was asked?\n      --what VALUE   an entity; " in result.out
    assert "        time   the number\n" in result.out
    assert run("ask", "--help").out.startswith("usage: pmlkg ask")
    assert run("ask", "ecko", "--help").code == 2


def test_version(run: Run) -> None:
    assert run("--version", data=None) == Result(0, f"pmlkg {__version__}\n", "")


def test_a_folder_that_is_no_data_folder_could_not_run(run: Run, tmp_path: Path) -> None:
    for arguments in (("build",), ("validate",), ("ask",), ("ask", "echo"), ("show", "pml"), ("sparql", "ASK {}"), ("export",)):
        result = run(*arguments, data=tmp_path)
        assert (result.code, result.out) == (3, "")
        assert "could not run: no ontology/context.jsonld" in result.err


def test_an_interrupt_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(looking, "show", interrupted)
    assert run("show", "pml") == Result(3, "", "pmlkg: stopped\n")


# --- build and validate -----------------------------------------------------------------------------------------------


def test_build_tells_steps_on_stderr_and_the_file_on_stdout(run: Run, own: Path) -> None:
    result = run("build", data=own)
    assert result.code == 0
    summary, path = result.out.splitlines()
    assert summary.startswith("built ")
    assert all(name in summary for name in GRAPHS)
    assert Path(path).is_file()
    assert Path(path).parent == current(own / "build")
    assert "pmlkg: reading 1 record files" in result.err
    assert "pmls:Drug-note" in result.err  # a warning does not stop it
    assert "pmlkg: reading" not in run("build", data=own).err  # nothing to do


def test_quiet_and_build_dir(run: Run, own: Path, tmp_path: Path) -> None:
    (own / "shapes" / "x.ttl").unlink()
    result = run("build", "--quiet", "--build-dir", str(tmp_path / "there"), data=own)
    assert (result.code, result.err) == (0, "")
    assert current(tmp_path / "there")
    assert not (own / "build").exists()


def test_build_of_broken_records_stops_with_code_1_and_the_place(run: Run, own: Path) -> None:
    run("build", data=own)
    before = current(own / "build")
    (own / "ontology" / "records" / "x.yaml").write_text(BROKEN, encoding="utf-8")
    result = run("build", data=own)
    assert (result.code, result.out) == (1, "")
    assert "ontology/records/x.yaml:3:26  unknown key 'lable'; did you mean label" in result.err
    assert "rule pmls:Record-unknownKey   right: " in result.err
    assert result.err.endswith("1 violation\n")
    assert current(own / "build") == before


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_an_answer_from_an_older_build_says_so(run: Run, own: Path, quiet: tuple[str, ...]) -> None:
    run("build", data=own)
    (own / "ontology" / "records" / "x.yaml").write_text(BROKEN, encoding="utf-8")
    result = run("sparql", "ASK { pmlkg:drug rdfs:label ?l }", *quiet, data=own)
    assert (result.code, result.out) == (0, "true\n")
    assert "warning: the inputs have changed" in result.err
    assert "pmlkg validate" in result.err


def test_validate_good_records(run: Run, own: Path) -> None:
    result = run("validate", data=own)
    assert result.code == 0
    assert "ontology/records/x.yaml:3:3  pmlkg:drug [warning]  note is missing" in result.out
    assert result.out.endswith("1 warning\n")
    assert "pmlkg: reading" in result.err
    assert not (own / "build").exists()
    (own / "shapes" / "x.ttl").unlink()
    assert run("validate", "--quiet", data=own) == Result(0, "conforms: no findings\n", "")


def test_validate_broken_records_in_each_format(run: Run, own: Path) -> None:
    (own / "ontology" / "records" / "x.yaml").write_text(BROKEN, encoding="utf-8")
    text, as_json, ttl = (run("validate", "--format", format, data=own) for format in ("text", "json", "ttl"))
    assert [result.code for result in (text, as_json, ttl)] == [1, 1, 1]
    assert "x.yaml:3:26" in text.out
    report = json.loads(as_json.out)
    assert report["conforms"] is False
    (finding,) = report["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == ("ontology/records/x.yaml", 3, 26)
    assert (finding["rule"], finding["severity"]) == (PMLS + "Record-unknownKey", "Violation")
    triples = [quad.triple for quad in ox.parse(ttl.out, format=ox.RdfFormat.TURTLE)]
    (result,) = [t.subject for t in triples if t.predicate == RDF_TYPE and t.object == ox.NamedNode(SH + "ValidationResult")]
    said = {t.predicate.value.removeprefix(SH): t.object for t in triples if t.subject == result}
    assert said["sourceShape"] == ox.NamedNode(PMLS + "Record-unknownKey")
    assert said["resultSeverity"] == ox.NamedNode(SH + "Violation")
    assert "x.yaml:3:26" in said["resultMessage"].value
    assert {t.object.value for t in triples if t.predicate == ox.NamedNode(SH + "conforms")} == {"false"}


# --- ask --------------------------------------------------------------------------------------------------------------


def test_ask_without_a_question_lists_them_in_their_groups_a_line_each(run: Run) -> None:
    result = run("ask")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[:2] == ["synthetic:", "  echo  Echo"]
    assert "ask NAME --help" in result.out


def test_the_list_of_the_real_questions_is_two_screens_at_most() -> None:
    result = subprocess.run([sys.executable, "-m", "pmlkg.cli", "ask"], capture_output=True, text=True, check=True)
    lines = result.stdout.splitlines()
    assert len(lines) <= 2 * 40
    assert max(map(len, lines)) <= 120


def test_ask_help_tells_the_parameters_of_a_question(run: Run) -> None:
    result = run("ask", "echo", "--help")
    for words in ("What was asked?", "--what VALUE", "an entity: its id, label, synonym or IRI", "(default: 5)"):
        assert words in result.out
    assert "UNDEF" not in result.out


def test_ask_search_lists_the_questions_that_have_all_words(run: Run) -> None:
    assert "  echo  Echo" in run("ask", "--search", "WAS", "asked").out
    nothing = run("ask", "--search", "asked", "unheard")
    assert (nothing.code, nothing.out) == (1, "")
    assert "no question has the words 'asked unheard'" in nothing.err
    both = run("ask", "echo", "--search", "asked")
    assert both.code == 2


@pytest.mark.parametrize(
    "parameters",
    [
        ("--what", "progressive syndrome", "--text", "a b", "--time", "-7"),
        ("--what=pmlkg:pml", "--text=a b", "--time=-7"),
        ("--time=-7", "--text", "a b", f"--what={PMLKG}pml"),
    ],
)
def test_ask_binds_parameters_however_they_are_written(run: Run, parameters: tuple[str, ...]) -> None:
    result = run("ask", "echo", *parameters, "--format", "csv")
    assert (result.code, result.err) == (0, "")
    assert list(csv.DictReader(io.StringIO(result.out))) == [{"what": PMLKG + "pml", "text": "a b", "time": "-7"}]


def test_ask_keeps_defaults_and_options_may_come_first(run: Run) -> None:
    result = run("ask", "--format", "tsv", "--quiet", "echo", "--text", "")
    assert result == Result(0, '?what\t?text\t?time\n\t""\t5\n', "")


@pytest.mark.parametrize(
    "value", ['") } ; DROP ALL', "} ; DROP", "natalizumab> } UNION { ?s ?p ?o", "\\", "a\nb", "SERVICE <x> {", "--", "%s {0}"]
)
def test_a_value_that_looks_like_sparql_is_a_text(run: Run, value: str) -> None:
    result = run("ask", "echo", f"--text={value}", "--format", "json")
    assert (result.code, result.err) == (0, "")
    (row,) = json.loads(result.out)["results"]["bindings"]
    assert row["text"] == {"type": "literal", "value": value}
    result = run("ask", "echo", f"--what={value}")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("pmlkg: unknown entity ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ecko",), "unknown question 'ecko'; did you mean echo?"),
        (("echo", "--txt", "x"), "unknown parameter of echo 'txt'; did you mean text?"),
        (("echo", "--what", "progressive syndrom"), "did you mean progressive syndrome"),
        (("echo", "--time", "soon"), "time is 'soon'; right: a whole number"),
        (("echo", "--text"), "--text has no value"),
        (("echo", "--text", "a", "--text", "b"), "--text is given twice"),
        (("echo", "stray"), "'stray' is no parameter; right: --NAME VALUE"),
        (("--what=pml",), "without a question"),
        (("echo", "--format", "cvs"), "unknown format 'cvs'; did you mean csv"),
        (("echo", "--format", "ttl"), "unknown format for rows 'turtle'"),
        (("echo", "--timeout", "0"), "the bound of seconds is 0.0; right: a number above 0"),
        (("echo", "--timeout", "-1"), "the bound of seconds is -1"),
        (("echo", "--timeout", "nan"), "the bound of seconds is nan"),
        (("echo", "--timeout", "inf"), "the bound of seconds is inf"),
    ],
)
def test_a_wrong_question_or_parameter_is_told_with_the_right_ones(run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run("ask", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1


# --- sparql -----------------------------------------------------------------------------------------------------------

QUERY = "SELECT ?x ?label { ?x a pmlo:Disease ; rdfs:label ?label }"


def test_sparql_takes_text_a_file_and_standard_input(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Result(0, f"x,label\r\n{PMLKG}pml,progressive syndrome\r\n", "")
    assert run("sparql", QUERY, "--format", "csv") == expected
    path = tmp_path / "x.rq"
    path.write_text(QUERY, encoding="utf-8")
    assert run("sparql", str(path), "--format", "csv") == expected
    monkeypatch.setattr(sys, "stdin", io.StringIO(QUERY))
    assert run("sparql", "-", "--format", "csv") == expected


@pytest.mark.parametrize("query", ["DESCRIBE pmlkg:pml", "describe pmlkg:pml"])
def test_a_query_without_braces_is_a_query(run: Run, query: str) -> None:
    result = run("sparql", query, "--format", "ttl")
    assert (result.code, result.err) == (0, "")
    subjects = {quad.subject for quad in ox.parse(result.out, format=ox.RdfFormat.TURTLE)}
    assert subjects == {ox.NamedNode(PMLKG + "pml")}


@pytest.mark.parametrize("format", ["table", "md", "csv", "tsv", "json", "xml"])
def test_sparql_in_each_format_holds_the_answer(run: Run, format: str) -> None:
    result = run("sparql", QUERY, "--format", format)
    assert (result.code, result.err) == (0, "")
    assert "progressive syndrome" in result.out


def test_tables_are_wrapped_to_the_columns_of_the_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"SELECT ('{'word ' * 60}' AS ?x) {{}}"
    assert max(map(len, run("sparql", query).out.splitlines())) > 300
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, run("sparql", query).out.splitlines())) <= 40


def test_a_syntax_error_shows_line_column_and_mark(run: Run) -> None:
    result = run("sparql", "SELECT ?x\nWHERE { ?x pmlo:infects ; }\nORDER BY\n")
    assert (result.code, result.out) == (2, "")
    first, *_, line, mark = result.err.splitlines()
    assert first.startswith("pmlkg: syntax error in line ")
    number, column = (int(word.rstrip(",:")) for word in first.split() if word.rstrip(",:").isdigit())
    assert line == "  " + "SELECT ?x\nWHERE { ?x pmlo:infects ; }\nORDER BY\n".splitlines()[number - 1]
    assert mark == " " * (column + 1) + "^"
    assert number == 2
    assert column > "WHERE { ?x pmlo:infects".index("pmlo:")


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 2, "SERVICE is refused"),
        ("DELETE WHERE { ?s ?p ?o }", 2, "DELETE is an update, and the graph is only read"),
        ("DROP ALL", 2, "DROP is an update, and the graph is only read"),
        ("", 2, "the query is empty"),
        ("# nothing", 2, "the query is empty"),
        ("SELECT * { nope:x ?p ?o }", 2, "the prefix nope: is not declared"),
        ("\udcff", 2, "is no UTF-8"),
        ("no-such-file.rq", 3, "could not run: No such file or directory: no-such-file.rq"),
        (".", 3, "could not run: "),
    ],
)
def test_what_is_no_query_is_told(run: Run, query: str, code: int, words: str) -> None:
    result = run("sparql", query)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert "Traceback" not in result.err


def test_a_query_that_takes_too_long_ends_with_code_3(folder: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    process = started("sparql", query, "--timeout", "0.5", "--data", str(folder), stdout=subprocess.PIPE)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, b"")
    assert err == b"pmlkg: could not run: no answer within 0.5 s; right: a narrower query, or a longer time\n"


def test_a_person_may_stop_a_query(folder: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    process = started("sparql", query, "--data", str(folder), stdout=subprocess.PIPE)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=5)
    assert (process.returncode, err) == (3, b"pmlkg: stopped\n")


# --- show and explain -------------------------------------------------------------------------------------------------


def test_show(run: Run) -> None:
    result = run("show", "ps")
    assert (result.code, result.err) == (0, "")
    for words in (
        "progressive syndrome (pmlkg:pml)",
        "also called: PS",
        "its risk is raised by: synthetic drug",
        "1 claim from 1 source speak",
    ):
        assert words in result.out
    card = json.loads(run("show", "pmlkg:pml", "--format", "json").out)
    assert (card["id"], card["label"], card["synonyms"], card["claims"]) == ("pmlkg:pml", "progressive syndrome", ["PS"], 1)
    (relation,) = card["relations"]
    assert (relation["how"], relation["property"]) == ("asserted", "pmlo:increasesRiskOf")
    assert relation["others"] == [{"label": "synthetic drug", "id": "pmlkg:drug"}]
    assert run("show", "claim-risk").out.splitlines()[2:4] == ["  also (inferred): Claim", "  says: Synthetic claim: ≥ 1 case."]


def test_find(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("find", "syndrome", "--format", "csv")
    assert (result.code, result.err) == (0, "")
    (row,) = csv.DictReader(io.StringIO(result.out))
    assert (row["rank"], row["id"], row["class"], row["label"]) == ("1", PMLKG + "pml", "Disease", "progressive syndrome")
    assert len(json.loads(run("find", "synthetic", "--format", "json").out)["results"]["bindings"]) == 3
    assert len(json.loads(run("find", "synthetic", "--format", "json", "--limit", "1").out)["results"]["bindings"]) == 1
    assert "Article2020" in run("find", "synthetic", "--kind", "source").out
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, run("find", "synthetic").out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("syndrme",), 1, "nothing found for 'syndrme'; did you mean syndrome?"),
        (("syndrome", "--kind", "Drug"), 1, "nothing found for 'syndrome'"),
        (("syndrome", "--kind", "Diseas"), 2, "unknown class 'Diseas'; did you mean Disease?"),
        (("*",), 2, "'*' has no word to look for"),
        (("syndrome", "--limit", "0"), 2, "the limit is 0"),
    ],
)
def test_what_is_not_found_is_told_on_stderr(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = run("find", *arguments)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert result.err.count("\n") == 1


def test_explain(run: Run) -> None:
    result = run("explain", "pml", "hasRiskFactor", "synthetic drug")
    assert (result.code, result.err) == (0, "")
    for words in ("follows by prp-inv", "pmlkg:drug pmlo:increasesRiskOf pmlkg:pml   asserted by", "≥ 1 case", "pmlkg:Article2020"):
        assert words in result.out
    proof = json.loads(run("explain", "drug", "increasesRiskOf", "pml", "--format", "json").out)
    assert proof["triple"] == ["pmlkg:drug", "pmlo:increasesRiskOf", "pmlkg:pml"]
    assert [claim["evidence"][0]["source"] for claim in proof["claims"]] == ["pmlkg:Article2020"]
    assert run("explain", "drug", "a", "RiskFactor").code == 0
    assert run("explain", "pml", "hasRiskFactor", "drug", "--format", "dot").out.startswith("digraph proof {")
    assert list(ox.parse(run("explain", "pml", "hasRiskFactor", "drug", "--format", "ttl").out, format=ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "progresive syndrome"), 2, "unknown entity 'progresive syndrome'; did you mean progressive syndrome"),
        (("show", "a[b"), 2, "unknown entity 'a[b'"),
        (("explain", "drug", "increaseRiskOf", "pml"), 2, "did you mean increasesRiskOf"),
        (
            ("explain", "pml", "increasesRiskOf", "drug"),
            1,
            "pmlkg:pml pmlo:increasesRiskOf pmlkg:drug is not in the graph; the graph has no",
        ),
    ],
)
def test_a_wrong_name_or_a_triple_that_is_not_there(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = run(*arguments)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert result.err.count("\n") == 1


# --- export -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("part", [(), ("--graph", "edges"), ("--entity", "synthetic drug")])
def test_export_writes_what_the_graph_serializes(run: Run, folder: Path, format: str, part: tuple[str, ...]) -> None:
    result = run("export", "--format", format, *part)
    assert (result.code, result.err) == (0, "")
    options = {part[0].removeprefix("--"): part[1]} if part else {}
    expected = KnowledgeGraph.open(folder).serialize(format, **options)
    assert result.out == expected.decode()
    assert PMLKG + "drug" in result.out or "pmlkg:drug" in result.out


def test_export_to_a_file_with_the_usual_rights(run: Run, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.nq"
    mask = os.umask(0o027)
    try:
        assert run("export", "--format", "nquads", "--output", str(path)) == Result(0, "", "")
    finally:
        os.umask(mask)
    assert path.read_bytes() == KnowledgeGraph.open(folder).serialize("nquads")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_export_replaces_the_file_and_keeps_a_link(run: Run, tmp_path: Path) -> None:
    path, link = tmp_path / "x.ttl", tmp_path / "link.ttl"
    path.write_text("old", encoding="utf-8")
    link.symlink_to(path)
    assert run("export", "--graph", "edges", "--output", str(link)).code == 0
    assert link.is_symlink()
    assert "pmlkg:drug" in path.read_text(encoding="utf-8")


def test_export_writes_to_a_pipe_and_does_not_replace_it(run: Run, tmp_path: Path) -> None:
    # As with /dev/null, which a rename would turn into a file for everybody.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("export", "--graph", "edges", "--format", "ntriples", "--output", str(pipe)).code == 0
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert os.read(reader, 65536).decode() == f"<{PMLKG}drug> <{PMLO}increasesRiskOf> <{PMLKG}pml> .\n"
    finally:
        os.close(reader)


@pytest.mark.parametrize("fault", ["entity", "format", "write", "rename"])
def test_export_that_fails_keeps_the_old_file_and_leaves_nothing_beside(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    path = tmp_path / "x.ttl"
    path.write_text("old", encoding="utf-8")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if fault == "write":
            patch.setattr(Path, "open", full)
        if fault == "rename":
            patch.setattr(os, "replace", full)
        entity = "nobody" if fault == "entity" else "pml"
        format = "turtel" if fault == "format" else "turtle"
        result = run("export", "--entity", entity, "--format", format, "--output", str(path))
    assert (result.code, result.out) == (2 if fault in ("entity", "format") else 3, "")
    assert result.err.startswith("pmlkg: ")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("target", ["missing/x.ttl", "."])
def test_export_to_where_no_file_can_be_could_not_run(run: Run, tmp_path: Path, target: str) -> None:
    result = run("export", "--graph", "edges", "--output", str(tmp_path / target))
    assert (result.code, result.out) == (3, "")
    assert "could not run: " in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [("--format", "turtel", "turtle"), ("--graph", "edgs", "edges"), ("--entity", "synthetic drag", "synthetic drug")],
)
def test_export_of_a_wrong_name_brings_the_nearest(run: Run, option: str, wrong: str, right: str) -> None:
    result = run("export", option, wrong)
    assert (result.code, result.out) == (2, "")
    assert f"did you mean {right}" in result.err


def test_an_answer_to_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert run("sparql", QUERY, "--format", "csv", "--output", str(path)) == Result(0, "", "")
    assert path.read_bytes() == f"x,label\r\n{PMLKG}pml,progressive syndrome\r\n".encode()
    assert list(tmp_path.iterdir()) == [path]
    assert run("ask", "echo", "--output", str(path)).code == 0
    assert path.read_bytes().decode() == "what,text,time\r\n,,5\r\n"  # the ending says what it is to be
    assert run("ask", "echo", "--output", str(tmp_path / "x.dat")).code == 0
    assert "1 row" in (tmp_path / "x.dat").read_text(encoding="utf-8")
    assert run("export", "--graph", "edges", "--output", str(tmp_path / "x.nt")) == Result(0, "", "")
    assert (tmp_path / "x.nt").read_text(encoding="utf-8") == f"<{PMLKG}drug> <{PMLO}increasesRiskOf> <{PMLKG}pml> .\n"
    assert run("ask", "echo", "--format", "csv", "--output", "-").out == "what,text,time\r\n,,5\r\n"


def test_a_question_without_a_picture_keeps_the_old_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    path.write_text("old", encoding="utf-8")
    result = run("ask", "echo", "--format", "svg", "--output", str(path))
    assert (result.code, result.out) == (2, "")
    assert result.err == "pmlkg: echo has no picture; right: one of those that pmlkg ask --pictures lists\n"
    assert path.read_text(encoding="utf-8") == "old"


def test_a_png_is_not_written_to_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True, raising=False)
    result = run("ask", "echo", "--format", "png")
    assert (result.code, result.out) == (2, "")
    assert "right: --output FILE" in result.err


def test_an_empty_answer_says_why_on_stderr(run: Run) -> None:
    result = run("sparql", "SELECT ?x { ?x pmlo:increaseRiskOf pmlkg:pml }", "--format", "csv")
    assert (result.code, result.out) == (0, "x\r\n")
    assert (
        result.err
        == "pmlkg: pmlo:increaseRiskOf stands nowhere in the graph; did you mean pmlo:increasesRiskOf or pmlo:decreasesRiskOf or pmlo:relativeRisk?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "redirection", "code", "words"),
    [
        (("show", "pml"), ">&-", 3, "standard output is closed"),
        (("validate", "--quiet"), ">&-", 3, "standard output is closed"),
        (("sparql", "-"), "<&-", 3, "standard input is closed"),
        (("show", "nope"), "2>&-", 2, ""),
        (("show", "pml"), ">/dev/full", 3, "No space left on device"),
        (("export",), ">/dev/full", 3, "No space left on device"),
        (("sparql", "ASK {}", "--output", "/dev/full"), "", 3, "No space left on device"),
        (("sparql", "ASK {}", "--output", "/dev/stdout"), "| cat", 0, "true"),
    ],
    ids=str,
)
def test_a_stream_that_is_shut_or_full_is_told_with_the_right_code(
    folder: Path, arguments: tuple[str, ...], redirection: str, code: int, words: str
) -> None:
    command = shlex.join([sys.executable, "-m", "pmlkg.cli", *arguments, "--data", str(folder)])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} {redirection}"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code
    assert words in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    if redirection == "2>&-":
        assert done.stdout == ""


def test_data_is_utf_8_whatever_the_terminal(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "latin-1"}
    query = "SELECT ?x { VALUES ?x { '≥ 1' } }"
    for arguments in (("sparql", query, "--format", "csv"), ("sparql", "-", "--format", "csv")):
        command = [sys.executable, "-m", "pmlkg.cli", *arguments, "--data", str(folder)]
        done = subprocess.run(command, env=environment, input=query.encode(), capture_output=True, timeout=60, check=True)
        assert done.stdout.decode() == "x\r\n≥ 1\r\n"


# --- the process ------------------------------------------------------------------------------------------------------


def test_the_command_as_a_process(folder: Path) -> None:
    process = started("sparql", "-", "--format", "csv", "--data", str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, err = process.communicate(QUERY.encode(), timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert out == f"x,label\r\n{PMLKG}pml,progressive syndrome\r\n".encode()


@pytest.mark.parametrize(
    "arguments",
    [("sparql", "ASK {}"), ("sparql", "SELECT * { ?s ?p ?o }"), ("export", "--format", "nquads"), ("show", "pml"), ("ask",)],
    ids=["few bytes", "many bytes", "export", "show", "ask"],
)
def test_a_reader_that_goes_away_is_no_fault(folder: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = started(*arguments, "--data", str(folder), stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_asking_does_not_wait_for_what_only_a_build_needs(folder: Path) -> None:
    program = (
        "import sys; from pmlkg.cli import main\n"
        f"codes = [main([*a, '--data', {str(folder)!r}]) for a in (['show', 'pml'], ['ask', 'echo'], ['export', '--graph', 'edges'])]\n"
        "print(codes, {'rdflib', 'pyshacl', 'owlrl'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == "[0, 0, 0] set()"


def test_data_and_builds_may_be_named_by_the_environment(run: Run, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMLKG_DATA", str(own))
    monkeypatch.setenv("PMLKG_BUILD", str(tmp_path / "there"))
    assert run("show", "pml", data=None).code == 0
    assert current(tmp_path / "there")
    assert not (own / "build").exists()


@pytest.mark.parametrize("format", ["references", "csl-json", "bibtex", "ris"])
def test_ask_gives_the_sources_of_an_answer(run: Run, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    result = run("sparql", "SELECT ?c { VALUES ?c { pmlkg:claim-risk } }", "--quiet", "--format", format)
    assert (result.code, result.err) == (0, "")
    assert "Synthetic article" in result.out
    for library in ("citeproc", "bibtexparser", "rispy"):
        monkeypatch.setitem(sys.modules, library, None)
    without = run("sparql", "SELECT ?c { VALUES ?c { pmlkg:claim-risk } }", "--quiet", "--format", format)
    assert without.code == (0 if format == "csl-json" else 3)
    assert ("(the extra 'bibliography' of pmlkg)" in without.err) == (format != "csl-json")


def test_the_references_of_a_question_name_it_with_its_parameters(run: Run) -> None:
    result = run("ask", "echo", "--quiet", "--what", "pml", "--format", "references")
    assert re.search(r"^How to cite this answer: pmlkg .*, question echo with what=pmlkg:pml, time=5, graph ", result.out)
