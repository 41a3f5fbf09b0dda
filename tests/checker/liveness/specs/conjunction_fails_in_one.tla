---- MODULE conjunction_fails_in_one ----
\* The ring does not come to rest.

VARIABLE s

vars == <<s>>

Init == s = 0

Next1 == s = 0 /\ s' = 1

Next2 == s = 1 /\ s' = 2

Next0 == s = 2 /\ s' = 0

Next == Next1 \/ Next2 \/ Next0

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Next0 \/ Next1 \/ Next2)

P0 == s \in {0}

P1 == s \in {1}

Property == /\ []<>P0
            /\ <>[]P1

====
