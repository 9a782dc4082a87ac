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
from pmlkg.pictures.page import NoPicture, save, style
from pmlkg.pictures.sheet import Drawable, Sheet, read_sheet
from pmlkg.pictures.timeline import timeline

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    with style():
        figure: Figure = KINDS[question.picture.kind](read_sheet(answer, question, question.picture))
        return figure


def render(answer: Drawable, format: str) -> bytes:
    """The picture of an answer as "svg" or "png"; the same bytes for the same answer."""
    return save(draw(answer), format, answer.question.title if answer.question else "")


KINDS: Final[dict[str, Callable[[Sheet], Any]]] = {
    "forest": forest,
    "bars": bars,
    "timeline": timeline,
    "heat": heat,
    "layers": chain,
}
"""Kind of a picture, as in questions.PICTURES -> what draws it."""
