"""Exporters: one file each, rows of a dataset to files others can read."""
