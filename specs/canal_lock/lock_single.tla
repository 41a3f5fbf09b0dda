----------------------------- MODULE lock_single -----------------------------
(***************************************************************************)
(* One lock and one ship: how a lock is worked, without the question who   *)
(* may use it.  The lock may have its low side in the west or in the east. *)
(* The ship goes through it forth and back for ever, and asks twice for    *)
(* each passage: for the door that it enters by, and for the one by which  *)
(* it leaves.                                                              *)
(***************************************************************************)
EXTENDS lock_data

ASSUME NumLocks = 1 /\ NumShips = 1

(*--algorithm lock_single

variables
  orientation \in Orientations,
  doorsOpen = [d \in Sides |-> FALSE],
  valvesOpen = [v \in Levels |-> FALSE],
  waterLevel = "low",
  shipLocation = WestEnd,
  heading = "go_to_east",
  lockCommand = [command |-> "finished", open |-> FALSE, side |-> "west"],
  requests = << >>,      \* the doors that the ship asks for
  permissions = << >>;   \* the doors that it may go through

define
  Finished == lockCommand.command = "finished"
  InLock == IsLock(shipLocation)

  \* The door that the ship goes through next.
  NextDoor == IF InLock = (heading = "go_to_east") THEN "east" ELSE "west"

  NewWaterLevel ==
      IF valvesOpen["low"] \/ doorsOpen[LowSide(orientation)] THEN "low"
      ELSE IF valvesOpen["high"] \/ doorsOpen[HighSide(orientation)] THEN "high"
      ELSE waterLevel
end define;

macro doFirst(next) begin
  await Finished;
  lockCommand := next;
end macro;

process lockProcess = 1
begin
LockWaitForCommand:
  while TRUE do
    await ~Finished;
    if lockCommand.command = "change_door" then
      doorsOpen[lockCommand.side] := lockCommand.open;
    else
      valvesOpen[lockCommand.side] := lockCommand.open;
    end if;
LockUpdateWaterLevel:
    waterLevel := NewWaterLevel;
LockCommandFinished:
    lockCommand.command := "finished";
  end while;
end process;

process shipProcess = FirstShip
begin
ShipRequest:
  while TRUE do
    requests := Append(requests, NextDoor);
ShipWaitForPermission:
    await permissions # << >>;
    permissions := Tail(permissions);
ShipMove:
    shipLocation := IF heading = "go_to_east" THEN shipLocation + 1 ELSE shipLocation - 1;
    if shipLocation \in {WestEnd, EastEnd} then
ShipTurnAround:
      heading := IF shipLocation = WestEnd THEN "go_to_east" ELSE "go_to_west";
    end if;
  end while;
end process;

process controlProcess = 0
variable
  side = "west";
begin
ControlReadRequest:
  while TRUE do
    await requests # << >>;
    side := Head(requests);
    requests := Tail(requests);
ControlCloseBothDoors:
    doFirst(DoorCommand("west", FALSE));
ControlWaitLowDoorClosed:
    doFirst(DoorCommand("east", FALSE));
ControlWaitHighDoorClosed:
    await Finished;
    if waterLevel = LevelOf(orientation, side) then
      goto ControlOpenRequestedDoor;
    end if;
ControlAdjustWaterLevel:
    doFirst(ValveCommand(LevelOf(orientation, side), TRUE));
ControlWaitWaterLevel:
    await waterLevel = LevelOf(orientation, side);
    doFirst(ValveCommand(LevelOf(orientation, side), FALSE));
ControlOpenRequestedDoor:
    doFirst(DoorCommand(side, TRUE));
ControlGrantPermission:
    await Finished;
    permissions := Append(permissions, side);
  end while;
end process;

end algorithm; *)
\* BEGIN TRANSLATION PCal-4e7deec41f2082072ca07d2ad57751a3
VARIABLES orientation, doorsOpen, valvesOpen, waterLevel, shipLocation, 
          heading, lockCommand, requests, permissions, pc

(* define statement *)
Finished == lockCommand.command = "finished"
InLock == IsLock(shipLocation)


NextDoor == IF InLock = (heading = "go_to_east") THEN "east" ELSE "west"

NewWaterLevel ==
    IF valvesOpen["low"] \/ doorsOpen[LowSide(orientation)] THEN "low"
    ELSE IF valvesOpen["high"] \/ doorsOpen[HighSide(orientation)] THEN "high"
    ELSE waterLevel

VARIABLE side

vars == << orientation, doorsOpen, valvesOpen, waterLevel, shipLocation, 
           heading, lockCommand, requests, permissions, pc, side >>

ProcSet == {1} \cup {FirstShip} \cup {0}

Init == (* Global variables *)
        /\ orientation \in Orientations
        /\ doorsOpen = [d \in Sides |-> FALSE]
        /\ valvesOpen = [v \in Levels |-> FALSE]
        /\ waterLevel = "low"
        /\ shipLocation = WestEnd
        /\ heading = "go_to_east"
        /\ lockCommand = [command |-> "finished", open |-> FALSE, side |-> "west"]
        /\ requests = << >>
        /\ permissions = << >>
        (* Process controlProcess *)
        /\ side = "west"
        /\ pc = [self \in ProcSet |-> CASE self = 1 -> "LockWaitForCommand"
                                        [] self = FirstShip -> "ShipRequest"
                                        [] self = 0 -> "ControlReadRequest"]

LockWaitForCommand == /\ pc[1] = "LockWaitForCommand"
                      /\ ~Finished
                      /\ IF lockCommand.command = "change_door"
                            THEN /\ doorsOpen' = [doorsOpen EXCEPT ![lockCommand.side] = lockCommand.open]
                                 /\ UNCHANGED valvesOpen
                            ELSE /\ valvesOpen' = [valvesOpen EXCEPT ![lockCommand.side] = lockCommand.open]
                                 /\ UNCHANGED doorsOpen
                      /\ pc' = [pc EXCEPT ![1] = "LockUpdateWaterLevel"]
                      /\ UNCHANGED << orientation, waterLevel, shipLocation, 
                                      heading, lockCommand, requests, 
                                      permissions, side >>

LockUpdateWaterLevel == /\ pc[1] = "LockUpdateWaterLevel"
                        /\ waterLevel' = NewWaterLevel
                        /\ pc' = [pc EXCEPT ![1] = "LockCommandFinished"]
                        /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                        shipLocation, heading, lockCommand, 
                                        requests, permissions, side >>

LockCommandFinished == /\ pc[1] = "LockCommandFinished"
                       /\ lockCommand' = [lockCommand EXCEPT !.command = "finished"]
                       /\ pc' = [pc EXCEPT ![1] = "LockWaitForCommand"]
                       /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                       waterLevel, shipLocation, heading, 
                                       requests, permissions, side >>

lockProcess == LockWaitForCommand \/ LockUpdateWaterLevel
                  \/ LockCommandFinished

ShipRequest == /\ pc[FirstShip] = "ShipRequest"
               /\ requests' = Append(requests, NextDoor)
               /\ pc' = [pc EXCEPT ![FirstShip] = "ShipWaitForPermission"]
               /\ UNCHANGED << orientation, doorsOpen, valvesOpen, waterLevel, 
                               shipLocation, heading, lockCommand, permissions, 
                               side >>

ShipWaitForPermission == /\ pc[FirstShip] = "ShipWaitForPermission"
                         /\ permissions # << >>
                         /\ permissions' = Tail(permissions)
                         /\ pc' = [pc EXCEPT ![FirstShip] = "ShipMove"]
                         /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                         waterLevel, shipLocation, heading, 
                                         lockCommand, requests, side >>

ShipMove == /\ pc[FirstShip] = "ShipMove"
            /\ shipLocation' = (IF heading = "go_to_east" THEN shipLocation + 1 ELSE shipLocation - 1)
            /\ IF shipLocation' \in {WestEnd, EastEnd}
                  THEN /\ pc' = [pc EXCEPT ![FirstShip] = "ShipTurnAround"]
                  ELSE /\ pc' = [pc EXCEPT ![FirstShip] = "ShipRequest"]
            /\ UNCHANGED << orientation, doorsOpen, valvesOpen, waterLevel, 
                            heading, lockCommand, requests, permissions, side >>

ShipTurnAround == /\ pc[FirstShip] = "ShipTurnAround"
                  /\ heading' = (IF shipLocation = WestEnd THEN "go_to_east" ELSE "go_to_west")
                  /\ pc' = [pc EXCEPT ![FirstShip] = "ShipRequest"]
                  /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                  waterLevel, shipLocation, lockCommand, 
                                  requests, permissions, side >>

shipProcess == ShipRequest \/ ShipWaitForPermission \/ ShipMove
                  \/ ShipTurnAround

ControlReadRequest == /\ pc[0] = "ControlReadRequest"
                      /\ requests # << >>
                      /\ side' = Head(requests)
                      /\ requests' = Tail(requests)
                      /\ pc' = [pc EXCEPT ![0] = "ControlCloseBothDoors"]
                      /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                      waterLevel, shipLocation, heading, 
                                      lockCommand, permissions >>

ControlCloseBothDoors == /\ pc[0] = "ControlCloseBothDoors"
                         /\ Finished
                         /\ lockCommand' = DoorCommand("west", FALSE)
                         /\ pc' = [pc EXCEPT ![0] = "ControlWaitLowDoorClosed"]
                         /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                         waterLevel, shipLocation, heading, 
                                         requests, permissions, side >>

ControlWaitLowDoorClosed == /\ pc[0] = "ControlWaitLowDoorClosed"
                            /\ Finished
                            /\ lockCommand' = DoorCommand("east", FALSE)
                            /\ pc' = [pc EXCEPT ![0] = "ControlWaitHighDoorClosed"]
                            /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                            waterLevel, shipLocation, heading, 
                                            requests, permissions, side >>

ControlWaitHighDoorClosed == /\ pc[0] = "ControlWaitHighDoorClosed"
                             /\ Finished
                             /\ IF waterLevel = LevelOf(orientation, side)
                                   THEN /\ pc' = [pc EXCEPT ![0] = "ControlOpenRequestedDoor"]
                                   ELSE /\ pc' = [pc EXCEPT ![0] = "ControlAdjustWaterLevel"]
                             /\ UNCHANGED << orientation, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocation, heading, 
                                             lockCommand, requests, 
                                             permissions, side >>

ControlAdjustWaterLevel == /\ pc[0] = "ControlAdjustWaterLevel"
                           /\ Finished
                           /\ lockCommand' = ValveCommand(LevelOf(orientation, side), TRUE)
                           /\ pc' = [pc EXCEPT ![0] = "ControlWaitWaterLevel"]
                           /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                           waterLevel, shipLocation, heading, 
                                           requests, permissions, side >>

ControlWaitWaterLevel == /\ pc[0] = "ControlWaitWaterLevel"
                         /\ waterLevel = LevelOf(orientation, side)
                         /\ Finished
                         /\ lockCommand' = ValveCommand(LevelOf(orientation, side), FALSE)
                         /\ pc' = [pc EXCEPT ![0] = "ControlOpenRequestedDoor"]
                         /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                         waterLevel, shipLocation, heading, 
                                         requests, permissions, side >>

ControlOpenRequestedDoor == /\ pc[0] = "ControlOpenRequestedDoor"
                            /\ Finished
                            /\ lockCommand' = DoorCommand(side, TRUE)
                            /\ pc' = [pc EXCEPT ![0] = "ControlGrantPermission"]
                            /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                            waterLevel, shipLocation, heading, 
                                            requests, permissions, side >>

ControlGrantPermission == /\ pc[0] = "ControlGrantPermission"
                          /\ Finished
                          /\ permissions' = Append(permissions, side)
                          /\ pc' = [pc EXCEPT ![0] = "ControlReadRequest"]
                          /\ UNCHANGED << orientation, doorsOpen, valvesOpen, 
                                          waterLevel, shipLocation, heading, 
                                          lockCommand, requests, side >>

controlProcess == ControlReadRequest \/ ControlCloseBothDoors
                     \/ ControlWaitLowDoorClosed
                     \/ ControlWaitHighDoorClosed
                     \/ ControlAdjustWaterLevel \/ ControlWaitWaterLevel
                     \/ ControlOpenRequestedDoor \/ ControlGrantPermission

Next == lockProcess \/ shipProcess \/ controlProcess

Spec == Init /\ [][Next]_vars

\* END TRANSLATION TLA-0264c0b43b2baab482fc21a078d472e7

-----------------------------------------------------------------------------
FairSpec ==
    /\ Spec
    /\ WF_vars(lockProcess)
    /\ WF_vars(shipProcess)
    /\ WF_vars(controlProcess)

-----------------------------------------------------------------------------
TypeOK ==
    /\ orientation \in Orientations
    /\ doorsOpen \in [Sides -> BOOLEAN]
    /\ valvesOpen \in [Levels -> BOOLEAN]
    /\ waterLevel \in Levels
    /\ shipLocation \in Locations
    /\ heading \in {"go_to_east", "go_to_west"}
    /\ lockCommand \in Commands
    /\ side \in Sides

MessagesOK ==
    /\ Len(requests) + Len(permissions) <= 1
    /\ Range(requests) \cup Range(permissions) \subseteq {NextDoor}

DoorsMutex == ~(doorsOpen["west"] /\ doorsOpen["east"])

DoorsOpenValvesClosed ==
    (\E d \in Sides : doorsOpen[d]) => \A v \in Levels : ~valvesOpen[v]

DoorsOpenWaterlevelRight ==
    \A d \in Sides : doorsOpen[d] => waterLevel = LevelOf(orientation, d)

(* The ship never moves against a closed door.                               *)
DoorOpenWhenMoving == pc[FirstShip] = "ShipMove" => doorsOpen[NextDoor]

-----------------------------------------------------------------------------
RequestLockFulfilled == (~InLock /\ requests # << >>) ~> InLock
WaterlevelChange == \A level \in Levels : []<>(waterLevel = level)
RequestsShips == []<>(requests # << >>)
ShipsReachGoals == []<>(shipLocation = WestEnd) /\ []<>(shipLocation = EastEnd)
=============================================================================
