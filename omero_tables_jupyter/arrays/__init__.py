"""Data into TileDB arrays and back: knows no HTTP and no Jupyter."""
