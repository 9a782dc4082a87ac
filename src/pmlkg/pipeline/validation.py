"""SHACL: the shapes are run in two ways that give the findings of one.

Core constraints are run by pySHACL, where they are not sure to hold (`conformance`). A SPARQL constraint is run as the standard has
it, once for each focus node with ``$this`` bound, on an Oxigraph store. Shapes with ``pmls:appliesTo pmlg:inferred`` see the closed
graph; all others see what was asserted, because domain and range inference would make every misfit true.

A rule on the whole graph has the ontology as its focus node and names what breaks it as value: it asks once, where a rule on
each node would compare each with all others. Its finding is told of what breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from itertools import product
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.findings import Finding, Findings
from pmlkg.pipeline.conformance import doubtful
from pmlkg.pipeline.records import Records
from pmlkg.pipeline.shapes import FOCUS, Rule, Select, Shapes
from pmlkg.rdf import to_rdflib
from pmlkg.terms import GRAPHS, PMLS, RDF_TYPE, RDFS, SH, curie

_SUBCLASS: Final = ox.NamedNode(RDFS + "subClassOf")
_ASSERTED: Final = ox.DefaultGraph()
_INFERRED: Final = GRAPHS["inferred"]
_THIS: Final = ox.Variable("this")


class _Subject:
    """What is checked: what was asserted and, in a graph beside it, what was inferred, with the focus nodes of each target."""

    def __init__(self, asserted: Sequence[ox.Triple], inferred: Sequence[ox.Triple]) -> None:
        self.store = ox.Store()
        self.store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in asserted)
        self.store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, _INFERRED) for t in inferred)
        self._focus: dict[tuple[bool, tuple[tuple[str, str], ...]], set[Any]] = {}

    def select(self, rule: Rule, select: Select, node: Any) -> Any:
        """The answer of a SELECT of a rule for one focus node."""
        graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [_ASSERTED, _INFERRED] if rule.on_closed else [_ASSERTED]
        return self.store.query(
            select.query,
            prefixes=select.prefixes,
            default_graph=graphs,
            custom_functions={FOCUS: lambda: node},
            substitutions={_THIS: node},  # what a pattern says of it is looked up, not joined
        )

    def focus(self, rule: Rule) -> set[Any]:
        key = (rule.on_closed, rule.targets)
        if key not in self._focus:
            self._focus[key] = focus_nodes(self.store, rule)
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
        if rule.selects:
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
    """What the rule is checked on: instances of a target class or its sub-classes, subjects or objects of a property.

    store : what was asserted, in the default graph; what was inferred, in the others.
    """
    graph = None if rule.on_closed else _ASSERTED
    nodes: set[Any] = set()
    for kind, iri in rule.targets:
        target = ox.NamedNode(iri)
        if kind == "targetClass":
            nodes |= instances(store, target, graph)
        elif kind == "targetSubjectsOf":
            nodes |= {quad.subject for quad in store.quads_for_pattern(None, target, None, graph)}
        elif kind == "targetObjectsOf":
            nodes |= {quad.object for quad in store.quads_for_pattern(None, target, None, graph)}
        else:
            nodes.add(target)
    return nodes


def instances(store: ox.Store, cls: Any, graph: Any = _ASSERTED) -> set[Any]:
    """Of a class or the classes below it, in one graph or, where `graph` is None, in all."""
    classes, todo = {cls}, [cls]
    while todo:
        below = {quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, todo.pop(), graph)}
        todo += [node for node in below - classes if isinstance(node, ox.NamedNode)]
        classes |= below  # blank classes do no harm here
    return {quad.subject for one in classes for quad in store.quads_for_pattern(None, RDF_TYPE, one, graph)}


def _select(subject: _Subject, rule: Rule, records: Records | None) -> list[Finding]:
    found = []
    for select, this in product(rule.selects, subject.focus(rule)):
        answer = subject.select(rule, select, this)
        for row in answer:
            bound = {variable.value: term for variable in answer.variables if (term := row[variable]) is not None}
            found.append(_broken(rule, select, {**bound, "this": this}, records))
    return found


def _broken(rule: Rule, select: Select, bound: dict[str, Any], records: Records | None) -> Finding:
    """The finding of one row. What a message names in braces is put in."""
    right = re.sub(r"\{[?$](\w+)\}", lambda name: _show(bound[name[1]]) if name[1] in bound else name[0], rule.message)
    this, path, value = (bound.pop(name, None) for name in ("this", "path", "value"))
    if rule.whole and value is not None:
        this, value = value, None
    parts = [rule.label if value is None else f"{rule.label}: {_show(value)}"]
    if path is not None:
        parts.append(f"({_show(path)})")
    parts += [f"({name} {_show(term)})" for name, term in bound.items()]
    return _finding(rule, " ".join(parts), this, path.value if path else _cause(rule, select), value, records, right)


def _cause(rule: Rule, select: Select) -> str | None:
    """The property to point at for a SPARQL constraint without a path: the first one that its SELECT asks of the node."""
    node = r"\?value" if rule.whole else r"\$this"
    match = re.search(node + r"\s+(?:\?\w+\s*\.|rdf:type\s+\?\w+\s*;\s*)?(\w+):(\w+)", select.text)
    return select.prefixes[match[1]] + match[2] if match and match[1] in select.prefixes else None


def _core(subject: _Subject, asserted: Sequence[ox.Triple], shapes: Shapes, records: Records | None) -> list[Finding]:
    rules = {name: rule for name, rule in shapes.rules.items() if not rule.selects}
    of_class = cache(partial(instances, subject.store))
    doubt = doubtful(shapes.core(), asserted, rules, lambda name: subject.focus(rules[name]), of_class)
    if not doubt:
        return []
    import pyshacl
    import rdflib

    data, run = to_rdflib(asserted), to_rdflib(shapes.core(doubt))
    _, report, text = pyshacl.validate(data, shacl_graph=run, inference="none", advanced=False, do_owl_imports=False, inplace=True)
    if not isinstance(report, rdflib.Graph):  # pySHACL hands back a failure as a value
        raise Findings([Finding("Shape-run", f"pySHACL could not run the shapes: {text}", "shapes that can be run")])
    sh = rdflib.Namespace(SH)
    found = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        source = report.value(result, sh.sourceShape)
        while not isinstance(source, rdflib.URIRef):  # a shape inside the rule
            source = next(run.subjects(None, source))
        rule = shapes.rules[str(source).removeprefix(PMLS)]
        focus, path, value = (_term(report.value(result, name)) for name in (sh.focusNode, sh.resultPath, sh.value))
        component = str(report.value(result, sh.sourceConstraintComponent)).removeprefix(SH).removesuffix("ConstraintComponent")
        others = [
            f"{curie(pair)} {other}"
            for pair in rule.pair
            for other in data.objects(report.value(result, sh.focusNode), rdflib.URIRef(pair))
        ]
        message = _message(rule, component, value, others)
        iri = path.value if isinstance(path, ox.NamedNode) else None
        found.append(_finding(rule, message, focus, iri, None if value == focus else value, records, rule.message))
    return found


def _term(term: Any) -> Any:
    """A term of rdflib as one of pyoxigraph; what is none (a missing value) is None."""
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(term)
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(term)
    return None if term is None else ox.Literal(str(term))


def _message(rule: Rule, component: str, value: Any, others: list[str]) -> str:
    if rule.fault:
        return rule.label
    if component == "MinCount":
        return f"{rule.label} is missing"
    if component == "MaxCount":
        return f"{rule.label} is given more than once"
    shown = "" if value is None else f" {_show(value)}"
    return f"{rule.label}{shown}" + (f" beside {', '.join(others)}" if others else " does not fit")


def _finding(rule: Rule, message: str, node: Any, path: str | None, value: Any, records: Records | None, right: str) -> Finding:
    """A finding at the path in the record of the node; else at what the rule asks for, else where the record begins."""
    place = records.place(_text(node), [*rule.asked, path]) if records else None
    return Finding(
        rule.name, message, right, place, _text(node), path, _text(value), rule.severity, isinstance(value, ox.NamedNode | ox.BlankNode)
    )


def _text(term: Any) -> str | None:
    return f"_:{term.value}" if isinstance(term, ox.BlankNode) else None if term is None else str(term.value)


def _show(term: Any) -> str:
    return curie(term.value) if isinstance(term, ox.NamedNode) else repr(term.value)
