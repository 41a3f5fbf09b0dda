//! Small histories, each with what is wrong with it.

use super::{Contradiction, History, HistoryError, Rule, check, read, write};

/// The lines of a history: thread, call, return, operation. A message is `1.2`, a result is a word.
fn text(queue: &str, operations: &[&str]) -> String {
    let numbers: Vec<_> = queue.split(' ').collect();
    let &[capacity, max_capacity, producers] = &numbers[..] else { panic!("{queue}") };
    let mut text = format!(
        "{{\"queue\":{{\"capacity\":{capacity},\"max_capacity\":{max_capacity},\"producers\":{producers}}}}}\n"
    );
    for operation in operations {
        let words: Vec<_> = operation.split(' ').collect();
        let &[thread, called, returned, op, ref rest @ ..] = &words[..] else {
            panic!("{operation}")
        };
        let mut fields = vec![
            format!("\"thread\":{thread}"),
            format!("\"call\":{called}"),
            format!("\"op\":\"{op}\""),
        ];
        if returned != "-" {
            fields.push(format!("\"return\":{returned}"));
        }
        fields.extend(rest.iter().map(|word| match word.split_once('.') {
            Some((producer, number)) => format!("\"message\":[{producer},{number}]"),
            None => format!("\"result\":\"{word}\""),
        }));
        text.push_str(&["{", &fields.join(","), "}\n"].concat());
    }
    text
}

fn history(queue: &str, operations: &[&str]) -> History {
    read(&[("h.jsonl".to_owned(), text(queue, operations))]).unwrap()
}

#[track_caller]
fn is_linearizable(queue: &str, operations: &[&str]) {
    let history = history(queue, operations);
    assert_eq!(check(&history).map(|_| ()), Ok(()));
}

/// Which rule is broken, by the operation in which line, beside those in which.
#[track_caller]
fn breaks(queue: &str, operations: &[&str], rule: Rule, line: u32, against: &[u32]) -> String {
    let history = history(queue, operations);
    let found = check(&history).unwrap_err();
    let place = |index: usize| history.operations()[index].place.1;
    let mut others: Vec<_> = found.against.iter().map(|&it| place(it)).collect();
    others.sort_unstable();
    let Contradiction { rule: broken, operation, reasons, .. } = &found;
    assert_eq!((*broken, place(*operation), &others[..]), (rule, line, against), "{reasons:#?}");
    reasons.join("\n")
}

#[test]
fn touching_operations_are_concurrent() {
    is_linearizable("4 4 1", &["1 10 20 push 1.1 ok", "0 20 30 pop empty", "0 30 40 pop 1.1 ok"]);
    is_linearizable("4 4 1", &["0 10 20 pop 1.1 ok", "1 20 30 push 1.1 ok"]);
    let late = ["1 10 20 push 1.1 ok", "0 21 30 pop empty", "0 30 40 pop 1.1 ok"];
    let why = breaks("4 4 1", &late, Rule::Linearizability, 3, &[2]);
    assert_eq!(
        why,
        "the pop that found nothing has to come before push 1.1\n  \
         the pop that found nothing comes before push 1.1: the message came later, as it was not taken before\n\
         but h.jsonl:2 returned at 20, before h.jsonl:3 was called at 21"
    );
}

#[test]
fn the_order_of_a_producers_own_operations_holds_also_where_they_touch() {
    let pushes = ["1 10 20 push 1.1 ok", "1 20 30 push 1.2 ok"];
    let swapped = [&pushes[..], &["0 5 50 pop 1.2 ok", "0 50 60 pop 1.1 ok"]].concat();
    breaks("4 4 1", &swapped, Rule::ProducerOrder, 5, &[2, 3, 4]);
    let skipped = [&pushes[..], &["0 5 50 pop 1.2 ok"]].concat();
    let why = breaks("4 4 1", &skipped, Rule::Conservation, 4, &[2, 3]);
    assert_eq!(why, "1.1 was lost: 1.2, pushed after it, was taken");
}

#[test]
fn messages_are_neither_lost_nor_repeated_nor_invented() {
    let ended = ["1 10 20 push 1.1 ok", "1 30 40 leave ok"];
    let with = |more: &[&'static str]| [&ended[..], more].concat();
    is_linearizable("4 4 1", &with(&["0 50 60 pop 1.1 ok", "0 70 80 pop closed"]));
    breaks("4 4 1", &with(&["0 70 80 pop closed"]), Rule::Conservation, 4, &[2]);
    let twice = with(&["0 50 60 pop 1.1 ok", "0 70 80 pop 1.1 ok"]);
    breaks("4 4 1", &twice, Rule::Conservation, 5, &[4]);
    let stranger = with(&["0 50 60 pop 1.2 ok"]);
    let why = breaks("4 4 1", &stranger, Rule::Conservation, 4, &[]);
    assert_eq!(why, "1.2 comes from nowhere: nobody pushed it");
    let refused = ["1 10 20 push 1.1 full", "1 30 40 leave ok", "0 50 60 pop 1.1 ok"];
    let why = breaks("4 4 1", &refused, Rule::Conservation, 4, &[2]);
    assert_eq!(why, "1.1 was refused, and taken all the same");
}

#[test]
fn messages_of_two_producers_have_one_order() {
    let pops = ["0 50 60 pop 2.1 ok", "0 70 80 pop 1.1 ok"];
    let pushes = |second: &'static str| [&["1 10 20 push 1.1 ok", second], &pops[..]].concat();
    is_linearizable("4 4 2", &pushes("2 20 30 push 2.1 ok"));
    let why = breaks("4 4 2", &pushes("2 21 30 push 2.1 ok"), Rule::Linearizability, 4, &[2, 3]);
    assert!(why.contains("push 2.1 comes before push 1.1: it was taken before"), "{why}");
}

#[test]
fn a_closed_queue_accepts_nothing_and_is_not_only_empty() {
    let closes = "0 30 40 close ok";
    is_linearizable("4 4 1", &["1 35 50 push 1.1 ok", closes, "1 60 70 push 1.2 closed"]);
    breaks("4 4 1", &["1 41 50 push 1.1 ok", closes], Rule::Linearizability, 2, &[3]);
    breaks("4 4 1", &["1 10 20 push 1.1 closed", closes], Rule::Linearizability, 3, &[2]);
    breaks("4 4 1", &[closes, "0 50 60 pop empty"], Rule::Linearizability, 3, &[2]);
    let leaves = "1 30 40 leave ok";
    is_linearizable("4 4 1", &[leaves, "0 35 39 pop empty", "0 40 50 pop closed"]);
    breaks("4 4 1", &[leaves, "0 41 50 pop empty"], Rule::Linearizability, 3, &[2]);
    breaks("4 4 1", &[leaves, "0 10 29 pop closed"], Rule::Linearizability, 2, &[3]);
    breaks(
        "4 4 2",
        &[leaves, "2 10 - push 2.1", "0 50 60 pop closed"],
        Rule::Linearizability,
        4,
        &[],
    );
}

#[test]
fn there_is_room_for_so_many_messages() {
    let three =
        ["1 10 20 push 1.1 ok", "1 30 40 push 1.2 ok", "1 50 60 push 1.3 ok", "1 70 80 leave ok"];
    let with = |more: &[&'static str]| [&three[..], more].concat();
    is_linearizable("1 2 1", &with(&["0 60 90 pop 1.1 ok"]));
    // The consumer may have taken it, as long as it has not done something else.
    is_linearizable("1 2 1", &three);
    breaks("1 2 1", &with(&["0 61 90 pop 1.1 ok"]), Rule::Linearizability, 6, &[4]);
    breaks("1 2 1", &with(&["0 30 100 close ok"]), Rule::Capacity, 6, &[4]);
}

#[test]
fn a_refusal_needs_a_queue_that_can_have_been_full() {
    let two = ["1 10 20 push 1.1 ok", "1 30 40 push 1.2 ok", "2 100 110 leave ok"];
    let with = |more: &[&'static str]| [&two[..], more].concat();
    let pop = "0 50 60 pop 1.1 ok";
    is_linearizable("2 2 2", &with(&[pop, "2 60 70 push 2.1 full", "1 90 99 leave ok"]));
    let late = with(&[pop, "2 61 70 push 2.1 full", "1 90 99 leave ok"]);
    breaks("2 2 2", &late, Rule::Refusal, 6, &[5]);
    let early = with(&["2 10 29 push 2.1 full", "1 90 99 leave ok"]);
    breaks("2 2 2", &early, Rule::Refusal, 5, &[]);
}

#[test]
fn messages_fill_a_queue_only_if_they_are_in_it_together() {
    let leave = ["1 90 99 leave ok", "2 100 110 leave ok"];
    let one_by_one = [
        "1 10 20 push 1.1 ok",
        "0 30 40 pop 1.1 ok",
        "1 50 60 push 1.2 ok",
        "0 70 80 pop 1.2 ok",
        "2 15 75 push 2.1 full",
    ];
    breaks("2 2 2", &[&one_by_one[..], &leave].concat(), Rule::Refusal, 6, &[]);
    // All at 40, and the queue was empty in between.
    let touching = [
        "1 10 20 push 1.1 ok",
        "0 30 40 pop 1.1 ok",
        "0 40 40 pop empty",
        "1 40 50 push 1.2 ok",
        "2 35 45 push 2.1 full",
    ];
    breaks("2 2 2", &[&touching[..], &leave].concat(), Rule::Refusal, 6, &[]);
    let together = [touching[0], touching[1], touching[3], touching[4]];
    is_linearizable("2 2 2", &[&together[..], &leave].concat());
}

#[test]
fn a_closed_queue_is_not_full() {
    let pushed = ["1 1 2 push 1.1 ok", "0 10 20 close ok"];
    let with = |more: &[&'static str]| [&pushed[..], more].concat();
    is_linearizable("1 1 1", &with(&["1 20 40 push 1.2 full"]));
    let why = breaks("1 1 1", &with(&["1 30 40 push 1.2 full"]), Rule::Refusal, 4, &[3]);
    assert_eq!(why, "the queue was closed, and says that it is only full");
    let told = with(&["1 30 40 push 1.2 closed", "1 50 60 push 1.2 full"]);
    breaks("1 1 1", &told, Rule::Refusal, 5, &[3]);
    // Whoever was told so while the queue was being closed is not told anything else.
    let told = with(&["1 11 12 push 1.2 closed", "1 13 14 push 1.2 full"]);
    let why = breaks("1 1 1", &told, Rule::Refusal, 5, &[4]);
    assert_eq!(why, "its producer was told before that the queue is closed");
    // Another one may be: closing takes two steps.
    is_linearizable("1 1 2", &with(&["1 11 12 push 1.2 closed", "2 13 14 push 2.1 full"]));
    // It was not full before it was closed.
    let late = ["0 10 20 close ok", "1 15 40 push 1.1 full", "2 12 25 push 2.1 ok"];
    is_linearizable("1 1 2", &late);
    let later = ["0 10 20 close ok", "1 15 40 push 1.1 full", "2 21 25 push 2.1 closed"];
    breaks("1 1 2", &later, Rule::Refusal, 3, &[]);
}

#[test]
fn a_message_whose_push_has_returned_is_not_being_written() {
    let pushed = ["1 1 2 push 1.1 ok", "1 3 4 leave ok"];
    let with = |more: &[&'static str]| [&pushed[..], more].concat();
    let taken = ["0 2000 2010 pop 1.1 ok", "0 2020 2030 pop closed", "0 2040 2050 close ok"];
    let twice = ["0 100 110 pop pending", "0 1000 1010 pop pending"];
    let why =
        breaks("4 4 1", &with(&[&twice[..], &taken].concat()), Rule::Linearizability, 6, &[2, 5]);
    assert_eq!(
        why,
        "1.1 was found being written, and its push had returned: h.jsonl:2 returned at 2, before h.jsonl:5 was called \
         at 1000"
    );
    is_linearizable("4 4 1", &with(&[&["0 2 110 pop pending"][..], &taken].concat()));
    let late = ["0 1 110 pop pending", "0 1000 1010 pop pending"];
    breaks("4 4 1", &with(&[&late[..], &taken].concat()), Rule::Linearizability, 6, &[2, 5]);
}

#[test]
fn what_was_found_being_written_and_never_taken_is_the_first() {
    let waits = ["0 100 110 pop pending", "0 200 210 pop pending"];
    let leave = ["1 500 510 leave ok", "2 500 510 leave ok"];
    let with = |more: &[&'static str]| [&waits[..], more, &leave].concat();
    // Nobody was writing by the second time.
    let why = breaks("4 4 2", &with(&["1 50 150 push 1.1 ok"]), Rule::Linearizability, 3, &[4]);
    assert!(why.contains("returned at 150, before h.jsonl:3 was called at 200"), "{why}");
    breaks("4 4 2", &with(&["1 111 250 push 1.1 ok"]), Rule::Linearizability, 4, &[2]);
    is_linearizable("4 4 2", &with(&["1 110 200 push 1.1 ok"]));
    let unfinished = [&waits[..], &["1 110 - push 1.1"], &leave[1..]].concat();
    is_linearizable("4 4 2", &unfinished);
    breaks("4 4 2", &[&waits[..], &leave].concat(), Rule::Linearizability, 3, &[]);
    // What came to an end before it was called cannot come after it.
    let other = ["1 10 20 push 1.1 ok", "2 21 200 push 2.1 ok"];
    let why = breaks("4 4 2", &with(&other), Rule::Linearizability, 5, &[4]);
    assert!(why.contains("the message of the former was being written, as the first"), "{why}");
    is_linearizable("4 4 2", &with(&["1 10 20 push 1.1 ok", "2 20 200 push 2.1 ok"]));
    // A producer that has pushed another message before is not writing the first.
    let own = ["1 10 20 push 1.1 ok", "1 21 300 push 1.2 ok"];
    breaks("4 4 2", &with(&own), Rule::Linearizability, 3, &[4]);
    // The one that returned first was called too late, and the one that was called first has not returned.
    let third = ["1 30 40 push 1.1 ok", "2 41 200 push 2.1 ok", "3 30 300 push 3.1 ok"];
    is_linearizable("4 4 3", &[&with(&third)[..], &["3 500 510 leave ok"]].concat());
}

#[test]
fn a_refusal_may_say_which_message_was_the_first() {
    // By the pop alone it can be 1.1 or 2.1, and there was no 1.1 yet when 3.1 was refused.
    let lines = [
        "0 100 110 pop pending",
        "1 50 120 push 1.1 ok",
        "2 10 130 push 2.1 ok",
        "3 20 30 push 3.1 full",
        "1 500 510 leave ok",
        "2 500 510 leave ok",
        "3 500 510 leave ok",
    ];
    is_linearizable("1 4 3", &lines);
    // The message that went in before the refusal was the first, and had returned before the pop.
    let returned = [&[lines[0], lines[1], "2 10 99 push 2.1 ok"], &lines[3..]].concat();
    breaks("1 4 3", &returned, Rule::Refusal, 5, &[]);
}

#[test]
fn what_has_not_returned_may_have_happened() {
    is_linearizable("4 4 1", &["1 10 - push 1.1", "0 20 30 pop 1.1 ok"]);
    is_linearizable("4 4 1", &["1 10 - push 1.1", "0 20 30 pop empty"]);
    is_linearizable("4 4 1", &["1 10 20 push 1.1 ok", "0 30 - pop"]);
    // The line of this push is missing, and nothing says that its producer had left.
    is_linearizable("4 4 1", &["1 10 20 push 1.1 ok", "0 21 30 pop 1.1 ok", "0 31 40 pop 1.2 ok"]);
    breaks("4 4 1", &["1 50 - push 1.1", "0 20 30 pop 1.1 ok"], Rule::Linearizability, 2, &[3]);
}

#[test]
fn a_history_is_written_and_read_again_and_may_be_cut() {
    let lines =
        ["1 10 20 push 1.1 ok", "1 30 40 push 1.2 full", "0 15 50 pop 1.1 ok", "0 60 - pop"];
    let whole = history("1 1 1", &lines);
    let written = write(&whole);
    let again = read(&[("h.jsonl".to_owned(), written.clone())]).unwrap();
    assert_eq!(write(&again), written);
    let header = written.find('\n').unwrap();
    for end in 0..=written.len() {
        let cut = [("h.jsonl".to_owned(), written[..end].to_owned())];
        match read(&cut) {
            Ok(history) => assert!(check(&history).is_ok(), "cut at {end}"),
            Err(HistoryError::NoQueue { .. }) => assert!(end < header, "cut at {end}"),
            Err(error) => {
                let is_empty = matches!(error, HistoryError::Empty { .. });
                assert!(is_empty && !written[header..end].contains('}'), "cut at {end}: {error}");
            }
        }
    }
}

#[test]
fn what_is_no_history_is_told_with_its_line_and_what_to_do() {
    let error = |queue: &str, operations: &[&str]| {
        read(&[("h.jsonl".to_owned(), text(queue, operations))]).unwrap_err().to_string()
    };
    for (operations, wanted) in [
        (
            &["1 10 20 push ok", "0 1 2 pop empty"][..],
            "h.jsonl:2: no operation: a push has a message",
        ),
        (&["0 10 20 pop ok"], "h.jsonl:2: no operation: a pop is ok and has a message"),
        (&["1 10 20 leave full"], "h.jsonl:2: no operation: leaving and closing"),
        (&["1 10 20 push 1.1"], "h.jsonl:2: no operation: an operation that returned has"),
        (&["1 10 20 shove 1.1 ok"], "h.jsonl:2: no operation: unknown variant `shove`"),
        (&["2 10 20 push 2.1 ok"], "h.jsonl:2: there is no such producer; correct"),
        (&["1 10 20 push 2.1 ok"], "h.jsonl:2: a message begins with the number of its producer"),
        (&["0 10 20 push 0.1 ok"], "h.jsonl:2: the consumer neither pushes"),
        (&["1 10 20 pop empty"], "h.jsonl:2: only the consumer"),
        (&["1 20 10 push 1.1 ok"], "h.jsonl:2: it returned before it was called"),
        (&["1 10 20 push 1.1 ok", "1 19 30 push 1.2 ok"], "h.jsonl:3: it begins before"),
        (&["1 10 - push 1.1", "1 19 30 push 1.2 ok"], "h.jsonl:3: it begins before"),
        (&["1 10 20 leave ok", "1 21 30 push 1.2 ok"], "h.jsonl:3: the producer had left"),
        (
            &["1 10 20 push 1.1 ok", "1 21 30 push 1.1 ok"],
            "h.jsonl:3: its message was pushed before",
        ),
    ] {
        let found = error("1 1 1", operations);
        assert!(found.starts_with(wanted), "{found}");
    }
    assert!(error("0 1 1", &[]).starts_with("h.jsonl:1: a capacity of 0, and a maximum of 1"));
    assert!(error("2 1 1", &[]).contains("from 1 to the maximum"));
    let files = |first: &str, second: &str| {
        let name = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        read(&[name("a.jsonl", first), name("b.jsonl", second)])
    };
    let (one, other) = (text("1 1 1", &[]), text("1 2 1", &[]));
    let found = files(&one, &other).unwrap_err().to_string();
    assert!(found.starts_with("b.jsonl:1: another queue than that of a.jsonl:1"), "{found}");
    let found = files("", "").unwrap_err().to_string();
    assert!(found.starts_with("a.jsonl, b.jsonl: no file begins with {\"queue\""), "{found}");
    // A file without a header is of the same queue, and a line is cut only at the end of its file.
    assert!(
        files(&one, "{\"thread\":0,\"call\":1,\"return\":2,\"op\":\"pop\",\"result\":\"empty\"}")
            .is_ok()
    );
    let found = files(&one, "{\"thread\":0}").unwrap_err().to_string();
    assert!(found.starts_with("b.jsonl:1: no operation: missing field"), "{found}");
    let found = files(&one, "{\"thr\n").unwrap_err().to_string();
    assert!(found.starts_with("b.jsonl:1: no JSON: EOF"), "{found}");
    assert!(found.ends_with("allowed only at the end of a file"), "{found}");
}

#[test]
fn a_bad_header_is_told_as_one() {
    let pop = "{\"thread\":0,\"call\":1,\"return\":2,\"op\":\"pop\",\"result\":\"empty\"}\n";
    let queue = |fields: &str| format!("{{\"queue\":{{{fields}}}}}\n");
    let good = "\"capacity\":1,\"max_capacity\":1,\"producers\":1";
    let error = |text: String| read(&[("h.jsonl".to_owned(), text)]).map(|_| ());
    let of = |fields: &str| queue(fields) + pop;
    assert_eq!(error(of(good)), Ok(()));
    assert_eq!(error("\u{feff}".to_owned() + &of(good)), Ok(()));
    let many = |producers: u32| of(&good.replace("ers\":1", &format!("ers\":{producers}")));
    assert_eq!(error(many(65_536)), Ok(()));
    for (text, wanted) in [
        (of(&good.replace(":1,", ":-1,")), "h.jsonl:1: no header: invalid value: integer `-1`"),
        (of(&format!("{good},\"colour\":1")), "h.jsonl:1: no header: unknown field `colour`"),
        (of("\"capacity\":1"), "h.jsonl:1: no header: missing field `max_capacity`"),
        ("{\"queue\":[1,1,1]}\n".to_owned() + pop, "h.jsonl:1: no header: \"queue\" is no object"),
        (of(good) + &of(good), "h.jsonl:3: no header: a header within a file"),
        (many(0), "h.jsonl:1: a queue of 0 producers; give"),
        (many(65_537), "h.jsonl:1: a queue of 65537 producers; give"),
        (many(u32::MAX), "h.jsonl:1: a queue of 4294967295 producers; give"),
        (queue(good), "h.jsonl: there is no operation; give"),
        (queue(good) + "{\"thr", "h.jsonl: there is no operation; give"),
        (
            queue(good) + "[0,1,2,\"pop\",null,\"empty\"]",
            "h.jsonl:2: no operation: a line is a JSON obj",
        ),
    ] {
        let found = error(text).unwrap_err().to_string();
        assert!(found.starts_with(wanted), "{found}");
        assert!(!found.contains("cut off"), "{found}");
    }
}
