"""The product's own database, for what no endpoint offers yet."""

from support.kube import Kube


def sql(kube: Kube, statement: str) -> str:
    """What the product's database answers."""
    return kube.run(
        "exec",
        "telstar-postgres-0",
        "--",
        "sh",
        "-c",
        'PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")" '
        'psql -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v ON_ERROR_STOP=1 -qAt -c "$0"',
        statement,
    )
