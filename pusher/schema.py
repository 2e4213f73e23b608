"""All tables of the service in one place, for migrations and tests: importing a room's `tables` registers them."""

import importlib

from subscribers.tables import metadata

for _room in ("audit", "watch", "plan", "deliver", "console", "warnings", "custody", "sign_up"):
    importlib.import_module(f"pusher.{_room}.tables")
importlib.import_module("pusher.watch.source_tables")
importlib.import_module("pusher.warnings.roll_call.tables")

__all__ = ["metadata"]
