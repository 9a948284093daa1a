"""Document to text, in one layout. Loaded when something is printed."""
