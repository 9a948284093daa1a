"""Functions and modules that emitted files carry with them.

These files are read as text, one definition at a time, and never imported: a helper may use tf and
other helpers alone.
"""
