"""What a client can read in, the form that it gets out (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from pmlkg.formats import format_name


class Form(NamedTuple):
    """A form of an answer: its name, its media type as it is sent, and the ending of a file."""

    name: str
    media_type: str
    suffix: str

    @property
    def type(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]


class NotAcceptable(ValueError):
    """None of the forms that a client can read is there."""


_UTF8: Final = "; charset=utf-8"
GRAPH_FORMS: Final = (
    Form("turtle", "text/turtle" + _UTF8, "ttl"),
    Form("ntriples", "application/n-triples", "nt"),
    Form("jsonld", "application/ld+json", "jsonld"),
    Form("rdfxml", "application/rdf+xml", "rdf"),
    Form("trig", "application/trig", "trig"),
    Form("nquads", "application/n-quads", "nq"),
)
RESULT_FORMS: Final = (
    Form("json", "application/sparql-results+json", "srj"),
    Form("xml", "application/sparql-results+xml", "srx"),
    Form("csv", "text/csv" + _UTF8 + "; header=present", "csv"),
    Form("tsv", "text/tab-separated-values" + _UTF8, "tsv"),
)
BOOLEAN_FORMS: Final = RESULT_FORMS[:2]
HTML: Final = Form("html", "text/html" + _UTF8, "html")

ALIASES: Final = {"application/json": "json", "application/xml": "xml", "text/xml": "xml", "text/plain": "ntriples", "text/n3": "turtle"}
"""Media types that clients send for a form."""
RESULT_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}

_RANGE: Final = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^,]*)?)")


def choose(accept: str | None, forms: Sequence[Form]) -> Form:
    """The form that the client likes best, of those that it likes as much the first. Without a header the first.

    Raises NotAcceptable, naming what there is.
    """
    if accept is None or not accept.strip():
        return forms[0]
    ranges = [part for part in map(_range, accept.split(",")) if part]
    liked = [(_quality(form, ranges), -place) for place, form in enumerate(forms)]
    quality, place = max(liked)
    if quality <= 0:
        raise NotAcceptable(f"nothing in {accept[:200]!r} is a form of this answer; right: {', '.join(form.type for form in forms)}")
    return forms[-place]


def named(name: str, forms: Sequence[Form]) -> Form:
    """The form of a name, an ending, or a media type. Raises NotAcceptable, naming what there is."""
    wanted = name.strip().lower()
    wanted = ALIASES.get(wanted, format_name(wanted))
    for form in forms:
        if wanted in (form.name, form.type, form.suffix):
            return form
    raise NotAcceptable(f"the format {name[:50]!r} is no form of this answer; right: {', '.join(form.name for form in forms)}")


def _range(part: str) -> tuple[str, str, float] | None:
    match = _RANGE.fullmatch(part)
    if not match:
        return None
    parameters = dict(re.findall(r";\s*([\w-]+)\s*=\s*\"?([^;\"\s]*)", match[3]))
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        quality = 0.0
    return match[1].lower(), match[2].lower(), min(max(quality, 0.0), 1.0)


def _quality(form: Form, ranges: Sequence[tuple[str, str, float]]) -> float:
    """What the most specific range says of a form."""
    main, _, sub = form.type.partition("/")
    also = [alias.split("/") for alias, name in ALIASES.items() if name == form.name]
    best = (-1, 0.0)
    for kind, what, quality in ranges:
        rank = 2 if (kind, what) == (main, sub) or [kind, what] in also else 1 if (kind, what) == (main, "*") else 0 if kind == "*" else -1
        if rank > best[0] or (rank == best[0] and quality > best[1]):
            best = (rank, quality)
    return best[1] if best[0] >= 0 else 0.0


def suffixes(forms: Sequence[Form]) -> Mapping[str, Form]:
    """Ending of an address -> its form."""
    return {form.suffix: form for form in forms}
