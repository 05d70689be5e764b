"""An encoder made to fit a person's labels: a projection of its vectors, or the network itself."""
