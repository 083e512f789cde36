"""Runs snippets, each in a process of its own, and keeps their results until something changes.

The builder may have imported an older version of the package hours ago; a process started
afresh imports today's. It also keeps one snippet's state out of the next one's.
"""

import hashlib
import json
import multiprocessing
import os
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from threading import get_ident

from convnotes.site.blocks import running

PACKAGE = Path(__file__).parents[2]
CACHE = Path(".cache/snippets")
SECONDS = 60

# Importing these takes most of a short snippet's time, so the server process that every snippet
# is forked from has done it. It imports convnotes only if that can't change, in `share_package`.
PRELOAD = [
    "__main__",
    "numpy",
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "tqdm",
]
START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"

VERSIONS = f"{version('numpy')} {version('matplotlib')} {platform.python_version()}"


def share_package() -> None:
    """Fork snippets from a process that has imported the package: for a single build."""
    parts = ("activations", "kernels", "plots", "samples", "three_by_three", "site.blocks.running")
    PRELOAD.extend(f"convnotes.{part}" for part in parts)


def run(codes: list[str]) -> tuple[list[running.Result], int]:
    """Results of all snippets, and how many ran; the others and the package are unchanged."""
    CACHE.mkdir(parents=True, exist_ok=True)
    today = fingerprint()
    names = [hashlib.sha256(today + code.encode()).hexdigest() for code in codes]
    paths = [CACHE / f"{name}.json" for name in names]
    missing = sum(not path.exists() for path in paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_run_cached, codes, paths)), missing


def fingerprint() -> bytes:
    """Changes with anything a result depends on besides the snippet."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    digest.update(VERSIONS.encode())
    return digest.digest()


def _run_cached(code: str, path: Path) -> running.Result:
    if path.exists():
        return running.Result(**json.loads(path.read_text("utf-8")))
    result = run_in_process(code)
    if not result.error:
        # The same snippet may stand on a page twice, and two builds may run at once.
        unfinished = path.with_suffix(f".{os.getpid()}-{get_ident()}")
        unfinished.write_text(json.dumps(asdict(result)), "utf-8")
        unfinished.replace(path)
    return result


def run_in_process(code: str) -> running.Result:
    """Run one snippet afresh, with today's package, and stop it after a minute."""
    context = multiprocessing.get_context(START)
    if START == "forkserver":
        context.set_forkserver_preload(PRELOAD)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(code, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if receiver.poll(SECONDS):
            return receiver.recv()
        return running.Result("", [], f"still running after {SECONDS} seconds")
    except EOFError:
        process.join()
        return running.Result("", [], f"the process ended with exit code {process.exitcode}")
    finally:
        process.kill()
        process.join()


def _send(code: str, sender: Connection) -> None:
    sender.send(running.run(code))
