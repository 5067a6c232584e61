"""Ways between a client and the hub: they pump text and have no rules of their own."""
