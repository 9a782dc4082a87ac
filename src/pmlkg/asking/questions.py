"""Named questions: the files of ``queries/``, their headers, and binding of parameters by term.

A question is a SPARQL 1.1 query that runs as it stands in any endpoint. Its leading comment lines are YAML: title,
question, group, keywords, parameters, columns and types of columns. Its parameters are the variables of the first VALUES block of WHERE;
asking with values replaces the one row of that block by checked terms, never by text of the user. Where the branches of
a UNION need the parameters, each begins with the same block, and all of them are replaced. A question that asks another
endpoint (SERVICE) says ``network: true``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from pmlkg.asking import federation
from pmlkg.asking.syntax import syntax_error
from pmlkg.findings import Finding, Findings, Place
from pmlkg.terms import PMLKG, PMLO, XSD, UnknownName, expand, nearest

KINDS: Final[dict[str, str]] = {
    "entity": "an entity: its id, label, synonym or IRI",
    "term": "a term of the ontology, such as incidence",
    "text": "text",
    "decimal": "a number such as 0.9",
    "integer": "a whole number",
    "boolean": "true or false",
}
"""Kind of a parameter -> what a person may write."""

PICTURES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "forest": (("label", "value", "source"), ("low", "high", "bounds", "unit", "facet", "in_whom", "strata", "n", "of")),
    "bars": (("label", "value", "source"), ("low", "high", "bounds", "unit", "facet", "in_whom", "strata", "n", "of")),
    "timeline": (("label", "period", "value", "source"), ("low", "high", "bounds", "unit", "facet", "in_whom")),
    "heat": (("label", "across", "value", "source"), ("text",)),
    "layers": (("from", "to", "source"), ("label",)),
}
"""Kind of a picture -> the roles that columns must play in it, and those that they may play."""

AXES: Final = ("forest", "bars", "timeline")
"""The kinds that have an axis, which needs a unit: a column, or the text `axis` where the header says the unit."""

_SCALES: Final = ("log", "linear")
_VALUES: Final = re.compile(r"VALUES\s*\((?P<names>[^()]*)\)\s*\{\s*\((?P<row>[^()]*)\)\s*\}")
_RESERVED: Final = ("network", "endpoint", "at", "timeout", "memory", "limit", "width", "dpi", "top", "panel")
_LEXICAL: Final = {"decimal": r"[+-]?[0-9]+(?:\.[0-9]+)?", "integer": r"[+-]?[0-9]+", "boolean": "true|false"}


class Parameter(NamedTuple):
    """A parameter: its kind (see KINDS), what it means, the default as the query file writes it, the range of a number, and what a term is one of.

    vocabulary : the local name of a concept scheme, or of the property or class that the terms are below.
    """

    name: str
    kind: str
    description: str
    default: str
    minimum: str | None = None
    maximum: str | None = None
    vocabulary: str | None = None

    @property
    def right(self) -> str:
        """What a person may write, with the range of a number."""
        ends = [f"from {self.minimum}"] if self.minimum is not None else []
        ends += [f"to {self.maximum}"] if self.maximum is not None else []
        of = [f"of {self.vocabulary}"] if self.vocabulary else []
        return " ".join([KINDS[self.kind].partition(", such as")[0] if of else KINDS[self.kind], *of, *ends])


class Picture(NamedTuple):
    """How an answer is drawn: the kind (see PICTURES), role -> the columns that play it, and the text and scale of the axis."""

    kind: str
    roles: Mapping[str, tuple[str, ...]]
    axis: str | None = None
    scale: str | None = None


class Part(NamedTuple):
    """A part of a digest: the rows that have `value` in the column of the digest, and how a few of them are chosen.

    title, rule, unit : of its heading: what it is about, how rows are chosen, and what a line stands for.
    group : columns; rows that are alike in them share a line, of which the first row is told, or all where `joined`.
    order : a column whose larger numbers come first. apart : words of the finding that part rows which are alike.
    """

    value: str
    title: str
    rule: str
    group: tuple[str, ...]
    show: int
    unit: str
    order: str = ""
    apart: str = ""
    joined: bool = False


class Digest(NamedTuple):
    """How a long answer is told on a page: the column that says the part of a row, and the parts in their order.

    picture : the question whose picture goes with it, with its parameters and the own ones that give their values.
    pictured : the part that it shows: without a figure there, there is no picture.
    """

    column: str
    parts: tuple[Part, ...]
    picture: str = ""
    pictured: str = ""
    picture_parameters: Mapping[str, str] = MappingProxyType({})


class Question(NamedTuple):
    """A competency question. `columns` maps each variable to what it holds, with unit.

    `types` maps a variable that holds only decimal, integer or boolean values to that word; the others are texts and IRIs.
    `network`: it asks another endpoint too. `picture` and `digest` are None where it has none.
    """

    name: str
    title: str
    question: str
    group: str
    keywords: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    text: str
    types: Mapping[str, str] = MappingProxyType({})
    network: bool = False
    picture: Picture | None = None
    digest: Digest | None = None

    def bind(self, values: Mapping[str, Any]) -> str:
        """The query with the parameters of `values` set; the others keep their defaults.

        values : parameter name -> a pyoxigraph term. Raises UnknownName for a name that the question does not have, and
        TypeError for what is no term.
        """
        names = [parameter.name for parameter in self.parameters]
        for name in values:
            if name not in names:
                raise UnknownName(f"parameter of {self.name}", name, nearest(name, names) or names)
            if not isinstance(values[name], ox.NamedNode | ox.Literal):
                raise TypeError(f"{name} is {values[name]!r}; right: a pyoxigraph NamedNode or Literal")
        row = " ".join(str(values[p.name]) if p.name in values else p.default for p in self.parameters)

        def replace(match: re.Match[str]) -> str:
            if _variables(match["names"]) != names:
                return match[0]
            start, end = match.start("row") - match.start(), match.end("row") - match.start()
            return f"{match[0][:start]}{row}{match[0][end:]}"

        return _VALUES.sub(replace, self.text)


def literal(parameter: Parameter, text: str) -> ox.Literal:
    """The literal of a value given as text. Raises ValueError saying what would be right."""
    if parameter.kind == "text":
        return ox.Literal(text)
    if not re.fullmatch(_LEXICAL[parameter.kind], text) or not _within(text, parameter.minimum, parameter.maximum):
        raise ValueError(f"{parameter.name} is {text!r}; right: {parameter.right}")
    return ox.Literal(text, datatype=ox.NamedNode(XSD + parameter.kind))


def _within(text: str, minimum: str | None, maximum: str | None) -> bool:
    from decimal import Decimal

    return (minimum is None or Decimal(text) >= Decimal(minimum)) and (maximum is None or Decimal(text) <= Decimal(maximum))


def term(parameter: Parameter, text: str) -> ox.NamedNode:
    """The term of the ontology, or the record, of that name. Whether the graph has it is for the graph to say."""
    return ox.NamedNode(expand(text, default=PMLO if parameter.kind == "term" else PMLKG))


def find_question(files: Mapping[str, Path], name: str, kept: Path | None = None) -> Question:
    """The one question of that name. Raises UnknownName, with the nearest names, and Findings for a file with faults.

    kept : a folder in which a build keeps the questions that it has read: one of the same text is not read and checked again.
    """
    shown, path = question_file(files, name)
    known = _kept(kept / f"{name}.json", path.read_text(encoding="utf-8-sig")) if kept else None
    return known or load_questions({shown: path})[name]


def question_file(files: Mapping[str, Path], name: str) -> tuple[str, Path]:
    """The file of the question of that name, and its own as findings show it. Raises UnknownName, with the nearest names."""
    for shown, path in files.items():
        if path.stem == name:
            return shown, path
    raise UnknownName("question", name, nearest(name, [path.stem for path in files.values()]))


def load_questions(files: Mapping[str, Path]) -> dict[str, Question]:
    """All questions by name (the file's stem), sorted by group order of name.

    Raises Findings where a header cannot be read or does not fit its query.
    """
    problems: list[Finding] = []
    questions: dict[str, Question] = {}
    for shown, path in files.items():
        try:
            question = _read(path)
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"it has no {error.args[0]!r}" if isinstance(error, KeyError) else " ".join(str(error).split())
            message = f"the header cannot be read: {why}"
            problems.append(Finding("Query-header", message, "comment lines of YAML as in the other questions", Place(shown, 1, 1)))
            continue
        problems += _check(question, Place(shown))
        questions[question.name] = question
    if problems:
        raise Findings(problems)
    return questions


def _read(path: Path) -> Question:
    text = path.read_text(encoding="utf-8-sig")
    header = "\n".join(line[2:] for line in text[: _end_of_header(text)].split("\n"))
    fields = _fields(header)
    if not isinstance(fields, dict):
        raise ValueError("it is no mapping of keys to values")
    match = _VALUES.search(text)
    defaults = dict(zip(_variables(match["names"]), match["row"].split(), strict=True)) if match else {}
    described: dict[str, dict[str, str]] = fields.get("parameters") or {}
    parameters = tuple(_parameter(name, described[name], default) for name, default in defaults.items() if name in described)
    if set(described) != set(defaults):
        raise ValueError(f"parameters {sorted(described)} are not the variables of the first VALUES, {sorted(defaults)}")
    return Question(
        path.stem,
        fields["title"],
        fields["question"],
        fields["group"],
        tuple(fields["keywords"]),
        parameters,
        {name: str(meaning) for name, meaning in fields["columns"].items()},
        text,
        types=dict(fields.get("types") or {}),
        network=fields.get("network", False),
        picture=_picture(fields["picture"]) if "picture" in fields else None,
        digest=_digest(fields["digest"]) if "digest" in fields else None,
    )


def _fields(header: str) -> dict[str, Any]:
    import yaml  # which an answer does not need, for the build has read the headers

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # from libyaml where there is one
    try:
        fields: dict[str, Any] = yaml.load(header, Loader=loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return fields


def to_json(question: Question) -> str:
    """A question as a build keeps it, with the text that it was read from."""
    fields = question._asdict() | {
        "parameters": [parameter._asdict() for parameter in question.parameters],
        "picture": question.picture and question.picture._asdict(),
        "digest": question.digest
        and {"column": question.digest.column, "parts": [part._asdict() for part in question.digest.parts]}
        | {"picture": {"question": question.digest.picture, "of": question.digest.pictured, **question.digest.picture_parameters}},
        "types": dict(question.types),
    }
    return json.dumps(fields, ensure_ascii=False)


def _kept(path: Path, text: str) -> Question | None:
    """The question that a build has read from the same text, or None."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if fields["text"] != text:
        return None
    picture = fields["picture"]
    if picture:
        picture["roles"] = {role: tuple(columns) for role, columns in picture["roles"].items()}
    return Question(
        **fields
        | {
            "keywords": tuple(fields["keywords"]),
            "parameters": tuple(Parameter(**parameter) for parameter in fields["parameters"]),
            "picture": Picture(**picture) if picture else None,
            "digest": _digest(fields["digest"]) if fields["digest"] else None,
        }
    )


def _parameter(name: str, fields: dict[str, Any], default: str) -> Parameter:
    ends = {end: str(fields[end]) for end in ("minimum", "maximum") if end in fields}
    return Parameter(name, fields["kind"], fields["description"], default, **ends, vocabulary=fields.get("of"))


def _picture(fields: dict[str, Any]) -> Picture:
    given = dict(fields)
    kind, axis, scale = str(given.pop("kind")), given.pop("axis", None), given.pop("scale", None)
    roles = {role: tuple(columns) if isinstance(columns, list) else (str(columns),) for role, columns in given.items()}
    return Picture(kind, roles, axis, scale)


def _digest(fields: Mapping[str, Any]) -> Digest:
    picture = dict(fields.get("picture") or {})
    parts = tuple(Part(**part | {"group": tuple(part["group"])}) for part in fields["parts"])
    return Digest(fields["column"], parts, picture.pop("question", ""), picture.pop("of", ""), picture)


def _end_of_header(text: str) -> int:
    match = re.match(r"(?:#[^\n]*\n)+", text)
    if not match:
        raise ValueError("the file does not begin with comment lines")
    return match.end()


def _variables(text: str) -> list[str]:
    return [word.lstrip("?$") for word in text.split()]


def _check(question: Question, place: Place) -> list[Finding]:
    """Whether the query parses, and whether its columns are those of the header."""
    found = []
    for parameter in question.parameters:
        if parameter.kind not in KINDS:
            found.append(Finding("Query-header", f"unknown kind {parameter.kind!r}", f"one of {', '.join(KINDS)}", place))
        if (parameter.kind == "term") is not (parameter.vocabulary is not None):
            right = "of: a concept scheme, or a property or class of which the terms are below; for a term, and only for one"
            found.append(
                Finding("Query-header", f"of {parameter.name} is {parameter.vocabulary!r}, its kind {parameter.kind}", right, place)
            )
        ends = [end for end in (parameter.minimum, parameter.maximum) if end is not None]
        if ends and (parameter.kind not in ("decimal", "integer") or not all(re.fullmatch(_LEXICAL["decimal"], end) for end in ends)):
            found.append(Finding("Query-header", f"range {' to '.join(ends)} of {parameter.name}", "numbers, of a number", place))
        if parameter.name in _RESERVED:
            found.append(Finding("Query-header", f"{parameter.name!r} is an option of every question", "another name", place))
    for name, kind in question.types.items():
        if name not in question.columns or kind not in _LEXICAL:
            found.append(Finding("Query-header", f"types has {name}: {kind}", f"a column and one of {', '.join(_LEXICAL)}", place))
    if question.picture is not None:
        found += [Finding("Query-header", f"picture: {wrong}", right, place) for wrong, right in _faults(question.picture, question)]
    if question.digest is not None:
        used = {question.digest.column, "finding", *(c for part in question.digest.parts for c in (*part.group, part.order) if c)}
        for column in sorted(used - set(question.columns)):
            right = f"one of {', '.join(question.columns)}"
            found.append(Finding("Query-header", f"digest uses the column {column!r}, which the question does not have", right, place))
    fault = federation.keyword_error(question.text, {})
    if question.network is not bool(fault):
        message = "the query has SERVICE" if fault else "the query has no SERVICE"
        found.append(
            Finding("Query-header", f"network is {question.network!r}, {message}", "network: true with SERVICE, and only then", place)
        )
    for address in federation.addresses(question.text):
        if not address.startswith(("http://", "https://")):
            found.append(Finding("Query-header", f"SERVICE asks {address!r}", "an http(s) address", place))
    text = federation.offline(question.text)  # to be checked without asking anybody
    if rest := federation.keyword_error(text, {}):
        found.append(Finding("Query-syntax", rest, "SPARQL 1.1, with the address of SERVICE written out", place))
        return found
    try:
        answer: Any = ox.Store().query(text)
    except SyntaxError as error:
        told = syntax_error(text, str(error))
        found.append(Finding("Query-syntax", told.msg, "SPARQL 1.1", Place(place.file, told.lineno or 1, told.offset or 1)))
        return found
    if not isinstance(answer, ox.QuerySolutions):
        found.append(Finding("Query-header", "the query is no SELECT", "a SELECT with the columns of the header", place))
        return found
    columns = [variable.value for variable in answer.variables]
    if columns != list(question.columns):
        found.append(Finding("Query-header", f"columns {list(question.columns)} in the header, {columns} in SELECT", "the same", place))
    return found


def _faults(picture: Picture, question: Question) -> Iterator[tuple[str, str]]:
    """What is wrong with the picture of a header, and what would be right."""
    if picture.kind not in PICTURES:
        yield f"unknown kind {picture.kind!r}", f"one of {', '.join(PICTURES)}"
        return
    needed, possible = PICTURES[picture.kind]
    for role in needed:
        if role not in picture.roles:
            yield f"no {role}", f"{role}: a column of the question"
    for role, columns in picture.roles.items():
        if role not in needed + possible:
            yield f"a picture of kind {picture.kind} has no {role!r}", f"one of {', '.join(needed + possible)}"
        for column in columns:
            if column not in question.columns:
                yield f"{role} is the column {column!r}, which the question does not have", f"one of {', '.join(question.columns)}"
    if picture.kind in AXES and ("unit" in picture.roles) == (picture.axis is not None):
        yield "the unit of the axis is not said once", "unit: a column, or axis: the unit in words"
    if picture.kind not in AXES and picture.axis is not None:
        yield f"a picture of kind {picture.kind} has no axis", "no axis"
    if picture.scale is not None and (picture.scale not in _SCALES or picture.kind not in AXES):
        yield f"scale is {picture.scale!r}", f"{' or '.join(_SCALES)}, in {', '.join(AXES)}"
