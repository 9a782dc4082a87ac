"""`Card`: what the graph knows of an entity, a claim, a source or any other record, on one page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyoxigraph as ox

from pmlkg import notebook
from pmlkg.reading.claims import ClaimNote, Evidence, carriers, evidence, note
from pmlkg.reading.names import VOCABULARIES, compact
from pmlkg.reading.reader import Reader
from pmlkg.terms import PMLO, RDF_TYPE, SKOS, expand, show

PHRASES: Final = {
    "memberOf": ("is a member of", "has as members"),
    "formOf": ("is a form of", "has the forms"),
    "hasForm": ("has the forms", "is a form of"),
    "hasSubtaxon": ("has the subtaxa", "is a subtaxon of"),
    "partOf": ("is part of", "has as parts"),
    "targets": ("targets", "is targeted by"),
    "causes": ("causes", "is caused by"),
    "infects": ("infects", "is infected by"),
    "establishesLatencyIn": ("stays latent in", "harbours latent"),
    "affectsStructure": ("affects", "is affected by"),
    "leadsTo": ("leads to", "follows from"),
    "increasesRiskOf": ("raises the risk of", "its risk is raised by"),
    "hasReportingSignalFor": ("has a reporting signal (no risk) for", "has reporting signals (no risk) of"),
    "hasNoReportingSignalFor": ("has no reporting signal for", "has no reporting signal of"),
    "decreasesRiskOf": ("lowers the risk of", "its risk is lowered by"),
    "notAssociatedWith": ("is not associated with", "is not associated with"),
    "hasUncertainAssociationWith": ("is uncertainly associated with", "is uncertainly associated with"),
    "occursIn": ("occurs in", "is where there is"),
    "hasUnderlyingCondition": ("arises on the ground of", "is an underlying condition of"),
    "hasManifestation": ("shows", "is shown by"),
    "hasClinicalFeature": ("shows (clinically)", "is a clinical feature of"),
    "hasImagingFinding": ("shows (on imaging)", "is an imaging finding of"),
    "hasLaboratoryFinding": ("shows (in the laboratory)", "is a laboratory finding of"),
    "hasHistologicalFinding": ("shows (under the microscope)", "is a histological finding of"),
    "rarelyHasManifestation": ("rarely shows", "is rare in"),
    "resembles": ("looks like", "looks like"),
    "hasComplication": ("has as complications", "is a complication of"),
    "detects": ("detects", "is detected by"),
    "measures": ("measures", "is measured by"),
    "raisesLevelOf": ("raises the level of", "its level is raised by"),
    "lowersLevelOf": ("lowers the level of", "its level is lowered by"),
    "leavesLevelUnchanged": ("leaves unchanged the level of", "its level is left unchanged by"),
    "hasOutcome": ("has the outcomes", "is an outcome of"),
    "predictsBetterOutcomeOf": ("goes with a better outcome of", "has a better outcome with"),
    "predictsWorseOutcomeOf": ("goes with a worse outcome of", "has a worse outcome with"),
    "benefits": ("helps in", "is helped by"),
    "hasNoShownBenefitFor": ("has no shown benefit in", "is not shown to be helped by"),
    "harms": ("harms in", "is harmed by"),
    "hasUncertainEffectOn": ("has an uncertain effect on", "is uncertainly affected by"),
    "recommendedFor": ("is recommended for", "for it is recommended"),
    "notRecommendedFor": ("is advised against for", "for it is advised against"),
    "hasInsufficientEvidenceFor": ("has too little evidence for advice in", "for it has too little evidence"),
    "warnsOf": ("warns of", "is warned of by"),
}
"""Edge property -> the words for it from its subject, and from its object; in the order of the card."""

_WARNED: Final = "is the subject of warnings by"
_OUTWARD: Final = {"causedBy", "infectedBy", "hasMember", "detectedBy", "manifestationOf", "complicationOf", "formOf"}

_MATCHES: Final = ("exact", "close", "narrow", "broad", "related")
_SHOWN: Final = 12  # how many of a kind the text of a card names
_FEW: Final = 5  # how many recommendations, conflicts and claims


@dataclass(frozen=True)
class Link:
    """Another record, by label and id."""

    label: str
    id: str


@dataclass(frozen=True)
class Relation:
    """What stands in one relation to the entity: in words, the edge property, asserted by claims or inferred."""

    words: str
    property: str
    how: str
    others: tuple[Link, ...]


@dataclass(frozen=True)
class Identifier:
    """The entity in another vocabulary; match: exact, close, narrow, broad or related."""

    vocabulary: str
    id: str
    match: str
    iri: str


@dataclass(frozen=True)
class Advice:
    """A recommendation that concerns the entity."""

    claim: str
    sentence: str
    guideline: str
    year: str
    strength: str
    status: str


@dataclass(frozen=True)
class Conflict:
    """Two claims about the entity that say different things, and why."""

    claims: tuple[str, str]
    note: str


@dataclass(frozen=True)
class Card:
    """What the graph knows of a record; a part that does not apply is empty.

    kind : entity, claim, source or record (such as a statistic). edge : of a claim, with whether it is in the graph.
    statement : of a claim. fields : whatever else is stated, by the names of the properties.
    supports : the claims that a source supports. used_by : the records that name a record which is no entity.
    claims, sources, years : how many claims speak of it, from how many sources of which years.
    """

    id: str
    label: str
    kind: str
    types: tuple[str, ...]
    roles: tuple[str, ...] = ()
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    relations: tuple[Relation, ...] = ()
    recommendations: tuple[Advice, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    statement: ClaimNote | None = None
    edge: str = ""
    disputed_by: tuple[Evidence, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    supports: tuple[Link, ...] = ()
    used_by: tuple[Link, ...] = ()
    claims: int = 0
    sources: int = 0
    years: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; what does not apply is left out."""
        return {key: value for key, value in asdict(self).items() if value not in ("", (), None)}

    def _repr_html_(self) -> str:
        return notebook.text(self.to_text())

    def to_text(self, width: int = 80) -> str:
        """Indented lines for a person, wrapped to a width."""
        page = _Page(width)
        page.put(f"{self.label} ({self.id})" if self.label != self.id else self.id)
        page.put(f"is a: {', '.join(self.types)}", 1)
        page.named("also (inferred)", ", ".join(self.roles))
        page.named("definition", self.definition)
        page.named("also called", ", ".join(self.synonyms))
        self._claim(page)
        for match in _MATCHES:
            codes = ", ".join(f"{item.vocabulary} {item.id}" for item in self.identifiers if item.match == match)
            page.named("identifiers" if match == "exact" else f"identifiers ({match})", codes)
        for how in ("asserted", "inferred"):
            relations = [relation for relation in self.relations if relation.how == how]
            page.put("asserted by claims:" if how == "asserted" else "inferred:", 1, when=relations)
            for relation in relations:
                page.put(f"{relation.words}: {_some((other.label for other in relation.others), len(relation.others))}", 2)
        page.put(f"recommendations ({len(self.recommendations)}):", 1, when=self.recommendations)
        for advice in self.recommendations[:_FEW]:
            origin = ", ".join(part for part in (advice.guideline, advice.year, f"strength: {advice.strength}", advice.status) if part)
            page.put(f"{advice.sentence} [{origin}; {advice.claim}]", 2)
        page.put(f"conflicts ({len(self.conflicts)}):", 1, when=self.conflicts)
        for conflict in self.conflicts[:_FEW]:
            page.put(f"{' against '.join(conflict.claims)}{': ' if conflict.note else ''}{conflict.note}", 2)
        for name, texts in self.fields:
            page.named(name, "; ".join(texts))
        for title, links in (("supports", self.supports), ("belongs to", self.used_by)):
            page.put(f"{title} ({len(links)}):", 1, when=links)
            for link in links[:_SHOWN]:
                page.put(f"{link.id}: {link.label}" if link.label != link.id else link.id, 2)
        if max(len(self.recommendations), len(self.conflicts)) > _FEW or max(len(self.supports), len(self.used_by)) > _SHOWN:
            page.put("the rest: --format json", 1)
        if self.kind == "entity":
            years = f" of {'–'.join(map(str, dict.fromkeys(self.years)))}" if self.years else ""
            page.put(f"{_count(self.claims, 'claim')} from {_count(self.sources, 'source')}{years} speak of it", 1)
        return "\n".join(page.lines)

    def _claim(self, page: _Page) -> None:
        if not self.statement:
            return
        said = self.statement
        page.named("says", said.sentence)
        page.named("edge", self.edge)
        page.named("status", said.status)
        page.named("of whom", said.population)
        for figure in said.figures:
            page.named("figure", " ".join(figure.split()))
        for title, items in (("supported by", said.evidence), ("disputed by", self.disputed_by)):
            for item in items:
                details = "; ".join(part for part in (item.source, item.locator, item.reading_depth) if part)
                page.named(title, f"{item.title} ({details}) {item.link}")


class _Page:
    """Lines, wrapped and indented."""

    def __init__(self, width: int) -> None:
        self.width = max(width, 30)
        self.lines: list[str] = []

    def put(self, text: str, depth: int = 0, *, when: object = True) -> None:
        pad = "  " * depth
        if when:
            self.lines += textwrap.wrap(
                text,
                self.width,
                initial_indent=pad,
                subsequent_indent=pad + "  ",
                break_long_words=False,
                break_on_hyphens=False,
            )

    def named(self, name: str, text: str) -> None:
        self.put(f"{name}: {text}", 1, when=text)


def make_card(reader: Reader, node: ox.NamedNode, vocabularies: Mapping[str, str]) -> Card:
    """The card of a record. vocabularies : prefix -> namespace of the mapped identifiers."""
    kind = next((name for name in ("entity", "claim", "source") if reader.is_a(node, f"pmlo:{name.capitalize()}")), "record")
    types = [reader.label(value) for value in reader.values(node, "rdf:type", "knowledge") or reader.values(node, "rdf:type")]
    roles = [reader.label(value) for value in reader.values(node, "rdf:type", "inferred")]
    parts: dict[str, Any] = {
        "roles": tuple(sorted(set(roles) - set(types))),
        "definition": reader.text(node, "skos:definition"),
        "synonyms": tuple(reader.texts(node, "skos:altLabel")),
        "identifiers": _identifiers(reader, node, vocabularies),
    }
    if kind == "entity":
        parts |= {
            "relations": _relations(reader, node),
            "recommendations": _recommendations(reader, node),
            "conflicts": _conflicts(reader, node),
            "fields": _fields(reader, node),
            **_counts(reader, node),
        }
    elif kind == "claim":
        parts |= {
            "statement": note(reader, node),
            "edge": _edge(reader, node),
            "disputed_by": evidence(reader, [node], "pmlo:disputedBy")[node],
            "conflicts": _conflicts(reader, node),
            "fields": _fields(reader, node, *_OF_CLAIMS),
        }
    elif kind == "source":
        claims = reader.rows(f"SELECT DISTINCT ?c WHERE {{ ?c pmlo:supportedBy/pmlo:source {node} }} ORDER BY ?c")
        parts |= {"fields": _fields(reader, node), "supports": tuple(_link(reader, row[0]) for row in claims)}
    else:
        users = {quad.subject for quad in reader.store.quads_for_pattern(None, None, node, None) if quad.predicate != RDF_TYPE}
        parts |= {
            "fields": _fields(reader, node),
            "used_by": tuple(_link(reader, user) for user in sorted(users, key=str) if isinstance(user, ox.NamedNode)),
        }
    if not types and reader.holds(node, ox.NamedNode(expand("owl:deprecated")), None):
        types = ["withdrawn record"]
    label = reader.text(node, "rdfs:label") or show(node)
    return Card(show(node), label, kind, tuple(sorted(types)), **parts)


_OF_CLAIMS: Final = (
    "subject",
    "predicate",
    "object",
    "population",
    "statistic",
    "supportedBy",
    "disputedBy",
    "status",
    "conflictsWith",
    "conflictNote",
)
_UNSAID: Final = {
    *(expand(name) for name in ("rdf:type", "rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:definition", "dcterms:title")),
    *(f"{SKOS}{name}Match" for name in _MATCHES),
}
_NAMES: Final = {expand("dcterms:description"): "description", expand("schema:url"): "url", expand("rdfs:seeAlso"): "see also",
                 expand("skos:scopeNote"): "scope note", expand("skos:changeNote"): "why", expand("owl:deprecated"): "withdrawn",
                 expand("dcterms:isReplacedBy"): "replaced by"}  # fmt: skip


def _fields(reader: Reader, node: ox.NamedNode, *without: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a record says beyond what a card shows in places of their own."""
    left_out = _UNSAID | {PMLO + name for name in without} | ({expand("dcterms:description")} if without else set())
    found: dict[str, list[str]] = {}
    home = next((name for name in ("knowledge", "ontology") if reader.holds(node, None, None, name)), "dataset")
    for predicate in sorted(
        {q.predicate for q in reader.store.quads_for_pattern(node, None, None, ox.NamedNode(expand(f"pmlg:{home}")))}, key=str
    ):
        if predicate.value not in left_out:
            name = _NAMES.get(predicate.value) or reader.label(predicate)
            values = (_plain(reader, value) for value in reader.values(node, show(predicate), home))
            found.setdefault(name, []).extend(values)
    return tuple((name, tuple(found[name])) for name in sorted(found))


def _plain(reader: Reader, value: Any) -> str:
    """A value for a person: a text, or what is named, with its id; an address as it is."""
    if not isinstance(value, ox.NamedNode):
        return reader.show(value)
    label = reader.title(value)
    return f"{label} ({show(value)})" if label != show(value) else label.strip("<>")


def _link(reader: Reader, node: ox.NamedNode) -> Link:
    return Link(reader.title(node), show(node))


def _identifiers(reader: Reader, node: ox.NamedNode, vocabularies: Mapping[str, str]) -> tuple[Identifier, ...]:
    found = []
    for match in _MATCHES:
        for value in reader.values(node, f"skos:{match}Match"):
            prefix, code = compact(value.value, vocabularies)
            found.append(Identifier(VOCABULARIES.get(prefix, prefix), code, match, value.value))
    return tuple(sorted(found, key=lambda item: (_MATCHES.index(item.match), item.vocabulary.casefold(), item.id)))


def _relations(reader: Reader, node: ox.NamedNode) -> tuple[Relation, ...]:
    """What stands at the other ends of the edges of an entity, and what is inferred beyond them.

    An inferred triple that says the same as an edge between the two (its inverse, or a property above) is left out.
    """
    above = _entailed(reader)
    found: dict[tuple[str, str, str], set[Link]] = {}
    said: set[tuple[str, bool, str]] = set()
    for how, graph in (("asserted", "edges"), ("inferred", "inferred")):
        for out, (s, o) in ((True, (node, None)), (False, (None, node))):
            for quad in reader.store.quads_for_pattern(s, None, o, ox.NamedNode(expand(f"pmlg:{graph}"))):
                other: Any = quad.object if out else quad.subject
                name = quad.predicate.value.removeprefix(PMLO)
                if how == "asserted":
                    said |= {(upper, out == straight, other.value) for upper, straight in above.get(name, set())} | {
                        (name, out, other.value)
                    }
                elif name not in PHRASES or (name, out, other.value) in said or name in _OUTWARD:
                    continue
                words = PHRASES.get(name, (reader.label(quad.predicate), f"{reader.label(quad.predicate)} (from)"))[not out]
                found.setdefault((how, words, show(quad.predicate)), set()).add(_link(reader, other))
    warnings = reader.rows(f"SELECT DISTINCT ?by WHERE {{ ?c pmlo:predicate pmlo:warnsOf ; pmlo:concerns {node} ; pmlo:subject ?by }}")
    if warnings:  # not edges of the drug, but what claims about it assert
        found["asserted", _WARNED, "pmlo:warnsOf"] = {_link(reader, row[0]) for row in warnings}
    order = {words: number for number, words in enumerate(words for pair in PHRASES.values() for words in pair)}
    keys = sorted(found, key=lambda key: (key[0], order.get(key[1], len(order)), key))
    return tuple(
        Relation(words, name, how, tuple(sorted(found[how, words, name], key=lambda link: (link.label.casefold(), link.id))))
        for how, words, name in keys
    )


def _entailed(reader: Reader) -> dict[str, set[tuple[str, bool]]]:
    """Edge property -> what an edge by it entails between the same two: a property, and whether straight or turned round."""
    found: dict[str, set[tuple[str, bool]]] = {}
    rows = reader.rows("""SELECT ?p ?q ?straight WHERE { ?p rdfs:subPropertyOf* ?up . ?p rdfs:isDefinedBy ?home .
      { BIND (true AS ?straight) BIND (?up AS ?q) } UNION { { ?up owl:inverseOf ?q } UNION { ?q owl:inverseOf ?up } BIND (false AS ?straight) }
      UNION { ?up a owl:SymmetricProperty BIND (?up AS ?q) BIND (false AS ?straight) } }""")
    for p, q, straight in rows:
        if isinstance(q, ox.NamedNode):
            found.setdefault(p.value.removeprefix(PMLO), set()).add((q.value.removeprefix(PMLO), straight.value == "true"))
    return found


def _recommendations(reader: Reader, node: ox.NamedNode) -> tuple[Advice, ...]:
    """The newest first; what is no longer current last."""
    rows = reader.rows(f"""SELECT DISTINCT ?claim ?sentence ?title ?year ?strength ?status WHERE {{
      ?claim a pmlo:Recommendation ; pmlo:subject|pmlo:object|pmlo:concerns {node} ; dcterms:description ?sentence ; pmlo:status ?status .
      OPTIONAL {{ ?claim pmlo:strength ?strength }}
      OPTIONAL {{ ?claim pmlo:guideline ?g . ?g rdfs:label ?title OPTIONAL {{ ?g pmlo:year ?year }} }} }}""")
    found: dict[str, Advice] = {}
    for claim, sentence, title, year, strength, status in rows:
        state = "" if show(status) == "pmlo:current" else reader.label(status)
        found.setdefault(show(claim), Advice(show(claim), show(sentence), show(title), show(year), show(strength), state))
    return tuple(sorted(found.values(), key=lambda item: (item.status != "", -int(item.year or 0), item.claim)))


def _conflicts(reader: Reader, node: ox.NamedNode) -> tuple[Conflict, ...]:
    """Pairs of claims in conflict, neither of them superseded, of which one is the node or speaks of it."""
    rows = reader.rows(f"""SELECT DISTINCT ?one ?other ?note WHERE {{
      {{ ?one pmlo:subject|pmlo:object|pmlo:concerns {node} . ?one pmlo:conflictsWith ?other }}
      UNION {{ {node} pmlo:conflictsWith ?other BIND ({node} AS ?one) }}
      FILTER NOT EXISTS {{ ?one pmlo:status pmlo:superseded }} FILTER NOT EXISTS {{ ?other pmlo:status pmlo:superseded }}
      OPTIONAL {{ GRAPH pmlg:knowledge {{ {{ ?one pmlo:conflictsWith ?other ; pmlo:conflictNote ?note }}
        UNION {{ ?other pmlo:conflictsWith ?one ; pmlo:conflictNote ?note }} }} }} }}""")
    notes: dict[tuple[str, str], set[str]] = {}
    for one, other, text in rows:
        first, second = sorted((show(one), show(other)))
        notes.setdefault((first, second), set()).update({show(text)} - {""})
    return tuple(Conflict(pair, "; ".join(sorted(notes[pair]))) for pair in sorted(notes))


def _counts(reader: Reader, node: ox.NamedNode) -> dict[str, Any]:
    claims = reader.rows(f"SELECT DISTINCT ?c WHERE {{ ?c pmlo:subject|pmlo:object|pmlo:concerns {node} ; pmlo:status ?status }}")
    sources = reader.rows(f"""SELECT DISTINCT ?s ?year WHERE {{ ?c pmlo:subject|pmlo:object|pmlo:concerns {node} ; pmlo:status ?status ;
      pmlo:supportedBy/pmlo:source ?s OPTIONAL {{ ?s pmlo:year ?year }} }}""")
    years = [int(year.value) for _, year in sources if year]
    return {"claims": len(claims), "sources": len({s for s, _ in sources}), "years": (min(years), max(years)) if years else None}


def _edge(reader: Reader, claim: ox.NamedNode) -> str:
    """The triple that a claim states, and whether it is an edge of the graph."""
    s, p, o = ((reader.values(claim, f"pmlo:{name}") or [None])[0] for name in ("subject", "predicate", "object"))
    if s is None or p is None or o is None:
        return ""
    claims = carriers(reader, ox.Triple(s, p, o))
    how = "" if claim in claims else " (carried by other claims)" if claims else " (not an edge of the graph)"
    return f"{reader.label(s)} – {reader.label(p)} – {reader.label(o)}{how}"


def _some(labels: Iterable[str], count: int) -> str:
    """The first few, and how many more."""
    first = [label for _, label in zip(range(_SHOWN), labels, strict=False)]
    return ", ".join(first) + (f" … and {count - _SHOWN} more" if count > _SHOWN else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
