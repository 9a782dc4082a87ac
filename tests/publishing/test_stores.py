"""Other stores: what is published stands there whole or not at all, and the questions answer there as here."""

from __future__ import annotations

import json
import os
import socket
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import engines
from pmlkg.asking.endpoint import PASSWORD, USER, Credentials, Endpoint, declared
from pmlkg.asking.federation import RemoteAccess, RemoteFailure
from pmlkg.cli import main
from pmlkg.graph import KnowledgeGraph
from pmlkg.publishing.stores import Target, publish
from pmlkg.terms import GRAPHS, PREFIXES, UnknownName
from publishing_faulty import Faulty, Handler, sleeping

OLD = {iri.value: 7 for iri in GRAPHS.values()}
LIMITS = {
    "virtuoso": {"competing-models", "criteria-satisfied", "incidence-by-population", "time-to-diagnosis"},
    "oxigraph": set(),
}
"""Engine -> the questions that it answers otherwise, as docs/stores.md says, with the reason."""


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No name and no password but those of a test."""
    monkeypatch.delenv(USER, raising=False)
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def store() -> Iterator[Faulty]:
    with Faulty() as made:
        made.graphs = dict(OLD)
        yield made


def sizes(kg: KnowledgeGraph) -> dict[str, int]:
    return {GRAPHS[name].value: number for name, number in kg.triples.items()}


# --- whole or not at all ----------------------------------------------------------------------------------------------


def test_all_graphs_are_switched_and_nothing_is_left(kg: KnowledgeGraph, store: Faulty) -> None:
    store.graphs[GRAPHS["edges"].value + "/stage-0123456789abcdef"] = 3  # of an attempt long ago
    store.graphs["urn:of:somebody"] = 5
    done = publish(kg, Target.of(store.address))
    assert store.graphs == {**sizes(kg), "urn:of:somebody": 5}
    assert [each.triples for each in done] == list(kg.triples.values())


def test_a_large_graph_goes_in_pieces(kg: KnowledgeGraph, store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    from pmlkg.publishing import stores

    monkeypatch.setattr(stores, "_PIECE", 1_000)
    publish(kg, Target.of(store.address))
    assert store.graphs == sizes(kg)


def refusing(number: int, code: int = 507, content: bytes = b"disk full", kind: str = "text/plain", **headers: str) -> Any:
    """A store that refuses a request to write, after so many that it took."""

    def fault(handler: Handler, what: str, body: bytes) -> bool:
        if what != "query" and body and handler.store.puts >= number:
            handler.reply(code, content, kind, **headers)
            return True
        return False

    return fault


def halving(handler: Handler, what: str, body: bytes) -> bool:
    """A store that keeps half of what it is sent, and says that all is well."""
    if what == "put":
        handler.store.graphs[handler.path.partition("graph=")[2].replace("%3A", ":").replace("%2F", "/")] = body.count(b"\n") // 2
        handler.reply(201)
        return True
    return False


def hanging_up(handler: Handler, what: str, body: bytes) -> bool:
    if what == "put" and handler.store.puts == 1:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        return True
    return False


def half_an_answer(handler: Handler, what: str, body: bytes) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"head": {"vars": ["n"]}, "results"')
    handler.close_connection = True
    return True


def cut_json(handler: Handler, what: str, body: bytes) -> bool:
    handler.reply(200, b'{"head": {"vars": ["n"]}, "results": {"bin', "application/sparql-results+json")
    return True


def a_page(handler: Handler, what: str, body: bytes) -> bool:
    handler.reply(200, b"<html><p>Welcome</p></html>", "text/html; charset=utf-8")
    return True


def moving(handler: Handler, what: str, body: bytes) -> bool:
    handler.reply(301, b"", Location="http://192.0.2.1/")
    return True


FAULTS = [
    (refusing(0), "answers 507: disk full"),
    (refusing(3), "answers 507: disk full"),
    (refusing(6), "answers 507: disk full"),
    (refusing(0, 401, b"", WWW_Authenticate='Basic realm="x"'), "without the right name and password"),
    (refusing(2, 500, b"<html>oops</html>", "text/html"), "with a page, not with results"),
    (halving, "of the 3,512 triples of ontology that were sent; nothing was switched"),
    (hanging_up, "cannot be reached|broke off"),
    (half_an_answer, "broke off after 35 of 500 bytes|broke off after 35 bytes"),
    (cut_json, "answers 200|broke off"),
    (a_page, "answers 200 with a page"),
    (moving, "answers 301"),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_whatever_fails_before_the_switch_changes_nothing_that_is_read(fault: Any, said: str, kg: KnowledgeGraph, store: Faulty) -> None:
    store.fault = fault
    with pytest.raises(RemoteFailure, match=said):
        publish(kg, Target.of(store.address))
    assert {name: number for name, number in store.graphs.items() if "/stage-" not in name} == OLD


def test_the_next_attempt_goes_on_where_the_last_one_stopped(kg: KnowledgeGraph, store: Faulty) -> None:
    store.fault = refusing(3)
    with pytest.raises(RemoteFailure):
        publish(kg, Target.of(store.address))
    store.fault = lambda *_: False
    done = publish(kg, Target.of(store.address))
    assert [each.staged for each in done] == [False, False, False, True, True, True]
    assert store.graphs == sizes(kg)


def test_a_switch_that_lost_something_is_seen(kg: KnowledgeGraph, store: Faulty) -> None:
    def forgetful(handler: Handler, what: str, body: bytes) -> bool:
        if what == "update":
            handler.store.graphs = {**OLD}
            handler.reply(204)
            return True
        return False

    store.fault = forgetful
    with pytest.raises(RemoteFailure, match=r"does not hold what was sent, after the switch: ontology 7 of 3,512.*right: publish again"):
        publish(kg, Target.of(store.address))


def test_a_store_that_does_not_answer_is_given_up(kg: KnowledgeGraph, store: Faulty) -> None:
    store.fault = sleeping(2)
    with pytest.raises(RemoteFailure, match=r"gave no answer within 0\.3 s"):
        publish(kg, Target.of(store.address), seconds=0.3)


def test_the_command_names_what_is_wrong(capsys: pytest.CaptureFixture[str], store: Faulty) -> None:
    assert main(["publish", "--to", store.address, "--quiet"]) == 0
    assert capsys.readouterr().out.count("triples") == 6
    assert main(["publish", "--to", store.address, "--engine", "oxigraf", "--quiet"]) == 2
    assert "did you mean oxigraph?" in capsys.readouterr().err
    assert main(["publish", "--to", "file:///etc/passwd", "--quiet"]) == 2
    assert "right: an address such as" in capsys.readouterr().err
    store.fault = a_page
    assert main(["publish", "--to", store.address, "--quiet"]) == 3
    assert "it is no SPARQL endpoint" in capsys.readouterr().err


# --- who asks -----------------------------------------------------------------------------------------------------------


def test_a_name_comes_from_the_environment_or_a_netrc_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = "http://store.example/sparql"
    assert Credentials.of(address) is None
    file = tmp_path / "netrc"
    file.write_text("machine store.example login ann password one\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    assert Credentials.of(address) == Credentials("ann", "one")
    assert Credentials.of("http://other.example/") is None
    monkeypatch.setenv(USER, "bob")
    with pytest.raises(ValueError, match=f"only one of {USER} and {PASSWORD} is set"):
        Credentials.of(address)
    monkeypatch.setenv(PASSWORD, "two")
    assert Credentials.of(address) == Credentials("bob", "two")
    monkeypatch.delenv(USER)
    monkeypatch.delenv(PASSWORD)
    file.write_text("machine\n")
    with pytest.raises(ValueError, match="right: lines of machine, login and password"):
        Credentials.of(address)


def test_a_password_goes_to_who_asks_for_it_and_to_nobody_else(kg: KnowledgeGraph, store: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    import base64

    monkeypatch.setenv(USER, "ann")
    monkeypatch.setenv(PASSWORD, "secret")
    seen: list[str | None] = []

    def guarded(handler: Handler, what: str, body: bytes) -> bool:
        told = handler.headers.get("Authorization")
        seen.append(told)
        if what == "query":
            return False
        if told != "Basic " + base64.b64encode(b"ann:secret").decode():
            handler.reply(401, b"", WWW_Authenticate='Basic realm="x"')
            return True
        return False

    store.fault = guarded
    publish(kg, Target.of(store.address))
    assert store.graphs == sizes(kg)
    assert None in seen  # an address that does not ask is told nothing
    monkeypatch.setenv(PASSWORD, "wrong")
    with pytest.raises(RemoteFailure, match="without the right name and password"):
        publish(kg, Target.of(store.address))


# --- asking elsewhere ---------------------------------------------------------------------------------------------------


def test_prefixes_are_declared_where_they_are_used_and_not_declared() -> None:
    query = 'PREFIX pmlo: <urn:x#> SELECT * { ?s pmlo:a rdfs:label ; skos:b "dcterms:c" . ?s ?owl <owl:z> } # sh:d'
    assert declared(query, PREFIXES) == f"PREFIX rdfs: <{PREFIXES['rdfs']}>\nPREFIX skos: <{PREFIXES['skos']}>\n{query}"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (a_page, "no SPARQL endpoint"),
        (cut_json, "broke off"),
        (half_an_answer, "broke off"),
        (moving, "answers 301"),
        (sleeping(2), "no answer within"),
    ],
)
def test_what_are_no_results_is_no_answer(fault: Any, said: str, kg: KnowledgeGraph, store: Faulty) -> None:
    store.fault = fault
    with pytest.raises(RemoteFailure, match=said):
        KnowledgeGraph.at(store.address + "/query", kg.data.root).ask("tropism", timeout=0.5)


def test_a_part_of_the_results_is_not_taken_for_all(kg: KnowledgeGraph, store: Faulty) -> None:
    def partial(handler: Handler, what: str, body: bytes) -> bool:
        handler.reply(200, b'{"head": {"vars": []}, "results": {"bindings": []}}', "application/sparql-results+json", X_SQL_State="S1TAT")
        return True

    store.fault = partial
    with pytest.raises(RemoteFailure, match="gave a part of the results"):
        KnowledgeGraph.at(store.address + "/query", kg.data.root).ask("tropism")


def answering(columns: list[str]) -> Any:
    """A fault: every query but the one for sizes gets an answer without rows, with these columns."""

    def fault(handler: Handler, what: str, body: bytes) -> bool:
        if b"GROUP+BY+%3Fg" in body:
            return False
        handler.reply(200, json.dumps({"head": {"vars": columns}, "results": {"bindings": []}}).encode(), "application/sparql-results+json")
        return True

    return fault


def test_a_store_without_the_graph_is_named_and_one_with_another_is_told(kg: KnowledgeGraph, store: Faulty) -> None:
    store.graphs = {"urn:of:somebody": 5}
    with pytest.raises(RemoteFailure, match="has none of the graphs of pmlkg; right: publish them there"):
        KnowledgeGraph.at(store.address + "/query", kg.data.root).ask("tropism")
    store.graphs = {**sizes(kg), GRAPHS["edges"].value: 1}
    store.fault = answering(list(kg.question("tropism").columns))
    there = KnowledgeGraph.at(store.address + "/query", kg.data.root)
    with pytest.warns(
        UserWarning, match=r"has another graph than stands here: \S+/edges 1 triples and not [\d,]+; the answer is of what is there"
    ):
        answer = there.ask("tropism")
    assert f"as {store.address}/query has it" in answer.citation
    assert kg.folder.name not in answer.citation
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there.ask("tropism")  # told once
        store.graphs = sizes(kg)
        KnowledgeGraph.at(store.address + "/query", kg.data.root).ask("tropism")


def test_columns_of_something_else_are_no_answer(kg: KnowledgeGraph, store: Faulty) -> None:
    store.graphs = sizes(kg)
    store.fault = answering(["a"])
    with pytest.raises(RemoteFailure, match="gave the columns a and not"):
        KnowledgeGraph.at(store.address + "/query", kg.data.root).ask("tropism")


def test_what_a_server_says_reaches_no_terminal_as_it_is(capsys: pytest.CaptureFixture[str], store: Faulty) -> None:
    def evil(handler: Handler, what: str, body: bytes) -> bool:
        handler.reply(500, b"\x1b[31mEVIL\x07")
        return True

    store.fault = evil
    assert main(["publish", "--to", store.address, "--quiet"]) == 3
    told = capsys.readouterr().err
    assert "EVIL" in told
    assert "\x1b" not in told
    assert "\x07" not in told


def test_a_password_in_an_address_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["publish", "--to"], ["ask", "tropism", "--at"]):
        assert main([*words, "http://somebody:secret@127.0.0.1:1/"]) == 2
        told = capsys.readouterr().err
        assert "PMLKG_USER" in told
        assert "secret" not in told


def test_too_much_is_not_read(store: Faulty) -> None:
    def endless(handler: Handler, what: str, body: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/sparql-results+json")
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(b" " * 65536)
        except OSError:
            pass
        handler.close_connection = True
        return True

    store.fault = endless
    with pytest.raises(RemoteFailure, match=r"answered more than 1,000,000 bytes"):
        Endpoint(store.address + "/query").results("SELECT * { ?s ?p ?o }", {}, most=1_000_000)


def test_a_query_that_would_go_on_elsewhere_is_refused(kg: KnowledgeGraph, store: Faulty) -> None:
    with pytest.raises(RemoteAccess):
        KnowledgeGraph.at(store.address + "/query", kg.data.root).query(
            "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", network=True
        )
    with pytest.raises(ValueError, match="right: an address such as"):
        KnowledgeGraph.at("nowhere", kg.data.root)
    with pytest.raises(UnknownName, match="fuseki"):
        Target.of("http://example.org/", "fusek")


# --- real engines -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[engines.oxigraph, engines.virtuoso], ids=["oxigraph", "virtuoso"])
def engine(
    request: pytest.FixtureRequest, kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, KnowledgeGraph]]:
    """A real engine with the graph published to it twice, so that the second time replaces the first."""
    start: Callable[[Path], engines.Running] = request.param
    try:
        address, path, process = start(tmp_path_factory.mktemp(start.__name__))
    except engines.Missing as error:
        pytest.skip(str(error))
    before = {name: os.environ.get(name) for name in (USER, PASSWORD)}
    os.environ.update({USER: engines.USER, PASSWORD: engines.PASSWORD})
    try:
        for _ in range(2):
            done = publish(kg, Target.of(address, start.__name__))
            assert {each.graph: each.triples for each in done} == sizes(kg)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        yield start.__name__, KnowledgeGraph.at(address + path, kg.data.root)
    finally:
        process.terminate()
        process.wait(timeout=30)


def by_value(cell: Any) -> Any:
    """A term as a value: engines write numbers anew, and languages in small letters."""
    if not isinstance(cell, ox.Literal):
        return str(cell)
    try:
        number = (
            Decimal(cell.value) if cell.datatype.value.startswith(PREFIXES["xsd"]) and not cell.datatype.value.endswith("string") else None
        )
    except InvalidOperation:
        number = None
    return cell.value if number is None else number.normalize()


def test_every_question_answers_there_as_here(engine: tuple[str, KnowledgeGraph], kg: KnowledgeGraph) -> None:
    name, there = engine
    different = set()
    for question in kg.questions.values():
        if question.network or question.name in LIMITS[name]:
            continue
        ours = kg.ask(question.name)
        theirs = there.ask(question.name)
        rows = [Counter(tuple(map(by_value, row)) for row in answer.rows) for answer in (ours, theirs)]
        if ours.columns != theirs.columns or rows[0] != rows[1]:
            different.add(question.name)
    assert different == set()


def test_parameters_and_other_forms_of_query_are_answered_there_too(engine: tuple[str, KnowledgeGraph], kg: KnowledgeGraph) -> None:
    name, there = engine
    exposures = ["rituximab", "dimethyl fumarate", *(["HIV infection"] if name != "virtuoso" else [])]  # docs/stores.md says why
    for values in ({"exposure": exposure} for exposure in exposures):
        ours, theirs = (graph.ask("risk-to-guidance", **values) for graph in (kg, there))
        assert Counter(tuple(map(by_value, row)) for row in ours.rows) == Counter(tuple(map(by_value, row)) for row in theirs.rows)
    assert there.query("ASK { pmlkg:pml a pmlo:Disease }").boolean is True
    assert there.query("ASK { pmlkg:pml a pmlo:Drug }").boolean is False
    made = "CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a pmlo:Virus ; rdfs:label ?l }"
    assert set(there.query(made).triples or ()) == set(kg.query(made).triples or ())
    with pytest.raises(SyntaxError):
        there.query("SELECT * WHERE { ?s ?p ")


def test_nothing_that_was_staged_is_left(engine: tuple[str, KnowledgeGraph]) -> None:
    _, there = engine
    assert there.endpoint is not None
    every = Endpoint(there.endpoint.address).results(
        'SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER (CONTAINS(STR(?g), "/stage-")) }', PREFIXES
    )
    assert b'"value": "0"' in bytes(every)  # type: ignore[arg-type]
