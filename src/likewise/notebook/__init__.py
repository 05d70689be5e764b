"""Notebooks: the grid and the map of the web app as widgets; what is selected comes back as ids."""
