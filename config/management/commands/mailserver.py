import asyncio
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.development.mailbox import store_message
from config.development.mailserver import RuleError, Server, log_to, read_rule


class Command(BaseCommand):
    help = "Receive mail on this machine for /dev/mail/, or misbehave as rules say. DEBUG only."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="without it one that is free")
        parser.add_argument(
            "--when", action="append", default=[], metavar="RULE",
            help="such as “to *@full.example: 452 full”; more in config/development/mailserver.py",
        )  # fmt: skip
        parser.add_argument(
            "--without", action="append", default=[], metavar="EXTENSION",
            help="do not offer it, such as PIPELINING",
        )  # fmt: skip
        parser.add_argument(
            "--log", help="write a line for each message to this file instead of keeping it"
        )

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("mailserver is for development: it delivers nothing.")
        try:
            rules = [read_rule(text) for text in options["when"]]
        except RuleError as error:
            raise CommandError(str(error)) from None
        folder = Path(settings.DATA_DIR) / "mail"
        kept = (
            log_to(options["log"]) if options["log"] else lambda m: store_message(folder, m.content)
        )
        server = Server(kept, rules, without=options["without"])
        try:
            asyncio.run(self._serve(server, options["port"]))
        except OSError as error:
            raise CommandError(f"Port {options['port']}: {error.strerror}.") from None
        except KeyboardInterrupt:
            pass

    async def _serve(self, server: Server, port: int) -> None:
        listening = await server.listen(port)
        port = listening.sockets[0].getsockname()[1]
        self.stdout.write(f"Mail server on 127.0.0.1:{port}")
        self.stdout.flush()
        await listening.serve_forever()
