"""Estimates of how many images are left, and advice when to stop."""
