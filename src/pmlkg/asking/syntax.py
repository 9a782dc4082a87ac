"""A query that does not parse in, what is wrong with it and where out, in words for who wrote it.

The parser of the store knows at which place it could not go on, and what it had expected there; that is often far behind the
mistake. The mistakes that people make most are looked for first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from pmlkg.asking.federation import QUIET, bare
from pmlkg.terms import did_you_mean, nearest

_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES: Final = ("INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")
_PROLOGUE: Final = re.compile(r"\s*(?:BASE\b\s*|PREFIX\s+(?P<prefix>[^\s:<>{}]*):\s*)", re.I)
_NAME: Final = re.compile(r"(?<![\w?$:.%\\-])(?P<prefix>[^\W\d_][\w.-]*)?:(?=[\w:%\\]|\s|$)")
_PAIRS: Final = {")": "(", "}": "{", "]": "["}
_SENTENCE: Final = re.compile(r"(?:expected (?:one of )?|, )([A-Z][a-z]*(?: \w+){2,}[^,\[\"]*)")
_EXPECTED: Final = 8


def syntax_error(sparql: str, fault: str, prefixes: Collection[str] = ()) -> SyntaxError:
    """The error of a text that the parser refuses, with ``lineno``, ``offset`` (from 1) and ``text``.

    fault : what the parser said. prefixes : those that need no declaration.
    """
    message, at = next(_mistakes(sparql, fault, prefixes))
    line = sparql.count("\n", 0, at) + 1
    return SyntaxError(message, (None, line, at - sparql.rfind("\n", 0, at), sparql))


def _mistakes(sparql: str, fault: str, prefixes: Collection[str]) -> Iterator[tuple[str, int]]:
    """What is wrong, and at which character; the last, the parser's own word, is always there."""
    text = bare(sparql)
    start, declared = 0, set(prefixes)
    while match := _PROLOGUE.match(text, start):
        start = match.end()
        declared.add(match["prefix"] or "")
    start = len(text) - len(text[start:].lstrip())
    right = f"right: {', '.join(_FORMS[:-1])} or {_FORMS[-1]}"
    if start == len(text):
        yield f"the query is empty; {right}", 0
    word = re.match(r"\w*", text[start:])
    first = word[0].upper() if word else ""
    if first in _UPDATES:
        yield f"{first} is an update, and the graph is only read; {right}", start
    if first not in _FORMS:
        near = did_you_mean(nearest(first, _FORMS)) if first else ""
        yield f"a query begins with {', '.join(_FORMS[:-1])} or {_FORMS[-1]}, not with {sparql[start:].split()[0]!r}{near}", start
    for name in _NAME.finditer(text, start):
        prefix = name["prefix"] or ""
        if prefix not in declared:
            yield f"the prefix {prefix}: is not declared{did_you_mean(nearest(prefix, declared)) if prefix else ''}", name.start()
    for quiet in QUIET.finditer(sparql):
        if quiet[0].startswith("<") and not re.match(r"<[a-z][a-z0-9+.-]*:", quiet[0], re.I) and not re.search(r"\bBASE\b", text, re.I):
            yield f"{quiet[0]} is no whole IRI; right: one that begins with a scheme, as https:, or a prefixed name", quiet.start()
    if mark := re.search("[\"']", text):
        yield "the text that begins here does not end", mark.start()
    if "IRI parsing failed" in fault and (odd := re.search(r"<[^<>\s]*[\s\"{}|^`\\][^<>]*>", text)):
        yield f"{odd[0]!r} is no IRI: a character in it is not allowed", odd.start()
    yield from _brackets(text)
    place = re.search(r"(\d+):(\d+)", fault)
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    at = sum(len(each) for each in sparql.splitlines(keepends=True)[: line - 1]) + column - 1
    if said := _SENTENCE.search(fault):
        yield said[1].strip().rstrip("."), at
    expected = re.findall(r'"[^"]*"|\b[A-Z]{2,}\b', fault.partition("expected")[2])
    what = f"; expected {' or '.join(expected)}" if 0 < len(expected) <= _EXPECTED and "[" not in fault else ""
    yield f"the query cannot be read here or a little before{what}", at


def _brackets(text: str) -> Iterator[tuple[str, int]]:
    """The first bracket without its other one."""
    stack: list[tuple[str, int]] = []
    for place in re.finditer(r"[(){}\[\]]", text):
        if place[0] in _PAIRS.values():
            stack.append((place[0], place.start()))
        elif not stack or stack.pop()[0] != _PAIRS[place[0]]:
            yield f"{place[0]!r} closes nothing", place.start()
            return
    if stack:
        yield f"the {stack[-1][0]!r} here is not closed", stack[-1][1]
