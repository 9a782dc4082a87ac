"""SHACL: the shapes are run in two ways that give the findings of one.

Core constraints are run by pySHACL, where they are not sure to hold (`conformance`). A SPARQL constraint is run once for all
its focus nodes, on an Oxigraph store: its SELECT binds ``$this`` itself, so the rows are those of the standard, one run per
focus node, as long as it has no sub-select, aggregate, VALUES, SERVICE or MINUS, which `load_shapes` refuses. Shapes with ``pmls:appliesTo pmlg:inferred`` see the
closed graph; all others see what was asserted, because domain and range inference would make every misfit true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings, Place, Severity
from pmlkg.pipeline.conformance import doubtful
from pmlkg.pipeline.records import Records
from pmlkg.rdf import read_turtle, to_rdflib
from pmlkg.terms import GRAPHS, PMLS, PREFIXES, RDF_TYPE, RDFS, SH, curie

_SUBCLASS: Final = ox.NamedNode(RDFS + "subClassOf")
_APPLIES_TO: Final = ox.NamedNode(PMLS + "appliesTo")
_PAIR: Final = ("lessThan", "lessThanOrEquals", "equals", "disjoint")
_UNSOUND: Final = re.compile(
    r"\b(?:MINUS|VALUES|SERVICE|GROUP\s+BY|HAVING|LIMIT|OFFSET|COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\b|\{\s*SELECT\b", re.I
)


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SH + name)


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape that can be broken: a property shape, or a node shape with a SPARQL constraint.

    targets : (kind, IRI) pairs, kind being the local name of a SHACL target property.
    select : the query of a SPARQL constraint, or None for core constraints.
    on_closed : whether it sees the closed graph.
    pair : IRIs of properties that the value is compared with.
    """

    name: str
    label: str
    description: str
    message: str
    severity: Severity
    targets: tuple[tuple[str, str], ...]
    select: str | None = None
    on_closed: bool = False
    pair: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shapes:
    """All shapes: their triples, and the rules by name (``Statistic-confidenceLow``)."""

    triples: tuple[ox.Triple, ...]
    rules: Mapping[str, Rule]

    def core(self, names: Collection[str] | None = None) -> list[ox.Triple]:
        """The triples without SPARQL constraints, for the run by pySHACL; `names`: of these rules only."""
        left_out = {PMLS + name for name in self.rules if names is not None and name not in names}
        return [triple for triple in self.triples if triple.predicate != _sh("sparql") and _name(triple.subject) not in left_out]


def _name(node: Any) -> str | None:
    return node.value if isinstance(node, ox.NamedNode) else None


def load_shapes(files: Iterable[Path]) -> Shapes:
    """Read shapes files. Raises Findings where a rule cannot be read, told to a person, or run as it must be."""
    triples: list[ox.Triple] = []
    rules: dict[str, Rule] = {}
    problems: list[Finding] = []
    texts: dict[str, str] = {}
    for path in sorted(files):
        read = read_turtle(path)
        triples += read
        texts.update({t.subject.value: path.name for t in read if isinstance(t.subject, ox.NamedNode)})
    about: dict[Any, dict[str, list[Any]]] = {}
    owner: dict[Any, Any] = {}
    for triple in triples:
        about.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
        if triple.predicate == _sh("property"):
            owner[triple.object] = triple.subject
    for subject, said in about.items():
        is_property = _sh("PropertyShape") in said.get(RDF_TYPE.value, ())
        constraints = said.get(SH + "sparql", [])
        if not isinstance(subject, ox.NamedNode) or not (is_property or constraints):
            continue
        name = subject.value.removeprefix(PMLS)
        place = Place(texts[subject.value])
        missing = [word for word in ("name", "description", "message", "severity") if SH + word not in said]
        if missing:
            problems.append(Finding("Shape-metadata", f"no sh:{', sh:'.join(missing)}", "each rule has all four", place, subject.value))
            continue
        targets = about[owner[subject]] if subject in owner else said
        kinds = ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
        select = str(about[constraints[0]][SH + "select"][0].value) if constraints else None
        rule = Rule(
            name=name,
            label=said[SH + "name"][0].value,
            description=said[SH + "description"][0].value,
            message=said[SH + "message"][0].value,
            severity=said[SH + "severity"][0].value.removeprefix(SH),
            targets=tuple((kind, node.value) for kind in kinds for node in targets.get(SH + kind, ())),
            select=select,
            on_closed=ox.NamedNode(GRAPHS["inferred"].value) in said.get(_APPLIES_TO.value, ()),
            pair=tuple(node.value for word in _PAIR for node in said.get(SH + word, ())),
        )
        if not rule.targets:
            problems.append(Finding("Shape-target", "the rule has no target", "a sh:targetClass or another target", place, subject.value))
        if select and _UNSOUND.search(select):
            message = "a SELECT that cannot be run for all focus nodes at once: a sub-select, an aggregate, VALUES, SERVICE, LIMIT or MINUS"
            problems.append(
                Finding("Shape-select", message, "patterns, FILTER, OPTIONAL, UNION, BIND and VALUES only", place, subject.value)
            )
        if rule.on_closed and not select:
            message = "a rule on the closed graph with core constraints"
            problems.append(Finding("Shape-phase", message, "a SPARQL constraint", place, subject.value))
        rules[name] = rule
    if problems:
        raise Findings(problems)
    return Shapes(tuple(triples), rules)


class _Subject:
    """What is checked: the asserted and the closed graph as stores, with the focus nodes of each target."""

    def __init__(self, asserted: Sequence[ox.Triple], inferred: Sequence[ox.Triple]) -> None:
        self._stores = {False: ox.Store(), True: ox.Store()}
        for store in self._stores.values():
            store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in asserted)
        self._stores[True].bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in inferred)
        self._focus: dict[tuple[bool, tuple[tuple[str, str], ...]], set[Any]] = {}

    @property
    def asserted(self) -> ox.Store:
        return self._stores[False]

    def store(self, rule: Rule) -> ox.Store:
        return self._stores[rule.on_closed]

    def focus(self, rule: Rule) -> set[Any]:
        key = (rule.on_closed, rule.targets)
        if key not in self._focus:
            self._focus[key] = focus_nodes(self.store(rule), rule)
        return self._focus[key]


def validate(
    asserted: Sequence[ox.Triple],
    inferred: Sequence[ox.Triple],
    shapes: Shapes,
    records: Records | None = None,
    *,
    whole: bool = False,
) -> list[Finding]:
    """Run all shapes; `asserted` must hold the ontology. Places of findings come from `records`.

    whole : the graph is the whole one, so a rule that selects nothing in it is a finding too.
    """
    subject = _Subject(asserted, inferred)
    found = _core(subject, asserted, shapes, records)
    for rule in shapes.rules.values():
        if rule.select:
            found += _select(subject, rule, records)
    if whole:
        found += _idle(subject, shapes)
    return sorted(set(found), key=Finding.sort_key)


def idle_rules(asserted: Sequence[ox.Triple], inferred: Sequence[ox.Triple], shapes: Shapes) -> list[Finding]:
    """Rules that select nothing in this graph: each would pass whatever the records said."""
    return _idle(_Subject(asserted, inferred), shapes)


def _idle(subject: _Subject, shapes: Shapes) -> list[Finding]:
    idle = [rule for rule in shapes.rules.values() if not subject.focus(rule)]
    return [Finding(rule.name, f"the rule on {rule.label!r} selects nothing", "a target that the graph has") for rule in idle]


def focus_nodes(store: ox.Store, rule: Rule) -> set[Any]:
    """What the rule is checked on: instances of a target class or its sub-classes, subjects or objects of a property."""
    nodes: set[Any] = set()
    for kind, iri in rule.targets:
        target = ox.NamedNode(iri)
        if kind == "targetClass":
            nodes |= instances(store, target)
        elif kind == "targetSubjectsOf":
            nodes |= {quad.subject for quad in store.quads_for_pattern(None, target, None, None)}
        elif kind == "targetObjectsOf":
            nodes |= {quad.object for quad in store.quads_for_pattern(None, target, None, None)}
        else:
            nodes.add(target)
    return nodes


def instances(store: ox.Store, cls: Any) -> set[Any]:
    """Of a class or the classes below it."""
    classes, todo = {cls}, [cls]
    while todo:
        below = {quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, todo.pop(), None)}
        todo += [node for node in below - classes if isinstance(node, ox.NamedNode)]
        classes |= below  # blank classes do no harm here
    return {quad.subject for one in classes for quad in store.quads_for_pattern(None, RDF_TYPE, one, None)}


def _select(subject: _Subject, rule: Rule, records: Records | None) -> list[Finding]:
    assert rule.select
    query = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()) + rule.select
    try:
        answer: Any = subject.store(rule).query(query)
        rows = list(answer)
    except SyntaxError as error:
        raise Findings([Finding("Shape-select", f"{rule.name}: {error}", "a SELECT that parses")]) from error
    names = [variable.value for variable in answer.variables]
    nodes = subject.focus(rule) if rows else set()
    found = []
    for row in rows:
        bound: dict[str, Any] = {name: row[name] for name in names if row[name] is not None}
        this = bound.pop("this", None)
        if this not in nodes:
            continue
        path = bound.pop("path", None)
        value = bound.pop("value", None)
        parts = [rule.label if value is None else f"{rule.label}: {_show(value)}"]
        if path is not None:
            parts.append(f"({_show(path)})")
        parts += [f"({name} {_show(term)})" for name, term in bound.items()]
        found.append(
            _finding(rule, " ".join(parts), this.value, path.value if path else _cause(rule), value.value if value else None, records)
        )
    return found


def _cause(rule: Rule) -> str | None:
    """The property to point at for a SPARQL constraint without a path: the first one its SELECT asks of $this."""
    assert rule.select
    match = re.search(r"\$this\s+(?:\?\w+\s*\.|rdf:type\s+\?\w+\s*;\s*)?([a-z]+):(\w+)", rule.select)
    return PREFIXES[match[1]] + match[2] if match and match[1] in PREFIXES else None


def _core(subject: _Subject, asserted: Sequence[ox.Triple], shapes: Shapes, records: Records | None) -> list[Finding]:
    rules = {name: rule for name, rule in shapes.rules.items() if not rule.select}
    of_class = cache(partial(instances, subject.asserted))
    doubt = doubtful(shapes.core(), asserted, rules, lambda name: subject.focus(rules[name]), of_class)
    if not doubt:
        return []
    import pyshacl
    import rdflib

    data = to_rdflib(asserted)
    _, report, text = pyshacl.validate(
        data, shacl_graph=to_rdflib(shapes.core(doubt)), inference="none", advanced=False, do_owl_imports=False, inplace=True
    )
    if not isinstance(report, rdflib.Graph):  # pySHACL hands back a failure as a value
        raise Findings([Finding("Shape-run", f"pySHACL could not run the shapes: {text}", "shapes that can be run")])
    sh = rdflib.Namespace(SH)
    found = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        shape = str(report.value(result, sh.sourceShape)).removeprefix(PMLS)
        rule = shapes.rules[shape]
        focus: Any = report.value(result, sh.focusNode)
        path: Any = report.value(result, sh.resultPath)
        value: Any = report.value(result, sh.value)
        component = str(report.value(result, sh.sourceConstraintComponent)).removeprefix(SH).removesuffix("ConstraintComponent")
        iri = str(path) if isinstance(path, rdflib.URIRef) else None
        others = [f"{curie(pair)} {value_}" for pair in rule.pair for value_ in data.objects(focus, rdflib.URIRef(pair))]
        message = _message(rule, component, value, others)
        found.append(_finding(rule, message, str(focus), iri, None if value is None else str(value), records))
    return found


def _message(rule: Rule, component: str, value: Any, others: list[str]) -> str:
    if component == "MinCount":
        return f"{rule.label} is missing"
    if component == "MaxCount":
        return f"{rule.label} is given more than once"
    shown = "" if value is None else f" {_show_text(str(value))}"
    return f"{rule.label}{shown}" + (f" beside {', '.join(others)}" if others else " does not fit")


def _finding(rule: Rule, message: str, node: str, path: str | None, value: str | None, records: Records | None) -> Finding:
    place = records.place(node, path) if records else None
    return Finding(rule.name, message, rule.message, place, node, path, value, rule.severity)


def _show(term: Any) -> str:
    return _show_text(term.value)


def _show_text(text: str) -> str:
    return curie(text) if re.match(r"https?://\S+\Z", text) else repr(text)
