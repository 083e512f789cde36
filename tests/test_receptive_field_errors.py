"""Wrong arguments name themselves, and the layer they belong to."""

import pytest

from convnotes.receptive_field import (
    AdaptivePool,
    Add,
    Concat,
    ConvTranspose,
    From,
    Layer,
    Upsample,
    Whole,
    mask,
    networks,
    receptive_field,
    support,
)


def looped():
    return [Add([From("body")], [], name="head"), Layer(3, name="body")]


def inside_itself():
    branch = [Layer(3)]
    join = Add(branch)
    branch.append(join)
    return [join]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Layer(0), ValueError, "kernel_size=0 must be at least 1"),
        (lambda: Layer(3, 0), ValueError, "stride=0 must be at least 1"),
        (lambda: Layer(3, dilation=(1, 0)), ValueError, r"dilation=\(1, 0\) must be at least 1"),
        (lambda: Layer(3, -1, name="c2"), ValueError, "layer 'c2': stride=-1 must be at least 1"),
        (lambda: Layer(3.0), TypeError, "kernel_size=3.0 must be an int"),
        (lambda: Layer(True), TypeError, "kernel_size=True must be an int"),
        (lambda: Layer(()), TypeError, r"kernel_size=\(\) must be an int"),
        (lambda: Layer(3, padding="full"), ValueError, "padding='full' must be an int.*'causal'"),
        (lambda: Layer(3, 2, padding="same"), ValueError, "'same' does not go with stride=2.*SAME"),
        (lambda: Layer(3, (1, 2), padding="same"), ValueError, r"stride=\(1, 2\)"),
        (lambda: Layer(3, padding=1.5), TypeError, "padding=1.5 must be an int"),
        (lambda: Layer(3, padding=((1, 2, 3),)), ValueError, "one pair"),
        (lambda: Layer(3, padding=(0, (1, 2))), ValueError, "one pair"),
        (lambda: Layer((3, 3), padding=((0, 1),) * 3), ValueError, "3 axes do not go with 2"),
        (lambda: Layer(3, ceil_mode=1), TypeError, "ceil_mode=1"),
        (lambda: Layer(3, padding=-1, ceil_mode=True), ValueError, "ceil_mode=True .*padding=-1"),
        (lambda: ConvTranspose(3, 0, name="up"), ValueError, "layer 'up': stride=0"),
        (lambda: ConvTranspose(3, 2, output_padding=-1), ValueError, "output_padding=-1"),
        (lambda: ConvTranspose(3, 2, padding="same"), TypeError, "padding='same'"),
        (lambda: Upsample(1.5), TypeError, "scale_factor=1.5 must be an int, a Fraction"),
        (lambda: Upsample(0), ValueError, "scale_factor=0 must be above 0"),
        (lambda: Upsample(2, "cubic"), ValueError, "mode='cubic'"),
        (lambda: AdaptivePool(0), ValueError, "output_size=0"),
        (lambda: Add(), ValueError, r"Add\(\) must join at least one branch"),
        (lambda: Concat(name="mix"), ValueError, r"layer 'mix': Concat\(\) must join"),
        (lambda: Add(Layer(3)), TypeError, "Add: the branch Layer.* must be a list"),
        (lambda: Add([], [], weights=(1,)), ValueError, "weights=.*must be 2 numbers"),
        (lambda: Add([], [], weights=(1, 0)), ValueError, "above 0"),
        (lambda: Add([], [], weights=(1, 0.5)), TypeError, "whole numbers or Fractions"),
        (
            lambda: receptive_field([Layer(3), Add([Layer(3)], [len])]),
            TypeError,
            r"layers\[1\]\[1\]\[0\]=<built-in function len> is not an operation",
        ),
        (
            lambda: receptive_field([[Layer(3)]]),
            TypeError,
            r"layers\[0\].*splice a list in with \*",
        ),
        (
            lambda: receptive_field([From("c")]),
            ValueError,
            "no layer is named 'c'; there are 'input'",
        ),
        (lambda: From(3), TypeError, "name=3 must be the name"),
        (lambda: receptive_field([Layer(3)], output="c9"), ValueError, "output: .*'c9'"),
        (lambda: receptive_field([Layer(3)], output=1), TypeError, "output=1 must be the name"),
        (lambda: receptive_field([Layer(3)], input="c9"), ValueError, "input: .*'c9'"),
        (
            lambda: receptive_field([Layer(3, name="a")] * 2, output="a"),
            ValueError,
            "output: 2 layers are named 'a'",
        ),
        (
            lambda: receptive_field(
                [Layer(3, name="a"), Layer(3, name="b")], input="b", output="a"
            ),
            ValueError,
            "output='a' does not depend on 'b'",
        ),
        (lambda: receptive_field(looped()), ValueError, "cycle: .*head.*body"),
        (lambda: receptive_field(inside_itself()), ValueError, "contains itself"),
        (
            lambda: receptive_field([Add([Layer(3)], [], name="sum")], input_size=9),
            ValueError,
            r"layers\[0\] 'sum' joins different numbers of units \(input → 1.1.1: 7, input: 9\)",
        ),
        (
            lambda: receptive_field([Add([Layer(3)], [])], input_size=3),
            ValueError,
            "different numbers of units",
        ),
        (lambda: receptive_field([Layer(3)], input_size=0), ValueError, "input_size=0"),
        (
            lambda: receptive_field([Layer(3), Layer(9, name="big")], input_size=8),
            ValueError,
            r"layers\[1\] 'big' is larger than its input of 6",
        ),
        (
            lambda: receptive_field([Layer(3, 2, padding="SAME")]).box(),
            ValueError,
            "pass input_size",
        ),
        (lambda: support([Layer(3, 2, padding="SAME")]), ValueError, r"layers\[0\].*input_size"),
        (lambda: support([Whole("attention")]), ValueError, "'attention'.*pass input_size"),
        (lambda: receptive_field([Whole()]).box(), ValueError, "whole input: pass input_size"),
        (
            lambda: receptive_field([Whole()]).seen_by(3),
            ValueError,
            "pixel=3 is seen by every unit",
        ),
        (lambda: support([Add([Layer((3, 1))], [])], (0, 0)), ValueError, "no product: use mask"),
        (lambda: mask([Layer(3)], 9, input_size=5), ValueError, "unit=9 .*output of 3"),
        (lambda: Layer((3, 3), (1, 1, 1)), ValueError, "3 axes do not go with 2"),
        (
            lambda: receptive_field(["relu"]),
            TypeError,
            r"layers\[0\]='relu' is not an operation: .*Layer\(1\) or nothing",
        ),
        (lambda: receptive_field(Layer(3)), TypeError, "layers=Layer.* must be a list"),
        (lambda: receptive_field(None), TypeError, "layers=None must be a list"),
        (
            lambda: receptive_field([Layer((3, 3)), Layer(3), Layer((3, 3, 3), name="odd")]),
            ValueError,
            r"layers\[2\] 'odd'=.*3 axes do not go with 2",
        ),
        (lambda: receptive_field([Layer((3, 5))]).box((1, 1, 1)), ValueError, "unit=.*axes"),
        (lambda: receptive_field([Layer(3)]).box(0.5), TypeError, "unit=0.5"),
        (lambda: support([Layer((3, 3))], (0, 0, 0)), ValueError, "axes"),
        (lambda: support([], (0, 0), input_size=(4, 4, 4)), ValueError, "input_size"),
        (lambda: support([Layer(3)], 2, input_size=4), ValueError, "unit=2 .*output of 2"),
        (lambda: support([Layer(3)], -1, input_size=4), ValueError, "unit=-1"),
        (lambda: support([Layer(1), Layer(5)], input_size=4), ValueError, r"layers\[1\].*of 4"),
        (lambda: support([Layer(1)], input_size=0), ValueError, "input_size=0"),
        (lambda: networks.vgg(17), ValueError, "depth=17 must be one of"),
        (lambda: networks.resnet(50, "v2"), ValueError, "version='v2' must be one of"),
        (lambda: networks.patchgan(-1), ValueError, "downsamplings=-1 must be at least 0"),
        (lambda: networks.inception("v1"), ValueError, "version='v1' must be one of"),
        (lambda: networks.deeplab(4), ValueError, "output_stride=4 must be one of"),
        (lambda: networks.unet(-1), ValueError, "levels=-1"),
        (lambda: networks.wavenet(0), ValueError, "blocks=0 must be at least 1"),
    ],
)
def test_wrong_arguments_name_themselves(make, error, message):
    with pytest.raises(error, match=message):
        make()
