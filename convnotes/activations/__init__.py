"""Activation functions: the curves between the layers, with their slopes and their facts.

`ACTIVATIONS` holds every elementwise activation by name, and `COUPLED` the functions over an axis,
whose outputs depend on several numbers: softmax, maxout and the gated units. Each is also
importable by its name, and is called like a function. Beside them: measures of how a layer does.
"""

from convnotes.activations.across import (
    geglu,
    glu,
    log_softmax,
    maxout,
    reglu,
    softmax,
    swiglu,
)
from convnotes.activations.activation import Activation
from convnotes.activations.coupled import Coupled
from convnotes.activations.curved import (
    celu,
    elu,
    gelu,
    logsigmoid,
    mish,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
    tanhshrink,
)
from convnotes.activations.error_function import erf, erfc
from convnotes.activations.health import dead_units, gain, saturation
from convnotes.activations.piecewise import (
    binary_step,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    leaky_relu,
    prelu,
    relu,
    relu6,
    softshrink,
    squared_relu,
    threshold,
)
from convnotes.activations.registry import ACTIVATIONS, COUPLED

__all__ = [
    "ACTIVATIONS",
    "COUPLED",
    "Activation",
    "Coupled",
    "binary_step",
    "celu",
    "dead_units",
    "elu",
    "erf",
    "erfc",
    "gain",
    "geglu",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "identity",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "maxout",
    "mish",
    "prelu",
    "reglu",
    "relu",
    "relu6",
    "saturation",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "squared_relu",
    "swiglu",
    "tanh",
    "tanhshrink",
    "threshold",
]
