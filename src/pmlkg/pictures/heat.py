"""Tables of words whose cells are told apart by shade and hatching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pmlkg.pictures.page import EDGE, INK, SIZE, SMALL, NoPicture, Page, wrap
from pmlkg.pictures.sheet import Row, Sheet, join, missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_HATCHES: Final = ("", "////", "....", "xxxx", "----", "oo", "++")
_LEAST, _BETWEEN = 1.2, 0.25  # inches of a column at least, and between the parts of a table that is too wide for its page
_SHADES: Final = ("#dcebdc", "#f3d9d4", "#f5f0cf", "#d8e2ef", "#e8dcef", "#e9e9e9", "#d5ecec")


def heat(sheet: Sheet) -> Figure:
    """A table of rows (label) and columns (across); a cell says its value in words, with a hatch of its own."""
    without = [row for row in sheet.rows if not row["value"]]
    told = [row for row in sheet.rows if row["value"]]
    if not told:
        raise NoPicture("no row of this answer has a value, so there is nothing to draw")
    heads = list(dict.fromkeys(row["across"] for row in told))
    values = list(dict.fromkeys(row["value"] for row in told))
    width = sheet.look.width
    left = min(3.4, 0.3 * width) if width else 3.4
    beside = max(1, int((width - 2 * EDGE - left) / _LEAST)) if width else len(heads)
    blocks = [heads[start : start + beside] for start in range(0, len(heads), beside)]
    wide = (width - 2 * EDGE - left) / min(beside, len(heads)) if width else max(1.75, min(4.0, 7.5 / len(heads)))
    tables = [_Table(sheet, [row for row in told if row["across"] in block], block, left, wide) for block in blocks]
    notes = sheet.notes + missing(without, "for want of a value") + sheet.references
    body = sum(table.height for table in tables) + _BETWEEN * (len(tables) - 1)
    page = Page(2 * EDGE + left + wide * min(beside, len(heads)), body, sheet.head, notes, sheet.foot)
    axes = page.canvas(zorder=-1)
    top = page.top
    for table in tables:
        table.draw(page, axes, top, values)
        top -= table.height + _BETWEEN
    return page.figure


class _Table:
    """Some columns of the table, with the rows that have a cell in them, laid out."""

    def __init__(self, sheet: Sheet, rows: Sequence[Row], heads: Sequence[str], left: float, wide: float) -> None:
        self.heads, self.left, self.wide = heads, left, wide
        names = list(dict.fromkeys(row["label"] for row in rows))
        self.cells: dict[tuple[str, str], list[tuple[Row, list[str]]]] = defaultdict(list)
        for row in rows:
            text = f"{join((row['value'], row['text']))} {sheet.cite(row)}"
            self.cells[row["label"], row["across"]].append((row, wrap(text, wide - 0.25, SMALL)))
        self.labels = {name: wrap(name, left - 0.2, SIZE) for name in names}
        self.tops = [wrap(head, wide - 0.2, SMALL * 1.2) for head in heads]
        self.head_height = 0.13 * max(map(len, self.tops)) + 0.12
        self.heights = {
            name: max(
                0.15 * len(self.labels[name]) + 0.12,
                *(sum(0.125 * len(lines) + 0.12 for _, lines in self.cells.get((name, head), [])) for head in heads),
                0.3,
            )
            for name in names
        }

    @property
    def height(self) -> float:
        return self.head_height + sum(self.heights.values())

    def draw(self, page: Page, axes: Axes, top: float, values: Sequence[str]) -> None:
        """values : of the whole picture, each of which has its hatch and shade."""
        from matplotlib.patches import Rectangle

        for j, lines in enumerate(self.tops):
            for i, text in enumerate(lines):
                page.write(EDGE + self.left + j * self.wide + 0.05, top - 0.13 * i, text, SMALL, weight="bold")
        top -= self.head_height
        for name, height in self.heights.items():
            for i, text in enumerate(self.labels[name]):
                page.write(EDGE, top - 0.06 - 0.15 * i, text, SIZE)
            for j, head in enumerate(self.heads):
                x, y = EDGE + self.left + j * self.wide, top
                axes.add_patch(Rectangle((x, top - height), self.wide, height, facecolor="white", edgecolor="#999999", linewidth=0.6))
                here = self.cells.get((name, head), [])
                spare = (height - sum(0.125 * len(lines) + 0.12 for _, lines in here)) / max(len(here), 1)
                for row, lines in here:
                    high = 0.125 * len(lines) + 0.12 + spare
                    kind = values.index(row["value"]) % len(_HATCHES)
                    axes.add_patch(Rectangle((x, y - high), self.wide, high, facecolor=_SHADES[kind], edgecolor="#999999", linewidth=0.6))
                    # The hatch is a strip at the left, so that it never lies below the words.
                    axes.add_patch(
                        Rectangle((x, y - high), 0.1, high, facecolor="white", edgecolor=INK, linewidth=0.5, hatch=_HATCHES[kind] * 2)
                    )
                    for i, text in enumerate(lines):
                        page.write(x + 0.15, y - 0.05 - 0.125 * i, text, SMALL)
                    y -= high
            top -= height
