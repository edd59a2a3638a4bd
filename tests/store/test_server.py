"""Finding a server: what a user types, what is said where it cannot be had, and what is never said."""

import os
import socket
import sys
import time

import pytest
from sqlalchemy import make_url
from store.builders import RUN_A, replace, run_itself
from store.databases import Server, execute, rows

from snakemake_heliport.store import Store, StoreError
from snakemake_heliport.store.engine import url_of

SECRET = "s3cr%40t-pässw0rd"


def refusal(target: str, **options: bool) -> str:
    """Return the line that says why a store cannot be opened."""
    with pytest.raises(StoreError) as caught:
        Store.open(target, **options)
    message = str(caught.value)
    assert "\n" not in message
    for secret in (SECRET, "s3cr@t", "pässw0rd"):
        assert secret not in message
    return message


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_a_url_is_taken_as_typed(team_database: str, scheme: str) -> None:
    """Every usual way to name PostgreSQL leads to the driver that we install."""
    url = team_database.replace("postgresql", scheme, 1)
    with Store.open(url) as store:
        replace(store, RUN_A, run_itself(RUN_A))
    with Store.open(url, create=False, readonly=True) as store:
        assert [row.iri for row in store.runs()] == [RUN_A]
        assert store.place.startswith("postgresql://postgres@")


def test_a_schema_of_its_own_keeps_a_store_apart(team_database: str) -> None:
    """Beside another program's tables, a store may have a schema, which the URL names."""
    execute(team_database, "CREATE TABLE something (x INTEGER)", "CREATE SCHEMA heliport")
    url = make_url(team_database).update_query_dict({"options": "-csearch_path=heliport"}).render_as_string()
    for _ in range(2):
        with Store.open(url) as store:
            replace(store, RUN_A, run_itself(RUN_A))
    assert rows(team_database, "SELECT count(*) FROM heliport.run") == [(1,)]


def test_a_connection_that_was_cut_off_while_idle_is_made_anew(team_database: str) -> None:
    """A store that is open for days outlives restarts of the server and short-tempered firewalls."""
    with Store.open(team_database) as store:
        assert store.runs() == []
        execute(
            team_database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        assert store.runs() == []


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the command."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    message = refusal(f"postgresql://user:{SECRET}@localhost/db")
    assert "pip install 'snakemake-logger-plugin-heliport[postgresql]'" in message


@pytest.mark.parametrize(
    "url", [f"mysql://user:{SECRET}@host/db", f"postgresql://user:{SECRET}@host:port/db", f"://user:{SECRET}@/", "x://"]
)
def test_what_is_no_url_of_ours_says_what_one_is(url: str) -> None:
    """The line gives an example, and nothing of what was typed."""
    assert "give a path or postgresql://user@host/database" in refusal(url)


def test_a_server_that_is_not_there_is_one_line_at_once() -> None:
    """Nobody listens at the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        message = refusal(f"postgresql://user:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/db")
    assert message.startswith("store postgresql://user:***@127.0.0.1:")
    assert "check that the server runs" in message


@pytest.mark.slow
def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that takes connections and says nothing costs the time that is set, ten seconds if nothing is."""
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port, begin = silent.getsockname()[1], time.monotonic()
        message = refusal(f"postgresql://user:{SECRET}@127.0.0.1:{port}/db")
        assert time.monotonic() - begin < 8
    assert "check that the server runs" in message


def test_a_host_that_nobody_knows_is_one_line() -> None:
    """A name that cannot be resolved is told as such."""
    assert "check that the server runs" in refusal(f"postgresql://user:{SECRET}@nowhere.invalid/db")


def test_a_wrong_database_or_user_is_one_line(team_database: str) -> None:
    """What the server refuses is told with advice, and without the password, also where the URL hides it."""
    url = make_url(team_database)
    nowhere = url.set(database="nowhere", password="s3cr@t").render_as_string(hide_password=False)
    assert "have it made" in refusal(nowhere)
    stranger = url.set(username="stranger").update_query_dict({"password": "s3cr@t"})
    assert "stranger" in refusal(stranger.render_as_string())


def test_a_user_who_may_not_make_tables_is_told_so(team_database: str, postgresql: Server) -> None:
    """The line names the rights; someone who may only read can do so."""
    role = f"reader_{os.getpid()}"
    postgresql.execute(f"CREATE ROLE {role} LOGIN")
    try:
        reader = make_url(team_database).set(username=role).render_as_string()
        assert "docs/team-store.md" in refusal(reader)

        with Store.open(team_database) as store:
            replace(store, RUN_A, run_itself(RUN_A))
        assert "docs/team-store.md" in refusal(reader)
        execute(team_database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        with Store.open(reader, readonly=True) as store:
            assert [thing.iri for thing, _ in store.statements()]
        with Store.open(reader) as store, pytest.raises(StoreError, match=r"docs/team-store\.md"):
            replace(store, RUN_A, run_itself(RUN_A))
    finally:
        execute(team_database, f"DROP OWNED BY {role}")
        postgresql.execute(f"DROP ROLE {role}")


def test_a_writer_needs_the_rights_that_the_page_names(team_database: str, postgresql: Server) -> None:
    """Members of a team may each be a user of their own: what docs/team-store.md grants is enough."""
    role = f"member_{os.getpid()}"
    postgresql.execute(f"CREATE ROLE {role} LOGIN")
    try:
        Store.open(team_database).close()
        execute(
            team_database,
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
        )
        member = make_url(team_database).set(username=role).render_as_string()
        with Store.open(member) as store:
            for _ in range(2):
                replace(store, RUN_A, run_itself(RUN_A))
            store.assign_identifiers("heliport", [(RUN_A, "hdl:20/1")])
            assert store.ledger("heliport").acquire("me", 60)
    finally:
        execute(team_database, f"DROP OWNED BY {role}")
        postgresql.execute(f"DROP ROLE {role}")


def test_whoever_waits_too_long_is_told_who_is_in_the_way(team_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that others block is given up with the advice that SQLite gives, too."""
    monkeypatch.setattr("snakemake_heliport.store.engine.BUSY_SECONDS", 1)
    with Store.open(team_database) as store, Store.open(team_database) as other:
        with other._engine.begin() as blocking:
            blocking.exec_driver_sql("LOCK TABLE object IN EXCLUSIVE MODE")
            with pytest.raises(StoreError, match="another process has been writing"):
                replace(store, RUN_A, run_itself(RUN_A))
        replace(store, RUN_A, run_itself(RUN_A))
        assert rows(team_database, "SELECT count(*) FROM run") == [(1,)]


def test_what_a_url_says_of_the_connection_is_kept() -> None:
    """Only the driver is put in."""
    url = url_of("postgres://user@host/db?connect_timeout=3&sslmode=require")
    assert url.drivername == "postgresql+psycopg"
    assert dict(url.query) == {"connect_timeout": "3", "sslmode": "require"}
