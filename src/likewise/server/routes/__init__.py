"""The REST routes, one subject a file: each parses, makes one call and answers."""
