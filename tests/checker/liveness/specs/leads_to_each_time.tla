---- MODULE leads_to_each_time ----
\* Every request is answered, however often.

VARIABLE s

vars == <<s>>

Init == s = 0

Ask == s = 0 /\ s' = 1

Answer == s = 1 /\ s' = 2

Rest == s = 2 /\ s' = 0

Next == Ask \/ Answer \/ Rest

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Answer)

P0 == s \in {1}

P1 == s \in {2}

Property == P0 ~> P1

====
