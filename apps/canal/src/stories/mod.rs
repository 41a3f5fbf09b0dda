//! The decisive states of a few behaviours, as pictures with captions.
//!
//! Each story is a shortest path of the spec to a state or a deadlock; its pictures are states on
//! that path. So they change with the spec.

use std::sync::Arc;

use mitregate::check::Options;
use mitregate_canal_lock::Scheme;
use mitregate_models::canal_lock::constants::{Constants, ShipProcess, Unfit, Variant};
use mitregate_models::canal_lock::labels::{Label, Process, ProcessStep};
use mitregate_models::canal_lock::spec::{Spec, State};
use mitregate_models::canal_lock::{laws, picture};

mod search;
#[cfg(test)]
mod tests;
pub mod verb;

use search::{Path, Wanted, search};

/// A picture of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its file name.
    pub file: String,
    /// Its caption.
    pub caption: String,
    /// The picture, as SVG.
    pub svg: String,
}

/// A story: its variant, its goal, and the choice of its pictures.
struct Story {
    name: &'static str,
    variant: Variant,
    wanted: Wanted,
    frames: fn(&Constants, &Path) -> Vec<(usize, String)>,
}

/// Why there are no pictures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoryError {
    /// There is no model.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The goal of the story is not reachable any more.
    #[error("nothing like {story} happens any more: mend the story or take it out")]
    Gone {
        /// The story.
        story: &'static str,
    },
}

const fn two_ships(controller: Scheme, ship_process: ShipProcess) -> Variant {
    Variant {
        locks: 2,
        ships: 2,
        max_ships_location: 2,
        max_ships_lock: 1,
        max_retries: 3,
        controller,
        ship_process,
    }
}

const STORIES: [Story; 5] = [
    Story {
        name: "race",
        variant: two_ships(Scheme::RetryLimit, ShipProcess::AsGiven),
        wanted: Wanted::State(runs_into_a_door),
        frames: race,
    },
    Story {
        name: "await_move",
        variant: two_ships(Scheme::AwaitMove, ShipProcess::AsGiven),
        wanted: Wanted::State(moves_while_another_asks),
        frames: await_move,
    },
    Story {
        name: "deadlock",
        variant: two_ships(Scheme::RetryLimit, ShipProcess::ClearAfterMove),
        wanted: Wanted::Deadlock,
        frames: deadlock,
    },
    Story {
        name: "overfull",
        variant: Variant { ships: 3, ..two_ships(Scheme::AwaitMove, ShipProcess::AsGiven) },
        wanted: Wanted::State(a_place_is_overfull),
        frames: overfull,
    },
    Story {
        name: "keepers",
        variant: Variant { ships: 3, ..two_ships(Scheme::Keepers, ShipProcess::AsGiven) },
        wanted: Wanted::State(two_doors_stand_open_for_ships),
        frames: keepers,
    },
];

/// All pictures of all stories, in their order.
///
/// # Errors
///
/// [`StoryError`], if the goal of a story is not reachable any more.
pub fn pictures(options: &Options<'_>) -> Result<Vec<Picture>, StoryError> {
    let mut pictures = Vec::new();
    for story in &STORIES {
        let constants = Arc::new(Constants::of_variant(story.variant)?);
        let spec = Spec::new(constants.clone());
        let path = search(spec, story.wanted, options);
        let path = path.ok_or(StoryError::Gone { story: story.name })?;
        for (number, (at, caption)) in (1..).zip((story.frames)(&constants, &path)) {
            let Some((_, state)) = path.get(at) else { continue };
            let caption = format!("{} (state {} of {})", caption, at + 1, path.len());
            pictures.push(Picture {
                file: format!("{}_{number}.svg", story.name),
                svg: picture::draw_with_caption(&constants, state, &caption),
                caption,
            });
        }
    }
    Ok(pictures)
}

fn runs_into_a_door(spec: &Spec, state: &State) -> bool {
    !laws::door_open_when_moving(&spec.constants, state)
}

fn a_place_is_overfull(spec: &Spec, state: &State) -> bool {
    !laws::max_ships_per_location(&spec.constants, state)
}

/// The controller waits for a ship that has taken its permission, and another ship asks meanwhile.
fn moves_while_another_asks(_: &Spec, state: &State) -> bool {
    let ship = state.plant.ship(state.controllers.control.req.ship);
    state.controllers.control.pc == Label::ControlWaitForShipMovement
        && matches!(ship.pc, Label::ShipMoveEast | Label::ShipMoveWest)
        && !state.controllers.requests.is_empty()
}

/// Each keeper has a ship that is about to pass an open door.
fn two_doors_stand_open_for_ships(_: &Spec, state: &State) -> bool {
    state.controllers.keepers.iter().all(|keeper| {
        keeper.ship.is_some_and(|ship| {
            let ship = state.plant.ship(ship);
            matches!(ship.pc, Label::ShipMoveEast | Label::ShipMoveWest)
        })
    })
}

/// The index of the last state of a path after a step that satisfies `wanted`.
fn last_after(path: &Path, wanted: impl Fn(&ProcessStep, &State) -> bool) -> Option<usize> {
    path.iter().rposition(|(step, state)| step.as_ref().is_some_and(|step| wanted(step, state)))
}

fn end(path: &Path) -> usize {
    path.len().saturating_sub(1)
}

fn race(constants: &Constants, path: &Path) -> Vec<(usize, String)> {
    let Some((_, last)) = path.last() else { return Vec::new() };
    let runs = |ship: &u8| {
        let it = last.plant.ship(*ship);
        laws::about_to_move(constants, it)
            && u8::try_from(it.lock_in_question())
                .is_ok_and(|lock| !last.plant.lock(lock).door(it.door_in_question()))
    };
    let Some(ship) = constants.ship_indices().find(runs) else { return Vec::new() };
    let number = constants.ship_number(ship);
    let takes = |step: &ProcessStep, _: &State| {
        step.process == Process::Ship(ship) && step.label.is_ship_waiting()
    };
    let grants = |step: &ProcessStep, state: &State| {
        step.label == Label::ControlCheckCapacity && state.controllers.control.grant
    };
    let other = constants.ship_number(last.controllers.control.req.ship);
    let has_taken = last_after(path, takes);
    let granted = last_after(path, grants);
    [
        (
            has_taken,
            format!(
                "Ship {number} has taken its permission and is about to move: the lock looks free"
            ),
        ),
        (
            granted,
            format!("No permission is out, so the controller grants the same lock to ship {other}"),
        ),
        (Some(end(path)), format!("The door is closed, and ship {number} moves against it")),
    ]
    .into_iter()
    .filter_map(|(at, caption)| Some((at?, caption)))
    .collect()
}

fn await_move(constants: &Constants, path: &Path) -> Vec<(usize, String)> {
    let Some((_, last)) = path.last() else { return Vec::new() };
    let number = constants.ship_number(last.controllers.control.req.ship);
    let caption =
        format!("Nothing is closed until ship {number} has moved, whoever asks meanwhile");
    vec![(end(path), caption)]
}

fn deadlock(constants: &Constants, path: &Path) -> Vec<(usize, String)> {
    let Some((_, last)) = path.last() else { return Vec::new() };
    let number = constants.ship_number(last.controllers.control.req.ship);
    let place = last.controllers.control.target_loc;
    let fills = |step: &ProcessStep, state: &State| {
        matches!(step.process, Process::Ship(ship) if state.plant.ship(ship).location == place)
            && matches!(step.label, Label::ShipMoveEast | Label::ShipMoveWest)
    };
    let denied = path.iter().position(|(step, state)| {
        step.is_some_and(|step| step.label == Label::ControlDecideGrantOrRetry)
            && state.controllers.control.pc == Label::ControlNextRequest
            && state.controllers.control.req.ship == last.controllers.control.req.ship
    });
    [
        (
            last_after(path, fills),
            format!("Location {place}, a lock, is full now; ship {number} has asked for it"),
        ),
        (denied, format!("Ship {number} is denied for the first time, and queues again")),
        (
            Some(end(path)),
            format!(
                "Now ship {number} is waited for, so that nobody is served who could make the room"
            ),
        ),
    ]
    .into_iter()
    .filter_map(|(at, caption)| Some((at?, caption)))
    .collect()
}

fn overfull(constants: &Constants, path: &Path) -> Vec<(usize, String)> {
    let number =
        path.last().map_or(0, |(_, last)| constants.ship_number(last.controllers.control.req.ship));
    let grants = |step: &ProcessStep, _: &State| step.label == Label::ControlGrantPermission;
    [
        (
            last_after(path, grants),
            format!(
                "await_move lets ship {number} out of its lock, and does not look at the pound"
            ),
        ),
        (Some(end(path)), "Three ships are in a pound for two".to_owned()),
    ]
    .into_iter()
    .filter_map(|(at, caption)| Some((at?, caption)))
    .collect()
}

fn keepers(_: &Constants, path: &Path) -> Vec<(usize, String)> {
    vec![(end(path), "Each lock has a keeper, who waits for its own ship only".to_owned())]
}
