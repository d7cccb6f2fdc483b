"""The faces: magics, cards and the panel; all that knows IPython, ipywidgets and traitlets."""
