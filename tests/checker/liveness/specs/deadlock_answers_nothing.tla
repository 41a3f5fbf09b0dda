---- MODULE deadlock_answers_nothing ----
\* A request is pending in the last state.

VARIABLE s

vars == <<s>>

Init == s = 0

Ask == s = 0 /\ s' = 1

Answer == s = 1 /\ s' = 2

Drop == s = 1 /\ s' = 3

Next == Ask \/ Answer \/ Drop

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Ask)
        /\ WF_vars(Answer)

P0 == s \in {1}

P1 == s \in {2}

Property == P0 ~> P1

====
