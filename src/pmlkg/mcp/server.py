"""The server of the Model Context Protocol: arguments in, replies out; a wrong argument is a worded error, and the server lives on."""

from __future__ import annotations

import inspect
import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from pmlkg.graph import KnowledgeGraph
from pmlkg.mcp import replies
from pmlkg.notebook import NOTICE
from pmlkg.terms import UnknownName, did_you_mean, nearest, show
from pmlkg.version import __version__

INSTRUCTIONS = f"""The knowledge graph of progressive multifocal leukoencephalopathy (PML). {NOTICE}
Ground names first: find or show tell the id of a drug, a condition, a claim or a source. Then ask a named question (questions lists them); sparql only where
none fits. Quote figures as they are given, with unit, people and period, and name the claim and its source; never merge figures of different claims. Where a reply says
that the graph does not say, say so. A reply may be a part: total, shown and more say how to go on. Keep question, parameters, digest and claims of an answer, and verify tells later whether it still stands."""


Text = Annotated[str, Field(max_length=20_000)]
Place = Annotated[int, Field(ge=0, description="the first item to show: the number that `more` of the reply before gives")]
Given = Annotated[dict[str, str], Field(description="name -> value, as `questions` lists them; names, labels or ids of things")]
Reply = dict[str, Any]


class Server(MCPServer[Any]):
    """Refuses what the library would pass over, and says what would be right."""

    tools: dict[str, Callable[..., Reply]]

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool. Raises ToolError, in words for who called it."""
        if name not in self.tools:
            raise ToolError(f"no tool {name!r}{did_you_mean(nearest(name, self.tools))}; there are {', '.join(self.tools)}")
        known = inspect.signature(self.tools[name]).parameters
        strange = sorted(set(arguments) - set(known))
        lacking = [each.name for each in known.values() if each.default is each.empty and each.name not in arguments]
        if strange or lacking:
            wrong = [f"no argument {each!r}{did_you_mean(nearest(each, known))}" for each in strange] + [
                f"{each!r} is missing" for each in lacking
            ]
            raise ToolError(f"{name}: {'; '.join(wrong)}; right: {', '.join(known)}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise ToolError(_worded(name, error)) from None


def make(kg: KnowledgeGraph) -> Server:
    """The server of a graph."""
    tools: dict[str, Callable[..., Reply]] = {}

    def tool(function: Callable[..., Reply]) -> Callable[..., Reply]:
        tools[function.__name__] = function
        return function

    @tool
    def find(text: Text, kind: Text = "", start: Place = 0) -> Reply:
        """Things, claims and sources that have all the words, best first. kind: entity, claim, source, or a class such as Drug."""
        return replies.find(kg, text, kind, start)

    @tool
    def show(name: Text) -> Reply:
        """What the graph knows of one thing: by id, label, synonym, or identifier elsewhere (Tysabri, L04AG03, MONDO:0016318)."""
        return replies.card(kg, name)

    @tool
    def questions(words: Text = "", start: Place = 0) -> Reply:
        """The named questions that have all the words, with their parameters and columns."""
        return replies.questions(kg, words, start)

    @tool
    def ask(question: Text, parameters: Given = {}, start: Place = 0) -> dict[str, Any]:  # noqa: B006 - it is not changed
        """The answer to a named question: rows with their claims, the sources, how to cite it."""
        return replies.ask(kg, question, parameters, start)

    @tool
    def explain(subject: Text, predicate: Text, object: Text) -> Reply:
        """Why a triple is in the graph: the shortest proof, down to claims, sources and axioms."""
        return replies.explain(kg, subject, predicate, object)

    @tool
    def sparql(query: Text, start: Place = 0) -> Reply:
        """The answer to a SPARQL 1.1 query (read only, bounded). The prefixes pmlkg: and pmlo: are known."""
        return replies.sparql(kg, query, start)

    @tool
    def cite(question: Text, parameters: Given = {}, start: Place = 0) -> dict[str, Any]:  # noqa: B006
        """How to cite an answer, with the sources of exactly the claims behind it."""
        return replies.cite(kg, question, parameters, start)

    @tool
    def verify(question: Text, digest: Text, parameters: Given = {}, claims: list[str] = []) -> dict[str, Any]:  # noqa: B006
        """Whether an answer that was recorded (its digest, and the claims of its rows) still stands: same, changed or gone."""
        return replies.verify(kg, question, parameters, digest, claims)

    server = Server("pmlkg", title="PML knowledge graph", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    server.tools = tools
    hints = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for name, function in tools.items():
        server.add_tool(_told(function), name=name, annotations=hints)
    _resources(server, kg)
    return server


def _told(function: Callable[..., Reply]) -> Callable[..., Reply]:
    """The function, whose errors are words for who called it; a fault of ours stays one."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Reply:
        try:
            return function(*arguments, **named)
        except SyntaxError as fault:
            raise ToolError(f"syntax error in line {fault.lineno}, column {fault.offset}: {fault.msg}") from None
        except LookupError as fault:
            raise ToolError(str(fault.args[0])) from None
        except (UnknownName, ValueError, RuntimeError, OSError) as fault:
            raise ToolError(str(fault)) from None

    return call


def _worded(name: str, error: Exception) -> str:
    """What was wrong with an argument, in a line; the library tells of it in several, with addresses."""
    cause = error.__cause__
    if cause is not None and hasattr(cause, "errors"):
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in cause.errors()]
        return f"{name}: {'; '.join(faults)}"
    return str(error).removeprefix(f"Error executing tool {name}: ")


def _resources(server: Any, kg: KnowledgeGraph) -> None:
    """The questions, the ontology and the coverage to read; and a prompt that leads through them."""

    @server.resource("pmlkg://questions", title="Named questions", mime_type="application/json")  # type: ignore[untyped-decorator]
    def questions() -> str:
        """All named questions with parameters and columns."""
        every = [
            {"question": q.name, "title": q.title, "asks": q.question, "parameters": [p.name for p in q.parameters]}
            for q in kg.questions.values()
        ]
        return json.dumps(every, ensure_ascii=False)

    @server.resource("pmlkg://ontology", title="Ontology", mime_type="text/turtle")  # type: ignore[untyped-decorator]
    def ontology() -> str:
        """The terms of the graph."""
        return kg.serialize("turtle", graph="ontology", named=False).decode()

    @server.resource("pmlkg://coverage", title="Coverage", mime_type="application/json")  # type: ignore[untyped-decorator]
    def coverage() -> str:
        """How many claims there are, of which status, and how deeply sources were read."""
        counts = {
            name: {show(key): show(number) for key, number in kg.query(query).rows}
            for name, query in (
                ("status of claims", "SELECT ?l (COUNT(DISTINCT ?c) AS ?n) { ?c pmlo:status/rdfs:label ?l } GROUP BY ?l ORDER BY ?l"),
                ("reading depth", "SELECT ?l (COUNT(DISTINCT ?i) AS ?n) { ?i pmlo:readingDepth/rdfs:label ?l } GROUP BY ?l ORDER BY ?l"),
            )
        }
        return json.dumps({"version": __version__, "triples": kg.triples, **counts}, ensure_ascii=False)

    @server.prompt(title="From a risk to guidance")  # type: ignore[untyped-decorator]
    def risk_to_guidance(exposure: str) -> str:
        """How large is the risk of PML with an exposure, what does it look like, what do guidelines say; each with its source."""
        return (
            f"What is known of the risk of PML with {exposure}? First find the id of {exposure!r}. Then ask risk-to-guidance with it as exposure, and go on with start until all "
            "rows are read. Tell how large the risk is and in whom (figure, unit, people, period), who warns, what the disease then looks like, and what each guideline advises and how "
            "strongly, each with claim and source. Tell conflicts and what the graph does not say. Cite it as the reply says. Not medical advice."
        )


def run(kg: KnowledgeGraph, http: bool, host: str, port: int) -> None:
    """Serve over standard input and output, or over HTTP on loopback until it is stopped. Stdout is the protocol's alone."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = make(kg)
    if http:
        server.run("streamable-http", host=host, port=port)
    else:
        server.run("stdio")
