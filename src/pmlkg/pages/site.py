"""What all pages share: the templates, the links, and how a term is shown."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import pyoxigraph as ox

from pmlkg.extras import load
from pmlkg.graph import KnowledgeGraph
from pmlkg.notebook import NOTICE
from pmlkg.terms import ONTOLOGY_IRI, PMLKG, PMLO, expand, show
from pmlkg.version import __version__

HOME: Final = PMLKG.removesuffix("id/")
"""What the address of everything of ours begins with."""
TEMPLATES: Final = Path(__file__).parent / "templates"
STATIC: Final = Path(__file__).parent / "static"
_NAMED: Final = re.compile(r"\b((?:pmlkg|pmlo):[A-Za-z0-9](?:[\w.-]*\w)?)")
_LONG: Final = 90
"""Characters of a name from which a cell has the id instead."""


class Cell(NamedTuple):
    """A cell of a table: its text, where it leads, its whole name, whether it is a number; or several, as the sources of a row."""

    text: str
    href: str = ""
    title: str = ""
    number: bool = False
    links: tuple[Any, ...] = ()


class Site:
    """The pages of one graph. root : what stands before the path of every link, such as /pml behind a proxy.

    static : whether the pages are files, which answer nothing that is asked of them.
    """

    static = False

    def __init__(self, kg: KnowledgeGraph, root: str = "") -> None:
        self.kg = kg
        self.root = root.rstrip("/")
        self._label = cache(kg.label)

    def render(self, template: str, **values: Any) -> str:
        """A page."""
        page = environment().get_template(template)
        return str(
            page.render(site=self, root=self.root, notice=NOTICE, version=__version__, build=self.kg.folder.name, quote=quote, **values)
        )

    def url(self, path: str, **asked: str) -> str:
        """Where a page is that the site makes, with what is asked of it; nothing where there is no such page."""
        return f"{self.root}{quote(path)}" + (f"?{urlencode(asked)}" if asked else "")

    def href(self, iri: str) -> str:
        """Where the page of a thing is: here for what is ours, else the address itself; nothing for what is no web address."""
        if iri.startswith(PMLO):
            return self.url(f"/term/{iri[len(PMLO) :]}")
        if iri == ONTOLOGY_IRI:
            return self.url("/ontology.html")
        if iri.startswith(HOME):
            return f"{self.root}/{quote(iri[len(HOME) :])}.html"
        return iri if iri.startswith(("http://", "https://")) else ""

    def label(self, iri: str) -> str:
        """What a thing is called."""
        return self._label(iri)

    def cell(self, term: Any) -> Cell:
        """A cell of an answer, with the label of what it names."""
        if isinstance(term, ox.NamedNode):
            name = self.label(term.value) if term.value.startswith(HOME) else show(term).strip("<>")
            return Cell(name if len(name) <= _LONG else show(term), self.href(term.value), term.value)
        number = isinstance(term, ox.Literal) and term.datatype.value.rpartition("#")[2] in ("integer", "decimal", "double")
        return Cell(show(term), number=number)

    def pieces(self, text: str) -> list[Cell]:
        """A text in pieces, of which the names of things and terms, and addresses, have links."""
        if text.startswith(("https://", "http://")):
            return [Cell(text, text)]
        return [Cell(part, self.href(expand(part)) if place % 2 else "") for place, part in enumerate(_NAMED.split(text)) if part]

    def sources(self, text: str) -> tuple[Cell, ...]:
        """The ids of sources in a line, with their links."""
        return tuple(Cell(key, f"{self.root}/id/{quote(key)}.html") for key in text.split("; ") if key)


@cache
def environment() -> Any:
    """The templates, which escape all that is put into them."""
    jinja2 = load("jinja2", "web")
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.undefined = jinja2.StrictUndefined
    made.filters["bare"] = lambda name: name.removeprefix("pmlkg:").removeprefix("pmlo:")
    return made


def warm() -> None:
    """Read all templates, so that a fork finds them read."""
    for path in TEMPLATES.glob("*.html"):
        environment().get_template(path.name)
