"""Rows on an axis: intervals (forest) and bars, one panel for each measure and unit."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from pmlkg.pictures.page import BAND, EDGE, FILL, INK, PALE, SIZE, SMALL, NoPicture, Page, wrap
from pmlkg.pictures.sheet import Row, Sheet, in_words, missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_RATIO: Final = re.compile(r"\bratio\b|\brelative risk\b")
_LINEAR: Final = re.compile(r"\bpercent\b|\bages?\b|(?<![\w-])(?:days|weeks|months|years)\)?$")
"""Names of axes on which a step is a step: shares, ages and times."""


class _Line(NamedTuple):
    """A row laid out: its lines of text left and right of the axis, and its height."""

    row: Row
    label: list[str]
    detail: list[str]
    figure: list[str]

    @property
    def height(self) -> float:
        return max(0.15 * len(self.label) + 0.125 * len(self.detail), 0.15 * len(self.figure)) + 0.09


_WIDTH, _GAP = 12.7, 0.2


class _Columns(NamedTuple):
    """Widths of the words on the left, of the axis, and of the figures on the right."""

    left: float
    plot: float
    right: float


def _columns(width: float) -> _Columns:
    inner = width - 2 * EDGE - 2 * _GAP
    right = min(max(0.254 * inner, 1.4), 0.36 * inner)
    plot = 0.356 * inner if width >= _WIDTH else 0.32 * inner
    return _Columns(inner - right - plot, plot, right)


def forest(sheet: Sheet) -> Figure:
    """Intervals, on a log scale unless the header says otherwise."""
    return _panels(sheet, bars=False)


def bars(sheet: Sheet) -> Figure:
    """Bars from nought."""
    return _panels(sheet, bars=True)


def _panels(sheet: Sheet, *, bars: bool) -> Figure:
    """One panel for each measure and unit: what is measured otherwise never shares an axis."""
    width = sheet.look.width or _WIDTH
    columns = _columns(width)
    panels: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    without = []
    for row in sheet.rows:
        if all(row.number(role) is None for role in ("value", "low", "high")):
            without.append(row)
            continue
        unit = sheet.picture.axis or row["unit"].strip("()")  # the unit of a ratio says that it is one
        lines = panels[row["facet"], unit]
        again = bool(lines) and lines[-1].row["label"] == row["label"]  # a name stands once, at the first of its rows
        figure = wrap(f"{in_words(row, unit)}  {sheet.cite(row)}", columns.right, SIZE)
        details = wrap(row["in_whom"], columns.left, SMALL) if row["in_whom"] and row["in_whom"] != row["label"] else []
        lines.append(_Line(row, [] if again and details else wrap(row["label"], columns.left, SIZE), details, figure))
    if not panels:
        raise NoPicture("no row of this answer has a number, so there is nothing to draw")
    alone = sum(line.row.number("low") is None and line.row.number("high") is None for lines in panels.values() for line in lines)
    notes = [*sheet.notes, _key(bars)]
    if alone:
        notes.append(f"{alone} row{' has' if alone == 1 else 's have'} a figure without an interval.")
    notes += missing(without, "for want of a number")
    heights = {key: sum(line.height for line in lines) for key, lines in panels.items()}
    body = sum(0.3 + height + 0.55 for height in heights.values())
    page = Page(width, body, sheet.head, notes + sheet.references, sheet.foot)
    top = page.top
    for (facet, unit), lines in panels.items():
        name = f"{facet} ({unit})" if facet and unit else facet or unit
        page.write(EDGE, top, name, 10 if width >= _WIDTH else SIZE, weight="bold")
        top -= 0.3
        scale = sheet.picture.scale or ("linear" if bars or _LINEAR.search(name) else "log")
        axis = sheet.picture.axis or name  # a panel of one host or cohort is named by it, its axis by what is measured
        _panel(page, top, heights[facet, unit], lines, axis, columns, bars=bars, log=scale == "log")
        top -= heights[facet, unit] + 0.55
    return page.figure


def _key(bars: bool) -> str:
    figure = "Bar: figure" if bars else "Filled circle: figure with interval; hollow circle: figure alone"
    return f"{figure}; line: confidence interval; dashed line: range; arrow: the figure lies beyond the bound, or the line goes on beyond the axis."


def _panel(page: Page, top: float, height: float, lines: Sequence[_Line], name: str, columns: _Columns, *, bars: bool, log: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    axes = page.axes(EDGE + columns.left + _GAP, top - height, columns.plot, height)
    ratio = bool(_RATIO.search(name))
    numbers = [n for line in lines for role in ("value", "low", "high") if (n := line.row.number(role)) is not None]
    log = log and max(numbers) > 0
    least, most = _limits([*numbers, *([1.0] if ratio else [])], log, bars, name)
    room = columns.plot / _columns(_WIDTH).plot
    if log:
        axes.set_xscale("log")
        decades = math.log10(most / least)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 3 * room else (1,)))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(max(round(6 * room), 2)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
    axes.set(xlim=(least, most), ylim=(height, 0), yticks=[])
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.set_xlabel(f"{name}{', log scale' if log else ''}", fontsize=SMALL, labelpad=1)
    if ratio:  # no difference between the two
        axes.axvline(1, color=PALE, linestyle=":", linewidth=1)
    place = 0.0
    for number, line in enumerate(lines):
        if number % 2 == 0:
            axes.axhspan(place, place + line.height, color=BAND, linewidth=0, zorder=0)
        middle = place + line.height / 2
        (_bar if bars else _mark)(axes, line.row, middle)
        _whisker(axes, line.row, middle, least, most)
        for x, first, second in ((EDGE, line.label, line.detail), (EDGE + columns.left + columns.plot + 2 * _GAP, line.figure, [])):
            y = top - middle + (0.15 * len(first) + 0.125 * len(second)) / 2
            for text in first:
                page.write(x, y, text, SIZE)
                y -= 0.15
            for text in second:
                page.write(x, y, text, SMALL, color=PALE)
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


def _mark(axes: Axes, row: Row, y: float) -> None:
    value = row.number("value")
    if value is None:
        return
    if axes.get_xscale() == "log" and value <= 0:  # nought has no place on a log scale: an arrow at the edge says so
        axes.plot([axes.get_xlim()[0]], [y], marker=8, color=INK, markersize=6, clip_on=False)
        return
    interval = row.number("low") is not None or row.number("high") is not None
    axes.plot([value], [y], marker="o", color=INK, markerfacecolor=INK if interval else "white", markersize=5.5, linestyle="none", zorder=3)


def _bar(axes: Axes, row: Row, y: float) -> None:
    value = row.number("value")
    if value is not None:
        axes.barh([y], [value], height=0.13, color=FILL, edgecolor=INK, linewidth=0.7, hatch="////", zorder=2)


def _whisker(axes: Axes, row: Row, y: float, least: float, most: float) -> None:
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
                arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0},
                zorder=3,
            )
            axes.plot([start], [y], marker="|", color=INK, markersize=7)
        return
    value = row.number("value")
    left = low if low is not None else value if value is not None else least
    right = high if high is not None else value if value is not None else most
    beyond = axes.get_xscale() == "log" and left <= 0
    dashed = row["bounds"] not in ("confidence interval", "")
    axes.plot(
        [max(left, least) if beyond else left, right], [y, y], color=INK, linewidth=1.3, linestyle=(0, (3, 2)) if dashed else "-", zorder=3
    )
    if beyond:
        axes.plot([least], [y], marker=8, color=INK, markersize=5, clip_on=False)
    ends = [end for end, known in ((left, low is not None and not beyond), (right, high is not None)) if known]
    axes.plot(ends, [y] * len(ends), marker="|", color=INK, markersize=6, linestyle="none", zorder=3)
