"""Works and their bibliography: records of sources as CSL JSON, BibTeX, RIS and formatted text.

A work holds what the record of a source holds and nothing else: a source without authors or year stays without. Libraries
write the formats: bibtexparser (with pylatexenc) BibTeX, rispy RIS, citeproc-py the text in the CSL style that it ships.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from pmlkg.extras import load
from pmlkg.terms import UnknownName, doi_link, nearest

EXTRA: Final = "bibliography"
STYLE: Final = "harvard-cite-them-right"
"""The CSL style of formatted text; it ships with citeproc-py."""

TYPES: Final = {
    "JournalArticle": "article-journal",
    "Guideline": "report",
    "DrugLabel": "report",
    "RegulatoryCommunication": "report",
    "WebPage": "webpage",
    "BookChapter": "chapter",
}
"""Class of a source -> its type in CSL; of a guideline that appeared in a journal: article-journal."""

_BIBTEX: Final = {"article-journal": "article", "report": "techreport", "chapter": "incollection"}
_RIS: Final = {"article-journal": "JOUR", "report": "RPRT", "webpage": "ELEC", "chapter": "CHAP"}

_PERSON: Final = re.compile(r"(?P<family>\S.*?) (?P<given>[^\W\d_](?:-?[^\W\d_]){0,4})(?: (?P<suffix>Jr|Sr|II|III|IV|2nd|3rd|4th))?")
_OTHERS: Final = re.compile(r"[,\s]*\bet al\b\.?\s*$", re.I)
_PLACE: Final = r"(?P<volume>\d+)(?:\((?P<issue>[^()]+)\))?(?::(?P<page>\S+))?"
_JOURNAL: Final = re.compile(rf"(?P<journal>.*\S) (?=\d+[(:]){_PLACE}")


@dataclass(frozen=True)
class Work:
    """One source as CSL-JSON fields.

    others : the record names some of the authors and says "et al." for the rest.
    """

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    others: bool = False

    def to_csl(self) -> dict[str, Any]:
        """A CSL-JSON item."""
        return {"id": self.id, **self.fields}

    @classmethod
    def from_record(cls, id: str, type: str, record: Mapping[str, str]) -> Work:
        """The work of a record of a source.

        type : its class, such as JournalArticle. record : the texts of its keys title, authors, container, volumePages, year,
        doi, pmid, pmcid, url and note; keys that it lacks are left out.
        """
        texts = {key: _line(text) for key, text in record.items() if _line(text)}
        container, place = texts.get("container", ""), texts.get("volumePages", "")
        found = re.fullmatch(_PLACE, place) if place else _JOURNAL.fullmatch(container) if type == "JournalArticle" else None
        if place:
            container = container.removesuffix(place).rstrip() or container
        elif found:
            container = found["journal"]
        notes = [texts["note"]] if "note" in texts else []
        if place and not found:
            notes.append(place)  # kept as it is written
        kind = TYPES.get(type, "document")
        if type == "Guideline" and {"volumePages", "doi", "pmid"} & texts.keys():
            kind = "article-journal"
        fields: dict[str, Any] = {"type": kind, "title": texts.get("title", "")}
        authors, others = names(texts.get("authors", ""))
        fields["author"] = authors
        fields["publisher" if kind in ("report", "document") else "container-title"] = container
        fields |= {key: found[key] or "" for key in ("volume", "issue", "page")} if found else {}
        if re.fullmatch(r"\d{1,4}", texts.get("year", "")):
            fields["issued"] = {"date-parts": [[int(texts["year"])]]}
        fields |= {csl: texts.get(key, "") for csl, key in (("DOI", "doi"), ("PMID", "pmid"), ("PMCID", "pmcid"), ("URL", "url"))}
        fields["note"] = " ".join(notes)
        return cls(id, {key: value for key, value in fields.items() if value}, others)


@dataclass(frozen=True)
class Bibliography:
    """Works, and a line on how to cite the answer that they stand behind."""

    works: tuple[Work, ...]
    citation: str = ""

    def to_csl(self) -> list[dict[str, Any]]:
        """CSL-JSON items, sorted by id."""
        return [work.to_csl() for work in self._sorted()]

    def serialize(self, format: str = "text") -> str:
        """As csl-json, bibtex, ris (all sorted by id) or text (in the order of the style, with the citation of the answer).

        Raises UnknownName for another format, and MissingLibrary where the extra ``bibliography`` is not installed.
        """
        if format not in FORMATS:
            raise UnknownName("format of a bibliography", format, nearest(format, FORMATS) or list(FORMATS))
        return FORMATS[format](self)

    def _sorted(self) -> list[Work]:
        return sorted(self.works, key=lambda work: work.id)


def names(authors: str) -> tuple[list[dict[str, str]], bool]:
    """The authors of a record as CSL names, and whether it says "et al.".

    Persons are written as "Berger JR, van de Beek D"; parts of the text that are not only persons stay as they are.

    >>> names("Berger JR, van de Beek D, et al.")
    ([{'family': 'Berger', 'given': 'J. R.'}, {'family': 'van de Beek', 'given': 'D.'}], True)
    >>> names("Panel co-edited by NIH, CDC")
    ([{'literal': 'Panel co-edited by NIH, CDC'}], False)
    """
    found: list[dict[str, str]] = []
    others = False
    for part in authors.split(";"):
        text = _OTHERS.sub("", part).strip()
        others |= text != part.strip()
        persons = [_person(word.strip()) for word in re.split("[,&]", text)]
        if all(persons):
            found += [person for person in persons if person]
        elif text:
            found.append({"literal": text})
    return found, others


def _person(text: str) -> dict[str, str] | None:
    match = _PERSON.fullmatch(text)
    # A word in small letters that is no particle before the name makes it a phrase: "Reviewed by Hanneman K".
    if not match or not match["given"].isupper() or re.search(r"\b(?:by|and|editor)\b", match["family"]):
        return None
    given = re.sub(r"(\w)(-?)", lambda letter: f"{letter[1]}.{letter[2] or ' '}", match["given"]).strip()
    return {"family": match["family"], "given": given, **({"suffix": match["suffix"]} if match["suffix"] else {})}


def _line(text: str) -> str:
    """Text in one line without control characters, as every one of the formats needs it."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _csl_json(bibliography: Bibliography) -> str:
    return json.dumps(bibliography.to_csl(), ensure_ascii=False, indent=2) + "\n"


def _bibtex(bibliography: Bibliography) -> str:
    bibtexparser, model = load("bibtexparser", EXTRA), load("bibtexparser.model", EXTRA)
    tex = _tex()
    blocks: list[Any] = [model.ExplicitComment(tex(_line(bibliography.citation)))] if bibliography.citation else []
    for work in bibliography._sorted():
        csl = work.fields
        container = {"article-journal": "journal", "chapter": "booktitle"}.get(csl["type"], "howpublished")
        fields = {
            "title": f"{{{tex(csl.get('title', ''))}}}" if "title" in csl else "",  # braces keep capitals, such as those of PML
            "author": " and ".join([*(_bibtex_name(name, tex) for name in csl.get("author", ())), *(["others"] if work.others else ())]),
            container: tex(csl.get("container-title", "")),
            "institution" if csl["type"] == "report" else "publisher": tex(csl.get("publisher", "")),
            "year": _year(csl),
            "volume": tex(csl.get("volume", "")),
            "number": tex(csl.get("issue", "")),
            "pages": tex(csl.get("page", "")).replace("-{}-", "-").replace("-", "--"),
            "doi": _verbatim(csl.get("DOI", "")),
            "url": _verbatim(csl.get("URL", "")),
            "pmid": tex(csl.get("PMID", "")),
            "pmcid": tex(csl.get("PMCID", "")),
            "annote": tex(csl.get("note", "")),  # our own note on how the source was read, which no style prints
        }
        entry = [model.Field(key, value) for key, value in fields.items() if value]
        blocks.append(model.Entry(_BIBTEX.get(csl["type"], "misc"), work.id, entry))
    return str(bibtexparser.write_string(bibtexparser.Library(blocks)))


def _bibtex_name(name: Mapping[str, str], tex: Callable[[str], str]) -> str:
    if "literal" in name:
        return f"{{{tex(name['literal'])}}}"
    return ", ".join(tex(name[part]) for part in ("family", "suffix", "given") if part in name)


def _tex() -> Callable[[str], str]:
    """What writes text as LaTeX: the characters with a meaning in it are spelt out, all others stay as they are (UTF-8).

    The tables of pylatexenc for other scripts are left aside, for they are not faithful: they write Ű as Ú.
    """
    encode: Any = load("pylatexenc.latexencode", EXTRA)
    table = {code: text for code, text in encode.get_builtin_uni2latex_dict().items() if code < 0x80 and chr(code) != '"'}
    # BibTeX counts braces, also those after a backslash: where they do not match, they are written without.
    names = {ord("{"): r"\textbraceleft", ord("}"): r"\textbraceright"}
    between = [(re.compile(r"(?<=[-`'?!,])[-`',]"), r"{}\g<0>")]  # so that two of them are no dash or quotation mark

    def encoder(table: Mapping[int, str]) -> Any:
        rules = [
            encode.UnicodeToLatexConversionRule(encode.RULE_REGEX, between, replacement_latex_protection="none"),
            encode.UnicodeToLatexConversionRule(encode.RULE_DICT, table),
        ]
        return encode.UnicodeToLatexEncoder(
            conversion_rules=rules, replacement_latex_protection="braces", unknown_char_policy="keep", unknown_char_warning=False
        )

    matched, unmatched = encoder(table), encoder({**table, **names})

    def tex(text: str) -> str:
        return str((matched if _braces_match(text) else unmatched).unicode_to_latex(text))

    return tex


def _braces_match(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


def _verbatim(text: str) -> str:
    """A DOI or address, which are read as they stand; the characters that would end the field get their URL code."""
    return "".join(quote(character) if character in '{}\\" ' else character for character in text)


def _ris(bibliography: Bibliography) -> str:
    rispy: Any = load("rispy", EXTRA)
    parent: Any = load("rispy.writer", EXTRA).RisWriter

    class Writer(parent):  # type: ignore[misc]
        DEFAULT_DELIMITER_MAPPING: Any = {}  # noqa: RUF012 - as in the parent; an address may have a semicolon

        def set_header(self, count: int) -> str:
            return ""  # numbers before the records are no part of RIS

    records = []
    for work in bibliography._sorted():
        csl = work.fields
        start, _, end = re.sub("[\u2010-\u2015]", "-", csl.get("page", "")).partition("-")
        journal = csl["type"] == "article-journal"
        record = {
            "type_of_reference": _RIS.get(csl["type"], "GEN"),
            "id": work.id,
            "title": csl.get("title", ""),
            "authors": [_ris_name(name) for name in csl.get("author", ())],
            "journal_name" if journal else "secondary_title": csl.get("container-title", ""),
            "publisher": csl.get("publisher", ""),
            "year": _year(csl),
            "volume": csl.get("volume", ""),
            "number": csl.get("issue", ""),
            "start_page": start,
            "end_page": end,
            "doi": csl.get("DOI", ""),
            "accession_number": csl.get("PMID", ""),
            "custom2": csl.get("PMCID", ""),
            "urls": [csl["URL"]] if "URL" in csl else [],
            "notes": [
                *([csl["note"]] if "note" in csl else ()),
                *(["The record names some of the authors (et al.)."] if work.others else ()),
            ],
        }
        records.append({key: value for key, value in record.items() if value})
    return str(rispy.dumps(records, implementation=Writer))


def _ris_name(name: Mapping[str, str]) -> str:
    return name["literal"] if "literal" in name else ", ".join(name[part] for part in ("family", "given", "suffix") if part in name)


def _text(bibliography: Bibliography) -> str:
    lines = [f"How to cite this answer: {bibliography.citation}", ""] if bibliography.citation else []
    if not bibliography.works:
        return "\n".join([*lines, "No source of the graph stands behind this answer.", ""])
    citeproc, reader, plain = (load(name, EXTRA) for name in ("citeproc", "citeproc.source.json", "citeproc.formatter.plain"))
    # The processor ignores case in keys, and ids differ in it; so numbers stand for them.
    items = [{**_for_style(work), "id": str(number)} for number, work in enumerate(bibliography._sorted())]
    style = citeproc.CitationStylesStyle(STYLE, validate=False)
    processor = citeproc.CitationStylesBibliography(style, reader.CiteProcJSON(items), plain)
    for item in items:
        processor.register(citeproc.Citation([citeproc.CitationItem(item["id"])]))
    processor.sort()
    return "\n".join([*lines, *(_line(str(entry)) for entry in processor.bibliography()), ""])


def _for_style(work: Work) -> dict[str, Any]:
    """The fields that a style prints.

    Authors who are left out of the record are counted, so that the style says "et al.". An article of which the record has
    neither volume nor page is given as one of a magazine, for the style would call it a preprint, which nobody said.
    """
    fields = {key: value for key, value in work.fields.items() if key not in ("PMID", "PMCID", "note")}
    if "DOI" in fields:  # the style makes a link of it
        fields["DOI"] = doi_link(fields["DOI"]).removeprefix("https://doi.org/")
    if work.others and fields.get("author"):
        fields["author"] = [*fields["author"], *[{"literal": "others"}] * 3]
    if fields["type"] == "article-journal" and not {"volume", "page"} & fields.keys():
        fields["type"] = "article-magazine"
    return fields


def _year(csl: Mapping[str, Any]) -> str:
    return str(csl["issued"]["date-parts"][0][0]) if "issued" in csl else ""


FORMATS: Final[dict[str, Callable[[Bibliography], str]]] = {"csl-json": _csl_json, "bibtex": _bibtex, "ris": _ris, "text": _text}
"""Name of a format -> what writes it."""
