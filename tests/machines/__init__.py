"""State machines: what a client does, held to a model, to faults at every step, and to another client."""
