"""Networks read from models of others: what follows shapes, and what knows operations."""
