"""What makes the database itself refuse to change the consent ledger, whoever asks. Statements of SQL, no I/O.

Nothing of it is altered. A line goes only when nothing needs it any more: its address is neither stored nor suppressed
(retention). The words that were shown stay.
"""

from collections.abc import Mapping, Sequence

REFUSED = "the consent ledger is append-only"

_NEEDED = (
    "EXISTS (SELECT 1 FROM address WHERE address.fingerprint = OLD.fingerprint)"
    " OR EXISTS (SELECT 1 FROM suppression WHERE suppression.fingerprint = OLD.fingerprint)"
)
_ALWAYS = "1 = 1"
_RAISE = f"RAISE EXCEPTION '{REFUSED}'"


def _sqlite(table: str, needed: str) -> Sequence[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    return (
        f"CREATE TRIGGER {table}_is_not_altered BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} WHEN {needed} {refuse}",
    )


def _postgresql(table: str, needed: str) -> Sequence[str]:
    return (
        f"CREATE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {needed} THEN {_RAISE}; END IF; RETURN OLD; END $$",
        f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_kept()",
        f"CREATE TRIGGER {table}_is_not_altered BEFORE UPDATE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_not_altered()",
    )


#: Dialect → what is carried out once its tables are there.
STATEMENTS: Mapping[str, Sequence[str]] = {
    "sqlite": (*_sqlite("consent", _NEEDED), *_sqlite("wording", _ALWAYS)),
    "postgresql": (
        f"CREATE FUNCTION ledger_is_not_altered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_RAISE}; END $$",
        *_postgresql("consent", _NEEDED),
        *_postgresql("wording", _ALWAYS),
    ),
}
