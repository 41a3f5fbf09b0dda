//! Who is in a cluster: from a file, or from flags.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::str::FromStr;

use mitregate_multi_paxos::NodeId;
use mitregate_multi_paxos_runtime::{Member, Members};
use serde::Deserialize;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterFile {
    name: String,
    node: Vec<NodeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeEntry {
    id: u32,
    address: String,
    roles: Vec<Role>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Role {
    Acceptor,
    Proposer,
}

/// Reads a cluster's file.
///
/// # Errors
///
/// A sentence that names the file, and the line if the file is no TOML of this kind.
pub(crate) fn read(path: &Path) -> Result<Members, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    parse(&text).map_err(|problem| format!("{shown}: {}", problem.trim_end()))
}

fn parse(text: &str) -> Result<Members, String> {
    let ClusterFile { name, node } =
        toml_edit::de::from_str(text).map_err(|error| error.to_string())?;
    let members = node.into_iter().map(|NodeEntry { id, address, roles }| Member {
        id: NodeId(id),
        address,
        is_acceptor: roles.contains(&Role::Acceptor),
        is_proposer: roles.contains(&Role::Proposer),
    });
    Members::new(name, members).map_err(|error| error.to_string())
}

/// The text of a cluster's file.
pub(crate) fn file(name: &str, members: &[Member]) -> String {
    let mut text = format!("name = {name:?}\n");
    for Member { id, address, is_acceptor, is_proposer } in members {
        let roles = [(is_acceptor, "\"acceptor\""), (is_proposer, "\"proposer\"")];
        let roles: Vec<_> = roles.iter().filter(|(has, _)| **has).map(|(_, role)| *role).collect();
        let _ = write!(
            text,
            "\n[[node]]\nid = {id}\naddress = {address:?}\nroles = [{}]\n",
            roles.join(", ")
        );
    }
    text
}

/// A node on the command line: `ID=HOST:PORT`.
#[derive(Clone, Debug)]
pub(crate) struct NodeFlag {
    id: NodeId,
    address: String,
}

impl FromStr for NodeFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<NodeFlag, String> {
        let parts = text.split_once('=').filter(|(_, address)| {
            address
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        });
        let node = parts.and_then(|(id, address)| Some((id.parse().ok()?, address)));
        let (id, address) = node.ok_or("write ID=HOST:PORT, such as 0=localhost:7000")?;
        Ok(NodeFlag { id: NodeId(id), address: address.to_owned() })
    }
}

/// A cluster from flags. A node that is named among both has both roles.
///
/// # Errors
///
/// A sentence on what does not make a cluster.
pub(crate) fn from_flags(
    name: &str,
    acceptors: &[NodeFlag],
    proposers: &[NodeFlag],
) -> Result<Members, String> {
    let mut members: BTreeMap<NodeId, Member> = BTreeMap::new();
    for (flag, is_acceptor) in
        acceptors.iter().map(|flag| (flag, true)).chain(proposers.iter().map(|flag| (flag, false)))
    {
        let NodeFlag { id, address } = flag.clone();
        let member = members.entry(id).or_insert_with(|| Member {
            id,
            address: address.clone(),
            is_acceptor: false,
            is_proposer: false,
        });
        if member.address != address {
            return Err(format!("node {id} has two addresses, {} and {address}", member.address));
        }
        let role = if is_acceptor { &mut member.is_acceptor } else { &mut member.is_proposer };
        if std::mem::replace(role, true) {
            return Err(format!("node {id} is given twice in one role"));
        }
    }
    Members::new(name, members.into_values()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let members = [
            Member { id: NodeId(0), address: "a:1".into(), is_acceptor: true, is_proposer: false },
            Member { id: NodeId(7), address: "b:2".into(), is_acceptor: true, is_proposer: true },
        ];
        let read = parse(&file("demo", &members)).unwrap();
        assert_eq!(read, Members::new("demo", members).unwrap());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_line() {
        let wrong = |text: &str| parse(text).unwrap_err();
        let text = "name = \"x\"\n\n[[node]]\nid = 0\naddress = \"a:1\"\nroles = [\"leader\"]\n";
        let error = wrong(text);
        assert!(error.contains("line 6") && error.contains("acceptor"), "{error}");
        assert!(wrong("name = \"x\"").contains("missing field `node`"));
        let twice = file("x", &[]) + "[[node]]\nid = 0\naddress = \"a:1\"\nroles = []\n";
        assert!(wrong(&twice).contains("node 0 has no role"), "{}", wrong(&twice));
    }

    #[test]
    fn flags_make_the_same_cluster_as_a_file() {
        let flag = |text: &str| text.parse::<NodeFlag>();
        let (a, b) = (flag("0=a:1").unwrap(), flag("7=b:2").unwrap());
        let members =
            from_flags("demo", &[a.clone(), b.clone()], std::slice::from_ref(&b)).unwrap();
        assert_eq!(members.address(NodeId(7)), Some("b:2"));
        assert!(
            members.cluster().is_proposer(NodeId(7)) && members.cluster().is_acceptor(NodeId(7))
        );
        for text in ["0", "=a:1", "x=a:1", "0=a", "0=:1", "0=a:x"] {
            assert!(flag(text).unwrap_err().contains("ID=HOST:PORT"), "{text}");
        }
        let other = flag("0=c:3").unwrap();
        let two = from_flags("demo", std::slice::from_ref(&a), &[other]).unwrap_err();
        assert_eq!(two, "node 0 has two addresses, a:1 and c:3");
        let again = from_flags("demo", &[a.clone(), a], &[b]).unwrap_err();
        assert_eq!(again, "node 0 is given twice in one role");
    }
}
