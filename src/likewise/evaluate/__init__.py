"""How good is it: ranking measures, calibration, and reviewers replayed over labelled data."""
