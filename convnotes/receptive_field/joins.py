"""Where branches meet: added, concatenated, or begun again from a named layer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any

from convnotes.receptive_field.values import where_is


class Join:
    """Branches whose ends are put together; see `Add`."""

    def __init__(
        self,
        *branches: Iterable[Any],
        name: str | None = None,
        weights: Sequence[int | Fraction] | None = None,
    ) -> None:
        self.branches = branches
        self.name = name
        where, kind = where_is(self), type(self).__name__
        if not branches:
            raise ValueError(f"{where}{kind}() must join at least one branch")
        for branch in branches:
            if not isinstance(branch, list | tuple):
                raise TypeError(
                    f"{where}{kind}: the branch {branch!r} must be a list, as all branches"
                )
        if weights is not None and not isinstance(weights, list | tuple):
            raise TypeError(f"{where}weights={weights!r} must be whole numbers or Fractions")
        shares = (1,) * len(branches) if weights is None else tuple(weights)
        if not all(isinstance(share, Rational) for share in shares):
            raise TypeError(f"{where}weights={shares} must be whole numbers or Fractions")
        if len(shares) != len(branches) or min(shares) <= 0:
            words = f"{len(branches)} numbers above 0, one for each of the branches"
            raise ValueError(f"{where}weights={shares} must be {words}")
        self.weights = tuple(Fraction(share, sum(shares)) for share in shares)

    def __repr__(self) -> str:
        name = [] if self.name is None else [f"name={self.name!r}"]
        return f"{type(self).__name__}({', '.join([*map(repr, self.branches), *name])})"


class Add(Join):
    """Branches whose ends are added, or multiplied; a residual block is one.

    Args:
        *branches: Lists of operations, all beginning at what comes before the join; the empty list
            is a shortcut that changes nothing.
        name: What the trace, the errors and [`From`][convnotes.receptive_field.From] call it.
        weights: The share of each branch in the
            [`effective_variance`][convnotes.receptive_field.effective_variance] and in the
            [`effective_field`][convnotes.receptive_field.effective_field], such as its number of
            channels; equal if left out. Sizes and positions don't depend on it.

    Raises:
        TypeError: If a branch is not a list, or a weight is not a whole number or a ``Fraction``.
        ValueError: If there is no branch, or not one weight above 0 for each.

    Examples:
        >>> from convnotes.receptive_field import Add, Layer
        >>> Add([Layer(3, padding=1), Layer(3, padding=1)], [], name="residual block").name
        'residual block'
    """


class Concat(Join):
    """Branches whose ends are concatenated along the channels.

    For the field it is the same as [`Add`][convnotes.receptive_field.Add], with the same arguments.

    Examples:
        >>> from convnotes.receptive_field import Concat, Layer
        >>> Concat([Layer(1)], [Layer(1), Layer(3, padding=1)])
        Concat([Layer(kernel_size=1, stride=1, padding=0, dilation=1, name=None)], \
[Layer(kernel_size=1, stride=1, padding=0, dilation=1, name=None), \
Layer(kernel_size=3, stride=1, padding=1, dilation=1, name=None)])
    """


@dataclass(frozen=True)
class From:
    """Go on from a named layer instead of from the one before; ``"input"`` is the input.

    Attributes:
        name: The layer's or the join's name.

    Raises:
        TypeError: If ``name`` is not a string.

    Examples:
        >>> from convnotes.receptive_field import From
        >>> From("conv3")
        From(name='conv3')
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name={self.name!r} must be the name of a layer")
