"""Health, metrics, migrations, settings, commands: what an operator of the API sees."""

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, inspect, text
from support.api_world import World
from telstar_api import commands, main, migrations
from telstar_api.context import Context
from telstar_api.database import Database
from telstar_api.settings import DatabaseSettings, Settings, SettingsError, load

ROOT = Path(__file__).parents[2]


async def get(world: World, path: str, database: Database | None = None) -> httpx.Response:
    context = Context(**{**vars(world.context), **({"database": database} if database else {})})
    transport = httpx.ASGITransport(main.public_app(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://telstar.test") as client:
        return await client.get(path)


async def test_the_process_is_alive_whatever_the_database(world: World) -> None:
    nowhere = Database.at("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert (await get(world, "/healthz", nowhere)).status_code == 200


async def test_ready_means_migrated(world: World, empty_database: str) -> None:
    database = Database.at(empty_database)
    before = await get(world, "/readyz", database)
    migrations.migrate(empty_database)
    after = await get(world, "/readyz", database)
    await database.close()
    assert before.status_code == 503
    assert "run telstar-api migrate" in before.json()["detail"]
    assert after.status_code == 200


async def test_requests_are_counted_by_route_template_never_by_path(world: World) -> None:
    await world.as_operator().get("/internal/v1/channels/secretive")
    await world.as_(None).get("/nowhere/secretive")
    await world.as_(None).request("BREW", "/api/v1/channels")
    text = (await get(world, "/metrics")).text
    assert (
        'telstar_api_requests_total{method="GET",route="/internal/v1/channels/{name}",status="200"}' in text
    )
    assert 'telstar_api_requests_total{method="GET",route="unknown",status="404"}' in text
    assert 'telstar_api_requests_total{method="other"' in text
    assert (
        'telstar_api_request_seconds_bucket{le="0.1",method="GET",route="/internal/v1/channels/{name}"}'
        in text
    )
    assert "secretive" not in text
    assert "BREW" not in text


def with_connection(url: str, *steps: object) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for step in steps:
            step(connection)  # type: ignore[operator]
    engine.dispose()


def alembic(name: str, *arguments: str) -> object:
    def run(connection: Connection) -> None:
        config = migrations.config()
        config.attributes["connection"] = connection
        getattr(command, name)(config, *arguments)

    return run


def test_migrations_make_exactly_what_the_models_say(migrated_database: str) -> None:
    with_connection(migrated_database, alembic("check"))


def test_migrations_go_down_and_up_again(migrated_database: str) -> None:
    left: list[list[str]] = []

    def look(connection: Connection) -> None:
        left.append(inspect(connection).get_table_names())

    with_connection(
        migrated_database,
        alembic("downgrade", "base"),
        look,
        alembic("upgrade", "head"),
        look,
        alembic("check"),
    )
    assert left[0] == ["alembic_version"]
    assert {"users", "channels", "drm_keys", "tstv_sessions", "schedule_entries"} <= set(left[1])


def test_keys_of_before_were_in_force_when_they_were_registered(migrated_database: str) -> None:
    registered = "2026-11-22 12:00:00+00"
    insert = f"INSERT INTO drm_keys VALUES ('{'0' * 32}', 'news', '', '{registered}')"
    with_connection(
        migrated_database,
        alembic("downgrade", "0002"),
        lambda it: it.execute(text(insert)),
        alembic("upgrade", "head"),
        lambda it: it.execute(text("SELECT 1 FROM drm_keys WHERE valid_from = registered_at")).one(),
    )


def test_viewers_of_before_are_subscribers(migrated_database: str) -> None:
    def insert(email: str, role: str) -> object:
        values = f"(gen_random_uuid(), '{email}', '-', '{role}')"
        return lambda it: it.execute(
            text(f"INSERT INTO users (id, email, password_hash, role) VALUES {values}")
        )

    def role(email: str, expected: str) -> object:
        query = text(f"SELECT 1 FROM users WHERE email = '{email}' AND role = '{expected}'")
        return lambda it: it.execute(query).one()

    with_connection(
        migrated_database,
        alembic("downgrade", "0003"),
        insert("v@example.com", "viewer"),
        insert("a@example.com", "admin"),
        alembic("upgrade", "head"),
        role("v@example.com", "subscriber"),
        role("a@example.com", "admin"),
        insert("s@example.com", "support"),
        alembic("downgrade", "0003"),
        role("s@example.com", "viewer"),
    )


def test_migrating_again_changes_nothing(migrated_database: str) -> None:
    with_connection(
        migrated_database, lambda it: it.execute(text("INSERT INTO products VALUES ('a','A','',1,'EUR')"))
    )
    migrations.migrate(migrated_database)
    with_connection(
        migrated_database,
        lambda it: it.execute(text("DELETE FROM products WHERE id = 'a' RETURNING 1")).one(),
    )


def test_migrating_gives_up_on_a_database_that_does_not_answer() -> None:
    with pytest.raises(migrations.DatabaseUnreachable, match="did not answer"):
        migrations.migrate("postgresql+psycopg://nobody@127.0.0.1:1/nothing", wait_seconds=0)


async def test_waiting_for_somebody_elses_migration_has_a_limit(empty_database: str) -> None:
    database = Database.at(empty_database)
    with pytest.raises(migrations.DatabaseUnreachable, match="to be at migration"):
        await migrations.wait_until_migrated(database.engine, wait_seconds=0)
    migrations.migrate(empty_database)
    await migrations.wait_until_migrated(database.engine, wait_seconds=0)
    await database.close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, secret_files: dict[str, Path]) -> pytest.MonkeyPatch:
    """A complete environment, to be spoilt."""
    for name in [name for name in os.environ if name.startswith("TELSTAR_API_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TELSTAR_API_DATABASE_URL", "postgresql+psycopg://telstar@127.0.0.1/telstar")
    for name, path in secret_files.items():
        monkeypatch.setenv(f"TELSTAR_API_{name.upper()}", str(path))
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_a_complete_environment_is_enough() -> None:
    settings = load(Settings)
    assert (settings.public_port, settings.internal_port) == (8000, 8443)
    assert len(settings.key_encryption_key) == 32


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_database_s_usual_address_is_understood(environment: pytest.MonkeyPatch, scheme: str) -> None:
    environment.setenv("TELSTAR_API_DATABASE_URL", f"{scheme}://telstar@127.0.0.1/telstar")
    assert load(Settings).database_url == "postgresql+psycopg://telstar@127.0.0.1/telstar"


@pytest.mark.parametrize(
    ("variable", "content", "complaint"),
    [
        ("TOKEN_KEY_FILE", "nonsense", "must hold an unencrypted PEM private key"),
        ("TOKEN_KEY_FILE", "rsa", "must hold an Ed25519 key"),
        ("KEY_ENCRYPTION_KEY_FILE", "not base64!", "must hold base64"),
        ("KEY_ENCRYPTION_KEY_FILE", "c2hvcnQ=", "must hold 32 bytes"),
        ("KEY_ENCRYPTION_KEY_FILE", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", "does not look random"),
        (
            "FORMER_KEY_ENCRYPTION_KEYS_PATH",
            "c2hvcnQ=",
            "FORMER_KEY_ENCRYPTION_KEYS_PATH: file must hold 32 bytes",
        ),
        (
            "FORMER_KEY_ENCRYPTION_KEYS_PATH",
            "not base64!",
            "FORMER_KEY_ENCRYPTION_KEYS_PATH: file must hold base64",
        ),
        ("TLS_CERT_FILE", "a certificate alone", "give both or neither"),
    ],
)
def test_a_missing_or_weak_secret_is_refused_without_repeating_it(
    environment: pytest.MonkeyPatch, tmp_path: Path, variable: str, content: str, complaint: str
) -> None:
    if content == "rsa":
        command = ["openssl", "genpkey", "-algorithm", "RSA", "-quiet"]
        content = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (tmp_path / "file").write_text(content)
    environment.setenv(f"TELSTAR_API_{variable}", str(tmp_path if "PATH" in variable else tmp_path / "file"))
    with pytest.raises(SettingsError, match=complaint) as refused:
        load(Settings)
    assert content not in str(refused.value)


@pytest.mark.usefixtures("environment")
def test_former_key_encryption_keys_are_the_files_of_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a projected volume of Kubernetes looks: links into a hidden folder."""
    (tmp_path / "..data").mkdir()
    former = {name: secrets.token_bytes(32) for name in ("a", "b")}
    for name, key in former.items():
        (tmp_path / "..data" / name).write_text(base64.b64encode(key).decode() + "\n")
        (tmp_path / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH", str(tmp_path))
    settings = load(Settings)
    assert settings.former_key_encryption_keys == tuple(former.values())
    assert not [key for key in former.values() if str(key)[2:-1] in repr(settings)]
    assert str(settings.key_encryption_key)[2:-1] not in repr(settings)


@pytest.mark.usefixtures("environment")
def test_without_a_folder_there_are_no_former_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load(Settings).former_key_encryption_keys == ()
    monkeypatch.setenv("TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="FORMER_KEY_ENCRYPTION_KEYS_PATH: Path does not point to a dir"):
        load(Settings)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "TOKEN_KEY_FILE", "KEY_ENCRYPTION_KEY_FILE"])
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, variable: str) -> None:
    environment.delenv(f"TELSTAR_API_{variable}")
    with pytest.raises(SettingsError, match=f"TELSTAR_API_{variable}: Field required"):
        load(Settings)


def test_a_database_that_is_not_postgres_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELSTAR_API_DATABASE_URL", "sqlite:///secret-name")
    with pytest.raises(SettingsError, match="must look like postgresql") as refused:
        load(DatabaseSettings)
    assert "secret-name" not in str(refused.value)


def telstar_api(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["telstar-api", *arguments])
    try:
        commands.main()
    except SystemExit as done:
        assert isinstance(done.code, int)
        return done.code
    return 0


def test_a_command_without_its_environment_says_what_it_lacks(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("TELSTAR_API_DATABASE_URL")
    assert telstar_api(environment, "migrate") == 2
    assert capsys.readouterr().err == (
        "telstar-api migrate: the environment is not complete\nTELSTAR_API_DATABASE_URL: Field required\n"
    )


def test_the_commands_make_a_demo_of_an_empty_database_and_may_be_repeated(
    environment: pytest.MonkeyPatch, empty_database: str
) -> None:
    environment.setenv("TELSTAR_API_DATABASE_URL", empty_database)
    for _ in range(2):
        for name in ("migrate", "seed-demo", "schedule-demo"):
            assert telstar_api(environment, name) == 0
    counts: list[int] = []

    def look(connection: Connection) -> None:
        for table in ("users", "products", "schedule_entries"):
            counts.append(connection.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: PERF401

    with_connection(empty_database, look)
    assert counts[:2] == [4, 3]
    assert counts[2] > 3 * 15 * 24 * 2


def test_the_openapi_command_prints_the_document(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert telstar_api(environment, "openapi") == 0
    assert json.loads(capsys.readouterr().out) == main.openapi()


def test_the_committed_openapi_document_is_the_one_the_api_prints() -> None:
    assert main.openapi() == json.loads((ROOT / "api/openapi.json").read_text())


def test_operations_have_names_of_their_own_and_tags() -> None:
    operations = [operation for path in main.openapi()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalpha() for name in names)
    assert all(operation["tags"] for operation in operations)
