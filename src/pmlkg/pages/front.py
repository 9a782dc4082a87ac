"""Pages at the entrance: home, about, coverage, and what search finds."""

from __future__ import annotations

import contextlib

import pyoxigraph as ox

from pmlkg.pages.site import Site
from pmlkg.reading.search import Hit
from pmlkg.terms import UnknownName, curie, show

_COUNTS = """SELECT ?what (COUNT(DISTINCT ?x) AS ?n) {
  { ?x a pmlo:Claim BIND ("claims" AS ?what) } UNION { ?x a pmlo:Source BIND ("sources" AS ?what) }
  UNION { ?x a pmlo:Entity BIND ("entities" AS ?what) } UNION { ?x a pmlo:Recommendation BIND ("recommendations" AS ?what) }
  UNION { ?x a pmlo:Statistic BIND ("figures" AS ?what) } } GROUP BY ?what ORDER BY ?what"""
_STANDING = "SELECT ?status (COUNT(DISTINCT ?c) AS ?n) { ?c a pmlo:Claim ; pmlo:status ?s . ?s rdfs:label ?status } GROUP BY ?status ORDER BY DESC(?n)"
_DEPTHS = (
    """SELECT ?depth (COUNT(DISTINCT ?i) AS ?n) { ?i pmlo:readingDepth ?d . ?d rdfs:label ?depth } GROUP BY ?depth ORDER BY DESC(?n)"""
)
_DESIGNS = (
    """SELECT ?design (COUNT(DISTINCT ?i) AS ?n) { ?i pmlo:studyDesign ?d . ?d rdfs:label ?design } GROUP BY ?design ORDER BY DESC(?n)"""
)
_NAMED = """SELECT ?x (MIN(?name) AS ?label) (MIN(?kindName) AS ?kind) {
  ?x rdfs:label ?name .
  { ?x a pmlo:Entity ; a ?class . ?class rdfs:isDefinedBy ?o ; rdfs:label ?kindName FILTER (?class != pmlo:Entity) }
  UNION { ?x rdfs:isDefinedBy ?o BIND ("term" AS ?kindName) }
  OPTIONAL { ?x skos:altLabel ?other }
  FILTER (CONTAINS(LCASE(STR(?name)), %s) || CONTAINS(LCASE(STR(COALESCE(?other, ""))), %s))
} GROUP BY ?x ORDER BY STRLEN(STR(?label)) ?label LIMIT %d"""
EXPOSURES = """SELECT DISTINCT ?x ?label { { ?c pmlo:subject ?x ; pmlo:predicate ?p ; pmlo:object pmlkg:pml FILTER (?p IN (pmlo:increasesRiskOf, pmlo:hasReportingSignalFor)) }
  ?x rdfs:label ?label } ORDER BY LCASE(STR(?label))"""
"""What raises the risk of PML, or is reported to."""


def home(site: Site) -> str:
    """What is known, how much, how sure; search; the lead question as a form."""
    kg = site.kg
    return site.render(
        "home.html",
        title="Progressive multifocal leukoencephalopathy: a knowledge graph",
        counts=[(show(what), int(n.value)) for what, n in kg.query(_COUNTS).rows],
        standing=[(show(status), int(n.value)) for status, n in kg.query(_STANDING).rows],
        exposures=[(show(x).removeprefix("pmlkg:"), show(label)) for x, label in kg.query(EXPOSURES).rows],
    )


def about(site: Site) -> str:
    """What it is and is not, the licence, how to cite."""
    return site.render("about.html", title="About", citation=site.kg.query("ASK {}").citation.partition(", SPARQL")[0])


def coverage(site: Site) -> str:
    """How much was read, how deeply, of which design; and the questions on gaps."""
    tables = [
        (caption, [(show(name), int(n.value)) for name, n in site.kg.query(query).rows])
        for caption, query in (
            ("Status of claims", _STANDING),
            ("How deeply a source was read", _DEPTHS),
            ("Design of the study", _DESIGNS),
        )
    ]
    gaps = [question for question in site.kg.questions.values() if question.group == "gaps"]
    return site.render("coverage.html", title="Coverage and gaps", tables=tables, gaps=gaps)


def named(site: Site, words: str, limit: int = 15) -> list[dict[str, str]]:
    """Things and terms whose label or synonym has the words, with the name that a query calls them by."""
    rows = site.kg.query(_NAMED % (ox.Literal(words.casefold()), ox.Literal(words.casefold()), limit)).rows
    return [{"label": show(label), "kind": show(kind), "name": curie(x.value)} for x, label, kind in rows]


def found(site: Site, words: str, limit: int = 50) -> str:
    """What search finds."""
    hits: tuple[Hit, ...] = ()
    message = ""
    if words.strip():
        try:
            hits = site.kg.find(words, limit)
        except (LookupError, ValueError) as error:
            message = str(error)
    exact = ""
    if words.strip():
        with contextlib.suppress(UnknownName):
            exact = site.href(site.kg.resolve(words))
    return site.render("find.html", title=f"Search: {words}" if words else "Search", words=words, hits=hits, message=message, exact=exact)
