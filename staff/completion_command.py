"""`completion`: the script that teaches a shell to complete commands, options, batches, states, categories and units."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

WHERE = {
    "bash": "把这一行加到 ~/.bashrc：\n  eval \"$(baosong completion bash)\"",
    "zsh": "把这一行加到 ~/.zshrc（在 compinit 之后）：\n  eval \"$(baosong completion zsh)\"",
    "fish": "运行一次：\n  baosong completion fish > ~/.config/fish/completions/baosong.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(tuple(WHERE)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """输出命令行补全脚本（bash、zsh、fish）：按Tab补全命令、选项、批次、状态、类别、单位。

    例：eval "$(baosong completion bash)"
    """
    made = get_completion_class(shell)
    assert made is not None, "click knows the three shells"
    click.echo(made(ctx.find_root().command, {}, "baosong", "_BAOSONG_COMPLETE").source())
    # The script is for eval: what a person should know goes where eval does not look.
    click.echo(WHERE[shell], err=True)
