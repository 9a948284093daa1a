"""From plain fields to a Net: old formats upgraded, fields decoded, rules applied, layers wired and measured."""
