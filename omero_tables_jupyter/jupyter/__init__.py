"""The faces: magics and cards; all that knows IPython, ipywidgets and traitlets."""
