"""The one list of activations, from which the page's gallery and tables are drawn."""

from convnotes.activations import curved, piecewise
from convnotes.activations.activation import Activation

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        piecewise.relu,
        piecewise.leaky_relu,
        curved.elu,
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
        piecewise.identity,
    )
}
"""Every elementwise activation by its name."""
