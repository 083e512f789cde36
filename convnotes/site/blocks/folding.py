"""Whether a snippet that draws is shown folded under its figure: if most of its lines only draw.

A line only draws if it calls something of matplotlib or `convnotes.plots`, or something made with
them (``ax.plot``), or keeps a text in a name (a caption). Imports, and the first lines of loops and
conditions, say nothing either way.
"""

import ast
from collections.abc import Iterator

DRAWING = ("matplotlib", "convnotes.plots")


def mostly_draws(code: str) -> bool:
    """Whether more than half of the lines that say something only draw."""
    drawn = list(_lines(ast.parse(code).body, set()))
    return 2 * sum(drawn) > len(drawn)


def _lines(body: list[ast.stmt], drawing: set[str]) -> Iterator[bool]:
    """For each line whether it only draws; ``drawing`` gathers the names that do."""
    for statement in body:
        match statement:
            case ast.Import(names=names):
                drawing |= {a.asname or a.name for a in names if a.name.startswith(DRAWING)}
            case ast.ImportFrom(module=module, names=names):
                full = {a.asname or a.name: f"{module}.{a.name}" for a in names}
                drawing |= {name for name, path in full.items() if path.startswith(DRAWING)}
            case ast.For(target=target, iter=values, body=inner):
                if _names(values) & drawing:  # for ax, sigma in zip(axes, …)
                    drawing |= _names(target)
                yield from _lines(inner, drawing)
            case ast.If(body=inner, orelse=otherwise):
                yield from _lines([*inner, *otherwise], drawing)
            case _:
                only = _only_draws(statement, drawing)
                yield from [only] * (statement.end_lineno - statement.lineno + 1)


def _only_draws(statement: ast.stmt, drawing: set[str]) -> bool:
    match statement:
        case ast.Assign(value=ast.Constant(value=str()) | ast.JoinedStr()):
            return True
        case ast.Assign(targets=targets, value=ast.Call(func=function)):
            if draws := _root(function) in drawing:
                drawing |= set().union(*map(_names, targets))
            return draws
        case ast.Expr(value=ast.Call(func=function)):
            return _root(function) in drawing
    return False


def _root(node: ast.expr) -> str | None:
    """The name that a chain of attributes, calls and indices begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _names(node: ast.expr) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
