"""Verbs that ask: `ask` for named questions, `sparql` for queries of one's own."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from pmlkg.asking.federation import addresses
from pmlkg.asking.questions import Question, find_question, load_questions, question_file
from pmlkg.cli.faults import complain
from pmlkg.cli.output import OK, give, open_graph, render
from pmlkg.locations import find_data


def ask(options: argparse.Namespace, rest: list[str]) -> int:
    """Answer a named question, describe it, or list the questions."""
    if options.help and options.question is None:
        options.usage.print_help()
        return OK
    if options.question and (options.search or options.pictures):
        raise ValueError("--search and --pictures list questions; right: a question, or one of these")
    if options.question is None:
        if rest:
            raise ValueError(f"{rest[0]} without a question; pmlkg ask lists the questions")
        return _list_questions(options)
    files = find_data(options.data).queries()
    if options.help:
        question = find_question(files, options.question)
        print(_describe(question) + "\n      columns:")
        print("\n".join(f"        {name}   {meaning}" for name, meaning in question.columns.items()))
        return OK
    question_file(files, options.question)  # before a graph is built for a name that there is not
    graph = open_graph(options)
    values = pairs(rest)
    if "network" in values:
        raise ValueError("--network is no parameter; --allow-network lets a question ask another endpoint")
    answer = graph.ask(options.question, network=options.allow_network, endpoint=options.endpoint, limit=options.limit, **values)
    return _tell(graph, answer, options)


def _list_questions(options: argparse.Namespace) -> int:
    """Two steps: the groups with a line for each question; then `ask NAME --help`, or the questions that have the words."""
    questions = load_questions(find_data(options.data).queries())
    words = [word.casefold() for word in options.search or ()]
    found = [q for q in questions.values() if all(word in _words(q) for word in words) and (q.picture or not options.pictures)]
    if not found:
        raise LookupError(f"no question has the words {' '.join(options.search or ())!r}; pmlkg ask lists all")
    edge = max(len(question.name) for question in found) + 2
    for group in sorted({question.group for question in found}):
        print(f"{group}:")
        for question in found:
            if question.group == group:
                remark = "  (--allow-network)" if question.network else ""
                print(f"  {question.name:<{edge}}{question.title}{remark}")
    print("pmlkg ask NAME --help tells the parameters and columns of one; pmlkg ask --search WORDS narrows the list.")
    return OK


def _words(question: Question) -> str:
    return " ".join((question.name, question.title, question.question, question.group, *question.keywords)).casefold()


def _describe(question: Question) -> str:
    """A named question with its parameters, as the list of questions shows it."""
    lines = [f"  {question.name}", f"      {question.question}"]
    if question.network:
        lines.append(f"      asks {' and '.join(addresses(question.text))} too: --allow-network")
    for parameter in question.parameters:
        default = "" if parameter.default == "UNDEF" else f" (default: {parameter.default})"
        lines.append(f"      --{parameter.name.replace('_', '-')} VALUE   {parameter.description}; {parameter.right}{default}")
    return "\n".join(lines)


def pairs(rest: list[str]) -> dict[str, str]:
    """``--name value`` and ``--name=value`` pairs."""
    pairs: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
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


def sparql(options: argparse.Namespace, _: list[str]) -> int:
    """Run a query: text, a file, or standard input."""
    text = _query(options.query)
    graph = open_graph(options)
    return _tell(graph, graph.query(text, network=options.allow_network, limit=options.limit), options)


def _tell(graph: Any, answer: Any, options: argparse.Namespace) -> int:
    """Give the answer; what is known of why it is empty goes to stderr."""
    code = give(render(answer, options), options.output)
    if answer.total > len(answer.rows):
        complain(f"{len(answer.rows)} of {answer.total} rows, for --limit {options.limit}", code)
    for line in graph.why_empty(answer):
        complain(line, code)
    return code


def _query(argument: str) -> str:
    """The text that is meant: what is one word and no keyword is the name of a file."""
    if argument == "-":
        if sys.stdin is None:
            raise OSError("standard input is closed")
        return sys.stdin.read()
    if re.fullmatch(r"[^\s{}]*\.\w+|[^\s{}#]*[/\\][^\s{}#]*|\.+", argument) or (
        not re.search(r"[\s{]", argument) and Path(argument).is_file()
    ):
        return Path(argument).read_text(encoding="utf-8-sig")
    return argument
