"""What builds the site: Python-Markdown extensions and the MkDocs hook."""
