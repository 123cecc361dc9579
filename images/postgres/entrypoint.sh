#!/bin/bash
# Make a database cluster on the first start, then become the server.
# Arguments are handed to the server: -c fsync=off.
#
# POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE   the owner's password, required on the first start
# POSTGRES_USER (postgres)                      the owner, a superuser
# POSTGRES_DB (the owner's name)                the database
# PGDATA                                        an empty directory, or a cluster made earlier
set -euo pipefail

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

read_password() {
    if [[ -n ${POSTGRES_PASSWORD_FILE:-} ]]; then
        password=$(< "$POSTGRES_PASSWORD_FILE")
    else
        password=${POSTGRES_PASSWORD:-}
    fi
    if [[ -z $password ]]; then
        echo "postgres: no password: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE" >&2
        exit 64
    fi
}

# Made beside its final place and then renamed, so that a start cut short
# leaves nothing that a later one would take for a finished cluster.
make_cluster() {
    read_password
    local making=$PGDATA.making
    rm -rf "$making"
    initdb --pgdata="$making" --username="$user" --pwfile=<(printf '%s\n' "$password") \
        --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions
    echo 'host all all all scram-sha-256' >> "$making/pg_hba.conf"
    if [[ $database != postgres ]]; then
        printf 'CREATE DATABASE "%s" OWNER "%s";\n' "${database//\"/\"\"}" "${user//\"/\"\"}" |
            postgres --single -D "$making" postgres > /dev/null
    fi
    rm -rf "$PGDATA"
    mv "$making" "$PGDATA"
}

if [[ ! -s $PGDATA/PG_VERSION ]]; then
    if [[ -n $(ls -A "$PGDATA" 2> /dev/null || true) ]]; then
        echo "postgres: $PGDATA holds files but no database cluster; empty it or set PGDATA to another directory" >&2
        exit 65
    fi
    make_cluster
fi
unset POSTGRES_PASSWORD password
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
