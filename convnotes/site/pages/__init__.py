"""What a page has beside its blocks: terms, formulas, labs, files to take along, search."""
