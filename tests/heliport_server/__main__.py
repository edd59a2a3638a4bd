"""A stand-in for a HELIPORT server, for tests and for trying: `python tests/heliport_server --port 8000`.

It needs `django` and `djangorestframework`. It prints one line, `url=… project=… foreign-project=… token-file=…`, and
serves until it is killed. The second project is somebody else's: writing to it is forbidden.
"""

import argparse
import tempfile
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from settings import configure


def main() -> None:
    """Serve as the command line says."""
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="heliport-server-") as folder:
        database = Path(folder, "heliport.db") if options.database == ":temporary:" else Path(options.database)
        configure(database.absolute(), unique=options.unique, bulk=options.bulk)
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)
        project, foreign, token = furnish(options)
        token_file = database.with_suffix(".token").absolute()
        token_file.touch(mode=0o600)
        token_file.write_text(token, "utf-8")
        server = ThreadedWSGIServer(("127.0.0.1", options.port), Handler)
        server.daemon_threads = True
        server.set_app(get_wsgi_application())
        url = f"http://127.0.0.1:{server.server_port}"
        print(f"url={url} project={project} foreign-project={foreign} token-file={token_file}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="heliport_server", description="A stand-in for a HELIPORT server.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--database", default=":temporary:", help="path of a SQLite file; default: gone at the end")
    parser.add_argument("--token", help="the user's token; default: made up")
    parser.add_argument("--token-lifetime", type=float, metavar="SECONDS", help="after this the token is refused")
    parser.add_argument("--unique", action="store_true", help="answer 409 to an identifier that the project has")
    parser.add_argument("--no-bulk", dest="bulk", action="store_false", help="take no lists")
    return parser.parse_args()


def furnish(options: argparse.Namespace) -> tuple[int, int, str]:
    """Make user, projects and token where they are missing; return the projects' ids and the token."""
    from heliport.models import NamedToken

    user, project = person("researcher", "Stand-in project", "demo")
    _, foreign = person("stranger", "Somebody else's project", "foreign")
    kept = NamedToken.objects.filter(user=user).values_list("key", flat=True).first()
    key = options.token or kept or token_urlsafe(24)
    lifetime = options.token_lifetime
    expires = timezone.now() + timedelta(seconds=lifetime) if lifetime is not None else None
    NamedToken.objects.update_or_create(key=key, defaults={"name": "tests", "user": user, "expires": expires})
    return project, foreign, key


def person(name: str, label: str, namespace: str):
    """Return a user and the id of the user's project."""
    from django.contrib.auth.models import User
    from heliport.models import Project

    user, _ = User.objects.get_or_create(username=name)
    project, _ = Project.objects.get_or_create(
        namespace=namespace, defaults={"label": label, "label_is_public": True, "owner": user}
    )
    return user, project.digital_object_id


class Handler(WSGIRequestHandler):
    """Answers at once, and says nothing of it."""

    # Head and body are written apart; the second would wait for the client's acknowledgement of the first.
    disable_nagle_algorithm = True

    def log_message(self, *_) -> None:
        """Write nothing."""


if __name__ == "__main__":
    main()
