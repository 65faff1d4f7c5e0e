"""Recordings of the flows: how they are made, what may stand in them, and how they are replayed."""
