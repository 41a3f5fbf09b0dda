---- MODULE recursion_without_the_second ----
\* The middle cycle is fair if going up is not.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 2 /\ s' = 9

Up == s = 1 /\ s' = 2

Enter == s = 0 /\ s' = 1

Back == \/ s = 1 /\ s' = 0
        \/ s = 2 /\ s' = 0

Next == Exit \/ Up \/ Enter \/ Back

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit)
        /\ SF_vars(Enter)
        /\ WF_vars(Back)

P0 == s \in {9}

Property == <>P0

====
