//! The constants and options of a TLC configuration.

use thiserror::Error;

use super::labels::Label;
use super::laws;
use mitregate::check::Name;
use mitregate::tla::config::{Config, ConfigError, ConstantReader, Definitions, Ported};
use mitregate_canal_lock::{Canal, CanalConfig, CanalError, Keepers, KeepersError, Scheme};

/// The TLA+ module of the port.
pub const MODULE: &str = "lock_multiple";

/// The most locks, and the most ships: a state has a few bytes for each.
const MOST: i64 = 30;

/// The names under `CONSTANTS` in `lock_data.tla`.
pub const CONSTANT_NAMES: [&str; 7] = [
    "NumLocks",
    "NumShips",
    "MaxShipsLocation",
    "MaxShipsLock",
    "MaxRetries",
    "Controller",
    "ShipProcess",
];

/// How a ship takes its permission and moves: the values of the spec's constant `ShipProcess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShipProcess {
    /// It takes the permission in one step and moves in a later one.
    AsGiven,
    /// It leaves the permission in place until it has moved.
    ClearAfterMove,
    /// It takes the permission and moves in one step.
    AtomicMove,
}

impl ShipProcess {
    /// All of them.
    pub const ALL: [ShipProcess; 3] =
        [ShipProcess::AsGiven, ShipProcess::ClearAfterMove, ShipProcess::AtomicMove];

    /// The spec's name.
    pub fn name(self) -> &'static str {
        match self {
            ShipProcess::AsGiven => "as_given",
            ShipProcess::ClearAfterMove => "clear_after_move",
            ShipProcess::AtomicMove => "atomic_move",
        }
    }
}

/// The values of the constants of `lock_data.tla`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `NumLocks`.
    pub locks: u8,
    /// `NumShips`.
    pub ships: u8,
    /// `MaxShipsLocation`.
    pub max_ships_location: u8,
    /// `MaxShipsLock`.
    pub max_ships_lock: u8,
    /// `MaxRetries`.
    pub max_retries: u8,
    /// `Controller`.
    pub controller: Scheme,
    /// `ShipProcess`.
    pub ship_process: ShipProcess,
}

/// Why there is no model of a [`Variant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// There are more locks or ships than a state has room for.
    #[error("{locks} locks and {ships} ships are too many: give at most {MOST} of each")]
    TooMany {
        /// The number of locks.
        locks: u8,
        /// The number of ships.
        ships: u8,
    },
    /// The canal is invalid.
    #[error("there can be no such canal: {0}")]
    Canal(CanalError),
    /// The canal is unfit for keepers.
    #[error("the keepers are not for this canal: {0}")]
    Keepers(KeepersError),
}

/// The constants and options of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// `NumLocks`.
    pub locks: u8,
    /// `NumShips`.
    pub ships: u8,
    /// `MaxShipsLocation`.
    pub max_ships_location: u8,
    /// `MaxShipsLock`.
    pub max_ships_lock: u8,
    /// `MaxRetries`.
    pub max_retries: u8,
    /// `Controller`.
    pub controller: Scheme,
    /// `ShipProcess`.
    pub ship_process: ShipProcess,
    /// Whether fairness of every process is assumed: `FairSpec` instead of `Spec`.
    pub fair: bool,
    /// The labels that this variant's processes have, in their order.
    pub labels: Vec<Label>,
    /// The canal, as the real code sees it.
    pub canal: Canal,
    /// For each label of the spec its index in `labels`.
    label_indices: [u8; Label::ALL.len()],
}

impl Constants {
    /// Reads a configuration. `definition` looks up the replacement in `Name <- Other`.
    ///
    /// # Errors
    ///
    /// If the configuration needs something that the port lacks, or an `ASSUME` of the module does
    /// not hold. The error has the line and a remedy.
    pub fn from_config(
        config: &Config,
        definition: &Definitions<'_>,
    ) -> Result<Constants, ConfigError> {
        config.check_ported(&Ported {
            module: MODULE,
            specifications: &["Spec", "FairSpec"],
            constants: &CONSTANT_NAMES,
            invariants: &laws::INVARIANTS,
            properties: &laws::TEMPORAL,
            constraints: &[],
            symmetries: &[],
        })?;
        read(&ConstantReader::new(config, definition))
    }

    /// A variant, under fairness.
    ///
    /// # Errors
    ///
    /// [`Unfit`], if the canal is invalid or unfit for keepers.
    pub fn of_variant(variant: Variant) -> Result<Constants, Unfit> {
        let Variant { locks, ships, max_ships_location, max_ships_lock, max_retries, .. } = variant;
        if [locks, ships].into_iter().any(|count| i64::from(count) > MOST) {
            return Err(Unfit::TooMany { locks, ships });
        }
        let canal = Canal::try_from(CanalConfig {
            max_ships_location: max_ships_location.into(),
            max_ships_lock: max_ships_lock.into(),
            max_retries: max_retries.into(),
            ..CanalConfig::new(locks.into(), ships.into())
        });
        let canal = canal.map_err(Unfit::Canal)?;
        if variant.controller == Scheme::Keepers {
            Keepers::new(&canal).map_err(Unfit::Keepers)?;
        }
        let labels = Label::of_variant(variant.controller, variant.ship_process);
        let mut label_indices = [0; Label::ALL.len()];
        for (index, label) in (0..).zip(&labels) {
            label_indices[*label as usize] = index;
        }
        Ok(Constants {
            locks,
            ships,
            max_ships_location,
            max_ships_lock,
            max_retries,
            controller: variant.controller,
            ship_process: variant.ship_process,
            fair: true,
            labels,
            canal,
            label_indices,
        })
    }

    /// The constants by name, as TLA+ values.
    pub fn named(&self) -> Vec<(Name, String)> {
        vec![
            ("NumLocks".into(), self.locks.to_string()),
            ("NumShips".into(), self.ships.to_string()),
            ("MaxShipsLocation".into(), self.max_ships_location.to_string()),
            ("MaxShipsLock".into(), self.max_ships_lock.to_string()),
            ("MaxRetries".into(), self.max_retries.to_string()),
            ("Controller".into(), format!("{:?}", self.controller.spec_name())),
            ("ShipProcess".into(), format!("{:?}", self.ship_process.name())),
        ]
    }

    /// `EastEnd`.
    pub fn east_end(&self) -> u8 {
        2 * self.locks
    }

    /// Whether a location is `WestEnd` or `EastEnd`.
    pub fn is_end(&self, location: u8) -> bool {
        location == 0 || location == self.east_end()
    }

    /// `Capacity(loc)`.
    pub fn capacity(&self, location: u8) -> usize {
        let inside = location % 2 == 1;
        usize::from(if inside { self.max_ships_lock } else { self.max_ships_location })
    }

    /// Whether there is a keeper for each lock instead of one controller.
    pub fn has_keepers(&self) -> bool {
        self.controller == Scheme::Keepers
    }

    /// The index of a label among [`Constants::labels`]; 0 for one that no process of the variant has.
    pub fn label_index(&self, label: Label) -> usize {
        self.label_indices[label as usize].into()
    }

    /// The indices of the locks, from west to east; lock `k` of the spec has index `k - 1`.
    pub fn lock_indices(&self) -> std::ops::Range<u8> {
        0..self.locks
    }

    /// The indices of the ships; ship `NumLocks + k` of the spec has index `k - 1`.
    pub fn ship_indices(&self) -> std::ops::Range<u8> {
        0..self.ships
    }

    /// The number that the spec gives to a lock.
    pub fn lock_number(&self, lock: u8) -> i64 {
        i64::from(lock) + 1
    }

    /// The number that the spec gives to a ship.
    pub fn ship_number(&self, ship: u8) -> i64 {
        i64::from(self.locks) + i64::from(ship) + 1
    }

    /// The number that the spec gives to the keeper of a lock.
    pub fn keeper_number(&self, lock: u8) -> i64 {
        i64::from(self.locks) + i64::from(self.ships) + i64::from(lock) + 1
    }
}

fn read(constants: &ConstantReader<'_>) -> Result<Constants, ConfigError> {
    let specification = constants.config().specification.as_ref();
    let fair = specification.is_some_and(|named| named.name == "FairSpec");
    let schemes = Scheme::ALL.map(|scheme| (scheme.spec_name(), scheme));
    let ship_processes = ShipProcess::ALL.map(|process| (process.name(), process));
    let controller = constants.choice("Controller", &schemes)?;
    let ship_process = constants.choice("ShipProcess", &ship_processes)?;
    let max_ships_lock = constants.number("MaxShipsLock", 1..=MOST)?;
    let variant = Variant {
        locks: constants.number("NumLocks", 1..=MOST)?,
        ships: constants.number("NumShips", 1..=MOST)?,
        max_ships_location: constants
            .number("MaxShipsLocation", i64::from(max_ships_lock)..=MOST)?,
        max_ships_lock,
        max_retries: constants.number("MaxRetries", 2..=200)?,
        controller,
        ship_process,
    };
    let of_variant = Constants::of_variant(variant).map_err(|error| {
        let (constant, mend) = match error {
            Unfit::Keepers(_) => {
                ("Controller", "change NumShips or MaxShipsLocation, or choose another Controller")
            }
            Unfit::Canal(_) | Unfit::TooMany { .. } => {
                ("NumShips", "change NumShips or MaxShipsLocation")
            }
        };
        constants.error(constant, error.to_string(), mend)
    })?;
    Ok(Constants { fair, ..of_variant })
}
