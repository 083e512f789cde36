"""Where files can be looked for: in a folder, in an archive, below an address."""

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

SECONDS = 60  # without a byte from a server


def find(source: str, name: str) -> Iterator[IO[bytes]]:
    """Every file called ``name`` in ``source``, opened; several may be, and only one the right one.

    Args:
        source: A folder, searched with its folders; a zip, wheel or tar archive; or the address
            that the names follow, ``https://…``.
        name: The file's name, without a folder.

    Raises:
        OSError: If the source isn't there, can't be reached or is no archive.
    """
    path = Path(source)
    if source.startswith(("https://", "http://")):
        yield from _below_address(f"{source.rstrip('/')}/{name}")
    elif path.is_dir():
        for found in sorted(path.rglob(name)):
            with found.open("rb") as file:
                yield file
    elif zipfile.is_zipfile(path):
        yield from _in_zip(path, name)
    elif path.is_file() and tarfile.is_tarfile(path):
        yield from _in_tar(path, name)
    elif path.is_file():
        raise OSError(f"{source} is neither a zip, wheel or tar archive nor a folder")
    else:
        raise OSError(f"{source} isn't there")


def _below_address(address: str) -> Iterator[IO[bytes]]:
    try:
        with urlopen(address, timeout=SECONDS) as file:
            yield file
    except HTTPError as error:
        if error.code not in (404, 410):
            raise OSError(f"{address}: {error}") from None


def _in_zip(path: Path, name: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.rpartition("/")[2] == name:
                with archive.open(member) as file:
                    yield file


def _in_tar(path: Path, name: str) -> Iterator[IO[bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.rpartition("/")[2] == name:
                with archive.extractfile(member) as file:
                    yield file
