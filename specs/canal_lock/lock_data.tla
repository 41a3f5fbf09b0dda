------------------------------ MODULE lock_data ------------------------------
(***************************************************************************)
(* A canal with locks, and the ships on it: constants, data structures and *)
(* the geometry that all specs of its controllers have in common.          *)
(*                                                                         *)
(* Locks are numbered 1..NumLocks from west to east.  Locations are        *)
(* numbered from west to east too: lock k is location 2k - 1, and the      *)
(* even locations 0..2 NumLocks are outside, on either side of the locks.  *)
(* Ships have the numbers after the locks, because both are processes.     *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    NumLocks,          \* how many locks the canal has
    NumShips,          \* how many ships are on it
    MaxShipsLocation,  \* how many ships fit into one location outside the locks
    MaxShipsLock,      \* how many ships fit into one lock
    MaxRetries,        \* option4: how often a request is denied before the controller blocks
    Controller,        \* which controller serves the locks
    ShipProcess        \* how a ship takes its permission and moves

Controllers ==
    {"option1", "option2", "option4", "optionC", "alpha", "await_move", "keepers"}

ShipProcesses == {"as_given", "clear_after_move", "atomic_move"}

ASSUME NumLocks \in Nat /\ NumLocks >= 1
ASSUME NumShips \in Nat /\ NumShips >= 1
ASSUME MaxShipsLock \in Nat /\ MaxShipsLock >= 1
ASSUME MaxShipsLocation \in Nat /\ MaxShipsLocation >= MaxShipsLock
ASSUME MaxRetries \in Nat /\ MaxRetries >= 2
ASSUME Controller \in Controllers
ASSUME ShipProcess \in ShipProcesses

-----------------------------------------------------------------------------
(* Processes.  The controller is 0, and the keeper of lock k has the k-th     *)
(* number after the ships.                                                   *)
Locks == 1..NumLocks
Ships == NumLocks + 1 .. NumLocks + NumShips
Keepers == NumLocks + NumShips + 1 .. NumLocks + NumShips + NumLocks
LockOfKeeper(keeper) == keeper - NumLocks - NumShips
FirstShip == NumLocks + 1
NoShip == 0

-----------------------------------------------------------------------------
(* Places.                                                                   *)
WestEnd == 0
EastEnd == 2 * NumLocks
Locations == WestEnd..EastEnd

IsLock(loc) == loc % 2 = 1
LockAt(loc) == (loc + 1) \div 2
LocationOf(lock) == 2 * lock - 1
Capacity(loc) == IF IsLock(loc) THEN MaxShipsLock ELSE MaxShipsLocation

(* The lock that a ship outside at loc comes to next, going east or west.    *)
NextLockEast(loc) == (loc \div 2) + 1
NextLockWest(loc) == loc \div 2

Sides == {"west", "east"}
Orientations == {"west_low", "east_low"}
Levels == {"low", "high"}

OtherLevel(level) == IF level = "low" THEN "high" ELSE "low"
LowSide(orientation) == IF orientation = "west_low" THEN "west" ELSE "east"
HighSide(orientation) == IF orientation = "west_low" THEN "east" ELSE "west"
LevelOf(orientation, door) == IF door = LowSide(orientation) THEN "low" ELSE "high"

-----------------------------------------------------------------------------
(* Where ships start: those with even numbers in the west, the others in the *)
(* east, all of them heading for the other end.                              *)
StartsWest(ship) == ship % 2 = 0

ASSUME Cardinality({s \in Ships : StartsWest(s)}) <= MaxShipsLocation
ASSUME Cardinality({s \in Ships : ~StartsWest(s)}) <= MaxShipsLocation

ShipStates == {"go_to_east", "go_to_west", "goal_reached"}

-----------------------------------------------------------------------------
(* Messages.                                                                 *)
Requests == [ship : Ships, lock : Locks, side : Sides]
Permissions == [lock : Locks, granted : BOOLEAN]

(* What a lock is told to do.  A command stays where it is when it has been  *)
(* carried out; only its name then changes to finished.                      *)
Commands ==
    [command : {"finished", "change_door", "change_valve"},
     open    : BOOLEAN,
     side    : Sides \cup Levels]

DoorCommand(door, open) == [command |-> "change_door", open |-> open, side |-> door]
ValveCommand(level, open) == [command |-> "change_valve", open |-> open, side |-> level]

Range(queue) == {queue[i] : i \in DOMAIN queue}
Remove(queue, i) == SubSeq(queue, 1, i - 1) \o SubSeq(queue, i + 1, Len(queue))

-----------------------------------------------------------------------------
(* Berths, for the controller "keepers".  Between two locks the places are   *)
(* shared out by direction.  Then the canal is a ring of stages: the west    *)
(* end, the berths for ships going east, location by location, the east end, *)
(* and the berths for ships going west.  Each stage is filled by one lock    *)
(* only.  Such a ring moves unless every stage is full.                      *)
Berths(loc, heading) ==
    IF loc \in {WestEnd, EastEnd} THEN MaxShipsLocation
    ELSE IF heading = "go_to_east" THEN (MaxShipsLocation + 1) \div 2
    ELSE MaxShipsLocation \div 2

ASSUME Controller = "keepers" =>
    /\ NumLocks >= 2 => MaxShipsLocation >= 2
    /\ NumShips < (NumLocks + 1) * MaxShipsLocation
=============================================================================
