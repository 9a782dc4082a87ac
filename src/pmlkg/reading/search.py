"""Full-text search over what has a name or a sentence: an SQLite FTS5 index, written by a build, read by `search`.

The user's words are quoted, so nothing in them is syntax. A second index holds the words as they are written, for the
first holds stems, which nobody would recognise as a suggestion.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from pmlkg.terms import UnknownName, did_you_mean, nearest

FILE: Final = "search.db"
"""Name of the index in the folder of a build."""

_WEIGHTS: Final = {"label": 10, "synonyms": 8, "name": 2, "definition": 3, "title": 2, "sentence": 1}
"""Column -> how much a word in it counts."""

_MOST_WORDS: Final = 50  # SQLite takes no more than some 250


@dataclass(frozen=True, slots=True)
class Entry:
    """What is found: its IRI, all its classes (local names), the label of its own class, and its texts.

    label : of an entity; synonyms : one a line; name : its id and identifiers elsewhere; title : of a source; sentence : of a claim.
    """

    iri: str
    classes: tuple[str, ...]
    kind: str
    label: str = ""
    synonyms: str = ""
    name: str = ""
    definition: str = ""
    title: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing found: its place among the hits, IRI, class, label, the text that matches (of a claim its sentence, of a source its title), and how well (more is better)."""

    rank: int
    iri: str
    kind: str
    label: str
    text: str
    score: float


_COLUMNS: Final = [field.name for field in fields(Entry)]


class NothingFound(LookupError):
    """No entry has the words. Attribute: ``suggestions`` (nearest words of the index)."""

    def __init__(self, text: str, suggestions: Iterable[str] = ()) -> None:
        self.suggestions = tuple(suggestions)
        super().__init__(f"nothing found for {text!r}{did_you_mean(self.suggestions)}")


def write_index(path: Path, entries: Iterable[Entry]) -> None:
    """Write the index to a file that is not there yet. Raises RuntimeError where SQLite cannot."""
    texts = ", ".join(_WEIGHTS)
    rows = [astuple(entry) for entry in entries]
    try:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(
                f"CREATE VIRTUAL TABLE entry USING fts5(iri UNINDEXED, classes UNINDEXED, kind UNINDEXED, {texts}, "
                "tokenize = 'porter unicode61 remove_diacritics 2')"
            )
            db.execute("CREATE VIRTUAL TABLE plain USING fts5(text, content='', detail=none, tokenize='unicode61 remove_diacritics 2')")
            db.execute("CREATE VIRTUAL TABLE word USING fts5vocab(plain, row)")
            db.executemany(
                f"INSERT INTO entry (iri, classes, kind, {texts}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608 - names and marks of this module
                ((iri, f" {' '.join(classes)} ", *rest) for iri, classes, *rest in rows),
            )
            spoken = [_COLUMNS.index(name) for name in _WEIGHTS if name != "name"]  # an id or a code is no word to suggest
            words = ((number, " ".join(row[column] for column in spoken)) for number, row in enumerate(rows, 1))
            db.executemany("INSERT INTO plain (rowid, text) VALUES (?, ?)", words)
            db.execute("INSERT INTO entry (entry) VALUES ('optimize')")
    except sqlite3.Error as error:
        raise RuntimeError(f"no search index: {error} (SQLite {sqlite3.sqlite_version} needs FTS5)") from error


def search(path: Path, text: str, limit: int = 20, kind: str = "") -> tuple[Hit, ...]:
    """The entries that have all words of `text`, best first; what bears the text as its name comes before the rest.

    Where no entry has them all as words, they are read as beginnings of words. kind : a class, whatever its case.
    Raises NothingFound, with the nearest words, where that finds nothing either; ValueError for a text without words
    or a limit below 1; UnknownName for a class of which there is nothing.
    """
    text = text.encode("utf-8", "replace").decode().replace("\0", " ").strip()
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    if not words:
        raise ValueError(f"{text!r} has no word to look for")
    if len(words) > _MOST_WORDS:
        raise ValueError(f"{len(words)} words; right: at most {_MOST_WORDS}")
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"the limit is {limit!r}; right: a number of hits from 1")
    if not path.is_file():
        raise FileNotFoundError(f"no {path.name} in {path.parent}: see pmlkg build")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            if kind:
                kind = _class(db, kind)
            quoted = ['"' + word.replace('"', '""') + '"' for word in words]
            for query in (" ".join(quoted), " ".join(f"{word}*" for word in quoted)):
                hits = _hits(db, query, text, limit, kind)
                if hits:
                    return hits
            raise NothingFound(text, _suggestions(db, words))
    except sqlite3.Error as error:
        raise RuntimeError(f"the search index cannot be read: {error}") from error


def _hits(db: sqlite3.Connection, query: str, text: str, limit: int, kind: str) -> tuple[Hit, ...]:
    weights = ", ".join(map(str, (0, 0, 0, *_WEIGHTS.values())))
    rows = db.execute(
        f"""SELECT iri, kind, label || title AS label,
                CASE '' WHEN sentence || title THEN snippet(entry, -1, '', '', '…', 18)
                        WHEN sentence THEN snippet(entry, {_COLUMNS.index("title")}, '', '', '…', 18)
                        ELSE snippet(entry, {_COLUMNS.index("sentence")}, '', '', '…', 18) END, bm25(entry, {weights}) AS score FROM entry
            WHERE entry MATCH :query AND instr(classes, :kind)
            ORDER BY instr(char(10) || lower(label || char(10) || synonyms) || char(10), char(10) || lower(:text) || char(10)) = 0,
                     score, iri LIMIT :limit""",  # noqa: S608 - weights and columns are of this module
        {"query": query, "text": text, "limit": min(limit, 2**31), "kind": f" {kind} " if kind else " "},
    )
    return tuple(
        Hit(number, iri, kind, label, " ".join(found.split()), round(-score, 3))
        for number, (iri, kind, label, found, score) in enumerate(rows, 1)
    )


def _class(db: sqlite3.Connection, name: str) -> str:
    """The class of the index that is meant."""
    known: dict[str, str] = {
        part.casefold(): part for (classes,) in db.execute("SELECT DISTINCT classes FROM entry") for part in classes.split()
    }
    wanted = name.rpartition(":")[2].replace(" ", "").casefold()
    if wanted not in known:
        raise UnknownName("class", name, nearest(wanted, known.values()))
    return known[wanted]


def _suggestions(db: sqlite3.Connection, words: list[str]) -> list[str]:
    """For each word that no entry has: the nearest that some have."""
    found: list[str] = []
    known: list[str] = []
    for word in words:
        bare = "".join(character for character in word.casefold() if character.isalnum() or character == "-")
        for part in filter(None, bare.split("-")):
            if db.execute("SELECT 1 FROM word WHERE term = ?", [part]).fetchone() is None:
                known = known or [term for (term,) in db.execute("SELECT term FROM word")]
                found += nearest(part, known)
    return list(dict.fromkeys(found))
