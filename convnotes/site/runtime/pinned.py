"""Which files Pyodide and the packages under a block consist of, with size and SHA-256.

``pinned.json`` is the only place that names the version: a part of the official
``pyodide-lock.json``, in its format, with the size of each file and the core's own files. A file
is what it should be when its hash is, wherever it comes from.
"""

import json
from dataclasses import dataclass
from pathlib import Path

LOCK = json.loads((Path(__file__).with_name("pinned.json")).read_text("utf-8"))
VERSION = LOCK["info"]["version"]
CACHE = Path(f".cache/pyodide-{VERSION}")


@dataclass(frozen=True)
class File:
    """A file as it must be."""

    name: str
    size: int
    sha256: str


FILES = [
    *(File(name, **properties) for name, properties in LOCK["core"].items()),
    *(File(p["file_name"], p["size"], p["sha256"]) for p in LOCK["packages"].values()),
]


def missing(folder: Path) -> list[File]:
    """The files that ``folder`` doesn't have, or not in their size; hashes take the collector."""
    return [
        file
        for file in FILES
        if not (folder / file.name).is_file() or (folder / file.name).stat().st_size != file.size
    ]
