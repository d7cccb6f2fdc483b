"""OMERO over HTTP: login, browsing, registration. Knows no TileDB and no Jupyter."""
