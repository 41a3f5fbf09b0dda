---- MODULE join_below_a_request ----
\* The state where the request is never answered is first seen without a request.

VARIABLE s

vars == <<s>>

Init == s = 0

Skip == s = 0 /\ s' = 2

Ask == s = 0 /\ s' = 1

Forget == s = 1 /\ s' = 2

Turn == \/ s = 2 /\ s' = 3
        \/ s = 3 /\ s' = 2

Next == Skip \/ Ask \/ Forget \/ Turn

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Skip \/ Ask)
        /\ WF_vars(Forget)
        /\ WF_vars(Turn)

P0 == s \in {1}

P1 == s \in {0}

Property == P0 ~> P1

====
