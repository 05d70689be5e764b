"""Learners and methods in scikit-learn's form, for its pipelines, searches and cross-validators."""
