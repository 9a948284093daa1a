"""A net as a picture: Graphviz's dot, SVG, PNG, or a page to look around in."""
