"""Expressions of the language: values, literals, arithmetic, and sizes written as text. Knows no layers and no net."""
