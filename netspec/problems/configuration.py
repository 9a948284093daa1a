"""NS9xx: what a project says of its checks: its configuration, what it ignores, what it has accepted."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class UnknownSetting(Diagnostic):
    """The configuration has a key that netspec does not know.

    ## Example
    ```
    [tool.netspec]
    exlude = ["third_party"]
    ```
    ## Instead
    Write `exclude`. `netspec config` lists all keys, and what holds for a file.
    """

    code = "NS901"
    title = "unknown-setting"


class BadSetting(Diagnostic):
    """A key of the configuration has a value that it cannot have.

    ## Example
    ```
    [tool.netspec]
    phases = "TEST"
    ```
    ## Instead
    Most keys take a list: `phases = ["TEST"]`. docs/ci.md shows each of them.
    """

    code = "NS902"
    title = "bad-setting"


class UnreadableConfiguration(Diagnostic):
    """A `netspec.toml`, or a `pyproject.toml` with `[tool.netspec]`, cannot be read: it is no TOML, or no text. Nothing
    is checked, since it would be checked otherwise than the project asks.

    ## Instead
    Mend the file; or leave it out of account with `--isolated`.
    """

    code = "NS903"
    title = "unreadable-configuration"


class UntrustedPlugin(Diagnostic):
    """A configuration names plugins, and is not that of the folder in which netspec runs. A plugin is a program. Who
    only looks at a spec that has come from elsewhere must not run what came with it.

    ## Instead
    Run netspec in the folder of that configuration, or below it; name it with `--config FILE`, or its plugin with
    `--plugin FILE`; or leave it out of account with `--isolated`.
    """

    code = "NS904"
    title = "untrusted-plugin"


class UnusedIgnore(Diagnostic):
    """A comment says that a diagnostic is to be ignored, and there is none of that code on its line. What was wrong has
    been mended, or the comment stands on another line than the one at fault.

    ## Example
    ```
    conv1 = Convolution(data) { num_output: 20 kernel_size: 5 }  # netspec: ignore[NS302]
    ```
    ## Instead
    Remove the code, or the comment.
    """

    code = "NS905"
    title = "unused-ignore"
    severity = Severity.WARNING


class BadIgnore(Diagnostic):
    """A comment that begins with `netspec:` is not of the form that netspec reads, or names a code that there is not,
    or one that cannot be ignored.

    ## Example
    ```
    conv1 = Convolution(data) { num_output: 20 kernel_size: 5 }  # netspec: ignore NS302
    ```
    ## Instead
    Name whole codes in brackets: `# netspec: ignore[NS302, NS311]`, with a reason behind them if you like. It holds for
    its line; on a line of its own, for the next.
    """

    code = "NS906"
    title = "bad-ignore"
    severity = Severity.WARNING


class BadBaseline(Diagnostic):
    """A baseline cannot be read, or what should become one is something else.

    ## Instead
    Write it with `netspec check --write-baseline`, and do not change it by hand. Where two branches have changed it,
    write it anew.
    """

    code = "NS907"
    title = "bad-baseline"


PROBLEMS = (
    UnknownSetting,
    BadSetting,
    UnreadableConfiguration,
    UntrustedPlugin,
    UnusedIgnore,
    BadIgnore,
    BadBaseline,
)
