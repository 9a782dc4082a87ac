"""Records: every word is read as written or refused with its place, and a standard JSON-LD processor gives the triples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmlkg.findings import Finding, Findings, Place
from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data
from pmlkg.pipeline import derivation
from pmlkg.pipeline.build import Built
from pmlkg.pipeline.records import DATATYPES, NESTED, RULES, Records, Vocabulary, load_records
from pmlkg.rdf import to_rdflib
from pmlkg.terms import GRAPHS, PMLKG, PMLO, RDF_TYPE, RDFS, SKOS, XSD

Load = Callable[[str | bytes], Records]


@pytest.fixture(scope="module")
def vocabulary(data: Data) -> Vocabulary:
    return Vocabulary(data.context, data.ontology)


@pytest.fixture(scope="module")
def load(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Reads one record file, shown as x.yaml."""
    path = tmp_path_factory.mktemp("records") / "any.yaml"

    def read(content: str | bytes) -> Records:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_records({"x.yaml": path}, vocabulary)

    return read


def findings(load: Load, content: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(Findings) as error:
        load(content)
    return error.value.findings


def objects(records: Records, node: str, path: str) -> list[Any]:
    return [t.object for t in records.triples if t.subject == ox.NamedNode(PMLKG + node) and t.predicate == ox.NamedNode(path)]


# --- figures ----------------------------------------------------------------------------------------------------------


def figure(key: str, text: str) -> str:
    return f"- id: claim-x\n  type: RiskClaim\n  statistic:\n    - {{measure: risk, {key}: {text}}}\n"


@pytest.mark.parametrize("text", ["1.20", "0.0", "+5", "-0.50", ".5", "100000000000000000.00000000000000001", '"1.20"'])
def test_a_decimal_keeps_the_form_it_is_written_in(load: Load, text: str) -> None:
    expected = ox.Literal(text.strip('"'), datatype=ox.NamedNode(XSD + "decimal"))
    assert objects(load(figure("value", text)), "claim-x-risk", PMLO + "value") == [expected]


@pytest.mark.parametrize("text", ["6148", "0", "+5", "-1"])
def test_an_integer_keeps_the_form_it_is_written_in(load: Load, text: str) -> None:
    expected = ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))
    assert objects(load(figure("sampleSize", text)), "claim-x-risk", PMLO + "sampleSize") == [expected]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *(
            ("value", text)
            for text in ("1e3", "1_000", "1:30", "0x10", "0o7", ".inf", ".nan", "5.", '"1,5"', '"<1"', "5%", "1 000", '"1.2 "')
        ),
        *(("value", text) for text in ("007", "00.5", "9" * 19, "0." + "1" * 18)),  # a slip, or no figure of medicine
        *(("sampleSize", text) for text in ("007", "9" * 30)),
        *(("value", text) for text in ("٣", "１.５", "²", "−1", "about 3", "true")),  # digits and signs that XSD does not have
        *(("sampleSize", text) for text in ("1.0", "1e3", '"6,148"', "٣", "six")),
        *(("computed", text) for text in ("yes", "True", "TRUE", "on", "1", "0")),
    ],
)
def test_a_figure_of_another_form_is_refused_where_it_stands(load: Load, key: str, text: str) -> None:
    (finding,) = findings(load, figure(key, text))
    plain = text.strip('"')
    assert finding.rule == "Record-datatype"
    assert repr(plain) in finding.message
    assert finding.value == plain
    assert finding.path == PMLO + key
    assert finding.place == Place("x.yaml", 4, figure(key, text).splitlines()[3].index(f": {text}}}") + 3)


def test_every_datatype_of_the_context_is_checked(vocabulary: Vocabulary) -> None:
    assert {vocabulary.datatype_of(key) for key in vocabulary.keys} <= {"", "@id", "@vocab", *DATATYPES}


@pytest.mark.parametrize(
    "text", ["no", "null value", "1.20", "2020-01-01", "0x10", "@id", "_:b", "<b>", "a\\\\b", "pmlkg:pml", "Grüße 日本"]
)
def test_a_text_is_never_read_as_anything_else(load: Load, text: str) -> None:
    record = f'- {{id: a, type: Disease, label: "{text}", note: "{text}"}}\n'
    plain = text.replace("\\\\", "\\")
    assert objects(load(record), "a", PMLO + "note") == [ox.Literal(plain)]
    assert objects(load(record), "a", RDFS + "label") == [ox.Literal(plain, language="en")]


# --- one broken record for each rule ----------------------------------------------------------------------------------

A = "- id: a\n  type: Disease\n"
NEED = "- id: need\n  type: RiskClaim\n"
BROKEN = [
    ("Record-syntax", A + "  label: [open\n", 4, 1, None),
    ("Record-syntax", "-\tid: a\n\ttype: Disease\n", None, None, None),
    ("Record-syntax", A + "  label: !!str 12\n", 3, 10, "tag"),
    ("Record-syntax", A + "  label: !!python/name:os.system x\n", 3, 10, "python/name:os.system"),
    ("Record-syntax", A + "  label: !mine x\n", 3, 10, "!mine"),
    ("Record-syntax", A + "  label: &here x\n", 3, 10, "here"),
    ("Record-syntax", A + "  label: &here x\n  altLabel: [*here]\n", 3, 10, "here"),
    ("Record-syntax", "&here [*here]\n", 1, 1, "here"),
    ("Record-syntax", "---\n[]\n---\n[]\n", 3, 1, None),
    ("Record-syntax", b"- id: a\n  label: \xff\n", None, None, "0xff"),
    ("Record-syntax", "- id: a".encode("utf-16"), None, None, None),
    ("Record-syntax", A + "  label: a\x01b\n", None, None, "#x0001"),
    ("Record-structure", "hello\n", 1, 1, "list of records"),
    ("Record-structure", "id: a\ntype: Disease\n", 1, 1, "list of records"),
    ("Record-structure", A + "- b\n", 3, 3, None),
    ("Record-structure", A + "  label: {en: x}\n", 3, 10, "'label'"),
    ("Record-structure", A + "  altLabel: [x, [y]]\n", 3, 17, "'altLabel'"),
    ("Record-structure", NEED + "  statistic: [5]\n", 3, 15, "'statistic'"),
    ("Record-duplicateKey", A + "  label: x\n  label: y\n", 4, 3, "'label'"),
    ("Record-duplicateKey", A + "  id: b\n", 3, 3, "'id'"),
    ("Record-unknownKey", A + "  lable: x\n", 3, 3, "label"),
    ("Record-unknownKey", A + "  <<: {label: x}\n", 3, 3, "<<"),
    ("Record-unknownKey", A + "  ? [label]\n  : x\n", 3, 5, None),
    ("Record-unknownKey", A + "  '@type': x\n", 3, 3, "@type"),
    ("Record-unknownKey", NEED + "  statistic: [{measure: risk, id: b}]\n", 3, 31, "'id'"),
    ("Record-emptyValue", A + "  label:\n", 3, 3, "'label'"),
    ("Record-emptyValue", A + "  label: ' '\n", 3, 3, "'label'"),
    ("Record-emptyValue", A + "  label: ~\n", 3, 3, "'label'"),
    ("Record-emptyValue", A + "  altLabel: []\n", 3, 3, "'altLabel'"),
    ("Record-emptyValue", A + "  altLabel: [x, '']\n", 3, 17, "'altLabel'"),
    ("Record-missingId", "- type: Disease\n", 1, 3, "id"),
    ("Record-missingId", "- id: a\n", 1, 3, "type"),
    ("Record-badId", "- id: JC virus\n  type: Virus\n", 1, 3, "'JC virus'"),
    ("Record-badId", "- id: 007\n  type: Virus\n", 1, 3, "'007'"),
    ("Record-badId", "- id: a--b\n  type: Virus\n", 1, 3, "'a--b'"),
    ("Record-badId", "- id: [a]\n  type: Virus\n", 1, 3, None),
    ("Record-badId", "- id: pmlkg:a\n  type: Virus\n", 1, 3, "'pmlkg:a'"),
    ("Record-duplicateId", A + A, 3, 3, "x.yaml:1:3"),
    ("Record-duplicateId", NEED + "  grade: [{notation: A}]\n- id: need-grade-a\n  type: Disease\n", 4, 3, "need-grade-a"),
    ("Record-unknownType", "- id: a\n  type: Desease\n", 2, 9, "Disease"),
    ("Record-unknownType", "- id: a\n  type: relatedTo\n", 2, 9, "'relatedTo'"),  # a term, but no class
    ("Record-unknownTerm", NEED + "  predicate: increasesRisk\n", 3, 14, "increasesRiskOf"),
    ("Record-unknownTerm", NEED + "  statistic: [{measure: incidense}]\n", 3, 25, "incidence"),
    ("Record-danglingReference", A + "- id: claim-x\n  type: RiskClaim\n  concerns: [a, aa]\n", 5, 17, "did you mean a?"),
    ("Record-danglingReference", NEED + "  supportedBy: [{source: Nobody2020}]\n", 3, 26, "'Nobody2020'"),
    *(
        ("Record-badAddress", A + f'  url: "{address}"\n', 3, 8, None)
        for address in ("x", "ftp://a/", "http://a b/", "javascript:alert(1)")
    ),
    # JSON-LD drops what is no IRI in silence.
    *(
        ("Record-badAddress", A + f'  url: "{address}"\n', 3, 8, address)
        for address in ("http://a/%zz", "http://[a", "http://a:b/", "http://a/[x]")
    ),
    ("Record-datatype", A + "  value: 1.5x\n", 3, 10, "'1.5x'"),
    ("Record-ambiguousItem", NEED + "  statistic:\n    - {measure: risk, value: 1}\n    - {measure: risk, value: 2}\n", 5, 7, "line 4"),
    ("Record-ambiguousItem", NEED + "  supportedBy:\n    - {locator: p. 1}\n    - {locator: p. 2}\n", 5, 7, "line 4"),
    # What XML cannot hold could not be read again from RDF/XML.
    *(("Record-syntax", A + f'  label: "a{character}b"\n', 3, 10, None) for character in ("\\0", "\\x01", "\\e", "\\r", "\\uffff")),
    *(("Record-syntax", A + f'  label: "a{mark}b"\n', 3, 10, None) for mark in ("\\u202e", "\\u2066", "\\ufeff")),
    ("Record-cutText", A + "  note: 5 # per 1,000\n", 3, 9, "a comment"),
    ("Record-selfReference", NEED + "  concerns: [need]\n", 3, 14, "itself"),
    ("Record-ambiguousItem", NEED + "  statistic:\n    - {value: 2}\n", 4, 7, "measure"),  # nothing to name it by
]


@pytest.mark.parametrize(("rule", "content", "line", "column", "word"), BROKEN)
def test_a_broken_record_is_told_by_rule_place_and_word(
    load: Load, rule: str, content: str | bytes, line: int | None, column: int | None, word: str | None
) -> None:
    (finding,) = findings(load, content)
    assert finding.rule == rule
    assert finding.severity == "Violation"
    assert finding.place
    assert finding.place.file == "x.yaml"
    if line:
        assert (finding.place.line, finding.place.column) == (line, column)
    if word:
        assert word in finding.message
    if rule != "Record-datatype":  # which says what its datatype takes
        assert finding.right == RULES[rule]


def test_every_rule_has_a_broken_record() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "[]\n", "---\n"])
def test_a_file_without_records_says_nothing(load: Load, content: str) -> None:
    if content == "---\n":  # an explicit empty document
        assert [finding.rule for finding in findings(load, content)] == ["Record-structure"]
    else:
        assert load(content).triples == ()


def test_everything_wrong_in_all_files_is_told_at_once(vocabulary: Vocabulary, tmp_path: Path) -> None:
    first, second, unread = tmp_path / "1", tmp_path / "2", tmp_path / "3"
    first.write_text("- {id: a, type: Desease, lable: x}\n- {id: b, type: Drug, value: x}\n")
    second.write_text("- {id: b, type: Drug}\n- {id: c, type: RiskClaim, subject: d}\n")
    with pytest.raises(Findings) as error:
        load_records({"b.yaml": second, "a.yaml": first, "c.yaml": unread}, vocabulary)
    told = [(finding.rule, str(finding.place)) for finding in error.value.findings]
    assert told == [
        ("Record-unknownType", "a.yaml:1:17"),
        ("Record-unknownKey", "a.yaml:1:26"),
        ("Record-datatype", "a.yaml:2:30"),
        ("Record-duplicateId", "b.yaml:1:3"),
        ("Record-danglingReference", "b.yaml:2:37"),
        ("Record-syntax", "c.yaml"),
    ]


def test_a_reference_may_name_a_known_id_of_elsewhere(vocabulary: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("- {id: claim-x, type: RiskClaim, subject: elsewhere}\n")
    with pytest.raises(Findings):
        load_records({"x.yaml": path}, vocabulary)
    records = load_records({"x.yaml": path}, vocabulary, known=frozenset({"elsewhere"}))
    assert objects(records, "claim-x", PMLO + "subject") == [ox.NamedNode(PMLKG + "elsewhere")]


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, "- " * 100_000, "[" * 5_000 + "]" * 5_000, A + "  statistic: " + "{measure: risk, statistic: " * 900 + "x" + "}" * 900],
    ids=["open lists", "block lists", "lists", "items in items"],
)
def test_deep_nesting_is_a_finding_and_no_crash(data: Data, tmp_path: Path, content: str) -> None:
    # In a process of its own: an exhausted stack would take the test run with it.
    (tmp_path / "x.yaml").write_text(content)
    program = (
        "import pathlib, sys; sys.path[:] = sys.argv[4:]\n"
        "from pmlkg.findings import Findings; from pmlkg.pipeline.records import Vocabulary, load_records\n"
        "try: load_records({'x.yaml': pathlib.Path(sys.argv[1])}, Vocabulary(*map(pathlib.Path, sys.argv[2:4])))\n"
        "except Findings as problems: print({finding.rule for finding in problems.findings} <= {'Record-syntax', 'Record-structure'})"
    )
    command = [sys.executable, "-c", program, tmp_path / "x.yaml", data.context, data.ontology, *sys.path]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "True\n", "")


def test_a_small_file_of_aliases_cannot_grow(load: Load) -> None:
    lines = ["- &a0 [x, x]", *(f"- &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    start = time.monotonic()
    assert {finding.rule for finding in findings(load, "\n".join(lines))} == {"Record-syntax"}
    assert time.monotonic() - start < 5


# --- nested items -----------------------------------------------------------------------------------------------------

CLAIM: dict[str, Any] = {
    "id": "claim-x",
    "type": "RiskClaim",
    "statistic": [
        {"measure": "incidence", "period": "first 3 years", "value": "1.20"},
        {"measure": "incidence", "value": "3.5", "population": "group"},
        {"measure": "risk", "thresholdText": "<0.9", "value": "1"},
        {"measure": "risk", "thresholdText": ">0.9", "value": "2"},
    ],
    "supportedBy": [{"source": "Article2020", "locator": "Table 1"}, {"source": "Other", "locator": "p. 2"}],
    "disputedBy": [{"source": "Article2020", "locator": "Table 2"}],
}
OTHERS = [
    {"id": "group", "type": "Population"},
    {"id": "Article2020", "type": "JournalArticle"},
    {"id": "Other", "type": "WebPage"},
    {"id": "scheme", "type": "RatingScheme", "grade": [{"notation": "Level A"}, {"notation": "Level B"}]},
]


def as_yaml(records: Any) -> str:
    return yaml.safe_dump(records, sort_keys=False, allow_unicode=True)


def test_nested_items_are_named_after_their_record_and_content(load: Load) -> None:
    records = load(as_yaml([CLAIM, *OTHERS]))
    nested = {t.object.value.removeprefix(PMLKG) for t in records.triples if t.predicate.value.removeprefix(PMLO) in NESTED}
    assert nested == {
        "claim-x-incidence-first-3-years",
        "claim-x-incidence-group",
        "claim-x-risk-under-0p9",
        "claim-x-risk-over-0p9",
        "claim-x-evidence-article2020",
        "claim-x-evidence-other",
        "claim-x-dispute-article2020",
        "scheme-grade-level-a",
        "scheme-grade-level-b",
    }
    assert objects(records, "claim-x-incidence-first-3-years", RDF_TYPE.value) == [ox.NamedNode(PMLO + "Statistic")]
    assert objects(records, "claim-x-dispute-article2020", RDF_TYPE.value) == [ox.NamedNode(PMLO + "EvidenceItem")]
    assert objects(records, "scheme-grade-level-a", RDF_TYPE.value) == [ox.NamedNode(PMLO + "Grade")]
    assert not any(isinstance(term, ox.BlankNode) for t in records.triples for term in (t.subject, t.object))


@st.composite
def shuffled(draw: st.DrawFn, value: Any) -> Any:
    """The same records with lists and keys in another order."""
    if isinstance(value, dict):
        return {key: draw(shuffled(value[key])) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        return [draw(shuffled(item)) for item in draw(st.permutations(value))]
    return value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(again=shuffled([CLAIM, *OTHERS]))
def test_order_of_records_items_and_keys_changes_no_triple(load: Load, again: Any) -> None:
    assert set(load(as_yaml(again)).triples) == set(load(as_yaml([CLAIM, *OTHERS])).triples)


def test_a_new_item_leaves_the_names_of_the_others(load: Load) -> None:
    longer = {**CLAIM, "statistic": [{"measure": "prevalence", "value": "5"}, *CLAIM["statistic"]]}
    before, after = (set(load(as_yaml([claim, *OTHERS])).triples) for claim in (CLAIM, longer))
    assert before < after
    assert {t.subject.value for t in after - before} == {PMLKG + "claim-x", PMLKG + "claim-x-prevalence"}


# --- the real data ----------------------------------------------------------------------------------------------------


def raw_records(data: Data) -> Iterator[dict[str, Any]]:
    """The records as plain YAML with every scalar a text, read without this package."""
    for path in data.records().values():
        yield from yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_literal_of_every_record_is_in_the_published_file_as_written(kg: KnowledgeGraph, data: Data, vocabulary: Vocabulary) -> None:
    said: dict[str, set[tuple[str, Any]]] = {}
    for quad in kg.quads():
        if quad.graph_name == GRAPHS["knowledge"]:
            said.setdefault(quad.subject.value, set()).add((quad.predicate.value, quad.object))

    def term(key: str, text: str) -> Any:
        meaning = vocabulary.context_document["@context"][key]
        kind = meaning.get("@type", "")
        if kind.startswith("@"):
            return ox.NamedNode(text if text.startswith("http") else {"@id": PMLKG, "@vocab": PMLO}[kind] + text)
        if kind:
            return ox.Literal(text, datatype=ox.NamedNode(XSD + kind.removeprefix("xsd:")))
        return ox.Literal(text, language=meaning.get("@language"))

    def statements(item: dict[str, Any], *types: str) -> set[tuple[str, Any]]:
        plain = ((key, text) for key, value in item.items() if key not in ("id", "type", *NESTED) for text in as_list(value))
        kinds = ((RDF_TYPE.value, ox.NamedNode(PMLO + name)) for name in types)
        return {*kinds, *((vocabulary.path_of(key), term(key, text)) for key, text in plain)}

    house_rules = {SKOS + "prefLabel", RDFS + "label", RDFS + "seeAlso", *derivation.ATTRIBUTES}

    def without_house(node: set[tuple[str, Any]]) -> set[tuple[str, Any]]:
        return {(path, value) for path, value in node if path not in derivation.ATTRIBUTES}

    items = 0
    for record in raw_records(data):
        node = said[PMLKG + record["id"]]
        expected = statements(record, *as_list(record["type"]))
        for key in record.keys() & NESTED.keys():
            path = vocabulary.path_of(key)
            nested = {iri.value for predicate, iri in node if predicate == path}
            assert len(nested) == len(as_list(record[key]))
            for item in as_list(record[key]):
                # An item is found by what it says, for its name is what this package made.
                (iri,) = [iri for iri in nested if without_house(said[iri]) == statements(item, NESTED[key].type)]
                expected.add((path, ox.NamedNode(iri)))
                items += 1
        assert expected <= node
        added = {path for path, value in node - expected if not getattr(value, "value", "").startswith("noted by ")}  # of the other claim
        assert added <= house_rules
    assert items


def test_a_standard_json_ld_processor_reads_the_same_triples(built: Built, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    document = {**vocabulary.context_document, "@graph": list(built.records.document)}
    graph = rdflib.Graph()
    with pytest.warns(DeprecationWarning, match="ConjunctiveGraph"):  # of rdflib's parser about rdflib
        graph.parse(data=json.dumps(document), format="json-ld")
    assert set(graph) == set(to_rdflib(built.records.triples))


def test_nothing_in_the_document_is_lost_on_the_way_to_triples(built: Built, vocabulary: Vocabulary) -> None:
    counts = Counter((t.subject.value, t.predicate.value) for t in built.records.triples)

    def check(item: dict[str, Any]) -> None:
        for key, value in item.items():
            if key != "id":
                values = as_list(value)
                distinct = len({json.dumps(one) for one in values})
                assert counts[PMLKG + item["id"], vocabulary.path_of(key)] == distinct, (item["id"], key)
                for inner in values:
                    if isinstance(inner, dict):
                        check(inner)

    for item in built.records.document:
        check(item)


def test_places_point_at_the_words(built: Built, data: Data, vocabulary: Vocabulary) -> None:
    lines = {name: path.read_text(encoding="utf-8").splitlines() for name, path in data.records().items()}
    keys: dict[str, set[str]] = {}
    for key in ("type", *vocabulary.keys):
        keys.setdefault(vocabulary.path_of(key), set()).add(key)
    assert built.records.places
    for node, places in built.records.places.items():
        for path, place in places.items():
            rest = lines[place.file][place.line - 1][place.column - 1 :]
            if path is None:  # the first key of a record or item, or the brace before it
                assert re.match(r"\{|\w+:", rest), (node, place)
            else:
                word = re.match(r"\w+", rest)
                assert word, (node, path, place)
                assert word[0] in keys[path], (node, path, place)


def test_place_falls_back_to_the_node_and_knows_no_stranger(load: Load) -> None:
    records = load(A + "  label: x\n")
    assert records.place(PMLKG + "a", [RDFS + "label"]) == Place("x.yaml", 3, 3)
    assert records.place(PMLKG + "a", [PMLO + "year"]) == records.place(PMLKG + "a") == Place("x.yaml", 1, 3)
    assert records.place(PMLKG + "b") is None
    assert records.place(None) is None


# --- any text at all --------------------------------------------------------------------------------------------------

WORDS = [
    *("id", "type", "label", "altLabel", "url", "value", "statistic", "supportedBy", "measure", "year", "subject", "note", "computed"),
    *("a", "b-c", "Disease", "RiskClaim", "risk", "007", "1.20", "1e3", "null", "~", "yes", "http://a/%zz", "http://example.org/x", "<<"),
    *(
        "- ",
        "  ",
        "\n",
        "\n- id: ",
        "\n  ",
        ": ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "#",
        "&a ",
        "*a",
        "!!str ",
        "! ",
        "|\n",
        ">-\n",
        "'",
        '"',
    ),
    *("\t", "\\", "\r", "\0", "\x85", "\u2028", "\ufeff", "%", "@", "`", "---\n", "...\n", "é", "٣"),
]


@st.composite
def mutated(draw: st.DrawFn, blocks: list[str]) -> str:
    """Real records in which pieces are cut, doubled, moved, and replaced."""
    text = "\n".join(draw(st.lists(st.sampled_from(blocks), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        end = min(end, start + draw(st.integers(0, 40)))
        text = text[:start] + draw(st.sampled_from(["", text[start:end] * 2, *WORDS])) + text[end:]
    return text


def check_any_text(load: Load, vocabulary: Vocabulary, content: str | bytes) -> None:
    """The content is refused with places in it, or each of its values is in the triples."""
    try:
        records = load(content)
    except Findings as problems:
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        count = len(re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text))
        for finding in problems.findings:
            assert finding.rule in RULES
            assert finding.message.isprintable()
            assert finding.place
            assert finding.place.line <= count + 1  # the end of the text may count as a line
        return
    found = {(t.subject.value, t.predicate.value) for t in records.triples}
    for item in records.document:
        assert {(PMLKG + item["id"], vocabulary.path_of(key)) for key in item if key != "id"} <= found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(content=st.text() | st.binary() | st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_any_text_is_read_or_refused(load: Load, vocabulary: Vocabulary, content: str | bytes) -> None:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    check_any_text(load, vocabulary, content)


def test_any_change_of_a_real_record_is_read_or_refused(load: Load, vocabulary: Vocabulary, data: Data) -> None:
    blocks = [block for path in data.records().values() for block in path.read_text(encoding="utf-8").split("\n\n")[:12]]

    @settings(deadline=None, max_examples=200)
    @given(mutated(blocks))
    def check(text: str) -> None:
        check_any_text(load, vocabulary, text.encode("utf-8", "surrogatepass"))

    check()


# --- context and ontology ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line"),
    [('{\n "@context": {,}\n}', 2), ("[]", 0), ('{"@context": []}', 0), ("{}", 0), (b"\xff", 0), (None, 0)],
    ids=["syntax", "list", "no mapping", "no context", "not UTF-8", "no file"],
)
def test_a_context_that_cannot_be_read_is_a_finding(data: Data, tmp_path: Path, content: Any, line: int) -> None:
    path = tmp_path / "ontology" / "context.jsonld"
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Findings) as error:
        Vocabulary(path, data.ontology)
    (finding,) = error.value.findings
    assert finding.rule == "Context-syntax"
    assert finding.place
    assert (finding.place.file, finding.place.line) == ("ontology/context.jsonld", line)


def test_an_ontology_that_cannot_be_read_is_a_finding(data: Data, tmp_path: Path) -> None:
    path = tmp_path / "pmlkg.ttl"
    path.write_text("no Turtle", encoding="utf-8")
    with pytest.raises(Findings) as error:
        Vocabulary(data.context, path)
    assert [finding.rule for finding in error.value.findings] == ["Turtle-syntax"]


def test_no_key_of_the_context_stands_between_a_term_and_its_iri(vocabulary: Vocabulary) -> None:
    # JSON-LD reads a term of the ontology that is also a key as what the key means.
    meanings = {key: vocabulary.path_of(key) for key in vocabulary.keys}
    assert {key: iri for key, iri in meanings.items() if key in vocabulary.terms and iri != PMLO + key} == {}
