//! What `check --format json` prints, held against the schema that is published for it. The example that
//! prints it has to be built: `cargo test` and `cargo build --examples` do.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use serde_json::Value;

    fn json(args: &[&str]) -> Value {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let program = profile.join("examples/multi_paxos");
        let output = Command::new(&program).args(args).output().unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo build --examples` builds it", program.display())
        });
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[test]
    fn what_is_printed_follows_the_published_schema() {
        let schema = json(&["schema"]);
        // Rows that hold, and one that fails with a counterexample; and one that is not decided.
        let decided = ["loss", "fault_late_accept"];
        let results = json(&[&["check", "--format", "json", "--scenario"], &decided[..]].concat());
        jsonschema::validate(&schema, &results).unwrap();
        let cut = ["check", "--format", "json", "--scenario", "loss", "--max-states", "10"];
        let open = json(&cut);
        assert_eq!(open["results"][0]["verdict"], "inconclusive");
        jsonschema::validate(&schema, &open).unwrap();
        // The schema says no to wrong types and to what is missing.
        for (field, wrong) in [("distinct", Value::from("many")), ("verdict", Value::from(1))] {
            let mut other = results.clone();
            other["results"][0][field] = wrong;
            assert!(jsonschema::validate(&schema, &other).is_err(), "{field}");
            other["results"][0].as_object_mut().unwrap().remove(field);
            assert!(jsonschema::validate(&schema, &other).is_err(), "no {field}");
        }
    }
}
