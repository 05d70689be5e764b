"""Teach an image collection a concept by example."""
