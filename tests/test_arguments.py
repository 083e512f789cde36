"""Every public function, with every argument replaced by what it can't be: each error names it.

What is in fact an argument of the kind (a number where a number is taken, None where it is the
default) may give a result; nothing else may, and nothing may fail in another way.
"""

import inspect
import re
from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convnotes import activations, kernels, receptive_field
from convnotes.activations import ACTIVATIONS, COUPLED
from convnotes.three_by_three import Conv
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

# What functions return, and the classes of activations, whose calls are here one by one.
RESULTS = {"Cost", "Halo", "ReceptiveField", "Row", "Tile", "Trace", "Winograd"}
RESULTS |= {"Activation", "Coupled", "Model"}
# What reads or runs models of PyTorch and ONNX, which needn't be here: what they refuse stands in
# tests/test_receptive_field_importing.py.
PEERS = {"from_onnx", "from_torch", "measure"}

CALLS = {
    f"{module.__name__.removeprefix('convnotes.')}.{name}": (getattr(module, name), right)
    for module, calls in RIGHT.items()
    for name, right in calls.items()
}
for name, each in ACTIVATIONS.items():
    CALLS[f"{name}()"] = each, {"x": IMAGE} | each.parameters
    CALLS[f"{name}.derivative"] = each.derivative, {"x": IMAGE} | each.parameters
for name, each in COUPLED.items():
    right = {"x": IMAGE, "axis": -1} | each.parameters
    CALLS[f"{name}()"] = each, right
    CALLS[f"{name}.jacobian"] = each.jacobian, right
    CALLS[f"{name}.gradient"] = each.gradient, right | {"grad_output": each(IMAGE)}
field = receptive_field.receptive_field(CHAIN)
CALLS |= {
    "ReceptiveField.box": (field.box, {"unit": 0}),
    "ReceptiveField.seen_by": (field.seen_by, {"pixel": 0}),
    "Trace.covering": (field.trace.covering, {"size": 2}),
    "Conv.output_size": (Conv(4, 4, 3).output_size, {"size": 9}),
    "gain, with an option": (activations.gain, {"activation": "elu", "alpha": 1.0}),
}
ARGUMENTS = [(name, argument) for name, (_, right) in CALLS.items() for argument in right]

# What of the bad values is after all of the kind that a right value is.
WHOLE = {"-1", "huge", "beyond int64", "three numbers"}
REAL = {"-1", "huge", "beyond int64", "1.5", "NaN", "infinity", "beyond pixels"}
ARRAY = REAL | {"True", "an empty list", "three numbers"}
FITS = {bool: {"True"}, int: WHOLE, float: REAL, np.ndarray: ARRAY, list: ARRAY, tuple: WHOLE}
LISTS = {"an empty list", "ragged", "masked inside", "words", "three numbers"}  # not yet read
OPEN = {"label": {"text"}, "name": {"text"}, "layers": {"an empty list", "a dict"}}
OPEN |= {"branches": LISTS, "input": {"text"}, "output": {"text"}}  # the layer called "1"


def call(function, arguments):
    """Call a function, with all arguments by name but those that only places name."""
    parameters = inspect.signature(function).parameters.values()
    several = [each.name for each in parameters if each.kind is each.VAR_POSITIONAL]
    placed = [value for name in several for value in arguments[name]]
    named = {name: value for name, value in arguments.items() if name not in several}
    try:
        result = function(*placed, **named)
        return list(islice(result, 9)) if inspect.isgenerator(result) else result
    finally:
        plt.close("all")


def required(function, right):
    """Leave out the arguments that have a default."""
    parameters = inspect.signature(function).parameters
    left = {name for name, each in parameters.items() if each.default is each.empty}
    return {name: value for name, value in right.items() if name in left}


def test_every_public_function_is_called_and_every_argument_of_it():
    for module, calls in RIGHT.items():
        published = {name for name in module.__all__ if callable(getattr(module, name))}
        published -= {"SIGNED"}  # a colour map, which matplotlib calls
        apart = {*ACTIVATIONS, *COUPLED} if module is activations else set()
        assert set(calls) == published - RESULTS - PEERS - apart
    for name, (function, right) in CALLS.items():
        parameters = inspect.signature(function).parameters.values()
        named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
        assert named <= set(right), name
        call(function, right)
        call(function, required(function, right))


@pytest.mark.parametrize("base", ["all", "required"])
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_an_argument_cannot_be_is_refused_by_its_name(name, argument, base):
    function, right = CALLS[name]
    parameter = inspect.signature(function).parameters.get(argument)
    fits = FITS.get(type(right[argument]), set()) | OPEN.get(argument, set())
    if parameter is not None and parameter.default is None:
        fits |= {"None", "True"} if argument == "progress" else {"None"}
    rest = right if base == "all" else required(function, right)
    placed = parameter is not None and parameter.kind is parameter.VAR_POSITIONAL
    for label, value in BAD.items():
        try:
            call(function, rest | {argument: (value,) if placed else value})
        except (TypeError, ValueError) as error:
            words = str(error)
        else:
            words = f"{argument} fits" if label in fits else "it is accepted"
        assert re.search(rf"\b{argument}\b", words), f"{label}: {words}"
        first = re.match(r"[a-z_]+(?=[=:])", words)  # what the error speaks of is an argument, too
        assert first is None or first[0] in {*right, "layer"}, f"{label}: {words}"


ARRAYS = [
    (name, argument)
    for name, argument in ARGUMENTS
    if isinstance(CALLS[name][1][argument], np.ndarray | list) and argument not in OPEN
]


@pytest.mark.parametrize(("name", "argument"), ARRAYS)
def test_a_right_array_in_a_wrong_guise_is_refused_by_its_name(name, argument):
    function, right = CALLS[name]
    numbers = np.asarray(right[argument], dtype=float)
    for guise in (
        np.ma.array(numbers),
        np.ma.array(numbers, mask=numbers == numbers.flat[0]),
        [*numbers[:-1], np.ma.array(numbers[-1], mask=True)],
        [*numbers[:-1].tolist(), None],
        numbers.astype(object),
        numbers.astype(str),
        [*numbers[:-1], Tensor()],
    ):
        with pytest.raises((TypeError, ValueError), match=rf"^(\w+ )?{argument}\b"):
            call(function, right | {argument: guise})


def test_what_is_right_in_another_type_is_taken():
    """NumPy's numbers and switches, big numbers for what has no bound, and plain lists."""
    assert kernels.sobel(np.int8(1), normalize=np.True_)[1, 2] == 0.25
    assert kernels.gaussian(np.float32(1.0)).shape == (9, 9)
    assert kernels.gaussian(1e300, radius=1)[0, 0] == pytest.approx(1 / 9)
    assert activations.prelu([-1.0], weight=np.float64(0.5)) == [-0.5]
    assert activations.softmax([0.0, 0.0], axis=np.int8(-1)).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", [name for name in CALLS if not name.startswith("plots.")])
def test_no_error_of_floating_point_whatever_numpy_is_told(name):
    function, right = CALLS[name]
    arrays = {each: value for each, value in right.items() if isinstance(value, np.ndarray)}
    tiny = [{each: scale * value for each, value in arrays.items()} for scale in (1e-170, 1e-308)]
    with np.errstate(all="raise"):
        call(function, right)
        call(function, required(function, right))
        for numbers in tiny:  # a product of two is 0; a part of one loses its digits
            call(function, right | numbers)
