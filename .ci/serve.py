"""Serve the folder that is named. LinkChecker waits between requests where it isn't invited."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Handler(SimpleHTTPRequestHandler):
    """Sends the header by which LinkChecker knows that it may ask as fast as it can."""

    def end_headers(self) -> None:
        """Invite it."""
        self.send_header("LinkChecker", "welcome")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


address, handler = ("127.0.0.1", 8765), partial(Handler, directory=sys.argv[1])
ThreadingHTTPServer(address, handler).serve_forever()
