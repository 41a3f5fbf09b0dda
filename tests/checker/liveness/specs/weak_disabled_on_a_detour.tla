---- MODULE weak_disabled_on_a_detour ----
\* The cycle is fair because it passes a state in which the weak action is disabled.

VARIABLE s

vars == <<s>>

Init == s = 0

Tick == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 2
        \/ s = 2 /\ s' = 0

Exit == \/ s = 0 /\ s' = 9
        \/ s = 1 /\ s' = 9

Next == Tick \/ Exit

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Tick)
        /\ WF_vars(Exit)

P0 == s \in {9}

Property == <>P0

====
