"""The reference: terms of the ontology, rules of the shapes and named questions, each from what defines it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from pages.markdown import cell, page, table
from pmlkg import KnowledgeGraph
from pmlkg.asking.federation import addresses
from pmlkg.asking.questions import Question
from pmlkg.pipeline.shapes import load_shapes
from pmlkg.rdf import read_turtle
from pmlkg.terms import OWL, PMLO, RDF, RDFS, SKOS, XSD, curie

_MADE: Final = "Made by `docs/generate.py`; a test holds this page to its source, {}."
_SCHEMA: Final = "https://schema.org/"


class _Terms:
    """The ontology, read term by term. Names are those of queries and records, without prefix."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._said: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._names: dict[str, list[str]] = defaultdict(list)
        for triple in triples:
            subject = getattr(triple.subject, "value", "")
            self._said[subject, triple.predicate.value].append(triple.object)
            if triple.predicate.value == RDF + "type" and subject.startswith(PMLO):
                self._names[triple.object.value].append(subject)
        self._inverses = {
            o.value: subject for (subject, predicate), objects in self._said.items() if predicate == OWL + "inverseOf" for o in objects
        }

    def of(self, *kinds: str) -> list[str]:
        """IRIs of the terms of any of these types, in alphabetical order."""
        return sorted({name for kind in kinds for name in self._names[kind]}, key=str.lower)

    def text(self, term: str, predicate: str) -> str:
        return cell("; ".join(sorted(getattr(value, "value", "") for value in self._said[term, predicate])))

    def links(self, term: str, predicate: str) -> list[str]:
        """What the term is related to by name: a link to terms of this page, a compact IRI for others."""
        return sorted(_link(value.value) for value in self._said[term, predicate] if isinstance(value, ox.NamedNode))

    def inverse(self, term: str) -> str:
        others = [value.value for value in self._said[term, OWL + "inverseOf"]] or [self._inverses.get(term, "")]
        return _link(others[0]) if others[0] else ""

    def is_a(self, term: str, kind: str) -> bool:
        return term in self._names[kind]

    def above(self, term: str, predicate: str) -> set[str]:
        """The term and all that it is below."""
        found: set[str] = set()
        waiting = [term]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += [value.value for value in self._said[current, predicate]]
        return found

    def chains(self, term: str) -> list[str]:
        """Property chains, as `p ∘ q`."""
        return [" ∘ ".join(self._list(chain)) for chain in self._said[term, OWL + "propertyChainAxiom"]]

    def _list(self, node: Any) -> list[str]:
        if node.value == RDF + "nil":
            return []
        first, rest = self._said[node.value, RDF + "first"], self._said[node.value, RDF + "rest"]
        return [_link(first[0].value), *self._list(rest[0])]


def ontology(kg: KnowledgeGraph) -> str:
    """Classes, edge properties, attributes and vocabularies."""
    terms = _Terms(read_turtle(kg.data.ontology))
    properties = terms.of(OWL + "ObjectProperty", OWL + "DatatypeProperty")
    edges = [name for name in properties if PMLO + "relatedTo" in terms.above(name, RDFS + "subPropertyOf")]
    return page(
        [
            "# Ontology",
            _MADE.format("`ontology/pmlkg.ttl`") + f" The prefix `pmlo:` is `{PMLO}`; records write the names without it.",
            "[Classes](#classes) · [Edge properties](#edge-properties) · [Attributes](#attributes) · [Vocabularies](#vocabularies)",
            "## Classes",
            table(
                ["class", "within", "definition", "example", "note"],
                [
                    [
                        _anchor(name),
                        ", ".join(terms.links(name, RDFS + "subClassOf")),
                        *(terms.text(name, SKOS + key) for key in ("definition", "example", "scopeNote")),
                    ]
                    for name in terms.of(OWL + "Class")
                ],
            ),
            "## Edge properties",
            "What a claim can assert between two records. *From* and *to* say which classes a shape allows; *makes* what follows from an edge.",
            *(_edge(terms, name) for name in edges),
            "## Attributes",
            "What else is said of records, claims, figures and evidence.",
            table(
                ["attribute", "value", "definition", "example", "note"],
                [
                    [
                        _anchor(name),
                        ", ".join(terms.links(name, RDFS + "range") or terms.links(name, _SCHEMA + "rangeIncludes")),
                        *(terms.text(name, SKOS + key) for key in ("definition", "example", "scopeNote")),
                    ]
                    for name in properties
                    if name not in edges
                ],
            ),
            "## Vocabularies",
            "The words that an attribute can have as its value.",
            *(_scheme(terms, name) for name in terms.of(SKOS + "ConceptScheme")),
        ]
    )


def _edge(terms: _Terms, name: str) -> str:
    both = [kind for kind in ("Transitive", "Symmetric") if terms.is_a(name, f"{OWL}{kind}Property")]
    facts = {
        "Example": terms.text(name, SKOS + "example"),
        "Note": terms.text(name, SKOS + "scopeNote"),
        "From": ", ".join(terms.links(name, _SCHEMA + "domainIncludes")),
        "To": ", ".join(terms.links(name, _SCHEMA + "rangeIncludes")),
        "Inverse": terms.inverse(name),
        "Within": ", ".join(terms.links(name, RDFS + "subPropertyOf")),
        "Makes its subject": ", ".join(terms.links(name, RDFS + "domain")),
        "Makes its object": ", ".join(terms.links(name, RDFS + "range")),
        "Follows along": "; ".join(terms.chains(name)),
        "Kind": ", ".join(both).lower(),
    }
    lines = [f"- {key}: {value}" for key, value in facts.items() if value]
    return page([f"### {_name(name)}", terms.text(name, SKOS + "definition"), "\n".join(lines)]).rstrip()


def _scheme(terms: _Terms, name: str) -> str:
    members = sorted(
        (term for term in terms.of(SKOS + "Concept") if _link(name) in terms.links(term, SKOS + "inScheme")), key=lambda term: term.lower()
    )
    columns = {"label": RDFS + "label", "definition": SKOS + "definition", "written": SKOS + "notation"}
    units = {term: ", ".join(terms.links(term, PMLO + "hasUnit")) for term in members}
    used = [key for key, predicate in columns.items() if any(terms.text(term, predicate) for term in members)]
    head = ["term", *used, *(["units"] if any(units.values()) else [])]
    rows = [
        [_anchor(term), *(terms.text(term, columns[key]) for key in used), *([units[term]] if "units" in head else [])] for term in members
    ]
    return page([f"### {_name(name)}", terms.text(name, SKOS + "definition"), table(head, rows)]).rstrip()


def _name(iri: str) -> str:
    return iri.removeprefix(PMLO)


def _anchor(iri: str) -> str:
    """The name of a term in a table, as the place that links lead to."""
    return f'<a id="{_place(iri)}"></a>`{_name(iri)}`'


def _place(iri: str) -> str:
    """Where a term stands on its page. Classes and attributes differ by case alone (Statistic, statistic), which places do not keep."""
    name = _name(iri)
    return ("class-" if name[0].isupper() else "") + name.lower()


def _link(iri: str) -> str:
    if iri.startswith(XSD):
        return iri.removeprefix(XSD)
    return f"[{_name(iri)}](#{_place(iri)})" if iri.startswith(PMLO) else f"`{curie(iri)}`"


def shapes(kg: KnowledgeGraph) -> str:
    """Every rule: what it is about, what it says, and how bad it is to break it."""
    parts = [
        "# Shapes",
        _MADE.format("`shapes/`") + " `pmlkg validate` gives each finding the name of its rule.",
        "A *violation* breaks a fact or a query and stops the build; a *warning* loses quality and is shown. Rules see what was "
        "asserted; those marked *closed* see the graph with what was inferred.",
    ]
    every = sorted(load_shapes(kg.data.shapes()).rules.values(), key=lambda rule: rule.name)
    for name, path in kg.data.shapes().items():
        rules = [rule for rule in every if rule.file == name]
        if not rules:
            continue
        parts += [
            f"## {path.stem}",
            table(
                ["rule", "name", "what", "message", "severity"],
                [
                    [
                        f"`{rule.name}`",
                        *(cell(text) for text in (rule.label, rule.description, rule.message)),
                        rule.severity.lower() + (", closed" if rule.on_closed else ""),
                    ]
                    for rule in rules
                ],
            ),
        ]
    return page(parts)


def questions(kg: KnowledgeGraph) -> str:
    """The catalogue of named questions by group, with parameters and columns."""
    catalogue = kg.questions
    groups = sorted({question.group for question in catalogue.values()})
    return page(
        [
            "# Questions",
            _MADE.format("`queries/`")
            + f" {len(catalogue)} questions; `pmlkg ask NAME --PARAMETER VALUE` asks one. A parameter without a default can be left out.",
            "\n".join(
                f"- {group}: " + ", ".join(f"[{name}](#{name})" for name, question in catalogue.items() if question.group == group)
                for group in groups
            ),
            *(
                part
                for group in groups
                for part in [f"## {group}", *(_question(question) for question in catalogue.values() if question.group == group)]
            ),
        ]
    )


def _question(question: Question) -> str:
    marks = []
    if question.network:
        marks.append(f"Asks {' and '.join(addresses(question.text))} too: only with `--allow-network`.")
    if question.picture:
        marks.append("Has a picture: `--format svg`.")
    parameters = [
        [f"`{p.name}`", cell(p.description), p.right, "" if p.default == "UNDEF" else f"`{p.default}`"] for p in question.parameters
    ]
    columns = [[f"`{name}`", cell(meaning), question.types.get(name, "")] for name, meaning in question.columns.items()]
    return page(
        [
            f"### {question.name}",
            f"**{question.title}.** {question.question}",
            " ".join(marks),
            table(["parameter", "what", "kind", "default"], parameters) if parameters else "No parameters.",
            table(["column", "holds", "type"], columns),
            f"Keywords: {', '.join(question.keywords)}. [Text of the query](../../queries/{question.name}.rq)",
        ]
    ).rstrip()
