---- MODULE does_not_settle ----
\* An action that need not happen may happen for ever.

VARIABLE s

vars == <<s>>

Init == s = 0

Go == s = 0 /\ s' = 1

Back == s = 1 /\ s' = 0

Next == Go \/ Back

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Go)

P0 == s \in {1}

Property == <>[]P0

====
