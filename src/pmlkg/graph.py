"""`KnowledgeGraph`: open a built graph, query it, ask named questions, show an entity, explain a triple, write it out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from pmlkg import __version__, notebook, remote
from pmlkg.answer import Answer, show
from pmlkg.bibliography import TYPES, Bibliography, Work
from pmlkg.findings import Findings
from pmlkg.locations import Data, current, find_builds, find_data, input_key
from pmlkg.questions import KINDS, Parameter, Question, find_question, literal, load_questions, term
from pmlkg.rdf import read_nquads, to_rdflib, write
from pmlkg.remote import RemoteAccess
from pmlkg.terms import DCTERMS, GRAPHS, ONTOLOGY_IRI, PMLKG, PMLO, PREFIXES, RDF, UnknownName, curie, expand, nearest

if TYPE_CHECKING:
    import rdflib

Term = ox.NamedNode | ox.BlankNode | ox.Literal


@dataclass(frozen=True)
class Evidence:
    """The ground of a claim in one source, as texts."""

    source: str
    title: str
    locator: str
    reading_depth: str
    link: str


@dataclass(frozen=True)
class ClaimNote:
    """A claim as texts: what it says, whom it is about, its figures, and its evidence."""

    claim: str
    sentence: str
    status: str
    population: str
    figures: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Explanation:
    """Why a triple is in the graph.

    kind : ``edge`` (asserted by `claims`), ``asserted`` (it stands in the graph `graph`), or ``inferred`` (by `rule` from `premises`).
    """

    triple: tuple[str, str, str]
    kind: str
    graph: str = ""
    rule: str = ""
    premises: tuple[Explanation, ...] = ()
    claims: tuple[ClaimNote, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; what does not apply is left out."""
        fields: dict[str, Any] = {"triple": list(self.triple), "kind": self.kind, "graph": self.graph, "rule": self.rule}
        fields["premises"] = [premise.to_dict() for premise in self.premises]
        fields["claims"] = [{**vars(note), "evidence": [vars(item) for item in note.evidence]} for note in self.claims]
        return {key: value for key, value in fields.items() if value}

    def _repr_html_(self) -> str:
        return notebook.text(self.to_text())

    def to_text(self, depth: int = 0) -> str:
        """An indented proof for a person."""
        pad = "  " * depth
        how = {"edge": "asserted by", "asserted": f"stated in {self.graph}", "inferred": f"follows by {self.rule} from"}[self.kind]
        lines = [f"{pad}{' '.join(self.triple)}   {how}"]
        for note in self.claims:
            lines.append(f"{pad}  {note.claim}: {note.sentence}")
            lines += [f"{pad}    {text}" for text in ((f"in {note.population}",) if note.population else ()) + note.figures]
            for item in note.evidence:
                details = ", ".join(part for part in (item.locator, item.reading_depth) if part)
                lines.append(f"{pad}    source: {item.title} ({item.source}; {details}) {item.link}".rstrip())
        lines += [premise.to_text(depth + 1) for premise in self.premises]
        return "\n".join(lines)


@dataclass(frozen=True)
class Card:
    """What the graph knows of an entity, as texts: `edges` maps a property's label to (label, id) pairs, `inferred` likewise."""

    id: str
    label: str
    types: tuple[str, ...]
    definition: str
    synonyms: tuple[str, ...]
    identifiers: tuple[str, ...]
    edges: dict[str, tuple[tuple[str, str], ...]]
    inferred: dict[str, tuple[tuple[str, str], ...]]
    claims: int
    sources: int

    def _repr_html_(self) -> str:
        return notebook.text(self.to_text())

    def to_text(self) -> str:
        """Indented lines for a person."""
        lines = [f"{self.label} ({self.id})", f"  is a: {', '.join(self.types)}"]
        lines += [f"  definition: {self.definition}"] if self.definition else []
        lines += [f"  also called: {', '.join(self.synonyms)}"] if self.synonyms else []
        lines += [f"  identifiers: {', '.join(self.identifiers)}"] if self.identifiers else []
        for title, part in (("asserted by claims", self.edges), ("inferred", self.inferred)):
            lines += [f"  {title}:"] if part else []
            for name, others in part.items():
                lines.append(f"    {name}: {', '.join(label for label, _ in others)}")
        lines.append(f"  {self.claims} claims from {self.sources} sources speak of it")
        return "\n".join(lines)


class KnowledgeGraph:
    """A built graph, read-only. The union of its named graphs is the default graph of every query.

    >>> kg = KnowledgeGraph.open()  # doctest: +SKIP
    >>> print(kg.ask("risk-to-guidance", exposure="natalizumab").serialize())  # doctest: +SKIP
    """

    def __init__(self, folder: Path, data: Data) -> None:
        self.folder = folder
        self.data = data
        self._store = ox.Store.read_only(str(folder / "store"))

    @classmethod
    def open(
        cls, data: Path | str | None = None, builds: Path | str | None = None, *, progress: Callable[[str], None] | None = None
    ) -> KnowledgeGraph:
        """Open the graph of the data folder, building it first where the build is missing or older than its inputs.

        data, builds : folders; see `pmlkg.locations`. progress : told of each step of a build.
        Raises Findings where there is no build yet and the inputs do not make one. Where they do not but an older
        build is there, that one is opened and `progress` is told.
        """
        chosen = find_data(data)
        folder = find_builds(chosen, builds)
        say = progress or (lambda _: None)
        built = current(folder)
        if built is None or built.name != input_key(chosen):
            from pmlkg.build import build  # which needs all the machinery; an answer from a built graph does not

            try:
                built, _ = build(chosen, folder, say)
            except Findings as problems:
                if built is None:
                    raise
                first, count = problems.findings[0], len(problems.findings)
                say(
                    f"warning: the inputs have changed and make no graph ({first.rule} at {first.place}, {count} in all; see pmlkg validate); "
                    "answering from the build before"
                )
        return cls(built, chosen)

    @property
    def questions(self) -> dict[str, Question]:
        """The catalogue of named questions."""
        return load_questions(self.data.queries())

    def query(
        self,
        sparql: str,
        *,
        question: Question | None = None,
        parameters: Mapping[str, str] | None = None,
        network: bool = False,
        timeout: float = remote.SECONDS,
    ) -> Answer:
        """Answer a SPARQL 1.1 query. The prefixes of the project need no declaration.

        question, parameters : the named one that it is, and the values that it was asked with, for `Answer`.
        network : whether SERVICE may ask other endpoints. What is sent is the SERVICE part of the query and nothing else, to the
        http(s) address that it names; see `pmlkg.remote`.
        timeout : seconds to wait for other endpoints.
        Raises SyntaxError for what does not parse, RemoteAccess for SERVICE that is not allowed, RemoteFailure where an
        endpoint gives no results.
        """
        fault = remote.keyword_error(sparql, PREFIXES)
        if fault and not network:
            named = remote.addresses(sparql)
            where = f"it would ask {' and '.join(named)}" if named else f"without it the query has a syntax error: {fault}"
            how = "network=True, or --allow-network on the command line, allows it; the SERVICE part is sent, nothing else"
            raise RemoteAccess(f"SERVICE is refused: {where}. {how}")
        content = remote.answer(self.folder / "store", sparql, PREFIXES, timeout) if fault else None

        def evaluate() -> Any:
            if isinstance(content, bytes):  # other endpoints are asked once
                return ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
            return self._store.query(sparql, use_default_graph_as_union=True, prefixes=PREFIXES)

        if isinstance(content, tuple):
            return Answer(triples=content, sparql=sparql, _sources=self._bibliography)
        result: Any = evaluate()
        if isinstance(result, ox.QueryBoolean):
            return Answer(boolean=bool(result), sparql=sparql, _again=evaluate, _sources=self._bibliography)
        if isinstance(result, ox.QueryTriples):
            return Answer(triples=tuple(result), sparql=sparql, _sources=self._bibliography)
        columns = tuple(variable.value for variable in result.variables)
        rows = tuple(tuple(row) for row in result)
        return Answer(
            columns,
            rows,
            question=question,
            parameters=dict(parameters or {}),
            sparql=sparql,
            _again=evaluate,
            _sources=self._bibliography,
        )

    def ask(
        self,
        question: str,
        /,
        *,
        network: bool = False,
        endpoint: str | None = None,
        timeout: float = remote.SECONDS,
        **parameters: Any,
    ) -> Answer:
        """Answer a named question.

        network : for a question that asks another endpoint (`Question.network`): allow it. See `query` for what is sent.
        endpoint : the address of a mirror to ask instead of the one that the question names.
        timeout : seconds to wait for it.
        parameters : by the names in its header; entities by id, label, synonym or IRI. Raises UnknownName, with the
        nearest names, for an unknown question, parameter or entity, and ValueError for a value of the wrong kind.
        """
        chosen = find_question(self.data.queries(), question)
        values = self._values_of(chosen, parameters)
        asked = {p.name: show(values[p.name]) if p.name in values else p.default for p in chosen.parameters}
        given = {name: value for name, value in asked.items() if name in values or value != "UNDEF"}
        text = chosen.bind(values)
        if endpoint is not None:
            if not chosen.network:
                raise ValueError(f"{chosen.name} asks no endpoint but this graph")
            text = remote.at_address(text, endpoint)
        return self.query(text, question=chosen, parameters=given, network=network, timeout=timeout)

    def bind(self, question: Question, parameters: dict[str, Any]) -> str:
        """The SPARQL text of a question with parameters given as a person writes them."""
        return question.bind(self._values_of(question, parameters))

    def _values_of(self, question: Question, parameters: Mapping[str, Any]) -> dict[str, Term]:
        kinds = {parameter.name: parameter for parameter in question.parameters}
        for name in parameters:
            if name not in kinds:
                raise UnknownName(f"parameter of {question.name}", name, nearest(name, kinds) or list(kinds))
        return {name: self._value(kinds[name], value) for name, value in parameters.items() if value is not None}

    def _value(self, parameter: Parameter, value: Any) -> Term:
        if isinstance(value, ox.NamedNode | ox.Literal | ox.BlankNode):
            named = parameter.kind in ("entity", "term")
            if isinstance(value, ox.NamedNode if named else ox.Literal):
                return value
            raise ValueError(f"{parameter.name} is {value}; right: {KINDS[parameter.kind]}")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if parameter.kind == "entity":
            return ox.NamedNode(self.resolve(text))
        if parameter.kind == "term":
            node = term(parameter, text)
            if not self._holds(node, ox.NamedNode(PREFIXES["rdfs"] + "isDefinedBy"), None):
                raise UnknownName("term of the ontology", text, nearest(text, self._ontology_names()))
            return node
        return literal(parameter, text)

    def resolve(self, name: str) -> str:
        """The IRI of an entity, claim or source named by id, compact or full IRI, label, synonym or mapped identifier.

        Raises UnknownName with suggestions, also where several have the name.
        """
        try:
            iri = expand(name)
        except UnknownName:
            iri = ""
        if iri and self._holds(ox.NamedNode(iri), None, None):
            return iri
        if iri:
            same = ox.NamedNode(PREFIXES["skos"] + "exactMatch")
            mapped: set[Any] = {quad.subject for quad in self._store.quads_for_pattern(None, same, ox.NamedNode(iri), None)}
            if len(mapped) == 1:
                return str(mapped.pop().value)
        pattern = """SELECT DISTINCT ?x WHERE { { ?x rdfs:label ?name } UNION { ?x skos:altLabel ?name }
                     FILTER (STRSTARTS(STR(?x), STR(pmlkg:)) && LCASE(STR(?name)) = LCASE(%s)) } ORDER BY ?x"""
        found = [row[0].value for row in self.query(pattern % ox.Literal(name.strip())).rows]
        if len(found) == 1:
            return str(found[0])
        entities = [iri for iri in found if self._holds(ox.NamedNode(iri), ox.NamedNode(RDF + "type"), ox.NamedNode(PMLO + "Entity"))]
        if len(entities) == 1:  # before the sources that bear its name as their title
            return str(entities[0])
        if found:
            raise UnknownName("name for one thing", name, [curie(iri) for iri in found])
        raise UnknownName("entity", name, nearest(name, self._names()))

    def show(self, name: str) -> Card:
        """A card of what the graph knows of an entity. Raises UnknownName with suggestions."""
        node = ox.NamedNode(self.resolve(name))
        texts = {key: self._texts(node, PREFIXES[key.partition(":")[0]] + key.partition(":")[2]) for key in _CARD_TEXTS}
        row = self.query(_CARD_COUNTS % node).rows[0]
        return Card(
            curie(node.value),
            self._label(node),
            tuple(self._label(t) for t in sorted(self._values(node, RDF + "type"), key=str)),
            next(iter(texts["skos:definition"]), ""),
            tuple(texts["skos:altLabel"]),
            tuple(texts["skos:exactMatch"]),
            self._neighbours(node, "edges"),
            self._neighbours(node, "inferred"),
            int(row[0].value),
            int(row[1].value),
        )

    def explain(self, subject: str, predicate: str, object: str) -> Explanation:
        """The proof of a triple. Raises UnknownName for a name that is not in the graph, and LookupError where the triple is not."""
        s = ox.NamedNode(self.resolve(subject))
        p = ox.NamedNode(RDF + "type" if predicate == "a" else expand(predicate, default=PMLO))
        if not self._holds(p, None, None) and not self._holds(None, p, None):
            raise UnknownName("property", predicate, nearest(predicate, self._ontology_names()))
        try:
            o: Term = ox.NamedNode(self.resolve(object))
        except UnknownName:
            o = ox.NamedNode(expand(object, default=PMLO))  # a class, such as RiskFactor
            if not self._holds(o, None, None) and not self._holds(None, None, o):
                raise
        if not self._holds(s, p, o):
            others = sorted({show(quad.object) for quad in self._store.quads_for_pattern(s, p, None, None)})
            hint = f"; {show(s)} {show(p)} {', '.join(others)}" if others else f"; the graph has no {show(p)} of {show(s)}"
            raise LookupError(f"{show(s)} {show(p)} {show(o)} is not in the graph{hint}")
        return self._explain(ox.Triple(s, p, o), self._proofs(), frozenset())

    def to_rdflib(self) -> rdflib.Graph:
        """The union of all named graphs as an rdflib Graph, with literals as written in the records."""
        return to_rdflib(self.quads())

    def quads(self) -> list[ox.Quad]:
        """All quads with literals as written in the records."""
        return read_nquads(self.folder / "pmlkg.nq")

    def serialize(self, format: str = "turtle", *, graph: str | None = None, entity: str | None = None) -> bytes:
        """The whole graph, one named graph, or the neighbourhood of one entity, in a format of `pmlkg.rdf.FORMATS`.

        The neighbourhood is what is said of the entity, the claims that speak of it, with their figures and evidence,
        and the sources of these. The same graph gives the same bytes. Raises UnknownName for a wrong name.
        """
        if graph is not None and graph not in GRAPHS:
            raise UnknownName("graph", graph, nearest(graph, GRAPHS) or list(GRAPHS))
        quads = self.quads()
        if graph is not None:
            quads = [quad for quad in quads if quad.graph_name == GRAPHS[graph]]
        if entity is not None:
            quads = _neighbourhood(quads, ox.NamedNode(self.resolve(entity)))
        return write(quads, format)

    # --- reading the store -------------------------------------------------------------------------------------------

    def _holds(self, s: Any, p: Any, o: Any) -> bool:
        return next(iter(self._store.quads_for_pattern(s, p, o, None)), None) is not None

    def _values(self, node: ox.NamedNode, predicate: str) -> set[Any]:
        return {quad.object for quad in self._store.quads_for_pattern(node, ox.NamedNode(predicate), None, None)}

    def _texts(self, node: ox.NamedNode, predicate: str) -> list[str]:
        return sorted(show(value) for value in self._values(node, predicate))

    def _label(self, node: Any) -> str:
        labels = self._texts(node, PREFIXES["rdfs"] + "label") if isinstance(node, ox.NamedNode) else []
        return labels[0] if labels else show(node)

    def _names(self) -> list[str]:
        names = self.query("SELECT ?n WHERE { ?x rdfs:label|skos:altLabel ?n FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }")
        ids = self.query("SELECT DISTINCT ?x WHERE { ?x rdfs:label ?n FILTER STRSTARTS(STR(?x), STR(pmlkg:)) }")
        return [row[0].value for row in names.rows] + [row[0].value.removeprefix(PMLKG) for row in ids.rows]

    def _ontology_names(self) -> list[str]:
        return [row[0].value.removeprefix(PMLO) for row in self.query("SELECT ?x WHERE { ?x rdfs:isDefinedBy ?o }").rows]

    def _neighbours(self, node: ox.NamedNode, graph: str) -> dict[str, tuple[tuple[str, str], ...]]:
        found: dict[str, set[tuple[str, str]]] = {}
        for quad in self._store.quads_for_pattern(node, None, None, GRAPHS[graph]):
            if quad.predicate.value.startswith(PMLO) and not quad.predicate.value.endswith("#relatedTo"):
                found.setdefault(self._label(quad.predicate), set()).add((self._label(quad.object), show(quad.object)))
        return {name: tuple(sorted(found[name])) for name in sorted(found)}

    # --- sources ------------------------------------------------------------------------------------------------------

    def _bibliography(self, answer: Answer) -> Bibliography:
        """The sources of the claims, recommendations and criteria of an answer, and those that it holds themselves.

        A statistic stands for its claim, an evidence item for its source, a triple of `edges` for the claims that assert it.
        """
        parts = [part for triple in answer.triples or () for part in (triple.subject, triple.object)]
        nodes: set[Any] = {cell for cell in (*(cell for row in answer.rows for cell in row), *parts) if isinstance(cell, ox.NamedNode)}
        nodes |= {claim for triple in answer.triples or () for claim in self._asserting(triple)}
        nodes |= {quad.subject for node in nodes for quad in self._store.quads_for_pattern(None, _STATISTIC, node, None)}
        sources = set().union(*(self._sources(node) for node in nodes))
        return Bibliography(tuple(self._work(source) for source in sorted(sources, key=str)), self._citation(answer))

    def _asserting(self, triple: ox.Triple) -> set[Any]:
        if next(iter(self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, GRAPHS["edges"])), None) is None:
            return set()
        said = ((PMLO + "predicate", triple.predicate), (PMLO + "object", triple.object), (PMLO + "status", ox.NamedNode(PMLO + "current")))
        claims = {quad.subject for quad in self._store.quads_for_pattern(None, ox.NamedNode(PMLO + "subject"), triple.subject, None)}
        return {claim for claim in claims if all(self._holds(claim, ox.NamedNode(p), o) for p, o in said)}

    def _sources(self, node: ox.NamedNode) -> set[Any]:
        if self._holds(node, ox.NamedNode(RDF + "type"), ox.NamedNode(PMLO + "Source")):
            return {node}
        evidence = {node, *self._values(node, PMLO + "supportedBy"), *self._values(node, PMLO + "disputedBy")}
        documents = self._values(node, PMLO + "guideline") | self._values(node, PMLO + "criteriaSet")
        return documents.union(*(self._values(item, PMLO + "source") for item in evidence))

    def _work(self, source: ox.NamedNode) -> Work:
        types = {term.value for term in self._values(source, RDF + "type")}
        record = {key: texts[0] for key, iri in _WORK_TEXTS.items() if (texts := self._texts(source, iri))}
        for value in self._values(source, PREFIXES["schema"] + "url"):
            record["url"] = value.value  # the whole address, not a compact one
        return Work.from_record(source.value.removeprefix(PMLKG), next((name for name in TYPES if PMLO + name in types), ""), record)

    def _citation(self, answer: Answer) -> str:
        dates = [text for name in ("modified", "issued") for text in self._texts(ox.NamedNode(ONTOLOGY_IRI), DCTERMS + name)]
        year = f" ({dates[0][:4]})" if dates else ""
        if answer.question:
            given = [f"{name}={value if _PLAIN.fullmatch(value) else json.dumps(value)}" for name, value in answer.parameters.items()]
            asked = f"question {answer.question.name}" + (f" with {', '.join(given)}" if given else "")
        else:
            asked = f"SPARQL query with SHA-256 {hashlib.sha256(answer.sparql.encode()).hexdigest()[:16]}"
        return f"pmlkg {__version__}{year}, {asked}, graph {self.folder.name}, {PMLKG.removesuffix('/id/')}"

    # --- proofs -------------------------------------------------------------------------------------------------------

    def _proofs(self) -> dict[str, list[str]]:
        lines = (self.folder / "proofs.tsv").read_text(encoding="utf-8").rstrip("\n").split("\n")
        return {triple: rest for triple, *rest in (line.split("\t") for line in lines)}

    def _explain(self, triple: ox.Triple, proofs: dict[str, list[str]], above: frozenset[str]) -> Explanation:
        names = (show(triple.subject), show(triple.predicate), show(triple.object))
        graphs = {quad.graph_name for quad in self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)}
        if GRAPHS["edges"] in graphs:
            return Explanation(names, "edge", "edges", claims=self._claims(triple))
        homes = [name for name, iri in GRAPHS.items() if iri in graphs and name != "inferred"]
        if homes:
            return Explanation(names, "asserted", homes[0])
        proof = proofs.get(str(triple))
        if proof is None or str(triple) in above:
            # A premise with a blank node (a list of the ontology) is not published but stands in the ontology.
            return Explanation(names, "asserted", "ontology")
        premises = [next(iter(ox.parse(text + " .", format=ox.RdfFormat.N_TRIPLES))).triple for text in proof[1:]]
        deeper = above | {str(triple)}
        return Explanation(names, "inferred", "inferred", proof[0], tuple(self._explain(p, proofs, deeper) for p in premises))

    def _claims(self, triple: ox.Triple) -> tuple[ClaimNote, ...]:
        query = f"""SELECT ?claim ?sentence ?status ?population WHERE {{
          ?claim pmlo:subject {triple.subject} ; pmlo:predicate {triple.predicate} ; pmlo:object {triple.object} ;
                 pmlo:status pmlo:current ; dcterms:description ?sentence ; pmlo:status ?status .
          FILTER EXISTS {{ ?claim pmlo:supportedBy ?evidence }}
          OPTIONAL {{ ?claim pmlo:population/rdfs:label ?population }} }} ORDER BY ?claim"""
        return tuple(
            ClaimNote(show(claim), show(sentence), self._label(status), show(population), self._figures(claim), self._evidence(claim))
            for claim, sentence, status, population in self.query(query).rows
        )

    def _figures(self, claim: ox.NamedNode) -> tuple[str, ...]:
        return tuple(show(row[0]) for row in self.query(_FIGURES % claim).rows)

    def _evidence(self, claim: ox.NamedNode) -> tuple[Evidence, ...]:
        return tuple(Evidence(*(show(cell) for cell in row)) for row in self.query(_EVIDENCE % claim).rows)


_PLAIN: Final = re.compile(r"[\w:.<>/#+-]+")
_STATISTIC: Final = ox.NamedNode(PMLO + "statistic")
_WORK_TEXTS: Final = {
    "title": DCTERMS + "title",
    **{name: PMLO + name for name in ("authors", "container", "volumePages", "year", "doi", "pmid", "pmcid", "note")},
}
"""Key of a record of a source -> its property."""
_CARD_TEXTS: Final = ("skos:definition", "skos:altLabel", "skos:exactMatch")
_CARD_COUNTS: Final = """SELECT (COUNT(DISTINCT ?claim) AS ?claims) (COUNT(DISTINCT ?source) AS ?sources) WHERE {
  VALUES ?node { %s }
  ?claim pmlo:subject|pmlo:object|pmlo:concerns ?node ; pmlo:status ?status .
  OPTIONAL { ?claim pmlo:supportedBy/pmlo:source ?source } }"""
_FIGURES: Final = """SELECT ?figure WHERE {
  %s pmlo:statistic ?s . ?s pmlo:measure/rdfs:label ?measure ; pmlo:unit ?code .
  OPTIONAL { ?u a pmlo:Unit ; skos:notation ?code ; rdfs:label ?unit }
  OPTIONAL { ?s pmlo:value ?v } OPTIONAL { ?s pmlo:valueBelow ?below } OPTIONAL { ?s pmlo:valueAbove ?above }
  OPTIONAL { ?s pmlo:rangeLow ?low } OPTIONAL { ?s pmlo:rangeHigh ?high }
  OPTIONAL { ?s pmlo:confidenceLow ?cl ; pmlo:confidenceHigh ?ch } OPTIONAL { ?s pmlo:period ?period }
  BIND (CONCAT(STR(?measure), ": ", COALESCE(STR(?v), CONCAT("below ", STR(?below)), CONCAT("above ", STR(?above)), ""),
    COALESCE(CONCAT(" (range ", STR(?low), " to ", STR(?high), ")"), ""), " ", COALESCE(STR(?unit), ?code),
    COALESCE(CONCAT(", CI ", STR(?cl), " to ", STR(?ch)), ""), COALESCE(CONCAT(", ", ?period), "")) AS ?figure) } ORDER BY ?s"""
_EVIDENCE: Final = """SELECT ?source ?title ?locator ?depth ?link WHERE {
  %s pmlo:supportedBy ?e . ?e pmlo:source ?source ; pmlo:readingDepth/rdfs:label ?depth . ?source dcterms:title ?title .
  OPTIONAL { ?e pmlo:locator ?locator }
  OPTIONAL { ?source pmlo:doi ?doi } OPTIONAL { ?source schema:url ?url }
  BIND (COALESCE(CONCAT("https://doi.org/", ?doi), STR(?url), "") AS ?link) } ORDER BY ?source"""


def _neighbourhood(quads: list[ox.Quad], entity: ox.NamedNode) -> list[ox.Quad]:
    """Quads about the entity, and about each claim that speaks of it with all that hangs below it."""
    speaks = {ox.NamedNode(PMLO + name) for name in ("subject", "object", "concerns", "population", "requires", "requiresAbsent")}
    below = {ox.NamedNode(PMLO + name) for name in ("statistic", "supportedBy", "disputedBy", "source", "guideline", "criteriaSet")}
    by_subject: dict[Any, list[ox.Quad]] = {}
    for quad in quads:
        by_subject.setdefault(quad.subject, []).append(quad)
    chosen: set[Any] = {entity, *(quad.subject for quad in quads if quad.object == entity and quad.predicate in speaks)}
    todo = list(chosen)
    while todo:
        more = {quad.object for quad in by_subject.get(todo.pop(), ()) if quad.predicate in below} - chosen
        chosen |= more
        todo += more
    return [quad for quad in quads if quad.subject in chosen or quad.object == entity]
