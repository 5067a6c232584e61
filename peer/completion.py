"""`twocans completion`: what a shell needs to complete our commands, and how it completes a code."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TWOCANS_COMPLETE"
"""Set by the shell when it asks."""


@click.command(short_help="Print what a shell needs to complete these commands.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, /, shell: str) -> None:
    """Print what a shell needs to complete commands, options, file names and the words of a code.

    \b
    bash   twocans completion bash > ~/.local/share/bash-completion/completions/twocans
    zsh    twocans completion zsh > ~/.zfunc/_twocans      # with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
    fish   twocans completion fish > ~/.config/fish/completions/twocans.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    maker = kind(context.find_root().command, {}, "twocans", VARIABLE)
    click.echo(maker.source_template % maker.source_vars())  # `source()` would look for the shell first


def complete_code(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Spellings of a code with its last word completed. Words may stand apart, each an argument of its own."""
    from peer.terminal import complete
    from peer.words import WORDS

    before = context.params.get(parameter.name or "") or ()
    head = f"{before[-1]} " if isinstance(before, tuple) and before else ""
    found = complete(sorted(WORDS), head + typed)
    return [CompletionItem(each.removeprefix(head)) for each in found]
