"""serve, migrate."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, settings_of


def serve(
    database: Database = None,
    config: Config = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default=False)] = None,
    migrate_first: Annotated[
        bool, typer.Option("--migrate", help="Bring the database up to date first.")
    ] = False,
) -> None:
    """Serve devices until stopped. Ctrl-C or SIGTERM: what is under way is finished first."""
    from server.compose import open_store
    from server.logs import configure_logs, logger
    from server.serving import listen, make_server, raise_file_limit, url_of

    settings = settings_of(config, database=database, host=host, port=port)
    configure_logs(settings)
    raise_file_limit(settings)
    with open_store(settings, migrated=migrate_first) as store:
        listener = listen(settings)
        server = make_server(store, settings)
        logger().info("serving", url=url_of(listener), database=store.engine.url.render_as_string())
        with suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean stop
            server.run(sockets=[listener])


def migrate(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Create the database or bring its tables up to date. Does nothing when they are."""
    from server.cli.output import print_json
    from server.compose import open_store
    from server.logs import configure_logs

    settings = settings_of(config, database=database)
    configure_logs(settings, quiet=True)
    with open_store(settings, migrated=True) as store:
        status = store.status()
    if as_json:
        print_json({"ok": True, "epoch": status.epoch.hex(), "version": status.version})
    else:
        typer.echo(f"The database is up to date, at version {status.version}.")
