"""The command line. Each command is a module, loaded when it is called: `--help` and `list` answer at once."""

from __future__ import annotations

import _thread
import codecs
import io
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from types import FrameType

import click

COMMANDS = {
    "list": "Papers, their claims, quantities, derivations, figures and runs.",
    "demo": "Three claims on trial within a minute.",
    "verify": "Put claims on trial against simulation and against wrong answers.",
    "show": "Show one claim with its evidence, and draw it as a slide.",
    "evaluate": "Print a closed form's value.",
    "derive": "Print a derivation step by step, each step checked.",
    "figures": "Draw a paper's figures.",
    "sweep": "Evaluate or measure over a grid of points; resumable.",
    "train": "Run a training experiment; checkpointed and resumable.",
    "circuit": "Find the circuits of a task in a model of one's own, and compare them.",
    "steer": "Steer a model of one's own towards a concept by several methods, and compare them.",
    "report": "Write everything that is stored as one HTML page.",
    "ledger": "Write what every claim's last trial gave, for the repository to keep.",
    "mutate": "Plant mistakes in the code of theory and sims, and name those that nothing catches.",
    "new-paper": "Write the files of a new paper, with one claim that runs.",
    "completion": "Print what a shell needs to complete commands and names.",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        from corollary.cli.targets import completed

        return completed(name, import_module(f"corollary.cli.{name.replace('-', '_')}_command").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            from corollary.paper import known

            known(args[0], COMMANDS, "command")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="corollary")
@click.pass_context
def corollary(context: click.Context) -> None:
    """Interpretability theory that you can run. Papers claim closed forms; each is derived in SymPy, simulated in JAX,
    and put on trial: the two must agree, and wrong answers must be rejected.

    \b
    corollary demo
        three claims on trial, within a minute
    corollary list
        papers, and what can be asked of each
    corollary derive icl-temperature/optimal_temperature
        a derivation, each step checked
    """
    if context.invoked_subcommand is None:
        from corollary.cli import terminal

        formatter = click.HelpFormatter(width=min(100, terminal.width()))
        corollary.format_help_text(context, formatter)
        click.echo(formatter.getvalue().strip("\n"))
        more = "corollary --help names all commands, corollary COMMAND --help says how one is used."
        click.echo("\n" + terminal.wrapped(more))


def main() -> None:
    """Runs a command. Exit status: 0 fine, 1 a claim failed or stayed undecided, 2 bad input (one line), 3 a trial that
    could not be carried out, 130 interrupted."""
    _write_any_character()
    _deliver_interruptions()
    try:
        status = corollary.main(standalone_mode=False, prog_name="corollary")
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        print("corollary: interrupted; what was finished is stored, and the same command goes on", file=sys.stderr)
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(130)  # JAX may be compiling in threads of its own, which crash when the interpreter is taken from them
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except ValueError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'a file'} cannot be read or written ({error.strerror or error})")
    sys.exit(status if isinstance(status, int) else 0)


PLAINER = {"✓": "+", "✗": "x", "·": "-", "…": "...", "⋅": "*", "√": "sqrt", "±": "+-", "─": "-", "●": "o", "│": "|"}

SUPERSCRIPTS = dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))


def _write_any_character() -> None:
    """What the terminal's encoding lacks is written plainly, and ends nothing."""

    def plainer(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        lacking = error.object[error.start : error.end]
        if set(lacking) <= set(SUPERSCRIPTS):
            return "^" + "".join(SUPERSCRIPTS[one] for one in lacking), error.end
        return "".join(PLAINER.get(one, "?") for one in lacking), error.end

    codecs.register_error("plainer", plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainer")


def _deliver_interruptions() -> None:
    """A Ctrl-C always arrives, and never where it would crash. JAX runs a callback of the garbage collector, out of
    which no exception gets, and compiled libraries crash on one while they start up: in both cases it is sent once
    more, a moment later."""
    usual = sys.unraisablehook

    def later() -> None:
        timer = threading.Timer(0.05, _thread.interrupt_main)
        timer.daemon = True
        timer.start()

    def again(unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            later()
        else:
            usual(unraisable)

    def interrupted(number: int, frame: FrameType | None) -> None:
        if any(_starts_up(name) for name in ("jax", "jaxlib", "scipy")):
            later()
        else:
            raise KeyboardInterrupt

    sys.unraisablehook = again
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)


def _starts_up(module: str) -> bool:
    """Whether a module is being imported."""
    return bool(getattr(getattr(sys.modules.get(module), "__spec__", None), "_initializing", False))


def _fail(message: str) -> None:
    print("corollary: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)
