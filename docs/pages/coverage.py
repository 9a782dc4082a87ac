"""The page that says what the graph holds, on what ground, and what it lacks."""

from __future__ import annotations

from typing import Final

from pages.markdown import cell, page, table
from pmlkg import KnowledgeGraph
from pmlkg.terms import GRAPH_NAMES, show

_TYPES: Final = """SELECT ?class (COUNT(DISTINCT ?x) AS ?n) WHERE { GRAPH pmlg:knowledge { ?x a ?class }
  { ?class rdfs:subClassOf* pmlo:%s } } GROUP BY ?class ORDER BY DESC(?n) ?class"""
_STATUS: Final = """SELECT ?status (COUNT(DISTINCT ?claim) AS ?n) WHERE { ?claim pmlo:status/rdfs:label ?status }
  GROUP BY ?status ORDER BY DESC(?n) ?status"""
_EDGES: Final = """SELECT ?p (COUNT(*) AS ?n) WHERE { GRAPH pmlg:edges { ?s ?p ?o } } GROUP BY ?p ORDER BY DESC(?n) ?p"""
_AXIS: Final = """SELECT ?label (COUNT(DISTINCT ?e) AS ?n) WHERE { ?e a pmlo:EvidenceItem OPTIONAL { ?e pmlo:%s/rdfs:label ?known }
  BIND (COALESCE(?known, "not told") AS ?label) } GROUP BY ?label ORDER BY DESC(?n) ?label"""
_LIMITS: Final = """SELECT ?label (COUNT(DISTINCT ?claim) AS ?n) WHERE { ?claim pmlo:limitedBy/rdfs:label ?label }
  GROUP BY ?label ORDER BY DESC(?n) ?label"""
_MEASURES: Final = """SELECT ?label (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a pmlo:Statistic ; pmlo:measure/rdfs:label ?label }
  GROUP BY ?label ORDER BY DESC(?n) ?label"""
_PER_SOURCE: Final = """SELECT ?source ?title ?year (COUNT(DISTINCT ?claim) AS ?n) WHERE {
  ?claim pmlo:hasEvidence/pmlo:source ?source . ?source dcterms:title ?title OPTIONAL { ?source pmlo:year ?year } }
  GROUP BY ?source ?title ?year ORDER BY DESC(?n) ?source"""
_MAPPED: Final = """SELECT ?class (COUNT(DISTINCT ?x) AS ?all) (COUNT(DISTINCT ?y) AS ?mapped) WHERE {
  GRAPH pmlg:knowledge { ?x a ?class } ?class rdfs:subClassOf* pmlo:Entity .
  OPTIONAL { GRAPH pmlg:mappings { ?x ?match ?other } BIND (?x AS ?y) } } GROUP BY ?class ORDER BY DESC(?all) ?class"""
_VOCABULARIES: Final = "SELECT ?match ?other WHERE { GRAPH pmlg:mappings { ?x ?match ?other } }"


def coverage(kg: KnowledgeGraph) -> str:
    """The page that says what the graph holds, on what ground, and what it lacks."""

    def count(query: str) -> list[list[str]]:
        return [[show(value) for value in row] for row in kg.query(query).rows]

    def classes(top: str) -> list[list[str]]:
        return [[f"`{name}`", number] for name, number in count(_TYPES % top)]

    sources = [(*row[:3], int(row[3])) for row in count(_PER_SOURCE)]
    all_sources = sum(int(number) for _, number in count(_TYPES % "Source"))
    mapped = [(name, int(every), int(with_one)) for name, every, with_one in count(_MAPPED)]
    entities, with_mapping = int(count(_ENTITIES)[0][0]), int(count(_ENTITIES)[0][1])
    statistics = sum(int(number) for _, number in count(_MEASURES))
    parts = [
        "# Coverage",
        "What the graph holds, on what ground, and what it lacks. Made from the graph by `docs/generate.py`; a test holds this page to it.",
        "## Triples",
        table(["graph", "triples"], [[f"`{name}`", f"{_size(kg, name):,}"] for name in GRAPH_NAMES]),
        "## Entities and their mappings",
        f"{with_mapping} of {entities} entities ({_share(with_mapping, entities)}) have a verified mapping to a public vocabulary. Populations, "
        "strategies and outcomes are mostly of the graph's own making and have none to map to.",
        table(["class", "entities", "mapped", "share"], [[f"`{n}`", str(a), str(m), _share(m, a)] for n, a, m in mapped]),
        _vocabularies(kg),
        "## Claims",
        table(["class", "claims"], classes("Claim")),
        table(["status", "claims and criteria"], count(_STATUS)),
        "## Edges",
        "Triples that a current, supported claim asserts; inverses and what else follows are not counted.",
        table(["property", "edges"], [[f"`{name}`", number] for name, number in count(_EDGES)]),
        "## Figures",
        f"{statistics:,} statistics by measure. Each figure of the evidence is in the graph digit by digit, and the reverse "
        "(`tests/test_evidence.py`).",
        table(["measure", "statistics"], count(_MEASURES)),
        "## Evidence",
        "How far each source was read for a claim, and what the evidence tells of it.",
        *(
            table([title, "evidence items"], count(_AXIS % axis))
            for axis, title in {
                "readingDepth": "reading depth",
                "studyDesign": "study design",
                "directness": "directness",
                "sourceRole": "role",
            }.items()
        ),
        "What limits the findings behind a claim, as the evidence tells it or as design and computation bring it with them.",
        table(["limitation", "claims"], count(_LIMITS)),
        "## Claims per source",
        f"{len(sources)} of {all_sources} sources stand behind a claim, the median source behind {_median([row[3] for row in sources])}.",
        table(["claims", "sources"], _bands([row[3] for row in sources])),
        "The sources behind most claims:",
        table(["source", "year", "claims", "title"], [[f"`{s}`", year, str(n), cell(title)] for s, title, year, n in sources[:20]]),
        "## Gaps",
        "Each gap is a named question; ask it for the rows (`pmlkg ask NAME`).",
        table(
            ["question", "rows", "what is missing"],
            [[f"`{name}`", str(len(kg.ask(name))), cell(q.question)] for name, q in kg.questions.items() if q.group == "gaps"],
        ),
    ]
    return page(parts)


_ENTITIES: Final = """SELECT (COUNT(DISTINCT ?x) AS ?all) (COUNT(DISTINCT ?y) AS ?mapped) WHERE {
  GRAPH pmlg:knowledge { ?x a ?class } ?class rdfs:subClassOf* pmlo:Entity .
  OPTIONAL { GRAPH pmlg:mappings { ?x ?match ?other } BIND (?x AS ?y) } }"""


def _size(kg: KnowledgeGraph, graph: str) -> int:
    return int(kg.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH pmlg:{graph} {{ ?s ?p ?o }} }}").rows[0][0].value)


def _vocabularies(kg: KnowledgeGraph) -> str:
    """Mappings by vocabulary and by how close they are."""
    found: dict[str, dict[str, int]] = {}
    matches = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
    for match, other in kg.query(_VOCABULARIES).rows:
        vocabulary = found.setdefault(_vocabulary(other.value), dict.fromkeys(matches, 0))
        vocabulary[match.value.partition("#")[2]] += 1
    rows = [[f"<{name}>", *(str(n) if n else "" for n in numbers.values())] for name, numbers in sorted(found.items())]
    return table(["vocabulary", *(name.removesuffix("Match") for name in matches)], rows)


def _vocabulary(iri: str) -> str:
    """The namespace of a mapped identifier: what stands before its number or code."""
    if "/obo/" in iri or "Orphanet_" in iri:
        return iri.rpartition("_")[0] + "_"
    cut = max(iri.rfind(mark) for mark in "/#:=")
    return iri[: cut + 1]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def _median(numbers: list[int]) -> int:
    return sorted(numbers)[len(numbers) // 2]


def _bands(numbers: list[int]) -> list[list[str]]:
    bands = {"1": (1, 1), "2 to 4": (2, 4), "5 to 9": (5, 9), "10 and more": (10, max(numbers))}
    return [[name, str(sum(low <= number <= high for number in numbers))] for name, (low, high) in bands.items()]
