#!/usr/bin/env bash
# Guess: cargo-mutants leaves out a mutant whose name matches `--exclude-re` (or `exclude_re` in the
#   configuration), and with `--re` it keeps those that match and no others.
# Versions: cargo-mutants 27.1.0.
# Behaviour: both are applied to every kind of mutant but one. That a field is deleted from a struct expression
#   with a base is listed, and tested, whatever the expressions say; so such a mutant, if it is equivalent to
#   the code, cannot be listed as one by its name.
# Output seen (mutants listed of each kind, of the function `small` and of a field):
#   all: 2 of small, 1 of a field
#   --exclude-re threads: 2 of small, 1 of a field
#   --exclude-re small: 0 of small, 1 of a field
#   --re small: 2 of small, 1 of a field
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "fields"
version = "0.0.0"
edition = "2021"
TOML
cat >src/lib.rs <<'RUST'
#[derive(Default)]
pub struct Options {
    pub threads: usize,
    pub depth: usize,
}
pub fn with(threads: usize) -> Options {
    Options { threads, ..Options::default() }
}
pub fn small(is_it: bool) -> bool {
    is_it
}
RUST
cargo install --quiet --locked --root "$folder/tools" cargo-mutants --version 27.1.0
export PATH="$folder/tools/bin:$PATH"
count() {
    local listed
    listed=$(cargo mutants --list "$@")
    printf '%s of small, %s of a field\n' \
        "$(grep -c 'replace small' <<<"$listed" || true)" \
        "$(grep -c 'delete field' <<<"$listed" || true)"
}
seen="all: $(count)
--exclude-re threads: $(count --exclude-re threads)
--exclude-re small: $(count --exclude-re small)
--re small: $(count --re small)"
echo "$seen"
[ "$seen" = 'all: 2 of small, 1 of a field
--exclude-re threads: 2 of small, 1 of a field
--exclude-re small: 0 of small, 1 of a field
--re small: 2 of small, 1 of a field' ]
