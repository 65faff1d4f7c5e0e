"""Zoho Cliq's My Pins and chat folders for Python.

The ergonomic client is being built here; the generated one is usable by itself: see `cliq_pins_client`.
"""
