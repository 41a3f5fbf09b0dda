---- MODULE leads_to_needs_its_antecedent ----
\* The answer fails to come for ever only where nobody asked.

VARIABLE s

vars == <<s>>

Init == \/ s = 0
        \/ s = 5

Ask == s = 0 /\ s' = 1

Answer == s = 1 /\ s' = 2

Turn == \/ s = 5 /\ s' = 6
        \/ s = 6 /\ s' = 5

Next == Ask \/ Answer \/ Turn

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Answer)

P0 == s \in {1}

P1 == s \in {2}

Property == P0 ~> P1

====
