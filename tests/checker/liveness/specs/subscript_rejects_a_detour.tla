---- MODULE subscript_rejects_a_detour ----
\* Toggling t for ever is no step of the process as far as s goes.

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
        /\ WF_s(Toggle \/ Move)

P0 == <<s, t>> \in {<<1, 0>>, <<1, 1>>}

Property == <>P0

====
