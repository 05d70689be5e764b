"""Threads: work shared out among them, BLAS kept to one, and one that lets another pass."""
