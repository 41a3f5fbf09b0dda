//! Canal locks.

use std::collections::BTreeSet;

use mitregate_canal_lock as code;
use mitregate_models::canal_lock::constants::CONSTANT_NAMES;
use mitregate_models::canal_lock::laws::{INVARIANTS, TEMPORAL};
use mitregate_models::canal_lock::plant::{Lock, Ship};
use mitregate_models::canal_lock::spec::{Control, Keeper, State};
use mitregate_models::canal_lock::{CanalLock, Constants, laws, plant};

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: &CanalLock,
        actions: vec!["controlProcess", "lockProcess", "shipProcess", "keeperProcess"],
        invariants: INVARIANTS.into(),
        properties: TEMPORAL.into(),
        constants: CONSTANT_NAMES.into(),
        constants_in: "lock_data",
        small: vec!["small_option1"],
        items: items(),
    }
}

fn items() -> BTreeSet<&'static str> {
    super::items! {
        "impls::canal_lock::AnyController::requests" => code::AnyController::requests,
        "impls::canal_lock::AnyController::step" => code::AnyController::step,
        "impls::canal_lock::Canal::capacity" => code::Canal::capacity,
        "impls::canal_lock::Canal::max_retries" => code::Canal::max_retries,
        "impls::canal_lock::Canal::max_ships_location" => code::Canal::max_ships_location,
        "impls::canal_lock::Canal::max_ships_lock" => code::Canal::max_ships_lock,
        "impls::canal_lock::Canal::num_locks" => code::Canal::num_locks,
        "impls::canal_lock::Canal::num_ships" => code::Canal::num_ships,
        "impls::canal_lock::Canal::orientation" => code::Canal::orientation,
        "impls::canal_lock::Controller::entry_requests" => code::Controller::entry_requests,
        "impls::canal_lock::Controller::exit_requests" => code::Controller::exit_requests,
        "impls::canal_lock::Controller::is_lock_busy" => code::Controller::is_lock_busy,
        "impls::canal_lock::Controller::lock_owner" => code::Controller::lock_owner,
        "impls::canal_lock::Controller::registers" => code::Controller::registers,
        "impls::canal_lock::Controller::retry_count" => code::Controller::retry_count,
        "impls::canal_lock::Controller::retry_queue" => code::Controller::retry_queue,
        "impls::canal_lock::Controller::step" => code::Controller::step,
        "impls::canal_lock::Effect::Acknowledge" => |it: code::Effect| matches!(it, code::Effect::Acknowledge { .. }),
        "impls::canal_lock::Effect::Command" => |it: code::Effect| matches!(it, code::Effect::Command { .. }),
        "impls::canal_lock::Effect::Permit" => |it: code::Effect| matches!(it, code::Effect::Permit { .. }),
        "impls::canal_lock::Interlock::check" => code::Interlock::check,
        "impls::canal_lock::Keepers::berths" => code::Keepers::berths,
        "impls::canal_lock::Keepers::serving" => code::Keepers::serving,
        "impls::canal_lock::Keepers::step" => code::Keepers::step,
        "impls::canal_lock::Registers" => std::any::type_name::<code::Registers>(),
        "impls::canal_lock::Scheme" => std::any::type_name::<code::Scheme>(),
        "models::canal_lock::constants::Constants::controller" => |it: Constants| it.controller,
        "models::canal_lock::constants::Constants::locks" => |it: Constants| it.locks,
        "models::canal_lock::constants::Constants::max_retries" => |it: Constants| it.max_retries,
        "models::canal_lock::constants::Constants::max_ships_location" => |it: Constants| it.max_ships_location,
        "models::canal_lock::constants::Constants::max_ships_lock" => |it: Constants| it.max_ships_lock,
        "models::canal_lock::constants::Constants::ship_process" => |it: Constants| it.ship_process,
        "models::canal_lock::constants::Constants::ships" => |it: Constants| it.ships,
        "models::canal_lock::laws::door_open_when_moving" => laws::door_open_when_moving,
        "models::canal_lock::laws::doors_mutex" => laws::doors_mutex,
        "models::canal_lock::laws::doors_open_valves_closed" => laws::doors_open_valves_closed,
        "models::canal_lock::laws::doors_open_waterlevel_right" => laws::doors_open_waterlevel_right,
        "models::canal_lock::laws::max_ships_per_location" => laws::max_ships_per_location,
        "models::canal_lock::laws::messages_ok" => laws::messages_ok,
        "models::canal_lock::laws::not_all_at_goal" => laws::not_all_at_goal,
        "models::canal_lock::laws::permission_for_right_lock" => laws::permission_for_right_lock,
        "models::canal_lock::laws::temporal" => laws::temporal::<mitregate_models::canal_lock::Spec>,
        "models::canal_lock::laws::type_ok" => laws::type_ok,
        "models::canal_lock::plant::Lock::command" => |it: Lock| it.command,
        "models::canal_lock::plant::Lock::doors" => |it: Lock| it.doors,
        "models::canal_lock::plant::Lock::level" => |it: Lock| it.level,
        "models::canal_lock::plant::Lock::pc" => |it: Lock| it.pc,
        "models::canal_lock::plant::Lock::valves" => |it: Lock| it.valves,
        "models::canal_lock::plant::Plant::step_lock" => plant::Plant::step_lock,
        "models::canal_lock::plant::Plant::step_ship" => plant::Plant::step_ship,
        "models::canal_lock::plant::Ship::location" => |it: Ship| it.location,
        "models::canal_lock::plant::Ship::moved" => |it: Ship| it.moved,
        "models::canal_lock::plant::Ship::perm" => |it: Ship| it.perm,
        "models::canal_lock::plant::Ship::permissions" => |it: Ship| it.permissions,
        "models::canal_lock::plant::Ship::state" => |it: Ship| it.state,
        "models::canal_lock::plant::low_side" => plant::low_side,
        "models::canal_lock::spec::Control::grant" => |it: Control| it.grant,
        "models::canal_lock::spec::Control::req" => |it: Control| it.req,
        "models::canal_lock::spec::Control::target_loc" => |it: Control| it.target_loc,
        "models::canal_lock::spec::Keeper" => std::any::type_name::<Keeper>(),
        "models::canal_lock::spec::State::entry_requests" => |it: State| it.entry_requests,
        "models::canal_lock::spec::State::exit_requests" => |it: State| it.exit_requests,
        "models::canal_lock::spec::State::lock_owner" => |it: State| it.lock_owner,
        "models::canal_lock::spec::State::requests" => |it: State| it.requests,
        "models::canal_lock::spec::State::retry_count" => |it: State| it.retry_count,
        "models::canal_lock::spec::State::retry_queue" => |it: State| it.retry_queue,
    }
}
