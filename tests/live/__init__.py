"""The live session: which readings of the contract's open questions a service has, seen through its API alone."""
