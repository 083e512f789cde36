"""The lists of activations, from which the page's gallery and tables are drawn."""

from convnotes.activations import across, curved, piecewise
from convnotes.activations.activation import Activation
from convnotes.activations.coupled import Coupled

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        piecewise.relu,
        piecewise.leaky_relu,
        piecewise.prelu,
        curved.elu,
        curved.celu,
        curved.selu,
        curved.gelu,
        curved.silu,
        curved.mish,
        curved.softplus,
        piecewise.squared_relu,
        piecewise.relu6,
        piecewise.hardswish,
        piecewise.hardsigmoid,
        piecewise.hardtanh,
        curved.sigmoid,
        curved.tanh,
        curved.softsign,
        curved.logsigmoid,
        curved.tanhshrink,
        piecewise.softshrink,
        piecewise.hardshrink,
        piecewise.threshold,
        piecewise.binary_step,
        piecewise.identity,
    )
}
"""Every elementwise activation by its name."""

COUPLED: dict[str, Coupled] = {
    function.name: function
    for function in (
        across.softmax,
        across.log_softmax,
        across.maxout,
        across.glu,
        across.reglu,
        across.geglu,
        across.swiglu,
    )
}
"""Every function over an axis by its name."""
