---- MODULE spinning_is_stuttering ----
\* A step to the same state does not count as one, so fairness to it says nothing.

VARIABLE s

vars == <<s>>

Init == s = 0

Spin == s = 0 /\ s' = 0

Work == s = 0 /\ s' = 1

Next == Spin \/ Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Spin)

P0 == s \in {1}

Property == <>P0

====
