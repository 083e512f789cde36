"""Collecting Python for the browser, and what runs in it: both without a browser."""

import hashlib
import http.server
import io
import json
import subprocess
import sys
import tarfile
import threading
import zipfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from convnotes.site.blocks import answering, displaying
from convnotes.site.runtime import collecting, pinned, placing, sources

ROOT = Path(__file__).parents[1]
CONTENTS = {"core.mjs": b"core" * 1000, "numpy.whl": b"numpy" * 1000}
WANTED = [
    pinned.File(name, len(content), hashlib.sha256(content).hexdigest())
    for name, content in CONTENTS.items()
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def folder(tmp_path):
    """Both files, one of them deeper."""
    folder = tmp_path / "source"
    (folder / "deeper").mkdir(parents=True)
    (folder / "core.mjs").write_bytes(CONTENTS["core.mjs"])
    (folder / "deeper/numpy.whl").write_bytes(CONTENTS["numpy.whl"])
    return folder


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache/pyodide"


def collect(target, *places):
    """The names that are missing, and what was said."""
    said = []
    missing = collecting.collect(WANTED, list(map(str, places)), target, said.append)
    unfinished = [path.name for path in target.iterdir() if path.name not in CONTENTS]
    assert unfinished == []
    return [file.name for file in missing], said


def is_whole(target):
    return {path.name: path.read_bytes() for path in target.iterdir()} == CONTENTS


def archived(folder, kind):
    path = folder.parent / f"archive.{kind}"
    if kind == "tar.gz":
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "package")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("core.mjs", "deeper/numpy.whl"):
                archive.write(folder / name, f"package/{name}")
    return path


@pytest.mark.parametrize("kind", ["zip", "whl", "tar.gz"])
def test_files_come_out_of_an_archive(folder, target, kind):
    assert collect(target, archived(folder, kind))[0] == []
    assert is_whole(target)


def test_files_come_out_of_a_folder_and_stay_when_asked_for_again(folder, target):
    assert collect(target, folder)[0] == []
    assert is_whole(target)
    assert collect(target) == ([], [])
    assert is_whole(target)


def test_files_come_from_below_an_address_and_what_is_missing_there_from_elsewhere(folder, target):
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert collect(target, address) == (["numpy.whl"], [f"core.mjs from {address}"])
        assert collect(target, address, folder) == ([], [f"numpy.whl from {folder}"])
        server.shutdown()
    assert is_whole(target)


@pytest.mark.parametrize("spoilt", [b"Core" + b"core" * 999, b"core" * 1001, b"core" * 999])
def test_a_file_with_one_byte_changed_is_refused_by_name(folder, target, spoilt):
    (folder / "core.mjs").write_bytes(spoilt)
    missing, said = collect(target, folder)
    assert missing == ["core.mjs"]
    assert said[0].startswith(f"refused core.mjs from {folder}: ")
    assert list(target.iterdir()) == [target / "numpy.whl"]


def test_a_file_without_end_is_not_read_to_its_end(target, monkeypatch):
    endless = SimpleNamespace(read=lambda size: b"core" * 250)
    monkeypatch.setattr(sources, "find", lambda *_: iter([endless]))
    missing, said = collect(target, "somewhere")
    assert missing == list(CONTENTS)
    assert said[0] == "refused core.mjs from somewhere: it is longer than 4000 bytes"


def test_after_a_refusal_the_next_place_is_asked(folder, target):
    archive = archived(folder, "zip")
    (folder / "core.mjs").write_bytes(b"x")
    missing, said = collect(target, folder, archive)
    assert missing == []
    assert [line.split()[0] for line in said] == ["refused", "core.mjs", "numpy.whl"]
    assert is_whole(target)


def test_of_two_files_of_that_name_the_right_one_is_taken(folder, target):
    (folder / "a").mkdir()
    (folder / "a/core.mjs").write_bytes(b"another")
    (folder / "z").mkdir()
    (folder / "core.mjs").rename(folder / "z/core.mjs")
    assert collect(target, folder)[0] == []
    assert is_whole(target)


def test_what_was_spoilt_since_is_collected_again(folder, target):
    collect(target, folder)
    (target / "core.mjs").write_bytes(b"Core" + b"core" * 999)
    missing, said = collect(target)
    assert missing == ["core.mjs"]
    assert said[0].startswith(f"removed {target / 'core.mjs'}: its SHA-256 is ")
    assert collect(target, folder)[0] == []
    assert is_whole(target)


class Interrupted(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            raise KeyboardInterrupt
        return super().read(2000)


def test_what_is_interrupted_leaves_nothing_behind_and_is_taken_up_again(
    folder, target, monkeypatch
):
    monkeypatch.setattr(sources, "find", lambda *_: iter([Interrupted(CONTENTS["core.mjs"])]))
    with pytest.raises(KeyboardInterrupt):
        collect(target, folder)
    assert list(target.iterdir()) == []
    monkeypatch.undo()
    assert collect(target, folder)[0] == []
    assert is_whole(target)


def test_a_broken_archive_is_named(folder, target):
    path = archived(folder, "zip")
    path.write_bytes(path.read_bytes()[:200])
    missing, said = collect(target, path)
    assert missing == list(CONTENTS)
    assert all("neither a zip, wheel or tar archive nor a folder" in line for line in said)


def test_an_address_that_nobody_answers_is_named(target):
    missing, said = collect(target, "http://127.0.0.1:9")
    assert missing == list(CONTENTS)
    assert said[0].startswith("no core.mjs from http://127.0.0.1:9: ")


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "convnotes.site.runtime", *map(str, arguments)],
        cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip


def test_the_command_says_what_is_missing(tmp_path):
    nothing = run(tmp_path)
    assert nothing.returncode == 1
    assert "missing: pyodide.asm.wasm (10.1 MB)" in nothing.stdout
    assert f"0 of {len(pinned.FILES)} files are in .cache/pyodide-0.27.7" in nothing.stdout
    mistyped = run(tmp_path, "nowhere.whl")
    assert mistyped.returncode == 2
    assert "nowhere.whl isn't there" in mistyped.stderr


def test_the_table_names_each_file_once_with_what_it_depends_on():
    assert len({file.name for file in pinned.FILES}) == len(pinned.FILES) == 19
    assert all(len(file.sha256) == 64 and file.size > 1000 for file in pinned.FILES)
    packages = pinned.LOCK["packages"]
    assert all(set(p["depends"]) <= set(packages) for p in packages.values())
    # From the lock that comes with Pyodide 0.27.7
    assert packages["numpy"]["sha256"].startswith("ebb61241d962b98b21597d7ce43b6766")
    assert packages["matplotlib"]["sha256"].startswith("50d4641b32e84ecb0a2c271728d4be73")


def test_a_build_puts_the_files_and_a_lock_that_names_its_own_wheel(tmp_path, monkeypatch):
    cache, site = tmp_path / "cache", tmp_path / "site"
    cache.mkdir()
    for name, content in CONTENTS.items():
        (cache / name).write_bytes(content)
    site.mkdir()
    wheel = site / "convnotes-1.2.3-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(placing, "CACHE", cache)
    monkeypatch.setattr(placing, "FILES", WANTED)
    locks = []
    for _ in range(2):
        placing.put(site)
        locks.append((site / placing.FOLDER / "pyodide-lock.json").read_bytes())
    assert locks[0] == locks[1]
    lock = json.loads(locks[0])
    own = lock["packages"]["convnotes"]
    assert (site / placing.FOLDER / own["file_name"]).resolve() == wheel
    assert own["version"] == "1.2.3"
    assert own["sha256"] == hashlib.sha256(b"wheel").hexdigest()
    bars = site / placing.FOLDER / lock["packages"]["tqdm"]["file_name"]
    assert "tqdm/std.py" in zipfile.ZipFile(bars).namelist()
    assert (site / placing.FOLDER / "numpy.whl").read_bytes() == CONTENTS["numpy.whl"]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"half")])
def test_a_build_goes_without_unless_all_is_there(tmp_path, monkeypatch, spoil):
    for file in WANTED:
        (tmp_path / file.name).write_bytes(CONTENTS[file.name])
    monkeypatch.setattr(pinned, "FILES", WANTED)
    monkeypatch.setattr(placing, "CACHE", tmp_path)
    assert placing.is_collected()
    spoil(tmp_path / "core.mjs")
    assert not placing.is_collected()


def answer(code, session="", *, typed=False):
    return json.loads(answering.answer(code, session, typed=typed))


def test_a_reader_is_answered_with_what_the_code_prints_and_draws():
    result = answer("import matplotlib.pyplot as plt\nplt.plot([1])\nprint(1)")
    assert result["output"] == "1\n"
    assert result["error"] == ""
    assert "Figure 1</figcaption>" in result["figures"][0]


def test_sessions_are_kept_apart():
    answer("x = 1", "one")
    assert answer("print(x)", "one")["output"] == "1\n"
    assert "NameError" in answer("print(x)", "two")["error"]
    answer("x = 1")
    assert "NameError" in answer("print(x)")["error"]


def test_an_example_prints_values_as_a_session_does():
    assert answer("x = 3\nx\nfor n in range(2):\n    n\nNone", typed=True)["output"] == "3\n0\n1\n"
    assert answer("x = 3\nx")["output"] == ""


def test_a_bar_that_is_drawn_over_shows_its_end():
    assert answer("import sys\nprint('1%\\r 99%\\r100%', file=sys.stderr)")["output"] == "100%\n"


def test_a_mistyped_line_is_shown_without_a_file_of_the_site():
    error = answer("x = 1\nif:")["error"]
    assert error.startswith('  File "<snippet>", line 2\n    if:\n')


def test_a_lab_plays_sounds_without_ipython(monkeypatch):
    import IPython  # what is there now comes back
    import IPython.display
    from tqdm import tqdm

    monkeypatch.setitem(sys.modules, "IPython", IPython)
    monkeypatch.setitem(sys.modules, "IPython.display", IPython.display)
    monkeypatch.setattr(tqdm, "monitor_interval", tqdm.monitor_interval)
    code = "from IPython.display import Audio, display\ndisplay(Audio([0, 1, -2], rate=8000))\n"
    code += "display(Audio([0, 0.5, -0.2], rate=8000, normalize=False))"
    theirs = [
        IPython.display.Audio([0, 1, -2], rate=8000),
        IPython.display.Audio([0, 0.5, -0.2], rate=8000, normalize=False),
    ]
    answering.prepare()
    for shown, their in zip(answer(code)["figures"], theirs, strict=True):
        assert shown.partition('src="')[2].partition('"')[0] in their._repr_html_()
    with pytest.raises(ValueError, match="between -1 and 1"):
        displaying.Audio([0, -1.5], rate=8000, normalize=False)
