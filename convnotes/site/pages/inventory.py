"""Where NumPy and matplotlib document the types that the reference names.

mkdocstrings would fetch both projects' inventories, thousands of names, whenever the site is built.
These are the lines that it needs; a test says when one is missing.
"""

NUMPY = "https://numpy.org/doc/stable/reference/"
MATPLOTLIB = "https://matplotlib.org/stable/api/"

ADDRESSES = {
    "matplotlib.figure.Figure": f"{MATPLOTLIB}_as_gen/matplotlib.figure.Figure.html",
    "numpy.bool_": f"{NUMPY}arrays.scalars.html#numpy.bool",
    "numpy.float64": f"{NUMPY}arrays.scalars.html#numpy.float64",
    "numpy.floating": f"{NUMPY}arrays.scalars.html#numpy.floating",
    "numpy.intp": f"{NUMPY}arrays.scalars.html#numpy.intp",
    "numpy.random.Generator": f"{NUMPY}random/generator.html#numpy.random.Generator",
    "numpy.typing.ArrayLike": f"{NUMPY}typing.html#numpy.typing.ArrayLike",
    "numpy.typing.NDArray": f"{NUMPY}typing.html#numpy.typing.NDArray",
}
