"""Every rule, of the shapes and of the reader of records, is broken by a fixture that breaks nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
import yaml
from pyshacl.entrypoints import meta_validate
from rdflib.plugins.sparql import processor
from rdflib.plugins.sparql.sparql import Query

from pmlkg.findings import Finding, Findings, Place, conforms, to_json, to_report_graph, to_text
from pmlkg.locations import Data, find_data
from pmlkg.pipeline import derivation
from pmlkg.pipeline.build import Built, assemble, published
from pmlkg.pipeline.closure import close
from pmlkg.pipeline.records import RULES, Records, Vocabulary, load_records
from pmlkg.pipeline.shapes import Rule, load_shapes
from pmlkg.pipeline.validation import idle_rules, validate
from pmlkg.rdf import read_turtle, to_rdflib
from pmlkg.terms import ONTOLOGY_IRI, OWL, PMLO, PMLS, RDF_TYPE, RDFS, SH, SKOS, expand

TESTS = Path(__file__).parents[1]
BASE = TESTS / "fixtures" / "valid" / "base.yaml"
INVALID = sorted((TESTS / "fixtures" / "invalid").iterdir())
EX = "https://example.org/"
DATA = find_data(TESTS.parent)
SHAPES = load_shapes(DATA.shapes())
VOCABULARY = Vocabulary(DATA.context, DATA.ontology)

# Rule and constraint parameter -> the key that breaks it, and the rule that is always broken with it: two values of either
# key are two starts of the stratum.
PAIRS = {
    ("RiskStratum-months", "maxCount"): ("exposureMonthsFrom", "RiskStratum-start"),
    ("RiskStratum-monthsOver", "maxCount"): ("exposureMonthsOver", "RiskStratum-start"),
}

# What the terms of the ontology say to a reader. It is left out for all fixtures but those of the ontology's own rules:
# no other rule asks for it, and it is more than half of the triples that pySHACL would copy for each fixture. That the whole
# ontology breaks no rule is tested on the base.
_PROSE = {
    RDFS + "isDefinedBy",
    RDFS + "label",
    *(SKOS + name for name in ("prefLabel", "definition", "example", "scopeNote", "topConceptOf")),
}
THIN = tuple(t for t in VOCABULARY.ontology_triples if t.predicate.value not in _PROSE and t.subject != ox.NamedNode(ONTOLOGY_IRI))


@dataclass(frozen=True)
class Derived:
    """What the build makes of records before it looks at the shapes."""

    asserted: tuple[ox.Triple, ...]
    inferred: tuple[ox.Triple, ...]
    records: Records


def derive(files: dict[str, Path], extra: Iterable[ox.Triple] = (), ontology: Sequence[ox.Triple] = THIN) -> Derived:
    records = load_records(files, VOCABULARY)
    knowledge, edges = derivation.derive((*records.triples, *extra), VOCABULARY.ontology_triples)
    asserted = tuple(dict.fromkeys((*ontology, *knowledge, *edges)))
    closure = close(asserted)
    assert not closure.clashes
    return Derived(asserted, tuple(t for t in closure.inferred if published(t)), records)


def rule_of(fixture: Path) -> str:
    return fixture.stem.partition("--")[0]


@cache
def derived(fixture: Path) -> Derived:
    """The base with the fixture."""
    rule = SHAPES.rules.get(rule_of(fixture))
    targets = rule.targets if rule else ()
    ontology = VOCABULARY.ontology_triples if ("targetClass", OWL + "Ontology") in targets else THIN
    if fixture.suffix == ".yaml":
        return derive({BASE.name: BASE, fixture.name: fixture}, ontology=ontology)
    return derive({BASE.name: BASE}, read_turtle(fixture), ontology)


@cache
def findings_of(fixture: Path) -> tuple[Finding, ...]:
    """What the program finds in the base with the fixture."""
    try:
        graph = derived(fixture)
    except Findings as error:
        return error.findings
    return tuple(validate(graph.asserted, graph.inferred, SHAPES, graph.records))


def expected(fixture: Path) -> list[str]:
    """What the first line says: places in a YAML file, 0:0 where only the file can be known; focus nodes of a Turtle file."""
    first = fixture.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# expect:( \S+)+", first)
    return first.split()[2:]


def results(data: rdflib.Graph, *, closed: bool) -> list[tuple[str, str, str]]:
    """Rule, focus node and constraint parameter of each result of pySHACL, which runs core and SPARQL constraints alike."""

    def runs(triple: ox.Triple) -> bool:
        """Whether to keep the triple: a shape of the other phase has no target, so that pySHACL does not run it."""
        rule = SHAPES.rules.get(getattr(triple.subject, "value", "").removeprefix(PMLS))
        return rule is None or rule.on_closed == closed or not triple.predicate.value.startswith(SH + "target")

    shapes = to_rdflib(triple for triple in SHAPES.triples if runs(triple))
    _, report, text = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    assert isinstance(report, rdflib.Graph), text
    sh = rdflib.Namespace(SH)
    found = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        component = str(report.value(result, sh.sourceConstraintComponent)).removeprefix(SH).removesuffix("ConstraintComponent")
        shape = str(report.value(result, sh.sourceShape)).removeprefix(PMLS)
        rule = SHAPES.rules.get(shape)  # a shape inside a rule has no name
        node = report.value(result, sh.value if rule and rule.whole else sh.focusNode)
        found.append((shape, str(node), component[0].lower() + component[1:]))
    return found


def parameters(rule: Rule) -> set[str]:
    """The constraint parameters of a rule without SPARQL: minCount, class, lessThan, ..."""
    said_to_people = {"name", "description", "message", "severity", "path", "sparql"}
    said = {t.predicate.value for t in SHAPES.triples if t.subject == ox.NamedNode(PMLS + rule.name)}
    names = {iri.removeprefix(SH) for iri in said if iri.startswith(SH)}
    return {name for name in names - said_to_people if not name.startswith("target")}


# The base.


def test_base_breaks_no_rule(small: Callable[..., Data]) -> None:
    """Through the whole pipeline, which also finds rules that select nothing."""
    findings = [finding for finding in assemble(small(BASE)).findings if finding.rule != "Question-default"]  # which ask of real records
    assert to_text(findings) == "conforms: no findings"


def test_thin_ontology_does_for_the_base() -> None:
    graph = derive({BASE.name: BASE})
    assert validate(graph.asserted, graph.inferred, SHAPES, graph.records) == []


@pytest.mark.parametrize("valid", sorted(path for path in BASE.parent.iterdir() if path != BASE), ids=lambda path: path.name)
def test_valid_records_break_no_rule(valid: Path) -> None:
    graph = derive({BASE.name: BASE, valid.name: valid})
    assert validate(graph.asserted, graph.inferred, SHAPES, graph.records) == []


def test_base_has_every_class_and_key() -> None:
    graph = derive({BASE.name: BASE})
    instances = {
        t.object.value for t in (*graph.asserted, *graph.inferred) if t.predicate == RDF_TYPE and isinstance(t.object, ox.NamedNode)
    }
    assert {name for name in VOCABULARY.classes if PMLO + name not in instances} == set()
    said = {t.predicate.value for t in graph.records.triples}
    assert {key for key in VOCABULARY.keys if VOCABULARY.path_of(key) not in said} == set()


def test_base_is_synthetic() -> None:
    """Nothing in the fixtures may be taken for a statement of medicine."""
    for file in (*BASE.parent.iterdir(), *(path for path in INVALID if path.suffix == ".yaml" and not rule_of(path).startswith("Record-"))):
        for record in yaml.safe_load(file.read_text(encoding="utf-8")):
            for key in ("label", "title", "description"):
                texts = record.get(key, [])
                for text in texts if isinstance(texts, list) else [texts]:
                    assert "synthetic" in text.lower(), (file.name, record["id"], text)


# The fixtures.


def test_every_rule_has_a_fixture_and_every_fixture_a_rule() -> None:
    assert {rule_of(path) for path in INVALID} == {*SHAPES.rules, *RULES}


@pytest.mark.parametrize("fixture", INVALID, ids=lambda path: path.name)
def test_fixture_breaks_only_its_rule(fixture: Path) -> None:
    findings = findings_of(fixture)
    name = rule_of(fixture)
    assert {finding.rule for finding in findings} == {name}, to_text(findings)
    rule = SHAPES.rules.get(name)
    for finding in findings:
        assert finding.message
        if rule:
            assert finding.node
            assert finding.right == rule.message
            assert finding.severity == rule.severity
        else:
            assert finding.right
            assert finding.severity == "Violation"
    if fixture.suffix == ".yaml":
        assert all(finding.place and finding.place.file == fixture.name for finding in findings)
        places = {f"{place.line}:{place.column}" for finding in findings if (place := finding.place)}
        assert places == set(expected(fixture)), to_text(findings)
    else:
        nodes = {EX + node[3:] if node.startswith("ex:") else expand(node) for node in expected(fixture)}
        assert {finding.node for finding in findings} == nodes, to_text(findings)


@cache
def _translated(query: str, prefixes: tuple[tuple[str, str], ...]) -> Query:
    return processor.translateQuery(processor.parseQuery(query), None, dict(prefixes))


def _query(self: Any, query: str, initBindings: Any = None, initNs: Any = None, base: Any = None, DEBUG: bool = False) -> Any:  # noqa: N803
    """What rdflib does, with each query parsed once instead of once for each focus node: 13 s instead of 48 s."""
    return processor.evalQuery(self.graph, _translated(query, tuple((initNs or {}).items())), initBindings or {}, base)


@dataclass(frozen=True)
class Together:
    """All fixtures with the base in one graph: what the program finds, and what pySHACL finds by itself."""

    findings: list[Finding]
    results: list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Together:
    """One run for all fixtures: pySHACL asks each SPARQL constraint once for each focus node, which takes seconds a fixture.

    Each record gets an id of its own; the Turtle files have names of their own already.
    """
    folder = tmp_path_factory.mktemp("together")
    files = {BASE.name: BASE}
    extra: list[ox.Triple] = []
    for number, fixture in enumerate(path for path in INVALID if rule_of(path) in SHAPES.rules):
        if fixture.suffix == ".yaml":
            text = fixture.read_text(encoding="utf-8")
            for name in set(re.findall(r"\bid: ([\w-]+)", text)):
                text = re.sub(rf"(?<![\w-]){name}(?![\w-])", f"{name}-{number}", text)
            files[fixture.name] = folder / fixture.name
            files[fixture.name].write_text(text, encoding="utf-8")
        else:
            extra += read_turtle(fixture)
    graph = derive(files, extra, VOCABULARY.ontology_triples)
    data = to_rdflib(graph.asserted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor.SPARQLProcessor, "query", _query)
        found = results(data, closed=False)
        found += results(to_rdflib(graph.inferred, data), closed=True)
    return Together(validate(graph.asserted, graph.inferred, SHAPES, graph.records), found)


def test_findings_are_those_of_a_full_run_of_pyshacl(together: Together) -> None:
    """pySHACL runs all shapes, SPARQL constraints too, each for one focus node after the other as the standard has it."""
    ours = {(finding.rule, finding.node) for finding in together.findings}
    assert ours == {(rule, node) for rule, node, _ in together.results}
    assert {rule for rule, _ in ours} == set(SHAPES.rules)


def test_every_constraint_of_every_rule_is_broken_by_a_fixture(together: Together) -> None:
    """Else part of a rule could be wrong and nobody would know."""
    broken = {(rule, parameter) for rule, _, parameter in together.results}
    said = {(name, parameter) for name, rule in SHAPES.rules.items() if not rule.selects for parameter in parameters(rule)}
    assert said - broken == set(PAIRS)


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
def test_known_pair_breaks_together(name: str, parameter: str, tmp_path: Path) -> None:
    """If this fails, the constraint has become independent: give it a fixture and take it out of PAIRS."""
    key, other = PAIRS[name, parameter]
    source = next(path for path in INVALID if rule_of(path) == name).read_text(encoding="utf-8")
    twice = tmp_path / "twice.yaml"
    twice.write_text(re.sub(rf"{key}: \d+", f"{key}: [1, 2]", source), encoding="utf-8")
    graph = derive({BASE.name: BASE, twice.name: twice})
    found = {finding.rule for finding in validate(graph.asserted, graph.inferred, SHAPES, graph.records)}
    assert found == {name, other}


# The rules.


def test_every_rule_selects_something_in_the_real_graph(built: Built) -> None:
    asserted = [triple for name in ("ontology", "knowledge", "edges") for triple in built.graphs[name]]
    assert idle_rules(asserted, built.graphs["inferred"], SHAPES) == []


def test_a_rule_that_selects_nothing_is_found() -> None:
    """On the ontology alone only the rules on terms, on concepts, on the ontology and on the whole graph have something to check."""
    idle = {finding.rule for finding in idle_rules(VOCABULARY.ontology_triples, (), SHAPES)}
    families = {name for name in SHAPES.rules if name.partition("-")[0] in ("Concept", "Ontology", "Term")}
    synonyms = {"Entity-altLabelUnique"}  # terms have them too
    assert families | synonyms | {name for name, rule in SHAPES.rules.items() if rule.whole} == set(SHAPES.rules) - idle


@pytest.mark.parametrize("rule", SHAPES.rules.values(), ids=lambda rule: rule.name)
def test_rule_speaks_to_people(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]\w+-[a-z]\w+", rule.name)
    assert rule.label
    assert rule.description.endswith(".")
    assert re.search(r"[.?]$", rule.message)
    assert rule.severity in ("Violation", "Warning", "Info")
    assert rule.targets


def test_each_shapes_file_holds_what_its_rules_are_named_after() -> None:
    """A rule is looked for by its name; no name is said in two files."""
    homes: dict[str, set[str]] = {}
    for rule in SHAPES.rules.values():
        homes.setdefault(rule.name.partition("-")[0], set()).add(rule.file)
    assert {family: files for family, files in homes.items() if len(files) > 1} == {}


def test_shapes_graph_is_valid_shacl() -> None:
    """By the shapes of shapes, which go deeper into lists in lists than pySHACL follows unless it is told to."""
    valid, report, text = meta_validate(to_rdflib(SHAPES.triples), max_validation_depth=99)
    assert valid, text
    assert isinstance(report, rdflib.Graph)


def test_names_in_shapes_exist() -> None:
    """A class, property or concept that a shape names and the ontology lacks would make the rule pass in silence."""
    known = {t.subject.value for t in VOCABULARY.ontology_triples if isinstance(t.subject, ox.NamedNode)}
    named = {term.value for t in SHAPES.triples for term in (t.subject, t.object) if isinstance(term, ox.NamedNode)}
    queries = " ".join(select.text for rule in SHAPES.rules.values() for select in rule.selects)
    named |= {PMLO + local for local in re.findall(r"\bpmlo:(\w+)", queries)}
    assert {iri for iri in named if iri.startswith(PMLO)} - known == set()


def test_info_and_warning_conform() -> None:
    finding = Finding("Gene-synthetic", "Synthetic message", severity="Info")
    assert conforms([finding, Finding("Gene-synthetic", "Synthetic message", severity="Warning")])
    assert not conforms([finding, Finding("Gene-synthetic", "Synthetic message")])


# The three views of findings.


def _sample() -> list[Finding]:
    """Findings of each sort: a core and a SPARQL rule, a warning, reader's findings with and without line, one without a place."""
    rules = ("Statistic-numerator", "Source-doiUnique", "EvidenceItem-locator", "Record-syntax", "Record-unknownKey")
    findings = [finding for path in INVALID if rule_of(path) in rules for finding in findings_of(path)]
    return [*findings, *idle_rules((), (), SHAPES)[:1]]


def test_text_of_findings() -> None:
    findings = _sample()
    text = to_text(findings)
    for finding in findings:
        assert f"{finding.place or '(no file)'}" in text
        assert finding.message in text
        assert f"rule pmls:{finding.rule}   right: {finding.right}" in text
    warnings = sum(finding.severity == "Warning" for finding in findings)
    assert warnings > 0
    assert text.splitlines()[-1] == f"{len(findings) - warnings} violations, {warnings} warnings"


def test_json_of_findings() -> None:
    findings = _sample()
    report = json.loads(to_json(findings))
    assert report["conforms"] is False
    assert len(report["findings"]) == len(findings)
    for entry, finding in zip(report["findings"], findings, strict=True):
        assert entry["rule"] == PMLS + finding.rule
        assert (entry["message"], entry["right"], entry["severity"]) == (finding.message, finding.right, finding.severity)
        assert entry.get("node") == finding.node
        place = finding.place or Place("")
        assert (entry.get("file", ""), entry.get("line", 0), entry.get("column", 0)) == (place.file, place.line, place.column)
        assert None not in entry.values()
    assert json.loads(to_json([])) == {"conforms": True, "findings": []}


def test_report_graph_of_findings() -> None:
    findings = _sample()
    sh = rdflib.Namespace(SH)
    graph = rdflib.Graph().parse(data=to_report_graph(findings), format="turtle")
    (report,) = graph.subjects(rdflib.RDF.type, sh.ValidationReport)
    assert graph.value(report, sh.conforms) == rdflib.Literal(False)
    linked = set(graph.objects(report, sh.result))
    assert linked == set(graph.subjects(rdflib.RDF.type, sh.ValidationResult))
    assert len(linked) == len(findings)
    said = []
    for result in linked:
        for name in ("focusNode", "resultSeverity", "sourceShape", "sourceConstraintComponent", "resultMessage"):
            assert len(list(graph.objects(result, sh[name]))) == 1, name
        severity, shape = (str(graph.value(result, sh[name])) for name in ("resultSeverity", "sourceShape"))
        said.append((severity.removeprefix(SH), shape.removeprefix(PMLS), str(graph.value(result, sh.focusNode))))
    # Where no node can be named, the rule itself is the focus.
    assert sorted(said) == sorted((f.severity, f.rule, f.node or PMLS + f.rule) for f in findings)
    # SHACL's own conforms has no severities: it is true for an empty report only.
    empty = rdflib.Graph().parse(data=to_report_graph([]), format="turtle")
    assert list(empty.objects(None, sh.conforms)) == [rdflib.Literal(True)]


def test_report_graph_is_that_of_the_standard() -> None:
    """It meets the shapes that SHACL's own vocabulary implies for a result: property and value stand where they are known."""
    fixture = next(path for path in INVALID if rule_of(path) == "Statistic-numeratorCount")
    (finding,) = findings_of(fixture)
    graph = rdflib.Graph().parse(data=to_report_graph([finding]), format="turtle")
    sh = rdflib.Namespace(SH)
    (result,) = graph.subjects(rdflib.RDF.type, sh.ValidationResult)
    assert graph.value(result, sh.resultPath) == rdflib.URIRef(PMLO + "numerator")
    assert str(graph.value(result, sh.value)) == "-1"
    (place,) = expected(fixture)
    assert str(graph.value(result, sh.resultMessage)).startswith(f"{fixture.name}:{place}: ")


# Words.


@pytest.mark.parametrize(
    ("old", "new", "rule", "hint"),
    [
        ("description:", "desciption:", "Record-unknownKey", "description"),
        ("subject: drug", "subject: drugg", "Record-danglingReference", "drug"),
        ("type: RiskClaim", "type: RiskClaims", "Record-unknownType", "RiskClaim"),
        ("predicate: increasesRiskOf", "predicate: increaseRiskOf", "Record-unknownTerm", "increasesRiskOf"),
        ("status: current", "status: curent", "Record-unknownTerm", "current"),
        ("locator:", "Locator:", "Record-unknownKey", "locator"),
    ],
)
def test_mistyped_word_brings_the_nearest(old: str, new: str, rule: str, hint: str, tmp_path: Path) -> None:
    record = """
- id: broken
  type: RiskClaim
  subject: drug
  predicate: increasesRiskOf
  object: disease
  description: Synthetic sentence.
  status: current
  supportedBy:
    - {source: Article2020, locator: Synthetic table, readingDepth: fullText}
"""
    file = tmp_path / "mistyped.yaml"
    assert record.count(old) == 1
    file.write_text(record.replace(old, new), encoding="utf-8")
    with pytest.raises(Findings) as raised:
        load_records({BASE.name: BASE, file.name: file}, VOCABULARY)
    (finding,) = raised.value.findings
    assert finding.rule == rule
    word = new.rpartition(": ")[2].rstrip(":")
    assert repr(word) in finding.message
    assert re.search(rf"; did you mean (\w+ or )*{hint}( or \w+)*\?$", finding.message), finding.message
    # The place is that of the mistyped word itself.
    assert finding.place is not None
    line = file.read_text(encoding="utf-8").splitlines()[finding.place.line - 1]
    assert line[finding.place.column - 1 :].startswith(word)


def test_word_like_no_other_brings_no_hint(tmp_path: Path) -> None:
    file = tmp_path / "strange.yaml"
    file.write_text("- {id: broken, type: Gene, label: Synthetic gene, xyzzy: Synthetic}\n", encoding="utf-8")
    with pytest.raises(Findings) as raised:
        load_records({file.name: file}, VOCABULARY)
    assert [finding.message for finding in raised.value.findings] == ["unknown key 'xyzzy'"]


def test_findings_of_one_cause_are_counted_and_not_all_told() -> None:
    findings = [Finding("Record-unknownKey", f"unknown key {n}", "a key", Place("x.yaml", n)) for n in range(1, 101)]
    text = to_text([*findings, Finding("Other-rule", "another", "", Place("y.yaml"))])
    assert text.count("unknown key") == 25
    assert "… and 75 more of rule pmls:Record-unknownKey; --format json has all\n101 violations" in text
    assert "another" in text
    assert len(json.loads(to_json(findings))["findings"]) == 100
