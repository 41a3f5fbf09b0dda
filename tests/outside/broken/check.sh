#!/usr/bin/env bash
# Breaks the code of this crate, one patch at a time: the test that it names fails, and names what fails; the
# counterexample that it saves as a test fails as well, and passes once the code is mended.
# Usage: broken/check.sh [CARGO_TARGET_DIR]
set -euo pipefail
crate="$(cd "$(dirname "$0")/.." && pwd)"
target="$(mkdir -p "${1:-$crate/target}" && cd "${1:-$crate/target}" && pwd)"
copy="$target/broken"
here="$(grep -o 'path = "[^"]*"' "$crate/Cargo.toml" | cut -d'"' -f2)"
depends_on="$(cd "$crate/$here" && pwd)"

for patch in "$crate"/broken/*.patch; do
    name="$(basename "$patch" .patch)"
    test="$(sed -n 's/^# test: //p' "$patch")"
    fails="$(sed -n 's/^# fails: //p' "$patch")"
    rm -rf "$copy" "$target/mitregate"
    mkdir "$copy"
    cp -r "$crate"/{Cargo.*,src,specs,tests,examples} "$copy"
    sed -i "s|path = \"$here\"|path = \"$depends_on\"|" "$copy/Cargo.toml"
    patch -s -d "$copy" -p1 <"$patch"

    run() { cargo test -q --locked --manifest-path "$copy/Cargo.toml" --target-dir "$target" --test "$test" "$@" 2>&1; }
    if out="$(run)"; then
        echo "$name: nothing fails, and $fails should"
        exit 1
    fi
    if ! grep -qF "$fails" <<<"$out"; then
        echo "$out"
        echo "$name: it is not said that $fails"
        exit 1
    fi
    saved=("$target"/mitregate/*/*.rs)
    if [ -e "${saved[0]}" ]; then
        cat "${saved[0]}" >>"$copy/tests/$test.rs"
        if out="$(run is_mended)"; then
            echo "$name: the saved test passes on the broken code"
            exit 1
        fi
        patch -s -R -d "$copy" -p1 <"$patch"
        if ! out="$(run is_mended)" || ! grep -q '1 passed' <<<"$out"; then
            echo "$out"
            echo "$name: the saved test does not pass on the mended code"
            exit 1
        fi
        echo "$name: $fails; saved as a test, which passes once the code is mended"
    else
        echo "$name: $fails"
    fi
done
