"""Text to Document and back. The only importer of Lark, and the only place that knows the grammar."""
