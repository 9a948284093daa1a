"""Emitters that are one for all backends: they name a helper, and give it a layer's fields.

What a backend writes otherwise stands in its `Spelling`; what is more than that, in a file of its own.
"""
