#!/usr/bin/env python
"""Serves the dashboard over the published release (docs/dashboard.md)."""

import ipaddress
import secrets
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from web.app import application
from web.charts import warm_up

LOOPBACK = ["localhost", "127.0.0.1", "::1", "[::1]"]


def serve(
    published: Annotated[
        Path, typer.Option(help="The folder of releases, in which `current` leads to one.", envvar="RAPPORT_PUBLISHED")
    ] = Path("published"),
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than loopback want a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="RAPPORT_DASHBOARD_TOKEN",
            help="What readers have to know; made up where it is needed.",
        ),
    ] = None,
) -> None:
    """Serve the dashboard until Ctrl+C."""
    is_local = _is_loopback(host)
    if not is_local and not token:
        token = secrets.token_urlsafe(24)
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}/{f'?token={token}' if token else ''}  (Ctrl+C ends it)", flush=True)
    warm_up()
    app = application(published, token, [*LOOPBACK, host] if is_local else None)
    # Addresses may hold a token and names: they are written to no log.
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    typer.run(serve)
