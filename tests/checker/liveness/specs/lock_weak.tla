---- MODULE lock_weak ----
\* Two processes share a lock: 0 idle, 1 waiting, 2 inside. One can be overtaken for ever.

VARIABLES s, t

vars == <<s, t>>

Init == s = 0 /\ t = 0

TryS == \/ s = 0 /\ t = 0 /\ s' = 1 /\ t' = 0
        \/ s = 0 /\ t = 1 /\ s' = 1 /\ t' = 1
        \/ s = 0 /\ t = 2 /\ s' = 1 /\ t' = 2

EnterS == \/ s = 1 /\ t = 0 /\ s' = 2 /\ t' = 0
          \/ s = 1 /\ t = 1 /\ s' = 2 /\ t' = 1

LeaveS == \/ s = 2 /\ t = 0 /\ s' = 0 /\ t' = 0
          \/ s = 2 /\ t = 1 /\ s' = 0 /\ t' = 1

TryT == \/ s = 0 /\ t = 0 /\ s' = 0 /\ t' = 1
        \/ s = 1 /\ t = 0 /\ s' = 1 /\ t' = 1
        \/ s = 2 /\ t = 0 /\ s' = 2 /\ t' = 1

EnterT == \/ s = 0 /\ t = 1 /\ s' = 0 /\ t' = 2
          \/ s = 1 /\ t = 1 /\ s' = 1 /\ t' = 2

LeaveT == \/ s = 0 /\ t = 2 /\ s' = 0 /\ t' = 0
          \/ s = 1 /\ t = 2 /\ s' = 1 /\ t' = 0

Next == TryS \/ EnterS \/ LeaveS \/ TryT \/ EnterT \/ LeaveT

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(EnterS)
        /\ WF_vars(LeaveS)
        /\ WF_vars(EnterT)
        /\ WF_vars(LeaveT)

P0 == <<s, t>> \in {<<1, 0>>, <<1, 1>>, <<1, 2>>}

P1 == <<s, t>> \in {<<2, 0>>, <<2, 1>>}

Property == P0 ~> P1

====
