"""Every public function, with every argument replaced by what it can't be: each error names it.

What is in fact an argument of the kind (a number where a number is taken, None where it is the
default) may give a result; nothing else may, and nothing may fail in another way.
"""

import inspect
import re
from fractions import Fraction
from numbers import Integral, Real

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convnotes import activations, receptive_field
from convnotes import three_by_three as stacks
from convnotes.activations import ACTIVATIONS, COUPLED
from tests.right_calls import CHAIN, IMAGE, RIGHT


class Tensor:
    """Refuses to be an array as PyTorch's tensors do that require grad."""

    requires_grad = True

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


BAD = {
    "None": None,
    "True": True,
    "text": "1",
    "bytes": b"1",
    "an object": object(),
    "a function": len,
    "an empty list": [],
    "a dict": {},
    "a set": {1, 2},
    "NaN": np.nan,
    "infinity": np.inf,
    "1.5": 1.5,
    "-1": -1,
    "complex": 1j,
    "huge": 2**62,
    "beyond int64": 10**400,
    "beyond pixels": 1e300,
    "ragged": [[1], [1, 2]],
    "masked": np.ma.masked_equal([1.0, 2.0], 2.0),
    "masked inside": [np.ma.masked, 1.0],
    "objects": np.array([None, 1]),
    "words": ["a", "b"],
    "dates": np.array(["2026-11-28"], "datetime64[D]"),
    "a tensor that requires grad": Tensor(),
    "three numbers": (1, 2, 3),
}

# What functions return, and the classes of activations, whose calls are below.
RESULTS = {"Activation", "Cost", "Coupled", "Halo", "ReceptiveField", "Row", "Tile", "Trace"} | {
    "Winograd"
}


CALLS = {
    f"{module.__name__.removeprefix('convnotes.')}.{name}": (getattr(module, name), right)
    for module, calls in RIGHT.items()
    for name, right in calls.items()
}
CALLS |= {
    f"{name}{suffix}": (method, {"x": IMAGE} | each.parameters)
    for name, each in ACTIVATIONS.items()
    for suffix, method in (("()", each), (".derivative", each.derivative))
}
for _name, _each in COUPLED.items():
    _right = {"x": IMAGE, "axis": 0} | _each.parameters
    CALLS[f"{_name}()"] = _each, _right
    CALLS[f"{_name}.jacobian"] = _each.jacobian, _right
    CALLS[f"{_name}.gradient"] = _each.gradient, {"grad_output": _each(IMAGE, axis=0)} | _right
_field = receptive_field.receptive_field(CHAIN)
CALLS |= {
    "ReceptiveField.box": (_field.box, {"unit": 0}),
    "ReceptiveField.seen_by": (_field.seen_by, {"pixel": 0}),
    "Trace.covering": (_field.trace.covering, {"size": 2}),
    "Conv.output_size": (stacks.Conv(4, 4, 3).output_size, {"size": 9}),
    "gain, with an option": (activations.gain, {"activation": "elu", "alpha": 1.0}),
}


def call(function, arguments):
    """Call a function with everything by name but what only places name."""
    several = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.VAR_POSITIONAL
    ]
    rest = {name: value for name, value in arguments.items() if name not in several}
    result = function(*(arguments[several[0]] if several else ()), **rest)
    return list(result) if inspect.isgenerator(result) else result


def test_every_public_function_is_called():
    for module, calls in RIGHT.items():
        published = {name for name in module.__all__ if callable(getattr(module, name))}
        assert set(calls) == published - RESULTS - set(
            ACTIVATIONS if module is activations else ()
        ) - set(COUPLED)
    for name, (function, right) in CALLS.items():
        parameters = inspect.signature(function).parameters.values()
        named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
        assert named <= set(right), name
        call(function, right)
        plt.close("all")


def fits(value, function, argument):
    """Tell whether a bad value is after all of the kind that the signature names."""
    parameter = inspect.signature(function).parameters.get(argument)
    if parameter is None:  # an option of an activation
        default = call.__globals__["options"](function)[argument]
        return isinstance(value, str if isinstance(default, str) else Real)
    kind = str(parameter.annotation)
    return False


ALL = [(name, argument) for name, (_, right) in CALLS.items() for argument in right]


@pytest.mark.parametrize(("name", "argument"), ALL)
def test_what_an_argument_cannot_be_is_refused_by_its_name(name, argument):
    function, right = CALLS[name]
    wrong = []
    for label, value in BAD.items():
        bad = (
            (value,)
            if argument in ("layers", "branches", "kernels")
            and name in ("cost", "compose", "Add", "Concat")
            else value
        )
        try:
            result = call(function, right | {argument: bad})
        except (TypeError, ValueError) as error:
            if not re.search(rf"\b{argument}\b", str(error)):
                wrong.append(f"{label}: {type(error).__name__} {str(error)[:150]}")
        except Exception as error:
            wrong.append(f"{label}: {type(error).__name__} {str(error)[:150]}")
        else:
            print("ACCEPT", name, argument, label)
        plt.close("all")
    assert not wrong, "\n".join(wrong)
