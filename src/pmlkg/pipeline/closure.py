"""OWL 2 RL closure with a proof of every inferred triple.

The rules are the table below, in the notation and under the names of the OWL 2 Profiles recommendation
(https://www.w3.org/TR/owl2-profiles/, tables 4 to 9). Rules over lists (property chains, keys, intersections, ...) are
written out for each list that the input holds. Every rule is then compiled to one small Python function per premise,
and new triples are run through them until none is left (semi-naive evaluation): each step joins one new triple with
what is known, and its rule and premises are kept as the proof. Triples take their turn in the order of the steps that
their proofs need, so that the proof that is kept is the shortest (Knuth's generalization of Dijkstra's algorithm, 1977).

What is left out, and why, stands in ``docs/closure.md``; the result is otherwise that of owlrl, which the tests prove.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import combinations, count
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import OWL, RDF, RDFS, XSD, curie

RULES: Final = """
eq-sym      ?x owl:sameAs ?y                                            => ?y owl:sameAs ?x
eq-trans    ?x owl:sameAs ?y . ?y owl:sameAs ?z                         => ?x owl:sameAs ?z
eq-rep-s    ?s owl:sameAs ?t . ?s ?p ?o                                 => ?t ?p ?o
eq-rep-p    ?p owl:sameAs ?q . ?s ?p ?o                                 => ?s ?q ?o
eq-rep-o    ?o owl:sameAs ?t . ?s ?p ?o                                 => ?s ?p ?t
eq-diff1    ?x owl:sameAs ?y . ?x owl:differentFrom ?y                  => false
eq-diff1    ?x owl:differentFrom ?x                                     => false

prp-dom     ?p rdfs:domain ?c . ?x ?p ?y                                => ?x rdf:type ?c
prp-rng     ?p rdfs:range ?c . ?x ?p ?y                                 => ?y rdf:type ?c
prp-fp      ?p rdf:type owl:FunctionalProperty . ?x ?p ?y . ?x ?p ?z    => ?y owl:sameAs ?z
prp-ifp     ?p rdf:type owl:InverseFunctionalProperty . ?x ?p ?z . ?y ?p ?z => ?x owl:sameAs ?y
prp-irp     ?p rdf:type owl:IrreflexiveProperty . ?x ?p ?x              => false
prp-symp    ?p rdf:type owl:SymmetricProperty . ?x ?p ?y                => ?y ?p ?x
prp-asyp    ?p rdf:type owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x    => false
prp-trp     ?p rdf:type owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z    => ?x ?p ?z
prp-spo1    ?p rdfs:subPropertyOf ?q . ?x ?p ?y                         => ?x ?q ?y
prp-eqp1    ?p owl:equivalentProperty ?q . ?x ?p ?y                     => ?x ?q ?y
prp-eqp2    ?p owl:equivalentProperty ?q . ?x ?q ?y                     => ?x ?p ?y
prp-pdw     ?p owl:propertyDisjointWith ?q . ?x ?p ?y . ?x ?q ?y        => false
prp-inv1    ?p owl:inverseOf ?q . ?x ?p ?y                              => ?y ?q ?x
prp-inv2    ?p owl:inverseOf ?q . ?x ?q ?y                              => ?y ?p ?x
prp-npa1    ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetIndividual ?y . ?x ?p ?y => false
prp-npa2    ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetValue ?y . ?x ?p ?y => false

cls-nothing2 ?x rdf:type owl:Nothing                                    => false
cls-com     ?c owl:complementOf ?d . ?x rdf:type ?c . ?x rdf:type ?d    => false
cls-svf1    ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?x ?p ?y . ?y rdf:type ?c => ?x rdf:type ?r
cls-svf2    ?r owl:someValuesFrom owl:Thing . ?r owl:onProperty ?p . ?x ?p ?y => ?x rdf:type ?r
cls-avf     ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?x rdf:type ?r . ?x ?p ?y => ?y rdf:type ?c
cls-hv1     ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x rdf:type ?r  => ?x ?p ?v
cls-hv2     ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x ?p ?v        => ?x rdf:type ?r
cls-maxc1   ?r owl:maxCardinality 0 . ?r owl:onProperty ?p . ?x rdf:type ?r . ?x ?p ?y => false
cls-maxc2   ?r owl:maxCardinality 1 . ?r owl:onProperty ?p . ?x rdf:type ?r . ?x ?p ?y . ?x ?p ?z => ?y owl:sameAs ?z
cls-maxqc1  ?r owl:maxQualifiedCardinality 0 . ?r owl:onProperty ?p . ?r owl:onClass ?c . ?x rdf:type ?r . ?x ?p ?y . ?y rdf:type ?c => false
cls-maxqc2  ?r owl:maxQualifiedCardinality 0 . ?r owl:onProperty ?p . ?r owl:onClass owl:Thing . ?x rdf:type ?r . ?x ?p ?y => false
cls-maxqc3  ?r owl:maxQualifiedCardinality 1 . ?r owl:onProperty ?p . ?r owl:onClass ?c . ?x rdf:type ?r . ?x ?p ?y . ?y rdf:type ?c . ?x ?p ?z . ?z rdf:type ?c => ?y owl:sameAs ?z
cls-maxqc4  ?r owl:maxQualifiedCardinality 1 . ?r owl:onProperty ?p . ?r owl:onClass owl:Thing . ?x rdf:type ?r . ?x ?p ?y . ?x ?p ?z => ?y owl:sameAs ?z

cax-sco     ?c rdfs:subClassOf ?d . ?x rdf:type ?c                      => ?x rdf:type ?d
cax-eqc1    ?c owl:equivalentClass ?d . ?x rdf:type ?c                  => ?x rdf:type ?d
cax-eqc2    ?c owl:equivalentClass ?d . ?x rdf:type ?d                  => ?x rdf:type ?c
cax-dw      ?c owl:disjointWith ?d . ?x rdf:type ?c . ?x rdf:type ?d    => false

scm-sco     ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e               => ?c rdfs:subClassOf ?e
scm-eqc1    ?c owl:equivalentClass ?d                                   => ?c rdfs:subClassOf ?d
scm-eqc1    ?c owl:equivalentClass ?d                                   => ?d rdfs:subClassOf ?c
scm-eqc2    ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c               => ?c owl:equivalentClass ?d
scm-spo     ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r         => ?p rdfs:subPropertyOf ?r
scm-eqp1    ?p owl:equivalentProperty ?q                                => ?p rdfs:subPropertyOf ?q
scm-eqp1    ?p owl:equivalentProperty ?q                                => ?q rdfs:subPropertyOf ?p
scm-eqp2    ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p         => ?p owl:equivalentProperty ?q
scm-dom1    ?p rdfs:domain ?c . ?c rdfs:subClassOf ?d                   => ?p rdfs:domain ?d
scm-dom2    ?q rdfs:domain ?c . ?p rdfs:subPropertyOf ?q                => ?p rdfs:domain ?c
scm-rng1    ?p rdfs:range ?c . ?c rdfs:subClassOf ?d                    => ?p rdfs:range ?d
scm-rng2    ?q rdfs:range ?c . ?p rdfs:subPropertyOf ?q                 => ?p rdfs:range ?c
scm-hv      ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?s owl:hasValue ?v . ?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?r rdfs:subClassOf ?s
scm-hv      ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?s owl:hasValue ?v . ?s owl:onProperty ?p => ?r rdfs:subClassOf ?s
scm-svf1    ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:someValuesFrom ?d . ?s owl:onProperty ?p . ?c rdfs:subClassOf ?d => ?r rdfs:subClassOf ?s
scm-svf1    ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:someValuesFrom ?c . ?s owl:onProperty ?p => ?r rdfs:subClassOf ?s
scm-svf1    ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:someValuesFrom owl:Thing . ?s owl:onProperty ?p => ?r rdfs:subClassOf ?s
scm-svf2    ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:someValuesFrom ?c . ?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?r rdfs:subClassOf ?s
scm-avf1    ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:allValuesFrom ?d . ?s owl:onProperty ?p . ?c rdfs:subClassOf ?d => ?r rdfs:subClassOf ?s
scm-avf1    ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:allValuesFrom ?c . ?s owl:onProperty ?p => ?r rdfs:subClassOf ?s
scm-avf2    ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?s owl:allValuesFrom ?c . ?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q => ?s rdfs:subClassOf ?r
"""
"""Name, premises parted by " . ", and conclusion; ``false`` is a clash. 0 and 1 are the two cardinalities of the profile."""

_PREFIX: Final = {"owl": OWL, "rdf": RDF, "rdfs": RDFS}
_THING: Final = ox.NamedNode(OWL + "Thing")
_REFLEXIVE: Final = {
    ox.NamedNode(OWL + "sameAs"),
    ox.NamedNode(OWL + "equivalentClass"),
    ox.NamedNode(OWL + "equivalentProperty"),
    ox.NamedNode(RDFS + "subClassOf"),
    ox.NamedNode(RDFS + "subPropertyOf"),
}

_LONG: Final = 12
"""Premises that a compiled function may have: Python nests twenty blocks."""
_PAIRS: Final = ("cax-adc", "prp-adp", "eq-diff2", "eq-diff3")
"""Rules written out for each pair of a list, which are too many to compile."""

_Term = Any  # a pyoxigraph term, or a str "?name" for a variable
_Atom = tuple[_Term, _Term, _Term]
_Ids = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: when every triple of `body` holds, `head` holds; a `head` of None is a clash."""

    name: str
    body: tuple[_Atom, ...]
    head: _Atom | None


@dataclass(frozen=True, slots=True)
class _Guard:
    """A premise with a known predicate, and the function that waits for it.

    end : where in it the shared term stands, 0 or 2. far : what must stand at the other end, if that is known.
    at : where the shared term stands in the triple that the function takes. slot : its place in the order of the rules.
    """

    end: int
    far: int | None
    at: int
    slot: int
    fire: Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a rule; the premises are asserted or inferred triples of the same closure."""

    rule: str
    premises: tuple[ox.Triple, ...]


class Closure:
    """The result of `close`: what follows, and why.

    inferred : the new triples, those with the shorter proofs first.
    clashes : proofs that the input contradicts itself; empty for a consistent input.
    """

    def __init__(self, terms: list[Any], known: dict[_Ids, tuple[str, tuple[_Ids, ...]] | None], clashes: list[Any]) -> None:
        self._terms = terms
        self._ids = {term: number for number, term in enumerate(terms)}
        self._known = known
        self.inferred: tuple[ox.Triple, ...] = tuple(self._triple(ids) for ids, proof in known.items() if proof)
        self.clashes: tuple[Step, ...] = tuple(dict.fromkeys(self._step(clash) for clash in clashes))

    def step(self, triple: ox.Triple) -> Step | None:
        """The last step of the shortest proof of `triple`; None for an asserted triple. Raises KeyError for one that does not hold."""
        ids = (self._ids[triple.subject], self._ids[triple.predicate], self._ids[triple.object])
        proof = self._known[ids]
        return self._step(proof) if proof else None

    def _step(self, proof: tuple[str, tuple[_Ids, ...]]) -> Step:
        return Step(proof[0], tuple(self._triple(ids) for ids in proof[1]))

    def _triple(self, ids: _Ids) -> ox.Triple:
        return ox.Triple(self._terms[ids[0]], self._terms[ids[1]], self._terms[ids[2]])


def close(triples: Iterable[ox.Triple]) -> Closure:
    """The OWL 2 RL closure of `triples`. The same input in the same order gives the same proofs.

    >>> a, b, c = (ox.NamedNode("https://example.org/" + name) for name in "abc")
    >>> sub = ox.NamedNode(RDFS + "subClassOf")
    >>> result = close([ox.Triple(a, sub, b), ox.Triple(b, sub, c)])
    >>> [str(t.object.value) for t in result.inferred], result.step(result.inferred[0]).rule
    (['https://example.org/c'], 'scm-sco')
    """
    return _Engine(triples).run()


class _Engine:
    """Triples as numbers, indexed by predicate, and one compiled function per rule and premise."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.terms: list[Any] = []
        self.ids: dict[Any, int] = {}
        self.literal: list[bool] = []
        self.known: dict[_Ids, tuple[str, tuple[_Ids, ...]] | None] = {}
        self.clashes: list[tuple[str, tuple[_Ids, ...]]] = []
        self.objects: dict[int, dict[int, dict[int, None]]] = {}  # predicate -> subject -> objects
        self.subjects: dict[int, dict[int, dict[int, None]]] = {}  # predicate -> object -> subjects
        self.cost: dict[_Ids, int] = {}  # steps of the shortest proof so far; a step that is needed twice counts twice
        self.waiting: list[tuple[int, int, _Ids, str, tuple[_Ids, ...]]] = []  # a heap by cost and age: what has not had its turn
        self.age = count()
        self.thing, self.type = self.id(_THING), self.id(ox.NamedNode(RDF + "type"))
        self.schema = {self.id(ox.NamedNode(RDFS + name)) for name in ("subClassOf", "domain", "range")}
        self.reflexive = {self.id(term) for term in _REFLEXIVE}
        given = list(triples)
        self.given = list(dict.fromkeys(map(self.ids_of, given)))
        self.cost.update(dict.fromkeys(self.given, 0))
        self.compile([*_table(), *list_rules(given)])

    def id(self, term: Any) -> int:
        number = self.ids.get(term)
        if number is None:
            number = self.ids[term] = len(self.terms)
            self.terms.append(term)
            self.literal.append(isinstance(term, ox.Literal))
        return number

    def ids_of(self, triple: ox.Triple) -> _Ids:
        return self.id(triple.subject), self.id(triple.predicate), self.id(triple.object)

    def run(self) -> Closure:
        known = self.known
        for triple in self.given:
            known[triple] = None
        for triple in self.given:
            self.turn(*triple)
        while self.waiting:
            _, _, triple, rule, premises = heappop(self.waiting)
            if triple not in known:  # else it had its turn with a shorter proof: a conclusion costs more than its premises
                known[triple] = (rule, premises)
                self.turn(*triple)
        return Closure(self.terms, known, self.clashes)

    def turn(self, s: int, p: int, o: int) -> None:
        """Index a triple and draw every conclusion from it and those that had their turn before."""
        # A triple enters the index when its turn comes, so a join is found once, at its last premise,
        # and no index changes while it is being walked.
        self.objects.setdefault(p, {}).setdefault(s, {})[o] = None
        self.subjects.setdefault(p, {}).setdefault(o, {})[s] = None
        if p in self.guards:
            self.wake(s, p, o)
        for fire in self.by_pair.get((p, o), ()):
            fire(s, p, o)
        for fire in self.by_predicate.get(p, ()):
            fire(s, p, o)
        of_s, of_p, of_o = self.awake
        at_s, at_p, at_o = of_s.get(s), of_p.get(p), of_o.get(o)
        if at_s or at_o:
            at_p = dict(sorted({**(at_s or {}), **(at_p or {}), **(at_o or {})}.items()))
        if at_p:
            for fire in at_p.values():
                fire(s, p, o)

    def new(self, triple: _Ids, rule: str, premises: tuple[_Ids, ...]) -> None:
        """Take a conclusion, or a shorter proof of it, unless it is of the kind that says nothing (docs/closure.md)."""
        s, p, o = triple
        if self.literal[s] or self.literal[p] or isinstance(self.terms[p], ox.BlankNode):
            return
        if s == o and p in self.reflexive:
            return
        if o == self.thing and (p == self.type or p in self.schema):
            return
        steps = 1 + sum(self.cost[premise] for premise in premises)
        if steps >= self.cost.get(triple, steps + 1):
            return
        self.cost[triple] = steps
        heappush(self.waiting, (steps, next(self.age), triple, rule, premises))

    def compile(self, rules: list[Rule]) -> None:
        self.by_pair: dict[tuple[int, int], list[Callable[[int, int, int], None]]] = {}
        self.by_predicate: dict[int, list[Callable[[int, int, int], None]]] = {}
        self.guards: dict[int, list[_Guard]] = {}
        self.awake: tuple[dict[int, dict[int, Callable[[int, int, int], None]]], ...] = ({}, {}, {})
        source: list[str] = []
        slots: list[tuple[Rule, int, str]] = []
        for number, rule in enumerate(rules):
            for position in range(len(rule.body)):
                slots.append((rule, position, f"rule{number}_{position}"))
                if not _is_walked(rule):
                    source += self.function(*slots[-1])
        space: dict[str, Any] = {
            "cost": self.cost,
            "objects": self.objects,
            "subjects": self.subjects,
            "new": self.new,
            "clash": self.clashes.append,
            "EMPTY": {},
        }
        exec("\n".join(source), space)  # noqa: S102 - the source is made from the rule table and term numbers only
        for number, (rule, position, name) in enumerate(slots):
            _, p, o = rule.body[position]
            if _is_walked(rule):
                space[name] = partial(self.walk, rule, position)
            if _is_variable(p):
                self.guard(rule.body, position, number, space[name])
            elif _is_variable(o):
                self.by_predicate.setdefault(self.id(p), []).append(space[name])
            else:
                self.by_pair.setdefault((self.id(p), self.id(o)), []).append(space[name])

    def guard(self, body: tuple[_Atom, ...], position: int, slot: int, fire: Callable[[int, int, int], None]) -> None:
        """Let a premise that any predicate fits sleep until a premise with a known predicate holds of a term that the two share.

        Most rules on any predicate ask for an axiom on it; a triple without one is not run through a hundred functions in vain.
        """
        atom = body[position]
        others = [other for number, other in enumerate(body) if number != position and not _is_variable(other[1])]
        shared = [
            (at, other, end) for at in (1, 0, 2) for other in others for end in (0, 2) if _is_variable(atom[at]) and other[end] == atom[at]
        ]
        at, other, end = shared[0]  # every rule of the profile has one
        far = other[2 - end]
        self.guards.setdefault(self.id(other[1]), []).append(_Guard(end, None if _is_variable(far) else self.id(far), at, slot, fire))

    def wake(self, s: int, p: int, o: int) -> None:
        """Let the rules that wait for such a triple have their turn at what comes from now on; rules keep their order."""
        for guard in self.guards.get(p, ()):
            near, far = (s, o) if guard.end == 0 else (o, s)
            if guard.far is None or guard.far == far:
                awake = self.awake[guard.at].setdefault(near, {})
                if guard.slot not in awake:
                    awake[guard.slot] = guard.fire
                    self.awake[guard.at][near] = dict(sorted(awake.items()))

    def function(self, rule: Rule, position: int, name: str) -> list[str]:
        """Python source: bind one premise to the new triple, walk the others, draw the conclusion."""
        lines = [f"def {name}(s, p, o):"]
        depth = 1
        bound: set[str] = set()

        def put(line: str) -> None:
            lines.append("    " * depth + line)

        def code(term: _Term) -> str:
            return f"v_{term[1:]}" if _is_variable(term) else str(self.id(term))

        def known(term: _Term) -> bool:
            return not _is_variable(term) or term in bound

        def take(term: _Term, value: str) -> None:
            if known(term):
                put(f"if {code(term)} != {value}: {'return' if depth == 1 else 'continue'}")
            else:
                put(f"{code(term)} = {value}")
                bound.add(term)

        for term, value in zip(rule.body[position], "spo", strict=True):
            take(term, value)
        rest = [atom for index, atom in enumerate(rule.body) if index != position]
        level = 0
        while rest:
            # Most bound terms first; a known predicate is worth most, for the index starts with it.
            rest.sort(key=lambda atom: -(4 * known(atom[1]) + known(atom[0]) + known(atom[2])))
            s, p, o = rest.pop(0)
            level += 1
            if not known(p):  # only under sameAs, which is rare: every predicate is tried
                put(f"for p{level} in objects:")
                depth += 1
                take(p, f"p{level}")
            if known(s) and known(o):
                put(f"if {code(o)} in objects.get({code(p)}, EMPTY).get({code(s)}, EMPTY):")
                depth += 1
            elif known(s):
                put(f"for x{level} in objects.get({code(p)}, EMPTY).get({code(s)}, EMPTY):")
                depth += 1
                take(o, f"x{level}")
            elif known(o):
                put(f"for x{level} in subjects.get({code(p)}, EMPTY).get({code(o)}, EMPTY):")
                depth += 1
                take(s, f"x{level}")
            else:
                put(f"for x{level}, y{level} in objects.get({code(p)}, EMPTY).items():")
                depth += 1
                take(s, f"x{level}")
                put(f"for z{level} in y{level}:")
                depth += 1
                take(o, f"z{level}")
        premises = "(" + "".join(f"({', '.join(code(term) for term in atom)}), " for atom in rule.body) + ")"
        if rule.head is None:
            put(f"clash(({rule.name!r}, {premises}))")
        else:
            head = ", ".join(code(term) for term in rule.head)
            put(f"if cost.get(({head}), 2) > 1: new(({head}), {rule.name!r}, {premises})")  # 0 and 1 cannot be beaten
        return lines

    def walk(self, rule: Rule, position: int, s: int, p: int, o: int) -> None:
        """What the function of a rule does, without one: for long lists, which Python has no nesting for, and for the pairs of a list."""
        bound: dict[str, int] = {}
        if not self.bind(rule.body[position], (s, p, o), bound):
            return
        rest = [atom for index, atom in enumerate(rule.body) if index != position]
        for found in self.solutions(rest, bound):
            premises = tuple((self.value(a, found), self.value(b, found), self.value(c, found)) for a, b, c in rule.body)
            if rule.head is None:
                self.clashes.append((rule.name, premises))
            else:
                a, b, c = rule.head
                self.new((self.value(a, found), self.value(b, found), self.value(c, found)), rule.name, premises)

    def solutions(self, rest: list[_Atom], bound: dict[str, int]) -> Iterator[dict[str, int]]:
        """Every way in which the premises hold; those with most bound terms are looked up first."""
        if not rest:
            yield bound
            return
        atom = max(rest, key=lambda atom: sum(term in bound or not _is_variable(term) for term in atom))
        others = [other for other in rest if other is not atom]
        s, p, o = (self.value(term, bound) if term in bound or not _is_variable(term) else None for term in atom)
        for known in [p] if p is not None else list(self.objects):
            subjects = self.objects.get(known, {})
            if s is not None:
                pairs = [(s, each) for each in subjects.get(s, ()) if o is None or each == o]
            elif o is not None:
                pairs = [(each, o) for each in self.subjects.get(known, {}).get(o, ())]
            else:
                pairs = [(each, other) for each, objects in subjects.items() for other in objects]
            for one, other in pairs:
                more = dict(bound)
                if self.bind(atom, (one, known, other), more):
                    yield from self.solutions(others, more)

    def bind(self, atom: _Atom, triple: _Ids, bound: dict[str, int]) -> bool:
        """Whether a triple fits a premise; its variables are bound."""
        return all(
            bound.setdefault(term, number) == number if _is_variable(term) else self.id(term) == number
            for term, number in zip(atom, triple, strict=True)
        )

    def value(self, term: _Term, bound: dict[str, int]) -> int:
        """The number of a term, or of what a variable is bound to."""
        return bound[term] if _is_variable(term) else self.id(term)


def _is_walked(rule: Rule) -> bool:
    return len(rule.body) > _LONG or rule.name in _PAIRS


def _is_variable(term: _Term) -> bool:
    return isinstance(term, str)


def _table() -> Iterator[Rule]:
    """The rules of the table, with both cardinalities in each of the integer types in which they are met."""
    for line in RULES.strip().splitlines():
        if not line.strip():
            continue
        name, text = line.split(None, 1)
        for number_type in ("nonNegativeInteger", "integer") if re.search(r"ardinality [01]", text) else ("",):
            body, _, head = text.partition("=>")
            atoms = tuple(_atom(part, number_type) for part in body.split(" . "))
            yield Rule(name, atoms, None if head.strip() == "false" else _atom(head, number_type))


def _atom(text: str, number_type: str) -> _Atom:
    def term(word: str) -> _Term:
        if word.startswith("?"):
            return word
        if word in "01":
            return ox.Literal(word, datatype=ox.NamedNode(XSD + number_type))
        prefix, _, local = word.partition(":")
        return ox.NamedNode(_PREFIX[prefix] + local)

    subject, predicate, object_ = text.split()
    return term(subject), term(predicate), term(object_)


def list_rules(triples: list[ox.Triple]) -> Iterator[Rule]:
    """The rules over lists, written out for each list of the input; the axiom itself is the first premise."""
    rdf = {name: ox.NamedNode(RDF + name) for name in ("first", "rest", "nil", "type")}
    kind, sub, same = rdf["type"], ox.NamedNode(RDFS + "subClassOf"), ox.NamedNode(OWL + "sameAs")
    axioms = [t for t in triples if t.predicate.value.startswith((OWL, RDF))]
    first = {t.subject: t.object for t in axioms if t.predicate == rdf["first"]}
    rest = {t.subject: t.object for t in axioms if t.predicate == rdf["rest"]}
    kinds = {(t.subject, t.object) for t in axioms if t.predicate == kind and str(t.object).startswith(f"<{OWL}")}

    def items(head: Any) -> list[Any]:
        found, seen = [], set()
        while head != rdf["nil"] and head in first and head not in seen:
            seen.add(head)
            found.append(first[head])
            head = rest.get(head, rdf["nil"])
        return found

    for axiom in axioms:
        if not axiom.predicate.value.startswith(OWL):
            continue
        name, s = axiom.predicate.value[len(OWL) :], axiom.subject
        premise: _Atom = (s, axiom.predicate, axiom.object)
        members = items(axiom.object)
        if not members:
            continue
        if name == "propertyChainAxiom":
            steps = tuple((f"?u{n}", member, f"?u{n + 1}") for n, member in enumerate(members))
            yield Rule("prp-spo2", (premise, *steps), ("?u0", s, f"?u{len(members)}"))
        elif name == "hasKey":
            pairs = [(("?x", key, f"?z{n}"), ("?y", key, f"?z{n}")) for n, key in enumerate(members)]
            atoms = [atom for pair in pairs for atom in pair]
            yield Rule("prp-key", (premise, ("?x", kind, s), ("?y", kind, s), *atoms), ("?x", same, "?y"))
        elif name == "intersectionOf":
            yield Rule("cls-int1", (premise, *(("?x", kind, member) for member in members)), ("?x", kind, s))
            for member in members:
                yield Rule("cls-int2", (premise, ("?x", kind, s)), ("?x", kind, member))
                yield Rule("scm-int", (premise,), (s, sub, member))
        elif name == "unionOf":
            for member in members:
                yield Rule("cls-uni", (premise, ("?x", kind, member)), ("?x", kind, s))
                yield Rule("scm-uni", (premise,), (member, sub, s))
        elif name == "oneOf":
            for member in members:
                yield Rule("cls-oo", (premise,), (member, kind, s))
        elif name in ("members", "distinctMembers"):
            for a, b in combinations(members, 2):
                if (s, ox.NamedNode(OWL + "AllDisjointClasses")) in kinds:
                    yield Rule("cax-adc", (premise, ("?x", kind, a), ("?x", kind, b)), None)
                if (s, ox.NamedNode(OWL + "AllDisjointProperties")) in kinds:
                    yield Rule("prp-adp", (premise, ("?x", a, "?y"), ("?x", b, "?y")), None)
                if (s, ox.NamedNode(OWL + "AllDifferent")) in kinds:
                    body = (premise,) if a == b else (premise, (a, same, b))
                    yield Rule("eq-diff2" if name == "members" else "eq-diff3", body, None)


def describe(step: Step) -> str:
    """A step in words, for a finding: the rule and its premises."""
    return f"{step.rule}: " + "; ".join(triple_text(triple) for triple in step.premises)


def triple_text(triple: ox.Triple) -> str:
    """A triple with compact IRIs, for people."""
    parts = (triple.subject, triple.predicate, triple.object)
    return " ".join(curie(part.value) if isinstance(part, ox.NamedNode) else str(part) for part in parts)
