"""What softmax, maxout and the gated units are: functions over an axis, with their slopes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convnotes.activations.activation import checked_axis, checked_options, options_of, widened
from convnotes.activations.published import Published
from convnotes.arguments import as_floats


@dataclass(frozen=True, eq=False)
class Coupled(Published):
    """A function over an axis, called like a function: each output depends on several inputs.

    Attributes:
        name: Its name, PyTorch's where PyTorch has it.
        formula: Its definition in LaTeX. A gated unit's input is halved into a, then b.
        range: The lower and the upper bound of its values, attained or approached.
        source: Where it comes from.
        kinks: Where it has no derivative, and what is given there; empty if it has one everywhere.

    Examples:
        >>> import numpy as np
        >>> from convnotes.activations import glu, maxout, softmax
        >>> softmax([1000.0, 1000.0, -np.inf]).tolist()
        [0.5, 0.5, 0.0]
        >>> glu([6.0, 8.0, 0.0, 0.0]).tolist()
        [3.0, 4.0]
        >>> maxout([1.0, 5.0, -2.0, -3.0]).tolist()
        [5.0, -2.0]
        >>> maxout.gradient([1.0, 5.0, -2.0, -3.0], [10.0, 20.0]).tolist()
        [0.0, 10.0, 20.0, 0.0]
        >>> softmax.jacobian([0.0, 0.0]).tolist()
        [[0.25, -0.25], [-0.25, 0.25]]
    """

    name: str
    formula: str
    value: Callable[..., NDArray] = field(repr=False)
    pullback: Callable[..., NDArray] = field(repr=False)
    range: tuple[float, float]
    source: str
    kinks: str = ""
    parts: Callable[..., int] = field(default=lambda: 1, repr=False)

    @property
    def parameters(self) -> dict[str, float | str]:
        """The options it takes by name beside `axis`, each with its default."""
        return options_of(self.value)

    def __call__(self, x: ArrayLike, *, axis: int = -1, **parameters: int) -> NDArray[np.floating]:
        """Return its values along an axis of x.

        Args:
            x: Any shape of at least one axis. Integers count as float64.
            axis: The axis it works along. A gated unit needs an even length there, and maxout a
                multiple of `pieces`.
            **parameters: Options by name, see `parameters`.

        Returns:
            The same dtype, and x's shape with `axis` halved by a gated unit and divided by
            `pieces` by maxout. NaN and infinity propagate; a slice that leaves softmax no answer
            (one that holds NaN or +inf, or nothing but −inf) gives NaN.

        Raises:
            TypeError: If x isn't real numbers, axis isn't a whole number, or an option has an
                unknown name.
            ValueError: If x has no such axis, its length can't be divided, or an option has a
                value that makes no sense.
        """
        numbers, axis, options = self._checked(x, axis, parameters)
        wide = np.moveaxis(widened(numbers), axis, -1)
        # Infinity, and inf · 0, propagate; the sum over an empty axis is 0, and has a logarithm.
        with np.errstate(all="ignore"):
            result = self.value(wide, **options).astype(numbers.dtype)
        return np.moveaxis(result, -1, axis)

    def gradient(
        self, x: ArrayLike, grad_output: ArrayLike, *, axis: int = -1, **parameters: int
    ) -> NDArray[np.floating]:
        """Carry the gradient of a loss from the outputs back to the inputs.

        Args:
            x: What went in, any shape of at least one axis.
            grad_output: The slope of the loss for every output, the outputs' shape.
            axis: The axis the function works along.
            **parameters: Options by name, see `parameters`.

        Returns:
            The slope of the loss for every input: `grad_output` times the Jacobian, in x's shape
            and dtype.

        Raises:
            TypeError: If x or grad_output isn't real numbers, or an option has an unknown name.
            ValueError: If x has no such axis, its length can't be divided, or grad_output hasn't
                the outputs' shape.
        """
        numbers, axis, options = self._checked(x, axis, parameters)
        upstream = as_floats(grad_output, "grad_output")
        expected = list(numbers.shape)
        expected[axis] //= self.parts(**options)
        if upstream.shape != tuple(expected):
            raise ValueError(
                f"grad_output of shape {upstream.shape} must have the outputs' shape "
                f"{tuple(expected)}, by x and axis"
            )
        wide = np.moveaxis(widened(numbers), axis, -1)
        with np.errstate(all="ignore"):
            result = self.pullback(wide, np.moveaxis(widened(upstream), axis, -1), **options)
            return np.moveaxis(result.astype(numbers.dtype), -1, axis)

    def jacobian(self, x: ArrayLike, *, axis: int = -1, **parameters: int) -> NDArray[np.floating]:
        """Return the matrix of slopes of every slice: outputs down, inputs across.

        Args:
            x: Any shape of at least one axis.
            axis: The axis the function works along.
            **parameters: Options by name, see `parameters`.

        Returns:
            Shape (x's other axes, outputs, inputs), x's dtype.

        Raises:
            TypeError: As the call does.
            ValueError: As the call does.
        """
        numbers, axis, options = self._checked(x, axis, parameters)
        slices = np.moveaxis(numbers, axis, -1)[..., None, :]
        outputs = numbers.shape[axis] // self.parts(**options)
        rows = np.repeat(slices, outputs, axis=-2)  # one copy of the inputs for each output
        one_hot = np.broadcast_to(np.eye(outputs), (*rows.shape[:-1], outputs))
        return self.gradient(rows, one_hot, **options)

    def _checked(
        self, x: ArrayLike, axis: SupportsIndex, parameters: dict[str, int]
    ) -> tuple[NDArray[np.floating], int, dict[str, int]]:
        options = checked_options(self.name, self.parameters, parameters)
        numbers = as_floats(x, "x")
        place = checked_axis(axis, "x", numbers)
        length, parts = numbers.shape[place], self.parts(**options)
        if length % parts:
            raise ValueError(
                f"x has length {length} along axis={place}, which must be a multiple of {parts}"
                + "".join(f" ({name})" for name in options)
            )
        return numbers, place, options
