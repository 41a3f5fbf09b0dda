---- MODULE lossy_channel_strong ----
\* A message that may be lost each time is delivered under strong fairness.

VARIABLE s

vars == <<s>>

Init == s = 0

Send == s = 0 /\ s' = 1

Lose == s = 1 /\ s' = 0

Deliver == s = 1 /\ s' = 2

Next == Send \/ Lose \/ Deliver

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Send)
        /\ SF_vars(Deliver)

P0 == s \in {0}

P1 == s \in {2}

Property == P0 ~> P1

====
