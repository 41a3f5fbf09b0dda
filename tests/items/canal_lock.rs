//! Canal locks.

use std::collections::BTreeSet;

use mitregate_canal_lock as code;
use mitregate_models::canal_lock::constants::CONSTANT_NAMES;
use mitregate_models::canal_lock::laws::{INVARIANTS, TEMPORAL};
use mitregate_models::canal_lock::plant::{Lock, Ship};
use mitregate_models::canal_lock::spec::{Control, Controllers, Keeper};
use mitregate_models::canal_lock::{Constants, laws, plant};

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: crate::common::system("canal_lock"),
        actions: vec!["controlProcess", "lockProcess", "shipProcess", "keeperProcess"],
        added: Vec::new(),
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
        "mitregate_canal_lock::AnyController::requests" => code::AnyController::requests,
        "mitregate_canal_lock::AnyController::step" => code::AnyController::step,
        "mitregate_canal_lock::Canal::capacity" => code::Canal::capacity,
        "mitregate_canal_lock::Canal::max_retries" => code::Canal::max_retries,
        "mitregate_canal_lock::Canal::max_ships_location" => code::Canal::max_ships_location,
        "mitregate_canal_lock::Canal::max_ships_lock" => code::Canal::max_ships_lock,
        "mitregate_canal_lock::Canal::num_locks" => code::Canal::num_locks,
        "mitregate_canal_lock::Canal::num_ships" => code::Canal::num_ships,
        "mitregate_canal_lock::Canal::orientation" => code::Canal::orientation,
        "mitregate_canal_lock::Controller::entry_requests" => code::Controller::entry_requests,
        "mitregate_canal_lock::Controller::exit_requests" => code::Controller::exit_requests,
        "mitregate_canal_lock::Controller::is_lock_busy" => code::Controller::is_lock_busy,
        "mitregate_canal_lock::Controller::lock_owner" => code::Controller::lock_owner,
        "mitregate_canal_lock::Controller::registers" => code::Controller::registers,
        "mitregate_canal_lock::Controller::retry_count" => code::Controller::retry_count,
        "mitregate_canal_lock::Controller::retry_queue" => code::Controller::retry_queue,
        "mitregate_canal_lock::Controller::step" => code::Controller::step,
        "mitregate_canal_lock::Effect::Acknowledge" => |it: code::Effect| matches!(it, code::Effect::Acknowledge { .. }),
        "mitregate_canal_lock::Effect::Command" => |it: code::Effect| matches!(it, code::Effect::Command { .. }),
        "mitregate_canal_lock::Effect::Permit" => |it: code::Effect| matches!(it, code::Effect::Permit { .. }),
        "mitregate_canal_lock::Interlock::check" => code::Interlock::check,
        "mitregate_canal_lock::Keepers::berths" => code::Keepers::berths,
        "mitregate_canal_lock::Keepers::serving" => code::Keepers::serving,
        "mitregate_canal_lock::Keepers::step" => code::Keepers::step,
        "mitregate_canal_lock::Registers" => std::any::type_name::<code::Registers>(),
        "mitregate_canal_lock::Scheme" => std::any::type_name::<code::Scheme>(),
        "mitregate_models::canal_lock::constants::Constants::controller" => |it: Constants| it.controller,
        "mitregate_models::canal_lock::constants::Constants::locks" => |it: Constants| it.locks,
        "mitregate_models::canal_lock::constants::Constants::max_retries" => |it: Constants| it.max_retries,
        "mitregate_models::canal_lock::constants::Constants::max_ships_location" => |it: Constants| it.max_ships_location,
        "mitregate_models::canal_lock::constants::Constants::max_ships_lock" => |it: Constants| it.max_ships_lock,
        "mitregate_models::canal_lock::constants::Constants::ship_process" => |it: Constants| it.ship_process,
        "mitregate_models::canal_lock::constants::Constants::ships" => |it: Constants| it.ships,
        "mitregate_models::canal_lock::laws::door_open_when_moving" => laws::door_open_when_moving,
        "mitregate_models::canal_lock::laws::doors_mutex" => laws::doors_mutex,
        "mitregate_models::canal_lock::laws::doors_open_valves_closed" => laws::doors_open_valves_closed,
        "mitregate_models::canal_lock::laws::doors_open_waterlevel_right" => laws::doors_open_waterlevel_right,
        "mitregate_models::canal_lock::laws::max_ships_per_location" => laws::max_ships_per_location,
        "mitregate_models::canal_lock::laws::messages_ok" => laws::messages_ok,
        "mitregate_models::canal_lock::laws::not_all_at_goal" => laws::not_all_at_goal,
        "mitregate_models::canal_lock::laws::permission_for_right_lock" => laws::permission_for_right_lock,
        "mitregate_models::canal_lock::laws::temporal" => laws::temporal,
        "mitregate_models::canal_lock::laws::type_ok" => laws::type_ok,
        "mitregate_models::canal_lock::plant::Lock::command" => |it: Lock| it.command,
        "mitregate_models::canal_lock::plant::Lock::doors" => |it: Lock| it.doors,
        "mitregate_models::canal_lock::plant::Lock::level" => |it: Lock| it.level,
        "mitregate_models::canal_lock::plant::Lock::pc" => |it: Lock| it.pc,
        "mitregate_models::canal_lock::plant::Lock::valves" => |it: Lock| it.valves,
        "mitregate_models::canal_lock::plant::Plant::step_lock" => plant::Plant::step_lock,
        "mitregate_models::canal_lock::plant::Plant::step_ship" => plant::Plant::step_ship,
        "mitregate_models::canal_lock::plant::Ship::location" => |it: Ship| it.location,
        "mitregate_models::canal_lock::plant::Ship::moved" => |it: Ship| it.moved,
        "mitregate_models::canal_lock::plant::Ship::perm" => |it: Ship| it.perm,
        "mitregate_models::canal_lock::plant::Ship::permissions" => |it: Ship| it.permissions,
        "mitregate_models::canal_lock::plant::Ship::state" => |it: Ship| it.state,
        "mitregate_models::canal_lock::plant::low_side" => plant::low_side,
        "mitregate_models::canal_lock::spec::Control::grant" => |it: Control| it.grant,
        "mitregate_models::canal_lock::spec::Control::req" => |it: Control| it.req,
        "mitregate_models::canal_lock::spec::Control::target_loc" => |it: Control| it.target_loc,
        "mitregate_models::canal_lock::spec::Keeper" => std::any::type_name::<Keeper>(),
        "mitregate_models::canal_lock::spec::Controllers::entry_requests" => |it: Controllers| it.entry_requests,
        "mitregate_models::canal_lock::spec::Controllers::exit_requests" => |it: Controllers| it.exit_requests,
        "mitregate_models::canal_lock::spec::Controllers::lock_owner" => |it: Controllers| it.lock_owner,
        "mitregate_models::canal_lock::spec::Controllers::requests" => |it: Controllers| it.requests,
        "mitregate_models::canal_lock::spec::Controllers::retry_count" => |it: Controllers| it.retry_count,
        "mitregate_models::canal_lock::spec::Controllers::retry_queue" => |it: Controllers| it.retry_queue,
    }
}
