"""Mirrors: copies of a collection in vector databases that teams already run."""
