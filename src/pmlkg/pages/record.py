"""The page of one thing: an entity, a claim, a source, a guideline, a term of the ontology."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox

from pmlkg.pages.site import Site
from pmlkg.terms import GRAPHS, PMLKG, PMLO, curie, expand, show

_FIGURES = """SELECT ?measure ?value ?low ?high ?bounds ?unit ?of ?whom ?period ?comparator WHERE {{
  {claim} pmlo:statistic ?s . ?s pmlo:measure/rdfs:label ?measure ; pmlo:unit ?code . ?u a pmlo:Unit ; skos:notation ?code ; rdfs:label ?unit .
  OPTIONAL {{ ?s pmlo:value ?value }} OPTIONAL {{ ?s pmlo:low ?low }} OPTIONAL {{ ?s pmlo:high ?high }} OPTIONAL {{ ?s pmlo:limits ?bounds }}
  OPTIONAL {{ ?s pmlo:ofThose ?of }} OPTIONAL {{ ?s pmlo:inWhom ?whom }} OPTIONAL {{ ?s pmlo:period ?period }}
  OPTIONAL {{ ?s pmlo:comparator ?comparator }} }} ORDER BY ?measure ?whom ?period ?value"""
_CLAIMS = """SELECT DISTINCT ?claim ?sentence ?status ?year ?sources WHERE {{
  ?claim pmlo:subject|pmlo:object|pmlo:concerns {node} ; dcterms:description ?sentence ; pmlo:status/rdfs:label ?status ; pmlo:sourceKeys ?sources .
  OPTIONAL {{ ?claim pmlo:latestYear ?year }} }} ORDER BY ?status DESC(?year) ?claim"""
_ADVICE = """SELECT DISTINCT ?claim ?sentence ?direction ?strength ?status WHERE {{
  ?claim pmlo:guideline {node} ; dcterms:description ?sentence ; pmlo:status/rdfs:label ?status ; pmlo:predicate/rdfs:label ?direction .
  OPTIONAL {{ ?claim pmlo:strength ?strength }} }} ORDER BY ?status ?direction ?claim"""
_AROUND = """SELECT ?s ?label ?o (COUNT(DISTINCT ?claim) AS ?n) WHERE {{ GRAPH pmlg:edges {{ {{ {node} ?p ?o BIND ({node} AS ?s) }} UNION {{ ?s ?p {node} BIND ({node} AS ?o) }} }}
  ?p rdfs:label ?label . ?claim pmlo:subject ?s ; pmlo:predicate ?p ; pmlo:object ?o ; pmlo:status pmlo:current }}
  GROUP BY ?s ?label ?o ORDER BY ?label ?s ?o"""
_EDGE = "SELECT ?s ?p ?o {{ {claim} pmlo:subject ?s ; pmlo:predicate ?p ; pmlo:object ?o }}"
_USES = "SELECT (COUNT(*) AS ?n) {{ {{ ?x ?y {term} }} UNION {{ ?x {term} ?y }} }}"


def record(site: Site, iri: str) -> str:
    """The page of a record. Raises UnknownName for an IRI that the graph does not have."""
    kg = site.kg
    card = kg.show(f"<{iri}>" if "://" in iri else iri)
    node = ox.NamedNode(expand(card.id))
    values: dict[str, Any] = {"title": _short(card.label), "card": card, "iri": node.value, "links": _links(site, card)}
    if card.kind == "entity":
        values["claims"] = [_row(site, row) for row in kg.query(_CLAIMS.format(node=node))]
        return site.render("entity.html", **values)
    if card.kind == "claim":
        values["figures"] = list(kg.query(_FIGURES.format(claim=node)).rows)
        edge = kg.query(_EDGE.format(claim=node)).rows
        values["title"] = card.statement.sentence if card.statement else card.label
        values["triple"] = [show(term) for term in edge[0]] if edge else []
        values["ends"] = [(site.label(term.value), site.href(term.value)) for term in edge[0]] if edge else []
        return site.render("claim.html", **values)
    if card.kind == "source":
        values["advice"] = [_row(site, row) for row in kg.query(_ADVICE.format(node=node))]
        return site.render("source.html", **values)
    return site.render("other.html", **values)


def around(site: Site, name: str) -> str:
    """A map of the edges of one thing, and of those between its neighbours; the same as a table. Raises UnknownName."""
    kg = site.kg
    node = ox.NamedNode(kg.resolve(name))
    rows = kg.query(_AROUND.format(node=node)).rows
    ends = {term.value for s, _, o, _ in rows for term in (s, o)} or {node.value}
    elements: list[dict[str, Any]] = [
        {"data": {"id": iri, "label": site.label(iri), "href": site.href(iri), **({"middle": True} if iri == node.value else {})}}
        for iri in sorted(ends)
    ]
    elements += [{"data": {"source": s.value, "target": o.value, "label": show(p)}} for s, p, o, _ in rows]
    told = [
        {"s": (site.label(s.value), site.href(s.value)), "p": show(p), "o": (site.label(o.value), site.href(o.value)), "n": int(n.value)}
        for s, p, o, n in rows
    ]
    label = site.label(node.value)
    return site.render(
        "map.html", title=f"Around {label}", label=label, href=site.href(node.value), rows=told, elements=json.dumps(elements)
    )


def term(site: Site, name: str) -> str:
    """The page of a term of the ontology, with how often it is used. Raises UnknownName."""
    card = site.kg.show(PMLO + name)
    node = ox.NamedNode(PMLO + name)
    uses = int(site.kg.query(_USES.format(term=node)).rows[0][0].value)
    return site.render("term.html", title=card.label, card=card, iri=node.value, uses=uses, links=_links(site, card))


def ontology(site: Site) -> str:
    """All terms, by kind."""
    rows = site.kg.query("""SELECT ?term ?label ?definition ?kind WHERE { ?term rdfs:isDefinedBy ?o ; rdfs:label ?label ; a ?kind .
      OPTIONAL { ?term skos:definition ?definition } FILTER (?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty, skos:Concept, skos:ConceptScheme)) }
      ORDER BY ?kind LCASE(STR(?label))""").rows
    names = {
        "owl:Class": "Classes",
        "owl:ObjectProperty": "Relations",
        "owl:DatatypeProperty": "Attributes",
        "skos:ConceptScheme": "Vocabularies",
        "skos:Concept": "Their terms",
    }
    groups: dict[str, list[tuple[str, str, str, str]]] = {name: [] for name in names.values()}
    for node, label, definition, kind in rows:
        groups[names[show(kind)]].append((node.value.removeprefix(PMLO), show(label), show(definition), site.href(node.value)))
    return site.render("ontology.html", title="Ontology", groups=groups, tree=_tree(site))


def _tree(site: Site) -> list[dict[str, Any]]:
    """The classes below each other, from those that are below none."""
    rows = site.kg.query("""SELECT ?class ?label ?wider WHERE { ?class a owl:Class ; rdfs:isDefinedBy ?o ; rdfs:label ?label .
      OPTIONAL { GRAPH pmlg:ontology { ?class rdfs:subClassOf ?wider } ?wider rdfs:isDefinedBy ?o } } ORDER BY LCASE(STR(?label))""").rows
    below: dict[str, list[tuple[str, str]]] = {}
    for node, label, wider in rows:
        below.setdefault(wider.value if isinstance(wider, ox.NamedNode) else "", []).append((node.value, show(label)))

    def branch(iri: str) -> list[dict[str, Any]]:
        return [{"href": site.href(name), "label": label, "below": branch(name)} for name, label in below.get(iri, ())]

    return branch("")


def shapes(site: Site) -> str:
    """All rules, by what they are of."""
    from pmlkg.pipeline.shapes import load_shapes  # which only this page needs

    rules = sorted(load_shapes(site.kg.data.shapes()).rules.values(), key=lambda rule: rule.name)
    groups: dict[str, list[Any]] = {}
    for rule in rules:
        groups.setdefault(rule.name.partition("-")[0], []).append(rule)
    return site.render("shapes.html", title="Shapes", rules=rules, groups=groups)


def graphs(site: Site) -> str:
    """The named graphs, with what each holds."""
    counts = site.kg.triples
    rows = [(name, node.value, counts[name]) for name, node in GRAPHS.items()]
    return site.render("graphs.html", title="Named graphs", rows=rows, total=sum(counts.values()))


def _links(site: Site, card: Any) -> dict[str, str]:
    """Compact id -> where its page is, for all that a card names."""
    ids = {card.id}
    ids |= {other.id for relation in card.relations for other in relation.others}
    ids |= {item.claim for item in card.recommendations} | {claim for conflict in card.conflicts for claim in conflict.claims}
    ids |= {link.id for link in (*card.supports, *card.used_by)}
    if card.statement:
        ids |= {item.source for item in (*card.statement.evidence, *card.disputed_by)}
    return {name: site.href(expand(name)) for name in ids if ":" in name}


def _row(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    iri = row["claim"].value
    found: dict[str, Any] = {name: show(cell) for name, cell in row.items()}
    return found | {"href": site.href(iri), "id": curie(iri).removeprefix("pmlkg:") if iri.startswith(PMLKG) else iri}


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:97].rsplit(" ", 1)[0] + " …"
