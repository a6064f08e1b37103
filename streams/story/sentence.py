"""A sentence in both languages."""

from __future__ import annotations

from typing import NamedTuple

from schemas.base import Model


class Sentence(NamedTuple):
    """The same thing in both languages; as a template, `{name}` is a field of what it tells."""

    zh: str
    en: str


Sentences = dict[type[Model], Sentence]
Notes = dict[tuple[type[Model], str], Sentence]
"""Added to the sentence of a model where the field is set."""
