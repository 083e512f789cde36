"""Write layers down, with names, so that others can go on from them."""

from collections.abc import Sequence
from typing import Any

from convnotes.receptive_field.importing.factors import CannotFollow
from convnotes.receptive_field.joins import Add, From
from convnotes.receptive_field.layers import AdaptivePool, Layer
from convnotes.receptive_field.values import by_axis, plain


class Writer:
    """The layers found so far, the units of each, and what is to be said about them.

    Attributes:
        layers: What `receptive_field` takes.
        where: What the operation that is being followed is called; a layer gets that name.
        notes: Sentences for the reader.
        sizes: Of every layer, its units on each axis.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.layers: list[Any] = []
        self.where = ""
        self.notes: dict[str, None] = {}
        self.sizes = {"input": tuple(sizes)}
        self._last = "input"
        self._pooled: set[str] = set()
        self._known: dict[Any, str] = {}

    @property
    def axes(self) -> int:
        """The number of axes."""
        return len(self.sizes["input"])

    def note(self, words: str) -> None:
        """Say something about the layer that is being followed."""
        self.notes[f"{self.where}: {words}"] = None

    def layer(self, source: str, kind: Any, *values: Any, **options: Any) -> str:  # noqa: ANN401
        """Write down an operation on a layer, with one value an axis; return its name."""
        key = (source, kind, values, tuple(options.items()))
        if key not in self._known or kind is Layer:
            item = kind(*map(plain, values), **options, name=self._name())
            self._known[key] = self._write(item, source)
        return self._known[key]

    def window(self, source: str, rows: dict[int, Any], *, ceil_mode: bool = False) -> str:
        """Write down a window: kernel size, stride, padding and dilation on each of its axes."""
        columns = [rows.get(axis, (1, 1, (0, 0), 1)) for axis in range(self.axes)]
        kernel, stride, padding, dilation = zip(*columns, strict=True)
        even = all(left == right for left, right in padding)
        sides = plain(tuple(left for left, _ in padding)) if even else padding
        options = {"padding": sides, "dilation": plain(dilation)}
        options |= {"ceil_mode": True} if ceil_mode else {}
        return self.layer(source, Layer, kernel, stride, **options)

    def _write(self, item: Any, source: str) -> str:  # noqa: ANN401
        if source != self._last:
            self.layers.append(From(source))
        values = by_axis(item.values, self.axes)
        pairs = zip(values, self.sizes[source], strict=True)
        self.sizes[item.name] = tuple(item.axis(*each).units(size) for each, size in pairs)
        if source in self._pooled or isinstance(item, AdaptivePool):
            self._pooled.add(item.name)
        return self._append(item)

    def _append(self, item: Any) -> str:  # noqa: ANN401
        self.layers.append(item)
        self._last = item.name
        return item.name

    def _name(self) -> str:
        name, count = self.where, 1
        while name in self.sizes:
            count += 1
            name = f"{self.where}#{count}"
        return name

    def join(self, sources: Sequence[str | None]) -> str | None:
        """Write down that layers meet, unit by unit; a single unit meets all."""
        distinct = list(dict.fromkeys(each for each in sources if each is not None))
        if len(distinct) < 2:
            return distinct[0] if distinct else None
        most = tuple(map(max, *(self.sizes[each] for each in distinct)))
        distinct = [self._broadcast(each, most) for each in distinct]
        key = ("join", *sorted(distinct))
        if key not in self._known:
            name = self._name()
            self.sizes[name] = most
            if all(each in self._pooled for each in distinct):
                self._pooled.add(name)
            self._known[key] = self._append(Add(*([From(each)] for each in distinct), name=name))
        return self._known[key]

    def _broadcast(self, source: str, most: tuple[int, ...]) -> str:
        sizes = self.sizes[source]
        single = tuple(
            1 if size == 1 < many else None for size, many in zip(sizes, most, strict=True)
        )
        if any(size not in (1, many) for size, many in zip(sizes, most, strict=True)):
            raise CannotFollow(f"{sizes} units of {source} don't fit {most}")
        if source in self._pooled or single == (None,) * len(single):
            return source
        self.note(f"the one unit of {source} is joined with many, and counts as everything")
        return self.layer(source, AdaptivePool, single)
