#!/bin/sh
# Makes the two images that deploy/Dockerfile starts from, of what this machine has, for places that pull none:
#   bowyer-debian:bookworm  Debian's smallest installation, with its security updates (debootstrap)
#   bowyer-jdk:25           the JDK of JAVA_HOME, at /opt/java/openjdk, and nothing else
# An image that is there is kept, unless JAVA_HOME is another release by now; --fresh makes both anew. Needs root, debootstrap and a running engine.
#
# usage: base.sh [--fresh]
set -eu

debian=bowyer-debian:bookworm
jdk=bowyer-jdk:25
release_label=dev.bowyer.jdk
suite=bookworm
mirror=${BOWYER_DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${BOWYER_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error[UNAVAILABLE]: $1"
    say "hint: $2"
    exit 1
}
absent() { [ -n "$fresh" ] || ! docker image inspect "$1" >/dev/null 2>&1; }

fresh=
case $#:${1:-} in
    0:) ;;
    1:--fresh) fresh=yes ;;
    *)
        say "usage: base.sh [--fresh]"
        exit 2
        ;;
esac

make_debian() {
    [ "$(id -u)" -eq 0 ] || fail "debootstrap needs root" "run this as root, or pass --build-arg DEBIAN=debian:bookworm-slim"
    command -v debootstrap >/dev/null 2>&1 || fail "debootstrap is not installed" "apt install debootstrap"
    say "making $debian (about a minute) ..."
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$scratch/root" "$mirror" >"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        fail "debootstrap failed" "its last lines stand above"
    }
    printf 'deb %s %s main\ndeb %s %s-security main\n' "$mirror" "$suite" "$security" "$suite" \
        >"$scratch/root/etc/apt/sources.list"
    {
        chroot "$scratch/root" apt-get update &&
            DEBIAN_FRONTEND=noninteractive chroot "$scratch/root" apt-get -y upgrade
    } >"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        fail "the security updates could not be installed" "apt's last lines stand above"
    }
    rm -rf "$scratch/root/var/cache/apt" "$scratch/root/var/lib/apt/lists" "$scratch/root/var/cache/debconf"
    tar -C "$scratch/root" --numeric-owner -c . | docker import - "$debian" >/dev/null
}

make_jdk() {
    [ -x "${JAVA_HOME:-}/bin/jlink" ] || fail "JAVA_HOME (${JAVA_HOME:-not set}) is no JDK with jlink" "point it at a JDK 25"
    say "making $jdk of $JAVA_HOME ..."
    mkdir -p "$scratch/jdk/opt/java"
    # Links are followed, since a package may keep configuration in /etc. All but the sources: jlink compares every file.
    cp -RL "$JAVA_HOME" "$scratch/jdk/opt/java/openjdk"
    rm -f "$scratch/jdk/opt/java/openjdk/lib/src.zip"
    tar -C "$scratch/jdk" --owner=0 --group=0 --numeric-owner -c . |
        docker import -c "LABEL $release_label=$release" - "$jdk" >/dev/null
}

docker info >/dev/null 2>&1 || fail "no container engine answers" "start one: dockerd, or systemctl start docker"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if absent "$debian"; then make_debian; fi
release=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "${JAVA_HOME:-}/release" 2>/dev/null || true)
made=$(docker image inspect -f "{{index .Config.Labels \"$release_label\"}}" "$jdk" 2>/dev/null || true)
if [ -n "$fresh" ] || [ -z "$release" ] || [ "$made" != "$release" ]; then make_jdk; fi
