"""What a workspace knows of a concept, turned into evidence, and the ways labels come in."""
