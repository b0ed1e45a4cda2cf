"""The checks: what may not be said, and what may not be said now. `engine` runs them, `rules` lists them."""
