"""Tools for language models, by the library's own client: in process, over stdio and over HTTP; and what a model may do wrong."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pmlkg.graph import KnowledgeGraph
from pmlkg.mcp import replies

sdk: Any = pytest.importorskip("mcp")
server: Any = pytest.importorskip("pmlkg.mcp.server")
pytestmark = pytest.mark.filterwarnings("ignore")


def talk(kg: KnowledgeGraph, say: Callable[[Any], Awaitable[Any]]) -> Any:
    """What comes of a conversation with the server in this process."""

    async def main() -> Any:
        async with sdk.Client(server.make(kg)) as client:
            return await say(client)

    return asyncio.run(main())


def call(kg: KnowledgeGraph, name: str, /, **arguments: Any) -> Any:
    return talk(kg, lambda client: client.call_tool(name, arguments))


def told(kg: KnowledgeGraph, name: str, /, **arguments: Any) -> dict[str, Any]:
    result = call(kg, name, **arguments)
    assert not result.is_error, result.content[0].text
    return dict(result.structured_content)


def refused(kg: KnowledgeGraph, name: str, /, **arguments: Any) -> str:
    result = call(kg, name, **arguments)
    assert result.is_error
    return str(result.content[0].text)


def test_tools_say_that_they_change_nothing(kg: KnowledgeGraph) -> None:
    tools = talk(kg, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["find", "show", "questions", "ask", "explain", "sparql", "cite", "verify"]
    assert all(tool.annotations.read_only_hint and not tool.annotations.open_world_hint for tool in tools)
    assert all(tool.description and tool.input_schema["properties"] for tool in tools)


def test_an_answer_carries_claims_sources_version_and_counts(kg: KnowledgeGraph) -> None:
    made = told(kg, "ask", question="risk-by-exposure", parameters={"factor": "Tysabri"})
    answer = kg.ask("risk-by-exposure", factor="Tysabri")
    assert made["total"] == len(answer.rows) == made["shown"] + int(made["more"].partition(" ")[0] or 0)
    assert made["graph"].endswith(kg.folder.name)
    assert made["cite"] == answer.citation
    assert made["sources"] == [work.id for work in answer.bibliography().works]
    assert all(row["claim"].startswith("pmlkg:claim-") for row in made["items"])
    assert {row["value"] for row in made["items"] if "3.518" in row.values()} == {"3.518"}  # a text, with its digits


def test_pages_are_of_whole_items_and_together_they_are_all(kg: KnowledgeGraph) -> None:
    rows: list[Any] = []
    more = " 0"
    while more:
        page = told(kg, "ask", question="gap-single-source", start=int(more.rpartition(" ")[2]))
        assert len(json.dumps(page)) < replies.SIZE + 2_000
        rows += page["items"]
        more = page["more"]
    assert rows == replies.rows(kg.ask("gap-single-source"))


@pytest.mark.parametrize("question", ["risk-to-guidance", "conflicts", "manifestations", "biomarkers"])
def test_no_reply_is_larger_than_clients_take(question: str, kg: KnowledgeGraph) -> None:
    result = call(kg, "ask", question=question)
    assert len(result.content[0].text) < 60_000


def test_a_long_card_is_cut_by_whole_items_and_says_so(kg: KnowledgeGraph) -> None:
    made = told(kg, "show", name="pml")
    assert len(json.dumps(made, ensure_ascii=False)) < replies.SIZE
    assert "the first" in made["note"]
    assert told(kg, "show", name="Tysabri")["items"][0]["id"] == "pmlkg:natalizumab"


def test_an_empty_answer_says_that_the_graph_does_not_say(kg: KnowledgeGraph) -> None:
    made = told(kg, "sparql", query="SELECT ?x { ?x pmlo:increasesRiscOf pmlkg:pml }")
    assert (made["total"], made["items"]) == (0, [])
    assert made["note"].startswith("The graph does not say")
    assert "did you mean pmlo:increasesRiskOf" in made["note"]
    assert "nothing with these words" in told(kg, "find", text="zzzz")["note"]


def test_explain_and_cite_lead_to_sources(kg: KnowledgeGraph) -> None:
    assert "claim-natalizumab" in json.dumps(told(kg, "explain", subject="pml", predicate="hasRiskFactor", object="natalizumab"))
    made = told(kg, "cite", question="tropism")
    assert made["total"] == len(kg.ask("tropism").bibliography().works)
    assert "question tropism" in made["cite"]


def test_a_recorded_answer_is_same_changed_or_gone(kg: KnowledgeGraph) -> None:
    made = told(kg, "ask", question="tropism")
    claims = list(dict.fromkeys(row["claim"] for row in made["items"]))
    assert told(kg, "verify", question="tropism", digest=made["digest"], claims=claims)["verdict"] == "same"
    old = [*claims[1:], "pmlkg:claim-eu-dmf-leaflet-contraindication", "pmlkg:claim-that-never-was"]
    changed = told(kg, "verify", question="tropism", digest="0" * 32, claims=old)
    assert changed["verdict"] == "changed"
    what = {item["claim"]: item["now"] for item in changed["items"]}
    assert what[claims[0]] == "new in this answer"
    assert what["pmlkg:claim-eu-dmf-leaflet-contraindication"] == "withdrawn"
    assert what["pmlkg:claim-that-never-was"] == "not in the graph"
    assert told(kg, "verify", question="no-such-question", digest="0" * 32)["verdict"] == "gone"


MISUSE: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {"question": "tropsim"}, "did you mean tropism?"),
    ("ask", {"question": "tropism", "paramters": {}}, "no argument 'paramters'; did you mean parameters?"),
    ("ask", {}, "'question' is missing; right: question, parameters, start"),
    ("ask", {"question": "risk-lookup", "parameters": {"exposre": "natalizumab"}}, "did you mean exposure"),
    ("ask", {"question": "tropism", "parameters": {"network": "true"}}, "unknown parameter of tropism 'network'"),
    ("ask", {"question": "wikidata-drugs"}, "asks another endpoint, which is never done here"),
    ("ask", {"question": "tropism", "parameters": ["a"]}, "valid dictionary"),
    ("ask", {"question": "tropism", "start": 10_000}, "right: a number from 0 to"),
    ("ask", {"question": "tropism", "start": -1}, "greater than or equal to 0"),
    ("ask", {"question": 5}, "valid string"),
    ("show", {"name": "natalizumba"}, "did you mean"),
    ("explain", {"subject": "pml", "predicate": "causes", "object": "natalizumab"}, "is not in the graph"),
    ("sparql", {"query": "SELECT * {"}, "syntax error in line 1, column 10"),
    ("sparql", {"query": "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"}, "SERVICE is refused"),
    ("sparql", {"query": "DROP ALL"}, "syntax error"),
    ("find", {"text": "  "}, "has no word to look for"),
    ("find", {"text": "a" * 30_000}, "at most 20000 characters"),
    ("finde", {"text": "a"}, "no tool 'finde'; did you mean find?"),
]


def test_misuse_is_answered_in_words_and_the_server_lives_on(kg: KnowledgeGraph) -> None:
    async def misuse(client: Any) -> list[tuple[bool, str]]:
        found = []
        for name, arguments, _ in MISUSE:
            result = await client.call_tool(name, arguments)
            found.append((result.is_error, result.content[0].text))
        assert not (await client.call_tool("find", {"text": "tysabri"})).is_error
        return found

    for (name, arguments, said), (error, text) in zip(MISUSE, talk(kg, misuse), strict=True):
        assert error, (name, arguments, text[:200])
        assert said in text, (name, arguments, text)
        assert "Traceback" not in text
        assert "pydantic" not in text


def test_a_query_that_takes_too_long_is_ended(kg: KnowledgeGraph) -> None:
    from pmlkg.asking.evaluation import Bounds

    bounded = KnowledgeGraph.open(kg.data.root, bounds=Bounds(seconds=1))
    assert "no answer within 1 s" in refused(bounded, "sparql", query="SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")


def test_resources_and_prompts(kg: KnowledgeGraph) -> None:
    async def read(client: Any) -> dict[str, str]:
        resources = (await client.list_resources()).resources
        return {str(each.uri): (await client.read_resource(str(each.uri))).contents[0].text for each in resources}

    texts = talk(kg, read)
    assert set(texts) == {"pmlkg://questions", "pmlkg://ontology", "pmlkg://coverage"}
    assert {each["question"] for each in json.loads(texts["pmlkg://questions"])} == set(kg.questions)
    assert json.loads(texts["pmlkg://coverage"])["triples"] == kg.triples
    prompt = talk(kg, lambda client: client.get_prompt("risk_to_guidance", {"exposure": "rituximab"}))
    assert "rituximab" in prompt.messages[0].content.text


COMMAND = [sys.executable, "-m", "pmlkg.cli", "mcp"]


def test_over_stdio_the_stream_is_the_protocol_alone(kg: KnowledgeGraph) -> None:
    ask = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    lines = [ask, {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    lines += [{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "sparql", "arguments": {"query": "SELECT * {"}}}]
    lines += [{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "find", "arguments": {"text": "tysabri"}}}]
    with subprocess.Popen(
        [*COMMAND, "--data", str(kg.data.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("this is no JSON\n")
        for line in lines:
            process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        seen = []
        while {each.get("id") for each in seen} < {1, 2, 3}:
            seen.append(json.loads(process.stdout.readline()))  # whatever stands there is JSON
        process.stdin.close()
        rest = process.stdout.read()
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest.splitlines())
        assert process.wait(timeout=30) == 0
    replies_ = {each["id"]: each["result"] for each in seen if each.get("id") in (2, 3)}
    assert replies_[2]["isError"]
    assert not replies_[3].get("isError", False)


def test_the_client_of_the_library_speaks_to_the_process(kg: KnowledgeGraph) -> None:
    async def main() -> Any:
        parameters = sdk.StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "--data", str(kg.data.root)])
        async with sdk.Client(parameters) as client:
            return (await client.call_tool("ask", {"question": "tropism"})).structured_content

    assert asyncio.run(main())["total"] == len(kg.ask("tropism"))


def test_over_http_on_loopback(kg: KnowledgeGraph) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen(
        [*COMMAND, "--http", "--port", str(port), "--data", str(kg.data.root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(150):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)

        async def main() -> Any:
            async with sdk.Client(f"http://127.0.0.1:{port}/mcp") as client:
                return (await client.call_tool("find", {"text": "tysabri"})).structured_content

        assert asyncio.run(main())["total"] > 5
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pmlkg.cli import main

    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    assert main(["mcp"]) == 3
    assert "the extra 'mcp' of pmlkg" in capsys.readouterr().err
