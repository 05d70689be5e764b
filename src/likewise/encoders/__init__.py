"""Encoders: one file (or package) each, images and words to vectors."""
