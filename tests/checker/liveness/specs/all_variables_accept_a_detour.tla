---- MODULE all_variables_accept_a_detour ----
\* Toggling t for ever is fair to the process as a whole.

VARIABLES s, t

vars == <<s, t>>

Init == s = 0 /\ t = 0

Toggle == \/ s = 0 /\ t = 0 /\ s' = 0 /\ t' = 1
          \/ s = 0 /\ t = 1 /\ s' = 0 /\ t' = 0

Move == \/ s = 0 /\ t = 0 /\ s' = 1 /\ t' = 0
        \/ s = 0 /\ t = 1 /\ s' = 1 /\ t' = 1

Next == Toggle \/ Move

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Toggle \/ Move)

P0 == <<s, t>> \in {<<1, 0>>, <<1, 1>>}

Property == <>P0

====
