"""The values that a snippet offers to try, and the snippet at each of them.

``sigma = 1.0  # try 0.5, 2, 4`` at the start of a line offers four states, in order of size. Words
(``mode = "reflect"  # try "zeros", "circular"``) keep the order in which they are written, the
shown one first. Two such lines offer every combination.
"""

import ast
import io
import itertools
import math
import re
import tokenize
from dataclasses import dataclass

MOST = 64  # states of one snippet
OFFER = re.compile(r"(?P<name>[A-Za-z_]\w*) = (?P<shown>.+?)  # try (?P<offered>.+)")


class OfferError(ValueError):
    """A comment offers values in a way that can't be run; ``line`` is 0-based in the snippet."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Control:
    """A line that offers values, all as they are written: the shown one and the others."""

    line: int  # 0-based, of the snippet
    name: str
    shown: str
    offered: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether the values have an order and a distance: numbers that are no booleans."""
        values = [ast.literal_eval(text) for text in (self.shown, *self.offered)]
        return all(type(value) in (int, float) for value in values)

    @property
    def values(self) -> tuple[str, ...]:
        """Every value, numbers by size."""
        values = (self.shown, *self.offered)
        return tuple(sorted(values, key=ast.literal_eval)) if self.numeric else values

    @property
    def labels(self) -> tuple[str, ...]:
        """The values as a reader says them: words without quotes."""
        read = {text: ast.literal_eval(text) for text in self.values}
        return tuple(v if isinstance(v, str) else text for text, v in read.items())

    def with_value(self, value: str) -> str:
        """The line at a value, which changes places with the shown one."""
        others = (self.shown if other == value else other for other in self.offered)
        return f"{self.name} = {value}  # try {', '.join(others)}"


def controls(code: str) -> list[Control]:
    """Every line of a snippet that offers values.

    Raises:
        OfferError: If a comment begins with ``try`` and isn't such an offer, values repeat, a name
            offers twice, or there are more than 64 combinations.
    """
    found = [_control(line, text) for line, text in _comments(code)]
    for n, control in enumerate(found):
        if control.name in [other.name for other in found[:n]]:
            raise OfferError(control.line, f"{control.name} offers values twice")
    count = math.prod(len(control.values) for control in found)
    if count > MOST:
        raise OfferError(found[0].line, f"{count} states to try, and at most {MOST} are run")
    return found


def codes(code: str, offers: list[Control]) -> list[str]:
    """The snippet in every state, the last control's values changing first."""
    states = []
    for values in itertools.product(*(control.values for control in offers)):
        lines = code.splitlines(keepends=True)
        for control, value in zip(offers, values, strict=True):
            lines[control.line] = control.with_value(value) + "\n"
        states.append("".join(lines))
    return states


def named(offers: list[Control], state: int) -> str:
    """What a message calls a state: ``sigma = 2, mode = "zeros"``."""
    combinations = itertools.product(*(control.values for control in offers))
    values = next(itertools.islice(combinations, state, None))
    return ", ".join(f"{c.name} = {value}" for c, value in zip(offers, values, strict=True))


def _comments(code: str) -> list[tuple[int, str]]:
    """Where a comment begins with ``try``, and its whole line."""
    lines = code.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):  # running it will say so, and where
        return []
    return [
        (token.start[0] - 1, lines[token.start[0] - 1])
        for token in tokens
        if token.type == tokenize.COMMENT and re.match(r"#\s*try\b", token.string)
    ]


def _control(line: int, text: str) -> Control:
    offer = OFFER.fullmatch(text)
    if offer is None:
        raise OfferError(
            line,
            f"{text.strip()!r} offers nothing that can be tried: write "
            "'name = literal  # try literal, literal' at the start of a line",
        )
    values = (offer["shown"], *_literals(line, offer["offered"]))
    _literals(line, offer["shown"])
    known = [ast.literal_eval(value) for value in values]
    for n, value in enumerate(known):
        if value in known[:n]:
            raise OfferError(line, f"{text!r} offers {values[n]} twice")
    control = Control(line, offer["name"], values[0], values[1:])
    if control.with_value(control.shown) != text:
        raise OfferError(line, f"write {control.with_value(control.shown)!r}, not {text!r}")
    return control


def _literals(line: int, text: str) -> list[str]:
    source = f"[{text}]"
    try:
        elements = ast.parse(source, mode="eval").body.elts
        texts = [ast.get_source_segment(source, element) for element in elements]
        for value in texts:
            ast.literal_eval(value)
    except (SyntaxError, ValueError, TypeError, AttributeError):
        raise OfferError(line, f"'# try' takes Python literals, not {text!r}") from None
    return texts
