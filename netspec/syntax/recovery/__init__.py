"""What reading a text with errors takes. Loaded when there is one."""
