"""From the normalised contract to the generated package: models, operations, and the files written as one."""
