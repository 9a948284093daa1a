"""The grammars, as package data (import name `netspec.grammars`)."""
