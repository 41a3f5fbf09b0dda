---- MODULE subscript_with_the_change ----
\* The same step, with the subscript that it changes.

VARIABLES s, t

vars == <<s, t>>

Init == s = 0 /\ t = 0

Work == s = 0 /\ t = 0 /\ s' = 0 /\ t' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_t(Work)

P0 == <<s, t>> \in {<<0, 1>>}

Property == <>P0

====
