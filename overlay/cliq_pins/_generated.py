"""The one module that imports the generated package; all others of `cliq_pins` take its names from here."""

from cliq_pins_client import Operation, RateLimit, document_json, operation_table

__all__ = ["Operation", "RateLimit", "document_json", "operation_table"]
