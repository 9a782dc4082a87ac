"""What the tools say, as plain objects: counted, with claims and sources, and never cut within an item.

Every reply names the graph that it is of, and says how many items there are, how many are shown, and how to go on. Figures are texts, so
that no digit is lost. Where the graph does not say, a reply says that, and what it has nearby.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pmlkg.answers.answer import Answer
from pmlkg.graph import KnowledgeGraph
from pmlkg.notebook import NOTICE
from pmlkg.terms import UnknownName, curie, nearest, show
from pmlkg.version import __version__

SIZE: Final = 30_000
"""Characters of a reply, which the library writes with spaces: about 10,000 tokens; clients cut or refuse more than 25,000."""
_CLAIMS: Final = ("claim", "claims", "first", "second", "older_claim", "newer_claim")


def reply(kg: KnowledgeGraph, items: Sequence[Any], start: int = 0, **more: Any) -> dict[str, Any]:
    """Items from `start` on, as many whole ones as fit. Raises ValueError for a start that is none."""
    if start < 0 or (start and start >= len(items)):
        raise ValueError(f"start is {start}; right: a number from 0 to {max(len(items) - 1, 0)}")
    head = {"graph": f"pmlkg {__version__}, build {kg.folder.name}", "notice": NOTICE, **more}
    shown: list[Any] = []
    room = SIZE - len(json.dumps(head, ensure_ascii=False))
    for item in items[start:]:
        room -= len(json.dumps(item, ensure_ascii=False)) + 2
        if room < 0 and shown:
            break
        shown.append(item)
    end = start + len(shown)
    left = len(items) - end
    how = f"{left} more: the same call with start {end}" if left else ""
    return {**head, "total": len(items), "shown": len(shown), "start": start, "more": how, "items": shown}


def rows(answer: Answer) -> list[dict[str, str]]:
    """The rows of an answer; cells without a value are left out."""
    return [{name: show(cell) for name, cell in row.items() if cell is not None} for row in answer]


def digest(found: Sequence[Mapping[str, str]]) -> str:
    """What tells one answer from another: a hash of its rows in whichever order."""
    lines = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def claims(found: Sequence[Mapping[str, str]]) -> list[str]:
    """The claims that rows name."""
    return list(dict.fromkeys(row[name] for row in found for name in _CLAIMS if name in row))


def find(kg: KnowledgeGraph, text: str, kind: str = "", start: int = 0) -> dict[str, Any]:
    """What has the words. Nothing found is an answer too, with the nearest words."""
    try:
        hits = kg.find(text, 200, kind)
    except LookupError as error:
        return reply(kg, [], note=f"The graph has nothing with these words: {error.args[0]}")
    items = [{"id": curie(hit.iri), "label": hit.label, "class": hit.kind, "text": hit.text} for hit in hits]
    return reply(kg, items, start, note="Use an id with show, ask or explain.")


def card(kg: KnowledgeGraph, name: str) -> dict[str, Any]:
    """What the graph knows of one thing. A long list in it is cut by whole items, and says so."""
    told = kg.show(name).to_dict()
    cut: dict[str, int] = {}
    while len(json.dumps(told, ensure_ascii=False)) > SIZE - 2000:
        longest = max((key for key, value in told.items() if isinstance(value, (list, tuple))), key=lambda key: len(json.dumps(told[key])))
        cut.setdefault(longest, len(told[longest]))
        told[longest] = list(told[longest])[: len(told[longest]) // 2]
    note = "; ".join(f"{key}: the first {len(told[key])} of {number}, for the rest ask a question" for key, number in cut.items())
    return reply(kg, [told], note=note)


def questions(kg: KnowledgeGraph, words: str = "", start: int = 0) -> dict[str, Any]:
    """The named questions that have all words, with their parameters and columns."""
    wanted = words.casefold().split()
    items = [
        {
            "question": each.name,
            "title": each.title,
            "asks": each.question,
            "parameters": {
                p.name: f"{p.description}; {p.right}" + ("" if p.default == "UNDEF" else f"; default {p.default}") for p in each.parameters
            },
            "columns": dict(each.columns),
        }
        for each in kg.questions.values()
        if not each.network
        and all(word in " ".join((each.name, each.title, each.question, each.group, *each.keywords)).casefold() for word in wanted)
    ]
    note = "" if items else f"No question has the words {words!r}; without words all are listed."
    return reply(kg, items, start, note=note)


def ask(kg: KnowledgeGraph, question: str, parameters: Mapping[str, str], start: int = 0) -> dict[str, Any]:
    """The answer to a named question, with the claims and the sources behind it, and what is needed to verify it later."""
    answer = _answer(kg, question, parameters)
    found = rows(answer)
    assert answer.question is not None
    return reply(
        kg,
        found,
        start,
        question=answer.question.question,
        parameters=dict(answer.parameters),
        columns=dict(answer.question.columns),
        note=_empty(kg, answer),
        sources=[work.id for work in answer.bibliography().works],
        cite=answer.citation,
        digest=digest(found),
    )


def _answer(kg: KnowledgeGraph, question: str, parameters: Mapping[str, str]) -> Answer:
    """The answer to a named question. A name that is no parameter of it is refused here: some are those of options, such as one that would let it ask the network."""
    asked = kg.question(question)
    if asked.network:
        raise ValueError(f"{question} asks another endpoint, which is never done here")
    known = [parameter.name for parameter in asked.parameters]
    if strange := sorted(set(parameters) - set(known)):
        raise UnknownName(f"parameter of {question}", strange[0], nearest(strange[0], known) or known)
    given: dict[str, Any] = dict(parameters)
    return kg.ask(question, **given)


def sparql(kg: KnowledgeGraph, query: str, start: int = 0) -> dict[str, Any]:
    """The answer to a query of one's own, within the bounds of the server."""
    answer = kg.query(query)
    if answer.boolean is not None:
        return reply(kg, [{"boolean": "true" if answer.boolean else "false"}], note="")
    if answer.triples is not None:
        return reply(kg, [str(triple) for triple in answer.triples], start, note="" if answer.triples else "No triple.")
    found = rows(answer)
    return reply(kg, found, start, note=_empty(kg, answer), cite=answer.citation, digest=digest(found))


def _empty(kg: KnowledgeGraph, answer: Answer) -> str:
    """For an answer without rows: that the graph does not say, and what it has instead."""
    if answer.kind != "rows" or answer.rows:
        return ""
    return " ".join(["The graph does not say; that is no statement that it is not so.", *kg.why_empty(answer)])


def explain(kg: KnowledgeGraph, subject: str, predicate: str, object: str) -> dict[str, Any]:
    """Why a triple is in the graph: the shortest proof, down to claims and sources."""
    told = kg.explain(subject, predicate, object)
    return reply(kg, [json.loads(told.render("json"))], note=told.render("text")[:4000])


def cite(kg: KnowledgeGraph, question: str, parameters: Mapping[str, str], start: int = 0) -> dict[str, Any]:
    """How to cite an answer, and the sources of exactly the claims behind it."""
    answer = _answer(kg, question, parameters)
    works = [{name: str(value) for name, value in _work(work).items()} for work in answer.bibliography().to_csl()]
    return reply(kg, works, start, cite=answer.citation, note="" if works else _empty(kg, answer))


def _work(work: Mapping[str, Any]) -> dict[str, Any]:
    authors = ", ".join(f"{each.get('family', each.get('literal', ''))} {each.get('given', '')}".strip() for each in work.get("author", ()))
    issued = work.get("issued", {}).get("date-parts", [[""]])[0][0]
    plain = {name: work.get(name, "") for name in ("id", "title", "container-title", "publisher", "DOI", "PMID", "URL")}
    return {name: value for name, value in {**plain, "author": authors, "year": issued}.items() if value}


def verify(
    kg: KnowledgeGraph, question: str, parameters: Mapping[str, str], digest_then: str, claims_then: Sequence[str] = ()
) -> dict[str, Any]:
    """A recorded answer asked again: same, changed or gone, with what became of its claims."""
    try:
        found = rows(_answer(kg, question, parameters))
    except UnknownName as error:
        return reply(kg, [], verdict="gone", note=str(error), digest="")
    now, here = digest(found), set(claims(found))
    verdict = "same" if now == digest_then else "gone" if not found else "changed"
    items = []
    for claim in claims_then if verdict != "same" else ():
        try:
            told = kg.show(claim)
        except UnknownName:
            items.append({"claim": claim, "now": "not in the graph"})
            continue
        if told.types == ("withdrawn record",):
            items.append({"claim": claim, "now": "withdrawn", **{name: "; ".join(texts) for name, texts in told.fields}})
        elif claim not in here:
            status = told.statement.status if told.statement else ""
            items.append({"claim": claim, "now": f"no longer in this answer; {status}".strip("; ")})
    fresh = sorted(here - set(claims_then)) if claims_then and verdict != "same" else []
    items += [{"claim": claim, "now": "new in this answer"} for claim in fresh]
    return reply(kg, items, verdict=verdict, digest=now, note=f"{len(found)} rows now")
