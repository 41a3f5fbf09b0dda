//! The store on a simulated disk: every crash of a short run, every flipped bit, every failing step.

use mitregate_multi_paxos::{
    AcceptorEvent, Attempt, NodeId, ProposalKey, ProposerEvent, Record, Round, Stored,
};

use super::folder::Folder;
use super::simulated::{Failure, SimulatedDisk, SimulatedFolder, Survivors};
use super::store::{FORMAT, Identity, LOG, Store, StoreError};

type Value = String;

fn identity() -> Identity {
    Identity { format: FORMAT, cluster: "test".to_owned(), node: NodeId(3) }
}

fn open(disk: &SimulatedDisk) -> Result<(Store<SimulatedFolder>, Stored<Value>), StoreError> {
    Store::open(disk.folder(), identity())
}

/// Records in batches, the last of which is longer than a sector.
fn batches() -> Vec<Vec<Record<Value>>> {
    let key = |round, attempt| ProposalKey {
        round: Round(round),
        attempt: Attempt(attempt),
        node: NodeId(10),
    };
    let promise = |round, attempt| {
        let (round, proposal) = (Round(round), key(round, attempt));
        Record::Acceptor(AcceptorEvent::Promise { round, proposal })
    };
    let accept = |round, attempt, value: &str| {
        let (round, proposal) = (Round(round), key(round, attempt));
        Record::Acceptor(AcceptorEvent::Accept { round, proposal, value: value.to_owned() })
    };
    let begin = |round, attempt| {
        Record::Proposer(ProposerEvent::Attempt { round: Round(round), attempt: Attempt(attempt) })
    };
    vec![
        vec![promise(0, 0), begin(5, 0)],
        vec![accept(0, 0, "one")],
        vec![promise(1, 2), promise(0, 3), begin(5, 1)],
        vec![accept(0, 3, &"long".repeat(300)), accept(1, 2, "two")],
    ]
}

fn state(records: impl IntoIterator<Item = Record<Value>>) -> Stored<Value> {
    let mut stored = Stored::default();
    for record in records {
        stored.apply(record);
    }
    stored
}

/// Writes all batches, with the log written anew after the second. Returns how many were acknowledged.
fn run<F: Folder>(folder: F) -> (usize, Result<Store<F>, StoreError>) {
    let mut acknowledged = 0;
    let attempt = || {
        let (mut store, mut stored) = Store::open::<Value>(folder, identity())?;
        for (index, batch) in batches().into_iter().enumerate() {
            store.write(&batch)?;
            acknowledged += 1;
            for record in batch {
                stored.apply(record);
            }
            if index == 1 {
                store.compact(&stored)?;
            }
        }
        Ok(store)
    };
    let result = attempt();
    (acknowledged, result)
}

/// Panics unless what is on the disk is what was acknowledged, or that and a part of the next batch.
fn assert_recovered(disk: &SimulatedDisk, acknowledged: usize, case: &str) -> Result<(), String> {
    let (_, found) = open(disk).map_err(|error| format!("{case}: {error}"))?;
    let known: Vec<_> = batches().into_iter().take(acknowledged).flatten().collect();
    let next = batches().into_iter().nth(acknowledged).unwrap_or_default();
    let possible = (0..=next.len())
        .map(|taken| state(known.iter().cloned().chain(next.iter().take(taken).cloned())));
    if !possible.into_iter().any(|it| it == found) {
        return Err(format!(
            "{case}: {acknowledged} batches were acknowledged, and found is {found:?}"
        ));
    }
    // What was found is now on disk, also if it was not when the process before was killed.
    disk.crash(Survivors::SYNCED);
    let (_, again) = open(disk).map_err(|error| format!("{case}, again: {error}"))?;
    if again != found {
        return Err(format!("{case}: {again:?} when opened again, and before {found:?}"));
    }
    Ok(())
}

/// Every crash of the run: after each step, with every part of what was not synced. Returns how many there were.
fn crash_everywhere<F: Folder>(folder: impl Fn(SimulatedFolder) -> F) -> Result<usize, String> {
    let disk = SimulatedDisk::new();
    let (acknowledged, result) = run(folder(disk.folder()));
    assert!(result.is_ok() && acknowledged == batches().len());
    let mut cases = 0;
    for step in 0..=disk.steps() {
        let killed = SimulatedDisk::new();
        killed.fail_at(step, Failure::PowerLoss);
        let (acknowledged, _) = run(folder(killed.folder()));
        killed.kill();
        assert_recovered(&killed, acknowledged, &format!("step {step}, killed"))?;
        cases += 1;
        let crashed = |survivors| {
            let disk = SimulatedDisk::new();
            disk.fail_at(step, Failure::PowerLoss);
            let (acknowledged, _) = run(folder(disk.folder()));
            let unsynced = disk.unsynced();
            disk.crash(survivors);
            (disk, acknowledged, unsynced)
        };
        let (_, _, (bytes, names)) = crashed(Survivors::SYNCED);
        for names in 0..=names {
            for bytes in 0..=bytes {
                // Every set of the sectors that are touched.
                let sets = if bytes > 0 { 1 << (bytes / 512 + 2) } else { 1 };
                for holes in 0..sets {
                    let survivors = Survivors { bytes, holes, names };
                    let (disk, acknowledged, _) = crashed(survivors);
                    assert_recovered(&disk, acknowledged, &format!("step {step}, {survivors:?}"))?;
                    cases += 1;
                }
            }
        }
    }
    Ok(cases)
}

#[test]
fn what_was_acknowledged_survives_every_crash() {
    let cases = crash_everywhere(|folder| folder).unwrap();
    assert!(cases > 10_000, "{cases}");
}

#[test]
fn every_flipped_bit_is_refused_with_its_place() {
    let disk = SimulatedDisk::new();
    let (_, store) = run(disk.folder());
    drop(store.unwrap());
    let content = disk.content(LOG).unwrap();
    for bit in 0..content.len() * 8 {
        assert!(disk.flip(LOG, bit));
        match open(&disk) {
            Err(StoreError::Damaged { offset, path, .. }) => {
                assert!(offset <= bit as u64 / 8, "bit {bit}: byte {offset}");
                assert_eq!(path, disk.folder().path(LOG));
            }
            Err(other) => panic!("bit {bit}: {other}"),
            Ok(_) => panic!("bit {bit}: the log is taken"),
        }
        disk.flip(LOG, bit);
        assert_eq!(disk.content(LOG).unwrap(), content, "bit {bit}: the log was touched");
    }
}

#[test]
fn after_a_failure_nothing_is_written_and_nothing_acknowledged_is_lost() {
    let whole = SimulatedDisk::new();
    let (_, store) = run(whole.folder());
    drop(store.unwrap());
    for failure in [Failure::Full, Failure::Sync, Failure::Rename] {
        let mut failed = 0;
        for step in 0..whole.steps() {
            let disk = SimulatedDisk::new();
            disk.fail_at(step, failure);
            // It opens, writes, and writes anew.
            let (acknowledged, result) = run(disk.folder());
            failed += usize::from(result.is_err());
            for end in [SimulatedDisk::kill, |disk: &SimulatedDisk| disk.crash(Survivors::SYNCED)] {
                end(&disk);
                let case = format!("{failure:?} at step {step}");
                assert_recovered(&disk, acknowledged, &case).unwrap();
            }
        }
        assert!(failed > 1, "{failure:?}");
    }
    // And after that, nothing is tried again.
    let disk = SimulatedDisk::new();
    let (mut store, _) = open(&disk).unwrap();
    disk.fail_next(Failure::Full);
    let batch = &batches()[0];
    assert!(matches!(store.write(batch).unwrap_err(), StoreError::Io { .. }));
    let steps = disk.steps();
    assert!(matches!(store.write(batch).unwrap_err(), StoreError::Failed { .. }));
    let again = store.compact(&Stored::<Value>::default()).unwrap_err();
    assert!(matches!(again, StoreError::Failed { .. }), "{again}");
    assert_eq!(disk.steps(), steps);
}

#[test]
fn the_log_of_somebody_else_and_of_another_time_is_refused() {
    let disk = SimulatedDisk::new();
    drop(run(disk.folder()).1.unwrap());
    let open = |identity| {
        let opened = Store::open::<Value>(disk.folder(), identity);
        opened.map(drop).unwrap_err().to_string()
    };
    assert_eq!(
        open(Identity { node: NodeId(4), ..identity() }),
        "simulated/log: the log of node 3 of cluster \"test\", not of node 4 of cluster \"test\": choose another \
         folder"
    );
    assert!(open(Identity { cluster: "other".into(), ..identity() }).contains("cluster \"other\""));
    let newer = Identity { format: FORMAT + 1, ..identity() };
    let found = open(newer);
    assert!(found.contains(&format!("the log has format {FORMAT}")), "{found}");
    let mut folder = disk.folder();
    folder.create(LOG).unwrap();
    folder.append(LOG, b"[package]\nname = \"something else\"\n").unwrap();
    let error = open(identity());
    assert!(error.starts_with("simulated/log: damaged at byte 0"), "{error}");
}

#[test]
fn a_log_is_written_anew_when_it_has_doubled_and_stays_bounded() {
    let disk = SimulatedDisk::new();
    let (mut store, mut stored) = open(&disk).unwrap();
    let mut longest = 0;
    for attempt in 0..4000 {
        let (round, attempt) = (Round(u64::from(attempt) % 7), Attempt(attempt));
        let proposal = ProposalKey { round, attempt, node: NodeId(10) };
        let value = "x".repeat(1000);
        let record = Record::Acceptor(AcceptorEvent::Accept { round, proposal, value });
        store.write(std::slice::from_ref(&record)).unwrap();
        stored.apply(record);
        longest = longest.max(store.length());
        if store.is_long() {
            store.compact(&stored).unwrap();
            assert!(store.length() < 10_000);
        }
    }
    drop(store);
    assert!(longest < 1_100_000, "{longest}");
    assert_eq!(open(&disk).unwrap().1, stored);
}

/// A folder with a fault that somebody may make.
struct Faulty {
    folder: SimulatedFolder,
    fault: Fault,
    held_back: Vec<u8>,
    /// Whether a log is being written anew, and is not to be.
    is_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// A file is never synced.
    SyncDropped,
    /// Names are never synced.
    FolderSyncDropped,
    /// The new log takes its name before it is on disk.
    RenamedBeforeSync,
    /// What is appended is written with the next append.
    WrittenLate,
    /// A node that starts goes on with the log as it was left.
    NotWrittenAnew,
    /// The log is emptied before it is written anew.
    LogCutFirst,
}

impl Folder for Faulty {
    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path(name)
    }

    fn read(&mut self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        self.folder.read(name)
    }

    fn create(&mut self, name: &str) -> std::io::Result<()> {
        if self.fault == Fault::LogCutFirst && self.folder.read(LOG)?.is_some() {
            self.folder.create(LOG)?;
            self.folder.sync_folder()?;
        }
        self.is_new = self.fault == Fault::NotWrittenAnew && self.folder.read(LOG)?.is_some();
        if self.is_new { Ok(()) } else { self.folder.create(name) }
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        if self.is_new && name != LOG {
            return Ok(());
        }
        if self.fault != Fault::WrittenLate || name != LOG {
            return self.folder.append(name, bytes);
        }
        let before = std::mem::replace(&mut self.held_back, bytes.to_vec());
        self.folder.append(name, &before)
    }

    fn sync(&mut self, name: &str) -> std::io::Result<()> {
        let is_late = self.fault == Fault::RenamedBeforeSync && name != LOG;
        let is_skipped = self.is_new && name != LOG;
        let is_dropped = self.fault == Fault::SyncDropped || is_late || is_skipped;
        if is_dropped { Ok(()) } else { self.folder.sync(name) }
    }

    fn rename(&mut self, from: &str, to: &str) -> std::io::Result<()> {
        if std::mem::take(&mut self.is_new) {
            return Ok(());
        }
        self.folder.rename(from, to)?;
        if self.fault == Fault::RenamedBeforeSync { self.folder.sync(to) } else { Ok(()) }
    }

    fn sync_folder(&mut self) -> std::io::Result<()> {
        if self.fault == Fault::FolderSyncDropped { Ok(()) } else { self.folder.sync_folder() }
    }
}

#[test]
fn faults_of_the_store_are_found() {
    let faults = [
        Fault::SyncDropped,
        Fault::FolderSyncDropped,
        Fault::RenamedBeforeSync,
        Fault::WrittenLate,
        Fault::LogCutFirst,
    ];
    for fault in faults {
        let with_fault = |folder| Faulty { folder, fault, held_back: Vec::new(), is_new: false };
        let found = crash_everywhere(with_fault);
        assert!(found.is_err(), "{fault:?} is not found");
    }
    // This one shows if a node is killed before its sync, starts again, and goes on until the power goes.
    let survives = |fault: Option<Fault>| {
        let disk = SimulatedDisk::new();
        drop(open(&disk).unwrap());
        let (mut store, _) = open(&disk).unwrap();
        disk.fail_at(disk.steps() + 1, Failure::PowerLoss);
        store.write(&batches()[0]).unwrap_err();
        disk.kill();
        let found = match fault {
            Some(fault) => {
                let folder =
                    Faulty { folder: disk.folder(), fault, held_back: Vec::new(), is_new: false };
                Store::open::<Value>(folder, identity()).unwrap().1
            }
            None => open(&disk).unwrap().1,
        };
        assert_eq!(found, state(batches().remove(0)));
        disk.crash(Survivors::SYNCED);
        open(&disk).unwrap().1 == found
    };
    assert!(survives(None));
    assert!(!survives(Some(Fault::NotWrittenAnew)), "NotWrittenAnew is not found");
}
