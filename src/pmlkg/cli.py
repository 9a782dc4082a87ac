"""The ``pmlkg`` command: arguments in, text out. Data goes to stdout, talk to stderr; what is done is done elsewhere.

Exit codes: 0 conforms or answered, 1 does not conform or not in the graph, 2 usage, 3 could not run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import textwrap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pmlkg import __version__
from pmlkg.findings import Findings, conforms, to_json, to_report_graph, to_text
from pmlkg.terms import GRAPHS, UnknownName, nearest

if TYPE_CHECKING:
    from pmlkg.questions import Question

OK, NOT_SO, USAGE, FAILED = 0, 1, 2, 3

_COMMANDS = {
    "build": "build the graph from the records",
    "validate": "check records, shapes and queries; report what is wrong",
    "ask": "answer a named question; without a name, list the questions",
    "sparql": "run a SPARQL query: text, a file, or - for standard input",
    "find": "full-text search in names, definitions, titles and sentences of claims",
    "show": "what the graph knows of an entity, a claim or a source",
    "explain": "why a triple is in the graph: the shortest proof, down to claims, sources and axioms",
    "export": "write the graph, a part of it, or the neighbourhood of an entity",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "ask":
        parser.error(f"unknown argument {rest[0]!r}; see pmlkg {options.command} --help")
    try:
        code = int(_RUN[options.command](options, rest))
        sys.stdout.flush()  # here, where a reader that has gone away is no surprise
        return code
    except Findings as problems:
        print(to_text(problems.findings), file=sys.stderr)
        return NOT_SO
    except (UnknownName, ValueError) as error:
        return _complain(str(error), USAGE)
    except LookupError as error:
        return _complain(str(error.args[0]), NOT_SO)
    except SyntaxError as error:
        return _complain(_syntax(error), USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that closing stdout says nothing either
        return OK
    except (OSError, RuntimeError) as error:
        return _complain(f"could not run: {error}", FAILED)
    except KeyboardInterrupt:
        return _complain("stopped", FAILED)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", metavar="DIR", help="folder with ontology/, shapes/ and queries/ (default: the project's own)")
    shared.add_argument("--build-dir", metavar="DIR", help="where builds lie (default: build/ in a checkout, else the user's cache)")
    shared.add_argument("--quiet", action="store_true", help="no progress on stderr")
    forms = argparse.ArgumentParser(add_help=False)
    forms.add_argument(
        "--format",
        default="table",
        metavar="FORMAT",
        help="table, md, csv, tsv, json, xml; a picture: svg, png; its sources: references, csl-json, bibtex, ris; ttl for CONSTRUCT (default: table)",
    )
    forms.add_argument("--output", metavar="FILE", help="write there instead of to stdout")
    answers = argparse.ArgumentParser(add_help=False, parents=[forms])
    answers.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="give up after this time (default: 60)")
    answers.add_argument(
        "--allow-network", action="store_true", help="let SERVICE ask other endpoints: its part of the query is sent there"
    )

    parser = _Parser(
        prog="pmlkg",
        description="The knowledge graph of progressive multifocal leukoencephalopathy. For research; not medical advice.",
        epilog="Begin with: pmlkg ask; pmlkg find WORDS; pmlkg show Tysabri. Exit codes: 0 conforms or answered, 1 does not conform or not in the graph, 2 usage, 3 could not run.",
    )
    parser.add_argument("--version", action="version", version=f"pmlkg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=argparse.ArgumentParser)

    def add(name: str, *parents: argparse.ArgumentParser, add_help: bool = True) -> argparse.ArgumentParser:
        what = _COMMANDS[name]
        # No abbreviations: --time must stay free for a parameter of a question.
        return commands.add_parser(
            name, parents=[shared, *parents], help=what, description=f"{what[0].upper()}{what[1:]}.", allow_abbrev=False, add_help=add_help
        )

    add("build")
    checks = add("validate")
    checks.add_argument("--format", choices=("text", "json", "ttl"), default="text", help="text, json, or a SHACL report in Turtle")
    ask = add("ask", answers, add_help=False)
    ask.set_defaults(usage=ask)
    ask.add_argument("-h", "--help", action="store_true", help="show this, or with a question its parameters and columns")
    ask.add_argument("question", nargs="?", help="the name of the question")
    ask.add_argument("--endpoint", metavar="ADDRESS", help="ask there instead of at the address that a question with SERVICE names")
    ask.epilog = "Parameters of the question follow as --NAME VALUE; pmlkg ask lists them, and pmlkg ask QUESTION --help those of one."
    sparql = add("sparql", answers)
    sparql.add_argument("query", help="the query, the name of a file, or -")
    find = add("find", forms)
    find.add_argument("words", nargs="+", help="words that must all occur; nothing in them is syntax")
    find.add_argument("--kind", default="", metavar="CLASS", help="only this kind: entity, claim, source, or a class such as Drug")
    find.add_argument("--limit", type=int, default=20, metavar="NUMBER", help="at most so many (default: 20)")
    show = add("show")
    show.add_argument("entity", help="id, label, synonym, IRI, or identifier elsewhere (L04AG03, MONDO:0016318, mesh:D007968)")
    show.add_argument("--format", choices=("text", "json"), default="text")
    explain = add("explain")
    explain.add_argument("subject", help="a record: id, label, synonym, IRI, or identifier elsewhere")
    explain.add_argument("predicate", help="a property such as increasesRiskOf, or a for rdf:type")
    explain.add_argument("object", help="a record, a class, or a text")
    explain.add_argument(
        "--format",
        choices=("text", "json", "ttl", "dot", "svg"),
        default="text",
        help="ttl: a PROV graph; dot: a drawing for Graphviz; svg: a drawing",
    )
    export = add("export")
    export.add_argument("--format", default="turtle", help="turtle, ntriples, nquads, trig, jsonld or rdfxml (default: turtle)")
    part = export.add_mutually_exclusive_group()
    part.add_argument("--graph", metavar="NAME", help=f"one named graph: {', '.join(GRAPHS)}")
    part.add_argument("--entity", metavar="NAME", help="what is said of one entity, down to the sources")
    export.add_argument("--output", metavar="FILE", help="write there instead of to stdout")
    return parser


class _Parser(argparse.ArgumentParser):
    """Offers the nearest command for a mistyped one."""

    def error(self, message: str) -> NoReturn:
        invalid = message.partition("invalid choice: '")[2].partition("'")[0]
        hint = nearest(invalid, _COMMANDS) if invalid else []
        super().error(message + (f" (did you mean {' or '.join(hint)}?)" if hint else ""))


def _build(options: argparse.Namespace, _: list[str]) -> int:
    from pmlkg import build
    from pmlkg.locations import find_builds, find_data

    data = find_data(options.data)
    folder, findings = build.build(data, find_builds(data, options.build_dir), _progress(options))
    if findings:
        print(to_text(findings), file=sys.stderr)
    triples = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["triples"]
    parts = ", ".join(f"{number:,} {name}" for name, number in triples.items())
    print(f"built {sum(triples.values()):,} triples ({parts})\n{folder / 'pmlkg.nq'}")
    return OK


def _validate(options: argparse.Namespace, _: list[str]) -> int:
    from pmlkg import build
    from pmlkg.locations import find_data

    try:
        findings = build.assemble(find_data(options.data), _progress(options)).findings
    except Findings as problems:
        findings = problems.findings
    print({"text": to_text, "json": to_json, "ttl": to_report_graph}[options.format](sorted(findings, key=lambda f: f.sort_key())))
    return OK if conforms(findings) else NOT_SO


def _ask(options: argparse.Namespace, rest: list[str]) -> int:
    if options.help and options.question is None:
        options.usage.print_help()
        return OK
    if options.question is None:
        if rest:
            raise ValueError(f"{rest[0]} without a question; pmlkg ask lists the questions")
        return _list_questions(options)
    from pmlkg.locations import find_data
    from pmlkg.questions import find_question

    question = find_question(find_data(options.data).queries(), options.question)
    if options.help:
        print(_describe(question) + "\n      columns:")
        print("\n".join(f"        {name}   {meaning}" for name, meaning in question.columns.items()))
        return OK
    graph = _open(options)
    values = _pairs(rest)
    if "network" in values:
        raise ValueError("--network is no parameter; --allow-network lets a question ask another endpoint")
    with _Deadline(options.timeout, 5 if options.allow_network else 0):
        answer = graph.ask(question.name, network=options.allow_network, endpoint=options.endpoint, timeout=options.timeout, **values)
        content = _render(answer, options)
    return _give(content, options.output)


def _list_questions(options: argparse.Namespace) -> int:
    from pmlkg.locations import find_data
    from pmlkg.questions import load_questions

    questions = load_questions(find_data(options.data).queries())
    for group in sorted({question.group for question in questions.values()}):
        print(f"{group}:")
        for question in questions.values():
            if question.group == group:
                print(_describe(question))
    return OK


def _describe(question: Question) -> str:
    """A named question with its parameters, as the list of questions shows it."""
    from pmlkg.remote import addresses

    lines = [f"  {question.name}", f"      {question.question}"]
    if question.network:
        lines.append(f"      asks {' and '.join(addresses(question.text))} too: --allow-network")
    for parameter in question.parameters:
        default = "" if parameter.default == "UNDEF" else f" (default: {parameter.default})"
        lines.append(f"      --{parameter.name} VALUE   {parameter.description}; {parameter.right}{default}")
    return "\n".join(lines)


def _pairs(rest: list[str]) -> dict[str, str]:
    """``--name value`` and ``--name=value`` pairs."""
    pairs: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise ValueError(f"{word!r} is no parameter; right: --NAME VALUE")
        if not equals:
            try:
                value = next(words)
            except StopIteration:
                raise ValueError(f"--{name} has no value") from None
        if name in pairs:
            raise ValueError(f"--{name} is given twice")
        pairs[name] = value
    return pairs


def _sparql(options: argparse.Namespace, _: list[str]) -> int:
    text = options.query
    if text == "-":
        text = sys.stdin.read()
    elif not re.search(r"[{\n]|^\s*DESCRIBE\s", text, re.I):
        text = Path(text).read_text(encoding="utf-8")
    graph = _open(options)
    with _Deadline(options.timeout, 5 if options.allow_network else 0):
        try:
            answer = graph.query(text, network=options.allow_network, timeout=options.timeout)
        except SyntaxError as error:
            error.text = text
            raise
        content = _render(answer, options)
    return _give(content, options.output)


def _find(options: argparse.Namespace, _: list[str]) -> int:
    graph = _open(options)
    answer = graph.table(graph.find(" ".join(options.words), options.limit, options.kind))
    return _give(_render(answer, options), options.output)


def _show(options: argparse.Namespace, _: list[str]) -> int:
    card = _open(options).show(options.entity)
    print(json.dumps(card.to_dict(), ensure_ascii=False, indent=2) if options.format == "json" else card.to_text(_width() or 80))
    return OK


def _explain(options: argparse.Namespace, _: list[str]) -> int:
    print(_open(options).explain(options.subject, options.predicate, options.object).render(options.format), end="")
    return OK


def _export(options: argparse.Namespace, _: list[str]) -> int:
    content = _open(options).serialize(options.format, graph=options.graph, entity=options.entity)
    return _give(content, options.output)


def _render(answer: Any, options: argparse.Namespace) -> bytes:
    """An answer in its format. Bytes of an image would only upset a terminal, so they are refused before they are made."""
    if options.format == "png" and options.output is None and sys.stdout.isatty():
        raise ValueError("a PNG is no text for a terminal; right: --output FILE")
    return bytes(answer.render(options.format, width=_width() if options.output is None else None))


def _give(content: bytes, output: str | None) -> int:
    """To stdout, or to a file, which is replaced in one step: it is the old or the new one, never half of it."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return OK
    target = Path(output).resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # a pipe or a device is written to, not replaced
        target.write_bytes(content)
        return OK
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return OK


_RUN = {
    "build": _build,
    "validate": _validate,
    "ask": _ask,
    "sparql": _sparql,
    "find": _find,
    "show": _show,
    "explain": _explain,
    "export": _export,
}


def _open(options: argparse.Namespace) -> Any:
    from pmlkg.graph import KnowledgeGraph

    return KnowledgeGraph.open(options.data, options.build_dir, progress=_progress(options))


def _progress(options: argparse.Namespace) -> Any:
    def say(message: str) -> None:
        if not options.quiet or message.startswith("warning:"):  # an answer from an older build is never silent
            print(f"pmlkg: {message}", file=sys.stderr, flush=True)

    return say


class _Deadline:
    """Ends the process when the time is up: a query in the store cannot be stopped, but it lets other threads run.

    grace : seconds more, where other endpoints are asked: the limit of `pmlkg.remote` comes first and says which one was late.
    """

    def __init__(self, seconds: float, grace: float) -> None:
        if not 0 < seconds <= threading.TIMEOUT_MAX:
            raise ValueError(f"--timeout is {seconds:g}; right: a number of seconds above 0, at most {threading.TIMEOUT_MAX:g}")
        self._timer = threading.Timer(seconds + grace, self._end, [seconds])
        self._timer.daemon = True

    def _end(self, seconds: float) -> None:
        print(f"pmlkg: no answer within {seconds:g} s; see --timeout", file=sys.stderr, flush=True)
        os._exit(FAILED)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _width() -> int | None:
    """The width of the terminal; a pipe gets whole tables."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _complain(message: str, code: int) -> int:
    print(f"pmlkg: {message}", file=sys.stderr)
    return code


def _syntax(error: SyntaxError) -> str:
    """A syntax error with its place and line, and a mark below the column."""
    message = textwrap.shorten(error.msg or str(error), 160, placeholder=" …")
    match = re.search(r"(\d+):(\d+)", message)
    line, column = (int(match[1]), int(match[2])) if match else (error.lineno or 0, error.offset or 0)
    lines = (error.text or "").splitlines()
    if not 0 < line <= len(lines):
        return f"syntax error: {message}"
    return f"syntax error in line {line}, column {column}: {message}\n  {lines[line - 1]}\n  {' ' * max(column - 1, 0)}^"


if __name__ == "__main__":
    sys.exit(main())
