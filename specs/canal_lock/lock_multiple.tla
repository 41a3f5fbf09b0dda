---------------------------- MODULE lock_multiple ----------------------------
(***************************************************************************)
(* Ships pass through the locks of a canal, forth and back for ever.  Locks*)
(* and ships are the environment.  A controller reads the requests of the  *)
(* ships, works doors and valves, and grants permissions.  The constant    *)
(* Controller chooses between several controllers, all but one of which    *)
(* are one process that serves one request at a time.  With "keepers"      *)
(* every lock has a process of its own.  A variable that a variant has no  *)
(* use for keeps the value it starts with.                                 *)
(*                                                                         *)
(* option1     a denied request goes to the end of the queue at once       *)
(* option2     denied requests wait in a second queue                      *)
(* option4     after MaxRetries denials the controller blocks for a request*)
(* optionC     ships that leave a lock come before ships that enter one    *)
(* alpha       a lock is busy until the ship it was granted to has moved   *)
(* await_move  the controller waits until the ship has moved               *)
(* keepers     a keeper per lock, who grants nothing that could get stuck  *)
(*                                                                         *)
(* ShipProcess says how a ship treats its permission.  As given, it takes  *)
(* the permission in one step and moves in a later one, and nobody can see *)
(* the permission in between.  With clear_after_move it leaves the         *)
(* permission where it is until it has moved.  With atomic_move it does    *)
(* everything in a single step.                                            *)
(***************************************************************************)
EXTENDS lock_data

(*--algorithm lock_multiple

variables
  \* the canal
  lockOrientations = [l \in Locks |-> IF l % 2 = 0 THEN "west_low" ELSE "east_low"],
  doorsOpen = [l \in Locks |-> [d \in Sides |-> FALSE]],
  valvesOpen = [l \in Locks |-> [v \in Levels |-> FALSE]],
  waterLevel = [l \in Locks |-> "low"],
  \* the ships
  shipLocations = [s \in Ships |-> IF StartsWest(s) THEN WestEnd ELSE EastEnd],
  shipStates = [s \in Ships |-> IF StartsWest(s) THEN "go_to_east" ELSE "go_to_west"],
  \* messages, and flags that stand for one
  lockCommand = [l \in Locks |-> [command |-> "finished", open |-> FALSE, side |-> "west"]],
  requests = << >>,
  permissions = [s \in Ships |-> << >>],
  moved = [s \in Ships |-> FALSE],
  \* what one controller each has beyond that
  retryQueue = << >>,                   \* option2
  retryCount = [s \in Ships |-> 0],     \* option4
  entryRequests = << >>,                \* optionC
  exitRequests = << >>,                 \* optionC
  lockBusy = [l \in Locks |-> FALSE],   \* alpha
  lockOwner = [l \in Locks |-> NoShip]; \* alpha

define
  InLock(ship) == IsLock(shipLocations[ship])
  ShipsAt(loc) == {s \in Ships : shipLocations[s] = loc}

  \* The location that a ship comes to with its next move.
  Ahead(ship) ==
      IF shipStates[ship] = "go_to_west"
      THEN shipLocations[ship] - 1
      ELSE shipLocations[ship] + 1

  \* The level that a ship at this door needs.
  LevelNeeded(lock, door) == LevelOf(lockOrientations[lock], door)

  \* The level after the lock has done what it was told.
  NewWaterLevel(lock) ==
      IF valvesOpen[lock]["low"] THEN "low"
      ELSE IF doorsOpen[lock][LowSide(lockOrientations[lock])] THEN "low"
      ELSE IF valvesOpen[lock]["high"] THEN "high"
      ELSE IF doorsOpen[lock][HighSide(lockOrientations[lock])] THEN "high"
      ELSE waterLevel[lock]

  Finished(lock) == lockCommand[lock].command = "finished"

  \* Nobody holds back a permission for this lock.
  NoPermissionOut(lock) ==
      \A s \in Ships : \A p \in Range(permissions[s]) : p.lock # lock

  \* A ship may go on to loc, as far as places are concerned.
  Room(ship, lock, loc) ==
      \/ shipLocations[ship] = LocationOf(lock)
      \/ Cardinality(ShipsAt(loc)) < Capacity(loc)

  \* Ships that hold a place at loc for this heading.  A ship at an end is
  \* about to turn round, so there every ship counts.
  Berthed(loc, heading) ==
      {s \in ShipsAt(loc) : loc \in {WestEnd, EastEnd} \/ shipStates[s] = heading}

  \* The keeper of this lock may serve request r: whoever is in the lock may
  \* leave it, and may enter if it is empty and there is a berth beyond it.
  \* Only this lock fills that berth, so it is still there when the ship has
  \* come through.  A ship may ask for the next lock before the keeper of the
  \* last one has seen it move.  It must wait until then, or the two keepers
  \* would take one move for another.
  Serviceable(lock, r) ==
      LET heading == shipStates[r.ship]
          beyond == IF heading = "go_to_east" THEN 2 * lock ELSE 2 * lock - 2
      IN  /\ r.lock = lock
          /\ ~moved[r.ship]
          /\ \/ shipLocations[r.ship] = LocationOf(lock)
             \/ /\ ShipsAt(LocationOf(lock)) = {}
                /\ Cardinality(Berthed(beyond, heading)) < Berths(beyond, heading)

  ServiceableFor(lock) == {i \in DOMAIN requests : Serviceable(lock, requests[i])}
  Oldest(positions) == CHOOSE i \in positions : \A j \in positions : i <= j
end define;

macro read(queue, into) begin
  await queue # << >>;
  into := Head(queue);
  queue := Tail(queue);
end macro;

macro write(queue, message) begin
  queue := Append(queue, message);
end macro;

\* optionC has a queue for each kind of request, all others have one queue.
macro sendRequest(message) begin
  if Controller # "optionC" then
    write(requests, message);
  elsif InLock(message.ship) then
    write(exitRequests, message);
  else
    write(entryRequests, message);
  end if;
end macro;

\* One location on, through a door that ought to be open.
macro move(ship, distance) begin
  shipLocations[ship] := shipLocations[ship] + distance;
  moved[ship] := TRUE;
end macro;

\* A ship awaits its permission, and with atomic_move does what follows too.
macro awaitPermission(distance) begin
  if ShipProcess = "as_given" then
    read(permissions[self], perm);
  elsif ShipProcess = "clear_after_move" then
    await permissions[self] # << >>;
    perm := Head(permissions[self]);
  else
    read(permissions[self], perm);
    if perm.granted then
      move(self, distance);
    end if;
    goto ShipNextIteration;
  end if;
end macro;

\* A ship uses its permission.
macro useMove(distance) begin
  if perm.granted then
    move(self, distance);
  end if;
  if ShipProcess = "clear_after_move" then
    permissions[self] := Tail(permissions[self]);
  end if;
end macro;

macro close(lock, door) begin
  lockCommand[lock] := DoorCommand(door, FALSE);
end macro;

macro open(lock, door) begin
  lockCommand[lock] := DoorCommand(door, TRUE);
end macro;

macro closeValve(lock, level) begin
  lockCommand[lock] := ValveCommand(level, FALSE);
end macro;

macro openValve(lock, level) begin
  lockCommand[lock] := ValveCommand(level, TRUE);
end macro;

\* A lock does what it is told: one door or one valve at a time.
process lockProcess \in Locks
begin
LockWaitForCommand:
  while TRUE do
    await ~Finished(self);
    if lockCommand[self].command = "change_door" then
      doorsOpen[self][lockCommand[self].side] := lockCommand[self].open;
    else
      valvesOpen[self][lockCommand[self].side] := lockCommand[self].open;
    end if;
LockUpdateWaterLevel:
    waterLevel[self] := NewWaterLevel(self);
LockCommandFinished:
    lockCommand[self].command := "finished";
  end while;
end process;

\* A ship goes from end to end.
process shipProcess \in Ships
variables
  perm = [lock |-> 1, granted |-> FALSE];
begin
ShipNextIteration:
  while TRUE do
    if shipStates[self] = "go_to_east" then
      if shipLocations[self] = EastEnd then
ShipGoalReachedEast:
        shipStates[self] := "goal_reached";
      else
        if ~InLock(self) then
ShipRequestWest:
          sendRequest([ship |-> self, lock |-> NextLockEast(shipLocations[self]), side |-> "west"]);
ShipWaitForWest:
          awaitPermission(1);
        else
ShipRequestEastInLock:
          sendRequest([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "east"]);
ShipWaitForEastInLock:
          awaitPermission(1);
        end if;
ShipMoveEast:
        useMove(1);
      end if;
    elsif shipStates[self] = "go_to_west" then
      if shipLocations[self] = WestEnd then
ShipGoalReachedWest:
        shipStates[self] := "goal_reached";
      else
        if ~InLock(self) then
ShipRequestEast:
          sendRequest([ship |-> self, lock |-> NextLockWest(shipLocations[self]), side |-> "east"]);
ShipWaitForEast:
          awaitPermission(-1);
        else
ShipRequestWestInLock:
          sendRequest([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "west"]);
ShipWaitForWestInLock:
          awaitPermission(-1);
        end if;
ShipMoveWest:
        useMove(-1);
      end if;
    else
ShipTurnAround:
      shipStates[self] :=
        IF shipLocations[self] = WestEnd THEN "go_to_east" ELSE "go_to_west";
    end if;
  end while;
end process;

\* The controller, in all variants but "keepers".
process controlProcess = 0
variables
  req = [ship |-> FirstShip, lock |-> 1, side |-> "west"],
  ship_id = FirstShip,
  lock_id = 1,
  side = "west",
  target_loc = 0,
  grant = FALSE;
begin
ControlNextRequest:
  while TRUE do
    await Controller # "keepers";
    if Controller = "option2" /\ requests = << >> /\ retryQueue # << >> then
      requests := retryQueue;
      retryQueue := << >>;
    end if;
ControlReadRequest:
    if Controller # "optionC" then
      read(requests, req);
    elsif exitRequests # << >> then
      read(exitRequests, req);
    else
      read(entryRequests, req);
    end if;
    ship_id := req.ship;
    lock_id := req.lock;
    side := req.side;
ControlCheckConditions:
    target_loc := Ahead(ship_id);
    if Controller # "alpha" then
      goto ControlCheckCapacity;
    end if;
ControlReleaseLocks:
    moved := [s \in Ships |->
      moved[s] /\ ~\E l \in Locks : lockBusy[l] /\ lockOwner[l] = s]
    || lockOwner := [l \in Locks |->
      IF lockBusy[l] /\ moved[lockOwner[l]] THEN NoShip ELSE lockOwner[l]]
    || lockBusy := [l \in Locks |-> lockBusy[l] /\ ~moved[lockOwner[l]]];
ControlCheckCapacity:
    grant :=
      /\ Room(ship_id, lock_id, target_loc)
      /\ IF Controller = "alpha" THEN ~lockBusy[lock_id] ELSE NoPermissionOut(lock_id);
ControlDecideGrantOrRetry:
    if grant then
      if Controller = "option4" then
        retryCount[ship_id] := 0;
      elsif Controller = "alpha" then
        lockBusy[lock_id] := TRUE;
        lockOwner[lock_id] := ship_id;
      end if;
    elsif Controller = "option2" then
      write(retryQueue, req);
      goto ControlNextRequest;
    elsif Controller = "option4" /\ retryCount[ship_id] >= MaxRetries then
      \* Only room is awaited here, not the permission of another ship.
      await Room(ship_id, lock_id, target_loc);
      retryCount[ship_id] := 0;
      grant := TRUE;
    else
      if Controller = "option4" then
        retryCount[ship_id] := retryCount[ship_id] + 1;
      end if;
      sendRequest(req);
      goto ControlNextRequest;
    end if;
ControlCloseBothDoors:
    await Finished(lock_id);
    close(lock_id, LowSide(lockOrientations[lock_id]));
ControlWaitLowDoorClosed:
    await Finished(lock_id);
    close(lock_id, HighSide(lockOrientations[lock_id]));
ControlWaitHighDoorClosed:
    await Finished(lock_id);
ControlAdjustWaterLevel:
    if waterLevel[lock_id] # LevelNeeded(lock_id, side) then
      closeValve(lock_id, OtherLevel(LevelNeeded(lock_id, side)));
    else
      goto ControlOpenRequestedDoor;
    end if;
ControlWaitOppositeValveClosed:
    await Finished(lock_id);
    openValve(lock_id, LevelNeeded(lock_id, side));
ControlWaitValveOpen:
    await Finished(lock_id);
ControlWaitWaterLevel:
    await waterLevel[lock_id] = LevelNeeded(lock_id, side);
    closeValve(lock_id, LevelNeeded(lock_id, side));
ControlWaitValveClosed:
    await Finished(lock_id);
ControlOpenRequestedDoor:
    open(lock_id, side);
ControlWaitDoorOpen:
    await Finished(lock_id);
ControlGrantPermission:
    write(permissions[ship_id], [lock |-> lock_id, granted |-> TRUE]);
    if Controller # "await_move" then
      goto ControlNextRequest;
    end if;
ControlWaitForShipMovement:
    await moved[ship_id];
    moved[ship_id] := FALSE;
    close(lock_id, side);
ControlWaitDoorClosed:
    await Finished(lock_id);
  end while;
end process;

\* The keeper of one lock.  It serves the oldest request that it can, and
\* leaves the others in the queue.  Then it touches nothing until the ship has
\* moved, and leaves the door open until the next ship is served.
process keeperProcess \in Keepers
variables
  served = [ship |-> NoShip, side |-> "west"];
begin
KeeperTakeRequest:
  while TRUE do
    await Controller = "keepers" /\ ServiceableFor(LockOfKeeper(self)) # {};
    with position = Oldest(ServiceableFor(LockOfKeeper(self))) do
      served := [ship |-> requests[position].ship, side |-> requests[position].side];
      requests := Remove(requests, position);
    end with;
KeeperCloseBothDoors:
    await Finished(LockOfKeeper(self));
    close(LockOfKeeper(self), LowSide(lockOrientations[LockOfKeeper(self)]));
KeeperWaitLowDoorClosed:
    await Finished(LockOfKeeper(self));
    close(LockOfKeeper(self), HighSide(lockOrientations[LockOfKeeper(self)]));
KeeperWaitHighDoorClosed:
    await Finished(LockOfKeeper(self));
KeeperAdjustWaterLevel:
    if waterLevel[LockOfKeeper(self)] # LevelNeeded(LockOfKeeper(self), served.side) then
      closeValve(LockOfKeeper(self), OtherLevel(LevelNeeded(LockOfKeeper(self), served.side)));
    else
      goto KeeperOpenRequestedDoor;
    end if;
KeeperWaitOppositeValveClosed:
    await Finished(LockOfKeeper(self));
    openValve(LockOfKeeper(self), LevelNeeded(LockOfKeeper(self), served.side));
KeeperWaitValveOpen:
    await Finished(LockOfKeeper(self));
KeeperWaitWaterLevel:
    await waterLevel[LockOfKeeper(self)] = LevelNeeded(LockOfKeeper(self), served.side);
    closeValve(LockOfKeeper(self), LevelNeeded(LockOfKeeper(self), served.side));
KeeperWaitValveClosed:
    await Finished(LockOfKeeper(self));
KeeperOpenRequestedDoor:
    open(LockOfKeeper(self), served.side);
KeeperWaitDoorOpen:
    await Finished(LockOfKeeper(self));
KeeperGrantPermission:
    write(permissions[served.ship], [lock |-> LockOfKeeper(self), granted |-> TRUE]);
KeeperWaitForShipMovement:
    await moved[served.ship];
    moved[served.ship] := FALSE;
    served := [ship |-> NoShip, side |-> "west"];
  end while;
end process;

end algorithm; *)
\* BEGIN TRANSLATION PCal-b4996c38815ac47f787852fac9c06646
VARIABLES lockOrientations, doorsOpen, valvesOpen, waterLevel, shipLocations, 
          shipStates, lockCommand, requests, permissions, moved, retryQueue, 
          retryCount, entryRequests, exitRequests, lockBusy, lockOwner, pc

(* define statement *)
InLock(ship) == IsLock(shipLocations[ship])
ShipsAt(loc) == {s \in Ships : shipLocations[s] = loc}


Ahead(ship) ==
    IF shipStates[ship] = "go_to_west"
    THEN shipLocations[ship] - 1
    ELSE shipLocations[ship] + 1


LevelNeeded(lock, door) == LevelOf(lockOrientations[lock], door)


NewWaterLevel(lock) ==
    IF valvesOpen[lock]["low"] THEN "low"
    ELSE IF doorsOpen[lock][LowSide(lockOrientations[lock])] THEN "low"
    ELSE IF valvesOpen[lock]["high"] THEN "high"
    ELSE IF doorsOpen[lock][HighSide(lockOrientations[lock])] THEN "high"
    ELSE waterLevel[lock]

Finished(lock) == lockCommand[lock].command = "finished"


NoPermissionOut(lock) ==
    \A s \in Ships : \A p \in Range(permissions[s]) : p.lock # lock


Room(ship, lock, loc) ==
    \/ shipLocations[ship] = LocationOf(lock)
    \/ Cardinality(ShipsAt(loc)) < Capacity(loc)



Berthed(loc, heading) ==
    {s \in ShipsAt(loc) : loc \in {WestEnd, EastEnd} \/ shipStates[s] = heading}







Serviceable(lock, r) ==
    LET heading == shipStates[r.ship]
        beyond == IF heading = "go_to_east" THEN 2 * lock ELSE 2 * lock - 2
    IN  /\ r.lock = lock
        /\ ~moved[r.ship]
        /\ \/ shipLocations[r.ship] = LocationOf(lock)
           \/ /\ ShipsAt(LocationOf(lock)) = {}
              /\ Cardinality(Berthed(beyond, heading)) < Berths(beyond, heading)

ServiceableFor(lock) == {i \in DOMAIN requests : Serviceable(lock, requests[i])}
Oldest(positions) == CHOOSE i \in positions : \A j \in positions : i <= j

VARIABLES perm, req, ship_id, lock_id, side, target_loc, grant, served

vars == << lockOrientations, doorsOpen, valvesOpen, waterLevel, shipLocations, 
           shipStates, lockCommand, requests, permissions, moved, retryQueue, 
           retryCount, entryRequests, exitRequests, lockBusy, lockOwner, pc, 
           perm, req, ship_id, lock_id, side, target_loc, grant, served >>

ProcSet == (Locks) \cup (Ships) \cup {0} \cup (Keepers)

Init == (* Global variables *)
        /\ lockOrientations = [l \in Locks |-> IF l % 2 = 0 THEN "west_low" ELSE "east_low"]
        /\ doorsOpen = [l \in Locks |-> [d \in Sides |-> FALSE]]
        /\ valvesOpen = [l \in Locks |-> [v \in Levels |-> FALSE]]
        /\ waterLevel = [l \in Locks |-> "low"]
        /\ shipLocations = [s \in Ships |-> IF StartsWest(s) THEN WestEnd ELSE EastEnd]
        /\ shipStates = [s \in Ships |-> IF StartsWest(s) THEN "go_to_east" ELSE "go_to_west"]
        /\ lockCommand = [l \in Locks |-> [command |-> "finished", open |-> FALSE, side |-> "west"]]
        /\ requests = << >>
        /\ permissions = [s \in Ships |-> << >>]
        /\ moved = [s \in Ships |-> FALSE]
        /\ retryQueue = << >>
        /\ retryCount = [s \in Ships |-> 0]
        /\ entryRequests = << >>
        /\ exitRequests = << >>
        /\ lockBusy = [l \in Locks |-> FALSE]
        /\ lockOwner = [l \in Locks |-> NoShip]
        (* Process shipProcess *)
        /\ perm = [self \in Ships |-> [lock |-> 1, granted |-> FALSE]]
        (* Process controlProcess *)
        /\ req = [ship |-> FirstShip, lock |-> 1, side |-> "west"]
        /\ ship_id = FirstShip
        /\ lock_id = 1
        /\ side = "west"
        /\ target_loc = 0
        /\ grant = FALSE
        (* Process keeperProcess *)
        /\ served = [self \in Keepers |-> [ship |-> NoShip, side |-> "west"]]
        /\ pc = [self \in ProcSet |-> CASE self \in Locks -> "LockWaitForCommand"
                                        [] self \in Ships -> "ShipNextIteration"
                                        [] self = 0 -> "ControlNextRequest"
                                        [] self \in Keepers -> "KeeperTakeRequest"]

LockWaitForCommand(self) == /\ pc[self] = "LockWaitForCommand"
                            /\ ~Finished(self)
                            /\ IF lockCommand[self].command = "change_door"
                                  THEN /\ doorsOpen' = [doorsOpen EXCEPT ![self][lockCommand[self].side] = lockCommand[self].open]
                                       /\ UNCHANGED valvesOpen
                                  ELSE /\ valvesOpen' = [valvesOpen EXCEPT ![self][lockCommand[self].side] = lockCommand[self].open]
                                       /\ UNCHANGED doorsOpen
                            /\ pc' = [pc EXCEPT ![self] = "LockUpdateWaterLevel"]
                            /\ UNCHANGED << lockOrientations, waterLevel, 
                                            shipLocations, shipStates, 
                                            lockCommand, requests, permissions, 
                                            moved, retryQueue, retryCount, 
                                            entryRequests, exitRequests, 
                                            lockBusy, lockOwner, perm, req, 
                                            ship_id, lock_id, side, target_loc, 
                                            grant, served >>

LockUpdateWaterLevel(self) == /\ pc[self] = "LockUpdateWaterLevel"
                              /\ waterLevel' = [waterLevel EXCEPT ![self] = NewWaterLevel(self)]
                              /\ pc' = [pc EXCEPT ![self] = "LockCommandFinished"]
                              /\ UNCHANGED << lockOrientations, doorsOpen, 
                                              valvesOpen, shipLocations, 
                                              shipStates, lockCommand, 
                                              requests, permissions, moved, 
                                              retryQueue, retryCount, 
                                              entryRequests, exitRequests, 
                                              lockBusy, lockOwner, perm, req, 
                                              ship_id, lock_id, side, 
                                              target_loc, grant, served >>

LockCommandFinished(self) == /\ pc[self] = "LockCommandFinished"
                             /\ lockCommand' = [lockCommand EXCEPT ![self].command = "finished"]
                             /\ pc' = [pc EXCEPT ![self] = "LockWaitForCommand"]
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, shipStates, 
                                             requests, permissions, moved, 
                                             retryQueue, retryCount, 
                                             entryRequests, exitRequests, 
                                             lockBusy, lockOwner, perm, req, 
                                             ship_id, lock_id, side, 
                                             target_loc, grant, served >>

lockProcess(self) == LockWaitForCommand(self) \/ LockUpdateWaterLevel(self)
                        \/ LockCommandFinished(self)

ShipNextIteration(self) == /\ pc[self] = "ShipNextIteration"
                           /\ IF shipStates[self] = "go_to_east"
                                 THEN /\ IF shipLocations[self] = EastEnd
                                            THEN /\ pc' = [pc EXCEPT ![self] = "ShipGoalReachedEast"]
                                            ELSE /\ IF ~InLock(self)
                                                       THEN /\ pc' = [pc EXCEPT ![self] = "ShipRequestWest"]
                                                       ELSE /\ pc' = [pc EXCEPT ![self] = "ShipRequestEastInLock"]
                                 ELSE /\ IF shipStates[self] = "go_to_west"
                                            THEN /\ IF shipLocations[self] = WestEnd
                                                       THEN /\ pc' = [pc EXCEPT ![self] = "ShipGoalReachedWest"]
                                                       ELSE /\ IF ~InLock(self)
                                                                  THEN /\ pc' = [pc EXCEPT ![self] = "ShipRequestEast"]
                                                                  ELSE /\ pc' = [pc EXCEPT ![self] = "ShipRequestWestInLock"]
                                            ELSE /\ pc' = [pc EXCEPT ![self] = "ShipTurnAround"]
                           /\ UNCHANGED << lockOrientations, doorsOpen, 
                                           valvesOpen, waterLevel, 
                                           shipLocations, shipStates, 
                                           lockCommand, requests, permissions, 
                                           moved, retryQueue, retryCount, 
                                           entryRequests, exitRequests, 
                                           lockBusy, lockOwner, perm, req, 
                                           ship_id, lock_id, side, target_loc, 
                                           grant, served >>

ShipGoalReachedEast(self) == /\ pc[self] = "ShipGoalReachedEast"
                             /\ shipStates' = [shipStates EXCEPT ![self] = "goal_reached"]
                             /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, lockCommand, 
                                             requests, permissions, moved, 
                                             retryQueue, retryCount, 
                                             entryRequests, exitRequests, 
                                             lockBusy, lockOwner, perm, req, 
                                             ship_id, lock_id, side, 
                                             target_loc, grant, served >>

ShipMoveEast(self) == /\ pc[self] = "ShipMoveEast"
                      /\ IF perm[self].granted
                            THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + 1]
                                 /\ moved' = [moved EXCEPT ![self] = TRUE]
                            ELSE /\ TRUE
                                 /\ UNCHANGED << shipLocations, moved >>
                      /\ IF ShipProcess = "clear_after_move"
                            THEN /\ permissions' = [permissions EXCEPT ![self] = Tail(permissions[self])]
                            ELSE /\ TRUE
                                 /\ UNCHANGED permissions
                      /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                      /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                      waterLevel, shipStates, lockCommand, 
                                      requests, retryQueue, retryCount, 
                                      entryRequests, exitRequests, lockBusy, 
                                      lockOwner, perm, req, ship_id, lock_id, 
                                      side, target_loc, grant, served >>

ShipRequestWest(self) == /\ pc[self] = "ShipRequestWest"
                         /\ IF Controller # "optionC"
                               THEN /\ requests' = Append(requests, ([ship |-> self, lock |-> NextLockEast(shipLocations[self]), side |-> "west"]))
                                    /\ UNCHANGED << entryRequests, 
                                                    exitRequests >>
                               ELSE /\ IF InLock(([ship |-> self, lock |-> NextLockEast(shipLocations[self]), side |-> "west"]).ship)
                                          THEN /\ exitRequests' = Append(exitRequests, ([ship |-> self, lock |-> NextLockEast(shipLocations[self]), side |-> "west"]))
                                               /\ UNCHANGED entryRequests
                                          ELSE /\ entryRequests' = Append(entryRequests, ([ship |-> self, lock |-> NextLockEast(shipLocations[self]), side |-> "west"]))
                                               /\ UNCHANGED exitRequests
                                    /\ UNCHANGED requests
                         /\ pc' = [pc EXCEPT ![self] = "ShipWaitForWest"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipLocations, 
                                         shipStates, lockCommand, permissions, 
                                         moved, retryQueue, retryCount, 
                                         lockBusy, lockOwner, perm, req, 
                                         ship_id, lock_id, side, target_loc, 
                                         grant, served >>

ShipWaitForWest(self) == /\ pc[self] = "ShipWaitForWest"
                         /\ IF ShipProcess = "as_given"
                               THEN /\ (permissions[self]) # << >>
                                    /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                    /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                    /\ pc' = [pc EXCEPT ![self] = "ShipMoveEast"]
                                    /\ UNCHANGED << shipLocations, moved >>
                               ELSE /\ IF ShipProcess = "clear_after_move"
                                          THEN /\ permissions[self] # << >>
                                               /\ perm' = [perm EXCEPT ![self] = Head(permissions[self])]
                                               /\ pc' = [pc EXCEPT ![self] = "ShipMoveEast"]
                                               /\ UNCHANGED << shipLocations, 
                                                               permissions, 
                                                               moved >>
                                          ELSE /\ (permissions[self]) # << >>
                                               /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                               /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                               /\ IF perm'[self].granted
                                                     THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + 1]
                                                          /\ moved' = [moved EXCEPT ![self] = TRUE]
                                                     ELSE /\ TRUE
                                                          /\ UNCHANGED << shipLocations, 
                                                                          moved >>
                                               /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipStates, 
                                         lockCommand, requests, retryQueue, 
                                         retryCount, entryRequests, 
                                         exitRequests, lockBusy, lockOwner, 
                                         req, ship_id, lock_id, side, 
                                         target_loc, grant, served >>

ShipRequestEastInLock(self) == /\ pc[self] = "ShipRequestEastInLock"
                               /\ IF Controller # "optionC"
                                     THEN /\ requests' = Append(requests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "east"]))
                                          /\ UNCHANGED << entryRequests, 
                                                          exitRequests >>
                                     ELSE /\ IF InLock(([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "east"]).ship)
                                                THEN /\ exitRequests' = Append(exitRequests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "east"]))
                                                     /\ UNCHANGED entryRequests
                                                ELSE /\ entryRequests' = Append(entryRequests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "east"]))
                                                     /\ UNCHANGED exitRequests
                                          /\ UNCHANGED requests
                               /\ pc' = [pc EXCEPT ![self] = "ShipWaitForEastInLock"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipLocations, shipStates, 
                                               lockCommand, permissions, moved, 
                                               retryQueue, retryCount, 
                                               lockBusy, lockOwner, perm, req, 
                                               ship_id, lock_id, side, 
                                               target_loc, grant, served >>

ShipWaitForEastInLock(self) == /\ pc[self] = "ShipWaitForEastInLock"
                               /\ IF ShipProcess = "as_given"
                                     THEN /\ (permissions[self]) # << >>
                                          /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                          /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                          /\ pc' = [pc EXCEPT ![self] = "ShipMoveEast"]
                                          /\ UNCHANGED << shipLocations, moved >>
                                     ELSE /\ IF ShipProcess = "clear_after_move"
                                                THEN /\ permissions[self] # << >>
                                                     /\ perm' = [perm EXCEPT ![self] = Head(permissions[self])]
                                                     /\ pc' = [pc EXCEPT ![self] = "ShipMoveEast"]
                                                     /\ UNCHANGED << shipLocations, 
                                                                     permissions, 
                                                                     moved >>
                                                ELSE /\ (permissions[self]) # << >>
                                                     /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                                     /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                                     /\ IF perm'[self].granted
                                                           THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + 1]
                                                                /\ moved' = [moved EXCEPT ![self] = TRUE]
                                                           ELSE /\ TRUE
                                                                /\ UNCHANGED << shipLocations, 
                                                                                moved >>
                                                     /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipStates, lockCommand, 
                                               requests, retryQueue, 
                                               retryCount, entryRequests, 
                                               exitRequests, lockBusy, 
                                               lockOwner, req, ship_id, 
                                               lock_id, side, target_loc, 
                                               grant, served >>

ShipTurnAround(self) == /\ pc[self] = "ShipTurnAround"
                        /\ shipStates' = [shipStates EXCEPT ![self] = IF shipLocations[self] = WestEnd THEN "go_to_east" ELSE "go_to_west"]
                        /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                        /\ UNCHANGED << lockOrientations, doorsOpen, 
                                        valvesOpen, waterLevel, shipLocations, 
                                        lockCommand, requests, permissions, 
                                        moved, retryQueue, retryCount, 
                                        entryRequests, exitRequests, lockBusy, 
                                        lockOwner, perm, req, ship_id, lock_id, 
                                        side, target_loc, grant, served >>

ShipGoalReachedWest(self) == /\ pc[self] = "ShipGoalReachedWest"
                             /\ shipStates' = [shipStates EXCEPT ![self] = "goal_reached"]
                             /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, lockCommand, 
                                             requests, permissions, moved, 
                                             retryQueue, retryCount, 
                                             entryRequests, exitRequests, 
                                             lockBusy, lockOwner, perm, req, 
                                             ship_id, lock_id, side, 
                                             target_loc, grant, served >>

ShipMoveWest(self) == /\ pc[self] = "ShipMoveWest"
                      /\ IF perm[self].granted
                            THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + (-1)]
                                 /\ moved' = [moved EXCEPT ![self] = TRUE]
                            ELSE /\ TRUE
                                 /\ UNCHANGED << shipLocations, moved >>
                      /\ IF ShipProcess = "clear_after_move"
                            THEN /\ permissions' = [permissions EXCEPT ![self] = Tail(permissions[self])]
                            ELSE /\ TRUE
                                 /\ UNCHANGED permissions
                      /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                      /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                      waterLevel, shipStates, lockCommand, 
                                      requests, retryQueue, retryCount, 
                                      entryRequests, exitRequests, lockBusy, 
                                      lockOwner, perm, req, ship_id, lock_id, 
                                      side, target_loc, grant, served >>

ShipRequestEast(self) == /\ pc[self] = "ShipRequestEast"
                         /\ IF Controller # "optionC"
                               THEN /\ requests' = Append(requests, ([ship |-> self, lock |-> NextLockWest(shipLocations[self]), side |-> "east"]))
                                    /\ UNCHANGED << entryRequests, 
                                                    exitRequests >>
                               ELSE /\ IF InLock(([ship |-> self, lock |-> NextLockWest(shipLocations[self]), side |-> "east"]).ship)
                                          THEN /\ exitRequests' = Append(exitRequests, ([ship |-> self, lock |-> NextLockWest(shipLocations[self]), side |-> "east"]))
                                               /\ UNCHANGED entryRequests
                                          ELSE /\ entryRequests' = Append(entryRequests, ([ship |-> self, lock |-> NextLockWest(shipLocations[self]), side |-> "east"]))
                                               /\ UNCHANGED exitRequests
                                    /\ UNCHANGED requests
                         /\ pc' = [pc EXCEPT ![self] = "ShipWaitForEast"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipLocations, 
                                         shipStates, lockCommand, permissions, 
                                         moved, retryQueue, retryCount, 
                                         lockBusy, lockOwner, perm, req, 
                                         ship_id, lock_id, side, target_loc, 
                                         grant, served >>

ShipWaitForEast(self) == /\ pc[self] = "ShipWaitForEast"
                         /\ IF ShipProcess = "as_given"
                               THEN /\ (permissions[self]) # << >>
                                    /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                    /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                    /\ pc' = [pc EXCEPT ![self] = "ShipMoveWest"]
                                    /\ UNCHANGED << shipLocations, moved >>
                               ELSE /\ IF ShipProcess = "clear_after_move"
                                          THEN /\ permissions[self] # << >>
                                               /\ perm' = [perm EXCEPT ![self] = Head(permissions[self])]
                                               /\ pc' = [pc EXCEPT ![self] = "ShipMoveWest"]
                                               /\ UNCHANGED << shipLocations, 
                                                               permissions, 
                                                               moved >>
                                          ELSE /\ (permissions[self]) # << >>
                                               /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                               /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                               /\ IF perm'[self].granted
                                                     THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + (-1)]
                                                          /\ moved' = [moved EXCEPT ![self] = TRUE]
                                                     ELSE /\ TRUE
                                                          /\ UNCHANGED << shipLocations, 
                                                                          moved >>
                                               /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipStates, 
                                         lockCommand, requests, retryQueue, 
                                         retryCount, entryRequests, 
                                         exitRequests, lockBusy, lockOwner, 
                                         req, ship_id, lock_id, side, 
                                         target_loc, grant, served >>

ShipRequestWestInLock(self) == /\ pc[self] = "ShipRequestWestInLock"
                               /\ IF Controller # "optionC"
                                     THEN /\ requests' = Append(requests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "west"]))
                                          /\ UNCHANGED << entryRequests, 
                                                          exitRequests >>
                                     ELSE /\ IF InLock(([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "west"]).ship)
                                                THEN /\ exitRequests' = Append(exitRequests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "west"]))
                                                     /\ UNCHANGED entryRequests
                                                ELSE /\ entryRequests' = Append(entryRequests, ([ship |-> self, lock |-> LockAt(shipLocations[self]), side |-> "west"]))
                                                     /\ UNCHANGED exitRequests
                                          /\ UNCHANGED requests
                               /\ pc' = [pc EXCEPT ![self] = "ShipWaitForWestInLock"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipLocations, shipStates, 
                                               lockCommand, permissions, moved, 
                                               retryQueue, retryCount, 
                                               lockBusy, lockOwner, perm, req, 
                                               ship_id, lock_id, side, 
                                               target_loc, grant, served >>

ShipWaitForWestInLock(self) == /\ pc[self] = "ShipWaitForWestInLock"
                               /\ IF ShipProcess = "as_given"
                                     THEN /\ (permissions[self]) # << >>
                                          /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                          /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                          /\ pc' = [pc EXCEPT ![self] = "ShipMoveWest"]
                                          /\ UNCHANGED << shipLocations, moved >>
                                     ELSE /\ IF ShipProcess = "clear_after_move"
                                                THEN /\ permissions[self] # << >>
                                                     /\ perm' = [perm EXCEPT ![self] = Head(permissions[self])]
                                                     /\ pc' = [pc EXCEPT ![self] = "ShipMoveWest"]
                                                     /\ UNCHANGED << shipLocations, 
                                                                     permissions, 
                                                                     moved >>
                                                ELSE /\ (permissions[self]) # << >>
                                                     /\ perm' = [perm EXCEPT ![self] = Head((permissions[self]))]
                                                     /\ permissions' = [permissions EXCEPT ![self] = Tail((permissions[self]))]
                                                     /\ IF perm'[self].granted
                                                           THEN /\ shipLocations' = [shipLocations EXCEPT ![self] = shipLocations[self] + (-1)]
                                                                /\ moved' = [moved EXCEPT ![self] = TRUE]
                                                           ELSE /\ TRUE
                                                                /\ UNCHANGED << shipLocations, 
                                                                                moved >>
                                                     /\ pc' = [pc EXCEPT ![self] = "ShipNextIteration"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipStates, lockCommand, 
                                               requests, retryQueue, 
                                               retryCount, entryRequests, 
                                               exitRequests, lockBusy, 
                                               lockOwner, req, ship_id, 
                                               lock_id, side, target_loc, 
                                               grant, served >>

shipProcess(self) == ShipNextIteration(self) \/ ShipGoalReachedEast(self)
                        \/ ShipMoveEast(self) \/ ShipRequestWest(self)
                        \/ ShipWaitForWest(self)
                        \/ ShipRequestEastInLock(self)
                        \/ ShipWaitForEastInLock(self)
                        \/ ShipTurnAround(self)
                        \/ ShipGoalReachedWest(self) \/ ShipMoveWest(self)
                        \/ ShipRequestEast(self) \/ ShipWaitForEast(self)
                        \/ ShipRequestWestInLock(self)
                        \/ ShipWaitForWestInLock(self)

ControlNextRequest == /\ pc[0] = "ControlNextRequest"
                      /\ Controller # "keepers"
                      /\ IF Controller = "option2" /\ requests = << >> /\ retryQueue # << >>
                            THEN /\ requests' = retryQueue
                                 /\ retryQueue' = << >>
                            ELSE /\ TRUE
                                 /\ UNCHANGED << requests, retryQueue >>
                      /\ pc' = [pc EXCEPT ![0] = "ControlReadRequest"]
                      /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                      waterLevel, shipLocations, shipStates, 
                                      lockCommand, permissions, moved, 
                                      retryCount, entryRequests, exitRequests, 
                                      lockBusy, lockOwner, perm, req, ship_id, 
                                      lock_id, side, target_loc, grant, served >>

ControlReadRequest == /\ pc[0] = "ControlReadRequest"
                      /\ IF Controller # "optionC"
                            THEN /\ requests # << >>
                                 /\ req' = Head(requests)
                                 /\ requests' = Tail(requests)
                                 /\ UNCHANGED << entryRequests, exitRequests >>
                            ELSE /\ IF exitRequests # << >>
                                       THEN /\ exitRequests # << >>
                                            /\ req' = Head(exitRequests)
                                            /\ exitRequests' = Tail(exitRequests)
                                            /\ UNCHANGED entryRequests
                                       ELSE /\ entryRequests # << >>
                                            /\ req' = Head(entryRequests)
                                            /\ entryRequests' = Tail(entryRequests)
                                            /\ UNCHANGED exitRequests
                                 /\ UNCHANGED requests
                      /\ ship_id' = req'.ship
                      /\ lock_id' = req'.lock
                      /\ side' = req'.side
                      /\ pc' = [pc EXCEPT ![0] = "ControlCheckConditions"]
                      /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                      waterLevel, shipLocations, shipStates, 
                                      lockCommand, permissions, moved, 
                                      retryQueue, retryCount, lockBusy, 
                                      lockOwner, perm, target_loc, grant, 
                                      served >>

ControlCheckConditions == /\ pc[0] = "ControlCheckConditions"
                          /\ target_loc' = Ahead(ship_id)
                          /\ IF Controller # "alpha"
                                THEN /\ pc' = [pc EXCEPT ![0] = "ControlCheckCapacity"]
                                ELSE /\ pc' = [pc EXCEPT ![0] = "ControlReleaseLocks"]
                          /\ UNCHANGED << lockOrientations, doorsOpen, 
                                          valvesOpen, waterLevel, 
                                          shipLocations, shipStates, 
                                          lockCommand, requests, permissions, 
                                          moved, retryQueue, retryCount, 
                                          entryRequests, exitRequests, 
                                          lockBusy, lockOwner, perm, req, 
                                          ship_id, lock_id, side, grant, 
                                          served >>

ControlReleaseLocks == /\ pc[0] = "ControlReleaseLocks"
                       /\ /\ lockBusy' = [l \in Locks |-> lockBusy[l] /\ ~moved[lockOwner[l]]]
                          /\ lockOwner' =               [l \in Locks |->
                                          IF lockBusy[l] /\ moved[lockOwner[l]] THEN NoShip ELSE lockOwner[l]]
                          /\ moved' =        [s \in Ships |->
                                      moved[s] /\ ~\E l \in Locks : lockBusy[l] /\ lockOwner[l] = s]
                       /\ pc' = [pc EXCEPT ![0] = "ControlCheckCapacity"]
                       /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                       waterLevel, shipLocations, shipStates, 
                                       lockCommand, requests, permissions, 
                                       retryQueue, retryCount, entryRequests, 
                                       exitRequests, perm, req, ship_id, 
                                       lock_id, side, target_loc, grant, 
                                       served >>

ControlCheckCapacity == /\ pc[0] = "ControlCheckCapacity"
                        /\ grant' = (/\ Room(ship_id, lock_id, target_loc)
                                     /\ IF Controller = "alpha" THEN ~lockBusy[lock_id] ELSE NoPermissionOut(lock_id))
                        /\ pc' = [pc EXCEPT ![0] = "ControlDecideGrantOrRetry"]
                        /\ UNCHANGED << lockOrientations, doorsOpen, 
                                        valvesOpen, waterLevel, shipLocations, 
                                        shipStates, lockCommand, requests, 
                                        permissions, moved, retryQueue, 
                                        retryCount, entryRequests, 
                                        exitRequests, lockBusy, lockOwner, 
                                        perm, req, ship_id, lock_id, side, 
                                        target_loc, served >>

ControlDecideGrantOrRetry == /\ pc[0] = "ControlDecideGrantOrRetry"
                             /\ IF grant
                                   THEN /\ IF Controller = "option4"
                                              THEN /\ retryCount' = [retryCount EXCEPT ![ship_id] = 0]
                                                   /\ UNCHANGED << lockBusy, 
                                                                   lockOwner >>
                                              ELSE /\ IF Controller = "alpha"
                                                         THEN /\ lockBusy' = [lockBusy EXCEPT ![lock_id] = TRUE]
                                                              /\ lockOwner' = [lockOwner EXCEPT ![lock_id] = ship_id]
                                                         ELSE /\ TRUE
                                                              /\ UNCHANGED << lockBusy, 
                                                                              lockOwner >>
                                                   /\ UNCHANGED retryCount
                                        /\ pc' = [pc EXCEPT ![0] = "ControlCloseBothDoors"]
                                        /\ UNCHANGED << requests, retryQueue, 
                                                        entryRequests, 
                                                        exitRequests, grant >>
                                   ELSE /\ IF Controller = "option2"
                                              THEN /\ retryQueue' = Append(retryQueue, req)
                                                   /\ pc' = [pc EXCEPT ![0] = "ControlNextRequest"]
                                                   /\ UNCHANGED << requests, 
                                                                   retryCount, 
                                                                   entryRequests, 
                                                                   exitRequests, 
                                                                   grant >>
                                              ELSE /\ IF Controller = "option4" /\ retryCount[ship_id] >= MaxRetries
                                                         THEN /\ Room(ship_id, lock_id, target_loc)
                                                              /\ retryCount' = [retryCount EXCEPT ![ship_id] = 0]
                                                              /\ grant' = TRUE
                                                              /\ pc' = [pc EXCEPT ![0] = "ControlCloseBothDoors"]
                                                              /\ UNCHANGED << requests, 
                                                                              entryRequests, 
                                                                              exitRequests >>
                                                         ELSE /\ IF Controller = "option4"
                                                                    THEN /\ retryCount' = [retryCount EXCEPT ![ship_id] = retryCount[ship_id] + 1]
                                                                    ELSE /\ TRUE
                                                                         /\ UNCHANGED retryCount
                                                              /\ IF Controller # "optionC"
                                                                    THEN /\ requests' = Append(requests, req)
                                                                         /\ UNCHANGED << entryRequests, 
                                                                                         exitRequests >>
                                                                    ELSE /\ IF InLock(req.ship)
                                                                               THEN /\ exitRequests' = Append(exitRequests, req)
                                                                                    /\ UNCHANGED entryRequests
                                                                               ELSE /\ entryRequests' = Append(entryRequests, req)
                                                                                    /\ UNCHANGED exitRequests
                                                                         /\ UNCHANGED requests
                                                              /\ pc' = [pc EXCEPT ![0] = "ControlNextRequest"]
                                                              /\ grant' = grant
                                                   /\ UNCHANGED retryQueue
                                        /\ UNCHANGED << lockBusy, lockOwner >>
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, shipStates, 
                                             lockCommand, permissions, moved, 
                                             perm, req, ship_id, lock_id, side, 
                                             target_loc, served >>

ControlCloseBothDoors == /\ pc[0] = "ControlCloseBothDoors"
                         /\ Finished(lock_id)
                         /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = DoorCommand((LowSide(lockOrientations[lock_id])), FALSE)]
                         /\ pc' = [pc EXCEPT ![0] = "ControlWaitLowDoorClosed"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipLocations, 
                                         shipStates, requests, permissions, 
                                         moved, retryQueue, retryCount, 
                                         entryRequests, exitRequests, lockBusy, 
                                         lockOwner, perm, req, ship_id, 
                                         lock_id, side, target_loc, grant, 
                                         served >>

ControlWaitLowDoorClosed == /\ pc[0] = "ControlWaitLowDoorClosed"
                            /\ Finished(lock_id)
                            /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = DoorCommand((HighSide(lockOrientations[lock_id])), FALSE)]
                            /\ pc' = [pc EXCEPT ![0] = "ControlWaitHighDoorClosed"]
                            /\ UNCHANGED << lockOrientations, doorsOpen, 
                                            valvesOpen, waterLevel, 
                                            shipLocations, shipStates, 
                                            requests, permissions, moved, 
                                            retryQueue, retryCount, 
                                            entryRequests, exitRequests, 
                                            lockBusy, lockOwner, perm, req, 
                                            ship_id, lock_id, side, target_loc, 
                                            grant, served >>

ControlWaitHighDoorClosed == /\ pc[0] = "ControlWaitHighDoorClosed"
                             /\ Finished(lock_id)
                             /\ pc' = [pc EXCEPT ![0] = "ControlAdjustWaterLevel"]
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, shipStates, 
                                             lockCommand, requests, 
                                             permissions, moved, retryQueue, 
                                             retryCount, entryRequests, 
                                             exitRequests, lockBusy, lockOwner, 
                                             perm, req, ship_id, lock_id, side, 
                                             target_loc, grant, served >>

ControlAdjustWaterLevel == /\ pc[0] = "ControlAdjustWaterLevel"
                           /\ IF waterLevel[lock_id] # LevelNeeded(lock_id, side)
                                 THEN /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = ValveCommand((OtherLevel(LevelNeeded(lock_id, side))), FALSE)]
                                      /\ pc' = [pc EXCEPT ![0] = "ControlWaitOppositeValveClosed"]
                                 ELSE /\ pc' = [pc EXCEPT ![0] = "ControlOpenRequestedDoor"]
                                      /\ UNCHANGED lockCommand
                           /\ UNCHANGED << lockOrientations, doorsOpen, 
                                           valvesOpen, waterLevel, 
                                           shipLocations, shipStates, requests, 
                                           permissions, moved, retryQueue, 
                                           retryCount, entryRequests, 
                                           exitRequests, lockBusy, lockOwner, 
                                           perm, req, ship_id, lock_id, side, 
                                           target_loc, grant, served >>

ControlWaitOppositeValveClosed == /\ pc[0] = "ControlWaitOppositeValveClosed"
                                  /\ Finished(lock_id)
                                  /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = ValveCommand((LevelNeeded(lock_id, side)), TRUE)]
                                  /\ pc' = [pc EXCEPT ![0] = "ControlWaitValveOpen"]
                                  /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                  valvesOpen, waterLevel, 
                                                  shipLocations, shipStates, 
                                                  requests, permissions, moved, 
                                                  retryQueue, retryCount, 
                                                  entryRequests, exitRequests, 
                                                  lockBusy, lockOwner, perm, 
                                                  req, ship_id, lock_id, side, 
                                                  target_loc, grant, served >>

ControlWaitValveOpen == /\ pc[0] = "ControlWaitValveOpen"
                        /\ Finished(lock_id)
                        /\ pc' = [pc EXCEPT ![0] = "ControlWaitWaterLevel"]
                        /\ UNCHANGED << lockOrientations, doorsOpen, 
                                        valvesOpen, waterLevel, shipLocations, 
                                        shipStates, lockCommand, requests, 
                                        permissions, moved, retryQueue, 
                                        retryCount, entryRequests, 
                                        exitRequests, lockBusy, lockOwner, 
                                        perm, req, ship_id, lock_id, side, 
                                        target_loc, grant, served >>

ControlWaitWaterLevel == /\ pc[0] = "ControlWaitWaterLevel"
                         /\ waterLevel[lock_id] = LevelNeeded(lock_id, side)
                         /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = ValveCommand((LevelNeeded(lock_id, side)), FALSE)]
                         /\ pc' = [pc EXCEPT ![0] = "ControlWaitValveClosed"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipLocations, 
                                         shipStates, requests, permissions, 
                                         moved, retryQueue, retryCount, 
                                         entryRequests, exitRequests, lockBusy, 
                                         lockOwner, perm, req, ship_id, 
                                         lock_id, side, target_loc, grant, 
                                         served >>

ControlWaitValveClosed == /\ pc[0] = "ControlWaitValveClosed"
                          /\ Finished(lock_id)
                          /\ pc' = [pc EXCEPT ![0] = "ControlOpenRequestedDoor"]
                          /\ UNCHANGED << lockOrientations, doorsOpen, 
                                          valvesOpen, waterLevel, 
                                          shipLocations, shipStates, 
                                          lockCommand, requests, permissions, 
                                          moved, retryQueue, retryCount, 
                                          entryRequests, exitRequests, 
                                          lockBusy, lockOwner, perm, req, 
                                          ship_id, lock_id, side, target_loc, 
                                          grant, served >>

ControlOpenRequestedDoor == /\ pc[0] = "ControlOpenRequestedDoor"
                            /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = DoorCommand(side, TRUE)]
                            /\ pc' = [pc EXCEPT ![0] = "ControlWaitDoorOpen"]
                            /\ UNCHANGED << lockOrientations, doorsOpen, 
                                            valvesOpen, waterLevel, 
                                            shipLocations, shipStates, 
                                            requests, permissions, moved, 
                                            retryQueue, retryCount, 
                                            entryRequests, exitRequests, 
                                            lockBusy, lockOwner, perm, req, 
                                            ship_id, lock_id, side, target_loc, 
                                            grant, served >>

ControlWaitDoorOpen == /\ pc[0] = "ControlWaitDoorOpen"
                       /\ Finished(lock_id)
                       /\ pc' = [pc EXCEPT ![0] = "ControlGrantPermission"]
                       /\ UNCHANGED << lockOrientations, doorsOpen, valvesOpen, 
                                       waterLevel, shipLocations, shipStates, 
                                       lockCommand, requests, permissions, 
                                       moved, retryQueue, retryCount, 
                                       entryRequests, exitRequests, lockBusy, 
                                       lockOwner, perm, req, ship_id, lock_id, 
                                       side, target_loc, grant, served >>

ControlGrantPermission == /\ pc[0] = "ControlGrantPermission"
                          /\ permissions' = [permissions EXCEPT ![ship_id] = Append((permissions[ship_id]), ([lock |-> lock_id, granted |-> TRUE]))]
                          /\ IF Controller # "await_move"
                                THEN /\ pc' = [pc EXCEPT ![0] = "ControlNextRequest"]
                                ELSE /\ pc' = [pc EXCEPT ![0] = "ControlWaitForShipMovement"]
                          /\ UNCHANGED << lockOrientations, doorsOpen, 
                                          valvesOpen, waterLevel, 
                                          shipLocations, shipStates, 
                                          lockCommand, requests, moved, 
                                          retryQueue, retryCount, 
                                          entryRequests, exitRequests, 
                                          lockBusy, lockOwner, perm, req, 
                                          ship_id, lock_id, side, target_loc, 
                                          grant, served >>

ControlWaitForShipMovement == /\ pc[0] = "ControlWaitForShipMovement"
                              /\ moved[ship_id]
                              /\ moved' = [moved EXCEPT ![ship_id] = FALSE]
                              /\ lockCommand' = [lockCommand EXCEPT ![lock_id] = DoorCommand(side, FALSE)]
                              /\ pc' = [pc EXCEPT ![0] = "ControlWaitDoorClosed"]
                              /\ UNCHANGED << lockOrientations, doorsOpen, 
                                              valvesOpen, waterLevel, 
                                              shipLocations, shipStates, 
                                              requests, permissions, 
                                              retryQueue, retryCount, 
                                              entryRequests, exitRequests, 
                                              lockBusy, lockOwner, perm, req, 
                                              ship_id, lock_id, side, 
                                              target_loc, grant, served >>

ControlWaitDoorClosed == /\ pc[0] = "ControlWaitDoorClosed"
                         /\ Finished(lock_id)
                         /\ pc' = [pc EXCEPT ![0] = "ControlNextRequest"]
                         /\ UNCHANGED << lockOrientations, doorsOpen, 
                                         valvesOpen, waterLevel, shipLocations, 
                                         shipStates, lockCommand, requests, 
                                         permissions, moved, retryQueue, 
                                         retryCount, entryRequests, 
                                         exitRequests, lockBusy, lockOwner, 
                                         perm, req, ship_id, lock_id, side, 
                                         target_loc, grant, served >>

controlProcess == ControlNextRequest \/ ControlReadRequest
                     \/ ControlCheckConditions \/ ControlReleaseLocks
                     \/ ControlCheckCapacity \/ ControlDecideGrantOrRetry
                     \/ ControlCloseBothDoors \/ ControlWaitLowDoorClosed
                     \/ ControlWaitHighDoorClosed
                     \/ ControlAdjustWaterLevel
                     \/ ControlWaitOppositeValveClosed
                     \/ ControlWaitValveOpen \/ ControlWaitWaterLevel
                     \/ ControlWaitValveClosed \/ ControlOpenRequestedDoor
                     \/ ControlWaitDoorOpen \/ ControlGrantPermission
                     \/ ControlWaitForShipMovement \/ ControlWaitDoorClosed

KeeperTakeRequest(self) == /\ pc[self] = "KeeperTakeRequest"
                           /\ Controller = "keepers" /\ ServiceableFor(LockOfKeeper(self)) # {}
                           /\ LET position == Oldest(ServiceableFor(LockOfKeeper(self))) IN
                                /\ served' = [served EXCEPT ![self] = [ship |-> requests[position].ship, side |-> requests[position].side]]
                                /\ requests' = Remove(requests, position)
                           /\ pc' = [pc EXCEPT ![self] = "KeeperCloseBothDoors"]
                           /\ UNCHANGED << lockOrientations, doorsOpen, 
                                           valvesOpen, waterLevel, 
                                           shipLocations, shipStates, 
                                           lockCommand, permissions, moved, 
                                           retryQueue, retryCount, 
                                           entryRequests, exitRequests, 
                                           lockBusy, lockOwner, perm, req, 
                                           ship_id, lock_id, side, target_loc, 
                                           grant >>

KeeperCloseBothDoors(self) == /\ pc[self] = "KeeperCloseBothDoors"
                              /\ Finished(LockOfKeeper(self))
                              /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = DoorCommand((LowSide(lockOrientations[LockOfKeeper(self)])), FALSE)]
                              /\ pc' = [pc EXCEPT ![self] = "KeeperWaitLowDoorClosed"]
                              /\ UNCHANGED << lockOrientations, doorsOpen, 
                                              valvesOpen, waterLevel, 
                                              shipLocations, shipStates, 
                                              requests, permissions, moved, 
                                              retryQueue, retryCount, 
                                              entryRequests, exitRequests, 
                                              lockBusy, lockOwner, perm, req, 
                                              ship_id, lock_id, side, 
                                              target_loc, grant, served >>

KeeperWaitLowDoorClosed(self) == /\ pc[self] = "KeeperWaitLowDoorClosed"
                                 /\ Finished(LockOfKeeper(self))
                                 /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = DoorCommand((HighSide(lockOrientations[LockOfKeeper(self)])), FALSE)]
                                 /\ pc' = [pc EXCEPT ![self] = "KeeperWaitHighDoorClosed"]
                                 /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                 valvesOpen, waterLevel, 
                                                 shipLocations, shipStates, 
                                                 requests, permissions, moved, 
                                                 retryQueue, retryCount, 
                                                 entryRequests, exitRequests, 
                                                 lockBusy, lockOwner, perm, 
                                                 req, ship_id, lock_id, side, 
                                                 target_loc, grant, served >>

KeeperWaitHighDoorClosed(self) == /\ pc[self] = "KeeperWaitHighDoorClosed"
                                  /\ Finished(LockOfKeeper(self))
                                  /\ pc' = [pc EXCEPT ![self] = "KeeperAdjustWaterLevel"]
                                  /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                  valvesOpen, waterLevel, 
                                                  shipLocations, shipStates, 
                                                  lockCommand, requests, 
                                                  permissions, moved, 
                                                  retryQueue, retryCount, 
                                                  entryRequests, exitRequests, 
                                                  lockBusy, lockOwner, perm, 
                                                  req, ship_id, lock_id, side, 
                                                  target_loc, grant, served >>

KeeperAdjustWaterLevel(self) == /\ pc[self] = "KeeperAdjustWaterLevel"
                                /\ IF waterLevel[LockOfKeeper(self)] # LevelNeeded(LockOfKeeper(self), served[self].side)
                                      THEN /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = ValveCommand((OtherLevel(LevelNeeded(LockOfKeeper(self), served[self].side))), FALSE)]
                                           /\ pc' = [pc EXCEPT ![self] = "KeeperWaitOppositeValveClosed"]
                                      ELSE /\ pc' = [pc EXCEPT ![self] = "KeeperOpenRequestedDoor"]
                                           /\ UNCHANGED lockCommand
                                /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                valvesOpen, waterLevel, 
                                                shipLocations, shipStates, 
                                                requests, permissions, moved, 
                                                retryQueue, retryCount, 
                                                entryRequests, exitRequests, 
                                                lockBusy, lockOwner, perm, req, 
                                                ship_id, lock_id, side, 
                                                target_loc, grant, served >>

KeeperWaitOppositeValveClosed(self) == /\ pc[self] = "KeeperWaitOppositeValveClosed"
                                       /\ Finished(LockOfKeeper(self))
                                       /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = ValveCommand((LevelNeeded(LockOfKeeper(self), served[self].side)), TRUE)]
                                       /\ pc' = [pc EXCEPT ![self] = "KeeperWaitValveOpen"]
                                       /\ UNCHANGED << lockOrientations, 
                                                       doorsOpen, valvesOpen, 
                                                       waterLevel, 
                                                       shipLocations, 
                                                       shipStates, requests, 
                                                       permissions, moved, 
                                                       retryQueue, retryCount, 
                                                       entryRequests, 
                                                       exitRequests, lockBusy, 
                                                       lockOwner, perm, req, 
                                                       ship_id, lock_id, side, 
                                                       target_loc, grant, 
                                                       served >>

KeeperWaitValveOpen(self) == /\ pc[self] = "KeeperWaitValveOpen"
                             /\ Finished(LockOfKeeper(self))
                             /\ pc' = [pc EXCEPT ![self] = "KeeperWaitWaterLevel"]
                             /\ UNCHANGED << lockOrientations, doorsOpen, 
                                             valvesOpen, waterLevel, 
                                             shipLocations, shipStates, 
                                             lockCommand, requests, 
                                             permissions, moved, retryQueue, 
                                             retryCount, entryRequests, 
                                             exitRequests, lockBusy, lockOwner, 
                                             perm, req, ship_id, lock_id, side, 
                                             target_loc, grant, served >>

KeeperWaitWaterLevel(self) == /\ pc[self] = "KeeperWaitWaterLevel"
                              /\ waterLevel[LockOfKeeper(self)] = LevelNeeded(LockOfKeeper(self), served[self].side)
                              /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = ValveCommand((LevelNeeded(LockOfKeeper(self), served[self].side)), FALSE)]
                              /\ pc' = [pc EXCEPT ![self] = "KeeperWaitValveClosed"]
                              /\ UNCHANGED << lockOrientations, doorsOpen, 
                                              valvesOpen, waterLevel, 
                                              shipLocations, shipStates, 
                                              requests, permissions, moved, 
                                              retryQueue, retryCount, 
                                              entryRequests, exitRequests, 
                                              lockBusy, lockOwner, perm, req, 
                                              ship_id, lock_id, side, 
                                              target_loc, grant, served >>

KeeperWaitValveClosed(self) == /\ pc[self] = "KeeperWaitValveClosed"
                               /\ Finished(LockOfKeeper(self))
                               /\ pc' = [pc EXCEPT ![self] = "KeeperOpenRequestedDoor"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipLocations, shipStates, 
                                               lockCommand, requests, 
                                               permissions, moved, retryQueue, 
                                               retryCount, entryRequests, 
                                               exitRequests, lockBusy, 
                                               lockOwner, perm, req, ship_id, 
                                               lock_id, side, target_loc, 
                                               grant, served >>

KeeperOpenRequestedDoor(self) == /\ pc[self] = "KeeperOpenRequestedDoor"
                                 /\ lockCommand' = [lockCommand EXCEPT ![(LockOfKeeper(self))] = DoorCommand((served[self].side), TRUE)]
                                 /\ pc' = [pc EXCEPT ![self] = "KeeperWaitDoorOpen"]
                                 /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                 valvesOpen, waterLevel, 
                                                 shipLocations, shipStates, 
                                                 requests, permissions, moved, 
                                                 retryQueue, retryCount, 
                                                 entryRequests, exitRequests, 
                                                 lockBusy, lockOwner, perm, 
                                                 req, ship_id, lock_id, side, 
                                                 target_loc, grant, served >>

KeeperWaitDoorOpen(self) == /\ pc[self] = "KeeperWaitDoorOpen"
                            /\ Finished(LockOfKeeper(self))
                            /\ pc' = [pc EXCEPT ![self] = "KeeperGrantPermission"]
                            /\ UNCHANGED << lockOrientations, doorsOpen, 
                                            valvesOpen, waterLevel, 
                                            shipLocations, shipStates, 
                                            lockCommand, requests, permissions, 
                                            moved, retryQueue, retryCount, 
                                            entryRequests, exitRequests, 
                                            lockBusy, lockOwner, perm, req, 
                                            ship_id, lock_id, side, target_loc, 
                                            grant, served >>

KeeperGrantPermission(self) == /\ pc[self] = "KeeperGrantPermission"
                               /\ permissions' = [permissions EXCEPT ![served[self].ship] = Append((permissions[served[self].ship]), ([lock |-> LockOfKeeper(self), granted |-> TRUE]))]
                               /\ pc' = [pc EXCEPT ![self] = "KeeperWaitForShipMovement"]
                               /\ UNCHANGED << lockOrientations, doorsOpen, 
                                               valvesOpen, waterLevel, 
                                               shipLocations, shipStates, 
                                               lockCommand, requests, moved, 
                                               retryQueue, retryCount, 
                                               entryRequests, exitRequests, 
                                               lockBusy, lockOwner, perm, req, 
                                               ship_id, lock_id, side, 
                                               target_loc, grant, served >>

KeeperWaitForShipMovement(self) == /\ pc[self] = "KeeperWaitForShipMovement"
                                   /\ moved[served[self].ship]
                                   /\ moved' = [moved EXCEPT ![served[self].ship] = FALSE]
                                   /\ served' = [served EXCEPT ![self] = [ship |-> NoShip, side |-> "west"]]
                                   /\ pc' = [pc EXCEPT ![self] = "KeeperTakeRequest"]
                                   /\ UNCHANGED << lockOrientations, doorsOpen, 
                                                   valvesOpen, waterLevel, 
                                                   shipLocations, shipStates, 
                                                   lockCommand, requests, 
                                                   permissions, retryQueue, 
                                                   retryCount, entryRequests, 
                                                   exitRequests, lockBusy, 
                                                   lockOwner, perm, req, 
                                                   ship_id, lock_id, side, 
                                                   target_loc, grant >>

keeperProcess(self) == KeeperTakeRequest(self)
                          \/ KeeperCloseBothDoors(self)
                          \/ KeeperWaitLowDoorClosed(self)
                          \/ KeeperWaitHighDoorClosed(self)
                          \/ KeeperAdjustWaterLevel(self)
                          \/ KeeperWaitOppositeValveClosed(self)
                          \/ KeeperWaitValveOpen(self)
                          \/ KeeperWaitWaterLevel(self)
                          \/ KeeperWaitValveClosed(self)
                          \/ KeeperOpenRequestedDoor(self)
                          \/ KeeperWaitDoorOpen(self)
                          \/ KeeperGrantPermission(self)
                          \/ KeeperWaitForShipMovement(self)

Next == controlProcess
           \/ (\E self \in Locks: lockProcess(self))
           \/ (\E self \in Ships: shipProcess(self))
           \/ (\E self \in Keepers: keeperProcess(self))

Spec == Init /\ [][Next]_vars

\* END TRANSLATION - the hash of the generated TLA code (remove to silence divergence warnings): TLA-39730bdd2b151c6c8a445c1616444e8c

-----------------------------------------------------------------------------
(* Every process goes on when it can go on for ever.                         *)
FairSpec ==
    /\ Spec
    /\ WF_vars(controlProcess)
    /\ \A l \in Locks : WF_vars(lockProcess(l))
    /\ \A s \in Ships : WF_vars(shipProcess(s))
    /\ \A k \in Keepers : WF_vars(keeperProcess(k))

-----------------------------------------------------------------------------
(* Types.                                                                    *)
ControlLabels ==
    {"ControlNextRequest", "ControlReadRequest", "ControlCheckConditions",
     "ControlReleaseLocks", "ControlCheckCapacity", "ControlDecideGrantOrRetry",
     "ControlCloseBothDoors", "ControlWaitLowDoorClosed", "ControlWaitHighDoorClosed",
     "ControlAdjustWaterLevel", "ControlWaitOppositeValveClosed", "ControlWaitValveOpen",
     "ControlWaitWaterLevel", "ControlWaitValveClosed", "ControlOpenRequestedDoor",
     "ControlWaitDoorOpen", "ControlGrantPermission", "ControlWaitForShipMovement",
     "ControlWaitDoorClosed"}

KeeperLabels ==
    {"KeeperTakeRequest", "KeeperCloseBothDoors", "KeeperWaitLowDoorClosed",
     "KeeperWaitHighDoorClosed", "KeeperAdjustWaterLevel", "KeeperWaitOppositeValveClosed",
     "KeeperWaitValveOpen", "KeeperWaitWaterLevel", "KeeperWaitValveClosed",
     "KeeperOpenRequestedDoor", "KeeperWaitDoorOpen", "KeeperGrantPermission",
     "KeeperWaitForShipMovement"}

LockLabels == {"LockWaitForCommand", "LockUpdateWaterLevel", "LockCommandFinished"}

(* Where a ship that goes east, or west, waits for its permission.           *)
WaitLabelsEast == {"ShipWaitForWest", "ShipWaitForEastInLock"}
WaitLabelsWest == {"ShipWaitForEast", "ShipWaitForWestInLock"}
WaitLabels == WaitLabelsEast \cup WaitLabelsWest

ShipLabels ==
    {"ShipNextIteration", "ShipGoalReachedEast", "ShipRequestWest", "ShipRequestEastInLock",
     "ShipMoveEast", "ShipGoalReachedWest", "ShipRequestEast", "ShipRequestWestInLock",
     "ShipMoveWest", "ShipTurnAround"} \cup WaitLabels

Queues == {requests, retryQueue, entryRequests, exitRequests}

(* Each record and function of this module, and where each process may be.   *)
TypeOK ==
    /\ lockOrientations \in [Locks -> Orientations]
    /\ doorsOpen \in [Locks -> [Sides -> BOOLEAN]]
    /\ valvesOpen \in [Locks -> [Levels -> BOOLEAN]]
    /\ waterLevel \in [Locks -> Levels]
    /\ shipLocations \in [Ships -> Locations]
    /\ shipStates \in [Ships -> ShipStates]
    /\ lockCommand \in [Locks -> Commands]
    /\ \A queue \in Queues : Range(queue) \subseteq Requests
    /\ DOMAIN permissions = Ships
    /\ \A s \in Ships : Range(permissions[s]) \subseteq Permissions
    /\ moved \in [Ships -> BOOLEAN]
    /\ retryCount \in [Ships -> 0..MaxRetries]
    /\ lockBusy \in [Locks -> BOOLEAN]
    /\ lockOwner \in [Locks -> Ships \cup {NoShip}]
    /\ perm \in [Ships -> Permissions]
    /\ req \in Requests
    /\ ship_id \in Ships
    /\ lock_id \in Locks
    /\ side \in Sides
    /\ target_loc \in Locations
    /\ grant \in BOOLEAN
    /\ served \in [Keepers -> [ship : Ships \cup {NoShip}, side : Sides]]
    /\ pc[0] \in ControlLabels
    /\ \A l \in Locks : pc[l] \in LockLabels
    /\ \A s \in Ships : pc[s] \in ShipLabels
    /\ \A k \in Keepers : pc[k] \in KeeperLabels

(* No ship asks twice, or is answered twice, before it has moved.            *)
MessagesOK ==
    /\ Len(requests) + Len(retryQueue) + Len(entryRequests) + Len(exitRequests) <= NumShips
    /\ \A s \in Ships : Len(permissions[s]) <= 1

-----------------------------------------------------------------------------
(* Safety of the locks.                                                      *)
DoorsMutex ==
    \A l \in Locks : ~(doorsOpen[l]["west"] /\ doorsOpen[l]["east"])

DoorsOpenValvesClosed ==
    \A l \in Locks :
        (\E d \in Sides : doorsOpen[l][d]) => \A v \in Levels : ~valvesOpen[l][v]

DoorsOpenWaterlevelRight ==
    \A l \in Locks : \A d \in Sides :
        doorsOpen[l][d] => waterLevel[l] = LevelNeeded(l, d)

MaxShipsPerLocation ==
    \A loc \in Locations : Cardinality(ShipsAt(loc)) <= Capacity(loc)

-----------------------------------------------------------------------------
(* What a ship may rely on.  Each of these speaks of a step that a ship can  *)
(* take now, and no await keeps the ship from it.  So it is violated in a    *)
(* state exactly if an assertion in that step would fail from that state.    *)

(* The lock that a ship is in, or that it comes to next, and the door of it  *)
(* that the ship's next move goes through.                                   *)
LockInQuestion(ship) ==
    IF InLock(ship) THEN LockAt(shipLocations[ship])
    ELSE IF shipStates[ship] = "go_to_east" THEN NextLockEast(shipLocations[ship])
    ELSE NextLockWest(shipLocations[ship])

DoorInQuestion(ship) ==
    IF InLock(ship) = (shipStates[ship] = "go_to_east") THEN "east" ELSE "west"

HasPermission(ship) == permissions[ship] # << >>

(* The next step of this ship is a move.                                     *)
AboutToMove(ship) ==
    IF ShipProcess = "atomic_move"
    THEN pc[ship] \in WaitLabels /\ HasPermission(ship) /\ Head(permissions[ship]).granted
    ELSE pc[ship] \in {"ShipMoveEast", "ShipMoveWest"} /\ perm[ship].granted

(* No ship moves against a closed door.                                      *)
DoorOpenWhenMoving ==
    \A s \in Ships :
        AboutToMove(s) => doorsOpen[LockInQuestion(s)][DoorInQuestion(s)]

(* A ship that waits is given a permission for the lock that it asked for.   *)
PermissionForRightLock ==
    \A s \in Ships :
        (pc[s] \in WaitLabels /\ HasPermission(s)) =>
            Head(permissions[s]).lock = LockInQuestion(s)

-----------------------------------------------------------------------------
(* Can all ships have reached their goals at the same time?  TLC answers by  *)
(* breaking NotAllAtGoal.                                                    *)
AllShipsReachGoal == \A s \in Ships : shipStates[s] = "goal_reached"
NotAllAtGoal == ~AllShipsReachGoal

-----------------------------------------------------------------------------
(* Liveness, under FairSpec.                                                 *)

(* A request waits where a controller looks for it.  What option2 has put    *)
(* into its retryQueue does not count.                                       *)
Queued(ship) ==
    \E r \in Range(requests) \cup Range(entryRequests) \cup Range(exitRequests) :
        r.ship = ship

RequestLockFulfilled ==
    \A s \in Ships : (~InLock(s) /\ Queued(s)) ~> InLock(s)

WaterlevelChange ==
    \A l \in Locks : \A level \in Levels : []<>(waterLevel[l] = level)

RequestsShips ==
    \A s \in Ships : []<>Queued(s)

ShipsReachGoals ==
    \A s \in Ships :
        /\ []<>(shipLocations[s] = WestEnd)
        /\ []<>(shipLocations[s] = EastEnd)
=============================================================================
