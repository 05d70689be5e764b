"""Label the rest of a collection from the few that a person labelled: methods, one a file."""
