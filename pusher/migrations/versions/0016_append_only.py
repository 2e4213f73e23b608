"""The database itself refuses to alter the consent ledger, and to delete what is still needed of it."""

from alembic import op

from subscribers.append_only import STATEMENTS

revision = "0016"
down_revision = "0015"

_TABLES = ("consent", "wording")


def upgrade() -> None:
    for statement in STATEMENTS[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table in _TABLES:
        for name in ("is_kept", "is_not_altered"):
            op.execute(f"DROP TRIGGER {table}_{name}" + f" ON {table}" * on_postgresql)
        if on_postgresql:
            op.execute(f"DROP FUNCTION {table}_is_kept()")
    if on_postgresql:
        op.execute("DROP FUNCTION ledger_is_not_altered()")
