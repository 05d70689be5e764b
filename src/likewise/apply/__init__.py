"""Scores and classifies new images with a saved rule or classifier."""
