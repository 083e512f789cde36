"""The site, served behind a strict Content-Security-Policy, and a browser to read it in."""

import base64
import hashlib
import os
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# No sandbox, because a container's root has none. The next keep the browser off the network; the
# last makes text as wide as on a reader's screen.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--font-render-hinting=slight",
]  # fmt: skip
INLINE = re.compile(r"<script(?![^>]*(?:src=|json))[^>]*>(.*?)</script>", re.DOTALL)


@pytest.fixture(scope="session")
def pages(site):
    return sorted(path.parent.relative_to(site).as_posix() for path in site.rglob("index.html"))


@pytest.fixture(scope="session")
def policy(site):
    """What the site promises to live with: nothing inline but the scripts that are known."""
    scripts = {
        script
        for path in site.rglob("*.html")
        for script in INLINE.findall(path.read_text("utf-8"))
    }
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    hashes = " ".join(f"'sha256-{digest}'" for digest in sorted(digests))
    return (
        f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {hashes}; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "media-src 'self' data:"
    )


@pytest.fixture(scope="session")
def address(site, policy):
    """Where the site is served, ending in a slash."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Cache-Control", "max-age=600")  # as hosts of static sites do
            super().end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; without one the tests skip, unless ``BROWSER_REQUIRED`` is set."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing = f"none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(missing)
        pytest.skip(missing)
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright isn't installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser):
    """A page held upright, under thumbs."""
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def swipe(phone):
    """Moves a finger over the phone, from place to place."""
    session = phone.context.new_cdp_session(phone)

    def touch(kind, *points):
        named = [dict(zip("xy", point, strict=True)) for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": named})

    def swipe(start, *others):
        touch("touchStart", start)
        for place in others:
            touch("touchMove", place)
            phone.wait_for_timeout(20)
        touch("touchEnd")

    return swipe
