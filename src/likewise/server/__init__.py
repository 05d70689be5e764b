"""The web app: a local server over a workspace, and the pages in ``static/``."""
