#!/bin/sh
# usage: .ci/install-deps.sh [run|test|screenshots|lint|bench]...     installs what is missing, silently where nothing is
#
# apt is used where it exists; elsewhere the packages are named and the decision is left to the person.
set -eu

packages_apt() {
    case $1 in
    run) echo gcc libc6-dev make pkg-config libncurses-dev libsqlite3-dev libcjson-dev libcurl4-openssl-dev libmicrohttpd-dev zlib1g-dev ca-certificates tzdata ncurses-base ;;
    test) echo libcmocka-dev libvterm-dev ncurses-term openssl ;;
    screenshots) echo libcairo2-dev libfreetype-dev libfontconfig-dev fonts-jetbrains-mono fonts-dejavu-core ;;
    lint) echo clang clang-tidy clang-format cppcheck ;;
    bench) echo sqlite3 visidata ;;
    *) echo "install-deps: unknown group '$1' (run, test, screenshots, lint, bench)" >&2; exit 2 ;;
    esac
}

packages_elsewhere() {
    cat >&2 <<'WORDS'
There is no apt here. These are the packages by other names:
  dnf     gcc make pkgconf ncurses-devel sqlite-devel cjson-devel libcurl-devel libmicrohttpd-devel zlib-devel tzdata | libcmocka-devel libvterm-devel ncurses-term openssl |
          cairo-devel freetype-devel fontconfig-devel jetbrains-mono-fonts dejavu-sans-mono-fonts | clang clang-tools-extra cppcheck
  pacman  base-devel ncurses sqlite cjson curl libmicrohttpd zlib tzdata | cmocka libvterm openssl | cairo freetype2 fontconfig ttf-jetbrains-mono ttf-dejavu | clang cppcheck
  apk     build-base pkgconf ncurses-dev sqlite-dev cjson-dev curl-dev libmicrohttpd-dev zlib-dev tzdata | cmocka-dev libvterm-dev openssl |
          cairo-dev freetype-dev fontconfig-dev font-jetbrains-mono font-dejavu | clang clang-extra-tools cppcheck
  brew    ncurses sqlite cjson curl libmicrohttpd zlib pkgconf | cmocka libvterm openssl | cairo freetype fontconfig | llvm cppcheck
  zypper  gcc make pkgconf ncurses-devel sqlite3-devel cJSON-devel libcurl-devel libmicrohttpd-devel zlib-devel timezone | libcmocka-devel libvterm-devel openssl |
          cairo-devel freetype2-devel fontconfig-devel jetbrains-mono-fonts dejavu-fonts | clang clang-tools cppcheck
(needed to run | to test | for the screenshots | for make lint; make bench compares with sqlite3's shell and visidata where they are). With them in place `make` and the test programs build as they are.
WORDS
}

# Everything is there when the compiler can use it, however it came to be installed.
is_present() {
    case $1 in
    run) command -v "${CC:-cc}" && command -v make && has_headers curses.h sqlite3.h cjson/cJSON.h curl/curl.h microhttpd.h zlib.h && [ -e /usr/share/zoneinfo/Europe/Berlin ] ;;
    test) has_headers cmocka_include vterm.h && has_terminals && command -v openssl ;;
    screenshots) command -v pkg-config && pkg-config --exists cairo-ft fontconfig freetype2 && has_fonts ;;
    bench) command -v sqlite3 && command -v vd ;;
    lint) command -v clang && command -v clang-tidy && command -v clang-format && command -v cppcheck ;;
    esac >/dev/null 2>&1
}

# cmocka.h wants four headers before it.
has_headers() {
    for header in "$@"; do
        case $header in
        cmocka_include) printf '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <cmocka.h>\n' ;;
        *) printf '#include <%s>\n' "$header" ;;
        esac
    done | "${CC:-cc}" -E -x c - -o /dev/null
}

# The terminals that the tests try beside the common ones.
has_terminals() {
    ! command -v infocmp || infocmp xterm-16color
}

has_fonts() {
    ! command -v fc-list || fc-list | grep -qi 'JetBrains *Mono'
}

is_installed_apt() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "install-deps: need root (no sudo here) to run: $*" >&2
        exit 1
    fi
}

install_apt() {
    missing=
    for package in "$@"; do
        is_installed_apt "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "install-deps: installing$missing"
    # Ask the index only when it does not know a package: a fresh image has none, a person's machine has one.
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null >/dev/null 2>&1 && return 0
    as_root apt-get update -q </dev/null >/dev/null
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null >/dev/null
}

wanted=
for group in "${@:-run}"; do
    packages=$(packages_apt "$group")
    is_present "$group" || wanted="$wanted $packages"
done
[ -n "$wanted" ] || exit 0

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086
    install_apt $wanted
else
    packages_elsewhere
    exit 1
fi
