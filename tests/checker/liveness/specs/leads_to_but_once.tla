---- MODULE leads_to_but_once ----
\* The second kind of request, after an answered first one, is not answered.

VARIABLE s

vars == <<s>>

Init == s = 0

Ask == s = 0 /\ s' = 1

Answer == s = 1 /\ s' = 2

Again == s = 2 /\ s' = 3

Wait == \/ s = 3 /\ s' = 4
        \/ s = 4 /\ s' = 3

Next == Ask \/ Answer \/ Again \/ Wait

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Answer)
        /\ WF_vars(Wait)

P0 == s \in {1, 3}

P1 == s \in {2}

Property == P0 ~> P1

====
