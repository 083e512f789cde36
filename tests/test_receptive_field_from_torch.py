"""Models read by `from_torch` and `from_onnx` against sums by hand and against measurement."""

import io
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from convnotes.receptive_field import from_onnx, from_torch, mask, measure, receptive_field  # noqa: E402
from tests.receptive_field_models import MODELS  # noqa: E402


def built(name):
    make, shape, axes, *by_hand = MODELS[name]
    torch.manual_seed(0)
    return make().eval(), torch.rand(shape), axes, by_hand


def first_output(model):
    def forward(x):
        made = model(x)
        return made[0] if isinstance(made, list | tuple) else made

    return forward


def exported(model, example):
    onnx = pytest.importorskip("onnx")
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (example,), stream, dynamo=False)
    return onnx.load_from_string(stream.getvalue())


def field_of(read):
    field = receptive_field(read.layers, input_size=read.input_size)
    return field, (field.size, field.stride, field.padding, field.start, field.sizes, field.units)


def by_axis(value, count):
    return value if isinstance(value, tuple) else (value,) * count


@pytest.mark.parametrize("name", MODELS)
def test_models_are_read_as_they_are_worked_out_by_hand(name):
    model, example, axes, (size, stride) = built(name)
    field, _ = field_of(from_torch(model, example, axes=axes))
    if size is not None:
        assert field.size == size or name == "Video"
    if stride is not None:
        assert field.stride == stride


@pytest.mark.parametrize("name", MODELS)
def test_models_see_what_is_measured_at_borders_and_in_the_middle(name):
    model, example, axes, _ = built(name)
    read = from_torch(model, example, axes=axes)
    field = receptive_field(read.layers, input_size=read.input_size)
    forward = first_output(model)
    count = len(read.input_size)
    units = by_axis(field.units, count)
    assert tuple(forward(example).shape[-count:]) == units
    dims = axes or tuple(range(2, 2 + count))
    for place, holes in [(0, False), (0.5, True), (1, False), (0.8, False)]:
        unit = tuple(int(place * (n - 1)) for n in units)
        seen = mask(read.layers, unit, input_size=read.input_size)
        for axis, dim in enumerate(dims):
            others = tuple(each for each in range(count) if each != axis)
            expected = np.flatnonzero(seen.any(axis=others))
            found = measure(forward, example, unit, dim, holes=holes)
            if holes:
                assert found.tolist() == expected.tolist()
            else:
                assert found == (expected[0], expected[-1])


@pytest.mark.parametrize("name", MODELS)
def test_onnx_is_read_as_torch_is(name):
    model, example, axes, _ = built(name)
    mine, theirs = (
        from_torch(model, example, axes=axes),
        from_onnx(exported(model, example), axes=axes),
    )
    (field, numbers), (other, others) = field_of(mine), field_of(theirs)
    assert numbers == others
    assert len(mine.outputs) == len(theirs.outputs)
    assert (field.local is None) == (other.local is None)
    if field.local is not None:
        assert (field.local.size, field.local.start) == (other.local.size, other.local.start)
    unit = tuple(n // 2 for n in by_axis(field.units, len(mine.input_size)))
    seen = [mask(read.layers, unit, input_size=read.input_size) for read in (mine, theirs)]
    assert np.array_equal(*seen)
