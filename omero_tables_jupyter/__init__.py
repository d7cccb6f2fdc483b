"""Analysis tables from a Jupyter notebook into OMERO Plus: checked, converted to TileDB, registered."""

__version__ = "0.1.0"
