"""Pictures: what is drawn is what the answer says, with population, unit and source, and nothing is left out in silence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from pmlkg import __version__
from pmlkg.answers.answer import Answer
from pmlkg.asking.questions import PICTURES, Picture, Question
from pmlkg.extras import MissingLibrary
from pmlkg.graph import KnowledgeGraph
from pmlkg.pictures.draw import KINDS
from pmlkg.pictures.layers import layers, order_layers
from pmlkg.pictures.page import Look, NoPicture, length
from pmlkg.pictures.sheet import LIMIT
from pmlkg.terms import PMLKG, XSD, UnknownName

COLUMNS = ("name", "measure", "value", "low", "high", "bounds", "unit", "whom", "period", "n", "of", "source")
ROLES = {
    "label": ("name",),
    "value": ("value",),
    "low": ("low",),
    "high": ("high",),
    "bounds": ("bounds",),
    "unit": ("unit",),
    "in_whom": ("whom",),
    "source": ("source",),
}


def cell(text: Any) -> Any:
    if text is None or isinstance(text, ox.NamedNode):
        return text
    if isinstance(text, str):
        return ox.Literal(text)
    return ox.Literal(str(text), datatype=ox.NamedNode(XSD + "decimal"))


def row(name: str, value: Any = None, source: str = "Article2020", **more: Any) -> tuple[Any, ...]:
    cells = {"name": name, "value": value, "source": ox.NamedNode(PMLKG + source), "unit": "percent", "whom": "adults", **more}
    return tuple(cell(cells.get(column)) for column in COLUMNS)


def answer(kind: str, *rows: tuple[Any, ...], scale: str | None = None, **roles: str) -> Answer:
    chosen = {**ROLES, **{role: (column,) for role, column in roles.items()}}
    needed, possible = PICTURES[kind]
    fitting = {role: columns for role, columns in chosen.items() if role in needed + possible}
    columns = dict.fromkeys(COLUMNS, "meaning")
    question = Question("made-up", "Made-up figures", "How many?", "test", (), (), columns, "", picture=Picture(kind, fitting, None, scale))
    return Answer(COLUMNS, rows, question=question)


def words(shown: Answer) -> str:
    """All the text of the SVG in one line."""
    root = ElementTree.fromstring(shown.render("svg"))
    return " ".join(" ".join(t for e in root.iter("{http://www.w3.org/2000/svg}text") for t in e.itertext()).split())


def lines(axes: Any, marker: str | None = None) -> list[list[float]]:
    """The x data of the lines of a panel, those with a marker or the plain ones."""
    return [
        [float(x) for x in line.get_xdata()]
        for line in axes.lines
        if (line.get_marker() == marker if marker else line.get_marker() == "None")
    ]


def test_every_kind_of_a_header_can_be_drawn() -> None:
    assert set(KINDS) == set(PICTURES)


# --- intervals and bars -----------------------------------------------------------------------------------------------


def test_a_forest_has_the_figures_and_limits_of_the_answer_on_a_log_scale() -> None:
    rate = "per 1,000"
    shown = answer("forest", row("one", 1.2, low=0.9, high=1.5, unit=rate), row("two", 30, low=10, high=90, unit=rate))
    (axes,) = shown.plot().axes
    assert axes.get_xscale() == "log"
    assert lines(axes, "o") == [[30], [1.2]]  # by size
    assert lines(axes) == [[10, 90], [0.9, 1.5]]
    assert axes.get_xlim()[0] < 0.9 < 90 < axes.get_xlim()[1]
    text = words(shown)
    for expected in ("1.2 (0.9 to 1.5)", "30 (10 to 90) [1]", "per 1,000, log scale", "adults", "Sources: 1 Article2020."):
        assert expected in text


def test_scale_of_the_header_is_kept() -> None:
    (axes,) = answer("forest", row("one", 1.2), scale="linear").plot().axes
    assert axes.get_xscale() == "linear"


def test_nought_and_limits_of_nought_are_arrows_on_a_log_scale_and_stay_in_words() -> None:
    shown = answer("forest", row("none", 0, unit="per 1,000"), row("some", 0.1, low=0, high=0.6, unit="per 1,000"))
    (axes,) = shown.plot().axes
    least = axes.get_xlim()[0]
    assert lines(axes, 8) == [[least], [least]]  # type: ignore[arg-type]
    assert lines(axes) == [[least, 0.6]]
    assert "0.1 (0 to 0.6)" in words(shown)


def test_a_bound_is_an_arrow_and_a_range_a_dashed_line() -> None:
    shown = answer("forest", row("few", high=0.07, bounds="only above or below"), row("some", low=2, high=3, bounds="range"))
    (axes,) = shown.plot().axes
    (arrow,) = [note for note in axes.texts if getattr(note, "arrow_patch", None)]
    assert arrow.xyann[0] == 0.07
    assert arrow.xy[0] == axes.get_xlim()[0]
    (dashed,) = [line for line in axes.lines if line.get_marker() == "None"]
    assert dashed.is_dashed()
    assert "< 0.07 %" in words(shown)
    assert "range 2 to 3 %" in words(shown)


def test_units_and_measures_have_panels_of_their_own() -> None:
    shown = answer("forest", row("a", 1), row("b", 2, unit="cases"), row("c", 3, measure="risk"), row("d", 4), facet="measure")
    panels = shown.plot().axes
    assert [lines(axes, "o") for axes in panels] == [[[4], [1]], [[2]], [[3]]]
    assert [axes.get_xlabel() for axes in panels] == ["percent", "cases, log scale", "risk (percent)"]


def test_bars_begin_at_nought_and_say_how_many_of_how_many() -> None:
    shown = answer("bars", row("seen", 46.15, n=6, of=13), n="n", of="of")
    (axes,) = shown.plot().axes
    (bar,) = [patch for patch in axes.patches if patch.get_hatch()]
    assert (bar.get_x(), bar.get_width()) == (0, 46.15)
    assert axes.get_xlim() == (0, 100.5)
    assert "46.15 % (6/13) [1]" in words(shown)


def test_rows_without_a_number_are_named_below() -> None:
    text = words(answer("bars", row("seen", 5), row("often", None, source="Article2021")))
    assert "1 row is not drawn, for want of a number: often (Article2021): adults." in text
    with pytest.raises(NoPicture, match="no row of this answer has a number"):
        answer("bars", row("often")).plot()


def test_rows_without_an_interval_are_counted() -> None:
    assert "2 rows have a figure without an interval." in words(answer("forest", row("a", 1), row("b", 2), row("c", 3, low=1, high=4)))


def test_a_figure_said_by_two_sources_is_drawn_once_with_both() -> None:
    shown = answer("forest", row("one", 1.2), row("one", 1.2, source="Article2021"), row("one", 1.3))
    assert lines(shown.plot().axes[0], "o") == [[1.3], [1.2]]
    assert "1.2 % [1, 2]" in words(shown)
    assert "Sources: 1 Article2020; 2 Article2021." in words(shown)


def test_more_rows_than_a_picture_holds_are_counted_in_it() -> None:
    shown = answer("bars", *(row(f"row {i}", i + 1) for i in range(LIMIT + 3)))
    assert len([patch for patch in shown.plot().axes[0].patches if patch.get_hatch()]) == LIMIT
    assert f"The first {LIMIT} of {LIMIT + 3} rows are drawn" in words(shown)


def test_a_ratio_has_a_line_at_1_even_where_all_lie_on_one_side() -> None:
    (axes,) = answer("forest", row("a", 3, unit="(ratio)", measure="hazard ratio"), facet="measure").plot().axes
    assert axes.get_xlabel() == "hazard ratio (ratio), log scale"
    assert axes.get_xlim()[0] < 1 < axes.get_xlim()[1]
    assert [1.0, 1.0] in lines(axes)


@pytest.mark.parametrize(("unit", "measure", "scale"), [
    ("percent", "survival", "linear"), ("years", "age", "linear"), ("days", "time to onset", "linear"), ("months", "survival time", "linear"),
    ("per 1,000 person-years", "incidence", "log"), ("(ratio)", "odds ratio", "log"), ("cases", "count", "log"),
])  # fmt: skip
def test_shares_ages_and_times_are_on_a_plain_axis(unit: str, measure: str, scale: str) -> None:
    (axes,) = answer("forest", row("a", 3, unit=unit, measure=measure), facet="measure").plot().axes
    assert axes.get_xscale() == scale


def test_a_name_stands_once_and_never_blank() -> None:
    shown = answer("bars", row("seen", 5, whom="men"), row("seen", 9, whom="women"), row("", 2, whom="children"), row("", 1, whom=""))
    text = words(shown)
    assert text.count("seen") == 1
    assert text.count("children") == 1
    assert "(without a name)" in text
    assert text.index("women") < text.index(" men") < text.index("children")


def test_the_largest_of_each_panel_and_one_measure() -> None:
    rows = [row(f"row {n}", n + 1, measure=measure) for measure in ("risk", "survival") for n in range(5)]
    shown = answer("bars", *rows, facet="measure")
    drawn = shown.plot(Look(top=2)).axes
    assert [[bar.get_width() for bar in axes.patches if bar.get_hatch()] for axes in drawn] == [[5, 4], [5, 4]]
    (axes,) = shown.plot(Look(panel="Survival")).axes
    assert axes.get_xlabel() == "survival (percent)"
    assert b"4 of 10 rows are drawn: the first 2 of each panel." in shown.render("svg", look=Look(top=2))
    with pytest.raises(UnknownName, match="did you mean survival"):
        shown.plot(Look(panel="survivel"))


@pytest.mark.parametrize(("name", "rows"), [
    ("risk-by-exposure", 12), ("manifestations-by-frequency", 8), ("guidance-by-risk-factor", None), ("incidence-in-hiv", None), ("mechanism", None),
])  # fmt: skip
@pytest.mark.parametrize("millimetres", [180, 85])
def test_a_picture_has_the_width_of_a_journal_and_text_that_can_be_read(
    kg: KnowledgeGraph, name: str, rows: int | None, millimetres: int
) -> None:
    figure = kg.ask(name).plot(Look(width=millimetres / 25.4, top=rows))
    assert figure.get_size_inches()[0] == pytest.approx(millimetres / 25.4)
    texts = [text for owner in (figure, *figure.axes) for text in owner.texts] + [
        text for axes in figure.axes for text in axes.get_xticklabels()
    ]
    assert min(text.get_fontsize() for text in texts) >= 7
    if millimetres == 180:
        edge = figure.get_size_inches()[0] * figure.dpi + 2
        assert [text.get_text() for text in figure.texts if text.get_window_extent().x1 > edge] == []


@pytest.mark.parametrize("look", [Look(width=1), Look(width=100), Look(dpi=1), Look(top=0)])
def test_a_look_that_cannot_be_had_says_what_is_right(look: Look) -> None:
    with pytest.raises(ValueError, match="right: "):
        answer("bars", row("a", 1)).render("svg", look=look)
    with pytest.raises(ValueError, match="csv is no picture; right: svg, png, pdf"):
        answer("bars", row("a", 1)).render("csv", look=look)


@pytest.mark.parametrize("text", ["180", "mm", "-1mm", "1 m", "1e3mm"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="right: a number with mm, cm or in"):
        length(text)


def test_a_picture_as_pdf_is_the_same_each_time_and_as_fine_as_asked() -> None:
    shown = answer("bars", row("seen", 5))
    assert shown.render("pdf").startswith(b"%PDF")
    assert shown.render("pdf") == shown.render("pdf")
    assert len(shown.render("png", look=Look(dpi=300))) > len(shown.render("png"))


# --- time line --------------------------------------------------------------------------------------------------------


def test_a_time_line_has_years_and_figures_and_tells_what_has_no_year() -> None:
    rows = (row("cohort", 3.3, period="1995-1996"), row("cohort", 1.3, period="2000 to 2006"), row("cohort", 9, period="late"))
    shown = answer("timeline", *rows, period="period")
    axes = shown.plot().axes[0]
    (line,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert ([*line.get_xdata()], [*line.get_ydata()]) == ([1995.5, 2003], [3.3, 1.3])
    assert [1995, 1996] in lines(axes)
    text = words(shown)
    assert "1 row is not drawn, for want of a year: cohort (Article2020): adults." in text
    assert "cohort; adults. Source: Article2020" in text


# --- heat table -------------------------------------------------------------------------------------------------------


def test_a_heat_table_says_and_hatches_what_is_advised() -> None:
    rows = (
        row("guide A", "for", measure="drug", bounds="strong"),
        row("guide B", "against", measure="drug"),
        row("guide B", measure="test"),
    )
    shown = answer("heat", *rows, across="measure", text="bounds")
    hatches = {patch.get_hatch() for patch in shown.plot().axes[0].patches if patch.get_width() == pytest.approx(0.1)}
    assert len(hatches) == 2
    text = words(shown)
    for expected in (
        "for, strong [1]",
        "Sources: 1 Article2020.",
        "against",
        "guide A",
        "guide B",
        "drug",
        "1 row is not drawn, for want of a value: guide B",
    ):
        assert expected in text


# --- layers -----------------------------------------------------------------------------------------------------------


def places(figure: Any) -> dict[str, float]:
    """Box -> its left edge."""
    (axes,) = figure.axes
    boxes = [patch for patch in axes.patches if (patch.get_gid() or "").startswith("box-")]
    return {text.get_text(): box.get_x() for box, text in zip(boxes, axes.texts, strict=False)}


def test_a_cause_stands_left_of_its_effect() -> None:
    found = places(layers([("b", "", "d"), ("a", "", "b"), ("a", "", "d"), ("c", "", "d")]))
    assert found["a"] == found["c"] < found["b"] < found["d"]


def test_a_circle_is_drawn_with_one_arrow_back_and_a_loop_is_told() -> None:
    figure = layers([("a", "x", "b"), ("b", "y", "c"), ("c", "z", "a"), ("b", "", "b")])
    found = places(figure)
    assert found["a"] < found["b"] < found["c"]
    assert sum(patch.get_linestyle() == "--" for patch in figure.axes[0].patches) == 1
    notes = {text.get_text() for text in figure.texts}
    assert {"A dashed arrow closes a circle.", "1 row leads from a thing to itself: b."} <= notes


def test_layers_are_ordered_so_that_arrows_do_not_cross() -> None:
    arrows = [(0, 5), (1, 4), (2, 3)]
    order, _ = order_layers([0, 0, 0, 1, 1, 1], arrows)
    position = {node: i for nodes in order for i, node in enumerate(nodes)}
    assert all(position[a] == position[b] for a, b in arrows)


def test_arrows_of_an_answer_are_numbered_and_their_sources_told() -> None:
    rows = (row("virus", measure="cell"), row("virus", measure="cell", source="Article2021"), row("cell", measure="loss"), row("loss"))
    shown = answer("layers", *rows, to="measure", **{"from": "name"}, label="whom")
    text = words(shown)
    for expected in ("1 virus → cell (adults): Article2020, Article2021", "2 cell → loss (adults): Article2020", "1 row is not drawn"):
        assert expected in text


def test_no_arrows_are_no_picture() -> None:
    with pytest.raises(NoPicture, match="no arrows"):
        layers([])


# --- all --------------------------------------------------------------------------------------------------------------


def test_hostile_texts_are_text() -> None:
    shown = answer("bars", row("<script>alert(1)</script> & $x_1$ \\frac \x07{}", 1, whom="$\\notacommand$", unit="$%_^"))
    text = words(shown)
    for expected in ("<script>alert(1)</script> & $x_1$ \\frac {}", "$\\notacommand$", "$%_^"):
        assert expected in text
    assert b"<script" not in shown.render("svg")
    assert shown.render("png").startswith(b"\x89PNG")


def test_same_answer_same_bytes_and_the_settings_of_the_user_stay() -> None:
    import matplotlib

    shown = answer("bars", row("seen", 5))
    first = shown.render("svg"), shown.render("png")
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        assert (shown.render("svg"), shown.render("png")) == first
        assert dict(matplotlib.rcParams) == before
    assert b"<dc:date>" not in first[0]


def test_drawing_needs_no_pyplot() -> None:
    program = "import sys; from pmlkg.pictures.layers import layers; from pmlkg.pictures.page import save; f = layers([('a', '', 'b')]); save(f, 'svg'); save(f, 'png');"
    command = [sys.executable, "-c", program + "print('matplotlib.pyplot' in sys.modules)"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, env=environment, capture_output=True, text=True).stdout == "False\n"


def test_every_picture_has_version_question_and_warning() -> None:
    foot = f"pmlkg {__version__}, question made-up. Research use, not medical advice."
    for shown in (answer("bars", row("a", 1)), answer("layers", row("a", measure="b"), to="measure", **{"from": "name"})):
        assert foot in words(shown)


def test_what_cannot_be_drawn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="made-up has no rows with these parameters"):
        answer("bars").render("svg")
    with pytest.raises(ValueError, match="png is no text"):
        answer("bars", row("a", 1)).serialize("png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingLibrary, match=re.escape("the extra 'pictures' of pmlkg")):
        answer("bars", row("a", 1)).plot()


def test_pictures_of_the_questions_have_the_sources_and_parameters_of_the_answer(kg: KnowledgeGraph) -> None:
    drawn = [question for question in kg.questions.values() if question.picture]
    assert {question.picture.kind for question in drawn if question.picture} == set(PICTURES)
    for name in ("mechanism", "guidance-on-action", "risk-strata", "incidence-in-hiv"):
        found = kg.ask(name)
        text = words(found)
        assert kg.questions[name].title in text
        sources = {key for found_row in found for key in found_row["source"].value.removeprefix(PMLKG).split("; ")}
        assert sources <= set(re.findall(r"\w+", text))
    assert "exposure: natalizumab" in words(kg.ask("risk-strata"))
    assert "antibodies: positive; index over: 1.5" in words(kg.ask("risk-strata"))
