"""Do backends compute the same numbers for a net? `netspec.verify` is the function in `run`."""
