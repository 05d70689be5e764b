"""Tools for agents, over the Model Context Protocol: they look, propose and ask; people decide."""
