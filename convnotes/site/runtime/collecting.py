"""Collects the pinned files from whoever has them, and refuses what isn't the pinned file."""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from tarfile import TarError
from typing import IO

from convnotes.site.runtime import sources
from convnotes.site.runtime.pinned import File

UNREADABLE = (OSError, EOFError, TarError, zipfile.BadZipFile, zlib.error)


def collect(
    wanted: Iterable[File], places: list[str], folder: Path, say: Callable[[str], object]
) -> list[File]:
    """Put the files into ``folder``, each from the first place that has it as it must be.

    A file appears under its name when it is whole and right, and not before: whoever is
    interrupted, or calls twice at once, leaves nothing half done. What is there and right stays.

    Args:
        wanted: The files.
        places: Folders, archives or addresses, in the order in which they are asked; see
            :func:`convnotes.site.runtime.sources.find`.
        folder: Where to put them; made if it isn't there.
        say: Is told, in a line each, what came from where, and what was refused and why.

    Returns:
        The files that are still missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [file for file in wanted if not _have(file, folder, places, say)]


def _have(file: File, folder: Path, places: list[str], say: Callable[[str], object]) -> bool:
    path = folder / file.name
    if path.is_file():
        with path.open("rb") as present:
            problem = _problem(present, file)
        if not problem:
            return True
        say(f"removed {path}: {problem}")
        path.unlink()
    for place in places:
        try:
            for found in sources.find(place, file.name):
                if problem := _take(found, file, path):
                    say(f"refused {file.name} from {place}: {problem}")
                else:
                    say(f"{file.name} from {place}")
                    return True
        except UNREADABLE as error:
            say(f"no {file.name} from {place}: {error}")
    return False


def _take(found: IO[bytes], file: File, path: Path) -> str:
    """Copy what was found to ``path``, unless something is wrong with it."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".unfinished-") as unfinished:
        copy = Path(unfinished, file.name)
        with copy.open("wb") as target:
            problem = _problem(found, file, target)
        if not problem:
            copy.replace(path)
    return problem


def _problem(found: IO[bytes], file: File, copy: IO[bytes] | None = None) -> str:
    digest, size = hashlib.sha256(), 0
    while piece := found.read(1 << 20):
        digest.update(piece)
        size += len(piece)
        if size > file.size:
            return f"it is longer than {file.size} bytes"
        if copy:
            copy.write(piece)
    if digest.hexdigest() == file.sha256:
        return ""
    return f"its SHA-256 is {digest.hexdigest()}, not {file.sha256}"
