#!/usr/bin/env bash
# Make the tree ready to run: system libraries, Python, uv, the locked packages and the project itself.
#
# Safe to run again at any time, and done at once when nothing is missing. It never asks: what it may not
# install it names, with the command to type, and ends with 1. PYTHON chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv
BIN=$VENV/bin
[ "${OS:-}" != Windows_NT ] || BIN=$VENV/Scripts
TOOLS=.venv-tools
STAMP=$VENV/heliograph-setup

# Debian's and Ubuntu's names, by what they are for; a|b where newer releases renamed a into b.
SYSTEM=(
    # Qt, even without a screen
    libegl1 libgl1 libdbus-1-3 libfontconfig1 'libglib2.0-0|libglib2.0-0t64' libxkbcommon0 fontconfig-config
    # windows under X, and a screen in memory for the tests
    libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1 xvfb
    # the e-mail preview (QtWebEngine)
    libnss3 'libasound2|libasound2t64' libxcomposite1 libxdamage1 libxrandr2 libxtst6 libxkbfile1 libgbm1 libxcb-dri3-0
    # emoji in colour; in the e-mail preview, emoji at all
    fonts-noto-color-emoji
    # driving the console as a person does
    xdotool openbox x11-utils imagemagick dbus at-spi2-core gir1.2-atspi-2.0 python3-gi
)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- what is there ---------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# A name on the path proves nothing (a version manager's shim may lead nowhere): each candidate is run.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3 python}; do
        if new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

find_uv() {
    local candidate
    for candidate in uv "$TOOLS/bin/uv"; do
        if "$candidate" --version >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

makes_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

missing_packages() {
    local entry name installed python
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
    for entry in "${SYSTEM[@]}"; do
        for name in ${entry//|/ }; do
            if grep -qxF -- "$name" <<<"$installed"; then continue 2; fi
        done
        printf '%s\n' "$entry"
    done
    if ! python=$(find_python); then
        [ -z "${PYTHON:-}" ] || return 0 # named by the user: not ours to install
        printf 'python3\npython3-venv\n'
    elif ! find_uv >/dev/null && ! makes_environments "$python"; then
        printf 'python3-venv\n'
    fi
}

# --- what is made ready ----------------------------------------------------------------------------------

# The first of the names in a|b that this release can install; the package lists must be fresh.
installable() {
    local name
    for name in ${1//|/ }; do
        if [ -n "$(apt-cache madison "$name" 2>/dev/null)" ]; then
            printf '%s\n' "$name"
            return
        fi
    done
    printf '%s\n' "${1%%|*}"
}

prepare_system() {
    local missing names entry
    if ! { has apt-get && has dpkg-query; }; then
        [ "$(uname -s)" != Linux ] || say "no apt here: if Qt does not start, install what README.md lists for your system."
        return
    fi
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        say "apt-get update"
        apt-get update -qq </dev/null || fail "apt-get update failed; check the network and the package sources, then run make again."
    fi
    names=()
    for entry in $missing; do names+=("$(installable "$entry")"); done
    if [ "$(id -u)" != 0 ]; then
        fail "system packages are missing, and only root may install them. Type this, then run make again:

    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names[*]}
"
    fi
    say "apt-get install ${names[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${names[@]}" </dev/null >/dev/null ||
        fail "apt-get could not install them; the lines above say why."
}

# uv at the version and with the hashes that the lock holds for it.
fetch_uv() {
    say "fetching uv into $TOOLS"
    makes_environments "$1" || fail "$1 cannot make environments (its venv and ensurepip modules are missing); install them, or install uv."
    "$1" -m venv --clear "$TOOLS"
    awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements.lock >"$TOOLS/uv.lock"
    "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$TOOLS/uv.lock" ||
        fail "uv could not be fetched; check the network, or install uv yourself and run make again."
}

prepare_packages() {
    local python=$1 uv
    uv=$(find_uv) || { fetch_uv "$python"; uv=$TOOLS/bin/uv; }
    if ! { new_enough "$BIN/python" && grep -qsF "$PWD/$VENV" "$BIN/activate"; }; then # absent, broken or moved
        say "making $VENV with $python"
        rm -rf "$VENV"
        "$uv" venv --quiet --python "$python" "$VENV"
    fi
    say "installing the locked packages (the first time takes a few minutes)"
    "$uv" pip sync --quiet --python "$BIN/python" --require-hashes --compile-bytecode requirements.lock ||
        fail "the locked packages could not be installed; check the network and the disk, then run make again."
    "$uv" pip install --quiet --python "$BIN/python" --no-deps --no-build-isolation --editable . ||
        fail "the project could not be installed into $VENV; the lines above say why."
}

# What the environment was made from. The place belongs to it: an environment does not survive being moved.
fingerprint() {
    pwd
    cksum requirements.lock pyproject.toml packaging/setup.sh
}

# ---------------------------------------------------------------------------------------------------------

prepare_system
wanted=$(fingerprint)
if [ "$wanted" = "$(cat "$STAMP" 2>/dev/null)" ] && new_enough "$BIN/python"; then
    exit 0
fi
if ! python=$(find_python); then
    found=${PYTHON:+$PYTHON is not one}
    fail "Heliograph needs Python 3.11 or newer, and ${found:-none is on the path}. Install one, or name it: make setup PYTHON=/path/to/python3.11"
fi
rm -f "$STAMP"
prepare_packages "$python"
printf '%s\n' "$wanted" >"$STAMP"
say "ready: make run, make test"
