"""Network specs to start from: `.net` files as package data, import name `netspec.specs`."""
