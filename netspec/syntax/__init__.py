"""Text to Document and back. The only place that knows the grammar."""
