"""What every activation is: a function with its slope, its formula and its facts."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.activations.blocks import by_blocks
from convnotes.activations.published import Published
from convnotes.arguments import as_floats, is_whole, real_number


@dataclass(frozen=True, eq=False)
class Activation(Published):
    """An elementwise function for the numbers inside a network, called like a function.

    Attributes:
        name: Its name, PyTorch's where PyTorch has it.
        formula: Its definition in LaTeX. Letters other than x stand for the options; without them,
            it is the definition at the default parameters.
        range: The lower and the upper bound of its values, attained or approached, at the default
            parameters.
        kinks: Where it has no derivative, at the default parameters: the slope changes at once, or
            the value does.
        source: Where it comes from.
        kinks_for: Gives the kinks for any parameters, where they depend on them.
        per_channel: The options that may hold one number for each channel, on axis 1 of x.

    Examples:
        >>> from convnotes.activations import leaky_relu
        >>> leaky_relu([-2.0, 0.0, 3.0]).tolist()
        [-0.02, 0.0, 3.0]
        >>> leaky_relu([-2.0, 0.0, 3.0], negative_slope=0.5).tolist()
        [-1.0, 0.0, 3.0]
        >>> leaky_relu.derivative([-2.0, 3.0]).tolist()
        [0.01, 1.0]
        >>> leaky_relu.parameters, leaky_relu.kinks
        ({'negative_slope': 0.01}, (0.0,))
    """

    name: str
    formula: str
    value: Callable[..., NDArray] = field(repr=False)
    slope: Callable[..., NDArray] = field(repr=False)
    range: tuple[float, float]
    source: str
    kinks: tuple[float, ...] = ()
    kinks_for: Callable[..., tuple[float, ...]] | None = field(default=None, repr=False)
    per_channel: tuple[str, ...] = field(default=(), repr=False)

    @property
    def parameters(self) -> dict[str, float | str]:
        """The options it takes by name, each with its default."""
        return options_of(self.value)

    def __call__(self, x: ArrayLike, **parameters: ArrayLike | str) -> NDArray[np.floating]:
        """Return its value at every number of x.

        Args:
            x: Any shape. Integers count as float64.
            **parameters: Options by name, see `parameters`.

        Returns:
            The same shape and dtype. A number gives a number. NaN gives NaN.

        Raises:
            TypeError: If x isn't real numbers, or an option has an unknown name.
            ValueError: If an option has a value that makes no sense.
        """
        return self._apply(self.value, x, parameters)

    def derivative(self, x: ArrayLike, **parameters: ArrayLike | str) -> NDArray[np.floating]:
        """Return its slope at every number of x.

        At a kink it is one of the slopes beside it, to the left or to the right: the one PyTorch's
        function of the same name gives.

        Args:
            x: Any shape. Integers count as float64.
            **parameters: Options by name, see `parameters`.

        Returns:
            The same shape and dtype. A number gives a number. NaN gives NaN.

        Raises:
            TypeError: If x isn't real numbers, or an option has an unknown name.
            ValueError: If an option has a value that makes no sense.
        """
        return self._apply(self.slope, x, parameters)

    def _apply(
        self, function: Callable[..., NDArray], x: ArrayLike, parameters: dict[str, ArrayLike | str]
    ) -> NDArray[np.floating]:
        options = checked_options(self.name, self.parameters, parameters, self.per_channel)
        numbers = as_floats(x, "x")
        arrays = {}
        for name in self.per_channel:
            slopes = _along_channels(name, options[name], numbers)
            if slopes.ndim:
                arrays[name] = slopes
                del options[name]
            else:
                options[name] = float(slopes)
        return by_blocks(partial(function, **options), numbers, **arrays)


def options_of(function: Callable[..., NDArray], skip: int = 1) -> dict[str, float | str]:
    """Return what a function takes after its first arguments: each name with its default.

    Args:
        function: Takes `skip` arrays, then options.
        skip: How many arguments aren't options.

    Examples:
        >>> from convnotes.activations.activation import options_of
        >>> options_of(lambda x, alpha=1.0: x)
        {'alpha': 1.0}
    """
    return {option.name: option.default for option in _parameters(function)[skip:]}


@cache  # the registry's functions are asked at every call
def _parameters(function: Callable[..., NDArray]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


def checked_options(
    owner: str,
    defaults: dict[str, float | str],
    given: dict[str, ArrayLike | str],
    arrays: tuple[str, ...] = (),
) -> dict[str, ArrayLike | str]:
    """Return the defaults with what is given in their place.

    Args:
        owner: The name of the function whose options they are.
        defaults: Every option with its default.
        given: Options by name.
        arrays: The names of the options that may be arrays.

    Raises:
        TypeError: If an option has an unknown name, or isn't a number where its default is one.

    Examples:
        >>> from convnotes.activations.activation import checked_options
        >>> checked_options("elu", {"alpha": 1.0}, {"alpha": 2})
        {'alpha': 2.0}
    """
    options = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(defaults) or "no options"
            raise TypeError(f"{name}={value!r}: {owner} takes {known}")
        options[name] = value
        if name in arrays and isinstance(value, Iterable) and not isinstance(value, str):
            options[name] = as_floats(value, name)
        elif not isinstance(defaults[name], str):
            number = real_number(value, name)
            options[name] = number if isinstance(defaults[name], float) else value
    return options


def checked_axis(axis: SupportsIndex, name: str, numbers: NDArray) -> int:
    """Return the axis as an int.

    Args:
        axis: Counted from the end if below 0.
        name: What the errors call the array.
        numbers: The array that must have this axis.

    Raises:
        TypeError: If axis isn't a whole number.
        ValueError: If the array has no such axis.

    Examples:
        >>> import numpy as np
        >>> from convnotes.activations.activation import checked_axis
        >>> checked_axis(np.int64(-1), "x", np.zeros((2, 3)))
        -1
    """
    if not is_whole(axis):
        raise TypeError(f"axis={axis!r} must be a whole number")
    place = int(axis)
    if not -numbers.ndim <= place < numbers.ndim:
        raise ValueError(f"axis={place} is outside {name} of shape {numbers.shape}")
    return place


def _along_channels(name: str, option: ArrayLike, x: NDArray) -> NDArray[np.floating]:
    """Shape one number for each channel so that it meets axis 1 of x; one for all has no axes."""
    numbers = as_floats(option, name)
    if numbers.shape in ((), (1,)):
        return numbers.reshape(())
    if x.ndim < 2 or numbers.shape != x.shape[1:2]:
        raise ValueError(
            f"{name} of shape {numbers.shape} must be a number, or hold one for each channel "
            f"(axis 1) of x of shape {x.shape}"
        )
    return numbers.reshape(-1, *[1] * (x.ndim - 2))


def widened(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return float16 as float32, to compute in: it has room for neither constants nor sums.

    Args:
        numbers: Floats, any shape.

    Returns:
        The same numbers; float32 and wider are returned as they are.

    Examples:
        >>> import numpy as np
        >>> from convnotes.activations.activation import widened
        >>> widened(np.float16([1])).dtype, widened(np.float64([1])).dtype
        (dtype('float32'), dtype('float64'))
    """
    return numbers.astype(np.result_type(numbers, np.float32), copy=False)
