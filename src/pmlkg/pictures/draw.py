"""Pictures of answers, for where a person would rather look. Needs matplotlib, the extra `pictures`.

The `picture:` of a question's header says what is drawn from which column. Every row stands in its picture with population,
figure, unit and source, or is counted below it. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pmlkg.pictures.heat import heat
from pmlkg.pictures.intervals import bars, forest
from pmlkg.pictures.layers import chain
from pmlkg.pictures.page import Look, NoPicture, save, style
from pmlkg.pictures.sheet import Drawable, Sheet, read_sheet
from pmlkg.pictures.timeline import timeline

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(answer: Drawable, look: Look = Look()) -> Figure:  # noqa: B008 - it cannot be changed
    """The picture of an answer, as its question's header says.

    Raises ValueError for a look that cannot be had, NoPicture where the question has none, where there are no rows, and where matplotlib is not installed.
    """
    question = answer.question
    if question is None or question.picture is None:
        raise NoPicture(
            f"{question.name if question else 'a query without a name'} has no picture; right: one of those that pmlkg ask --pictures lists"
        )
    if not answer.rows:
        raise NoPicture(f"{question.name} has no rows with these parameters, so there is nothing to draw")
    look.check()
    with style():
        figure: Figure = KINDS[question.picture.kind](read_sheet(answer, question, question.picture, look))
        return figure


def render(answer: Drawable, format: str, look: Look = Look()) -> bytes:  # noqa: B008
    """The picture of an answer in one of page.FORMATS; the same bytes for the same answer."""
    return save(draw(answer, look), format, answer.question.title if answer.question else "", look.dpi)


KINDS: Final[dict[str, Callable[[Sheet], Any]]] = {
    "forest": forest,
    "bars": bars,
    "timeline": timeline,
    "heat": heat,
    "layers": chain,
}
"""Kind of a picture, as in questions.PICTURES -> what draws it."""
