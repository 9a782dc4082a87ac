"""Shapes files in, rules out: each shape that can be broken, with what it says to people and how it is run.

A rule is a named shape that stands by itself: it has a target, a name, a description, a message and a severity. What is in SHACL
and cannot be run here as the standard has it is refused by name, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.asking.federation import bare
from pmlkg.asking.syntax import syntax_error
from pmlkg.findings import Finding, Findings, Place, Severity
from pmlkg.rdf import read_turtle
from pmlkg.terms import GRAPHS, OWL, PMLS, RDF, RDF_TYPE, SH, XSD, curie, did_you_mean, nearest

_APPLIES_TO: Final = PMLS + "appliesTo"
_TARGETS: Final = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_PAIR: Final = ("disjoint", "equals", "lessThan", "lessThanOrEquals")
_TOLD: Final = ("description", "message", "name", "severity")
_COUNTS: Final = ("maxCount", "maxLength", "minCount", "minLength", "qualifiedMaxCount", "qualifiedMinCount")
_BOUNDS: Final = ("maxExclusive", "maxInclusive", "minExclusive", "minInclusive")
_INNER: Final = ("node", "not", "property", "qualifiedValueShape")
_INNERS: Final = ("and", "or", "xone")
_CORE: Final = frozenset(
    (
        *(*_PAIR, *_COUNTS, *_BOUNDS, *_INNER, *_INNERS),
        *("class", "closed", "datatype", "flags", "hasValue", "ignoredProperties", "in", "languageIn", "nodeKind", "pattern", "uniqueLang"),
    )
)
"""Words of SHACL core that a shape may constrain with."""
_PATHS: Final = frozenset(("alternativePath", "inversePath", "oneOrMorePath", "zeroOrMorePath", "zeroOrOnePath"))
_SEVERITIES: Final[tuple[Severity, ...]] = ("Violation", "Warning", "Info")

_FORBIDDEN: Final = {
    r"\bMINUS\b": "MINUS, which SHACL does not allow; FILTER NOT EXISTS does the same",
    r"\bVALUES\b": "VALUES, which SHACL does not allow; FILTER (?x IN (…)) does the same",
    r"\bSERVICE\b": "SERVICE, which SHACL does not allow",
    r"\bAS\s+[?$]this\b": "AS $this, which SHACL does not allow",
    r"[?$](?:shapesGraph|currentShape|PATH)\b": "$shapesGraph, $currentShape or $PATH; name the property itself",
    # The store writes numbers anew ("5.00" is "5"), so what hangs on the digits as written is not known in it.
    r"\bSTR\s*\(\s*(?!IRI\s*\()": "STR of what may be a number, whose digits as written are not kept; for an address STR(IRI(?x))",
    r"\b(?:DATATYPE|sameTerm)\s*\(": "DATATYPE or sameTerm, which hang on literals as written; sh:datatype and sh:in see them",
}
FOCUS: Final = ox.NamedNode(PMLS + "focus-node")
"""The function that gives the focus node to a query of a rule."""
_GROUP: Final = re.compile(r"\{(?!\s*SELECT\b)", re.I)
_SUBSELECT: Final = re.compile(r"\{\s*SELECT\b(.*?)(?:\bWHERE\b|\{)", re.I | re.S)


Said = dict[Any, dict[str, list[Any]]]
"""Subject -> the IRI of a predicate -> objects."""


@dataclass(frozen=True, slots=True)
class Select:
    """A SPARQL constraint.

    text : its query. query : the same with ``$this`` bound in each group by the function FOCUS: the standard has it bound everywhere,
        not where a pattern binds it.
    prefixes : those that it may use.
    """

    text: str
    query: str
    prefixes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape that can be broken.

    file : the name of the file that it stands in.
    targets : (kind, IRI) pairs, kind being the local name of a SHACL target property.
    selects : its SPARQL constraints; none for core constraints.
    on_closed : whether it sees the closed graph.
    pair : IRIs of properties that the value is compared with.
    fault : whether the label names what is wrong (a node shape), not the property that is (a property shape).
    asked : IRIs of properties of the node that it asks for: those of its targets, then its own.
    """

    name: str
    label: str
    description: str
    message: str
    severity: Severity
    file: str
    targets: tuple[tuple[str, str], ...]
    selects: tuple[Select, ...] = ()
    on_closed: bool = False
    pair: tuple[str, ...] = ()
    fault: bool = False
    asked: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is a rule on the whole graph, with a SELECT whose focus node is the ontology."""
        return bool(self.selects) and self.targets == (("targetClass", OWL + "Ontology"),)


@dataclass(frozen=True)
class Shapes:
    """All shapes: their triples, and the rules by name (``Statistic-confidenceLow``)."""

    triples: tuple[ox.Triple, ...]
    rules: Mapping[str, Rule]

    def core(self, names: Collection[str] | None = None) -> list[ox.Triple]:
        """The triples of rules with core constraints; `names`: of these only. What hangs on no rule any more does no harm."""
        left_out = {PMLS + name for name, rule in self.rules.items() if rule.selects or (names is not None and name not in names)}
        return [triple for triple in self.triples if getattr(triple.subject, "value", "") not in left_out]


def index(triples: Iterable[ox.Triple], said: Said | None = None) -> Said:
    """What is said of each subject, added to `said` where that is given."""
    found: Said = {} if said is None else said
    for triple in triples:
        found.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)
    return found


def items(said: Said, head: Any) -> list[Any] | None:
    """The members of a list, or None where it is none."""
    found, seen = [], set()
    while head != ox.NamedNode(RDF + "nil"):
        cell = said.get(head, {})
        if head in seen or len(cell.get(RDF + "first", ())) != 1 or len(cell.get(RDF + "rest", ())) != 1:
            return None
        seen.add(head)
        found.append(cell[RDF + "first"][0])
        head = cell[RDF + "rest"][0]
    return found


def load_shapes(files: Mapping[str, Path]) -> Shapes:
    """Read shapes files, by the names that findings call them. Raises Findings where a rule cannot be read, told to a person, or run as it must be."""
    reader = _Reader()
    for number, name in enumerate(sorted(files)):
        reader.read(name, files[name], number)
    rules = {rule.name: rule for rule in reader.rules()}
    if reader.problems:
        raise Findings(reader.problems)
    return Shapes(tuple(reader.triples), rules)


class _Reader:
    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []
        self.problems: list[Finding] = []
        self._said: Said = {}
        self._files: dict[Any, str] = {}
        self._paths: dict[str, Path] = {}

    def read(self, name: str, path: Path, number: int) -> None:
        triples = read_turtle(path, f"{number}-{path.stem}", name)
        self._paths[name] = path
        index(triples, self._said)
        for triple in triples:
            self.triples.append(triple)
            home = self._files.setdefault(triple.subject, name)
            if home != name and isinstance(triple.subject, ox.NamedNode) and self._is_shape(triple.subject):
                self._problem("Shape-twice", f"is said here and in {home}", "a rule stands in one file", triple.subject, name)

    def rules(self) -> Iterator[Rule]:
        """All that can be run; problems are told of the rest."""
        shapes = [node for node in self._said if self._is_shape(node)]
        inner = {node for shape in shapes for node in self._inner(shape)}
        for node in shapes:
            before = len(self.problems)
            if node in inner:
                if isinstance(node, ox.NamedNode):
                    self._problem(
                        "Shape-inner", "a named shape inside another", "a rule of its own with a target, or a shape without name", node
                    )
                continue
            if self._is_off(node):  # a shape that is switched off is none
                continue
            rule = self._rule(node)
            if rule and len(self.problems) == before:
                yield rule

    def _is_shape(self, node: Any) -> bool:
        said = self._said.get(node, {})
        kinds = {kind.value.removeprefix(SH) for kind in said.get(RDF_TYPE.value, ())}
        words = {word.removeprefix(SH) for word in said if word.startswith(SH)}
        return bool(kinds & {"NodeShape", "PropertyShape"} or words & {*_TARGETS, "target", "path", "sparql", "js"} or words & _CORE)

    def _inner(self, shape: Any) -> Iterator[Any]:
        """The shapes that stand directly in a shape."""
        said = self._said.get(shape, {})
        for word in _INNER:
            yield from said.get(SH + word, ())
        for word in _INNERS:
            for head in said.get(SH + word, ()):
                yield from self._items(head) or ()

    def _items(self, head: Any) -> list[Any] | None:
        return items(self._said, head)

    def _problem(self, rule: str, message: str, right: str, node: Any, file: str | None = None) -> None:
        name = node.value if isinstance(node, ox.NamedNode) else None
        self.problems.append(Finding(rule, message, right, self._place(node, file or self._files.get(node, "")), name))

    def _place(self, node: Any, file: str) -> Place:
        """Where a rule begins: the line that begins with its name, for a parser of Turtle tells of no places."""
        if file in self._paths and isinstance(node, ox.NamedNode):
            begin = re.compile(rf"(?:<{re.escape(node.value)}>|{re.escape(curie(node.value))})(?![\w.-]*\w)")
            for number, line in enumerate(self._paths[file].read_text(encoding="utf-8").split("\n"), 1):
                if begin.match(line):
                    return Place(file, number, 1)
        return Place(file)

    def _rule(self, node: Any) -> Rule | None:
        said = self._said[node]
        if not isinstance(node, ox.NamedNode) or not node.value.startswith(PMLS):
            what = f"the shape {curie(node.value)}" if isinstance(node, ox.NamedNode) else "a shape without name"
            self._problem("Shape-name", what, f"a name in {PMLS}, such as pmls:Drug-label", node)
            return None
        missing = [word for word in _TOLD if len(said.get(SH + word, ())) != 1]
        if missing:
            self._problem("Shape-metadata", f"not one sh:{', not one sh:'.join(missing)}", "each rule has all four, once", node)
            return None
        severity = next((one for one in _SEVERITIES if said[SH + "severity"][0].value == SH + one), None)
        if severity is None:
            message = f"the severity {curie(said[SH + 'severity'][0].value)}"
            self._problem("Shape-metadata", message, "sh:Violation, sh:Warning or sh:Info", node)
            return None
        targets = tuple((kind, target.value) for kind in _TARGETS for target in said.get(SH + kind, ()))
        if not targets:
            self._problem("Shape-target", "the rule has no target", "a sh:targetClass or another target", node)
        if any(not isinstance(target, ox.NamedNode) for kind in _TARGETS for target in said.get(SH + kind, ())):
            self._problem("Shape-target", "a target that is no name", "the IRI of a class, a property or a node", node)
        self._check(node, node, inside=False)
        on_closed = GRAPHS["inferred"] in said.get(_APPLIES_TO, ())
        selects = tuple(self._selects(node))
        if on_closed and SH + "sparql" not in said:
            self._problem("Shape-phase", "a rule on the closed graph with core constraints", "a SPARQL constraint", node)
        return Rule(
            name=node.value.removeprefix(PMLS),
            label=said[SH + "name"][0].value,
            description=said[SH + "description"][0].value,
            message=said[SH + "message"][0].value,
            severity=severity,
            file=self._files[node],
            targets=targets,
            selects=selects,
            on_closed=on_closed,
            pair=tuple(other.value for word in _PAIR for other in said.get(SH + word, ())),
            fault=SH + "path" not in said,
            asked=self._asked_of(node),
        )

    def _asked_of(self, node: Any) -> tuple[str, ...]:
        said = self._said[node]
        targets = (target.value for target in said.get(SH + "targetSubjectsOf", ()))
        path = said.get(SH + "path")
        return tuple(dict.fromkeys((*targets, *(self._steps(path[0]) if path else self._asked(node)))))

    def _steps(self, path: Any) -> list[str]:
        """The property that is a path, or those that it takes one of."""
        way = self._said.get(path, {}).get(SH + "alternativePath")
        return [step.value for step in ((self._items(way[0]) or []) if way else [path]) if isinstance(step, ox.NamedNode)]

    def _asked(self, shape: Any) -> Iterator[str]:
        """Properties of the focus node that the shapes inside a node shape ask for."""
        for inner in self._inner(shape):
            paths = self._said.get(inner, {}).get(SH + "path", ())
            for path in paths:
                yield from self._steps(path)
            if not paths:
                yield from self._asked(inner)

    def _check(self, rule: Any, shape: Any, *, inside: bool, above: tuple[Any, ...] = ()) -> None:
        """Tell of all in a shape that is no SHACL core, or no well-formed one. `above`: the shapes that it stands in."""
        if shape in above:
            self._problem("Shape-recursive", "a shape that stands in itself", "shapes that end", rule)
            return
        said = self._said.get(shape, {})
        known = {RDF_TYPE.value, _APPLIES_TO, SH + "deactivated", SH + "path", *(SH + word for word in _CORE)}
        known |= {SH + word for word in (*_TOLD, *(() if inside else (*_TARGETS, "sparql")))}
        for word in said.keys() - known:
            like = did_you_mean(nearest(word.removeprefix(SH), [name.removeprefix(SH) for name in known], count=1))
            self._problem(
                "Shape-word",
                f"{curie(word)}, which is not run here{like}",
                "words of SHACL core, and sh:sparql of the rule itself",
                rule,
            )
        constrains = [word for word in said if word.removeprefix(SH) in _CORE or word == SH + "sparql"]
        if not constrains and not inside:
            self._problem("Shape-constraint", "the rule asks for nothing", "a constraint, such as sh:minCount 1", rule)
        if inside and self._is_off(shape):
            self._problem("Shape-word", "sh:deactivated inside a rule", "the rule without that shape", rule)
        if SH + "sparql" in said and (len(constrains) > 1 or SH + "path" in said):
            message = "sh:sparql beside other constraints, or in a property shape"
            self._problem("Shape-select", message, "a node shape of its own for the SELECT", rule)
        if len(said.get(SH + "path", ())) > 1 or not all(self._is_path(path) for path in said.get(SH + "path", ())):
            self._problem("Shape-path", "a sh:path that is none", "one property, or a path of SHACL", rule)
        for word in _COUNTS:
            self._literals(rule, said, word, r"[0-9]+", "integer", "a whole number")
        for word in _BOUNDS:
            self._literals(rule, said, word, r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", "", "a number")
        for word in ("closed", "uniqueLang"):
            self._literals(rule, said, word, "true|false", "boolean", "true or false")
        for pattern in said.get(SH + "pattern", ()):
            try:
                re.compile(pattern.value)
            except re.error as error:
                self._problem("Shape-pattern", f"the pattern {pattern.value!r}: {error}", "a regular expression", rule)
        for word in (*_INNERS, "in", "languageIn", "ignoredProperties"):
            if any(self._items(head) is None for head in said.get(SH + word, ())):
                self._problem("Shape-list", f"sh:{word} without a list", "( one after the other )", rule)
        for inner in self._inner(shape):
            if isinstance(inner, ox.Literal):
                self._problem("Shape-inner", f"{inner.value!r} in the place of a shape", "a shape", rule)
            else:
                self._check(rule, inner, inside=True, above=(*above, shape))

    def _literals(self, rule: Any, said: Mapping[str, list[Any]], word: str, pattern: str, datatype: str, right: str) -> None:
        for value in said.get(SH + word, ()):
            good = isinstance(value, ox.Literal) and re.fullmatch(pattern, value.value)
            if not good or (datatype and value.datatype.value != XSD + datatype):
                self._problem("Shape-value", f"sh:{word} {value.value!r}", right, rule)

    def _is_path(self, path: Any, depth: int = 0) -> bool:
        if isinstance(path, ox.NamedNode):
            return True
        said = self._said.get(path, {}) if isinstance(path, ox.BlankNode) and depth < 50 else {}
        steps = self._items(path) if RDF + "first" in said else None
        if steps is None and len(said) == 1:
            ((word, objects),) = said.items()
            if word.removeprefix(SH) in _PATHS and len(objects) == 1:
                steps = self._items(objects[0]) if word == SH + "alternativePath" else objects
        return bool(steps) and all(self._is_path(step, depth + 1) for step in steps or ())

    def _selects(self, node: Any) -> Iterator[Select]:
        """The SPARQL constraints of a rule that are not switched off, with the prefixes that are declared for them."""
        allowed = {RDF_TYPE.value, *(SH + word for word in ("deactivated", "prefixes", "select"))}
        for constraint in self._said[node].get(SH + "sparql", ()):
            said = self._said.get(constraint, {})
            if len(said.get(SH + "select", ())) != 1 or said.keys() - allowed:
                message = "a sh:sparql of other than one sh:select and its sh:prefixes"
                self._problem("Shape-select", message, "a SELECT, and the message at the rule", node)
            elif not self._is_off(constraint):
                yield self._select(node, str(said[SH + "select"][0].value), said.get(SH + "prefixes", ()))

    def _is_off(self, node: Any) -> bool:
        return any(value.value == "true" for value in self._said.get(node, {}).get(SH + "deactivated", ()))

    def _select(self, node: Any, text: str, homes: Iterable[Any]) -> Select:
        prefixes: dict[str, str] = {}
        for home in homes:
            for declaration in self._said.get(home, {}).get(SH + "declare", ()):
                about = self._said.get(declaration, {})
                prefixes[about[SH + "prefix"][0].value] = about[SH + "namespace"][0].value
        words = bare(text)
        problems = [why for pattern, why in _FORBIDDEN.items() if re.search(pattern, words, 0 if "PATH" in pattern else re.I)]
        if any(not re.search(r"[?$]this\b|\*", projected) for projected in _SUBSELECT.findall(words)):
            problems.append("a sub-select that does not select $this")
        for why in problems:
            self._problem("Shape-select", why, "a SELECT that means the same for each focus node", node)
        try:
            answer = ox.Store().query(text, prefixes=prefixes)
            if not isinstance(answer, ox.QuerySolutions) or "this" not in {variable.value for variable in answer.variables}:
                self._problem("Shape-select", "a query that does not select $this", "SELECT $this WHERE { … }", node)
        except SyntaxError as error:
            self._problem(
                "Shape-select",
                f"the query does not parse: {_where(syntax_error(text, str(error), prefixes))}",
                "a SELECT, with its prefixes in sh:prefixes",
                node,
            )
        return Select(text, _bind(text), prefixes)


def _bind(select: str) -> str:
    parts, begin = [], 0
    for group in _GROUP.finditer(bare(select)):
        parts += [select[begin : group.end()], f" BIND ({FOCUS}() AS ?this) "]
        begin = group.end()
    return "".join([*parts, select[begin:]])


def _where(error: SyntaxError) -> str:
    """What is wrong, and where in the query."""
    return f"{error.msg} (its line {error.lineno}, column {error.offset})"
