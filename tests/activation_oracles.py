"""Every activation a second time, in 100 decimal digits, as its paper or PyTorch's page writes it.

The slopes come from the values, by a difference so small that its error is below 1e-35.
"""

from decimal import Decimal, localcontext
from functools import cache

DIGITS = 100
STEP = Decimal("1e-20")
PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510"
    "58209749445923078164062862089986280348253421170679821480865"
)
ALPHA, SCALE = (
    Decimal("1.6732632423543772848170429916717"),
    Decimal("1.0507009873554804934193349852946"),
)


def clamp(x, low, high):
    return min(max(x, Decimal(low)), Decimal(high))


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def tanh(x):
    return ((2 * x).exp() - 1) / ((2 * x).exp() + 1)


def erf(x):
    """Its power series: 2/√π · Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1))."""
    term, total, n = x, x, 0
    while abs(term) > Decimal(10) ** -DIGITS:
        n += 1
        term *= -x * x / n
        total += term / (2 * n + 1)
    return 2 * total / PI.sqrt()


VALUES = {
    "relu": lambda x: max(x, Decimal(0)),
    "leaky_relu": lambda x: x if x > 0 else x * Decimal("0.01"),
    "prelu": lambda x: x if x > 0 else x / 4,
    "elu": lambda x: x if x > 0 else x.exp() - 1,
    "celu": lambda x: max(x, Decimal(0)) + min(x.exp() - 1, Decimal(0)),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * (x.exp() - 1)),
    "gelu": lambda x: x * (1 + erf(x / Decimal(2).sqrt())) / 2,
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * tanh((1 + x.exp()).ln()),
    "softplus": lambda x: (1 + x.exp()).ln(),
    "squared_relu": lambda x: max(x, Decimal(0)) ** 2,
    "relu6": lambda x: clamp(x, 0, 6),
    "hardswish": lambda x: x * clamp(x + 3, 0, 6) / 6,
    "hardsigmoid": lambda x: clamp(x + 3, 0, 6) / 6,
    "hardtanh": lambda x: clamp(x, -1, 1),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "logsigmoid": lambda x: sigmoid(x).ln(),
    "tanhshrink": lambda x: x - tanh(x),
    "softshrink": lambda x: max(abs(x) - Decimal("0.5"), Decimal(0)).copy_sign(x),
    "hardshrink": lambda x: x if abs(x) > Decimal("0.5") else Decimal(0),
    "threshold": lambda x: x if x > 1 else Decimal(0),
    "binary_step": lambda x: Decimal(int(x >= 0)),
    "identity": lambda x: x,
}


@cache
def value(name, x):
    """Return the activation's value at a float, rounded once, at the end."""
    with localcontext(prec=DIGITS):
        return float(VALUES[name](Decimal(x)))


@cache
def slope(name, x):
    """Return its slope at a float that isn't a kink."""
    with localcontext(prec=DIGITS):
        left, right = (VALUES[name](Decimal(x) + step) for step in (-STEP, STEP))
        return float((right - left) / (2 * STEP))


def softmax(x):
    exponentials = [number.exp() for number in x]
    return [exponential / sum(exponentials) for exponential in exponentials]


def gated(name):
    def unit(x):
        half = len(x) // 2
        return [a * VALUES[name](b) for a, b in zip(x[:half], x[half:], strict=True)]

    return unit


COUPLED = {
    "softmax": softmax,
    "log_softmax": lambda x: [share.ln() for share in softmax(x)],
    "maxout": lambda x: [max(pair) for pair in zip(x[::2], x[1::2], strict=True)],
    "glu": gated("sigmoid"),
    "reglu": gated("relu"),
    "geglu": gated("gelu"),
    "swiglu": gated("silu"),
}


def coupled_values(name, x):
    """Return the outputs of a function over an axis for one slice of floats."""
    with localcontext(prec=DIGITS):
        return [float(number) for number in COUPLED[name]([Decimal(float(x_i)) for x_i in x])]


def coupled_slopes(name, x):
    """Return its Jacobian for one slice of floats: outputs down, inputs across."""
    columns = []
    with localcontext(prec=DIGITS):
        exact = [Decimal(float(x_i)) for x_i in x]
        for i in range(len(exact)):
            moved = [[*exact[:i], exact[i] + s, *exact[i + 1 :]] for s in (-STEP, STEP)]
            left, right = (COUPLED[name](numbers) for numbers in moved)
            columns.append([float((b - a) / (2 * STEP)) for a, b in zip(left, right, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]
