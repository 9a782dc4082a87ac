"""Arrows in layers from left to right: chains of steps, and proofs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pmlkg.notebook import NOTICE
from pmlkg.pictures.page import EDGE, INK, PALE, SIZE, SMALL, NoPicture, Page, style, wrap
from pmlkg.pictures.sheet import Row, Sheet, join
from pmlkg.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure


Arrow = tuple[int, int]
_BOX, _LEAST, _STEP = 1.75, 0.8, 0.42  # inches: a box, the narrowest, and between layers that go down


def chain(sheet: Sheet) -> Figure:
    """The arrows of an answer, numbered; what is said of each and by whom stands below."""
    arrows: dict[tuple[str, str], list[Row]] = defaultdict(list)
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
        words = join(dict.fromkeys(row["label"] for row in rows))
        sources = ", ".join(dict.fromkeys(source for row in rows for source in row.sources))
        notes.append(f"{number}  {start} → {end}{f' ({words})' if words else ''}: {sources}")
    if without:
        notes.append(f"{len(without)} row{' is' if len(without) == 1 else 's are'} not drawn, for want of a beginning or an end.")
    numbered = [(start, str(number), end) for number, (start, end) in enumerate(arrows, 1)]
    return draw_layers(numbered, sheet.head, notes + sheet.notes, sheet.foot, sheet.look.width)


def draw_layers(
    rows: Sequence[tuple[str, str, str]], head: Sequence[str], notes: list[str], foot: Sequence[str], width: float | None = None
) -> Figure:
    """Boxes and arrows on a page: what leads to a thing stands left of it, or above it where the page is too narrow for that."""
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
    order, ways = order_layers(layer, [(b, a) if (a, b) in back else (a, b) for a, b in labels])
    gap = 0.6 + min(max((len(label) for found in labels.values() for label in found), default=0) * 0.065, 1.6)
    across = max(2 * EDGE + len(order) * _BOX + (len(order) - 1) * gap, 6)
    down = width is not None and across > width
    page, box, texts, high, at = (_down if down else _right)(order, names, width or across, gap, head, notes, foot)
    axes = page.canvas()
    for node, lines in enumerate(texts):
        x, y = at[node]
        axes.add_patch(
            FancyBboxPatch(
                (x, y - high[node] / 2),
                box,
                high[node],
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor="white",
                edgecolor=INK,
                zorder=2,
                gid=f"box-{node}",
            )
        )
        for i, text in enumerate(lines):
            axes.text(
                x + box / 2, y + 0.16 * ((len(lines) - 1) / 2 - i), text, fontsize=SIZE, ha="center", va="center", color=INK, zorder=4
            )

    def start_of(node: int) -> tuple[float, float]:
        """Where an arrow comes in."""
        x, y = at[node]
        return (x + box / 2, y + high[node] / 2) if down else (x, y)

    def end_of(node: int) -> tuple[float, float]:
        """Where an arrow goes out."""
        x, y = at[node]
        return (x + box / 2, y - high[node] / 2) if down else (x + box, y)

    taken: list[tuple[float, float]] = []
    for arrow, words in labels.items():
        turned = arrow in back
        way = ways[(arrow[1], arrow[0]) if turned else arrow]
        points, codes = [end_of(way[0])], [Path.MOVETO]
        for node in way[1:]:
            (x0, y0), (x1, y1) = points[-1], start_of(node)
            points += [(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)] if down else [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)]
            points.append((x1, y1))
            codes += [Path.CURVE4] * 3
            if node != way[-1]:  # a thing that the arrow passes by: straight across its layer
                points.append(end_of(node))
                codes.append(Path.LINETO)
        if turned:
            points.reverse()
            codes = [Path.MOVETO, *reversed(codes[1:])]
        axes.add_patch(
            FancyArrowPatch(
                path=Path(points, codes),
                arrowstyle="-|>",
                mutation_scale=9,
                color=PALE,
                linewidth=0.9,
                linestyle="--" if turned else "-",
                zorder=1,
            )
        )
        first = points[:4]
        words = [line for word in words if word for line in wrap(word, box if down else gap - 0.2, SMALL)]
        spots = [_bezier(first, t) for t in (0.5, 0.35, 0.65, 0.25, 0.75)] if codes[1] == Path.CURVE4 else [points[0]]
        x, y = next((spot for spot in spots if all(abs(spot[0] - a) > 0.14 or abs(spot[1] - b) > 0.14 for a, b in taken)), spots[0])
        taken.append((x, y))
        if words:
            ground = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            axes.text(x, y, "\n".join(words), fontsize=SMALL, ha="center", va="center", color=INK, bbox=ground, zorder=3)
    return page.figure


_Laid = tuple[Page, float, list[list[str]], dict[int, float], dict[int, tuple[float, float]]]
"""The page, the width of a box, the lines of each, the height of each node, and where it stands: its left edge and its middle."""


def _right(order: Sequence[Sequence[int]], names: Sequence[str], width: float, gap: float, *around: Sequence[str]) -> _Laid:
    """Layers from left to right."""
    texts = [wrap(name, _BOX - 0.2, SIZE) for name in names]
    high = {node: 0.16 * len(texts[node]) + 0.16 if node < len(names) else 0.2 for nodes in order for node in nodes}
    tall = [sum(high[node] for node in nodes) + 0.32 * (len(nodes) - 1) for nodes in order]
    body = max(tall) + 0.2
    page = Page(width, body, *around)
    at = {}
    for place, nodes in enumerate(order):
        y = page.top - 0.1 - (body - 0.2 - tall[place]) / 2
        for node in nodes:
            at[node] = (EDGE + place * (_BOX + gap), y - high[node] / 2)
            y -= high[node] + 0.32
    return page, _BOX, texts, high, at


def _down(order: Sequence[Sequence[int]], names: Sequence[str], width: float, _: float, *around: Sequence[str]) -> _Laid:
    """Layers from top to bottom; boxes as wide as the fullest layer lets them be, and an arrow that passes by takes little room."""
    inner, beside, thin = width - 2 * EDGE, 0.15, 0.12

    def room(nodes: Sequence[int], box: float) -> float:
        return sum(box if node < len(names) else thin for node in nodes) + beside * (len(nodes) - 1)

    box = _BOX
    while box > _LEAST and any(room(nodes, box) > inner for nodes in order):
        box -= 0.05
    texts = [wrap(name, box - 0.15, SIZE) for name in names]
    tall = [max((0.16 * len(texts[node]) + 0.16 for node in nodes if node < len(names)), default=0.2) for nodes in order]
    high = {
        node: 0.16 * len(texts[node]) + 0.16 if node < len(names) else tall[place] for place, nodes in enumerate(order) for node in nodes
    }
    body = sum(tall) + _STEP * (len(order) - 1) + 0.2
    page = Page(width, body, *around)
    at, y = {}, page.top - 0.1
    for place, nodes in enumerate(order):
        x = EDGE + (inner - room(nodes, box)) / 2
        for node in nodes:
            wide = box if node < len(names) else thin
            at[node] = (x + wide / 2 - box / 2, y - tall[place] / 2)
            x += wide + beside
        y -= tall[place] + _STEP
    return page, box, texts, high, at


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


def order_layers(layer: Sequence[int], arrows: Sequence[Arrow]) -> tuple[list[list[int]], dict[Arrow, list[int]]]:
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


def layers(rows: Iterable[tuple[str, str, str]], title: str = "", notes: Sequence[str] = ()) -> Figure:
    """Arrows (from, label, to), drawn in layers from left to right: what leads to a thing stands left of it.

    An arrow that closes a circle goes back and is dashed. Raises NoPicture where there are no rows or no matplotlib.
    """
    with style():
        return draw_layers(list(rows), [title] if title else [], [*notes], [f"pmlkg {__version__}. {NOTICE}"])
