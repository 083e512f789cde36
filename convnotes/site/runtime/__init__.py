"""Python for the reader's browser: which files it takes, collected here and put into the site."""
