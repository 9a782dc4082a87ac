"""A name as somebody types it in, the one form of all its spellings out: two names of one form are one name."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize

_GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta", "ι": "iota",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau",
    "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_AMERICAN: Final = (
    (r"aemi", "emi"), (r"oedem", "edem"), (r"haem", "hem"), (r"leuco", "leuko"), (r"tumour", "tumor"), (r"paed", "ped"), (r"oesoph", "esoph"),
    (r"diarrhoea", "diarrhea"), (r"gynae", "gyne"), (r"faec", "fec"), (r"coeliac", "celiac"), (r"aetiolog", "etiolog"), (r"anaes", "anes"),
    (r"(?<=\w\w\w)isation", "ization"), (r"(?<=\w\w\w)ised\b", "ized"), (r"(?<=\w\w\w)ising\b", "izing"), (r"labour", "labor"),
    (r"behaviour", "behavior"), (r"fibre", "fiber"), (r"centre", "center"), (r"litre", "liter"), (r"programme", "program"),
    (r"hemat(?:ological|ologic)\b", "hematologic"), (r"neurological\b", "neurologic"), (r"alfa\b", "alpha"),
)  # fmt: skip
"""British spellings and older ones -> those that stand for both."""
_SIGNS: Final = {"≥": " from ", "≤": " upto ", ">": " over ", "<": " under ", "&": " and ", "+": " plus "}


def fold(name: str) -> str:
    """The form of a name: without case, accents, hyphens and plurals, Greek letters in words, American spelling.

    >>> fold("Interferon-β 1a") == fold("interferon beta-1a"), fold("haematological tumours"), fold("Sjögren")
    (True, 'hematologic tumor', 'sjogren')
    """
    text = "".join(character for character in normalize("NFKD", name) if not combining(character)).casefold()
    text = "".join(f" {_GREEK[character]} " if character in _GREEK else _SIGNS.get(character, character) for character in text)
    text = re.sub(r"\b(alpha|beta|gamma)(?=\d)", r"\1 ", text)
    words = re.sub(r"[^\w.%/]+|_", " ", text.replace("'s ", " ")).split()
    text = " ".join(words)
    for british, american in _AMERICAN:
        text = re.sub(british, american, text)
    return " ".join(map(_singular, text.split()))


def _singular(word: str) -> str:
    """A word of several letters without the ending of its plural; words in -ss, -us and -is have none."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
