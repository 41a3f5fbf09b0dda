---- MODULE join_hides_no_way_around ----
\* A shared end is reached by a way that avoids the goal.

VARIABLE s

vars == <<s>>

Init == s = 0

Through == \/ s = 0 /\ s' = 1
           \/ s = 1 /\ s' = 3

Around == \/ s = 0 /\ s' = 2
          \/ s = 2 /\ s' = 3

Spin == \/ s = 3 /\ s' = 4
        \/ s = 4 /\ s' = 3

Next == Through \/ Around \/ Spin

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Through)
        /\ WF_vars(Around)
        /\ WF_vars(Spin)

P0 == s \in {1}

Property == <>P0

====
