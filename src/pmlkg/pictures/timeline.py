"""Figures over calendar years, a line for each cohort."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pmlkg.pictures.page import EDGE, INK, SIZE, SMALL, NoPicture, Page, wrap
from pmlkg.pictures.sheet import Row, Sheet, in_words, missing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_YEAR: Final = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_SPAN: Final = 4  # years that an axis shows at least
_MARKERS: Final = "osD^vP*X<>hp"
_DASHES: Final = ("-", "--", ":", "-.")


def _years(text: str) -> tuple[int, int] | None:
    """First and last year of a period in words; None where it names none."""
    found = [int(year) for year in _YEAR.findall(text)]
    return (min(found), max(found)) if found else None


def timeline(sheet: Sheet) -> Figure:
    """A line for each series over the years; a period is a level line over its years."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    panels: dict[tuple[str, str], list[Row]] = defaultdict(list)
    without, undated = [], []
    for row in sheet.rows:
        if row.number("value") is None:
            without.append(row)
        elif _years(row["period"]) is None:
            undated.append(row)
        else:
            panels[row["facet"], sheet.picture.axis or row["unit"].strip("()")].append(row)
    if not panels:
        raise NoPicture("no row of this answer has both a number and a year, so there is nothing to draw")
    legends: dict[tuple[str, str], list[tuple[int, list[str]]]] = {}
    width = sheet.look.width or 11.5
    wide = width - 2 * EDGE
    for key, rows in panels.items():
        series = list(dict.fromkeys(row.series for row in rows))
        legends[key] = [
            (i, wrap(f"{label}{whom and f'; {whom}'}. Source: {', '.join(sources)}", wide - 0.6, SIZE))
            for i, (label, whom, sources) in enumerate(series)
        ]
    tall = {key: sum(0.16 * len(lines) + 0.06 for _, lines in legend) for key, legend in legends.items()}
    notes = [*sheet.notes, "A period is a level line over its years; whiskers: confidence interval or range, where there is one."]
    notes += missing(without, "for want of a number") + missing(undated, "for want of a year")
    page = Page(width, sum(4.3 + 0.75 + tall[key] for key in panels), sheet.head, notes, sheet.foot)
    top = page.top
    for key, rows in panels.items():
        name = f"{key[0]} ({key[1]})" if key[0] and key[1] else key[0] or key[1]
        axes = page.axes(EDGE + 0.6, top - 4.1, wide - 0.8, 4.0)
        axes.spines["left"].set_visible(True)
        values = [n for row in rows for role in ("value", "low", "high") if (n := row.number(role)) is not None]
        log = (sheet.picture.scale or "log") == "log" and min(row.number("value") or 0 for row in rows) > 0
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            positive = [value for value in values if value > 0]
            axes.set_ylim(min(positive) / 1.6, max(positive) * 1.6)
        else:
            axes.set_ylim(min(0, *values) * 1.1, max(0, *values) * 1.1 or (0 if min(values) < 0 else 1))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        axes.tick_params(labelsize=SMALL + 0.5)
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
        axes.set_ylabel(f"{name}{', log scale' if log else ''}", fontsize=SIZE)
        axes.set_xlabel("calendar year", fontsize=SIZE)
        years = [year for row in rows for year in _years(row["period"]) or ()]
        if max(years) - min(years) < _SPAN:  # else the axis of a single year would go over centuries
            middle = (min(years) + max(years)) / 2
            axes.set_xlim(middle - _SPAN / 2, middle + _SPAN / 2)
        series = list(dict.fromkeys(row.series for row in rows))
        for i, one in enumerate(series):
            points = [((_years(row["period"]) or (0, 0)), row) for row in rows if row.series == one]
            points.sort(key=lambda point: point[0])
            middles = [(first + last) / 2 for (first, last), _ in points]
            heights = [row.number("value") or 0.0 for _, row in points]
            color = INK if i % 2 == 0 else "#27618f"
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
                axes.annotate(in_words(row), (x, y), xytext=(5, 5), textcoords="offset points", fontsize=SMALL, color=color, zorder=4)
        top -= 4.3 + 0.35
        canvas = page.canvas(zorder=-1)
        for i, lines in legends[key]:
            color = INK if i % 2 == 0 else "#27618f"
            canvas.plot([EDGE, EDGE + 0.2, EDGE + 0.4], [top - 0.07] * 3, color=color, linestyle=_DASHES[i % 4], linewidth=1.1)
            canvas.plot([EDGE + 0.2], [top - 0.07], marker=_MARKERS[i % len(_MARKERS)], color=color, markerfacecolor="white", markersize=6)
            for line in lines:
                page.write(EDGE + 0.55, top, line, SIZE)
                top -= 0.16
            top -= 0.06
        top -= 0.4
    return page.figure
