"""What a record says of where and when in words in; countries and calendar years as data out.

Only what is written is taken: a country or a place of one by name, a year by its four digits. Nothing is guessed from a source, an
author or the name of a registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from pmlkg.terms import PMLO, XSD

_COUNTRIES: Final = {
    "AT": "Austria|Austrian", "AU": "Australia|Australian", "BE": "Belgium|Belgian", "BR": "Brazil|Brazilian", "CA": "Canada|Canadian",
    "CH": "Switzerland|Swiss", "CN": "China|Chinese", "DE": "Germany|German", "DK": "Denmark|Danish", "ES": "Spain|Spanish|Barcelona|Catalonia",
    "FI": "Finland|Finnish", "FR": "France|French", "GB": "United Kingdom|UK|England|British", "GR": "Greece|Greek", "IE": "Ireland|Irish",
    "IL": "Israel|Israeli", "IN": "India|Indian", "IR": "Iran|Iranian", "IT": "Italy|Italian", "JP": "Japan|Japanese",
    "KR": "Korea|Korean|South Korea", "MX": "Mexico|Mexican", "NL": "Netherlands|Dutch", "NO": "Norway|Norwegian", "PL": "Poland|Polish",
    "PT": "Portugal|Portuguese", "SE": "Sweden|Swedish", "TR": "Turkey|Turkish", "TW": "Taiwan|Taiwanese",
    "US": "United States|US|USA|American|Boston|New York",
}  # fmt: skip
"""ISO 3166-1 code -> the words for it, as records write them."""
_NAMED: Final = {code: re.compile(rf"\b(?:{words})\b") for code, words in _COUNTRIES.items()}
_NO_COUNTRY: Final = re.compile(r"FDA [A-Z]+")  # a database of reports from everywhere
_YEAR: Final = re.compile(r"(?<![\d.,-])((?:19|20)\d\d)(?!\d)")
_SPAN: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[\w-]{0,6}\s*(?:-|–|to)\s*(?:\w+ )?((?:19|20)\d\d)(?!\d)")
_UNTIL: Final = re.compile(r"\b(?:to|by|until|up to|data to)\b[^;]*?(?<!\d)((?:19|20)\d\d)(?!\d)")
_BEFORE: Final = re.compile(r"\bbefore ((?:19|20)\d\d)(?!\d)")
_AFTER: Final = re.compile(r"\b(?:since|from) ((?:19|20)\d\d)|((?:19|20)\d\d) or later")


def countries(text: str) -> list[str]:
    """The codes of the countries that a text names.

    >>> countries("Germany, Austria and Switzerland"), countries("a Danish HIV cohort"), countries("spontaneous reports in FAERS")
    (['AT', 'CH', 'DE'], ['DK'], [])
    """
    return [code for code, words in _NAMED.items() if words.search(_NO_COUNTRY.sub(" ", text))]


def years(text: str) -> tuple[int | None, int | None]:
    """First and last calendar year of a text; None for an end that it leaves open, or that it does not name.

    >>> years("2007-2016"), years("to 2017-11-30"), years("before 1996"), years("1996 or later"), years("2005"), years("36 months")
    ((2007, 2016), (None, 2017), (None, 1995), (1996, None), (2005, 2005), (None, None))
    """
    if span := _SPAN.search(text):
        return int(span[1]), int(span[2])
    if before := _BEFORE.search(text):
        return None, int(before[1]) - 1
    if after := _AFTER.search(text):
        return int(after[1] or after[2]), None
    if until := _UNTIL.search(text):
        return None, int(until[1])
    found = {int(year) for year in _YEAR.findall(text)}
    return (min(found), max(found)) if found else (None, None)


def where_and_when(records: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Countries and calendar years of each claim and figure. A figure without words of its own has those of its claim, unless it is one of
    the comparator or of the whole study, which is of other people."""
    wanted = {PMLO + name: name for name in ("populationDetail", "period", "statistic", "arm")}
    said: dict[Any, dict[str, list[Any]]] = {}
    for triple in records:
        if (name := wanted.get(triple.predicate.value)) is not None:
            said.setdefault(triple.subject, {}).setdefault(name, []).append(triple.object)
    claim_of = {figure: claim for claim, words in said.items() for figure in words.get("statistic", ())}
    found: list[ox.Triple] = []

    def say(node: Any, name: str, value: ox.Literal) -> None:
        found.append(ox.Triple(node, ox.NamedNode(PMLO + name), value))

    for node, words in said.items():
        texts = [words]
        if node in claim_of and not {arm.value for arm in words.get("arm", ())} & {PMLO + "comparatorArm", PMLO + "wholeStudy"}:
            texts.append(said[claim_of[node]])
        for text in (" ; ".join(value.value for value in each.get("populationDetail", ())) for each in texts):
            if codes := countries(text):
                for code in codes:
                    say(node, "country", ox.Literal(code))
                break
        for text in (" ; ".join(v.value for key in ("period", "populationDetail") for v in each.get(key, ())) for each in texts):
            ends = years(text)
            if ends != (None, None):
                for name, year in zip(("calendarYearFrom", "calendarYearTo"), ends, strict=True):
                    if year is not None:
                        say(node, name, ox.Literal(str(year), datatype=ox.NamedNode(XSD + "integer")))
                break
    return found
