//! Processes that meet, and what becomes of the others when one says something else, or nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mitregate::check::{Cluster, ClusterError, Goals, StopReason, Verdict};
use serde_json::{Value, json};

use super::super::engine::Bits;
use super::{PATIENCE, Process, addresses, options, processes};

/// Long enough for a process of this machine, and short enough to wait for in a test.
const SHORT: Duration = Duration::from_millis(2_500);

/// What two processes say to each other first: its length, and what it is.
fn hear(stream: &mut TcpStream) -> Value {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn say(stream: &mut TcpStream, greeting: &Value) {
    let bytes = serde_json::to_vec(greeting).unwrap();
    let length = u32::try_from(bytes.len()).unwrap();
    stream.write_all(&[&length.to_le_bytes(), &bytes[..]].concat()).unwrap();
}

fn cluster(
    listener: TcpListener,
    addresses: &[String],
    process: usize,
    patience: Duration,
) -> Cluster {
    let build = "this".to_owned();
    Cluster::with_listener(listener, addresses.to_vec(), process, 1, patience, build).unwrap()
}

/// What a process comes to that explores: how it ends, and why.
fn explore(process: &Process) -> String {
    let report = process.check(&Bits(6), &Goals::named(["NoSevenths"]), &options(), false);
    let ends = (report.stopped, report.verdict());
    assert_eq!(ends, (Some(StopReason::Lost), Verdict::Inconclusive), "{}", process.told());
    process.told()
}

/// What process 1 of two comes to when somebody answers in the place of process 0.
fn with_first(first: impl FnOnce(&TcpListener) + Send) -> (String, Duration) {
    let (mut listeners, addresses) = addresses(2);
    let (second, of_first) = (listeners.pop().unwrap(), listeners.pop().unwrap());
    let start = Instant::now();
    let told = thread::scope(|scope| {
        scope.spawn(move || first(&of_first));
        let told = explore(&Process::new(cluster(second, &addresses, 1, SHORT)));
        (told, start.elapsed())
    });
    let named = format!("process 0 ({})", addresses[0]);
    (told.0.replace(&named, "FIRST"), told.1)
}

/// Answers as process 0 would, but for one thing.
fn answer(listener: &TcpListener, key: &str, value: &Value) -> [TcpStream; 2] {
    [true, false].map(|is_data| {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = hear(&mut stream);
        assert_eq!((&greeting["process"], &greeting["is_data"]), (&json!(1), &json!(is_data)));
        greeting["process"] = json!(0);
        greeting[key] = value.clone();
        say(&mut stream, &greeting);
        stream
    })
}

/// Answers the first connection, and stays until the other end has gone.
fn answer_once(key: &str, value: &Value) -> String {
    let (told, _) = with_first(|listener| {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = hear(&mut stream);
        greeting["process"] = json!(0);
        greeting[key] = value.clone();
        say(&mut stream, &greeting);
        let _ = stream.read(&mut [0]);
    });
    told
}

#[test]
fn who_differs_is_told_in_what() {
    let one = |key: &str, value: Value| answer_once(key, &value);
    let differs = |what: &str| format!("FIRST differs from this one, process 1, in {what}");
    assert_eq!(one("workers", json!(3)), differs("the number of workers: 3, and here 1"));
    assert_eq!(
        one("build", json!("that")),
        differs("the program, which has to be one file: that, and here this")
    );
    assert_eq!(
        one("what", json!("it, halfway")),
        differs("what it explores: it, halfway, and here it, wholly")
    );
    assert_eq!(
        one("what", json!("it, wholly, and more")),
        differs("what it explores: wholly, and more, and here wholly")
    );
    assert_eq!(one("met", json!(2)), differs("the explorations before this one: 2, and here 0"));
    let canary = one("canary", json!(2));
    assert!(canary.starts_with(&differs("how the processor hashes: 2, and here ")), "{canary}");
    let others = one("addresses", json!(["127.0.0.1:1", "127.0.0.1:2"]));
    let what = "the addresses of the processes: 127.0.0.1:1 127.0.0.1:2, and here 127.0.0.1:";
    assert!(others.starts_with(&differs(what)), "{others}");
    assert_eq!(one("what", json!("the end")), "FIRST has ended before all was explored");
    assert_eq!(one("process", json!(7)), "FIRST says that it is process 7");
    assert_eq!(one("magic", json!("tlc 1")), "FIRST is no process of this program");
    assert_eq!(one("process", json!("none")), "FIRST is no process of this program");
}

#[test]
fn who_speaks_otherwise_says_nothing_or_goes_is_named() {
    let (told, _) = with_first(|listener| {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(told, "FIRST is no process of this program");
    let (told, after) = with_first(|listener| {
        let (mut stream, _) = listener.accept().unwrap();
        hear(&mut stream);
        let _ = stream.read(&mut [0]);
    });
    assert_eq!(told, "FIRST has not come within 2.5 s");
    assert!(after >= SHORT, "{after:?}");
    let (told, _) = with_first(|listener| {
        let (mut stream, _) = listener.accept().unwrap();
        hear(&mut stream);
    });
    assert_eq!(told, "FIRST is gone");
    // A greeting may be so long and no longer; and a part of one is none.
    let of_length = |length: usize| {
        let (told, _) = with_first(|listener| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut greeting = hear(&mut stream);
            (greeting["process"], greeting["build"]) = (json!(0), json!("that"));
            let mut bytes = serde_json::to_vec(&greeting).unwrap();
            bytes.resize(length, b' ');
            let length = u32::try_from(bytes.len()).unwrap();
            stream.write_all(&length.to_le_bytes()).unwrap();
            let _ = stream.write_all(&bytes);
            let _ = stream.read(&mut [0]);
        });
        told
    };
    assert!(of_length(1 << 20).starts_with("FIRST differs from this one"));
    assert_eq!(of_length((1 << 20) + 1), "FIRST is no process of this program");
    let (told, _) = with_first(|listener| {
        let (mut stream, _) = listener.accept().unwrap();
        hear(&mut stream);
        stream.write_all(&[9, 0, 0, 0, b'{']).unwrap();
    });
    assert_eq!(told, "FIRST is gone");
}

/// Answers, and then says that it is alive for so long.
fn live(stream: &mut TcpStream, time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        stream.write_all(b".").unwrap();
        thread::sleep(SHORT / 8);
    }
}

#[test]
fn who_falls_silent_goes_or_gives_up_while_it_explores_is_named() {
    let same = |listener: &TcpListener| answer(listener, "magic", &json!("mitregate 1"));
    let (told, after) = with_first(|listener| {
        let [_data, mut life] = same(listener);
        live(&mut life, SHORT);
        let _ = life.read_to_end(&mut Vec::new());
    });
    assert_eq!(told, "FIRST has not been heard of for 2.5 s");
    assert!(after >= SHORT * 3 / 2, "{after:?}");
    let (told, after) = with_first(|listener| {
        let [_data, life] = same(listener);
        drop(life);
        thread::sleep(SHORT / 4);
    });
    assert_eq!(told, "FIRST is gone");
    assert!(after < SHORT, "{after:?}");
    // It goes before it has read what was said to it, so the connection is reset.
    let (told, after) = with_first(|listener| {
        let [_data, life] = same(listener);
        life.peek(&mut [0]).unwrap();
        drop(life);
        thread::sleep(SHORT / 4);
    });
    assert_eq!(told, "FIRST is gone");
    assert!(after < SHORT, "{after:?}");
    let (told, _) = with_first(|listener| {
        let [_data, mut life] = same(listener);
        life.write_all(b"?its disk is full").unwrap();
        drop(life);
        thread::sleep(SHORT / 4);
    });
    assert_eq!(told, "FIRST has given up: its disk is full");
    // Timely notices that, and cannot say whose connection it is.
    let (told, after) = with_first(|listener| {
        let [data, mut life] = same(listener);
        drop(data);
        let mut other = life.try_clone().unwrap();
        let reader = thread::spawn(move || {
            let mut bytes = Vec::new();
            other.read_to_end(&mut bytes).unwrap();
            bytes
        });
        live(&mut life, SHORT * 2);
        // This end is told the reason, after many times that the other one is alive.
        let heard = String::from_utf8(reader.join().unwrap()).unwrap();
        let heard = heard.trim_start_matches('.');
        assert_eq!(heard, "?a connection to another process was lost");
    });
    assert_eq!(told, "a connection to another process was lost");
    assert!(after >= SHORT, "{after:?}");
}

/// What a process says first, that meets others at these addresses.
fn greeting(addresses: &[String], process: usize) -> Value {
    let (listeners, others) = self::addresses(2);
    let mut listeners = listeners.into_iter();
    let (first, second) = (listeners.next().unwrap(), listeners.next().unwrap());
    let heard = thread::scope(|scope| {
        let heard = scope.spawn(move || hear(&mut first.accept().unwrap().0));
        explore(&Process::new(cluster(second, &others, 1, SHORT)));
        heard.join().unwrap()
    });
    let mut greeting = heard;
    greeting["addresses"] = json!(addresses);
    greeting["process"] = json!(process);
    greeting
}

/// Connects as process `process` does, to the one at an address, and hears its answer.
fn connect(address: &str, greeting: &Value, is_data: bool) -> (TcpStream, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut mine = greeting.clone();
    mine["is_data"] = json!(is_data);
    say(&mut stream, &mine);
    let theirs = hear(&mut stream);
    (stream, theirs)
}

#[test]
fn strangers_do_not_keep_processes_from_meeting() {
    let (listeners, addresses) = addresses(2);
    let mine = greeting(&addresses, 1);
    let mut listeners = listeners.into_iter();
    let (first, second) = (listeners.next().unwrap(), listeners.next().unwrap());
    let reports = thread::scope(|scope| {
        let explores = |listener, process| {
            let process = Process::new(cluster(listener, &addresses, process, PATIENCE));
            let goals = Goals::named(["NoSevenths"]);
            let report = process.check(&Bits(6), &goals, &options(), false);
            process.cluster.exit_code(3).unwrap();
            (report.distinct, process.told())
        };
        let addresses = &addresses;
        let of_first = scope.spawn(move || explores(first, 0));
        // One that speaks otherwise, one that is silent, one that goes at once, and such as have numbers of others.
        let mut other = TcpStream::connect(&addresses[0]).unwrap();
        other.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let _silent = TcpStream::connect(&addresses[0]).unwrap();
        drop(TcpStream::connect(&addresses[0]).unwrap());
        let strangers: Vec<_> = [0, 9]
            .iter()
            .flat_map(|number| {
                let mut greeting = mine.clone();
                greeting["process"] = json!(number);
                [true, false].map(|is_data| connect(&addresses[0], &greeting, is_data))
            })
            .collect();
        assert!(strangers.iter().all(|(_, theirs)| theirs["process"] == json!(0)));
        let of_second = scope.spawn(move || explores(second, 1));
        [of_first.join().unwrap(), of_second.join().unwrap()]
    });
    assert_eq!(reports, [(1 << 6, String::new()), (1 << 6, String::new())]);
}

/// Waits until all of a greeting has come, and reads nothing of it.
fn wait_for_greeting(stream: &TcpStream) {
    let mut head = [0; 4];
    let mut greeting = Vec::new();
    while greeting.is_empty() || stream.peek(&mut greeting).unwrap() < greeting.len() {
        if stream.peek(&mut head).unwrap() == head.len() {
            greeting.resize(head.len() + u32::from_le_bytes(head) as usize, 0);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn who_does_not_come_is_named_with_who_has_gone_since() {
    let told = |first_does: Option<&(dyn Fn(&mut TcpStream) + Sync)>| {
        let (listeners, addresses) = addresses(3);
        let mine = greeting(&addresses, 1);
        let first = listeners.into_iter().next().unwrap();
        let (told, heard) = thread::scope(|scope| {
            let address = &addresses[0];
            let second = scope.spawn(move || {
                let _data = connect(address, &mine, true);
                let mut life = TcpStream::connect(address).unwrap();
                let mut mine = mine.clone();
                mine["is_data"] = json!(false);
                say(&mut life, &mine);
                wait_for_greeting(&life);
                if let Some(first_does) = first_does {
                    hear(&mut life);
                    first_does(&mut life);
                    let mut heard = Vec::new();
                    let _ = life.read_to_end(&mut heard);
                    String::from_utf8(heard).unwrap()
                } else {
                    String::new()
                }
            });
            let told = explore(&Process::new(cluster(first, &addresses, 0, SHORT)));
            (told, second.join().unwrap())
        });
        let mut told = [told, heard];
        for (process, name) in [(1, "SECOND"), (2, "THIRD")] {
            let named = format!("process {process} ({})", addresses[process]);
            told = told.map(|it| it.replace(&named, name));
        }
        told
    };
    let late = "THIRD has not come within 2.5 s";
    let there = told(Some(&|_| {}));
    assert_eq!(there, [late.to_owned(), format!("?{late}")]);
    let alive = told(Some(&|life| life.write_all(b".").unwrap()));
    assert_eq!(alive[0], late);
    let gone = told(Some(&|life| life.shutdown(std::net::Shutdown::Both).unwrap()));
    assert_eq!(gone[0], format!("{late}; SECOND is gone"));
    // It has not read the answer, so the connection is reset.
    let reset = told(None);
    assert_eq!(reset[0], format!("{late}; SECOND is gone"));
    let given_up = told(Some(&|life| {
        life.write_all(b"?its disk is full").unwrap();
        life.shutdown(std::net::Shutdown::Write).unwrap();
    }));
    assert_eq!(given_up[0], format!("{late}; SECOND has given up: its disk is full"));
    let (listeners, addresses) = addresses(3);
    let first = listeners.into_iter().next().unwrap();
    let nobody = explore(&Process::new(cluster(first, &addresses, 0, SHORT)));
    let [_, second, third] = &addresses[..] else { unreachable!() };
    let both = format!("process 1 ({second}) and process 2 ({third}) have not come within 2.5 s");
    assert_eq!(nobody, both);
}

#[test]
fn addresses_of_no_use_are_refused() {
    let made = |addresses: &[&str], process| {
        let addresses = addresses.iter().map(|&it| it.to_owned()).collect();
        Cluster::new(addresses, process, 0, SHORT, "this".to_owned())
    };
    let refused = |addresses: &[&str], process| made(addresses, process).err().unwrap();
    let none = refused(&["127.0.0.1:0"], 1).to_string();
    assert_eq!(none, "there is no process 1 of 1: processes are numbered from 0");
    let twice = refused(&["127.0.0.1:0", "127.0.0.1:0"], 0).to_string();
    assert_eq!(twice, "two processes have the address 127.0.0.1:0; give each its own");
    let no_address = refused(&["127.0.0.1:0", "nowhere"], 0);
    assert!(matches!(no_address, ClusterError::NoAddress { .. }), "{no_address}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let held = TcpListener::bind(&taken).unwrap_err();
    let error = refused(&[&taken], 0);
    assert!(matches!(error, ClusterError::Bind { .. }) || held.raw_os_error().is_none(), "{error}");
    // There is at least one worker.
    let one = made(&["127.0.0.1:0"], 0).unwrap();
    let is = (one.process(), one.processes(), one.workers(), one.patience());
    assert_eq!(is, (0, 1, 1, SHORT));
}

#[test]
fn all_exit_as_the_first_one_says() {
    for code in [0, 2] {
        let codes = processes(3, 1, PATIENCE, |process| {
            let own = if process.is_first() { code } else { 1 };
            process.cluster.exit_code(own).unwrap()
        });
        assert_eq!(codes, [code; 3]);
    }
    // The first one does not come.
    let told = processes(2, 1, SHORT, |process| {
        (!process.is_first()).then(|| process.cluster.exit_code(0).unwrap_err().to_string())
    });
    assert!(told[1].as_ref().unwrap().starts_with("process 0 ("), "{told:?}");
    // It has been met, and gives up, as a third has not come there.
    let (told, _) = with_third(&[b"?its disk is full"]);
    assert_eq!(told, "FIRST has given up: its disk is full");
    let (told, _) = with_third(&[]);
    assert_eq!(told, "FIRST is gone");
    let (told, code) = with_third(&[&[7]]);
    assert_eq!((&told[..], code), ("", Some(7)));
}

/// What the end of process 1 is when process 0 says this.
fn with_third(says: &[&[u8]]) -> (String, Option<u8>) {
    let (mut listeners, addresses) = addresses(2);
    let (second, first) = (listeners.pop().unwrap(), listeners.pop().unwrap());
    let ended = thread::scope(|scope| {
        scope.spawn(move || {
            let [_data, mut life] = answer(&first, "magic", &json!("mitregate 1"));
            life.write_all(&says.concat()).unwrap();
        });
        Arc::new(cluster(second, &addresses, 1, SHORT)).exit_code(0)
    });
    let named = format!("process 0 ({})", addresses[0]);
    match ended {
        Ok(code) => (String::new(), Some(code)),
        Err(error) => (error.to_string().replace(&named, "FIRST"), None),
    }
}

/// Explorations follow each other, and one process is still judging while another meets for the next.
#[test]
fn processes_explore_again_and_wait_for_who_still_judges() {
    let reports = processes(2, 1, SHORT, |process| {
        let goals = Goals::named(["NoSevenths"]);
        let mut all = Vec::new();
        for bits in 3..5 {
            all.push(process.check(&Bits(bits), &goals, &options(), false).distinct);
            if process.is_first() {
                thread::sleep(SHORT * 5 / 4);
            }
        }
        (all, process.cluster.exit_code(0).unwrap(), process.told())
    });
    assert_eq!(reports, vec![(vec![8, 16], 0, String::new()); 2]);
}
