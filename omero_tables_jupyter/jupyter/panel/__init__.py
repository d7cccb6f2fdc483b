"""The panel: what ``%omero_upload`` does, as a form."""
