"""Pictures of answers, for where a person would rather look: intervals, bars, time lines, heat tables and layered drawings.

The `picture:` of a question's header says what is drawn from which column. Every row stands in its picture with population,
figure, unit and source, or is counted below it. Nothing is told by colour alone. Needs matplotlib, the extra `pictures`.
Lengths are in inches, measured from the lower left corner as matplotlib does.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pmlkg import __version__
from pmlkg.extras import load
from pmlkg.questions import Picture, Question
from pmlkg.terms import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIMIT: Final = 150
"""How many rows a picture draws; the others are counted in it."""

FOOT: Final = "Research use, not medical advice."

_STYLE: Final = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so that a picture is the same everywhere
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "pmlkg",
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "text.usetex": False,
}
_INK, _PALE, _BAND, _FILL = "#1a1a1a", "#555555", "#f2f2f2", "#c9d6e3"
_EDGE: Final = 0.25
_SIZE: Final = 8.5
_SMALL: Final = 7.0
_RATIO: Final = re.compile(r"\bratio\b|\brelative\b")


class NoPicture(ValueError):
    """An answer that cannot be drawn, and why."""


class Drawable(Protocol):
    """What is needed of an answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """Terms, or None where a cell is unbound."""

    @property
    def question(self) -> Question | None:
        """The named question that was asked."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """What it was asked with."""


def draw(answer: Drawable) -> Figure:
    """The picture of an answer, as its question's header says.

    Raises NoPicture where the question has none, where there are no rows, and where matplotlib is not installed.
    """
    question = answer.question
    if question is None or question.picture is None:
        raise NoPicture(
            f"{question.name if question else 'a query without a name'} has no picture; right: a question with a picture in its header"
        )
    if not answer.rows:
        raise NoPicture(f"{question.name} has no rows with these parameters, so there is nothing to draw")
    with _style():
        figure: Figure = KINDS[question.picture.kind](_read(answer, question, question.picture))
        return figure


def layers(rows: Iterable[tuple[str, str, str]], title: str = "", notes: Sequence[str] = ()) -> Figure:
    """Arrows (from, label, to), drawn in layers from left to right: what leads to a thing stands left of it.

    An arrow that closes a circle goes back and is dashed. Raises NoPicture where there are no rows or no matplotlib.
    """
    with _style():
        return _draw_layers(list(rows), [title] if title else [], [*notes], [f"pmlkg {__version__}. {FOOT}"])


def render(answer: Drawable, format: str) -> bytes:
    """The picture of an answer as "svg" or "png"; the same bytes for the same answer."""
    return save(draw(answer), format, answer.question.title if answer.question else "")


def save(figure: Figure, format: str, title: str = "") -> bytes:
    """A picture as "svg" or "png", without the date."""
    metadata: dict[str, str | None] = {"Creator": f"pmlkg {__version__}", "Date": None} if format == "svg" else {"Software": None}
    out = io.BytesIO()
    with _style():
        figure.savefig(out, format=format, dpi=110, metadata=metadata | ({"Title": title} if title else {}))
    return out.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    """Our settings for as long as something is drawn or saved; those of the user come back."""
    matplotlib = load("matplotlib", "pictures")
    defaults = {name: matplotlib.rcParamsDefault[name] for name in matplotlib.rcParamsDefault if name != "backend"}
    with matplotlib.rc_context(defaults | _STYLE):
        yield


# --- what is drawn ----------------------------------------------------------------------------------------------------


@dataclass
class _Row:
    """A row of the answer by role; rows that differ only in who says it are one, with all its sources."""

    texts: Mapping[str, str]
    sources: list[str] = field(default_factory=list)

    def number(self, role: str) -> float | None:
        try:
            number = float(self.texts.get(role, ""))
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    @property
    def series(self) -> tuple[str, str, tuple[str, ...]]:
        """What a line of a time line stands for."""
        return self["label"].rstrip("."), self["in_whom"], tuple(self.sources)

    def __getitem__(self, role: str) -> str:
        return self.texts.get(role, "")

    @property
    def name(self) -> str:
        """Label and sources, for the notes."""
        return f"{self['label']} ({_join(self.sources)})"


@dataclass
class _Sheet:
    """What stands around the drawing: title and parameters above, notes and name of the question below."""

    rows: list[_Row]
    picture: Picture
    head: list[str]
    notes: list[str]
    foot: list[str]


def _read(answer: Drawable, question: Question, picture: Picture) -> _Sheet:
    rows: dict[tuple[str, ...], _Row] = {}
    for cells in answer.rows:
        row = dict(zip(answer.columns, (" ".join(show(cell).split()) for cell in cells), strict=True))
        texts = {role: _join(row[column] for column in columns) for role, columns in picture.roles.items() if role != "source"}
        if "strata" in picture.roles:  # a bare number or "true" says nothing without the name of its column
            strata = "; ".join(f"{column.replace('_', ' ')}: {row[column]}" for column in picture.roles["strata"] if row[column])
            texts["label"] = "; ".join(text for text in (texts["label"], strata) if text)
        one = rows.setdefault(tuple(texts.values()), _Row(texts))
        for column in picture.roles["source"]:
            for source in row[column].removeprefix("pmlkg:").split("; "):
                if source and source not in one.sources:
                    one.sources.append(source)
    drawn = list(rows.values())
    asked = "; ".join(f"{name}: {value.removeprefix('pmlkg:').removeprefix('pmlo:')}" for name, value in answer.parameters.items())
    notes = []
    if len(drawn) > LIMIT:
        notes.append(f"The first {LIMIT} of {len(drawn)} rows are drawn; the parameters of the question narrow it.")
    foot = [f"pmlkg {__version__}, question {question.name}. {FOOT}"]
    return _Sheet(drawn[:LIMIT], picture, [question.title, f"{question.question}{f' ({asked})' if asked else ''}"], notes, foot)


def _join(texts: Iterable[str]) -> str:
    return ", ".join(text for text in texts if text)


# --- figure, head and foot --------------------------------------------------------------------------------------------


class _Page:
    """A figure with head and foot, in which the body lies between `top` and the foot."""

    def __init__(self, width: float, body: float, head: Sequence[str], notes: Sequence[str], foot: Sequence[str]) -> None:
        from matplotlib.figure import Figure

        inner = width - 2 * _EDGE
        above = [line for i, text in enumerate(head) for line in ((s, i == 0) for s in _wrap(text, inner, 13 if i == 0 else _SIZE))]
        below = [line for text in [*notes, *foot] for line in _wrap(text, inner, _SMALL)]
        tall = sum(0.26 if big else 0.17 for _, big in above)
        height = _EDGE + tall + 0.15 + body + 0.15 + 0.145 * len(below) + _EDGE
        self.width, self.height, self.figure = width, height, Figure(figsize=(width, height))
        y = height - _EDGE
        for text, big in above:
            self.write(_EDGE, y, text, 13 if big else _SIZE, weight="bold" if big else "normal")
            y -= 0.26 if big else 0.17
        self.top = y - 0.15
        y = _EDGE + 0.145 * len(below)
        for text in below:
            self.write(_EDGE, y, text, _SMALL, color=_PALE)
            y -= 0.145

    def write(self, x: float, y: float, text: str, size: float, **how: Any) -> None:
        """Text whose upper left corner is there."""
        self.figure.text(x / self.width, y / self.height, text, fontsize=size, **{"va": "top", "ha": "left", "color": _INK, **how})

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        axes = self.figure.add_axes((x / self.width, y / self.height, width / self.width, height / self.height))
        axes.spines[["top", "right", "left"]].set_visible(False)
        return axes

    def canvas(self, **limits: Any) -> Axes:
        """Axes over the whole page, in inches, without a frame."""
        axes = self.axes(0, 0, self.width, self.height)
        axes.set(xlim=(0, self.width), ylim=(0, self.height), **limits)
        axes.set_axis_off()
        return axes


def _wrap(text: str, width: float, size: float) -> list[str]:
    """Lines of a text that fit into a width; nothing is cut, and a long word is broken."""
    return textwrap.wrap(text, max(int(width * 72 / (size * 0.57)), 6), break_on_hyphens=False) or [""]


def _missing(rows: Sequence[_Row], why: str) -> list[str]:
    """The note on rows that are not drawn."""
    if not rows:
        return []
    names = "; ".join(": ".join(text for text in (row.name, row["in_whom"]) if text) for row in rows)
    return [f"{len(rows)} row{' is' if len(rows) == 1 else 's are'} not drawn, {why}: {names}."]


# --- rows on an axis: intervals and bars ------------------------------------------------------------------------------


class _Line(NamedTuple):
    """A row laid out: its lines of text left and right of the axis, and its height."""

    row: _Row
    label: list[str]
    detail: list[str]
    figure: list[str]
    source: list[str]

    @property
    def height(self) -> float:
        return max(0.15 * len(self.label) + 0.125 * len(self.detail), 0.15 * len(self.figure) + 0.125 * len(self.source)) + 0.09


_LEFT, _PLOT, _RIGHT, _GAP = 4.6, 4.2, 3.0, 0.2


def _forest(sheet: _Sheet) -> Figure:
    return _panels(sheet, bars=False)


def _bars(sheet: _Sheet) -> Figure:
    return _panels(sheet, bars=True)


def _panels(sheet: _Sheet, *, bars: bool) -> Figure:
    """One panel for each measure and unit: what is measured otherwise never shares an axis."""
    scale = sheet.picture.scale or ("linear" if bars else "log")
    panels: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    without = []
    for row in sheet.rows:
        if all(row.number(role) is None for role in ("value", "low", "high")):
            without.append(row)
            continue
        figure = _wrap(_figure(row), _RIGHT, _SIZE)
        line = _Line(
            row, _wrap(row["label"], _LEFT, _SIZE), _details(row["in_whom"]), figure, _wrap(", ".join(row.sources), _RIGHT, _SMALL)
        )
        panels[row["facet"], sheet.picture.axis or row["unit"]].append(line)
    if not panels:
        raise NoPicture("no row of this answer has a number, so there is nothing to draw")
    alone = sum(line.row.number("low") is None and line.row.number("high") is None for lines in panels.values() for line in lines)
    notes = [*sheet.notes, _key(bars)]
    if alone:
        notes.append(f"{alone} row{' has' if alone == 1 else 's have'} a figure without an interval.")
    notes += _missing(without, "for want of a number")
    heights = {key: sum(line.height for line in lines) for key, lines in panels.items()}
    body = sum(0.3 + height + 0.55 for height in heights.values())
    page = _Page(2 * _EDGE + _LEFT + _PLOT + _RIGHT + 2 * _GAP, body, sheet.head, notes, sheet.foot)
    top = page.top
    for (facet, unit), lines in panels.items():
        name = f"{facet} ({unit})" if facet and unit else facet or unit
        page.write(_EDGE, top, name, 10, weight="bold")
        top -= 0.3
        _panel(page, top, heights[facet, unit], lines, name, bars=bars, log=scale == "log")
        top -= heights[facet, unit] + 0.55
    return page.figure


def _details(text: str) -> list[str]:
    return _wrap(text, _LEFT, _SMALL) if text else []


def _key(bars: bool) -> str:
    figure = "Bar: figure" if bars else "Filled circle: figure with interval; hollow circle: figure alone"
    return f"{figure}; line: confidence interval; dashed line: range; arrow: the figure lies beyond the bound, or the line goes on beyond the axis."


def _figure(row: _Row) -> str:
    """The figure of a row in words: 1.2 (0.9 to 1.5), > 3, n/N."""
    value, low, high, bounds = row["value"], row["low"], row["high"], row["bounds"]
    bound = bounds == "only above or below"
    limits = (
        f"{low} to {high}"
        if low and high
        else f"{'>' if bound else 'from'} {low}"
        if low
        else f"{'<' if bound else 'to'} {high}"
        if high
        else ""
    )
    if limits and bounds and not bound and bounds != "confidence interval":
        limits = f"{bounds} {limits}"
    text = f"{value} ({limits})" if value and limits else value or limits
    count = (
        f"{row['n']}/{row['of']}" if row["n"] and row["of"] else f"n = {row['n']}" if row["n"] else f"N = {row['of']}" if row["of"] else ""
    )
    return f"{text}   {count}" if count else text


def _panel(page: _Page, top: float, height: float, lines: Sequence[_Line], name: str, *, bars: bool, log: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    axes = page.axes(_EDGE + _LEFT + _GAP, top - height, _PLOT, height)
    numbers = [n for line in lines for role in ("value", "low", "high") if (n := line.row.number(role)) is not None]
    log = log and max(numbers) > 0
    least, most = _limits(numbers, log, bars, name)
    if log:
        axes.set_xscale("log")
        decades = math.log10(most / least)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 3 else (1,)))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
    axes.set(xlim=(least, most), ylim=(height, 0), yticks=[])
    axes.tick_params(axis="x", labelsize=_SMALL)
    axes.set_xlabel(f"{name}{', log scale' if log else ''}", fontsize=_SMALL, labelpad=1)
    if log and _RATIO.search(name) and least < 1 < most:
        axes.axvline(1, color=_PALE, linestyle=":", linewidth=1)
    place = 0.0
    for number, line in enumerate(lines):
        if number % 2 == 0:
            axes.axhspan(place, place + line.height, color=_BAND, linewidth=0, zorder=0)
        middle = place + line.height / 2
        (_bar if bars else _mark)(axes, line.row, middle)
        _whisker(axes, line.row, middle, least, most)
        for x, first, second in ((_EDGE, line.label, line.detail), (_EDGE + _LEFT + _PLOT + 2 * _GAP, line.figure, line.source)):
            y = top - middle + (0.15 * len(first) + 0.125 * len(second)) / 2
            for text in first:
                page.write(x, y, text, _SIZE)
                y -= 0.15
            for text in second:
                page.write(x, y, text, _SMALL, color=_PALE)
                y -= 0.125
        place += line.height


def _limits(numbers: Sequence[float], log: bool, bars: bool, name: str) -> tuple[float, float]:
    """The ends of an axis: all numbers are within, and percent as bars go from 0 to 100."""
    if log:
        positive = [number for number in numbers if number > 0]
        return min(positive) / 1.6, max(positive) * 1.6
    least, most = min(0.0, *numbers), max(0.0, *numbers)
    if bars and "percent" in name and least >= 0 and most <= 100:
        return 0, 100.5
    margin = (most - least or 1) * 0.05
    return least - margin if least < 0 else 0, most + margin


def _mark(axes: Axes, row: _Row, y: float) -> None:
    value = row.number("value")
    if value is None:
        return
    if axes.get_xscale() == "log" and value <= 0:  # nought has no place on a log scale: an arrow at the edge says so
        axes.plot([axes.get_xlim()[0]], [y], marker=8, color=_INK, markersize=6, clip_on=False)
        return
    interval = row.number("low") is not None or row.number("high") is not None
    axes.plot(
        [value], [y], marker="o", color=_INK, markerfacecolor=_INK if interval else "white", markersize=5.5, linestyle="none", zorder=3
    )


def _bar(axes: Axes, row: _Row, y: float) -> None:
    value = row.number("value")
    if value is not None:
        axes.barh([y], [value], height=0.13, color=_FILL, edgecolor=_INK, linewidth=0.7, hatch="////", zorder=2)


def _whisker(axes: Axes, row: _Row, y: float, least: float, most: float) -> None:
    """Interval, range or bound; an end that lies beyond the axis, or that nobody knows, is an arrow."""
    low, high = row.number("low"), row.number("high")
    if low is None and high is None:
        return
    if row["bounds"] == "only above or below" and (low is None or high is None):
        start = low if low is not None else high
        assert start is not None
        if start > 0 or axes.get_xscale() != "log":
            axes.annotate(
                "",
                xy=(most if low is not None else least, y),
                xytext=(start, y),
                arrowprops={"arrowstyle": "->", "color": _INK, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0},
                zorder=3,
            )
            axes.plot([start], [y], marker="|", color=_INK, markersize=7)
        return
    value = row.number("value")
    left = low if low is not None else value if value is not None else least
    right = high if high is not None else value if value is not None else most
    beyond = axes.get_xscale() == "log" and left <= 0
    dashed = row["bounds"] not in ("confidence interval", "")
    axes.plot(
        [max(left, least) if beyond else left, right], [y, y], color=_INK, linewidth=1.3, linestyle=(0, (3, 2)) if dashed else "-", zorder=3
    )
    if beyond:
        axes.plot([least], [y], marker=8, color=_INK, markersize=5, clip_on=False)
    ends = [end for end, known in ((left, low is not None and not beyond), (right, high is not None)) if known]
    axes.plot(ends, [y] * len(ends), marker="|", color=_INK, markersize=6, linestyle="none", zorder=3)


# --- time line --------------------------------------------------------------------------------------------------------

_YEAR: Final = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_MARKERS: Final = "osD^vP*X<>hp"
_DASHES: Final = ("-", "--", ":", "-.")


def _years(text: str) -> tuple[int, int] | None:
    """First and last year of a period in words; None where it names none."""
    found = [int(year) for year in _YEAR.findall(text)]
    return (min(found), max(found)) if found else None


def _timeline(sheet: _Sheet) -> Figure:
    """A line for each series over the years; a period is a level line over its years."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    panels: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    without, undated = [], []
    for row in sheet.rows:
        if row.number("value") is None:
            without.append(row)
        elif _years(row["period"]) is None:
            undated.append(row)
        else:
            panels[row["facet"], sheet.picture.axis or row["unit"]].append(row)
    if not panels:
        raise NoPicture("no row of this answer has both a number and a year, so there is nothing to draw")
    legends: dict[tuple[str, str], list[tuple[int, list[str]]]] = {}
    width, wide = 11.5, 11.5 - 2 * _EDGE
    for key, rows in panels.items():
        series = list(dict.fromkeys(row.series for row in rows))
        legends[key] = [
            (i, _wrap(f"{label}{whom and f'; {whom}'}. Source: {', '.join(sources)}", wide - 0.6, _SIZE))
            for i, (label, whom, sources) in enumerate(series)
        ]
    tall = {key: sum(0.16 * len(lines) + 0.06 for _, lines in legend) for key, legend in legends.items()}
    notes = [*sheet.notes, "A period is a level line over its years; whiskers: confidence interval or range, where there is one."]
    notes += _missing(without, "for want of a number") + _missing(undated, "for want of a year")
    page = _Page(width, sum(4.3 + 0.75 + tall[key] for key in panels), sheet.head, notes, sheet.foot)
    top = page.top
    for key, rows in panels.items():
        name = f"{key[0]} ({key[1]})" if key[0] and key[1] else key[0] or key[1]
        axes = page.axes(_EDGE + 0.6, top - 4.1, wide - 0.8, 4.0)
        axes.spines["left"].set_visible(True)
        values = [n for row in rows for role in ("value", "low", "high") if (n := row.number(role)) is not None]
        log = (sheet.picture.scale or "log") == "log" and min(row.number("value") or 0 for row in rows) > 0
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            positive = [value for value in values if value > 0]
            axes.set_ylim(min(positive) / 1.6, max(positive) * 1.6)
        else:
            axes.set_ylim(min(0, *values), max(values) * 1.1 or 1)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        axes.tick_params(labelsize=_SMALL + 0.5)
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
        axes.set_ylabel(f"{name}{', log scale' if log else ''}", fontsize=_SIZE)
        axes.set_xlabel("calendar year", fontsize=_SIZE)
        series = list(dict.fromkeys(row.series for row in rows))
        for i, one in enumerate(series):
            points = [((_years(row["period"]) or (0, 0)), row) for row in rows if row.series == one]
            points.sort(key=lambda point: point[0])
            middles = [(first + last) / 2 for (first, last), _ in points]
            heights = [row.number("value") or 0.0 for _, row in points]
            color = _INK if i % 2 == 0 else "#27618f"
            axes.plot(
                middles,
                heights,
                marker=_MARKERS[i % len(_MARKERS)],
                markersize=6,
                linewidth=1.1,
                markerfacecolor="white",
                zorder=3,
                color=color,
                linestyle=_DASHES[i % 4],
            )
            for ((first, last), row), x, y in zip(points, middles, heights, strict=True):
                if last > first:
                    axes.plot([first, last], [y, y], color=color, linewidth=2.2, zorder=2)
                low, high = row.number("low"), row.number("high")
                if low is not None and high is not None:
                    axes.plot([x, x], [max(low, axes.get_ylim()[0]), high], marker="_", color=color, linewidth=0.9)
                axes.annotate(_figure(row), (x, y), xytext=(5, 5), textcoords="offset points", fontsize=_SMALL, color=color, zorder=4)
        top -= 4.3 + 0.35
        canvas = page.canvas(zorder=-1)
        for i, lines in legends[key]:
            color = _INK if i % 2 == 0 else "#27618f"
            canvas.plot([_EDGE, _EDGE + 0.2, _EDGE + 0.4], [top - 0.07] * 3, color=color, linestyle=_DASHES[i % 4], linewidth=1.1)
            canvas.plot([_EDGE + 0.2], [top - 0.07], marker=_MARKERS[i % len(_MARKERS)], color=color, markerfacecolor="white", markersize=6)
            for line in lines:
                page.write(_EDGE + 0.55, top, line, _SIZE)
                top -= 0.16
            top -= 0.06
        top -= 0.4
    return page.figure


# --- heat table -------------------------------------------------------------------------------------------------------

_HATCHES: Final = ("", "////", "....", "xxxx", "----", "oo", "++")
_SHADES: Final = ("#dcebdc", "#f3d9d4", "#f5f0cf", "#d8e2ef", "#e8dcef", "#e9e9e9", "#d5ecec")


def _heat(sheet: _Sheet) -> Figure:
    """A table of rows (label) and columns (across); a cell says its value in words, with a hatch of its own."""
    from matplotlib.patches import Rectangle

    without = [row for row in sheet.rows if not row["value"]]
    told = [row for row in sheet.rows if row["value"]]
    if not told:
        raise NoPicture("no row of this answer has a value, so there is nothing to draw")
    names = list(dict.fromkeys(row["label"] for row in told))
    heads = list(dict.fromkeys(row["across"] for row in told))
    values = list(dict.fromkeys(row["value"] for row in told))
    left, wide = 3.4, max(1.75, min(4.0, 7.5 / len(heads)))
    cells: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in told:
        cells[row["label"], row["across"]].append(row)
    parts = {
        key: [
            (
                row,
                [*_wrap(_join((row["value"], row["text"])), wide - 0.2, _SMALL), *_wrap(", ".join(row.sources), wide - 0.2, _SMALL - 0.8)],
            )
            for row in rows
        ]
        for key, rows in cells.items()
    }
    labels = {name: _wrap(name, left - 0.2, _SIZE) for name in names}
    tops = [_wrap(head, wide - 0.2, _SMALL * 1.2) for head in heads]
    head_height = 0.13 * max(map(len, tops)) + 0.12
    heights = {
        name: max(
            0.15 * len(labels[name]) + 0.12,
            *(sum(0.125 * len(lines) + 0.12 for _, lines in parts.get((name, head), [])) for head in heads),
            0.3,
        )
        for name in names
    }
    notes = sheet.notes + _missing(without, "for want of a value")
    page = _Page(2 * _EDGE + left + wide * len(heads), head_height + sum(heights.values()), sheet.head, notes, sheet.foot)
    axes = page.canvas(zorder=-1)
    top = page.top
    for j, lines in enumerate(tops):
        for i, text in enumerate(lines):
            page.write(_EDGE + left + j * wide + 0.05, top - 0.13 * i, text, _SMALL, weight="bold")
    top -= head_height
    for name in names:
        for i, text in enumerate(labels[name]):
            page.write(_EDGE, top - 0.06 - 0.15 * i, text, _SIZE)
        for j, head in enumerate(heads):
            x, y = _EDGE + left + j * wide, top
            axes.add_patch(Rectangle((x, top - heights[name]), wide, heights[name], facecolor="white", edgecolor="#999999", linewidth=0.6))
            here = parts.get((name, head), [])
            spare = (heights[name] - sum(0.125 * len(lines) + 0.12 for _, lines in here)) / max(len(here), 1)
            for row, lines in here:
                high = 0.125 * len(lines) + 0.12 + spare
                kind = values.index(row["value"]) % len(_HATCHES)
                axes.add_patch(Rectangle((x, y - high), wide, high, facecolor=_SHADES[kind], edgecolor="#999999", linewidth=0.6))
                # The hatch is a strip at the left, so that it never lies below the words.
                axes.add_patch(
                    Rectangle((x, y - high), 0.1, high, facecolor="white", edgecolor=_INK, linewidth=0.5, hatch=_HATCHES[kind] * 2)
                )
                for i, text in enumerate(lines):
                    page.write(x + 0.15, y - 0.05 - 0.125 * i, text, _SMALL if i < len(lines) - 1 else _SMALL - 0.8)
                y -= high
        top -= heights[name]
    return page.figure


# --- layered drawing --------------------------------------------------------------------------------------------------

Arrow = tuple[int, int]
_BOX: Final = 1.75


def _chain(sheet: _Sheet) -> Figure:
    """The arrows of an answer, numbered; what is said of each and by whom stands below."""
    arrows: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    without = []
    for row in sheet.rows:
        if row["from"] and row["to"]:
            arrows[row["from"], row["to"]].append(row)
        else:
            without.append(row)
    if not arrows:
        raise NoPicture("no row of this answer has both ends of an arrow, so there is nothing to draw")
    notes = []
    for number, ((start, end), rows) in enumerate(arrows.items(), 1):
        words = _join(dict.fromkeys(row["label"] for row in rows))
        sources = ", ".join(dict.fromkeys(source for row in rows for source in row.sources))
        notes.append(f"{number}  {start} → {end}{f' ({words})' if words else ''}: {sources}")
    if without:
        notes.append(f"{len(without)} row{' is' if len(without) == 1 else 's are'} not drawn, for want of a beginning or an end.")
    numbered = [(start, str(number), end) for number, (start, end) in enumerate(arrows, 1)]
    return _draw_layers(numbered, sheet.head, notes + sheet.notes, sheet.foot)


def _draw_layers(rows: Sequence[tuple[str, str, str]], head: Sequence[str], notes: list[str], foot: Sequence[str]) -> Figure:
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path

    labels: dict[Arrow, list[str]] = defaultdict(list)
    names = list(dict.fromkeys(name for start, _, end in rows for name in (start, end)))
    if not names:
        raise NoPicture("there are no arrows to draw")
    numbers = {name: number for number, name in enumerate(names)}
    loops = [start for start, _, end in rows if start == end]
    for start, label, end in rows:
        if start != end and label not in labels[numbers[start], numbers[end]]:
            labels[numbers[start], numbers[end]].append(label)
    if loops:
        notes = [
            *notes,
            f"{len(loops)} row{' leads' if len(loops) == 1 else 's lead'} from a thing to itself: {', '.join(dict.fromkeys(loops))}.",
        ]
    layer, back = _layer(len(names), list(labels))
    if back:
        notes = [*notes, "A dashed arrow closes a circle."]
    order, ways = _order(layer, [(b, a) if (a, b) in back else (a, b) for a, b in labels])
    texts = [_wrap(name, _BOX - 0.2, _SIZE) for name in names]
    gap = 0.6 + min(max((len(label) for found in labels.values() for label in found), default=0) * 0.065, 1.6)
    high = [0.16 * len(lines) + 0.16 for lines in texts]
    columns = [[(node, high[node] if node < len(names) else 0.2) for node in nodes] for nodes in order]
    tall = [sum(height for _, height in column) + 0.32 * (len(column) - 1) for column in columns]
    body = max(tall) + 0.2
    page = _Page(max(2 * _EDGE + len(order) * _BOX + (len(order) - 1) * gap, 6), body, head, notes, foot)
    axes = page.canvas()
    at: dict[int, tuple[float, float]] = {}  # left edge and middle
    for place, column in enumerate(columns):
        y = page.top - 0.1 - (body - 0.2 - tall[place]) / 2
        for node, height in column:
            at[node] = (_EDGE + place * (_BOX + gap), y - height / 2)
            y -= height + 0.32
    for node, lines in enumerate(texts):
        x, y = at[node]
        axes.add_patch(
            FancyBboxPatch(
                (x, y - high[node] / 2),
                _BOX,
                high[node],
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor="white",
                edgecolor=_INK,
                zorder=2,
                gid=f"box-{node}",
            )
        )
        for i, text in enumerate(lines):
            axes.text(
                x + _BOX / 2, y + 0.16 * ((len(lines) - 1) / 2 - i), text, fontsize=_SIZE, ha="center", va="center", color=_INK, zorder=4
            )
    taken: list[tuple[float, float]] = []
    for arrow, words in labels.items():
        turned = arrow in back
        way = ways[(arrow[1], arrow[0]) if turned else arrow]
        points, codes = [(at[way[0]][0] + _BOX, at[way[0]][1])], [Path.MOVETO]
        for node in way[1:]:
            (x0, y0), (x1, y1) = points[-1], at[node]
            points += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
            codes += [Path.CURVE4] * 3
            if node != way[-1]:  # a thing that the arrow passes by: level across its column
                points.append((x1 + _BOX, y1))
                codes.append(Path.LINETO)
        if turned:
            points.reverse()
            codes = [Path.MOVETO, *reversed(codes[1:])]
        axes.add_patch(
            FancyArrowPatch(
                path=Path(points, codes),
                arrowstyle="-|>",
                mutation_scale=9,
                color=_PALE,
                linewidth=0.9,
                linestyle="--" if turned else "-",
                zorder=1,
            )
        )
        first = points[:4]
        words = [line for word in words if word for line in _wrap(word, gap - 0.2, _SMALL)]
        spots = [_bezier(first, t) for t in (0.5, 0.35, 0.65, 0.25, 0.75)] if codes[1] == Path.CURVE4 else [points[0]]
        x, y = next((spot for spot in spots if all(abs(spot[0] - a) > 0.14 or abs(spot[1] - b) > 0.14 for a, b in taken)), spots[0])
        taken.append((x, y))
        if words:
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            axes.text(x, y, "\n".join(words), fontsize=_SMALL, ha="center", va="center", color=_INK, bbox=box, zorder=3)
    return page.figure


def _bezier(points: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return sum(w * x for w, (x, _) in zip(weights, points, strict=True)), sum(w * y for w, (_, y) in zip(weights, points, strict=True))


def _layer(count: int, arrows: Sequence[Arrow]) -> tuple[list[int], set[Arrow]]:
    """The layer of each node, the longest way from a root, and the arrows that close a circle and are left out of it."""
    after: list[list[int]] = [[] for _ in range(count)]
    entered = [0] * count
    for start, end in arrows:
        after[start].append(end)
        entered[end] += 1
    state, back, done = [0] * count, set(), []
    for root in sorted(range(count), key=lambda node: entered[node] > 0):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(after[root]))]
        while stack:
            node, following = stack[-1]
            for end in following:
                if state[end] == 1:
                    back.add((node, end))
                elif not state[end]:
                    state[end] = 1
                    stack.append((end, iter(after[end])))
                    break
            else:
                state[node] = 2
                done.append(node)
                stack.pop()
    layer = [0] * count
    for node in reversed(done):
        for end in after[node]:
            if (node, end) not in back:
                layer[end] = max(layer[end], layer[node] + 1)
    return layer, back


def _order(layer: Sequence[int], arrows: Sequence[Arrow]) -> tuple[list[list[int]], dict[Arrow, list[int]]]:
    """The nodes of each layer from top to bottom, with few crossings, and the way of each arrow through them.

    An arrow over several layers gets a node of its own in each layer between, numbered after the real ones.
    """
    order: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for node, place in enumerate(layer):
        order[place].append(node)
    ways, count = {}, len(layer)
    for start, end in dict.fromkeys(arrows):
        between = list(range(count, count + layer[end] - layer[start] - 1))
        count += len(between)
        for place, node in enumerate(between, layer[start] + 1):
            order[place].append(node)
        ways[start, end] = [start, *between, end]
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for way in ways.values():
        for a, b in pairwise(way):
            right[a].append(b)
            left[b].append(a)
    best, fewest = [list(nodes) for nodes in order], _crossings(order, right)
    for sweep in range(8):
        beside, places = (left, range(1, len(order))) if sweep % 2 == 0 else (right, range(len(order) - 2, -1, -1))
        for place in places:
            position = {node: i for nodes in order for i, node in enumerate(nodes)}
            centre = {n: sum(position[m] for m in beside[n]) / len(beside[n]) if beside[n] else position[n] for n in order[place]}
            order[place].sort(key=centre.__getitem__)
        if (crossed := _crossings(order, right)) < fewest:
            best, fewest = [list(nodes) for nodes in order], crossed
    return best, ways


def _crossings(order: Sequence[Sequence[int]], right: Mapping[int, Sequence[int]]) -> int:
    position = {node: i for nodes in order for i, node in enumerate(nodes)}
    crossed = 0
    for nodes in order:
        lines = [(position[a], position[b]) for a in nodes for b in right.get(a, ())]
        crossed += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(lines) for c, d in lines[:i])
    return crossed


KINDS: Final[dict[str, Callable[[_Sheet], Any]]] = {
    "forest": _forest,
    "bars": _bars,
    "timeline": _timeline,
    "heat": _heat,
    "layers": _chain,
}
"""Kind of a picture, as in questions.PICTURES -> what draws it."""
