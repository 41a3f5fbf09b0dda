---- MODULE conjunction_holds ----
\* A ring is gone around for ever.

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

P2 == s \in {2}

Property == /\ []<>P0
            /\ []<>P1
            /\ P0 ~> P2
            /\ <>P2

====
