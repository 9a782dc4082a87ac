"""`KnowledgeGraph`: open a built graph, query it, ask named questions, find, show, explain, write it out.

What an answer does not need (search, cards, proofs, bibliographies) is loaded when it is used: most runs of the command ask.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from pmlkg.answers.answer import Answer
from pmlkg.asking import federation
from pmlkg.asking.evaluation import Bounds, evaluate, first, within
from pmlkg.asking.questions import KINDS, Parameter, Question, find_question, literal, load_questions, term
from pmlkg.findings import Findings
from pmlkg.locations import MANIFEST, QUESTIONS, Data, find_builds, find_data
from pmlkg.rdf import read_nquads, to_rdflib, write
from pmlkg.reading.names import ontology_names, resolve, term_named, vocabulary_names
from pmlkg.reading.reader import Reader, Term
from pmlkg.standing import current, damage, fresh
from pmlkg.terms import DCTERMS, GRAPHS, ONTOLOGY_IRI, PMLKG, PMLO, PREFIXES, RDF, UnknownName, expand, nearest, plain, said, show
from pmlkg.version import __version__

if TYPE_CHECKING:
    import rdflib

    from pmlkg.answers.bibliography import Work
    from pmlkg.asking.endpoint import Endpoint
    from pmlkg.reading.card import Card
    from pmlkg.reading.path import Paths
    from pmlkg.reading.proof import Explanation
    from pmlkg.reading.search import Hit

_PLAIN: Final = re.compile(r"[\w:.<>/#+-]+")


class KnowledgeGraph:
    """A built graph, read-only. The union of its named graphs is the default graph of every query.

    triples : how many each named graph has.

    >>> kg = KnowledgeGraph.open()  # doctest: +SKIP
    >>> print(kg.ask("risk-to-guidance", exposure="natalizumab").serialize())  # doctest: +SKIP
    """

    def __init__(self, folder: Path, data: Data, bounds: Bounds | None = Bounds()) -> None:  # noqa: B008 - it cannot be changed
        self.folder = folder
        self.data = data
        self.bounds = bounds
        self.endpoint: Endpoint | None = None
        self._say: Callable[[str], None] | None = None
        self._store = ox.Store.read_only(str(folder / "store"))  # at once: a later build may drop the folder, not the open files
        self._reader = Reader(self._store)
        manifest = json.loads((folder / MANIFEST).read_bytes())
        self.vocabularies: dict[str, str] = manifest["vocabularies"]
        self.triples: dict[str, int] = manifest["triples"]

    @classmethod
    def open(
        cls,
        data: Path | str | None = None,
        builds: Path | str | None = None,
        *,
        progress: Callable[[str], None] | None = None,
        bounds: Bounds | None = Bounds(),  # noqa: B008
    ) -> KnowledgeGraph:
        """Open the graph of the data folder, building it first where the build is missing or older than its inputs.

        data, builds : folders; see `pmlkg.locations`. progress : told of each step of a build.
        bounds : of time, memory and rows, for every query; None: none, and queries are evaluated in this process.
        Raises Findings where the inputs do not make a build and none is there, or only a damaged one. Where they do not
        but an older build is whole, that one is opened and `progress` is told; without one it is a warning of Python.
        """
        if bounds is not None:
            bounds.check()
        chosen = find_data(data)
        folder = find_builds(chosen, builds)
        say = progress or _warn
        built = current(folder)
        if built is None or not fresh(built, chosen):
            from pmlkg.pipeline.build import build  # which needs all the machinery; an answer from a built graph does not

            try:
                built, _ = build(chosen, folder, say)
            except Findings as problems:
                if built is None or damage(built):
                    raise
                first, count = problems.findings[0], len(problems.findings)
                say(
                    f"warning: the inputs have changed and make no graph ({first.rule} at {first.place}, {count} in all; see pmlkg validate); "
                    "answering from the build before"
                )
        return cls(built, chosen, bounds)

    @classmethod
    def at(
        cls,
        address: str,
        data: Path | str | None = None,
        builds: Path | str | None = None,
        *,
        progress: Callable[[str], None] | None = None,
        bounds: Bounds | None = Bounds(),  # noqa: B008
    ) -> KnowledgeGraph:
        """The graph as another store has it: every query goes to the SPARQL endpoint at `address`.

        Names are looked up here, in the graph of the data folder, which is built where it is not. A query is asked of the named
        graphs of the project, as one default graph, unless it says of which. A name and a password come from the environment or a
        netrc file; see `pmlkg.asking.endpoint`. The first query finds out what stands there: an endpoint that has nothing of the graph
        is a RemoteFailure, one that has more or less of it than is here a warning. Raises ValueError for what is no address.
        """
        from pmlkg.asking.endpoint import Endpoint

        federation.endpoint(address)
        graph = cls.open(data, builds, progress=progress, bounds=bounds)
        graph.endpoint = Endpoint(address, tuple(iri.value for iri in GRAPHS.values()))
        graph._say = progress or _warn
        return graph

    @property
    def store(self) -> ox.Store:
        """The store that answers, read-only; its literals are those of the records in canonical form."""
        return self._store

    def label(self, iri: str) -> str:
        """How a thing is called where it stands beside others: its label, its sentence, else its compact IRI."""
        return self._reader.title(ox.NamedNode(iri))

    @cached_property
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
        timeout: float | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Answer a SPARQL 1.1 query. The prefixes of the project need no declaration.

        question, parameters : the named one that it is, and the values that it was asked with, for `Answer`.
        A query is asked of all graphs together, unless FROM or FROM NAMED say of which.
        network : whether SERVICE may ask other endpoints. What is sent is the SERVICE part of the query and nothing else, to the
        http(s) address that it names; see `pmlkg.asking.federation`.
        timeout : seconds for the whole of it, in place of those of `bounds`.
        limit : the answer has so many rows at most, the first ones, and says in `Answer.total` how many there are.
        Raises SyntaxError for what does not parse, OutOfBounds for what takes more than `bounds` (it is evaluated in a process of
        its own, which the bound ends), RemoteAccess for SERVICE that is not allowed, RemoteFailure where an endpoint gives no results.
        """
        bounds = self.bounds if timeout is None else (self.bounds or Bounds())._replace(seconds=timeout)
        content = self._content(said(sparql, "the query"), bounds, network, question)
        make = partial(Answer, sparql=sparql, _works=self._works, _cite=self._citation, _disagreeing=self._disagreeing)
        if isinstance(content, tuple):
            return make(triples=content)
        content, total = (content, None) if limit is None else first(content, limit)

        def results() -> Any:
            return ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)

        result = results()
        if isinstance(result, ox.QueryBoolean):
            return make(boolean=bool(result), _results=results)
        columns = tuple(variable.value for variable in result.variables)
        if self.endpoint and question and set(columns) != set(question.columns):
            raise federation.RemoteFailure(
                f"{self.endpoint.address} gave the columns {', '.join(columns) or '(none)'} and not {', '.join(question.columns)}, which {question.name} has"
            )
        rows = within((tuple(row) for row in result), "rows", bounds)
        return make(columns, rows, question=question, parameters=dict(parameters or {}), total=total, _results=results)

    def _content(self, sparql: str, bounds: Bounds | None, network: bool, question: Question | None) -> bytes | tuple[ox.Triple, ...]:
        """The results of a query, from the store here or from the endpoint elsewhere."""
        if self.endpoint is None:
            return evaluate(self._store, sparql, PREFIXES, bounds, network)
        if federation.keyword_error(sparql, dict(PREFIXES)):
            raise federation.RemoteAccess(
                "SERVICE is refused: the query would send another endpoint on; right: ask here, without another store"
            )
        seconds = (bounds or Bounds()).seconds
        most = bounds.megabytes << 20 if bounds else None
        if self._say is not None:
            differs, say, self._say = (
                self.endpoint.compared({GRAPHS[name].value: n for name, n in self.triples.items()}, seconds),
                self._say,
                None,
            )
            if differs:
                say(f"warning: {differs}; the answer is of what is there, names are looked up here")
        types = question.types if question else {}
        return self.endpoint.results(sparql, PREFIXES, seconds, most, [name for name, kind in types.items() if kind == "boolean"])

    def ask(
        self,
        question: str,
        /,
        *,
        network: bool = False,
        endpoint: str | None = None,
        timeout: float | None = None,
        limit: int | None = None,
        **parameters: Any,
    ) -> Answer:
        """Answer a named question.

        network : for a question that asks another endpoint (`Question.network`): allow it. See `query` for what is sent.
        endpoint : the address of a mirror to ask instead of the one that the question names.
        timeout : seconds for the whole of it. limit : of rows; see `query`.
        parameters : by the names in its header; entities by id, label, synonym or IRI. Raises UnknownName, with the
        nearest names, for an unknown question, parameter or entity, and ValueError for a value of the wrong kind.
        """
        chosen = self.question(question)
        values = self._values_of(chosen, parameters)
        asked = {p.name: show(values[p.name]) if p.name in values else p.default for p in chosen.parameters}
        given = {name: value for name, value in asked.items() if name in values or value != "UNDEF"}
        text = chosen.bind(values)
        if endpoint is not None:
            if not chosen.network:
                raise ValueError(f"{chosen.name} asks no endpoint but this graph")
            text = federation.at_address(text, endpoint)
        return self.query(text, question=chosen, parameters=given, network=network, timeout=timeout, limit=limit)

    def question(self, name: str) -> Question:
        """A named question. Raises UnknownName with the nearest names."""
        return find_question(self.data.queries(), said(name, "the question"), self.folder / QUESTIONS)

    def why_empty(self, answer: Answer) -> list[str]:
        """For an answer without rows: which parameter leaves none, or which names of the query the graph does not have.

        Nothing where there are rows, or where nothing more is known than that there are none.
        """
        if answer.kind != "rows" or answer.rows:
            return []
        if answer.question is None:
            from pmlkg.reading.emptiness import strangers

            return strangers(self._reader, answer.sparql)
        if answer.question.network:
            return []
        chosen = {p.name: p.default for p in answer.question.parameters}
        given: dict[str, Any] = {name: value for name, value in answer.parameters.items() if value != chosen[name]}
        lines = []
        for name, value in given.items():
            rest = {other: text for other, text in given.items() if other != name}
            rows = len(self.ask(answer.question.name, **rest))
            if rows:
                default = f"{name} {chosen[name]}" if chosen[name] != "UNDEF" else f"any {name}"
                lines.append(f"no row for {name} {value}; with {default} there are {rows}")
        return lines

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
            if not self._reader.holds(node, ox.NamedNode(PREFIXES["rdfs"] + "isDefinedBy"), None):
                raise UnknownName("term of the ontology", text, nearest(text, ontology_names(self._reader)))
            known = vocabulary_names(self._reader, parameter.vocabulary or "")
            if show(node).removeprefix("pmlo:") not in known:
                raise UnknownName(f"term of {parameter.vocabulary}", text, nearest(text, known) or known[:8])
            return node
        return literal(parameter, text)

    def resolve(self, name: str) -> str:
        """The IRI of an entity, claim or source named by id, compact or full IRI, label, synonym, or mapped identifier or code.

        Raises UnknownName with suggestions, or with the candidates where several have the name.
        """
        return resolve(self._reader, self.vocabularies, said(name, "the name"))

    def find(self, text: str, limit: int = 20, kind: str = "") -> tuple[Hit, ...]:
        """What has all words of `text` in a label, synonym, id, identifier, definition, title or sentence, best first.

        kind : only this class, such as entity, claim, source or Drug. Raises NothingFound with the nearest words,
        UnknownName for a class of which there is nothing, and ValueError for a text without words.
        """
        from pmlkg.reading.search import FILE, search

        return search(self.folder / FILE, said(text, "the text"), limit, said(kind, "the kind"))

    def table(self, hits: Iterable[Hit]) -> Answer:
        """Hits as an answer, which has every form of an answer."""
        rows = (
            f"({hit.rank} {ox.NamedNode(hit.iri)} {ox.Literal(hit.kind)} {ox.Literal(hit.label)} {ox.Literal(hit.text)} {hit.score:.3f})"
            for hit in hits
        )
        names = "?rank ?id ?class ?label ?text ?score"
        return self.query(f"SELECT {names} {{ VALUES ({names}) {{ {' '.join(rows)} }} }} ORDER BY ?rank")

    def show(self, name: str) -> Card:
        """A card of what the graph knows of an entity, claim, source or other record, or of a term of the ontology.

        Raises UnknownName with suggestions.
        """
        from pmlkg.reading.card import make_card

        try:
            iri = self.resolve(name)
        except UnknownName:
            iri = term_named(self._reader, name)
            if not iri:
                raise
        return make_card(self._reader, ox.NamedNode(iri), self.vocabularies)

    def path(self, start: str, end: str, limit: int = 3) -> Paths:
        """The shortest chains of edges that join two things, with the claims and sources of each step.

        limit : so many chains, the best supported first. Raises UnknownName, and LookupError where no short chain joins them.
        """
        from pmlkg.reading.path import paths

        return paths(self._reader, ox.NamedNode(self.resolve(start)), ox.NamedNode(self.resolve(end)), limit)

    def explain(self, subject: str, predicate: str, object: str) -> Explanation:
        """The shortest proof of a triple, down to claims and axioms. Raises UnknownName for a name that is not in the graph, and LookupError where the triple is not."""
        from pmlkg.reading.proof import FILE, explain, read_proofs

        s = ox.NamedNode(self.resolve(subject))
        p = ox.NamedNode(RDF + "type" if predicate == "a" else expand(said(predicate, "the predicate"), default=PMLO))
        if not self._reader.holds(p, None, None) and not self._reader.holds(None, p, None):
            raise UnknownName("property", predicate, nearest(predicate, ontology_names(self._reader)))
        o = self._object(s, p, said(object, "the object"))
        if not self._reader.holds(s, p, o):
            others = sorted(self._reader.show(value) for value in self._reader.values(s, show(p)))
            hint = f"; {show(s)} {show(p)} {', '.join(others)}" if others else f"; the graph has no {show(p)} of {show(s)}"
            raise LookupError(f"{show(s)} {show(p)} {show(o)} is not in the graph{hint}")
        return explain(self._reader, ox.Triple(s, p, o), cache(partial(read_proofs, self.folder / FILE)))

    def _object(self, s: ox.NamedNode, p: ox.NamedNode, name: str) -> Term:
        """The object of a triple by its name: a record, a class or other term, or a text that the subject has."""
        for value in self._reader.values(s, str(p)):
            if isinstance(value, ox.Literal) and plain(value.value) == plain(name):
                return value
        try:
            return ox.NamedNode(self.resolve(name))
        except UnknownName:
            term = ox.NamedNode(expand(name, default=PMLO))
            if not self._reader.holds(term, None, None) and not self._reader.holds(None, None, term):
                raise
            return term

    def to_rdflib(self) -> rdflib.Graph:
        """The union of all named graphs as an rdflib Graph, with literals as written in the records."""
        return to_rdflib(self.quads())

    def quads(self) -> list[ox.Quad]:
        """All quads with literals as written in the records."""
        return read_nquads(self.folder / "pmlkg.nq")

    def serialize(self, format: str = "turtle", *, graph: str | None = None, entity: str | None = None, named: bool = True) -> bytes:
        """The whole graph, one named graph, or the neighbourhood of one entity, in a format of `pmlkg.rdf.FORMATS`.

        The neighbourhood is what is said of the entity, the claims that speak of it, with their figures and evidence,
        and the sources of these. The same graph gives the same bytes. Raises UnknownName for a wrong name.
        named : whether formats that can keep the names of graphs keep them; else all stands in the default graph.
        """
        if graph is not None and graph not in GRAPHS:
            raise UnknownName("graph", graph, nearest(graph, GRAPHS) or list(GRAPHS))
        quads = self.quads()
        if graph is not None:
            quads = [quad for quad in quads if quad.graph_name == GRAPHS[graph]]
        if entity is not None:
            from pmlkg.reading.neighbourhood import Neighbourhoods

            quads = Neighbourhoods(quads).of(ox.NamedNode(self.resolve(entity)))
        return write(quads if named else (ox.Quad(*quad.triple) for quad in quads), format)

    # --- sources and citation -----------------------------------------------------------------------------------------

    def _works(self, answer: Answer) -> tuple[Work, ...]:
        from pmlkg.answers.sources import works_behind

        return works_behind(self._reader, answer)

    def _disagreeing(self, answer: Answer) -> list[tuple[str, str]]:
        from pmlkg.reading.claims import disagreeing

        nodes = {cell for row in answer.rows for cell in row if isinstance(cell, ox.NamedNode)}
        return disagreeing(self._reader, nodes)

    def _citation(self, answer: Answer) -> str:
        dates = [text for name in ("modified", "issued") for text in self._reader.texts(ox.NamedNode(ONTOLOGY_IRI), DCTERMS + name)]
        year = f" ({dates[0][:4]})" if dates else ""
        if answer.question:
            given = [f"{name}={value if _PLAIN.fullmatch(value) else json.dumps(value)}" for name, value in answer.parameters.items()]
            asked = f"question {answer.question.name}" + (f" with {', '.join(given)}" if given else "")
        else:
            import hashlib  # which no other answer needs

            asked = f"SPARQL query with SHA-256 {hashlib.sha256(answer.sparql.encode()).hexdigest()[:16]}"
        graph = f"as {self.endpoint.address} has it" if self.endpoint else f"graph {self.folder.name}"
        return f"pmlkg {__version__}{year}, {asked}, {graph}, {PMLKG.removesuffix('/id/')}"


def _warn(message: str) -> None:
    """What a build says to who did not ask for its steps: only what is wrong."""
    if message.startswith("warning: "):
        warnings.warn(message.removeprefix("warning: "), stacklevel=3)
