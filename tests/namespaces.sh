#!/usr/bin/env bash
# Three hosts on one machine, as far as Linux can pretend: three network namespaces on a bridge, a process in each. What
# comes out has to be what one process comes to, and a host whose network goes down has to be missed.
#
#     tests/namespaces.sh PROGRAM        # such as target/debug/mitregate-for-tests, built with the feature `distributed`
#
# Needs root and iproute2. Without leave to make namespaces it says so and ends.
set -euo pipefail
program=$(realpath "$1")
folder=$(mktemp -d)
bridge=mitre-br
clean() {
    for host in 0 1 2; do ip netns del "mitre$host" 2>/dev/null || true; done
    ip link del "$bridge" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT
clean
mkdir -p "$folder"
if ! { ip link add "$bridge" type bridge && ip netns add mitre0; } 2>/dev/null; then
    echo 'skipped: there is no leave to make network namespaces here'
    exit 0
fi
ip link set "$bridge" up
for host in 0 1 2; do
    [ "$host" = 0 ] || ip netns add "mitre$host"
    ip link add "mitre-v$host" type veth peer name eth0 netns "mitre$host"
    ip link set "mitre-v$host" master "$bridge" up
    ip -n "mitre$host" addr add "10.83.0.$((host + 1))/24" dev eth0
    ip -n "mitre$host" link set eth0 up
    ip -n "mitre$host" link set lo up
    echo "10.83.0.$((host + 1)):2101" >>"$folder/hosts"
done

# What the first host prints, and how each host exits.
together() {
    for host in 1 2; do
        ip netns exec "mitre$host" "$program" "$@" --hostfile "$folder/hosts" --process "$host" \
            2>"$folder/stderr$host" &
        pids[host]=$!
    done
    ip netns exec mitre0 "$program" "$@" --hostfile "$folder/hosts" --process 0 2>"$folder/stderr0" &
    pids[0]=$!
    for host in 0 1 2; do
        codes[host]=0
        wait "${pids[host]}" || codes[host]=$?
    done
}
timeless() { grep -vE '"(elapsed_s|states_per_s)"'; }

declare -a pids codes
check=(multi_paxos check --scenario as_given,duel --format json)
"$program" "${check[@]}" | timeless >"$folder/alone"
together "${check[@]}" >"$folder/together"
[ "${codes[*]}" = '0 0 0' ]
timeless <"$folder/together" | cmp - "$folder/alone"
echo 'three hosts come to what one comes to'

(sleep 2 && ip link set mitre-v2 down) &
together multi_paxos check --scenario leader_three --layer system --patience 3s >/dev/null
[ "${codes[*]}" = '3 3 3' ]
grep -q 'process 2 (10.83.0.3:2101) has not' "$folder/stderr0"
cat "$folder/stderr0"
echo 'a host that is cut off is missed by all'
