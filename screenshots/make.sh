#!/bin/sh
# usage: BUILD=build screenshots/make.sh [NAME...]
#
# Makes the demo history that every picture shows and plays each scene on a copy of it, a process a scene. What the scenes
# name is all that stays under screenshots/.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
now=1795266185000
program=$PWD/$BUILD/executor-runs
home=$BUILD/screenshots/home
demo=$BUILD/screenshots/demo.db

[ $# -gt 0 ] || set -- $(sed -n 's/^scene *//p' screenshots/scenes.txt)

rm -f "$demo" "$demo"-*
"$program" demo "$demo" --runs 48112 --days 14 --seed 7 --now $now >/dev/null

for name in "$@"; do
    rm -rf "$home"
    mkdir -p "$home/.executor"
    cp "$demo" "$home/.executor/data.db"
    "$BUILD/screenshots/shoot" screenshots/scenes.txt "$program" "$PWD/$home" "$name" screenshots
    echo "screenshots/$name.png screenshots/$name.svg"
done
rm -rf "$home"
