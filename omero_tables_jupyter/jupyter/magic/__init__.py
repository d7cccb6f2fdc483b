"""The magics: what is typed, and what becomes of it."""
