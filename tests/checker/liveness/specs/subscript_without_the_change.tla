---- MODULE subscript_without_the_change ----
\* A step that leaves the subscript as it is need not be taken.

VARIABLES s, t

vars == <<s, t>>

Init == s = 0 /\ t = 0

Work == s = 0 /\ t = 0 /\ s' = 0 /\ t' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_s(Work)

P0 == <<s, t>> \in {<<0, 1>>}

Property == <>P0

====
