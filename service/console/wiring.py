"""What every page works with: the services, the templates, the words and the assets, made once at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from jinja2 import Environment

from service.api.slowdown import Slowdown
from service.console.assets import Asset
from service.console.language import Language, Texts
from service.usecases.services import Services

PATH = "/console"


@dataclass(frozen=True, slots=True)
class Console:
    """All of it; `public_url` is where people reach the service, empty where that is not known."""

    services: Services
    templates: Environment
    texts: Mapping[Language, Texts]
    assets: Mapping[str, Asset]
    guesses: Slowdown
    models_dir: Path
    public_url: str = ""
    path: str = PATH

    def asset(self, name: str) -> str:
        """The address of an asset."""
        return f"{self.path}/static/{self.assets[name].version}/{name}"


def console_of(request: Request) -> Console:
    """The console this application was built with."""
    console = request.app.state.console
    if not isinstance(console, Console):
        raise TypeError("the application was built without its console")
    return console
