"""Methods for several classes: one file each, every one answers with a `Classifier`."""
