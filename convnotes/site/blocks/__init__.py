"""The code on the pages: found, run, drawn and set into the page."""
