"""The graph over HTTP: protocol, bounds and negotiation; what a page says is made in `pmlkg.pages`."""
