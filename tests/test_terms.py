"""Names: compact IRIs, the nearest known word, and words made into pieces of IRIs."""

from __future__ import annotations

import re
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlkg.terms import GRAPH_NAMES, GRAPHS, PMLG, PMLKG, PMLO, PREFIXES, UnknownName, curie, expand, nearest, slug

LOCAL_NAMES = st.from_regex(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?", fullmatch=True)


@given(st.sampled_from(sorted(PREFIXES)), LOCAL_NAMES)
def test_a_compact_iri_and_its_full_form_stand_for_each_other(prefix: str, local: str) -> None:
    assert expand(f"{prefix}:{local}") == PREFIXES[prefix] + local
    assert curie(PREFIXES[prefix] + local) == f"{prefix}:{local}"


@given(st.sampled_from(sorted(PREFIXES)), st.text(st.characters(codec="ascii", exclude_characters='<>"{}|^`\\ '), max_size=12))
def test_whatever_curie_prints_for_an_iri_reads_back_as_that_iri(prefix: str, rest: str) -> None:
    iri = PREFIXES[prefix] + rest
    try:
        ox.NamedNode(iri)
    except ValueError:
        return
    assert expand(curie(iri)) == iri


@pytest.mark.parametrize("local", ["", "a/b", "a.", "-a", "a-", "a:b", "a%20b", "é"])
def test_a_local_name_that_turtle_would_read_otherwise_is_printed_in_full(local: str) -> None:
    assert curie(PMLKG + local) == f"<{PMLKG}{local}>"


def test_each_namespace_has_one_prefix_and_none_begins_with_another() -> None:
    namespaces = sorted(PREFIXES.values())
    assert not [(a, b) for a, b in pairwise(namespaces) if b.startswith(a)]


def test_named_graphs_are_in_their_namespace() -> None:
    assert [GRAPHS[name].value for name in GRAPH_NAMES] == [PMLG + name for name in GRAPH_NAMES]


@pytest.mark.parametrize(
    ("name", "default", "iri"),
    [
        ("natalizumab", PMLKG, PMLKG + "natalizumab"),
        ("increasesRiskOf", PMLO, PMLO + "increasesRiskOf"),
        ("  natalizumab ", PMLKG, PMLKG + "natalizumab"),
        ("pmlo:Drug", PMLKG, PMLO + "Drug"),
        ("https://example.org/a?b=c#d", PMLKG, "https://example.org/a?b=c#d"),
        ("<https://example.org/a>", PMLKG, "https://example.org/a"),
        ("urn:isbn:0", PMLKG, "urn:isbn:0"),
    ],
)
def test_expand(name: str, default: str, iri: str) -> None:
    assert expand(name, default=default) == iri


@pytest.mark.parametrize(
    "name", ["", "  ", "<>", "JC virus", "a\nb", "a<b", "a>b", 'a"b', "a{b", "a}b", "a|b", "a^b", "a`b", "a\\b", "a\0b"]
)
def test_expand_refuses_characters_that_no_iri_has(name: str) -> None:
    with pytest.raises(UnknownName) as error:
        expand(name)
    assert error.value.name == name


def test_expand_offers_the_nearest_prefix() -> None:
    with pytest.raises(UnknownName) as error:
        expand("pmlgk:pml")
    assert (error.value.kind, error.value.name) == ("prefix", "pmlgk")
    assert "pmlkg" in error.value.suggestions


@given(st.text() | st.text("htps:/[]%#ab.0123 <>pmlkgo"))
def test_expand_gives_an_iri_or_says_that_the_name_is_unknown(name: str) -> None:
    try:
        iri = expand(name)
    except UnknownName:
        return
    assert ox.NamedNode(iri).value == iri  # pyoxigraph refuses what is no IRI


def test_an_unknown_name_says_what_and_what_else() -> None:
    error = UnknownName("graph", "edgs", ["edges", "dataset"])
    assert str(error) == "unknown graph 'edgs'; did you mean edges or dataset?"
    assert str(UnknownName("graph", "x")) == "unknown graph 'x'"
    assert error.suggestions == ("edges", "dataset")


def test_the_nearest_word_comes_first_and_case_does_not_matter() -> None:
    assert nearest("NATALIZUMB", ["ocrelizumab", "Natalizumab", "natalizumab-sztn"])[0] == "Natalizumab"
    assert nearest("natalizumab", ["natalizumab-sztn", "natalizumab"])[0] == "natalizumab"


def test_nearest_offers_nothing_for_a_word_like_no_other() -> None:
    assert nearest("qqqq", ["natalizumab", "pml"]) == []
    assert nearest("", ["natalizumab"]) == []


@given(st.text(max_size=8), st.lists(st.text("abc", max_size=4)), st.integers(1, 4))
def test_nearest_offers_only_known_words_each_once(word: str, known: list[str], count: int) -> None:
    found = nearest(word, known, count=count)
    assert len(found) <= count
    assert len(set(found)) == len(found)
    assert set(found) <= set(known)
    assert found == nearest(word, reversed(known), count=count)


@given(st.text(), st.integers(1, 60))
def test_a_slug_is_short_plain_and_stays_as_it_is(text: str, limit: int) -> None:
    words = slug(text, limit=limit)
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", words)
    assert len(words) <= limit
    assert slug(words, limit=limit) == words


def test_slugs_of_different_bounds_are_different() -> None:
    bounds = ["0.9", "<0.9", ">0.9", "<=0.9", ">=0.9", "0.9+", "9", "09", "1.5", "15", "<1.5"]
    assert len({slug(bound) for bound in bounds}) == len(bounds)
    assert slug("≤ 0.9") == slug("<=0.9")
    assert slug("≥ 0.9") == slug(">=0.9")


def test_a_long_slug_is_cut_between_words() -> None:
    assert slug("first second third", limit=12) == "first-second"
    assert slug("first second third", limit=13) == "first-second"
    assert slug("firstsecondthird", limit=5) == "first"
