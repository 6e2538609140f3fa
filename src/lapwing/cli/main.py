"""The command line: one file per group of commands, put together here."""

from __future__ import annotations

import sys

import typer

from lapwing.cli import (
    accounts,
    backup,
    demo,
    evaluate,
    explain,
    import_reports,
    incidents,
    replay,
    serve,
    services,
    show_settings,
    square,
    testrig,
    token,
)
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.settings import WrongSetting

app = typer.Typer(
    help="Lapwing: the public square for the hour when a service breaks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("testrig")(testrig.serve_seeded)
app.command("import")(import_reports.import_reports)
app.command("replay")(replay.replay)
app.command("explain")(explain.explain)
app.command("settings")(show_settings.show_settings)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(accounts.app, name="accounts")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(incidents.app, name="incidents")
app.add_typer(services.app, name="services")
app.add_typer(square.app, name="square")
app.add_typer(token.app, name="token")


def main() -> None:
    """Runs a command; what was refused is told in a line, with exit code 2."""
    try:
        app()
    except (Refusal, Unavailable) as error:
        print(f"lapwing: {error}", file=sys.stderr)
        sys.exit(2)
    except WrongSetting as error:
        print(f"lapwing: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
