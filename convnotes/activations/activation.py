"""What every activation is: a function with its slope, its formula and its facts."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Activation:
    """An elementwise function for the numbers inside a network, called like a function.

    Attributes:
        name: Its name, PyTorch's where PyTorch has it.
        formula: Its definition in LaTeX, in the letters of `parameters`.
        range: The lower and the upper bound of its values, attained or approached, at the default
            parameters.
        kinks: Where it has no derivative, at the default parameters.
        source: Where it comes from.

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

    @property
    def parameters(self) -> dict[str, float | str]:
        """The options it takes by name, each with its default."""
        options = list(inspect.signature(self.value).parameters.values())[1:]
        return {option.name: option.default for option in options}

    def __call__(self, x: ArrayLike, **parameters: float | str) -> NDArray[np.floating]:
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

    def derivative(self, x: ArrayLike, **parameters: float | str) -> NDArray[np.floating]:
        """Return its slope at every number of x.

        At a kink, where the slopes from the left and from the right differ, it is one of the two:
        the one PyTorch's function of the same name gives.

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
        self, function: Callable[..., NDArray], x: ArrayLike, parameters: dict[str, float | str]
    ) -> NDArray[np.floating]:
        defaults = self.parameters
        unknown = sorted(parameters.keys() - defaults.keys())
        if unknown:
            known = ", ".join(defaults) or "no options"
            raise TypeError(f"{unknown[0]}={parameters[unknown[0]]!r}: {self.name} takes {known}")
        numbers = as_floats(x)
        wide = widened(numbers)
        with np.errstate(over="ignore"):  # a value beyond the largest of the dtype is infinity
            result = function(wide, **(defaults | parameters))
            return np.where(np.isnan(wide), wide, result).astype(numbers.dtype)[()]


def as_floats(x: ArrayLike) -> NDArray[np.floating]:
    """Return x as an array of floats: a floating dtype is kept, integers become float64.

    Args:
        x: Any shape.

    Returns:
        The same shape.

    Raises:
        TypeError: If x isn't real numbers.

    Examples:
        >>> as_floats([1, 2]).dtype, as_floats(np.float32(1)).dtype
        (dtype('float64'), dtype('float32'))
    """
    numbers = np.asarray(x)
    if numbers.dtype.kind not in "fiub":
        raise TypeError(f"x has dtype {numbers.dtype}, not real numbers")
    return numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64)


def widened(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return float16 as float32, to compute in: it has room for neither constants nor sums.

    Args:
        numbers: Floats, any shape.

    Returns:
        The same numbers; float32 and wider are returned as they are.

    Examples:
        >>> widened(np.float16([1])).dtype, widened(np.float64([1])).dtype
        (dtype('float32'), dtype('float64'))
    """
    return numbers.astype(np.result_type(numbers, np.float32), copy=False)
