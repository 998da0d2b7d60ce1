#!/bin/sh
# Makes PostgreSQL, Redis and RabbitMQ answer on loopback for the tests that talk to real servers, and installs Chromium
# with Chinese letters for the tests that look at pages.
# Running as root on Debian it installs and starts what is missing; elsewhere it says what will be left out, and why.
set -u

listening() { command -v bash >/dev/null && bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null; }

missing=""
listening 5432 || missing="$missing postgresql"
listening 6379 || missing="$missing redis-server"
listening 5672 || missing="$missing rabbitmq-server"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    missing="$missing chromium fonts-noto-cjk"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests that need$missing are left out: they are not on this machine, and only root on Debian can install them here"
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
echo "installing$missing for the tests that need them"
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "could not install$missing: tests that need it are left out"
    exit 0
}
for package in $missing; do
    case "$package" in
    postgresql)
        version=$(ls /etc/postgresql | sort -n | tail -n 1)
        # Loopback without a password, for this machine's own tests.
        sed -i 's#^\(host .*127.0.0.1/32 *\).*#\1trust#' "/etc/postgresql/$version/main/pg_hba.conf"
        listening 5432 || pg_ctlcluster --skip-systemctl-redirect "$version" main start
        ;;
    redis-server) listening 6379 || redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save "" --appendonly no >/dev/null ;;
    rabbitmq-server) listening 5672 || rabbitmq-server -detached ;;
    esac
done
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    listening 5432 && listening 6379 && listening 5672 && exit 0
    sleep 2
done
echo "some of$missing did not come up within 30 s: tests that need them are left out"
exit 0
