"""The page that the project is for: one exposure, how large the risk, what it looks like, what is advised, and the source of each."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pmlkg.answers.digest import figure
from pmlkg.pages.answers import picture_of
from pmlkg.pages.site import Site
from pmlkg.terms import expand, show

_PARTS = {
    "0 note": "",
    "1 risk": "How large is the risk, and in whom",
    "2 cases": "Cases: counts, shares, signals; no size of a risk",
    "3 warning": "Who warns",
    "4 picture": "What it looks like, and how it ends",
    "5 guidance": "What guidelines advise",
    "6 claims": "What else is said",
}


def lead(site: Site, exposure: str) -> str:
    """The page of one exposure. Raises UnknownName, with the nearest names, for one that the graph does not have."""
    kg = site.kg
    iri = kg.resolve(exposure)
    name = iri.rpartition("/")[2]
    answer = kg.ask("risk-to-guidance", exposure=exposure)
    parts: dict[str, list[dict[str, Any]]] = {step: [] for step in _PARTS}
    for row in answer:
        told: dict[str, Any] = {key: show(cell) for key, cell in row.items()}
        told["figure"] = figure(told, "; ")
        told["links"] = site.sources(told["sources"])
        told["href"] = site.href(row["claim"].value) if row["claim"] is not None else ""
        parts[told["step"]].append(told)
    sized = kg.ask("risk-by-exposure", factor=exposure)
    strata = kg.ask("risk-lookup", exposure=exposure)
    conflicts = [
        {"pair": [(site.label(each), site.href(each)) for each in map(expand, (one, other))], "note": _note(site, one, other)}
        for one, other in answer.conflicts
    ]
    picture = picture_of(site, "risk-by-exposure", {"factor": name, "top": "12"}) if sized.rows else {}
    asked = {"exposure": name}
    downloads = [
        (site.url("/question/risk-to-guidance", **asked, format="csv"), "CSV"),
        (f"{site.root}/id/{quote(name)}.ttl", "Turtle"),
        (site.url("/question/risk-to-guidance", **asked, format="bibtex"), "BibTeX"),
        (site.url("/question/risk-to-guidance", **asked), "table and query"),
    ]
    return site.render(
        "lead.html",
        title=f"{site.label(iri)} and PML",
        exposure=name,
        label=site.label(iri),
        href=site.href(iri),
        told=[(step[0], title, parts[step]) for step, title in _PARTS.items() if parts[step]],
        gaps=[title.partition(",")[0].partition(":")[0].lower() for step, title in _PARTS.items() if title and not parts[step]],
        conflicts=conflicts,
        picture=picture,
        downloads=[(href, kind) for href, kind in downloads if href],
        strata=len(strata.rows),
        total=len(answer.rows),
        citation=answer.citation,
    )


def _note(site: Site, one: str, other: str) -> str:
    """Why they conflict, in the words of the claim that notes it."""
    rows = site.kg.query(f"""SELECT ?note {{ {{ {one} pmlo:conflictsWith {other} ; pmlo:conflictNote ?note }}
      UNION {{ {other} pmlo:conflictsWith {one} ; pmlo:conflictNote ?note }} FILTER (!STRSTARTS(?note, "noted by ")) }} ORDER BY ?note""").rows
    return " ".join(dict.fromkeys(show(row[0]) for row in rows))
