//! A state: the spec's variables, and how they are read and written.
//!
//! They stand in one row of words, which is copied, compared and hashed as a whole: an exploration does hardly
//! anything else with most states. Where each stands follows from the numbers of acceptors, proposers and rounds,
//! which [`Spec`] knows; so the variables are read and written through it.
//!
//! Votes are kept by what they are for: see [`Tally`].

use serde::{Deserialize, Serialize};

use smallvec::SmallVec;

use super::{Ballot, Spec, ValueId, ValueSet, Vote};
use crate::multi_paxos::constants::{Constants, Module};

/// The words of a state that need no allocation: enough for three acceptors and two proposers with two rounds of one
/// attempt, or one round of four. A state with more is on the heap.
const INLINE: usize = 44;

/// The words of `accepted[a][r]`: a proposal and a value.
const WORDS_OF_VOTE: usize = 2;

/// The words of `learned[r]`: a bit for each value.
const WORDS_OF_VALUES: usize = 4;

/// The words of a [`Tally`]: its round and value, its proposal, and its voters.
const WORDS_OF_TALLY: usize = 3;

/// A state of the spec. Its variables are read by [`Spec::promised`], [`Spec::accepted`],
/// [`Spec::proposer_attempt`], [`Spec::learned`] and [`Spec::votes`].
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    words: SmallVec<[u16; INLINE]>,
}

impl Clone for State {
    // What is derived copies word by word.
    fn clone(&self) -> State {
        State { words: SmallVec::from_slice(&self.words) }
    }
}

/// A set of acceptors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AcceptorSet(u16);

impl AcceptorSet {
    /// Whether the acceptor is in the set.
    pub fn contains(self, a: u8) -> bool {
        self.0 & (1 << a) != 0
    }

    /// How many acceptors are in the set.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The acceptors, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |&a| self.contains(a))
    }

    /// The acceptors that are in both sets.
    pub fn and(self, other: AcceptorSet) -> AcceptorSet {
        AcceptorSet(self.0 & other.0)
    }

    /// The acceptors that are not in the other set.
    pub fn without(self, other: AcceptorSet) -> AcceptorSet {
        AcceptorSet(self.0 & !other.0)
    }
}

impl FromIterator<u8> for AcceptorSet {
    fn from_iter<T: IntoIterator<Item = u8>>(acceptors: T) -> AcceptorSet {
        AcceptorSet(acceptors.into_iter().fold(0, |set, a| set | 1 << a))
    }
}

/// A vote that was cast in a round, with all who have cast it: the acceptors `a` with `vote \in votes[a][r]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The vote.
    pub vote: Vote,
    /// Who has cast it; there is somebody.
    pub voters: AcceptorSet,
}

impl Tally {
    fn to_words(self, r: u8) -> [u16; WORDS_OF_TALLY] {
        let Tally { vote, voters } = self;
        [u16::from_be_bytes([r, vote.value]), vote.ballot.0, voters.0]
    }

    /// A tally, and its round before it.
    fn from_words(words: [u16; WORDS_OF_TALLY]) -> (u8, Tally) {
        let [r_and_value, ballot, voters] = words;
        let [r, value] = r_and_value.to_be_bytes();
        let vote = Vote { ballot: Ballot(ballot), value };
        (r, Tally { vote, voters: AcceptorSet(voters) })
    }
}

/// Where in a state's row the variables begin. `promised` is first, `votes` are last and take what they need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    rounds: usize,
    accepted: usize,
    proposer_attempt: usize,
    learned: usize,
    votes: usize,
}

impl Layout {
    pub(super) fn new(constants: &Constants) -> Layout {
        let rounds = constants.rounds.len();
        let accepted = constants.acceptors.len() * rounds;
        let proposer_attempt = accepted + WORDS_OF_VOTE * accepted;
        let learned = proposer_attempt + constants.proposers.len() * rounds;
        let votes = learned + WORDS_OF_VALUES * rounds;
        Layout { rounds, accepted, proposer_attempt, learned, votes }
    }

    /// The index of `x[a][r]`, or `x[p][r]`, within `x`.
    #[inline]
    fn at(&self, node: u8, r: u8) -> usize {
        usize::from(node) * self.rounds + usize::from(r)
    }

    #[inline]
    fn accepted_at(&self, a: u8, r: u8) -> usize {
        self.accepted + WORDS_OF_VOTE * self.at(a, r)
    }

    fn learned_at(&self, r: u8) -> usize {
        self.learned + WORDS_OF_VALUES * usize::from(r)
    }
}

/// Reading.
impl Spec {
    /// The state in which nothing has happened: `Init`.
    pub(super) fn initial_state(&self) -> State {
        State { words: SmallVec::from_elem(0, self.layout.votes) }
    }

    /// `promised[a][r]`.
    #[inline]
    pub fn promised(&self, state: &State, a: u8, r: u8) -> Ballot {
        Ballot(state.words[self.layout.at(a, r)])
    }

    /// `accepted[a][r]`, if it is not `NONE`.
    #[inline]
    pub fn accepted(&self, state: &State, a: u8, r: u8) -> Option<Vote> {
        let at = self.layout.accepted_at(a, r);
        to_vote([state.words[at], state.words[at + 1]])
    }

    /// `AcceptedProposal(a, r)`.
    #[inline]
    pub fn accepted_proposal(&self, state: &State, a: u8, r: u8) -> Ballot {
        Ballot(state.words[self.layout.accepted_at(a, r)])
    }

    /// `proposerAttempt[p][r]`.
    #[inline]
    pub fn proposer_attempt(&self, state: &State, p: u8, r: u8) -> u16 {
        state.words[self.layout.proposer_attempt + self.layout.at(p, r)]
    }

    /// `learned[r]`.
    pub fn learned(&self, state: &State, r: u8) -> ValueSet {
        let at = self.layout.learned_at(r);
        to_values(state.words[at..].first_chunk().copied().unwrap_or_default())
    }

    /// `votes[a][r]`, lowest first.
    pub fn votes<'a>(&self, state: &'a State, a: u8, r: u8) -> impl Iterator<Item = Vote> + 'a {
        let cast = self.tallies(state, r).filter(move |tally| tally.voters.contains(a));
        cast.map(|tally| tally.vote)
    }

    /// `votes` in a round, lowest first, each with all who have cast it.
    pub fn tallies<'a>(
        &self,
        state: &'a State,
        r: u8,
    ) -> impl DoubleEndedIterator<Item = Tally> + Clone + use<'a> {
        let of_round = move |(its_round, tally)| (its_round == r).then_some(tally);
        self.all_tallies(state).filter_map(of_round)
    }

    /// The votes of a round that count, each with all who have cast it: what `Chosen(p, v)` looks at.
    pub fn tallies_that_count<'a>(
        &'a self,
        state: &'a State,
        r: u8,
    ) -> impl Iterator<Item = Tally> + Clone + use<'a> {
        let (cast, accepted) = match self.constants.module {
            // \A a \in Q : [proposal |-> p, value |-> v] \in votes[a][p.round]
            Module::MultiPaxos | Module::MultiPaxosUnbounded => {
                (Some(self.tallies(state, r)), None)
            }
            // \A a \in Q : accepted[a][p.round] = [proposal |-> p, value |-> v]
            Module::MultiPaxosAsGiven => (None, Some(self.tallies_of_accepted(state, r))),
        };
        cast.into_iter().flatten().chain(accepted.into_iter().flatten())
    }

    /// `accepted` in a round, each vote with all who have accepted it last.
    fn tallies_of_accepted<'a>(
        &'a self,
        state: &'a State,
        r: u8,
    ) -> impl Iterator<Item = Tally> + Clone + use<'a> {
        self.acceptors().filter_map(move |first| {
            let vote = self.accepted(state, first, r)?;
            let accepts_it = |&a: &u8| self.accepted(state, a, r) == Some(vote);
            let is_told = (0..first).any(|a| accepts_it(&a));
            let voters = || self.acceptors().filter(accepts_it).collect();
            (!is_told).then(|| Tally { vote, voters: voters() })
        })
    }

    /// All of `promised`.
    pub fn all_promised<'a>(&self, state: &'a State) -> impl Iterator<Item = Ballot> + use<'a> {
        state.words[..self.layout.accepted].iter().map(|&word| Ballot(word))
    }

    /// All of `accepted`.
    pub fn all_accepted<'a>(
        &self,
        state: &'a State,
    ) -> impl Iterator<Item = Option<Vote>> + use<'a> {
        let words = &state.words[self.layout.accepted..self.layout.proposer_attempt];
        words.as_chunks().0.iter().map(|&words| to_vote(words))
    }

    /// All of `proposerAttempt`.
    pub fn all_attempts<'a>(&self, state: &'a State) -> impl Iterator<Item = u16> + use<'a> {
        state.words[self.layout.proposer_attempt..self.layout.learned].iter().copied()
    }

    /// All of `learned`.
    pub fn all_learned<'a>(&self, state: &'a State) -> impl Iterator<Item = ValueSet> + use<'a> {
        let words = &state.words[self.layout.learned..self.layout.votes];
        words.as_chunks().0.iter().map(|&words| to_values(words))
    }

    /// All of `votes`, each with its round, lowest first.
    pub fn all_tallies<'a>(
        &self,
        state: &'a State,
    ) -> impl DoubleEndedIterator<Item = (u8, Tally)> + Clone + use<'a> {
        let words = &state.words[self.layout.votes..];
        words.as_chunks().0.iter().map(|&words| Tally::from_words(words))
    }
}

/// Writing.
impl Spec {
    /// `promised[a][r] := p`.
    #[inline]
    pub fn set_promised(&self, state: &mut State, a: u8, r: u8, p: Ballot) {
        state.words[self.layout.at(a, r)] = p.0;
    }

    /// `accepted[a][r] := vote`.
    #[inline]
    pub fn set_accepted(&self, state: &mut State, a: u8, r: u8, vote: Option<Vote>) {
        let at = self.layout.accepted_at(a, r);
        let (ballot, value) = vote.map_or((0, 0), |vote| (vote.ballot.0, vote.value.into()));
        state.words[at] = ballot;
        state.words[at + 1] = value;
    }

    /// `proposerAttempt[p][r] := attempt`.
    #[inline]
    pub fn set_proposer_attempt(&self, state: &mut State, p: u8, r: u8, attempt: u16) {
        state.words[self.layout.proposer_attempt + self.layout.at(p, r)] = attempt;
    }

    /// `learned[r] := values`.
    pub fn set_learned(&self, state: &mut State, r: u8, values: ValueSet) {
        let at = self.layout.learned_at(r);
        let words = &mut state.words[at..at + WORDS_OF_VALUES];
        for (word, shift) in words.iter_mut().zip((0..).step_by(16)) {
            *word = (values.0 >> shift) as u16; // the bits of this word
        }
    }

    /// `learned[r] := learned[r] \cup {v}`.
    pub fn add_learned(&self, state: &mut State, r: u8, v: ValueId) {
        let at = self.layout.learned_at(r) + usize::from(v / 16);
        state.words[at] |= 1 << (v % 16);
    }

    /// `votes[a][r] := votes[a][r] \cup {vote}`.
    pub fn add_vote(&self, state: &mut State, a: u8, r: u8, vote: Vote) {
        self.add_votes(state, r, Tally { vote, voters: AcceptorSet::from_iter([a]) });
    }

    /// Adds a vote to `votes[a][r]` of all who have cast it.
    pub fn add_votes(&self, state: &mut State, r: u8, cast: Tally) {
        if cast.voters.is_empty() {
            return;
        }
        let key = |(r, known): (u8, Tally)| (r, known.vote);
        let new = (r, cast.vote);
        let place = self.all_tallies(state).take_while(|&known| key(known) < new).count();
        let is_known = self.all_tallies(state).nth(place).is_some_and(|known| key(known) == new);
        let at = self.layout.votes + WORDS_OF_TALLY * place;
        if is_known {
            state.words[at + WORDS_OF_TALLY - 1] |= cast.voters.0;
        } else {
            state.words.insert_from_slice(at, &cast.to_words(r));
        }
    }

    /// `votes := [a \in Acceptors |-> [r \in Rounds |-> {}]]`.
    pub fn clear_votes(&self, state: &mut State) {
        state.words.truncate(self.layout.votes);
    }
}

fn to_vote([ballot, value]: [u16; WORDS_OF_VOTE]) -> Option<Vote> {
    (ballot != 0).then_some(Vote { ballot: Ballot(ballot), value: value as ValueId })
}

fn to_values(words: [u16; WORDS_OF_VALUES]) -> ValueSet {
    ValueSet(words.into_iter().rev().fold(0, |bits, word| bits << 16 | u64::from(word)))
}
