"""The commands and their options."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .output import Problem, say
from .serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cliq-pins", prog_name="cliq-pins")
def commands() -> None:
    """Zoho Cliq's My Pins and chat folders, simulated: serve the service, or see the client at work against it."""


@commands.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; 0 for a free one.")
@click.option("--profile", default="documented", help="Which readings of the contract to take, by name.")
@click.option(
    "--state",
    "state_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the state in this file, from one run to the next.",
)
@click.option("--seed", type=click.IntRange(min=0), help="What ids, tokens and the sample board are made from.")
@click.option("--no-limits", is_flag=True, help="Enforce no rate limits.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def serve_command(
    *, port: int, profile: str, state_file: Path | None, seed: int | None, no_limits: bool, as_json: bool
) -> None:
    """Serve the simulated service on 127.0.0.1 until Ctrl-C."""
    try:
        serve(port=port, profile=profile, state_file=state_file, seed=seed, limits=not no_limits, as_json=as_json)
    except ValueError as error:
        raise Problem(str(error)) from None
    except KeyboardInterrupt:  # where no signal can be caught: that is how it is to end
        pass


@commands.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print each step as a line of JSON.")
def demo_command(*, as_json: bool) -> None:
    """Show what the client does, over real HTTP against the simulated service; takes some seconds."""
    from .demo import demo

    for text in demo(as_json):
        say(text)


def run(arguments: list[str]) -> int:
    """Run the command with its arguments; gives the exit code. Ctrl-C goes on to the caller."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # what a terminal cannot show is a question mark there, and no error
        reconfigure(errors="replace")
    try:
        code = commands.main(arguments, prog_name="cliq-pins", standalone_mode=False)
    except click.ClickException as error:
        print(f"cliq-pins: {error.format_message()}", file=sys.stderr)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0
