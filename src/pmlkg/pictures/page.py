"""The page of a picture: its looks, a figure with head and foot, and how it is saved. Lengths are in inches, from the lower left corner."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pmlkg.extras import load
from pmlkg.version import __version__

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


STYLE: Final = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so that a picture is the same everywhere
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,  # letters stay letters
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "pmlkg",
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "text.usetex": False,
}
INK, PALE, BAND, FILL = "#1a1a1a", "#555555", "#f2f2f2", "#c9d6e3"
EDGE: Final = 0.25
SIZE: Final = 8.5
SMALL: Final = 7.0


FORMATS: Final = ("svg", "png", "pdf")
_INCH: Final = {"mm": 25.4, "cm": 2.54, "in": 1.0}
_WIDE: Final = 9  # inches from which a title is set large


class Look(NamedTuple):
    """How a picture is to look: its width in inches (None: as wide as it needs), dots per inch of a PNG, how many rows, which panels.

    top : so many rows of each panel, the largest; of a picture without an axis the first.
    panel : only the panels of this name, such as a measure.
    """

    width: float | None = None
    dpi: int = 110
    top: int | None = None
    panel: str | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Look:
        """The look of what was typed, by field. Raises ValueError for what is no number or length."""
        try:
            numbers = {name: int(given[name]) for name in ("dpi", "top") if name in given}
        except ValueError:
            raise ValueError("dpi and top are whole numbers") from None
        wide = {"width": length(given["width"])} if "width" in given else {}
        return cls(**{**given, **numbers, **wide})

    def check(self) -> None:
        """Raise ValueError for what cannot be drawn."""
        if self.width is not None and not 3 <= self.width <= 60:
            raise ValueError(f"the width is {self.width:g} inches; right: from 3 to 60, such as 180mm or 7in")
        if not 30 <= self.dpi <= 2400:
            raise ValueError(f"the dots per inch are {self.dpi}; right: from 30 to 2400")
        if self.top is not None and self.top < 1:
            raise ValueError(f"the rows are {self.top}; right: a number from 1")


def length(text: str) -> float:
    """Inches of a length such as 180mm, 18cm or 7in. Raises ValueError for another.

    >>> round(length("180mm"), 2), length("7 in")
    (7.09, 7.0)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mm|cm|in)", text.strip())
    if not match:
        raise ValueError(f"{text!r} is no length; right: a number with mm, cm or in, such as 180mm")
    return float(match[1]) / _INCH[match[2]]


class NoPicture(ValueError):
    """An answer that cannot be drawn, and why."""


def save(figure: Figure, format: str, title: str = "", dpi: int = 110) -> bytes:
    """A picture in one of FORMATS, without the date."""
    creator = f"pmlkg {__version__}"
    known: dict[str, dict[str, str | None]] = {
        "svg": {"Creator": creator, "Date": None},
        "pdf": {"Creator": creator, "Producer": None, "CreationDate": None},
        "png": {"Software": None},
    }
    metadata = known[format]
    out = io.BytesIO()
    with style():
        figure.savefig(out, format=format, dpi=dpi, metadata=metadata | ({"Title": title} if title else {}))
    return out.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Our settings for as long as something is drawn or saved; those of the user come back."""
    matplotlib = load("matplotlib", "pictures")
    defaults = {name: matplotlib.rcParamsDefault[name] for name in matplotlib.rcParamsDefault if name != "backend"}
    with matplotlib.rc_context(defaults | STYLE):
        yield


class Page:
    """A figure with head and foot, in which the body lies between `top` and the foot."""

    def __init__(self, width: float, body: float, head: Sequence[str], notes: Sequence[str], foot: Sequence[str]) -> None:
        from matplotlib.figure import Figure

        inner = width - 2 * EDGE
        large = 13 if width >= _WIDE else 10.5
        above = [line for i, text in enumerate(head) for line in ((s, i == 0) for s in wrap(text, inner, large if i == 0 else SIZE))]
        below = [line for text in [*notes, *foot] for line in wrap(text, inner, SMALL)]
        tall = sum(0.26 if big else 0.17 for _, big in above)
        height = EDGE + tall + 0.15 + body + 0.15 + 0.145 * len(below) + EDGE
        self.width, self.height, self.figure = width, height, Figure(figsize=(width, height))
        y = height - EDGE
        for text, big in above:
            self.write(EDGE, y, text, large if big else SIZE, weight="bold" if big else "normal")
            y -= 0.26 if big else 0.17
        self.top = y - 0.15
        y = EDGE + 0.145 * len(below)
        for text in below:
            self.write(EDGE, y, text, SMALL, color=PALE)
            y -= 0.145

    def write(self, x: float, y: float, text: str, size: float, **how: Any) -> None:
        """Text whose upper left corner is there."""
        self.figure.text(x / self.width, y / self.height, text, fontsize=size, **{"va": "top", "ha": "left", "color": INK, **how})

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes whose lower left corner is there, without a frame but for the lower line."""
        axes = self.figure.add_axes((x / self.width, y / self.height, width / self.width, height / self.height))
        axes.spines[["top", "right", "left"]].set_visible(False)
        return axes

    def canvas(self, **limits: Any) -> Axes:
        """Axes over the whole page, in inches, without a frame."""
        axes = self.axes(0, 0, self.width, self.height)
        axes.set(xlim=(0, self.width), ylim=(0, self.height), **limits)
        axes.set_axis_off()
        return axes


def wrap(text: str, width: float, size: float) -> list[str]:
    """Lines of a text that fit into a width; nothing is cut, and a long word is broken."""
    return textwrap.wrap(text, max(int(width * 72 / (size * 0.57)), 6), break_on_hyphens=False) or [""]
