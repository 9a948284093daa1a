"""What netspec asks of the machine: output files that are whole, packages that may be missing, rest from garbage."""
