---- MODULE two_initial_states_both_good ----
\* Both initial states get there.

VARIABLE s

vars == <<s>>

Init == \/ s = 0
        \/ s = 3

Work == \/ s = 0 /\ s' = 1
        \/ s = 3 /\ s' = 4
        \/ s = 4 /\ s' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)

P0 == s \in {1}

Property == /\ <>P0
            /\ []<>P0

====
