---- MODULE unchanging_on_the_cycle ----
\* On the cycle the fair action is enabled, but changes nothing: so it need not leave for state 3.

VARIABLE s

vars == <<s>>

Init == s = 0

Tick == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Idle == \/ s = 0 /\ s' = 0
        \/ s = 1 /\ s' = 1
        \/ s = 2 /\ s' = 3

Away == s = 1 /\ s' = 2

Next == Tick \/ Idle \/ Away

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Tick)
        /\ SF_vars(Idle)

P0 == s \in {0}

P1 == s \in {3}

Property == /\ []<>P0
            /\ <>P1

====
