------------------------- MODULE MultiPaxosAsGiven -------------------------
(***************************************************************************)
(* Multi-Paxos as its first description has it.  An accept needs a quorum  *)
(* whose members promise exactly that proposal at that very moment; a      *)
(* correct acceptor looks at its own promise alone.  So this spec has      *)
(* fewer behaviours than correct code: it is kept to show the difference,  *)
(* and MultiPaxos is the spec that code refines.                           *)
(***************************************************************************)
EXTENDS Proposals

VARIABLES
    promised,         \* promised[a][r]: the highest proposal that a has promised
    accepted,         \* accepted[a][r]: the proposal and value that a accepted last
    proposerAttempt,  \* proposerAttempt[p][r]: the attempt that p has reached
    learned           \* learned[r]: the values that somebody has learned

vars == <<promised, accepted, proposerAttempt, learned>>

AcceptedProposal(a, r) ==
    IF accepted[a][r] = NONE THEN NONE ELSE accepted[a][r].proposal

Init ==
    /\ promised        = [a \in Acceptors |-> [r \in Rounds |-> NONE]]
    /\ accepted        = [a \in Acceptors |-> [r \in Rounds |-> NONE]]
    /\ proposerAttempt = [p \in Proposers |-> [r \in Rounds |-> 0]]
    /\ learned         = [r \in Rounds |-> {}]

-----------------------------------------------------------------------------
IncrementAttempt(p, r) ==
    /\ proposerAttempt[p][r] + 1 \in Attempts
    /\ proposerAttempt' = [proposerAttempt EXCEPT ![p][r] = @ + 1]
    /\ UNCHANGED <<promised, accepted, learned>>

(* Proposals of any attempt may be promised at any time.                     *)
Promise(a, p) ==
    LET r == p.round IN
    /\ AtLeast(p, promised[a][r])
    /\ AtLeast(p, AcceptedProposal(a, r))
    /\ promised' = [promised EXCEPT ![a][r] = p]
    /\ UNCHANGED <<accepted, proposerAttempt, learned>>

(* All of Q promise exactly p now, and the highest proposal that they have   *)
(* accepted, if there is one, carries v.                                     *)
PromisedTogether(Q, p, v) ==
    LET r == p.round IN
    /\ \A a \in Q : promised[a][r] = p
    /\ \E h \in Q :
          /\ \A a \in Q : AtLeast(AcceptedProposal(h, r), AcceptedProposal(a, r))
          /\ accepted[h][r] # NONE => accepted[h][r].value = v

Accept(a, p, v) ==
    LET r == p.round IN
    /\ promised[a][r] = p
    /\ AtLeast(p, AcceptedProposal(a, r))
    /\ \A b \in Acceptors : AcceptedProposal(b, r) = p => accepted[b][r].value = v
    /\ \E Q \in Quorums : PromisedTogether(Q, p, v)
    /\ accepted' = [accepted EXCEPT ![a][r] = [proposal |-> p, value |-> v]]
    /\ promised' = [promised EXCEPT ![a][r] = p]
    /\ UNCHANGED <<proposerAttempt, learned>>

AcceptedBy(Q, p, v) ==
    \A a \in Q : accepted[a][p.round] = [proposal |-> p, value |-> v]

Chosen(p, v) == \E Q \in Quorums : AcceptedBy(Q, p, v)

Learn(r, v) ==
    /\ \E p \in ProposalsOf(r) : Chosen(p, v)
    /\ learned' = [learned EXCEPT ![r] = @ \cup {v}]
    /\ UNCHANGED <<promised, accepted, proposerAttempt>>

Next ==
    \/ \E p \in Proposers, r \in Rounds : IncrementAttempt(p, r)
    \/ \E a \in Acceptors, p \in Proposal : Promise(a, p)
    \/ \E a \in Acceptors, p \in Proposal, v \in Values : Accept(a, p, v)
    \/ \E r \in Rounds, v \in Values : Learn(r, v)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
TypeOK ==
    /\ \A a \in Acceptors, r \in Rounds :
          /\ promised[a][r] \in ProposalsOf(r) \cup {NONE}
          /\ accepted[a][r] \in
                [proposal : ProposalsOf(r), value : Values \cup {NONE}] \cup {NONE}
    /\ \A p \in Proposers, r \in Rounds : proposerAttempt[p][r] \in Attempts
    /\ \A r \in Rounds : learned[r] \subseteq Values \cup {NONE}

Agreement == \A r \in Rounds : Cardinality(learned[r]) <= 1

Validity == \A r \in Rounds : learned[r] \subseteq Values

Consistency ==
    \A r \in Rounds :
        \A p, q \in ProposalsOf(r) :
            Above(q, p) =>
                \A v, w \in Values \cup {NONE} :
                    Chosen(p, v) /\ Chosen(q, w) => v = w

PromiseIntegrity ==
    \A a \in Acceptors, r \in Rounds :
        AtLeast(promised[a][r], AcceptedProposal(a, r))

NothingLearned == \A r \in Rounds : learned[r] = {}

MonotonicPromises ==
    [][\A a \in Acceptors, r \in Rounds :
          AtLeast(promised'[a][r], promised[a][r])]_vars

MonotonicAccepts ==
    [][\A a \in Acceptors, r \in Rounds :
          AtLeast(AcceptedProposal(a, r)', AcceptedProposal(a, r))]_vars

Undecided == \E r \in Rounds : learned[r] = {}
=============================================================================
