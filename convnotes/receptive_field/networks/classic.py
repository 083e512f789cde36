"""Networks without branches."""

from convnotes.receptive_field.layers import Layer
from convnotes.receptive_field.values import DEEP, one_of, whole_number


def lenet5() -> list[Layer]:
    """LeNet-5 up to C5.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to
    Document Recognition", 1998, doi:10.1109/5.726791, section II.B.

    Examples:
        >>> from convnotes.receptive_field.networks import lenet5
        >>> [layer.name for layer in lenet5()]
        ['C1', 'S2', 'C3', 'S4', 'C5']
    """
    return [
        Layer(5, name="C1"),
        Layer(2, 2, name="S2"),
        Layer(5, name="C3"),
        Layer(2, 2, name="S4"),
        Layer(5, name="C5"),
    ]


def alexnet() -> list[Layer]:
    """AlexNet's convolutions and poolings.

    As in TF-slim's ``alexnet_v2``, the first layer has no padding; torchvision's pads it by 2.

    Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep
    Convolutional Neural Networks", 2012, doi:10.1145/3065386, sections 3.4 and 3.5.

    Examples:
        >>> from convnotes.receptive_field.networks import alexnet
        >>> alexnet()[0]
        Layer(kernel_size=11, stride=4, padding=0, dilation=1, name='conv1')
    """
    return [
        Layer(11, 4, name="conv1"),
        Layer(3, 2, name="pool1"),
        Layer(5, padding=2, name="conv2"),
        Layer(3, 2, name="pool2"),
        Layer(3, padding=1, name="conv3"),
        Layer(3, padding=1, name="conv4"),
        Layer(3, padding=1, name="conv5"),
        Layer(3, 2, name="pool5"),
    ]


def vgg(depth: int = 16) -> list[Layer]:
    """VGG-11, 13, 16 or 19 up to the last pooling.

    Raises:
        ValueError: If ``depth`` is none of these.

    Source: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
    Recognition", arXiv:1409.1556, table 1 (columns A, B, D and E).

    Examples:
        >>> from convnotes.receptive_field.networks import vgg
        >>> sum(layer.kernel_size == 3 for layer in vgg(16))
        13
    """
    stages = {11: (1, 1, 2, 2, 2), 13: (2,) * 5, 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
    layers = []
    for stage, convolutions in enumerate(one_of("depth", depth, stages), 1):
        for place in range(1, convolutions + 1):
            layers.append(Layer(3, padding=1, name=f"conv{stage}_{place}"))
        layers.append(Layer(2, 2, name=f"pool{stage}"))
    return layers


def mobilenet_v1(padding: int | str = 1) -> list[Layer]:
    """MobileNet: a convolution, then pairs of a depthwise 3×3 and a 1×1.

    Args:
        padding: Of every 3×3; ``"SAME"`` is TensorFlow's.

    Source: A. Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile
    Vision Applications", arXiv:1704.04861, table 1 (its last stride, a slip, is 1 here).

    Examples:
        >>> from convnotes.receptive_field.networks import mobilenet_v1
        >>> len(mobilenet_v1())
        27
    """
    layers = [Layer(3, 2, padding=padding, name="conv")]
    for place, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1), 1):
        layers += [
            Layer(3, stride, padding=padding, name=f"dw{place}"),
            Layer(1, name=f"pw{place}"),
        ]
    return layers


def patchgan(downsamplings: int = 3) -> list[Layer]:
    """The discriminator of pix2pix: 4×4 convolutions, all but the last two with stride 2.

    Source: P. Isola, J.-Y. Zhu, T. Zhou, A. Efros, "Image-to-Image Translation with Conditional
    Adversarial Networks", arXiv:1611.07004, section 6.1.2; strides as in the authors' code.

    Examples:
        >>> from convnotes.receptive_field.networks import patchgan
        >>> len(patchgan())
        5
    """
    whole_number("downsamplings", downsamplings, 0, DEEP)
    return [Layer(4, 2, padding=1)] * downsamplings + [Layer(4, padding=1)] * 2


def wavenet(blocks: int = 1) -> list[Layer]:
    """WaveNet's dilated stack: two taps, dilations 1, 2, 4, …, 512, repeated.

    Source: A. van den Oord et al., "WaveNet: A Generative Model for Raw Audio",
    arXiv:1609.03499, section 2.1.

    Examples:
        >>> from convnotes.receptive_field.networks import wavenet
        >>> [layer.dilation for layer in wavenet()][-3:]
        [128, 256, 512]
    """
    whole_number("blocks", blocks, 1, DEEP)
    return [Layer(2, dilation=2**i) for i in range(10)] * blocks
