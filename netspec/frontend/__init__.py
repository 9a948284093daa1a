"""From a text to a Net: `load` for those who use it, `driver` for the order of the steps."""
