"""What is refused, noted and asked about when models are read; measurement; the command."""

import io
import json
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from convnotes.receptive_field import (  # noqa: E402
    from_onnx,
    from_torch,
    measure,
    receptive_field,
    support,
)
from convnotes.receptive_field.__main__ import main  # noqa: E402
from tests.receptive_field_models import Pyramid, bottleneck, conv  # noqa: E402

IMAGE = torch.zeros(1, 2, 12, 12)


class Calls(nn.Module):
    """A convolution called ``stem``, then a function."""

    def __init__(self, function):
        super().__init__()
        self.stem, self.function = nn.Conv2d(2, 2, 3, padding=1), function

    def forward(self, x):
        return self.function(self.stem(x))


def size_of(read):
    return receptive_field(read.layers, input_size=read.input_size).size


def onnx_of(model, *example, **options):
    onnx = pytest.importorskip("onnx")
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), example, stream, dynamo=False, **options)
    return onnx.load_from_string(stream.getvalue())


# Refusals ----------------------------------------------------------------------------------------


def writes_into_a_part(x):
    part = x[:, :, 2:4]
    part += x[:, :, 4:6]
    return x


UNKNOWN = {
    "roll": lambda x: torch.roll(x, 2, 3),
    "flip": lambda x: x.flip(3),
    "unfold": lambda x: x.unfold(3, 2, 2),
    "grid_sampler": lambda x: F.grid_sample(x, torch.zeros(1, 4, 4, 2), align_corners=False),
    "upsample_bicubic2d": lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"),
    "sort": lambda x: x.sort(3)[0],
    "fft_rfft": lambda x: torch.fft.rfft(x).abs(),
    "index": lambda x: x[:, :, torch.tensor([3, 1, 2])],
    "conv2d": lambda x: F.conv2d(x, x),
    "add": lambda x: x + x.transpose(2, 3),
    "cat": lambda x: torch.cat([x, x], 2),
    "add_": writes_into_a_part,
}


@pytest.mark.parametrize("operation", UNKNOWN)
def test_what_is_not_known_is_refused_by_its_place_and_seen_as_everything_if_asked(operation):
    model = Calls(UNKNOWN[operation]).eval()
    shapes = r"\[\(1, 2, \d+, \d+\)"
    with pytest.raises(ValueError, match=f"can't follow aten.{operation.rstrip('_')} of {shapes}"):
        from_torch(model, IMAGE)
    assert size_of(from_torch(model, IMAGE, output="stem")) == 3
    if operation != "add_":
        read = from_torch(model, IMAGE, unknown="whole")
        assert size_of(read) == 12
        assert any(operation in note and "seeing everything" in note for note in read.notes)


def test_a_refusal_says_where_and_what_to_do():
    model = nn.Sequential(conv(2, 2), Calls(UNKNOWN["sort"]))
    words = (
        r"^1\.sort: .*its reach is not known; pass unknown=\"whole\" to let it see everything, or"
    )
    with pytest.raises(ValueError, match=words):
        from_torch(model, IMAGE)


def test_unknown_operations_of_onnx_are_refused_by_their_names():
    flipped = onnx_of(Calls(UNKNOWN["flip"]), IMAGE)
    with pytest.raises(
        ValueError, match=r"can't follow Slice of .*it runs backwards; pass unknown="
    ):
        from_onnx(flipped)
    assert size_of(from_onnx(flipped, unknown="whole")) == 12
    assert size_of(from_onnx(flipped, output="stem")) == 3
    sampled = onnx_of(Calls(UNKNOWN["grid_sampler"]), IMAGE, opset_version=17)
    with pytest.raises(ValueError, match=r"can't follow GridSample of .*its reach is not known"):
        from_onnx(sampled)


@pytest.mark.parametrize(
    ("function", "size"),
    [
        (lambda x: torch.max(x, F.avg_pool2d(x, 3, 1, 1)), 5),
        (lambda x: x.relu_().add_(F.avg_pool2d(x, 5, 1, 2)), 7),
        (lambda x: F.glu(x, 1), 3),
        (lambda x: F.unfold(x, 3, padding=1).view(1, 18, 12, 12).sum(1, keepdim=True), 5),
        (lambda x: torch.einsum("bchw,cd->bdhw", x, torch.ones(2, 5)), 3),
        (lambda x: F.channel_shuffle(x, 2), 3),
        (lambda x: torch.stack([x, F.max_pool2d(x, 3, 1, 1)]).sum(0), 5),
        (lambda x: x.movedim(1, 3).unsqueeze(1).squeeze(1).movedim(3, 1), 3),
        (lambda x: torch.linalg.vector_norm(x, dim=1, keepdim=True), 3),
        (lambda x: F.conv2d(F.pixel_unshuffle(x, 2), torch.ones(1, 8, 1, 1)), 4),
        (lambda x: F.conv2d(x, torch.ones(1, 2, 3, 3), padding="same", dilation=2), 7),
    ],
)
def test_other_operations_are_followed_as_they_are_worked_out_by_hand(function, size):
    model = Calls(function).eval()
    read = from_torch(model, IMAGE)
    field = receptive_field(read.layers, input_size=read.input_size)
    assert field.size == size
    unit = (1, field.units // 2)
    low, high = field.box(unit)[1]
    assert measure(model, torch.rand(1, 2, 12, 12), unit, 3) == (max(low, 0), min(high, 11))


# Notes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "words", "size", "local"),
    [
        (nn.GroupNorm(1, 2), "group norm, so every unit sees everything; .local", 12, 3),
        (nn.InstanceNorm2d(2), "instance norm", 12, 3),
        (lambda x: F.batch_norm(x, None, None, training=True), "batch norm in training", 12, 3),
        (lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"), "padded as 'reflect'", 3, 3),
        (lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"), "padded as 'circular'", 3, 3),
        (lambda x: F.adaptive_avg_pool2d(x, 4), r"pooling to \(4, 4\) holds for this input", 5, 5),
        (
            lambda x: F.interpolate(x, (30, 30)),
            r"a resize to \(30, 30\) holds for this input size only",
            3,
            3,
        ),
        (
            lambda x: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=True),
            "corners are aligned, so the ends",
            5,
            5,
        ),
    ],
)
def test_what_a_reader_should_know_comes_back_as_a_note(function, words, size, local):
    read = from_torch(Calls(function), IMAGE)
    field = receptive_field(read.layers, input_size=read.input_size)
    assert (field.size, field.local.size) == (size, local)
    with pytest.raises(AssertionError, match=words):
        assert not read.notes, read.notes


def test_recurrent_layers_see_everything_along_their_axis():
    class Head(nn.Module):
        def __init__(self, both):
            super().__init__()
            self.lstm = nn.LSTM(2, 3, bidirectional=both, batch_first=True)

        def forward(self, x):
            return self.lstm(x.transpose(1, 2))[0].transpose(1, 2)

    sequence = torch.rand(1, 2, 9)
    assert from_torch(Head(True), sequence).notes == ()
    assert size_of(from_torch(Head(True), sequence)) == 9
    (note,) = from_torch(Head(False), sequence).notes
    assert note.startswith("lstm: sees what came before only")


# Inputs and outputs ------------------------------------------------------------------------------


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 7, padding=3)

    def forward(self, image, guide):
        return {"sum": self.left(image) + self.right(guide), "guide": guide * 2}


def test_of_several_inputs_one_must_be_chosen():
    with pytest.raises(ValueError, match=r"input=None must be one of .*'image', 'guide'"):
        from_torch(Two(), IMAGE, IMAGE)
    read = from_torch(Two(), IMAGE, IMAGE, input="image")
    assert (size_of(read), read.outputs) == (3, ("left", None))
    read = from_torch(Two(), IMAGE, IMAGE, input="guide")
    assert (size_of(read), read.outputs) == (7, ("right", "input"))
    proto = onnx_of(Two(), IMAGE, IMAGE, input_names=["image", "guide"])
    assert [size_of(from_onnx(proto, input=name)) for name in ("image", "guide")] == [3, 7]


def test_every_output_can_be_asked_for():
    read = from_torch(Pyramid().eval(), torch.zeros(1, 3, 32, 32))
    assert read.outputs == ("smooth.0", "smooth.1", "smooth.2")
    # By hand: top-down paths through the coarsest level, at jumps 8, 4 and 2.
    sizes = [
        receptive_field(read.layers, input_size=read.input_size, output=name).size
        for name in read.outputs
    ]
    coarse = 1 + 2 * 1 + 2 * 2 + 2 * 4
    assert sizes[2] == coarse + 2 * 8
    assert sizes == sorted(sizes)


def test_names_are_module_paths_and_unique():
    model = nn.Sequential(bottleneck(2), bottleneck(2))
    read = from_torch(model.eval(), IMAGE)
    names = [item.name for item in read.layers]
    assert names[:3] == ["0.path.0.0", "0.path.1.0", "0.path.2"]
    field = receptive_field(read.layers, output="0.path.1.0")
    assert field.size == 3
    with pytest.raises(ValueError, match=r"output='2' is no module .*'0', '0.path'"):
        from_torch(model, IMAGE, output="2")
    with pytest.raises(ValueError, match="output='2' is no tensor or node"):
        from_onnx(onnx_of(model, IMAGE), output="2")


def test_axes_may_be_anywhere():
    class Tokens(nn.Module):
        def forward(self, x):
            return x.transpose(1, 2).unfold(2, 1, 1).squeeze(3) if False else x.cumsum(2)

    assert from_torch(Tokens(), torch.zeros(1, 9, 4), axes=1).input_size == (9,)
    for axes, words in (((1, 7), "must be dimensions"), ((1, 1), "twice")):
        with pytest.raises(ValueError, match=f"^axes=.*{words}"):
            from_torch(Tokens(), torch.zeros(1, 9, 4), axes=axes)


def test_open_sizes_of_onnx_are_asked_for():
    names = {"x": {0: "batch", 2: "h", 3: "w"}}
    proto = onnx_of(nn.Conv2d(2, 2, 5), IMAGE, input_names=["x"], dynamic_axes=names)
    with pytest.raises(ValueError, match=r"input_shape=None: 'x' leaves sizes open.*'h'"):
        from_onnx(proto)
    assert from_onnx(proto, input_shape=(1, 2, 9, 11)).input_size == (9, 11)
    with pytest.raises(ValueError, match=r"input_shape=\(1, 3, 9, 9\) does not go with"):
        from_onnx(proto, input_shape=(1, 3, 9, 9))


def test_a_large_network_takes_seconds_and_no_memory():
    with torch.device("meta"):
        model = nn.Sequential(conv(3, 256, 7, 2), *(bottleneck(256) for _ in range(16))).eval()
        example = torch.empty(1, 3, 224, 224)
    begin = time.perf_counter()
    assert size_of(from_torch(model, example)) == 7 + 16 * 4
    assert time.perf_counter() - begin < 10


# Measurement -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sort", "topk"])
def test_measurement_refuses_what_hides_nan_from_it(name):
    model = {"sort": lambda x: x.sort(-1).values, "topk": lambda x: x.topk(9).values}[name]
    with pytest.raises(ValueError, match="does not pass NaN on to unit=1"):
        measure(model, torch.arange(9.0)[None, None], 1, -1)


def test_measurement_counts_weights_of_zero_and_leaves_the_model_as_it_was():
    layer = nn.Conv1d(1, 1, 3)
    nn.init.zeros_(layer.weight)
    assert measure(layer, torch.ones(1, 1, 9), 2, -1) == (2, 4)
    model = nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), nn.BatchNorm1d(2))  # in training
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert measure(model, torch.rand(2, 1, 9), 4, 2) == (0, 8)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_measurement_finds_ends_in_twenty_passes_and_holes():
    layers = nn.Sequential(nn.Conv1d(1, 1, 3, dilation=50), nn.Conv1d(1, 1, 2, dilation=7))
    calls = []

    def forward(x):
        calls.append(1)
        return layers(x)

    assert measure(forward, torch.ones(1, 1, 1000), 300, 2) == (300, 407)
    assert len(calls) <= 23
    seen = measure(layers, torch.ones(1, 1, 200), 10, 2, holes=True)
    assert seen.tolist() == [10, 17, 60, 67, 110, 117]
    assert measure(lambda x: x * 0 + 1, torch.ones(1, 1, 9), 3, 2) == (3, 3)
    assert measure(lambda x: torch.ones(1, 1, 9), torch.ones(1, 1, 9), 3, 2) is None


def test_measurement_turns_off_what_spreads_nan():
    backends, states = ("mkldnn", "cudnn", "nnpack"), []
    asked = [getattr(torch._C, f"_get_{each}_enabled") for each in backends]

    def forward(x):
        states.append(tuple(ask() for ask in asked))
        return x

    before = tuple(ask() for ask in asked)
    assert measure(forward, torch.ones(1, 1, 9), 4, 2) == (4, 4)
    assert set(states) == {(False, False, False)}
    assert tuple(ask() for ask in asked) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": 3}, "model=3 must be a module or a function"),
        ({"example": 3}, "example=3 must be a tensor"),
        ({"example": torch.ones(1, 1, 9, dtype=int)}, "must be a tensor of floats"),
        ({"example": torch.full((1, 1, 9), torch.nan)}, "example gives NaN at unit=2"),
        ({"unit": 9}, "unit=9 lies outside the output"),
        ({"axis": 3}, "axis=3 must be a dimension of example"),
        ({"axis": -4}, "axis=-4 must be at least -3"),
        ({"holes": 1}, "holes=1 must be True or False"),
        ({"model": lambda x: [x]}, "model must return a tensor, not list"),
    ],
)
def test_wrong_arguments_of_a_measurement_name_themselves(change, words):
    right = {"model": nn.Conv1d(1, 1, 3), "example": torch.ones(1, 1, 9), "unit": 2, "axis": 2}
    with pytest.raises((TypeError, ValueError), match=words):
        measure(**right | change)


# Arguments ---------------------------------------------------------------------------------------


def test_wrong_arguments_name_themselves(tmp_path):
    for wrong, words in (
        (lambda: from_torch(3, IMAGE), "model=3 must be a torch.nn.Module"),
        (lambda: from_torch(nn.ReLU()), r"example=\(\) must hold the tensors"),
        (lambda: from_torch(nn.ReLU(), IMAGE, unknown="skip"), "unknown='skip' must be one of"),
        (lambda: from_torch(nn.ReLU(), IMAGE, input="y"), "input='y' must be one of .*'input'"),
        (lambda: from_torch(nn.ReLU(), IMAGE, output=3), "output=3 must be a string"),
        (lambda: from_torch(nn.Linear(3, 3), IMAGE), "model can't be exported by torch.export"),
        (lambda: from_torch(nn.Conv2d(2, 2, 3), IMAGE, axes=1.5), "axes=1.5 must be an int"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            wrong()
    pytest.importorskip("onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    for wrong, words in (
        (lambda: from_onnx(3), "model=3 must be the path of an ONNX file"),
        (lambda: from_onnx(tmp_path / "none.onnx"), "none.onnx' is no file"),
        (lambda: from_onnx(broken), "broken.onnx' is no ONNX model"),
        (lambda: from_onnx(onnx_of(nn.ReLU(), IMAGE), input="y"), "input='y' must be one of"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            wrong()


# The command -------------------------------------------------------------------------------------


def makes_patchgan():
    from tests.receptive_field_models import patchgan

    return patchgan()


MINE = "tests.test_receptive_field_importing:makes_patchgan"


def printed(capsys, *arguments):
    main([str(each) for each in arguments])
    return capsys.readouterr().out


def test_the_command_prints_a_table_and_what_follows(capsys, tmp_path):
    out = printed(capsys, MINE, "--input", "3,96,96").splitlines()
    head = "layer kernel stride padding dilation size jump start units ±2σ sees"
    assert " ".join(out[0].split()) == head
    # Variances of uniform kernels of 4: (4² − 1) / 12 at jumps 1, 2, 4, 8, 8.
    spread = 2 * (15 / 12 * (1 + 4 + 16 + 64 + 64)) ** 0.5
    assert out[5].split() == ["4", "4", "1", "1", "1", "70", "8", "11.5", "10", f"{spread:.1f}"]
    assert "field: size 70, stride 8" in out
    assert "smallest input: 24" in out  # the last layer needs 2 units, before it 3, 6, 12, 24
    pixels = tmp_path / "field.svg"
    out = printed(capsys, MINE, "--input", "3,40,40", "--figure", pixels)
    assert "layers that see more than the input: 2, from 3 on" in out
    assert pixels.read_text().lstrip().startswith("<?xml")


def test_the_command_reads_onnx_and_writes_other_tables(capsys, tmp_path):
    onnx = pytest.importorskip("onnx")
    path = tmp_path / "model.onnx"
    onnx.save(onnx_of(Pyramid(), torch.rand(1, 3, 32, 32)), path)
    everything = json.loads(printed(capsys, path, "--table", "json"))
    assert everything["outputs"] == ["smooth.0", "smooth.1", "smooth.2"]
    assert everything["layers"][0] == {
        "layer": "up.0.0", "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1, "size": 3,
        "jump": 2, "start": 0.0, "units": 16, "local": None, "two_sigma": 1.6,
        "more_than_the_input": False,
    }  # fmt: skip
    rows = printed(capsys, path, "--table", "csv", "--output", "smooth.2").splitlines()
    assert rows[-1].startswith("smooth.2,3,1,1,1,31,8,0,4,")
    text = printed(capsys, path, "--table", "md")
    assert text.startswith("| layer | kernel |")
    assert "- other outputs: smooth.1, smooth.2" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.onnx"], "model='none.onnx' is no file"),
        (["tests:nothing", "--input", "3"], "has no attribute 'nothing'"),
        (["no_such_module:x", "--input", "3"], "No module named .* install it"),
        ([MINE], "--input 3,224,224"),
        ([MINE, "--input", "3,x"], "--input 3,x must be sizes"),
        ([MINE, "--input", "3,96,96", "--output", "9"], "output='9' is no module"),
        ([MINE, "--input", "3,96,96", "--table", "pdf"], "invalid choice: 'pdf'"),
        ([MINE, "--input", "3,9,9"], "can't be exported"),
        (["model"], "neither an ONNX file nor package.module:factory"),
        ([], "required: model"),
        (["tests.receptive_field_models:MODELS", "--input", "3"], "must be a function or class"),
        (["builtins:dict", "--input", "3"], "must return a torch.nn.Module, not dict"),
    ],
)
def test_the_command_says_in_one_line_what_to_do(capsys, arguments, words):
    pytest.importorskip("onnx")
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    with pytest.raises(AssertionError, match=words):
        assert not error, error


def test_the_command_without_an_extra_says_what_to_install():
    script = "import sys; sys.modules['torch'] = sys.modules['onnx'] = None; "
    script += "from convnotes.receptive_field.__main__ import main; main(sys.argv[1:])"
    commands = (([__file__], "onnx"), (["builtins:dict", "--input", "3"], "torch"))
    for arguments, extra in commands:
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"pip install 'convnotes[{extra}]'" in done.stderr
        assert done.stderr.count("\n") == 1


def test_sets_of_what_was_read_are_sets_of_units():
    read = from_torch(
        nn.Sequential(nn.Conv1d(1, 1, 3, dilation=4), nn.ReLU()), torch.ones(1, 1, 20)
    )
    assert support(read.layers, 5, input_size=read.input_size)[0].tolist() == [5, 9, 13]


@pytest.mark.parametrize("word", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("size", [8, 9])
def test_paddings_in_words_are_those_of_onnx(word, size):
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    shape = [1, 1, size]
    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    node = onnx.helper.make_node(
        "AveragePool", ["x"], ["y"], kernel_shape=[4], strides=[2], auto_pad=word
    )
    graph = onnx.helper.make_graph([node], "mean", [info], [out])
    versions = [onnx.helper.make_opsetid("", 17)]
    proto = onnx.helper.make_model(graph, opset_imports=versions)
    read = from_onnx(proto)
    field = receptive_field(read.layers, input_size=size)
    run = ReferenceEvaluator(proto)
    for unit in range(field.units):
        spikes = np.eye(size, dtype=np.float32)[:, None, None]
        seen = [i for i, x in enumerate(spikes) if run.run(None, {"x": x})[0][0, 0, unit] > 0]
        assert support(read.layers, unit, input_size=read.input_size)[0].tolist() == seen


def test_a_model_that_fails_to_run_is_one_line_from_the_command_too():
    command = [sys.executable, "-m", "convnotes.receptive_field", MINE, "--input", "3,9,9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "can't be exported" in done.stderr
