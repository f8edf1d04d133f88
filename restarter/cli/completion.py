"""The subcommand `completion`: loaded only when it is asked for."""

from collections.abc import Callable

import click

from restarter.cli.completable import completable
from restarter.cli.scripts import SCRIPTS
from restarter.cli.subcommand import Subcommand, write_output

ABOUT = (
    "Write a script that completes the options of restarter, and the command behind them, in SHELL:"
    " bash, zsh or fish. For bash: restarter completion bash >"
    " ~/.local/share/bash-completion/completions/restarter. For zsh: restarter completion zsh >"
    " _restarter, in a directory of $fpath. For fish: restarter completion fish >"
    " ~/.config/fish/completions/restarter.fish."
)


@click.pass_context
def _job(ctx: click.Context, shell: str) -> Callable[[], int]:
    script = SCRIPTS[shell](completable(ctx.find_root()))

    def write() -> int:
        write_output(script)
        return 0

    return write


command = Subcommand(
    "completion",
    params=[click.Argument(["shell"], type=click.Choice([*SCRIPTS]), metavar="SHELL")],
    callback=_job,
    short_help="write a script that completes options in your shell",
    help=ABOUT,
)
