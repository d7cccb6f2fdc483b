"""Several tables in one call: asked for, checked together, uploaded one after the other."""
