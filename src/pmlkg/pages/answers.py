"""The catalogue of questions, and the page of an answer: its form, table, picture, downloads, and the query behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pmlkg.answers.answer import Answer
from pmlkg.asking.questions import Question
from pmlkg.pages.site import Cell, Site
from pmlkg.terms import PREFIXES, UnknownName

_FIRST = 200
_SOURCES = ("sources", "source", "first_source", "second_source")
DOWNLOADS = ("csv", "tsv", "json", "xml", "md", "bibtex", "ris", "csl-json", "references")


def catalogue(site: Site) -> str:
    """All questions by group."""
    groups: dict[str, list[Question]] = {}
    for question in site.kg.questions.values():
        groups.setdefault(question.group, []).append(question)
    return site.render("catalogue.html", title="Questions", groups=dict(sorted(groups.items())))


def question(site: Site, name: str, given: Mapping[str, str], whole: bool = False) -> str:
    """A question with its form and, for the values given, its answer; what is wrong with a value stands beside the form.

    Raises UnknownName for a question that there is not.
    """
    asked = site.kg.questions.get(name)
    if asked is None:
        raise UnknownName("question", name)
    values: dict[str, Any] = {key: value for key, value in given.items() if value.strip()}
    answer, message, empty = None, "", []
    strange = sorted(values.keys() - {parameter.name for parameter in asked.parameters})
    if strange:  # the names of an address are never those of an option, such as one that lets a question ask the network
        message = str(UnknownName(f"parameter of {name}", strange[0], [parameter.name for parameter in asked.parameters]))
    elif not asked.network:
        try:
            answer = site.kg.ask(name, **values)
            empty = site.kg.why_empty(answer)
        except (UnknownName, ValueError) as error:
            message = str(error)
    picture = picture_of(site, name, values) if asked.picture and answer is not None and answer.rows else {}
    return site.render(
        "question.html",
        title=asked.title,
        question=asked,
        values=values,
        message=message,
        empty=empty,
        answer=table(site, answer, whole) if answer is not None else None,
        sparql=answer.sparql if answer is not None else asked.text,
        picture=picture,
        downloads=[(form, href) for form in DOWNLOADS if (href := site.url(f"/question/{name}", **values, format=form))],
        more=site.url(f"/question/{name}", **values, rows="all"),
        citation=answer.citation if answer is not None else "",
    )


def picture_of(site: Site, name: str, values: Mapping[str, str]) -> dict[str, str]:
    """Where the pictures of an answer are: as they are shown, on a narrow screen, and to take away; those that the site does not make are left out."""
    asked = {
        "svg": ("svg", dict(values)),
        "narrow": ("svg", {**values, "width": "100mm"}),
        "png": ("png", {**values, "dpi": "200"}),
        "pdf": ("pdf", dict(values)),
    }
    return {kind: href for kind, (suffix, given) in asked.items() if (href := site.url(f"/question/{name}.{suffix}", **given))}


def editor(site: Site) -> str:
    """The query editor, with our prefixes, the questions as examples, and the terms of the ontology to complete."""
    kinds = {"classes": "owl:Class", "properties": "owl:ObjectProperty, owl:DatatypeProperty, owl:AnnotationProperty"}
    terms = {
        name: [
            row[0].value for row in site.kg.query(f"SELECT DISTINCT ?x {{ ?x a ?k FILTER (?k IN ({kind}) && ISIRI(?x)) }} ORDER BY ?x").rows
        ]
        for name, kind in kinds.items()
    }
    asked = [each for each in site.kg.questions.values() if not each.network]
    return site.render("editor.html", title="SPARQL", questions=asked, prefixes=json.dumps(PREFIXES), terms=json.dumps(terms))


def table(site: Site, answer: Answer, whole: bool = False) -> dict[str, Any]:
    """The rows of an answer for a template, the first ones unless the `whole` is asked for; columns without any value are left out."""
    filled = [place for place in range(len(answer.columns)) if any(row[place] is not None for row in answer.rows)]
    headings = answer.headings
    meanings = answer.question.columns if answer.question else {}
    rows = answer.rows if whole else answer.rows[:_FIRST]
    return {
        "columns": [(headings[place], meanings.get(answer.columns[place], "")) for place in filled],
        "rows": [[_cell(site, answer.columns[place], row[place]) for place in filled] for row in rows],
        "total": len(answer.rows),
        "empty": [headings[place] for place in range(len(answer.columns)) if place not in filled] if answer.rows else [],
    }


def _cell(site: Site, column: str, term: Any) -> Cell:
    """A cell; a line of ids of sources has a link for each."""
    cell = site.cell(term)
    if column in _SOURCES and not cell.href:
        return cell._replace(links=site.sources(cell.text))
    return cell
