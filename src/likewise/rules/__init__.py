"""Learners: one file each, every one answers with a `Rule`."""
