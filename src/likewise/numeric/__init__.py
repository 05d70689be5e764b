"""Algorithms on plain arrays."""
