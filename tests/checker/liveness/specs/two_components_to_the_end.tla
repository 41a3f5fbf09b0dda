---- MODULE two_components_to_the_end ----
\* The first cycle is left, and the second one too.

VARIABLE s

vars == <<s>>

Init == s = 0

Turn == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Fall == s = 1 /\ s' = 2

Spin == \/ s = 2 /\ s' = 3
        \/ s = 3 /\ s' = 2

Land == s = 3 /\ s' = 4

Next == Turn \/ Fall \/ Spin \/ Land

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Turn)
        /\ SF_vars(Fall)
        /\ WF_vars(Spin)
        /\ SF_vars(Land)

P0 == s \in {4}

Property == <>[]P0

====
