"""Curators: which items of a pool to keep, and why the others go."""
