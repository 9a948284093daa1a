"""The command line. Each command is a module of its own, imported when it is used."""

from __future__ import annotations

# Exit statuses; the last three as shells and sysexits.h have them.
FINE = 0
FAULT = 1  # the spec, or the comparison, has errors
USAGE = 2
INTERNAL = 70  # a fault of netspec itself
INTERRUPTED = 130
NO_READER = 141  # whoever read the output has gone
