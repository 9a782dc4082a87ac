"""Verbs that ask: `ask` for named questions, `sparql` for queries of one's own."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from pmlkg.asking.federation import addresses
from pmlkg.asking.questions import Question, find_question, load_questions, question_file
from pmlkg.cli.output import OK, give, open_graph, render
from pmlkg.locations import find_data


def ask(options: argparse.Namespace, rest: list[str]) -> int:
    """Answer a named question, describe it, or list the questions."""
    if options.help and options.question is None:
        options.usage.print_help()
        return OK
    if options.search and options.question:
        raise ValueError("--search looks for questions; right: a question, or --search WORDS")
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
    values = _pairs(rest)
    if "network" in values:
        raise ValueError("--network is no parameter; --allow-network lets a question ask another endpoint")
    answer = graph.ask(options.question, network=options.allow_network, endpoint=options.endpoint, **values)
    return give(render(answer, options), options.output)


def _list_questions(options: argparse.Namespace) -> int:
    """Two steps: the groups with a line for each question; then `ask NAME --help`, or the questions that have the words."""
    questions = load_questions(find_data(options.data).queries())
    words = [word.casefold() for word in options.search or ()]
    found = [q for q in questions.values() if all(word in _words(q) for word in words)]
    if not found:
        raise LookupError(f"no question has the words {' '.join(options.search)!r}; pmlkg ask lists all")
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


def sparql(options: argparse.Namespace, _: list[str]) -> int:
    """Run a query: text, a file, or standard input."""
    text = options.query
    if text == "-":
        text = sys.stdin.read()
    elif not re.search(r"[{\n]|^\s*DESCRIBE\s", text, re.I):
        text = Path(text).read_text(encoding="utf-8-sig")
    graph = open_graph(options)
    try:
        answer = graph.query(text, network=options.allow_network)
    except SyntaxError as error:
        error.text = text
        raise
    return give(render(answer, options), options.output)
