"""Plots that need no library for plots."""
