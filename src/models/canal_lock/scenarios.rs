//! The table of scenarios: what is checked, in which environment, and what must come out.

use super::faults::{Fault, PlantFault};
use super::system::Environment;
use crate::gate::{Expected, Scenario};

/// A scenario with its environment.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// What surrounds the code in it.
    pub environment: Environment,
    /// What is wrong with the spec in it.
    pub fault: Option<Fault>,
}

const fn row(scenario: Scenario) -> Row {
    Row { scenario, environment: Environment { interlock: false, fault: None }, fault: None }
}

/// All scenarios. The first one's environment serves a configuration that comes without a scenario.
pub const SCENARIOS: [Row; 87] = [
    row(Scenario::quick("small_alpha")
        .about("one lock, one ship: a lock is busy until its ship has moved")
        .of("lock_multiple", "small_alpha.cfg")
        .golden()
        .expects(&[Expected::spec(203), Expected::system(203), Expected::miter(203)])),
    row(Scenario::quick("small_await_move")
        .about("one lock, one ship: the controller waits for each move")
        .of("lock_multiple", "small_await_move.cfg")
        .golden()
        .expects(&[Expected::spec(289), Expected::system(289), Expected::miter(289)])),
    row(Scenario::quick("small_keepers")
        .about("one lock, one ship: a keeper for each lock")
        .of("lock_multiple", "small_keepers.cfg")
        .golden()
        .expects(&[Expected::spec(171), Expected::system(171), Expected::miter(171)])),
    row(Scenario::quick("small_option1")
        .about("one lock, one ship: a denied request queues again at once")
        .of("lock_multiple", "small_option1.cfg")
        .golden()
        .expects(&[Expected::spec(200), Expected::system(200), Expected::miter(200)])),
    row(Scenario::quick("small_option1_atomic")
        .about("one lock, one ship: a denied request queues again at once, ships that move in one step")
        .of("lock_multiple", "small_option1_atomic.cfg")
        .golden()
        .expects(&[Expected::spec(190), Expected::system(190), Expected::miter(190)])),
    row(Scenario::quick("small_option1_clear")
        .about("one lock, one ship: a denied request queues again at once, ships that clear permissions after moving")
        .of("lock_multiple", "small_option1_clear.cfg")
        .golden()
        .expects(&[Expected::spec(200), Expected::system(200), Expected::miter(200)])),
    row(Scenario::quick("small_option2")
        .about("one lock, one ship: denied requests wait in a second queue")
        .of("lock_multiple", "small_option2.cfg")
        .golden()
        .expects(&[Expected::spec(200), Expected::system(200), Expected::miter(200)])),
    row(Scenario::quick("small_option4")
        .about("one lock, one ship: a limit of retries")
        .of("lock_multiple", "small_option4.cfg")
        .golden()
        .expects(&[Expected::spec(200), Expected::system(200), Expected::miter(200)])),
    row(Scenario::quick("small_optionC")
        .about("one lock, one ship: exits before entries")
        .of("lock_multiple", "small_optionC.cfg")
        .golden()
        .expects(&[Expected::spec(200), Expected::system(200), Expected::miter(200)])),
    row(Scenario::quick("lock_multiple")
        .about("option 4 as it was first described: a door is shut in a ship's way")
        .of("lock_multiple", "lock_multiple.cfg")
        .golden()
        .expects(&[Expected::spec(1_884).fails(&[("DoorOpenWhenMoving", 110)]), Expected::system(1_884).fails(&[("DoorOpenWhenMoving", 110)]), Expected::miter(74_692)])),
    row(Scenario::quick("alpha")
        .about("a lock is busy until its ship has moved")
        .of("lock_multiple", "alpha.cfg")
        .golden()
        .expects(&[Expected::spec(51_208), Expected::system(51_208), Expected::miter(51_208)])),
    row(Scenario::quick("alpha_1x2")
        .about("a lock is busy until its ship has moved: one lock and two ships")
        .of("lock_multiple", "alpha_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(9_283), Expected::system(9_283), Expected::miter(9_283)])),
    row(Scenario::quick("alpha_1x2_starves")
        .about("a lock is busy until its ship has moved: one lock and two ships; who waits for ever")
        .of("lock_multiple", "alpha_1x2_starves.cfg")
        .golden()
        .expects(&[Expected::spec(9_283).fails(&[("RequestLockFulfilled", 189), ("ShipsReachGoals", 189)]), Expected::system(9_283).fails(&[("RequestLockFulfilled", 189), ("ShipsReachGoals", 189)]), Expected::miter(9_283)])),
    row(Scenario::quick("alpha_2x3_cap2")
        .about("a lock is busy until its ship has moved: two locks, three ships, room for two outside")
        .of("lock_multiple", "alpha_2x3_cap2.cfg")
        .golden()
        .expects(&[Expected::spec(35_508).fails(&[("MaxShipsPerLocation", 144)]), Expected::system(35_508).fails(&[("MaxShipsPerLocation", 144)])])),
    row(Scenario::quick("alpha_lock_for_two")
        .about("alpha with locks that hold two ships each")
        .of("lock_multiple", "alpha_lock_for_two.cfg")
        .golden()
        .expects(&[Expected::spec(62_490), Expected::system(62_490), Expected::miter(62_490)])),
    row(Scenario::quick("alpha_3x2")
        .about("a lock is busy until its ship has moved: three locks and two ships")
        .of("lock_multiple", "alpha_3x2.cfg")
        .expects(&[Expected::spec(146_772), Expected::system(146_772), Expected::miter(146_772)])),
    row(Scenario::quick("alpha_atomic")
        .about("a lock is busy until its ship has moved: ships that move in one step")
        .of("lock_multiple", "alpha_atomic.cfg")
        .expects(&[Expected::spec(45_612), Expected::system(45_612), Expected::miter(45_612)])),
    row(Scenario::quick("alpha_clear")
        .about("a lock is busy until its ship has moved: ships that clear permissions after moving")
        .of("lock_multiple", "alpha_clear.cfg")
        .expects(&[Expected::spec(51_208), Expected::system(51_208), Expected::miter(51_208)])),
    row(Scenario::quick("await_move")
        .about("the controller waits for each move")
        .of("lock_multiple", "await_move.cfg")
        .golden()
        .expects(&[Expected::spec(38_449), Expected::system(38_449), Expected::miter(38_449)])),
    row(Scenario::quick("await_move_1x2")
        .about("the controller waits for each move: one lock and two ships")
        .of("lock_multiple", "await_move_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(10_645), Expected::system(10_645), Expected::miter(10_645)])),
    row(Scenario::deep("await_move_2x3")
        .about("the controller waits for each move: two locks and three ships")
        .of("lock_multiple", "await_move_2x3.cfg")
        .expects(&[Expected::spec(2_018_104), Expected::system(2_018_104), Expected::miter(2_018_104)])),
    row(Scenario::quick("await_move_2x3_cap2")
        .about("the controller waits for each move: two locks, three ships, room for two outside")
        .of("lock_multiple", "await_move_2x3_cap2.cfg")
        .golden()
        .expects(&[Expected::spec(19_365).fails(&[("MaxShipsPerLocation", 155)]), Expected::system(19_365).fails(&[("MaxShipsPerLocation", 155)])])),
    row(Scenario::quick("await_move_lock_for_two")
        .about("await_move with locks that hold two ships each")
        .of("lock_multiple", "await_move_lock_for_two.cfg")
        .golden()
        .expects(&[Expected::spec(49_099), Expected::system(49_099), Expected::miter(49_099)])),
    row(Scenario::quick("await_move_3x2")
        .about("the controller waits for each move: three locks and two ships")
        .of("lock_multiple", "await_move_3x2.cfg")
        .expects(&[Expected::spec(95_387), Expected::system(95_387), Expected::miter(95_387)])),
    row(Scenario::quick("await_move_atomic")
        .about("the controller waits for each move: ships that move in one step")
        .of("lock_multiple", "await_move_atomic.cfg")
        .expects(&[Expected::spec(37_867), Expected::system(37_867), Expected::miter(37_867)])),
    row(Scenario::quick("await_move_clear")
        .about("the controller waits for each move: ships that clear permissions after moving")
        .of("lock_multiple", "await_move_clear.cfg")
        .expects(&[Expected::spec(38_449), Expected::system(38_449), Expected::miter(38_449)])),
    row(Scenario::quick("keepers")
        .about("a keeper for each lock")
        .of("lock_multiple", "keepers.cfg")
        .golden()
        .expects(&[Expected::spec(59_148), Expected::system(59_148), Expected::miter(59_148)])),
    row(Scenario::quick("keepers_1x2")
        .about("a keeper for each lock: one lock and two ships")
        .of("lock_multiple", "keepers_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(6_121), Expected::system(6_121), Expected::miter(6_121)])),
    row(Scenario::deep("keepers_2x3")
        .about("a keeper for each lock: two locks and three ships")
        .of("lock_multiple", "keepers_2x3.cfg")
        .expects(&[Expected::spec(3_910_736), Expected::system(3_910_736), Expected::miter(3_910_736)])),
    row(Scenario::deep("keepers_2x3_cap2")
        .about("a keeper for each lock: two locks, three ships, room for two outside")
        .of("lock_multiple", "keepers_2x3_cap2.cfg")
        .expects(&[Expected::spec(2_741_180), Expected::system(2_741_180), Expected::miter(2_741_180)])),
    row(Scenario::long("keepers_3x3")
        .about("a keeper for each lock: three locks and three ships, all of which get where they want")
        .of("lock_multiple", "keepers_3x3.cfg")
        .expects(&[Expected::spec(29_762_072), Expected::system(29_762_072), Expected::miter(29_762_072)])),
    row(Scenario::quick("keepers_3x2")
        .about("a keeper for each lock: three locks and two ships")
        .of("lock_multiple", "keepers_3x2.cfg")
        .expects(&[Expected::spec(194_273), Expected::system(194_273), Expected::miter(194_273)])),
    row(Scenario::deep("keepers_4x2")
        .about("a keeper for each lock: four locks and two ships")
        .of("lock_multiple", "keepers_4x2.cfg")
        .expects(&[Expected::spec(441_410), Expected::system(441_410), Expected::miter(441_410)])),
    row(Scenario::quick("keepers_atomic")
        .about("a keeper for each lock: ships that move in one step")
        .of("lock_multiple", "keepers_atomic.cfg")
        .expects(&[Expected::spec(56_696), Expected::system(56_696), Expected::miter(56_696)])),
    row(Scenario::quick("keepers_clear")
        .about("a keeper for each lock: ships that clear permissions after moving")
        .of("lock_multiple", "keepers_clear.cfg")
        .expects(&[Expected::spec(59_148), Expected::system(59_148), Expected::miter(59_148)])),
    row(Scenario::quick("option1")
        .about("a denied request queues again at once")
        .of("lock_multiple", "option1.cfg")
        .golden()
        .expects(&[Expected::spec(1_882).fails(&[("DoorOpenWhenMoving", 110)]), Expected::system(1_882).fails(&[("DoorOpenWhenMoving", 110)]), Expected::miter(50_456)])),
    row(Scenario::quick("option1_1x2")
        .about("a denied request queues again at once: one lock and two ships")
        .of("lock_multiple", "option1_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(258).fails(&[("DoorOpenWhenMoving", 34)]), Expected::system(258).fails(&[("DoorOpenWhenMoving", 34)]), Expected::miter(14_139)])),
    row(Scenario::quick("option1_2x3")
        .about("a denied request queues again at once: two locks and three ships")
        .of("lock_multiple", "option1_2x3.cfg")
        .golden()
        .expects(&[Expected::spec(2_638).fails(&[("DoorOpenWhenMoving", 51)]), Expected::system(2_638).fails(&[("DoorOpenWhenMoving", 51)])])),
    row(Scenario::quick("option1_3x2")
        .about("a denied request queues again at once: three locks and two ships")
        .of("lock_multiple", "option1_3x2.cfg")
        .golden()
        .expects(&[Expected::spec(5_054).fails(&[("DoorOpenWhenMoving", 173)]), Expected::system(5_054).fails(&[("DoorOpenWhenMoving", 173)]), Expected::miter(122_968)])),
    row(Scenario::quick("option1_atomic")
        .about("a denied request queues again at once: ships that move in one step")
        .of("lock_multiple", "option1_atomic.cfg")
        .golden()
        .expects(&[Expected::spec(30_722), Expected::system(30_722), Expected::miter(30_722)])),
    row(Scenario::quick("option1_atomic_1x2")
        .about("a denied request queues again at once: ships that move in one step; one lock and two ships")
        .of("lock_multiple", "option1_atomic_1x2.cfg")
        .expects(&[Expected::spec(7_829), Expected::system(7_829), Expected::miter(7_829)])),
    row(Scenario::quick("option1_atomic_1x2_starves")
        .about("a denied request queues again at once: ships that move in one step; one lock and two ships; who waits for ever")
        .of("lock_multiple", "option1_atomic_1x2_starves.cfg")
        .golden()
        .expects(&[Expected::spec(7_829).fails(&[("RequestLockFulfilled", 176), ("ShipsReachGoals", 176)]), Expected::system(7_829).fails(&[("RequestLockFulfilled", 176), ("ShipsReachGoals", 176)]), Expected::miter(7_829)])),
    row(Scenario::deep("option1_atomic_2x3")
        .about("a denied request queues again at once: ships that move in one step; two locks and three ships")
        .of("lock_multiple", "option1_atomic_2x3.cfg")
        .expects(&[Expected::spec(1_783_848), Expected::system(1_783_848), Expected::miter(1_783_848)])),
    row(Scenario::quick("option1_atomic_3x2")
        .about("a denied request queues again at once: ships that move in one step; three locks and two ships")
        .of("lock_multiple", "option1_atomic_3x2.cfg")
        .expects(&[Expected::spec(78_986), Expected::system(78_986), Expected::miter(78_986)])),
    row(Scenario::quick("option1_clear")
        .about("a denied request queues again at once: ships that clear permissions after moving")
        .of("lock_multiple", "option1_clear.cfg")
        .golden()
        .expects(&[Expected::spec(36_044), Expected::system(36_044), Expected::miter(36_044)])),
    row(Scenario::quick("option2")
        .about("denied requests wait in a second queue")
        .of("lock_multiple", "option2.cfg")
        .golden()
        .expects(&[Expected::spec(1_880).fails(&[("DoorOpenWhenMoving", 110)]), Expected::system(1_880).fails(&[("DoorOpenWhenMoving", 110)]), Expected::miter(55_580)])),
    row(Scenario::quick("option2_1x2")
        .about("denied requests wait in a second queue: one lock and two ships")
        .of("lock_multiple", "option2_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(257).fails(&[("DoorOpenWhenMoving", 34)]), Expected::system(257).fails(&[("DoorOpenWhenMoving", 34)]), Expected::miter(15_459)])),
    row(Scenario::quick("option2_2x3")
        .about("denied requests wait in a second queue: two locks and three ships")
        .of("lock_multiple", "option2_2x3.cfg")
        .golden()
        .expects(&[Expected::spec(2_624).fails(&[("DoorOpenWhenMoving", 51)]), Expected::system(2_624).fails(&[("DoorOpenWhenMoving", 51)])])),
    row(Scenario::quick("option2_3x2")
        .about("denied requests wait in a second queue: three locks and two ships")
        .of("lock_multiple", "option2_3x2.cfg")
        .golden()
        .expects(&[Expected::spec(5_051).fails(&[("DoorOpenWhenMoving", 173)]), Expected::system(5_051).fails(&[("DoorOpenWhenMoving", 173)]), Expected::miter(134_432)])),
    row(Scenario::quick("option2_atomic")
        .about("denied requests wait in a second queue: ships that move in one step")
        .of("lock_multiple", "option2_atomic.cfg")
        .expects(&[Expected::spec(33_214), Expected::system(33_214), Expected::miter(33_214)])),
    row(Scenario::quick("option2_atomic_live")
        .about("denied requests wait in a second queue: ships that move in one step; what still holds")
        .of("lock_multiple", "option2_atomic_live.cfg")
        .expects(&[Expected::spec(33_214), Expected::system(33_214), Expected::miter(33_214)])),
    row(Scenario::quick("option2_atomic_starves")
        .about("denied requests wait in a second queue: ships that move in one step; who waits for ever")
        .of("lock_multiple", "option2_atomic_starves.cfg")
        .expects(&[Expected::spec(33_214).fails(&[("RequestLockFulfilled", 357), ("RequestsShips", 363), ("ShipsReachGoals", 357)]), Expected::system(33_214).fails(&[("RequestLockFulfilled", 357), ("RequestsShips", 363), ("ShipsReachGoals", 357)]), Expected::miter(33_214)])),
    row(Scenario::quick("option2_clear")
        .about("denied requests wait in a second queue: ships that clear permissions after moving")
        .of("lock_multiple", "option2_clear.cfg")
        .expects(&[Expected::spec(38_616), Expected::system(38_616), Expected::miter(38_616)])),
    row(Scenario::quick("option2_clear_live")
        .about("denied requests wait in a second queue: ships that clear permissions after moving; what still holds")
        .of("lock_multiple", "option2_clear_live.cfg")
        .golden()
        .expects(&[Expected::spec(38_616), Expected::system(38_616), Expected::miter(38_616)])),
    row(Scenario::quick("option2_clear_starves")
        .about("denied requests wait in a second queue: ships that clear permissions after moving; who waits for ever")
        .of("lock_multiple", "option2_clear_starves.cfg")
        .golden()
        .expects(&[Expected::spec(38_616).fails(&[("RequestLockFulfilled", 367), ("RequestsShips", 374), ("ShipsReachGoals", 367)]), Expected::system(38_616).fails(&[("RequestLockFulfilled", 367), ("RequestsShips", 374), ("ShipsReachGoals", 367)]), Expected::miter(38_616)])),
    row(Scenario::quick("option4")
        .about("a limit of retries")
        .of("lock_multiple", "option4.cfg")
        .golden()
        .expects(&[Expected::spec(1_884).fails(&[("DoorOpenWhenMoving", 110)]), Expected::system(1_884).fails(&[("DoorOpenWhenMoving", 110)]), Expected::miter(74_692)])),
    row(Scenario::quick("option4_1x2")
        .about("a limit of retries: one lock and two ships")
        .of("lock_multiple", "option4_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(259).fails(&[("DoorOpenWhenMoving", 34)]), Expected::system(259).fails(&[("DoorOpenWhenMoving", 34)]), Expected::miter(27_593)])),
    row(Scenario::quick("option4_2x3")
        .about("a limit of retries: two locks and three ships")
        .of("lock_multiple", "option4_2x3.cfg")
        .golden()
        .expects(&[Expected::spec(2_738).fails(&[("DoorOpenWhenMoving", 51)]), Expected::system(2_738).fails(&[("DoorOpenWhenMoving", 51)])])),
    row(Scenario::quick("option4_2x3_cap2")
        .about("a limit of retries: two locks, three ships, room for two outside")
        .of("lock_multiple", "option4_2x3_cap2.cfg")
        .golden()
        .expects(&[Expected::spec(2_738).fails(&[("DoorOpenWhenMoving", 51)]), Expected::system(2_738).fails(&[("DoorOpenWhenMoving", 51)])])),
    row(Scenario::quick("option4_3x2")
        .about("a limit of retries: three locks and two ships")
        .of("lock_multiple", "option4_3x2.cfg")
        .golden()
        .expects(&[Expected::spec(5_057).fails(&[("DoorOpenWhenMoving", 173)]), Expected::system(5_057).fails(&[("DoorOpenWhenMoving", 173)]), Expected::miter(159_432)])),
    row(Scenario::quick("option4_atomic")
        .about("a limit of retries: ships that move in one step")
        .of("lock_multiple", "option4_atomic.cfg")
        .golden()
        .expects(&[Expected::spec(2_146).fails(&[("DoorOpenWhenMoving", 122), ("Deadlock", 122)]), Expected::system(2_146).fails(&[("DoorOpenWhenMoving", 122), ("Deadlock", 122)]), Expected::miter(61_530)])),
    row(Scenario::quick("option4_atomic_1x2_deadlock")
        .about("a limit of retries: ships that move in one step; one lock and two ships; nothing is left to be done")
        .of("lock_multiple", "option4_atomic_1x2_deadlock.cfg")
        .expects(&[Expected::miter(23_505)])),
    row(Scenario::quick("option4_atomic_deadlock")
        .about("a limit of retries: ships that move in one step; nothing is left to be done")
        .of("lock_multiple", "option4_atomic_deadlock.cfg")
        .golden()
        .expects(&[Expected::spec(2_146).fails(&[("Deadlock", 122)]), Expected::system(2_146).fails(&[("Deadlock", 122)]), Expected::miter(61_530)])),
    row(Scenario::quick("option4_atomic_deadlock_retries2")
        .about("a limit of retries: ships that move in one step; two retries; nothing is left to be done")
        .of("lock_multiple", "option4_atomic_deadlock_retries2.cfg")
        .golden()
        .expects(&[Expected::spec(1_958).fails(&[("Deadlock", 117)]), Expected::system(1_958).fails(&[("Deadlock", 117)]), Expected::miter(55_006)])),
    row(Scenario::quick("option4_clear")
        .about("a limit of retries: ships that clear permissions after moving")
        .of("lock_multiple", "option4_clear.cfg")
        .golden()
        .expects(&[Expected::spec(2_574).fails(&[("DoorOpenWhenMoving", 125), ("Deadlock", 125)]), Expected::system(2_574).fails(&[("DoorOpenWhenMoving", 125), ("Deadlock", 125)]), Expected::miter(74_036)])),
    row(Scenario::quick("option4_clear_deadlock")
        .about("a limit of retries: ships that clear permissions after moving; nothing is left to be done")
        .of("lock_multiple", "option4_clear_deadlock.cfg")
        .golden()
        .expects(&[Expected::spec(2_574).fails(&[("Deadlock", 125)]), Expected::system(2_574).fails(&[("Deadlock", 125)]), Expected::miter(74_036)])),
    row(Scenario::quick("option4_clear_deadlock_retries2")
        .about("a limit of retries: ships that clear permissions after moving; two retries; nothing is left to be done")
        .of("lock_multiple", "option4_clear_deadlock_retries2.cfg")
        .golden()
        .expects(&[Expected::spec(2_356).fails(&[("Deadlock", 120)]), Expected::system(2_356).fails(&[("Deadlock", 120)]), Expected::miter(66_678)])),
    row(Scenario::quick("optionC")
        .about("exits before entries")
        .of("lock_multiple", "optionC.cfg")
        .golden()
        .expects(&[Expected::spec(1_872).fails(&[("DoorOpenWhenMoving", 110)]), Expected::system(1_872).fails(&[("DoorOpenWhenMoving", 110)]), Expected::miter(50_164)])),
    row(Scenario::quick("optionC_1x2")
        .about("exits before entries: one lock and two ships")
        .of("lock_multiple", "optionC_1x2.cfg")
        .golden()
        .expects(&[Expected::spec(255).fails(&[("DoorOpenWhenMoving", 34)]), Expected::system(255).fails(&[("DoorOpenWhenMoving", 34)]), Expected::miter(14_043)])),
    row(Scenario::quick("optionC_2x3")
        .about("exits before entries: two locks and three ships")
        .of("lock_multiple", "optionC_2x3.cfg")
        .golden()
        .expects(&[Expected::spec(2_524).fails(&[("DoorOpenWhenMoving", 51)]), Expected::system(2_524).fails(&[("DoorOpenWhenMoving", 51)])])),
    row(Scenario::quick("optionC_3x2")
        .about("exits before entries: three locks and two ships")
        .of("lock_multiple", "optionC_3x2.cfg")
        .golden()
        .expects(&[Expected::spec(5_025).fails(&[("DoorOpenWhenMoving", 173)]), Expected::system(5_025).fails(&[("DoorOpenWhenMoving", 173)]), Expected::miter(122_312)])),
    row(Scenario::quick("optionC_atomic")
        .about("exits before entries: ships that move in one step")
        .of("lock_multiple", "optionC_atomic.cfg")
        .expects(&[Expected::spec(30_550), Expected::system(30_550), Expected::miter(30_550)])),
    row(Scenario::quick("optionC_clear")
        .about("exits before entries: ships that clear permissions after moving")
        .of("lock_multiple", "optionC_clear.cfg")
        .golden()
        .expects(&[Expected::spec(35_872), Expected::system(35_872), Expected::miter(35_872)])),
    row(Scenario::quick("reachable_alpha")
        .about("can all ships reach their goals at once? a lock is busy until its ship has moved")
        .of("lock_multiple", "reachable_alpha.cfg")
        .golden()
        .expects(&[Expected::spec(14_706).fails(&[("NotAllAtGoal", 278)]), Expected::system(14_706).fails(&[("NotAllAtGoal", 278)]), Expected::miter(51_208)])),
    row(Scenario::quick("reachable_await_move")
        .about("can all ships reach their goals at once? the controller waits for each move")
        .of("lock_multiple", "reachable_await_move.cfg")
        .golden()
        .expects(&[Expected::spec(11_076).fails(&[("NotAllAtGoal", 305)]), Expected::system(11_076).fails(&[("NotAllAtGoal", 305)]), Expected::miter(38_449)])),
    row(Scenario::quick("reachable_keepers")
        .about("can all ships reach their goals at once? a keeper for each lock")
        .of("lock_multiple", "reachable_keepers.cfg")
        .golden()
        .expects(&[Expected::spec(16_570).fails(&[("NotAllAtGoal", 245)]), Expected::system(16_570).fails(&[("NotAllAtGoal", 245)]), Expected::miter(59_148)])),
    row(Scenario::quick("reachable_option1")
        .about("can all ships reach their goals at once? a denied request queues again at once")
        .of("lock_multiple", "reachable_option1.cfg")
        .golden()
        .expects(&[Expected::spec(16_000).fails(&[("NotAllAtGoal", 270)]), Expected::system(16_000).fails(&[("NotAllAtGoal", 270)]), Expected::miter(50_456)])),
    Row { fault: Some(Fault::RetryUncounted), ..row(Scenario::quick("fault_retry_uncounted")
        .about("option 4 counts a denial twice")
        .of("lock_multiple", "option4_atomic_deadlock.cfg")
        .expects(&[Expected::spec(1_654).fails(&[("TypeOK", 110)])])) },
    Row { fault: Some(Fault::PermittedTwice), ..row(Scenario::quick("fault_permitted_twice")
        .about("a permission is given twice")
        .of("lock_multiple", "option1_atomic.cfg")
        .expects(&[Expected::spec(220).fails(&[("MessagesOK", 37)])])) },
    Row { fault: Some(Fault::BothDoorsOpened), ..row(Scenario::quick("fault_both_doors_opened")
        .about("the other door is opened as well")
        .of("lock_multiple", "option1_atomic.cfg")
        .expects(&[Expected::spec(228).fails(&[("DoorsMutex", 37), ("DoorsOpenWaterlevelRight", 37)])])) },
    Row { fault: Some(Fault::ValveLeftOpen), ..row(Scenario::quick("fault_valve_left_open")
        .about("the valve stays open when the water has its level")
        .of("lock_multiple", "option1_atomic.cfg")
        .expects(&[Expected::spec(176).fails(&[("DoorsOpenValvesClosed", 30)])])) },
    Row { fault: Some(Fault::LevelAssumed), ..row(Scenario::quick("fault_level_assumed")
        .about("the water is taken to have its level")
        .of("lock_multiple", "option1_atomic.cfg")
        .expects(&[Expected::spec(116).fails(&[("DoorsOpenWaterlevelRight", 20)])])) },
    Row { fault: Some(Fault::OtherLock), ..row(Scenario::quick("fault_other_lock")
        .about("a permission names another lock")
        .of("lock_multiple", "option1_atomic.cfg")
        .expects(&[Expected::spec(220).fails(&[("PermissionForRightLock", 37)])])) },
    Row { environment: Environment { interlock: false, fault: Some(PlantFault::GaugeStuck) }, ..row(Scenario::quick("fault_gauge_stuck")
        .about("the controller's gauges are stuck, and there is no interlock")
        .of("lock_multiple", "keepers.cfg")
        .expects(&[Expected::system(154).fails(&[("DoorsOpenWaterlevelRight", 16)])])) },
    Row { environment: Environment { interlock: true, fault: Some(PlantFault::GaugeStuck) }, ..row(Scenario::quick("fault_gauge_stuck_interlock")
        .about("the controller's gauges are stuck, and the interlock has its own")
        .of("lock_multiple", "keepers.cfg")
        .expects(&[Expected::system(135).fails(&[("NoComplaint", 15), ("Deadlock", 15)])])) },
    Row { environment: Environment { interlock: false, fault: Some(PlantFault::FinishedTooSoon) }, ..row(Scenario::quick("fault_finished_too_soon")
        .about("locks report commands as carried out too soon")
        .of("lock_multiple", "keepers.cfg")
        .expects(&[Expected::system(166).fails(&[("NoComplaint", 10), ("Deadlock", 10)])])) },
    Row { environment: Environment { interlock: true, fault: None }, ..row(Scenario::quick("interlock")
        .about("keepers whose commands pass the interlock, which never has to refuse one")
        .of("lock_multiple", "keepers.cfg")
        .expects(&[Expected::system(59_148), Expected::miter(59_148)])) },
];
