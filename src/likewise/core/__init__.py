"""The nouns: frozen records on plain arrays, and the files they are saved in."""
