"""Tables of words whose cells are told apart by shade and hatching."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pmlkg.pictures.page import EDGE, INK, SIZE, SMALL, NoPicture, Page, wrap
from pmlkg.pictures.sheet import Row, Sheet, join, missing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_HATCHES: Final = ("", "////", "....", "xxxx", "----", "oo", "++")
_SHADES: Final = ("#dcebdc", "#f3d9d4", "#f5f0cf", "#d8e2ef", "#e8dcef", "#e9e9e9", "#d5ecec")


def heat(sheet: Sheet) -> Figure:
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
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in told:
        cells[row["label"], row["across"]].append(row)
    parts = {
        key: [
            (
                row,
                [*wrap(join((row["value"], row["text"])), wide - 0.2, SMALL), *wrap(", ".join(row.sources), wide - 0.2, SMALL - 0.8)],
            )
            for row in rows
        ]
        for key, rows in cells.items()
    }
    labels = {name: wrap(name, left - 0.2, SIZE) for name in names}
    tops = [wrap(head, wide - 0.2, SMALL * 1.2) for head in heads]
    head_height = 0.13 * max(map(len, tops)) + 0.12
    heights = {
        name: max(
            0.15 * len(labels[name]) + 0.12,
            *(sum(0.125 * len(lines) + 0.12 for _, lines in parts.get((name, head), [])) for head in heads),
            0.3,
        )
        for name in names
    }
    notes = sheet.notes + missing(without, "for want of a value")
    page = Page(2 * EDGE + left + wide * len(heads), head_height + sum(heights.values()), sheet.head, notes, sheet.foot)
    axes = page.canvas(zorder=-1)
    top = page.top
    for j, lines in enumerate(tops):
        for i, text in enumerate(lines):
            page.write(EDGE + left + j * wide + 0.05, top - 0.13 * i, text, SMALL, weight="bold")
    top -= head_height
    for name in names:
        for i, text in enumerate(labels[name]):
            page.write(EDGE, top - 0.06 - 0.15 * i, text, SIZE)
        for j, head in enumerate(heads):
            x, y = EDGE + left + j * wide, top
            axes.add_patch(Rectangle((x, top - heights[name]), wide, heights[name], facecolor="white", edgecolor="#999999", linewidth=0.6))
            here = parts.get((name, head), [])
            spare = (heights[name] - sum(0.125 * len(lines) + 0.12 for _, lines in here)) / max(len(here), 1)
            for row, lines in here:
                high = 0.125 * len(lines) + 0.12 + spare
                kind = values.index(row["value"]) % len(_HATCHES)
                axes.add_patch(Rectangle((x, y - high), wide, high, facecolor=_SHADES[kind], edgecolor="#999999", linewidth=0.6))
                # The hatch is a strip at the left, so that it never lies below the words.
                axes.add_patch(
                    Rectangle((x, y - high), 0.1, high, facecolor="white", edgecolor=INK, linewidth=0.5, hatch=_HATCHES[kind] * 2)
                )
                for i, text in enumerate(lines):
                    page.write(x + 0.15, y - 0.05 - 0.125 * i, text, SMALL if i < len(lines) - 1 else SMALL - 0.8)
                y -= high
        top -= heights[name]
    return page.figure
