"""What the scripts share: reading a contract, the normalising passes, and what changed between two contracts."""
