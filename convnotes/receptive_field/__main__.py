"""``python -m convnotes.receptive_field model.onnx``: the receptive fields of a model's layers."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from json import dumps
from pathlib import Path
from typing import Any, NoReturn

from convnotes.receptive_field import Model, from_onnx, from_torch, mask
from convnotes.receptive_field.reporting import Report, as_json, facts, report, table
from convnotes.receptive_field.trace import as_csv, as_markdown, as_text
from convnotes.receptive_field.values import as_tuple

NEEDS_TORCH = "a factory needs PyTorch: pip install 'convnotes[torch]'"


class Parser(ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> Parser:
    """Return what reads the command line."""
    made = Parser(
        prog="python -m convnotes.receptive_field",
        description="Print the receptive field of every layer of a model, and what follows.",
    )
    made.add_argument("model", help="an ONNX file, or package.module:factory, which makes a module")
    made.add_argument("--input", metavar="3,224,224", help="shape of the input without the batch")
    made.add_argument(
        "--output", metavar="NAME", help="layer or module whose units are asked about"
    )
    made.add_argument("--table", choices=("text", "md", "csv", "json"), default="text")
    made.add_argument(
        "--figure", metavar="FILE", help="draw what the middle unit sees, as SVG or PNG"
    )
    made.add_argument(
        "--unknown", choices=("refuse", "whole"), default="refuse",
        help="let what isn't known see the whole input",
    )  # fmt: skip
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was asked for, or one line that says what to do."""
    reader = parser()
    asked = reader.parse_args(arguments)
    try:
        model = _read(asked)
        name = next(name for name in model.outputs if name is not None)
        found = report(model, name)
        if asked.figure:
            _draw(model, found, Path(asked.figure))
    except (ImportError, OSError, TypeError, ValueError) as error:
        reader.error(" ".join(str(error).split()))
    print(_shown(model, found, asked.table))


def _read(asked: Namespace) -> Model:
    shape = None if asked.input is None else _shape(asked.input)
    how = {"output": asked.output, "unknown": asked.unknown}
    if asked.model.endswith(".onnx") or Path(asked.model).is_file():
        return from_onnx(asked.model, input_shape=shape and (1, *shape), **how)
    if ":" not in asked.model:
        raise ValueError(f"{asked.model} is neither an ONNX file nor package.module:factory")
    factory = _factory(asked.model)
    if shape is None:
        raise ValueError("pass the shape of one input without the batch: --input 3,224,224")
    return _from_factory(factory, (1, *shape), how)


def _shape(words: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(word) for word in words.replace("x", ",").split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise ValueError(f"--input {words} must be sizes, such as 3,224,224")
    return sizes


def _factory(spec: str) -> Callable[[], Any]:
    place, _, name = spec.partition(":")
    try:
        found: Any = import_module(place)
        for part in name.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise ImportError(NEEDS_TORCH) from error
        raise ImportError(f"{spec}: {error}; run in its folder, or install it") from error
    except AttributeError as error:
        raise ImportError(f"{spec}: {error}") from error
    if not callable(found):
        raise TypeError(f"{spec} must be a function or class that makes a torch.nn.Module")
    return found


def _from_factory(factory: Callable[[], Any], shape: tuple[int, ...], how: dict[str, Any]) -> Model:
    try:
        import torch
    except ImportError as error:
        raise ImportError(NEEDS_TORCH) from error
    for device in ("meta", "cpu"):
        with torch.device(device):
            try:
                made = factory() if not isinstance(factory, torch.nn.Module) else factory
                example = torch.empty(shape)
                break
            except NotImplementedError:  # it computes with its weights, which "meta" hasn't
                if device == "cpu":
                    raise
    if not isinstance(made, torch.nn.Module):
        raise TypeError(f"the factory must return a torch.nn.Module, not {type(made).__name__}")
    if not any(True for _ in made.parameters()):
        return from_torch(made.eval(), example, **how)
    return from_torch(made.eval(), example.to(next(made.parameters()).device), **how)


def _draw(model: Model, found: Report, path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    from convnotes import plots

    if len(model.input_size) > 2:
        raise ValueError("--figure draws one or two axes")
    units = as_tuple(found.field.units) * (len(model.input_size) if _one(found) else 1)
    unit = tuple(count // 2 for count in units)
    seen = mask(model.layers, unit, input_size=model.input_size)
    title = f"{found.output}, unit {'×'.join(map(str, unit))}"
    picture = seen.reshape((1,) * (2 - seen.ndim) + seen.shape).astype(float)
    plots.heat("What the middle unit sees", {title: picture}).savefig(path)


def _one(found: Report) -> bool:
    return not isinstance(found.field.units, tuple)


def _shown(model: Model, found: Report, kind: str) -> str:
    if kind == "json":
        return dumps(as_json(model, found), indent=1)
    cells, lines = table(found), facts(model, found)
    if kind == "csv":
        return as_csv(cells)
    if kind == "md":
        return "\n".join([as_markdown(cells), "", *(f"- {line}" for line in lines)])
    return "\n".join([as_text(cells), "", *lines])


if __name__ == "__main__":
    sys.exit(main())
