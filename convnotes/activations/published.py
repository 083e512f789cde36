"""What a copy of an activation is: the activation itself, found by its name."""

from importlib import import_module
from typing import Any


class Published:
    """Something that ``convnotes.activations`` publishes under its ``name``.

    Pickled and copied as a function is, by name: its formula is code, which pickle doesn't carry.
    """

    name: str

    def __reduce_ex__(self, protocol: int) -> Any:  # noqa: ANN401
        if published(self.name) is self:
            return published, (self.name,)
        return super().__reduce_ex__(protocol)


def published(name: str) -> Any:  # noqa: ANN401
    """Return what is published under a name, or None.

    Examples:
        >>> from convnotes.activations.published import published
        >>> published("relu").name
        'relu'
    """
    return getattr(import_module("convnotes.activations"), name, None)
