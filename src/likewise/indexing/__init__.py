"""Turns sources into collections."""
