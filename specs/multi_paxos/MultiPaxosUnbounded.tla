------------------------ MODULE MultiPaxosUnbounded ------------------------
(***************************************************************************)
(* MultiPaxos with as many attempts as anybody wants.  Proposals are only  *)
(* ever compared, so what counts is their order.  Once nobody can promise, *)
(* accept or look back to attempt 0 any more, all attempts are counted     *)
(* from one higher, which changes no order and leaves room at the top.     *)
(* Attempts is then no bound on how often proposers try, but on how far    *)
(* they get ahead of the slowest acceptor and proposer.                    *)
(*                                                                         *)
(* With bounded attempts a duel always ends: whoever has the highest of    *)
(* all proposals wins.                                                     *)
(***************************************************************************)
EXTENDS MultiPaxos

(* A vote that no quorum will ever look at: its acceptor has cast a higher   *)
(* one, and every proposal that can still be voted for is above that.        *)
Buried(a, r, w) ==
    \E x \in votes[a][r] :
        /\ Above(x.proposal, w.proposal)
        /\ \A b \in Acceptors : Above(promised[b][r], x.proposal)

Remembered(a, r) == {w \in votes[a][r] : ~Buried(a, r, w)}

Lower(p) == [p EXCEPT !.attempt = @ - 1]
LowerVote(w) == [w EXCEPT !.proposal = Lower(@)]

Renumber(r) ==
    /\ learned[r] = {}
    /\ ~ \E p \in ProposalsOf(r), v \in Values : Chosen(p, v)
    /\ \A n \in Proposers : proposerAttempt[n][r] > 0
    /\ \A a \in Acceptors :
          /\ promised[a][r] # NONE
          /\ promised[a][r].attempt > 0
          /\ \A w \in Remembered(a, r) : w.proposal.attempt > 0
    /\ promised'        = [a \in Acceptors |->
                              [promised[a] EXCEPT ![r] = Lower(@)]]
    /\ accepted'        = [a \in Acceptors |->
                              [accepted[a] EXCEPT ![r] =
                                  IF @ = NONE THEN NONE ELSE LowerVote(@)]]
    /\ proposerAttempt' = [n \in Proposers |->
                              [proposerAttempt[n] EXCEPT ![r] = @ - 1]]
    /\ votes'           = [a \in Acceptors |->
                              [votes[a] EXCEPT ![r] =
                                  {LowerVote(w) : w \in Remembered(a, r)}]]
    /\ UNCHANGED learned

(* A proposer tries again when an acceptor has promised more, and only then: *)
(* nobody outbids itself.                                                    *)
UnboundedNext ==
    \/ \E n \in Proposers, r \in Rounds : TryAgain(n, r)
    \/ \E a \in Acceptors, p \in Proposal : Promise(a, p)
    \/ \E a \in Acceptors, p \in Proposal, v \in Values : Accept(a, p, v)
    \/ \E r \in Rounds, v \in Values : Learn(r, v)
    \/ \E r \in Rounds : Renumber(r)

UnboundedSpec == Init /\ [][UnboundedNext]_vars

(* Whatever can be done again and again is done again and again.             *)
StronglyFairSpec ==
    /\ UnboundedSpec
    /\ \A r \in Rounds :
          /\ SF_vars(LearnIn(r))
          /\ SF_vars(Renumber(r))
          /\ \A n \in Proposers :
                /\ SF_vars(TryAgain(n, r))
                /\ \A a \in Acceptors :
                      SF_vars(PromiseTo(a, n, r)) /\ SF_vars(AcceptFrom(a, n, r))
=============================================================================
