----------------------------- MODULE MultiPaxos -----------------------------
(***************************************************************************)
(* Multi-Paxos, as seen by its acceptors: every round of the log is one    *)
(* single-decree Paxos.  Messages do not appear.  What a proposer learns   *)
(* from the answers that it gathers over time is expressed, after          *)
(* Lamport's Voting, by the history of all votes: a value may be voted for *)
(* in a proposal if some quorum has left all lower proposals behind and    *)
(* the highest of its votes below the proposal, if it has any, is for      *)
(* that value.                                                             *)
(***************************************************************************)
EXTENDS Proposals

VARIABLES
    promised,         \* promised[a][r]: the highest proposal that a has promised
    accepted,         \* accepted[a][r]: the proposal and value that a accepted last
    proposerAttempt,  \* proposerAttempt[p][r]: the attempt that p has reached
    learned,          \* learned[r]: the values that somebody has learned
    votes             \* votes[a][r]: everything that a has ever accepted

vars == <<promised, accepted, proposerAttempt, learned, votes>>

AcceptedProposal(a, r) ==
    IF accepted[a][r] = NONE THEN NONE ELSE accepted[a][r].proposal

Init ==
    /\ promised        = [a \in Acceptors |-> [r \in Rounds |-> NONE]]
    /\ accepted        = [a \in Acceptors |-> [r \in Rounds |-> NONE]]
    /\ proposerAttempt = [p \in Proposers |-> [r \in Rounds |-> 0]]
    /\ learned         = [r \in Rounds |-> {}]
    /\ votes           = [a \in Acceptors |-> [r \in Rounds |-> {}]]

-----------------------------------------------------------------------------
(* A proposer gives up its current attempt and turns to the next one.        *)
IncrementAttempt(p, r) ==
    /\ proposerAttempt[p][r] + 1 \in Attempts
    /\ proposerAttempt' = [proposerAttempt EXCEPT ![p][r] = @ + 1]
    /\ UNCHANGED <<promised, accepted, learned, votes>>

(* Acceptor a promises p.  The prepare may be old: all that is known is that *)
(* p's proposer got that far.                                                *)
Promise(a, p) ==
    LET r == p.round IN
    /\ p.attempt <= proposerAttempt[p.node][r]
    /\ AtLeast(p, promised[a][r])
    /\ AtLeast(p, AcceptedProposal(a, r))
    /\ promised' = [promised EXCEPT ![a][r] = p]
    /\ UNCHANGED <<accepted, proposerAttempt, learned, votes>>

(* The votes below proposal p that the members of Q have cast in p's round.  *)
VotesBelow(Q, p) ==
    {w \in UNION {votes[a][p.round] : a \in Q} : Above(p, w.proposal)}

(* Quorum Q lets p carry value v.                                            *)
Safe(Q, p, v) ==
    LET below == VotesBelow(Q, p) IN
    /\ \A a \in Q : AtLeast(promised[a][p.round], p)
    /\ \A w \in below :
          (\A x \in below : AtLeast(w.proposal, x.proposal)) => w.value = v

Accept(a, p, v) ==
    LET r == p.round IN
    /\ promised[a][r] = p
    /\ AtLeast(p, AcceptedProposal(a, r))
    /\ \A b \in Acceptors : \A w \in votes[b][r] : w.proposal = p => w.value = v
    /\ \E Q \in Quorums : Safe(Q, p, v)
    /\ accepted' = [accepted EXCEPT ![a][r] = [proposal |-> p, value |-> v]]
    /\ promised' = [promised EXCEPT ![a][r] = p]
    /\ votes'    = [votes EXCEPT ![a][r] = @ \cup {[proposal |-> p, value |-> v]}]
    /\ UNCHANGED <<proposerAttempt, learned>>

(* Quorum Q has voted for v in proposal p.                                   *)
VotedBy(Q, p, v) ==
    \A a \in Q : [proposal |-> p, value |-> v] \in votes[a][p.round]

Chosen(p, v) == \E Q \in Quorums : VotedBy(Q, p, v)

Learn(r, v) ==
    /\ \E p \in ProposalsOf(r) : Chosen(p, v)
    /\ learned' = [learned EXCEPT ![r] = @ \cup {v}]
    /\ UNCHANGED <<promised, accepted, proposerAttempt, votes>>

Next ==
    \/ \E p \in Proposers, r \in Rounds : IncrementAttempt(p, r)
    \/ \E a \in Acceptors, p \in Proposal : Promise(a, p)
    \/ \E a \in Acceptors, p \in Proposal, v \in Values : Accept(a, p, v)
    \/ \E r \in Rounds, v \in Values : Learn(r, v)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Fairness.  What a node does for a proposer does not go by the attempt:    *)
(* an unbounded number of attempts would each be enabled only for a while.   *)

PromiseTo(a, n, r)  == \E p \in ProposalsOf(r) : p.node = n /\ Promise(a, p)
AcceptFrom(a, n, r) == \E p \in ProposalsOf(r), v \in Values :
                           p.node = n /\ Accept(a, p, v)
LearnIn(r)          == \E v \in Values : Learn(r, v)

(* Acceptors and learners do what they can; nobody has to try again.         *)
Responsive ==
    \A r \in Rounds :
        /\ WF_vars(LearnIn(r))
        /\ \A a \in Acceptors, n \in Proposers :
              WF_vars(PromiseTo(a, n, r)) /\ WF_vars(AcceptFrom(a, n, r))

FairSpec == Spec /\ Responsive

(* One proposer leads.  It tries again when an acceptor has promised more,   *)
(* and the others do not.  Whom they take for the leader is not said here.   *)
Leader == CHOOSE n \in Proposers : \A m \in Proposers : n <= m

Beaten(n, r) ==
    \E a \in Acceptors :
        Above(promised[a][r],
              [round |-> r, attempt |-> proposerAttempt[n][r], node |-> n])

TryAgain(n, r) == Beaten(n, r) /\ IncrementAttempt(n, r)

LeaderNext ==
    \/ \E r \in Rounds : TryAgain(Leader, r)
    \/ \E a \in Acceptors, p \in Proposal : Promise(a, p)
    \/ \E a \in Acceptors, p \in Proposal, v \in Values : Accept(a, p, v)
    \/ \E r \in Rounds, v \in Values : Learn(r, v)

LeaderSpec ==
    /\ Init /\ [][LeaderNext]_vars
    /\ Responsive
    /\ \A r \in Rounds : WF_vars(TryAgain(Leader, r))

-----------------------------------------------------------------------------
(* Invariants.  TypeOK leaves room for NONE where a value stands; that only  *)
(* proposed values get learned is for Validity to say.                       *)

Vote(r) == [proposal : ProposalsOf(r), value : Values \cup {NONE}]

TypeOK ==
    /\ \A a \in Acceptors, r \in Rounds :
          /\ promised[a][r] \in ProposalsOf(r) \cup {NONE}
          /\ accepted[a][r] \in Vote(r) \cup {NONE}
          /\ votes[a][r] \subseteq Vote(r)
    /\ \A p \in Proposers, r \in Rounds : proposerAttempt[p][r] \in Attempts
    /\ \A r \in Rounds : learned[r] \subseteq Values \cup {NONE}

(* At most one value is learned in a round.                                  *)
Agreement == \A r \in Rounds : Cardinality(learned[r]) <= 1

(* Only proposed values are learned.                                         *)
Validity == \A r \in Rounds : learned[r] \subseteq Values

(* What one quorum has voted for, every quorum of a higher proposal votes    *)
(* for too.                                                                  *)
Consistency ==
    \A r \in Rounds :
        \A p, q \in ProposalsOf(r) :
            Above(q, p) =>
                \A v, w \in Values \cup {NONE} :
                    Chosen(p, v) /\ Chosen(q, w) => v = w

(* Nobody accepts above its own promise.                                     *)
PromiseIntegrity ==
    \A a \in Acceptors, r \in Rounds :
        AtLeast(promised[a][r], AcceptedProposal(a, r))

(* The leader never needs an attempt that is not among Attempts.  Where it   *)
(* holds, the bound on attempts has no part in what is live.                 *)
AttemptsSuffice ==
    \A r \in Rounds :
        Beaten(Leader, r) => proposerAttempt[Leader][r] + 1 \in Attempts

(* A question of reachability, put as an invariant that ought to fail.       *)
NothingLearned == \A r \in Rounds : learned[r] = {}

-----------------------------------------------------------------------------
(* Step properties.                                                          *)

MonotonicPromises ==
    [][\A a \in Acceptors, r \in Rounds :
          AtLeast(promised'[a][r], promised[a][r])]_vars

MonotonicAccepts ==
    [][\A a \in Acceptors, r \in Rounds :
          AtLeast(AcceptedProposal(a, r)', AcceptedProposal(a, r))]_vars

-----------------------------------------------------------------------------
(* Temporal properties.                                                      *)

(* In every round something is learned.  Under FairSpec, and under           *)
(* LeaderSpec.                                                               *)
EveryRoundLearned == \A r \in Rounds : <>(learned[r] # {})

-----------------------------------------------------------------------------
(* A constraint: look no further once every round has learned something.     *)
Undecided == \E r \in Rounds : learned[r] = {}
=============================================================================
